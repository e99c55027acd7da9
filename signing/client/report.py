"""The validation report, typed: the members that programs decide by. Everything else is in `raw`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

PASSED = "TOTAL-PASSED"
FAILED = "TOTAL-FAILED"
INDETERMINATE = "INDETERMINATE"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed, as the certificate says. `name` is the organisation of a seal, else the common name."""

    name: str
    subject: str
    certificate_sha256: str


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A time-stamp. `proof`: its time counts. `reasons` are sentences by language."""

    indication: str
    sub_indication: str | None
    time: datetime | None
    qualification: str | None
    proof: bool
    reasons: tuple[Mapping[str, str], ...]

    @classmethod
    def of(cls, part: Mapping[str, Any]) -> Self:
        return cls(
            indication=part["indication"],
            sub_indication=part["sub_indication"],
            time=_time(part["time"]),
            qualification=part["qualification"],
            proof=part["proof"] is True,
            reasons=_reasons(part),
        )


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature or seal (`kind`). `proven_at`: by when an accepted time-stamp proves it, None without one."""

    id: str
    kind: str
    format: str
    level: str
    indication: str
    sub_indication: str | None
    qualification: str | None
    signer: Signer | None
    signing_time: datetime | None
    proven_at: datetime | None
    timestamps: tuple[Timestamp, ...]
    reasons: tuple[Mapping[str, str], ...]

    @property
    def passed(self) -> bool:
        return self.indication == PASSED

    @classmethod
    def of(cls, part: Mapping[str, Any]) -> Self:
        stamps = tuple(map(Timestamp.of, part["timestamps"]))
        return cls(
            id=part["id"],
            kind=part["kind"],
            format=part["format"],
            level=part["level"],
            indication=part["indication"],
            sub_indication=part["sub_indication"],
            qualification=part["qualification"],
            signer=_signer(part),
            signing_time=_time(part["signing_time"]),
            proven_at=_time(part["best_signature_time"]) if any(stamp.proof for stamp in stamps) else None,
            timestamps=stamps,
            reasons=_reasons(part),
        )


@dataclass(frozen=True, slots=True)
class Report:
    """What validating one document came to. `id` None: the service does not keep it."""

    id: str | None
    indication: str
    sub_indication: str | None
    filename: str
    format: str | None
    hypothetical: bool
    signatures: tuple[Signature, ...]
    timestamps: tuple[Timestamp, ...]
    reasons: tuple[Mapping[str, str], ...]
    raw: Mapping[str, Any]

    @property
    def passed(self) -> bool:
        """Whether every signature (or, without any, every time-stamp) passed."""
        return self.indication == PASSED

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Raises ValueError for what is no report of this service."""
        try:
            if body["indication"] not in (PASSED, FAILED, INDETERMINATE):
                raise ValueError(f"unknown indication {body['indication']!r}")
            return cls(
                id=body.get("id"),
                indication=body["indication"],
                sub_indication=body["sub_indication"],
                filename=body["document"]["filename"],
                format=body["document"]["format"],
                hypothetical=body["hypothetical"] is True,
                signatures=tuple(map(Signature.of, body["signatures"])),
                timestamps=tuple(map(Timestamp.of, body["timestamps"])),
                reasons=_reasons(body),
                raw=body,
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a validation report: {error!r}") from error


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _reasons(part: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    """The errors in words; where it did not pass without one, the warnings."""
    notices = part["errors"] or ([] if part["indication"] == PASSED else part["warnings"])
    return tuple({"ja": notice["message"]["ja"], "en": notice["message"]["en"]} for notice in notices)


def _signer(part: Mapping[str, Any]) -> Signer | None:
    signer = part["signer"]
    if signer is None:
        return None
    order = ("organization", "common_name") if part["kind"] == "seal" else ("common_name", "organization")
    name = next((signer[one] for one in order if signer.get(one)), None) or signer["subject"]
    return Signer(name=name, subject=signer["subject"], certificate_sha256=signer["certificate_sha256"])
