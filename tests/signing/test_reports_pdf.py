"""The PDF report: what it says, that it is PDF/A with tags, and that no text of a document becomes more than text."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest
from django.utils import translation

from signing.reports.paper import MOST, _characters, icons, paper
from signing.reports.pdf import render
from signing.verdict import verdict_of
from signing.views.reasons import message
from tests.signing.report_shapes import SHAPES, report

IDENTIFIER = "5f" * 16
ADDRESS = f"https://tl.example.jp/check/{IDENTIFIER}"


class House:
    """No record behind anything."""

    def document_types(self) -> list[Any]:
        return []

    def decision(self, *_asked: object) -> None:
        return None

    def states(self, *_asked: object) -> tuple[()]:
        return ()


def content(body: dict[str, Any], language: str = "ja") -> dict[str, Any]:
    with translation.override(language):
        return paper(
            body,
            House(),  # type: ignore[arg-type]
            report_id=IDENTIFIER,
            address=ADDRESS,
            expires_at=datetime(2026, 12, 23, tzinfo=UTC),
        )


def words(pdf: bytes) -> str:
    """The text of all pages without spaces and line breaks."""
    with pypdfium2.PdfDocument(pdf) as document:
        text = "".join(page.get_textpage().get_text_range() for page in document)
    return re.sub(r"[\s\ufffe\u200b]", "", text)


def squeezed(text: object) -> str:
    return re.sub(r"\s", "", str(text))


@pytest.mark.parametrize(
    ("name", "language"),
    [
        *((name, "ja") for name in SHAPES),
        *((name, "en") for name in ("pades-t", "pades-seal", "pades-altered", "token")),
    ],
)
def test_every_shape_says_its_verdict(name: str, language: str) -> None:
    body = report(name)
    text = words(render(content(body, language)))
    with translation.override(language):
        verdict = verdict_of(body)
        assert squeezed(verdict.word) in text
        assert squeezed(verdict.sentence) in text
    assert body["indication"] in text
    assert body["document"]["sha256"] in text
    for signature in body["signatures"]:
        with translation.override(language):
            assert all(squeezed(message(check["detail"])) in text for check in signature["checks"])
        assert signature["signer"]["certificate_sha256"] in text


def test_it_names_file_list_report_and_address() -> None:
    body = report("pades-b")
    body["document"]["filename"] = "業務委託契約書_2026-11-16.pdf"
    text = words(render(content(body)))
    for said in ("業務委託契約書_2026-11-16.pdf", "JP第7号", body["list"]["sha256"], IDENTIFIER, ADDRESS, "第7号"):
        assert said in text
    assert re.search(r"\D1/[23]", text)


def test_revocation_is_told_in_time() -> None:
    events = content(report("pades-t"), "en")["parts"][0]["events"]
    assert "Not revoked, according to the issuer" in [event["what"] for event in events]
    events = content(report("pades-revoked"), "en")["parts"][0]["events"]
    assert ["key compromised" in event["note"] for event in events if event["what"] == "Certificate revoked"] == [True]


def test_it_is_pdf_a_with_tags_and_the_json() -> None:
    body = report("pades-t")
    data = render(content(body))
    assert b"<pdfaid:part>3</pdfaid:part>" in data
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in data
    assert b"<pdfuaid:part>1</pdfuaid:part>" in data
    assert b"/OutputIntents" in data
    assert b"/Encrypt" not in data
    assert b"/JavaScript" not in data
    assert re.search(rb"/MarkInfo\s*<<\s*/Marked true", data)
    with pypdfium2.PdfDocument(data) as document:
        assert document.is_tagged()
        assert document.get_metadata_value("Title").startswith("判定結果の報告書")
        assert json.loads(bytes(document.get_attachment(0).get_data())) == {"id": IDENTIFIER, **body}


def test_equal_reports_give_equal_bytes() -> None:
    body = report("pades-b")
    assert render(content(body)) == render(content(copy.deepcopy(body)))


HOSTILE = [
    "#panic()",
    '#read("/etc/passwd")',
    "#{while true {}}",
    '"]); #set page(width: 1pt)',
    "$ sum_(x) $ *bold* _it_ `code` <label> @ref // comment /* open",
    "\\u{41} \\",
    "https://evil.example/",
    "-" * 300,
    "あ" * 300,
    "W" * 300,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup(text: str) -> None:
    body = report("pades-b")
    signature = body["signatures"][0]
    body["document"]["filename"] = text
    for member in ("subject", "issuer", "organization", "serial"):
        signature["signer"][member] = text
    signature["reason"] = signature["location"] = text
    body["policy"] = text
    shown = words(render(content(body, "en")))
    assert shown.count(squeezed(text)) >= 6


def test_the_only_address_that_it_leads_to_is_its_own() -> None:
    body = report("pades-b")
    body["document"]["filename"] = body["signatures"][0]["signer"]["subject"] = "https://evil.example/"
    assert set(re.findall(rb"/URI\s*\((.*?)\)", render(content(body)))) == {ADDRESS.encode()}


@pytest.mark.parametrize("text", ["\u202egpj.exe", "\x00\x07a", "🏢", "ไทย", "\ud800", "\u200b\ufeff"])
def test_what_the_fonts_lack_is_marked_and_breaks_nothing(text: str) -> None:
    body = report("pades-b")
    body["document"]["filename"] = f"{text}.pdf"
    found = content(body)
    assert "〓" in found["document"]["name"]
    assert any("〓" in note for note in found["notes"])
    assert "〓" in words(render(found))


def test_names_of_people_can_be_printed() -> None:
    assert set("髙﨑𠮷①㈱渡邉ŁódźΩЖệ") <= _characters()
    assert not set("\u202e\u200b\u2066\x00\x7f") & _characters()


def test_every_character_that_is_let_through_has_a_glyph() -> None:
    """PDF/A refuses what no font can show, so one character too many would cost the whole report."""
    known = sorted(_characters())
    body = report("pades-b")
    message = {"ja": "", "en": ""}
    rows = [" ".join(known[start : start + 900]) for start in range(0, len(known), 900)]
    body["signatures"][0]["checks"] = [
        {"name": row, "result": "pass", "detail": {"ja": row, "en": row}} for row in rows
    ]
    body["signatures"][0]["errors"] = [{"code": row, "message": message} for row in rows]
    assert render(content(body)).startswith(b"%PDF-1.7")


def test_of_very_many_signatures_only_some_are_told_in_full() -> None:
    body = report("pades-t")
    one = body["signatures"][0]
    body["signatures"] = [copy.deepcopy(one) | {"timestamps": one["timestamps"] * 3} for _ in range(200)]
    found = content(body)
    assert sum(1 + len(part["stamps"]) for part in found["parts"]) <= MOST
    assert len(found["parts"]) + len(found["more"]) == 200
    assert words(render(found)).count(squeezed("World Signer")) >= 200


@pytest.mark.parametrize("text", ["a" + "\u0301" * 5000, "\n" * 5000, "\n \n" * 2000, "a\u0301" * 2500, "a" * 5000])
def test_no_text_can_make_the_typesetting_long(text: str) -> None:
    """Everybody may ask for it. Piled marks and empty lines cost the square of their number."""
    body = report("pades-t")
    one = body["signatures"][0] | {"timestamps": [], "reason": text, "location": text}
    one["signer"] = one["signer"] | {"subject": text}
    body["signatures"] = [copy.deepcopy(one) for _ in range(MOST)]
    found = content(body)
    for printed in _texts({name: value for name, value in found.items() if name not in ("json", "icons")}):
        assert len(printed) <= 2100
        assert not re.search("[\u0300-\u036f]{9}|\n[ \t]*\n[ \t]*\n", printed)
    assert render(found).startswith(b"%PDF-")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def test_a_report_of_an_earlier_version_is_printed_too() -> None:
    body = report("pades-t")
    for part in (body["signatures"][0], *body["signatures"][0]["timestamps"]):
        for member in ("value", "content_digest", "path", "revocation", "sha256"):
            part.pop(member, None)
    with translation.override("ja"):
        sentence = squeezed(verdict_of(body).sentence)
    assert sentence in words(render(content(body)))


def test_every_icon_is_there() -> None:
    assert {"check", "close", "question", "alert", "search", "seal", "stamp", "clock", "pen", "key"} <= set(icons())
