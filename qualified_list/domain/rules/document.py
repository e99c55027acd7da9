"""The XML file: schema, sameness with the model, the signature and its certificate (TS 119 612 5.7, annex B)."""

from __future__ import annotations

from lxml import etree

from qualified_list.domain.content import content_hash
from qualified_list.domain.model import TSL_TAG, TSL_VERSION
from qualified_list.domain.rules.book import Book, FileFacts, NotRun, Offences, Subject
from qualified_list.domain.signature import ENVELOPED, EXC_C14N, TSL_SIGNING, certificates_of
from qualified_list.domain.xml import names
from signing.keys.backend import MINIMUM_RSA_BITS
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.errors import MalformedCertificate

BOOK = Book("document")

MINIMUM_EC_BITS = 256

_D = f"{{{names.DS}}}"
_XA = f"{{{names.XADES}}}"


def _file(subject: Subject) -> FileFacts:
    if subject.file is None:
        raise NotRun("no XML file was given")
    return subject.file


def _signature(subject: Subject) -> etree._Element:
    signature = _file(subject).signature
    if signature is None:
        raise NotRun("the file is not signed")
    return signature


def _certificate(subject: Subject) -> Certificate:
    certificates = certificates_of(_signature(subject))
    try:
        return parse_certificate(certificates[0])
    except (IndexError, MalformedCertificate) as error:
        raise NotRun("there is no readable signer certificate") from error


@BOOK.rule(
    "schema",
    "TS 119 612 annex C",
    "The file is valid against the schema of TS 119 612 v2.4.1.",
    "ファイルはTS 119 612 v2.4.1のスキーマに適合します。",
)
def schema(subject: Subject) -> Offences:
    file = _file(subject)
    if file.schema_errors is None:
        raise NotRun(file.schema_missing)
    for message in file.schema_errors:
        yield "XML", message


@BOOK.rule(
    "plain",
    "TS 119 612 annex C",
    "The file has no comments, processing instructions or entity references.",
    "ファイルにコメント、処理命令、実体参照は含まれません。",
)
def plain(subject: Subject) -> Offences:
    for line in _file(subject).odd_nodes:
        yield "XML", f"line {line}"


@BOOK.rule(
    "version",
    "TS 119 612 5.3.1",
    "The version identifier is 6 and the tag is that of TS 119 612.",
    "バージョン識別子は6で、タグはTS 119 612のものです。",
)
def version(subject: Subject) -> Offences:
    file = _file(subject)
    if (file.version, file.tag) != (str(TSL_VERSION), TSL_TAG):
        yield "TSLVersionIdentifier", f"{file.version} {file.tag}"


@BOOK.rule(
    "same_content",
    "one model",
    "The file says what the model says: content, sequence number and times.",
    "ファイルの内容・連番・日時は、モデルと一致します。",
)
def same_content(subject: Subject) -> Offences:
    read, issue = _file(subject).read, subject.list
    if read is None:
        yield "XML", "no list can be read"
    elif (read.sequence, read.issued_at, read.next_update) != (issue.sequence, issue.issued_at, issue.next_update):
        yield "sequence and times", f"{read.sequence} {read.issued_at} {read.next_update}"
    elif content_hash(read) != content_hash(issue):
        yield "content", content_hash(read)


@BOOK.rule(
    "signature",
    "TS 119 612 5.7",
    "The one signature verifies and covers the whole list.",
    "唯一の署名が検証でき、リスト全体を対象とします。",
)
def signature(subject: Subject) -> Offences:
    _signature(subject)
    verified = _file(subject).verified
    if verified is None:
        yield "Signature", _file(subject).failure
    elif not verified.signing_certificate_v2:
        yield "SigningCertificate", "expected SigningCertificateV2"


