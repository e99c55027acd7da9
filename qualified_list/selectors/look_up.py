"""Which public record an identifier names; and examples of identifiers from the list in force."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from certification.models import Decision
from certification.selectors import public_decisions
from conformity.selectors import accreditations_public
from qualified_list.models import IssueState, ListedState, ListIssue
from qualified_list.selectors.changes import entry_of
from qualified_list.selectors.snapshot import trust_source
from signing.selectors import job, report_at
from trustreg.parties.models import OidArc, Organisation
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.errors import PkiError


@dataclass(frozen=True, slots=True)
class Examples:
    """Identifiers that lead somewhere now; empty where there is none."""

    service: str = ""
    names: dict[str, str] | None = None
    provider: Organisation | None = None
    certificate_sha256: str = ""
    sequence: int | None = None


def record_of(identifier: uuid.UUID) -> tuple[str, uuid.UUID] | None:
    """(`service`, `organisation`, `decision` or `accreditation`, its id) of the public record with this id, or None."""
    entry = entry_of(identifier)
    if entry is not None:
        return "service", entry
    if Organisation.objects.filter(pk=identifier).exists():
        return "organisation", identifier
    if public_decisions().filter(pk=identifier).exists():
        return "decision", identifier
    return ("accreditation", identifier) if accreditations_public().filter(pk=identifier).exists() else None


def decision_numbered(number: str) -> uuid.UUID | None:
    """The public decision that people call `D-2026-0031`."""
    found = public_decisions().filter(serial=int(number.rpartition("-")[2])).first()
    return found.pk if found is not None and found.number == number else None


def issue_with_digest(digest: str) -> int | None:
    """The issue whose XML file has this SHA-256."""
    rows = ListIssue.objects.filter(state=IssueState.RELEASED, sha256=digest)
    return rows.values_list("sequence", flat=True).first()


def issue_exists(sequence: int) -> bool:
    """Whether there is a public issue with this number."""
    return ListIssue.objects.filter(state=IssueState.RELEASED, pk=sequence).exists()


def report_exists(report_id: str, now: datetime) -> bool:
    """Whether a report of a check is kept, or its check still runs."""
    return report_at(report_id, now) is not None or job(report_id) is not None


def arc_over(oid: str) -> OidArc | None:
    """The registered arc that an OID is or lies under, the longest one, with its organisation."""
    arcs = oid.split(".")
    prefixes = [".".join(arcs[:length]) for length in range(2, len(arcs) + 1)]
    found = OidArc.objects.filter(arc__in=prefixes).select_related("organisation")
    return max(found, key=lambda row: len(row.arc), default=None)


def listed_certificate(digest: str) -> Certificate | None:
    """The certificate with this SHA-256 (hexadecimal) that the lists in force carry as an identity."""
    wanted = bytes.fromhex(digest)
    for one in trust_source().identities():
        if sha256(one.certificate).digest() == wanted:
            try:
                return parse_certificate(one.certificate)
            except PkiError:
                return None
    return None


def newest_decision() -> Decision | None:
    """The public decision that was opened last."""
    return public_decisions().first()


def examples(now: datetime) -> Examples:
    """Identifiers of one service that is in force now, and of the list (three queries)."""
    source = trust_source()
    reference = source.list_reference
    if reference is None:
        return Examples()
    one = next(
        (one for one in source.identities() if source.standing_of_service(one.service_id, at=now).counts),
        next(iter(source.identities()), None),
    )
    if one is None:
        return Examples(sequence=reference.sequence)
    standing = source.standing_of_service(one.service_id, at=now)
    state = None
    try:
        rows = ListedState.objects.filter(listed_service=uuid.UUID(one.service_id)).select_related("listed_service")
        state = rows.order_by("-start").first()
    except ValueError:
        pass  # an entry of a foreign list
    provider = Organisation.objects.filter(pk=state.listed_service.provider_id).first() if state else None
    return Examples(
        service=one.service_id,
        names=standing.service_name or (dict(state.names) if state else None),
        provider=provider,
        certificate_sha256=sha256(one.certificate).hexdigest(),
        sequence=reference.sequence,
    )
