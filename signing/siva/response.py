"""A validation report in the words of SiVa V3: `validationConclusion` and the rules that SiVa adds to EN 319 102-1.

Pure functions of the report's JSON with particulars (`signing.domain.particulars`). A value that the report does not
hold is left out, as SiVa leaves out what is empty; a rule can only make a verdict worse.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from signing.siva.request import HASH_ALGORITHMS

Json = dict[str, Any]

PASSED, FAILED, UNKNOWN = "TOTAL-PASSED", "TOTAL-FAILED", "INDETERMINATE"

BELOW_LT = "The expected format is not found! Expected minimal format LT"
NO_QUALIFIED_TIME_STAMP = "No accepted time-stamp of the signature is a qualified one"
LEVEL_TOO_LOW = "Signature/seal level do not meet the minimal level required by applied policy"
NOT_QES = "The signature is not in the Qualified Electronic Signature level"
FETCHED = "The revocation data that the verdict rests on is not in the document: it was obtained during validation"
STAMP_FETCHED = "Revocation data of a time-stamp is not in the document: it was obtained during validation"

_POLICY_PAGE: Final = "http://open-eid.github.io/SiVa/siva3/appendix/validation_policy/#"
_COMMON: Final = (
    "Trust anchors are the services of this registry's trusted lists and of those that it recognises. "
    "A signature needs baseline level LT or LTA, an accepted time-stamp, and revocation data of its own."
)
DESCRIPTIONS: Final[Mapping[str, str]] = {
    "POLv3": f"Signatures and seals of any legal level, after SiVa's POLv3. {_COMMON}",
    "POLv4": f"Qualified signatures, and seals with a qualified certificate, after SiVa's POLv4. {_COMMON}",
}
_QUALIFIED: Final = frozenset({"QESIG", "QESEAL"})
_BASELINE: Final = frozenset({"BASELINE-LT", "BASELINE-LTA"})
_LEVELS: Final = frozenset({"QESIG", "QESEAL", "ADESIG_QC", "ADESEAL_QC", "ADESIG", "ADESEAL"})
_NOT_ETSI: Final = {"PAdES": "PDF", "CAdES": "CMS", "XAdES": "XML", "JAdES": "JSON"}
_STAMPS: Final = {
    "signature": "SIGNATURE_TIMESTAMP",
    "archive": "ARCHIVE_TIMESTAMP",
    "document": "ARCHIVE_TIMESTAMP",
    "content": "CONTENT_TIMESTAMP",
}
_SCOPES: Final = {
    "document": ("FULL", "Full document"),
    "part": ("PARTIAL", "Part of a document"),
    "manifest": ("FULL", "Manifest document"),
    "digest": ("DIGEST", "Digest document"),
}
_HASHES: Final = {name: siva for siva, name in HASH_ALGORITHMS.items()}


def conclusion(reports: Sequence[Mapping[str, Any]], *, policy: str, time: str, filename: str | None = None) -> Json:
    """The whole answer. Several reports are those of several signature files: one answer holds all their signatures.

    `time` is that of the validation (`2026-01-31T09:00:00Z`), `filename` that of the document, None without one.
    """
    parts = [one for report in reports for one in report["signatures"]]
    ids = _ids(parts)
    signatures = [_signature(one, policy, ids) for one in parts]
    tokens = [_token(one) for report in reports if not report["signatures"] for one in report["timestamps"]]
    form = next((report["document"]["format"] for report in reports), None)
    found: Json = {
        "policy": {
            "policyName": policy,
            "policyDescription": DESCRIPTIONS[policy],
            "policyUrl": _POLICY_PAGE + policy,
        },
        "validationTime": time,
        "signatureForm": form if form in ("ASiC-E", "ASiC-S") else None,
        "validationLevel": "ARCHIVAL_DATA" if signatures else None,
        "validationWarnings": _contents(one for report in reports for one in (*report["warnings"], *report["errors"])),
        "validatedDocument": _document(reports[0], filename) if filename is not None else None,
        "signaturesCount": len(signatures),
        "validSignaturesCount": sum(one["indication"] == PASSED for one in signatures),
        "signatures": signatures,
        "timeStampTokens": tokens,
    }
    return {"validationReport": {"validationConclusion": _filled(found)}}


def _filled(members: Mapping[str, Any]) -> Json:
    """Without what is empty: SiVa never sends null, "" or []."""
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}


def _contents(notices: Iterable[Mapping[str, Any]]) -> list[Json]:
    return [{"content": notice["message"]["en"]} for notice in notices]


def _document(report: Mapping[str, Any], filename: str) -> Json:
    digest = base64.b64encode(bytes.fromhex(report["document"]["sha256"])).decode()
    return {"filename": filename, "fileHash": digest, "hashAlgo": "SHA256"}


def _seconds(instant: str | None) -> str | None:
    """SiVa's times have whole seconds."""
    return f"{instant[:19]}Z" if instant else None


