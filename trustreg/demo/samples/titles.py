"""The samples in words: what each document is and what it shows, for the page that checks them."""

from __future__ import annotations

from typing import Final

from signing.surroundings import Sample
from trustreg.base.words import Words

SAMPLES: Final = (
    Sample(
        "qualified-signature.pdf",
        Words("クオリファイドの電子署名がある契約書", "A contract with a qualified signature"),
        Words(
            "タイムスタンプが署名の時刻を証明します。合格します。",
            "A time-stamp proves when it was signed. It passes.",
        ),
        main=True,
    ),
    Sample(
        "tampered.pdf",
        Words("署名のあとに書き換えた契約書", "A contract altered after it was signed"),
        Words("金額が 1 文字だけ変わっています。不合格です。", "One digit of the amount was changed. It fails."),
        main=True,
    ),
    Sample(
        "organisation-seal.pdf",
        Words("組織のeシールがある文書", "A document with the seal of an organisation"),
        Words("発行した組織と法人番号が分かります。", "It shows who issued it, with the corporate number."),
        "stamp",
        main=True,
    ),
    Sample(
        "device-seal.pdf",
        Words("機器のeシールがある文書", "A document with the seal of a device"),
        Words("どの機器が発行したかが分かります。", "It shows which device issued it."),
        "device",
        main=True,
    ),
    Sample(
        "suspended-service.pdf",
        Words("一時停止中のサービスで署名した契約書", "A contract signed while the service was suspended"),
        Words("有効とも無効とも言えません。", "It is neither valid nor invalid."),
        main=True,
    ),
    Sample(
        "two-signatures.pdf",
        Words("署名とeシールの両方がある契約書", "A contract with a signature and a seal"),
        Words("1 件ずつ結果を示します。", "Each of them has its own result."),
        main=True,
    ),
    Sample(
        "qualified-no-timestamp.pdf",
        Words("タイムスタンプがない署名", "A signature without a time-stamp"),
        Words("署名の時刻は申告だけです。現在の時刻で判定します。", "Its time is only claimed; the present counts."),
    ),
    Sample(
        "qualified-lt.pdf",
        Words("失効情報を含む署名（LT）", "A signature with its revocation data (LT)"),
        Words("外部に問い合わせずに判定できます。", "It can be checked without asking anybody else."),
    ),
    Sample(
        "qualified-lta.pdf",
        Words("長期保存の署名（LTA）", "A signature for long-term keeping (LTA)"),
        Words("あとから加えた検証の情報は、変更とみなしません。", "Validation data added later is no change."),
    ),
    Sample(
        "not-qualified-device.pdf",
        Words("鍵の装置を確かめられない署名", "A signature whose key is in no qualified device"),
        Words(
            "証明書はクオリファイドですが、署名はそうなりません。",
            "The certificate is qualified, the signature is not.",
        ),
    ),
    Sample(
        "specified-service.pdf",
        Words("特定サービスによる署名", "A signature from a specified service"),
        Words("有効ですが、クオリファイドではありません。", "It is valid, but not qualified."),
    ),
    Sample(
        "unlisted-timestamp.pdf",
        Words("リストにないタイムスタンプが付いた署名", "A signature with a time-stamp from no list"),
        Words("そのタイムスタンプは時刻の証明に使いません。", "That time-stamp is shown and proves no time."),
    ),
    Sample(
        "revoked-after-stamp.pdf",
        Words("署名のあとで証明書が失効した契約書", "A contract whose certificate was revoked later"),
        Words("失効より前の署名だと証明されています。", "It is proven to be older than the revocation."),
    ),
    Sample(
        "revoked-certificate.pdf",
        Words("証明書が失効し、時刻の証明もない契約書", "A revoked certificate, and no proof of time"),
        Words("失効の前に署名したとは証明できません。", "Nothing proves that it was signed before."),
    ),
    Sample(
        "withdrawn-service-stamped-before.pdf",
        Words("認定が取り消される前の署名", "Signed before the service was withdrawn"),
        Words("取消しより前だと証明されているため、合格します。", "It is proven to be older, so it passes."),
    ),
    Sample(
        "withdrawn-service-signed-after.pdf",
        Words("認定が取り消されたあとの署名", "Signed after the service was withdrawn"),
        Words("もう信頼の根拠になりません。", "The service gives no trust any more."),
    ),
    Sample(
        "withdrawn-service-unstamped.pdf",
        Words("取消しの前だと証明できない署名", "Not proven to be older than the withdrawal"),
        Words("時刻の証明がないため、現在の状態で判定します。", "Without proof of time, the present status counts."),
    ),
    Sample(
        "withdrawn-service-unlisted-timestamp.pdf",
        Words("リストにないタイムスタンプで古く見せた署名", "Dated back by a time-stamp from no list"),
        Words("そのような時刻は証明になりません。", "Such a time proves nothing."),
    ),
    Sample(
        "unlisted-issuer.pdf",
        Words("リストにない発行者の証明書による署名", "A signature whose issuer is on no list"),
        Words("証明書が何と名乗っても、判定できません。", "Whatever the certificate claims, we cannot tell."),
    ),
    Sample(
        "appended-after-signing.pdf",
        Words("署名のあとに上書きした契約書", "A contract painted over after signing"),
        Words(
            "署名は壊れていませんが、見える金額が違います。",
            "What one reads is not what was signed.",
        ),
    ),
    Sample(
        "document-timestamp.pdf",
        Words("タイムスタンプだけの文書", "A document with a time-stamp only"),
        Words("いつからあるかは分かり、だれのものかは分かりません。", "It proves since when, not by whom."),
        "clock",
    ),
    Sample(
        "token.tst",
        Words("文書とは別のタイムスタンプ", "A time-stamp in a file of its own"),
        Words("対象の文書と一緒に判定します。", "It is checked together with its document."),
        "clock",
        detached="timestamped.txt",
    ),
    Sample(
        "response.tsr",
        Words("タイムスタンプの応答", "The response of a time-stamp service"),
        Words("対象の文書と一緒に判定します。", "It is checked together with its document."),
        "clock",
        detached="timestamped.txt",
    ),
    Sample(
        "token-altered.tst",
        Words("時刻を書き換えたタイムスタンプ", "A time-stamp whose time was altered"),
        Words("1 年前の日付にしてあります。不合格です。", "It was set back by a year. It fails."),
        "clock",
        detached="timestamped.txt",
    ),
    Sample(
        "organisation-seal.xml",
        Words("組織のeシールがある XML 文書", "An XML document with the seal of an organisation"),
        Words("XML の請求書などに付ける形式です。合格します。", "The form for invoices and other XML. It passes."),
        "stamp",
    ),
    Sample(
        "qualified-lta.xml",
        Words("長期保存の XML 署名（LTA）", "An XML signature for long-term keeping (LTA)"),
        Words(
            "証明書と失効情報も含めて、タイムスタンプで守られています。",
            "An archive time-stamp covers it with its certificates and revocation data.",
        ),
    ),
    Sample(
        "detached-signature.xml",
        Words("文書とは別の XML 署名", "An XML signature in a file of its own"),
        Words("対象の文書と一緒に判定します。", "It is checked together with its document."),
        detached="timestamped.txt",
    ),
    Sample(
        "countersigned.xml",
        Words("署名を組織のeシールが確認した XML 文書", "An XML document whose signature is counter-signed"),
        Words(
            "人の署名と、それを確認する組織のeシールがあります。",
            "A person signed it, and the seal of an organisation confirms that signature.",
        ),
    ),
    Sample(
        "tampered.xml",
        Words("署名のあとに書き換えた XML 文書", "An XML document altered after it was signed"),
        Words("金額が 1 文字だけ変わっています。不合格です。", "One digit of the amount was changed. It fails."),
    ),
    Sample(
        "wrapped.xml",
        Words("署名した部分を隠して差し替えた XML 文書", "An XML document with its signed part hidden"),
        Words(
            "署名は正しくても、見える部分はだれも署名していません。",
            "The signature itself is sound, yet nobody signed what a reader sees.",
        ),
    ),
    Sample(
        "hide-and-replace.pdf",
        Words("署名の前に隠した内容と差し替えた契約書", "A contract whose hidden content was shown later"),
        Words("シャドウ攻撃です。不合格です。", "A shadow attack. It fails."),
    ),
    Sample(
        "sha-1.pdf",
        Words("SHA-1 による署名", "A signature with SHA-1"),
        Words(
            "弱くなった方式のため、いまの時刻では信頼できません。", "The method is too weak to be relied upon today."
        ),
    ),
    Sample(
        "qualified-no-timestamp.xml",
        Words("タイムスタンプがない XML 署名（B）", "An XML signature without a time-stamp (B)"),
        Words("署名の時刻は申告だけです。", "Its time is only claimed."),
    ),
    Sample(
        "qualified-signature.xml",
        Words("文書を内包する XML 署名（T）", "An XML signature around its document (T)"),
        Words("タイムスタンプが署名の時刻を証明します。", "A time-stamp proves when it was signed."),
    ),
    Sample(
        "qualified-lt.xml",
        Words("失効情報を含む XML 署名（LT）", "An XML signature with its revocation data (LT)"),
        Words("外部に問い合わせずに判定できます。", "It can be checked without asking anybody else."),
    ),
    Sample(
        "qualified-no-timestamp.p7m",
        Words("CMS 署名（B）", "A CMS signature (B)"),
        Words("どんな種類のファイルにも付けられます。", "It can be made for files of any kind."),
    ),
    Sample(
        "qualified-signature.p7m",
        Words("タイムスタンプ付きの CMS 署名（T）", "A CMS signature with a time-stamp (T)"),
        Words("タイムスタンプが署名の時刻を証明します。", "A time-stamp proves when it was signed."),
    ),
    Sample(
        "qualified-lt.p7m",
        Words("失効情報を含む CMS 署名（LT）", "A CMS signature with its revocation data (LT)"),
        Words("外部に問い合わせずに判定できます。", "It can be checked without asking anybody else."),
    ),
    Sample(
        "qualified-lta.p7m",
        Words("長期保存の CMS 署名（LTA）", "A CMS signature for long-term keeping (LTA)"),
        Words(
            "証明書と失効情報も、タイムスタンプで守られています。",
            "An archive time-stamp covers its validation data too.",
        ),
    ),
    Sample(
        "detached-signature.p7s",
        Words("文書とは別の CMS 署名", "A CMS signature in a file of its own"),
        Words("対象の文書と一緒に判定します。", "It is checked together with its document."),
        detached="timestamped.txt",
    ),
    Sample(
        "another-document.p7s",
        Words("別の文書に対する CMS 署名", "A CMS signature over another document"),
        Words("一緒に送った文書の署名ではありません。不合格です。", "It is not over the document beside it. It fails."),
        detached="timestamped.txt",
    ),
    Sample(
        "qualified-no-timestamp.jws",
        Words("JSON 署名（B、コンパクト形式）", "A JSON signature in the compact form (B)"),
        Words("短い文字列なので、通信で受け渡せます。", "A short text that fits into messages."),
    ),
    Sample(
        "qualified-signature.json",
        Words("タイムスタンプ付きの JSON 署名（T）", "A JSON signature with a time-stamp (T)"),
        Words("タイムスタンプが署名の時刻を証明します。", "A time-stamp proves when it was signed."),
    ),
    Sample(
        "qualified-lt.json",
        Words("失効情報を含む JSON 署名（LT）", "A JSON signature with its revocation data (LT)"),
        Words("外部に問い合わせずに判定できます。", "It can be checked without asking anybody else."),
    ),
    Sample(
        "qualified-lta.json",
        Words("長期保存の JSON 署名（LTA）", "A JSON signature for long-term keeping (LTA)"),
        Words(
            "証明書と失効情報も、タイムスタンプで守られています。",
            "An archive time-stamp covers its validation data too.",
        ),
    ),
    Sample(
        "device-seal.json",
        Words("機器のeシールがある計測データ", "A measurement with the seal of a device"),
        Words("どの機器が計測したかが分かります。", "It shows which device measured it."),
        "device",
    ),
    Sample(
        "tampered.json",
        Words("書き換えた計測データ", "A measurement that was altered"),
        Words("計測値が変わっています。不合格です。", "The measured value was changed. It fails."),
        "device",
    ),
    Sample(
        "container-xades.asice",
        Words("2 つのファイルを 1 つの署名で守るコンテナ（ASiC-E）", "Two files with one signature (ASiC-E)"),
        Words("長期保存の XML 署名が両方を対象としています。", "An XML signature for long-term keeping covers both."),
    ),
    Sample(
        "container-cades.asice",
        Words("2 つのファイルに組織のeシールがあるコンテナ（ASiC-E）", "Two files with one seal (ASiC-E)"),
        Words(
            "目録のハッシュ値を通じて両方を対象としています。", "It covers both through a manifest of their digests."
        ),
        "stamp",
    ),
    Sample(
        "container-xades.asics",
        Words("1 つのファイルとeシールのコンテナ（ASiC-S）", "One file with its seal (ASiC-S)"),
        Words("ファイルと XML のeシールが一緒に入っています。", "The file and its XML seal travel together."),
        "stamp",
    ),
    Sample(
        "container-cades.asics",
        Words("1 つのファイルと署名のコンテナ（ASiC-S）", "One file with its signature (ASiC-S)"),
        Words("ファイルと CMS 署名が一緒に入っています。", "The file and its CMS signature travel together."),
    ),
    Sample(
        "container-timestamp.asics",
        Words("1 つのファイルとタイムスタンプのコンテナ", "One file with a time-stamp"),
        Words("いつからあるかが分かります。", "It proves since when the file exists."),
        "clock",
    ),
    Sample(
        "container-evidence-record.asics",
        Words("1 つのファイルとエビデンスレコードのコンテナ", "One file with an evidence record"),
        Words("更新しながら長く残せる、存在時刻の証明です。", "A proof of existence that is made to be renewed."),
        "clock",
    ),
    Sample(
        "container-added-file.asice",
        Words("あとからファイルを加えたコンテナ", "A container with a file added later"),
        Words("加えられたファイルはだれも署名していません。", "Nobody signed the file that was added."),
    ),
    Sample(
        "unsigned.pdf",
        Words("署名がない文書", "A document without any signature"),
        Words("署名もeシールも見つかりません。", "There is no signature or seal to find."),
    ),
    Sample(
        "not-a-pdf.pdf",
        Words("壊れたファイル", "A damaged file"),
        Words("名前は PDF ですが、読み取れません。", "It is called PDF and cannot be read."),
    ),
)