@BOOK.rule(
    "signature_profile",
    "TS 119 612 annex B",
    "Exclusive canonicalization everywhere, enveloped signature, SigningTime, DataObjectFormat, one certificate.",
    "正準化はすべて排他的で、封入署名とし、署名日時、データ形式、証明書1枚を含みます。",
)
def signature_profile(subject: Subject) -> Offences:
    element = _signature(subject)
    info = element.find(f"{_D}SignedInfo")
    if info is None:
        yield "SignedInfo", "missing"
        return
    method = info.find(f"{_D}CanonicalizationMethod")
    if method is None or method.get("Algorithm") != EXC_C14N:
        yield "CanonicalizationMethod", "" if method is None else method.get("Algorithm") or ""
    for reference in info.iterfind(f"{_D}Reference"):
        transforms = [one.get("Algorithm") for one in reference.iterfind(f"{_D}Transforms/{_D}Transform")]
        if transforms != ([ENVELOPED, EXC_C14N] if reference.get("URI") == "" else [EXC_C14N]):
            yield f"Reference {reference.get('URI')}", str(transforms)
    for tag in ("SigningTime", "SigningCertificateV2", "DataObjectFormat"):
        if element.find(f".//{_XA}{tag}") is None:
            yield tag, "missing"
    if len(certificates_of(element)) != 1:
        yield "KeyInfo", "not exactly one certificate"


@BOOK.rule(
    "signer_key",
    "TS 119 312",
    f"The signer's key is RSA of at least {MINIMUM_RSA_BITS} bits or ECDSA of at least {MINIMUM_EC_BITS} bits.",
    f"署名者の鍵は、RSAなら{MINIMUM_RSA_BITS}ビット以上、ECDSAなら{MINIMUM_EC_BITS}ビット以上です。",
)
def signer_key(subject: Subject) -> Offences:
    kind, size, _ = _certificate(subject).key_type
    if size < {"rsa": MINIMUM_RSA_BITS, "ec": MINIMUM_EC_BITS}.get(kind, size + 1):
        yield "signer", f"{kind} {size}"


@BOOK.rule(
    "signer_name",
    "TS 119 612 5.7.1",
    "The signer certificate names the territory as country and the scheme operator as organisation.",
    "署名者証明書の国名は対象国・地域、組織名は制度運営者です。",
)
def signer_name(subject: Subject) -> Offences:
    certificate = _certificate(subject)
    operators = {text.value for text in subject.list.scheme.operator_name}
    if certificate.country != subject.list.scheme.territory or certificate.organization not in operators:
        yield "signer", certificate.subject_name


@BOOK.rule(
    "signer_usage",
    "TS 119 612 5.7.1",
    "The signer is no CA; its key may sign only, is marked for list signing, and has a subject key identifier.",
    "署名者は認証局ではなく、鍵用途は署名のみ、リスト署名用で、鍵識別子を持ちます。",
)
def signer_usage(subject: Subject) -> Offences:
    certificate = _certificate(subject)
    if certificate.is_ca:
        yield "signer", "CA"
    if not certificate.key_usage or not certificate.key_usage <= {"digitalSignature", "nonRepudiation"}:
        yield "signer", f"key usage {sorted(certificate.key_usage or ())}"
    if TSL_SIGNING not in (certificate.extended_key_usage or ()):
        yield "signer", "no tslSigning"
    if certificate.ski is None:
        yield "signer", "no subject key identifier"


@BOOK.rule(
    "signing_time",
    "TS 119 612 5.7",
    "The list was signed at or after its issue time, before its next update, within the validity of the signer.",
    "署名日時は発行日時以後、次回更新前で、署名者証明書の有効期間内です。",
)
def signing_time(subject: Subject) -> Offences:
    verified = _file(subject).verified
    if verified is None:
        raise NotRun("there is no signature that verifies")
    moment, issue = verified.signing_time, subject.list
    if moment is None or moment < issue.issued_at or (issue.next_update is not None and moment >= issue.next_update):
        yield "SigningTime", str(moment)
    elif not _certificate(subject).valid_at(moment):
        yield "SigningTime", f"{moment:%Y-%m-%dT%H:%M:%SZ} outside the validity of the signer"
