"""What format checking says of PDF signatures, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

FAULTS: Mapping[str, tuple[str, str, str]] = {
    "BYTE_RANGE_NOT_FOUR_NUMBERS": (
        "byte_range",
        "The ByteRange is not an array of four non-negative integers.",
        "ByteRange が非負整数 4 個の配列ではありません。",
    ),
    "BYTE_RANGE_NOT_FROM_START": (
        "byte_range",
        "The ByteRange does not begin at the start of the file.",
        "ByteRange がファイルの先頭から始まっていません。",
    ),
    "BYTE_RANGE_OVERLAPS": (
        "byte_range",
        "The two parts of the ByteRange overlap or leave no room for the signature value.",
        "ByteRange の 2 つの範囲が重なっているか、署名値の場所がありません。",
    ),
    "BYTE_RANGE_OUTSIDE_FILE": (
        "byte_range",
        "The ByteRange reaches beyond the end of the file.",
        "ByteRange がファイルの終わりを越えています。",
    ),
    "CONTENTS_MISSING": ("byte_range", "The signature has no /Contents.", "署名に /Contents がありません。"),
    "GAP_IS_NOT_A_HEX_STRING": (
        "byte_range",
        "The gap of the ByteRange is not exactly one hexadecimal string.",
        "ByteRange の空き部分が 16 進文字列ちょうど 1 個ではありません。",
    ),
    "GAP_IS_NOT_CONTENTS": (
        "byte_range",
        "The gap of the ByteRange is not this signature's /Contents.",
        "ByteRange の空き部分がこの署名の /Contents ではありません。",
    ),
    "DICTIONARY_IS_NOT_THE_SIGNED_ONE": (
        "signed_dictionary",
        "The signature dictionary of the document is not the one that was signed.",
        "文書の署名辞書が、署名された時点のものと異なります。",
    ),
    "DICTIONARY_DAMAGED": (
        "format_parsed",
        "The signature dictionary cannot be read.",
        "署名辞書を読み取れません。",
    ),
    "TYPE_CONTRADICTS_SUBFILTER": (
        "format_parsed",
        "The /Type of the signature contradicts its /SubFilter.",
        "署名の /Type が /SubFilter と矛盾しています。",
    ),
    "NOT_IN_FORM": (
        "format_parsed",
        "A signature dictionary is in the file but no form field refers to it.",
        "署名辞書がファイルにありますが、どのフォームフィールドからも参照されていません。",
    ),
}

CHANGES: Mapping[str, tuple[str, str]] = {
    "NO_COMPLETE_REVISION": (
        "The signature does not cover a complete revision of the document.",
        "署名が文書の完全な版を対象としていません。",
    ),
    "TRAILING_DATA": (
        "The document holds data that belong to none of its revisions, which some readers would show.",
        "文書の中に、どの版にも属さないデータがあります。ソフトウェアによっては、それが表示されます。",
    ),
    "CHANGE_NOT_PERMITTED": (
        "The document was changed after signing in a way that is not permitted.",
        "署名後に、許されない変更が文書に加えられています。",
    ),
    "APPEARANCE_REPLACED": (
        "The appearance of a field was replaced after signing although its value was not.",
        "署名後に、フィールドの値はそのままで表示だけが置き換えられています。",
    ),
    "FORM_FILLING_NOT_PERMITTED": (
        "Form fields were filled in after signing, and no certification of the document permits it.",
        "署名後にフォームが記入されましたが、それを許可する証明(DocMDP)がありません。",
    ),
    "CHANGE_FORBIDDEN_BY_CERTIFICATION": (
        "The document was changed although its certification or the lock of a signature forbids it (DocMDP).",
        "文書の証明または署名のロック(DocMDP)が禁じている変更が加えられています。",
    ),
    "REVISIONS_DISAGREE": (
        "The revisions of the document cannot be told apart reliably, so later changes are not classified.",
        "文書の版を確実に区別できないため、署名後の変更を分類できません。",
    ),
    "CHANGE_ANALYSIS_BUDGET": (
        "What was changed after signing is too large to be examined within the limits.",
        "署名後の変更が大きすぎるため、制限内で調べられません。",
    ),
    "CHANGE_ANALYSIS_FAILED": (
        "Our analysis of the later changes failed on this document; they are not known to be harmless.",
        "署名後の変更の解析に当方の処理が失敗しました。変更が無害かどうか分かりません。",
    ),
}