def _ids(parts: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Our ids -> SiVa's: the Id attribute of an XML signature, where no other of the answer has the same."""
    given = {part["id"]: str(part["name"] or "") for part in parts if part["format"] == "XAdES"}
    once = {name for name, count in Counter(given.values()).items() if name and count == 1}
    return {part["id"]: name if (name := given.get(part["id"], "")) in once else str(part["id"]) for part in parts}


def _signature(part: Mapping[str, Any], policy: str, ids: Mapping[str, str]) -> Json:
    particulars = part.get("particulars") or {}
    chain = particulars.get("chain") or []
    subject = chain[0] if chain else {}
    errors, warnings = _contents(part["errors"]), _contents(part["warnings"])
    indication, sub_indication = part["indication"], part["sub_indication"]
    if indication == PASSED:
        more, remarks = _rules(part, policy)
        errors += [{"content": text} for text in more]
        warnings += [{"content": text} for text in remarks]
        indication = FAILED if errors else PASSED
    return _filled(
        {
            "id": ids[part["id"]],
            "signatureFormat": signature_format(part),
            "signatureMethod": particulars.get("method"),
            "signatureLevel": signature_level(part),
            "signedBy": _signed_by(subject, part),
            "subjectDistinguishedName": _filled(
                {
                    "serialNumber": subject.get("serial_number"),
                    "commonName": subject.get("common_name"),
                    "givenName": subject.get("given_name"),
                    "surname": subject.get("surname"),
                }
            ),
            "indication": indication,
            "subIndication": sub_indication,
            "errors": errors,
            "warnings": warnings,
            "signatureScopes": _scopes(part, particulars, ids),
            "claimedSigningTime": _seconds(part["signing_time"]) or "NA",
            "info": _info(part, particulars),
            "certificates": list(_certificates(part, particulars)),
        }
    )


def _rules(part: Mapping[str, Any], policy: str) -> tuple[list[str], list[str]]:
    """What SiVa's policies ask of a signature that passed: (errors, warnings)."""
    errors: list[str] = []
    warnings: list[str] = []
    level = signature_level(part)
    proofs = [stamp for stamp in part["timestamps"] if stamp["proof"]]
    if part["level"] not in _BASELINE or not proofs:
        errors.append(BELOW_LT)
    else:
        # What was fetched can tell that a certificate was revoked since; that it was not, the document must show.
        if _fetched(part):
            errors.append(FETCHED)
        if level in _QUALIFIED and not any(stamp["qualification"] == "QTSA" for stamp in proofs):
            errors.append(NO_QUALIFIED_TIME_STAMP)
    if any(map(_fetched, part["timestamps"])):
        warnings.append(STAMP_FETCHED)
    if policy == "POLv4":
        if level == "ADESIG_QC":
            warnings.append(NOT_QES)
        elif level not in (*_QUALIFIED, "ADESEAL_QC"):
            errors.append(LEVEL_TOO_LOW)
    return errors, warnings


def _fetched(part: Mapping[str, Any]) -> bool:
    return any(evidence["origin"] != "embedded" for evidence in part["revocation"])


def signature_format(part: Mapping[str, Any]) -> str:
    """`XAdES_BASELINE_LT` and the like; `XML_NOT_ETSI` and `PKCS7_T` for what is none of them."""
    name, level = str(part["format"]), str(part["level"])
    if level == "NOT_ETSI":
        return f"{_NOT_ETSI.get(name, name)}_NOT_ETSI"
    return (level if level.startswith("PKCS7") else f"{name}_{level}").replace("-", "_")


def signature_level(part: Mapping[str, Any]) -> str:
    """The legal level; `INDETERMINATE_…` of one that is not certain, `NA` where nothing is known."""
    level = str(part["qualification"] or "")
    if level == "INDETERMINATE":
        level = str(part["assuming"] or "")
        return f"INDETERMINATE_{level}" if level in _LEVELS else "NA"
    if level in _LEVELS:
        return f"INDETERMINATE_{level}" if part["indication"] == UNKNOWN else level
    return level if level == "NOT_ADES" else "NA"


def _signed_by(subject: Mapping[str, str], part: Mapping[str, Any]) -> str:
    parts = [subject.get("surname"), subject.get("given_name"), subject.get("serial_number")]
    if all(parts):
        return ",".join(map(str, parts))
    return subject.get("common_name") or str((part["signer"] or {}).get("subject") or "")


def _scopes(part: Mapping[str, Any], particulars: Mapping[str, Any], ids: Mapping[str, str]) -> list[Json]:
    if part["countersigns"]:
        over = ids.get(part["countersigns"], part["countersigns"])
        return [{"name": over, "scope": "COUNTER_SIGNATURE", "content": "Counter-signed signature"}]
    return [_scope(scope) for scope in particulars.get("scopes") or ()]


def _scope(scope: Mapping[str, Any]) -> Json:
    kind, content = _SCOPES[scope["kind"]]
    digest = (scope["digest"] or {}) if scope["kind"] == "digest" else {}
    return _filled(
        {
            "name": scope["name"],
            "scope": kind,
            "content": content,
            "hashAlgo": _HASHES.get(digest.get("algorithm", "")),
            "hash": digest.get("value"),
        }
    )


def _info(part: Mapping[str, Any], particulars: Mapping[str, Any]) -> Json:
    stamps = [stamp for stamp in part["timestamps"] if stamp["type"] == "signature" and stamp["intact"]]
    first = min(stamps, key=lambda stamp: stamp["time"] or "", default=None)
    place = particulars.get("place") or {}
    revocation = particulars.get("revocation") or {}
    return _filled(
        {
            "bestSignatureTime": _seconds(part["best_signature_time"])
            if any(stamp["proof"] for stamp in part["timestamps"])
            else None,
            "timestampCreationTime": _seconds(first["time"]) if first else None,
            "ocspResponseCreationTime": _seconds(revocation.get("produced_at")),
            "timeAssertionMessageImprint": (first.get("particulars") or {}).get("imprint") if first else None,
            "signingReason": part["reason"] if part["format"] == "PAdES" else None,
            "signerRole": [{"claimedRole": role} for role in particulars.get("roles") or ()],
            "signatureProductionPlace": _filled(
                {
                    "countryName": place.get("country"),
                    "stateOrProvince": place.get("region"),
                    "city": place.get("city"),
                    "postalCode": place.get("postal_code"),
                }
            ),
            "archiveTimeStamps": [
                _archive(stamp)
                for stamp in part["timestamps"]
                if _STAMPS.get(stamp["type"]) == "ARCHIVE_TIMESTAMP" and stamp.get("particulars")
            ],
        }
    )


def _archive(stamp: Mapping[str, Any]) -> Json:
    chain = stamp["particulars"]["chain"]
    return _filled(
        {
            "signedTime": _seconds(stamp["time"]),
            "indication": {PASSED: "PASSED", FAILED: "FAILED"}.get(stamp["indication"], UNKNOWN),
            "subIndication": stamp["sub_indication"],
            "signedBy": chain[0].get("common_name") if chain else None,
            "country": chain[0].get("country") if chain else None,
            "content": stamp["particulars"]["token"],
        }
    )


def _certificates(part: Mapping[str, Any], particulars: Mapping[str, Any]) -> Iterator[Json]:
    """The signer's with those above it, then who stamped and who answered for revocation, each once."""
    chain = particulars.get("chain") or []
    if chain:
        yield {"type": "SIGNING", **_above(chain)}
    seen = set()
    for stamp in part["timestamps"]:
        own = (stamp.get("particulars") or {}).get("chain") or []
        kind = _STAMPS.get(stamp["type"])
        if own and kind and (kind, own[0]["sha256"]) not in seen:
            seen.add((kind, own[0]["sha256"]))
            yield {"type": kind, **_above(own)}
    if particulars.get("revocation"):
        yield {"type": "REVOCATION", **_above([particulars["revocation"]["certificate"]])}


def _above(chain: Sequence[Mapping[str, str]]) -> Json:
    """The first certificate of a chain with its issuers one inside the other."""
    found: Json | None = None
    for one in reversed(chain):
        found = _filled({"commonName": one.get("common_name"), "content": one["der"], "issuer": found})
    return found or {}


def _token(stamp: Mapping[str, Any]) -> Json:
    """A time-stamp that stands alone. SiVa knows no third verdict here: what is not known did not pass."""
    chain = (stamp.get("particulars") or {}).get("chain") or []
    errors, warnings = _contents(stamp["errors"]), _contents(stamp["warnings"])
    return _filled(
        {
            "indication": PASSED if stamp["indication"] == PASSED else FAILED,
            "subIndication": stamp["sub_indication"],
            "signedBy": chain[0].get("common_name") if chain else None,
            "signedTime": _seconds(stamp["time"]),
            "timestampLevel": stamp["qualification"] if stamp["qualification"] in ("QTSA", "TSA") else "N/A",
            "certificates": [{"type": "CONTENT_TIMESTAMP", **_above([one])} for one in chain],
            "errors": errors,
            "error": errors,
            "warnings": warnings,
            "warning": warnings,
        }
    )
