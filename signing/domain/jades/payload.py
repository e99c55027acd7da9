"""What a JWS is over (RFC 7515 5.2; TS 119 182-1 5.2.8, `sigD`): inside, beside, or named by digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import unquote

from cryptography.exceptions import UnsupportedAlgorithm

from signing.domain.jades.header import DIGESTS, unencoded
from signing.domain.jades.serialization import Jws, JwsError, decode, encode
from signing.domain.procedure.material import format_failure
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.signatures import digest

_SIG_D: Final = "http://uri.etsi.org/19182/"
BY_URI, BY_HASH, HTTP = _SIG_D + "ObjectIdByURI", _SIG_D + "ObjectIdByURIHash", _SIG_D + "HttpHeaders"
MAX_OBJECTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Payload:
    """`signing` is what stands after the dot of the signing input; `stamped` what time-stamps of the data are over.

    None: it cannot be told, `findings` say why. `intact` is what the digests of `sigD` say; True without them.
    `used` are the documents (name, octets) that it covers, `digests` the algorithms they were compared with. `joined`:
    it is over several documents as one, so that nothing says where each of them ends.
    """

    signing: bytes | None
    stamped: bytes | None
    intact: bool | None = True
    used: frozenset[tuple[str, bytes]] = frozenset()
    attached: bool = False
    joined: bool = False
    digests: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def payload_of(jws: Jws, documents: Sequence[tuple[str, bytes]], digests: Mapping[str, bytes]) -> Payload:
    """What a signature is over. `documents` are (name, octets) handed in beside, `digests` of one that was not."""
    details = jws.protected.get("sigD")
    if jws.payload is not None:
        return _attached(jws, documents) if details is None else _nothing(_BOTH)
    if details is None:
        return _detached(jws, documents)
    if not isinstance(details, Mapping):
        return _nothing(_BAD_DETAILS)
    names = details.get("pars")
    if not isinstance(names, list) or not 0 < len(names) <= MAX_OBJECTS or not all(isinstance(n, str) for n in names):
        return _nothing(_BAD_DETAILS)
    mechanism = details.get("mId")
    if mechanism == BY_URI:
        return _by_uri(jws, names, documents)
    if mechanism == BY_HASH:
        return _by_hash(jws, names, details, documents, digests)
    return _nothing(_HTTP if mechanism == HTTP else _BAD_DETAILS)


def _octets(jws: Jws, content: bytes) -> bytes:
    return content if unencoded(jws) else encode(content)


def _attached(jws: Jws, documents: Sequence[tuple[str, bytes]]) -> Payload:
    text = jws.payload or ""
    signing = text.encode("utf-8")
    findings: list[Finding] = []
    try:
        content = signing if unencoded(jws) else decode(text, "the payload")
    except JwsError as error:
        return Payload(
            signing, signing, attached=True, findings=(format_failure("format_parsed", f"{error}.", f"{error}。"),)
        )
    if documents and all(octets != content for _, octets in documents):
        findings.append(_OTHER)
    same = frozenset(document for document in documents if document[1] == content)
    return Payload(signing, signing, used=same, attached=True, findings=tuple(findings))


def _detached(jws: Jws, documents: Sequence[tuple[str, bytes]]) -> Payload:
    if len(documents) != 1:
        return _nothing(_MISSING)
    octets = _octets(jws, documents[0][1])
    return Payload(octets, octets, used=frozenset(documents))


def _find(name: str, documents: Sequence[tuple[str, bytes]], *, alone: bool) -> tuple[str, bytes] | None:
    if alone and len(documents) == 1:
        return documents[0]
    wanted = unquote(name)
    found = [document for document in documents if document[0] in (name, wanted, wanted.rpartition("/")[2])]
    return found[0] if len(found) == 1 else None


def _by_uri(jws: Jws, names: Sequence[str], documents: Sequence[tuple[str, bytes]]) -> Payload:
    found = [_find(name, documents, alone=len(names) == 1) for name in names]
    if any(document is None for document in found):
        return _nothing(_MISSING)
    octets = b"".join(_octets(jws, document[1]) for document in found if document is not None)
    used = frozenset(document for document in found if document is not None)
    return Payload(octets, octets, used=used, joined=len(names) > 1)


def _by_hash(
    jws: Jws,
    names: Sequence[str],
    details: Mapping[str, Any],
    documents: Sequence[tuple[str, bytes]],
    digests: Mapping[str, bytes],
) -> Payload:
    algorithm = DIGESTS.get(str(details.get("hashM")))
    values = details.get("hashV")
    if not isinstance(values, list) or len(values) != len(names) or algorithm is None:
        return _nothing(_BAD_DETAILS)
    results: list[bool | None] = []
    found: list[tuple[str, bytes] | None] = []
    for name, value in zip(names, values, strict=True):
        document, result = _compare(jws, name, value, algorithm, documents, digests, alone=len(names) == 1)
        found.append(document)
        results.append(result)
    findings = []
    if False in results:
        findings.append(_ALTERED)
    elif None in results:
        findings.append(_MISSING)
    complete = all(document is not None for document in found)
    return Payload(
        b"",
        b"".join(_octets(jws, document[1]) for document in found if document is not None) if complete else None,
        intact=False if False in results else (None if None in results else True),
        used=frozenset(document for document in found if document is not None),
        digests=(algorithm,),
        findings=tuple(findings),
    )


def _compare(
    jws: Jws,
    name: str,
    value: Any,
    algorithm: str,
    documents: Sequence[tuple[str, bytes]],
    digests: Mapping[str, bytes],
    *,
    alone: bool,
) -> tuple[tuple[str, bytes] | None, bool | None]:
    """(the document, whether it is the one that was signed); matched by its name, by digest, by part of the name."""
    try:
        expected = decode(value, "a digest") if isinstance(value, str) else b""
        computed = {digest(algorithm, _octets(jws, octets)): (known, octets) for known, octets in documents}
    except (JwsError, UnsupportedAlgorithm):
        return None, None
    same = [document for document in documents if document[0] == name]
    if len(same) == 1:
        return same[0], digest(algorithm, _octets(jws, same[0][1])) == expected
    if expected in computed:
        return computed[expected], True
    named = _find(name, documents, alone=alone)
    if named is not None:
        return named, False
    # A digest alone stands for a document only where the digest of its octets was signed.
    if alone and not documents and algorithm in digests and unencoded(jws):
        return None, compare_digest(digests[algorithm], expected)
    return None, None


def _nothing(finding: Finding) -> Payload:
    return Payload(None, None, intact=None, findings=(finding,))


_MISSING = Finding(
    "signed_data",
    SubIndication.SIGNED_DATA_NOT_FOUND,
    "What was signed was not handed in.",
    "署名の対象となった文書が渡されていません。",
)
_HTTP = Finding(
    "signed_data",
    SubIndication.SIGNED_DATA_NOT_FOUND,
    "The signature is over an HTTP message, which cannot be handed in here.",
    "署名の対象は HTTP メッセージで、ここでは受け取れません。",
)
_ALTERED = Finding(
    "digest",
    SubIndication.HASH_FAILURE,
    "A document is not the one that was signed: its digest differs.",
    "文書が署名時のものと異なります(ダイジェスト不一致)。",
)
_BAD_DETAILS = format_failure(
    "format_parsed",
    "sigD, which says what was signed, is not of a form that is known.",
    "署名の対象を示す sigD の形式を解釈できません。",
)
_BOTH = format_failure(
    "content_detached",
    "A signature over documents beside it holds a content of its own.",
    "文書を別に持つ署名が、内容も内包しています。",
)
_OTHER = format_failure(
    "content",
    "The signature holds a content of its own that differs from the document given.",
    "署名の内包する内容が、与えられた文書と異なります。",
)
