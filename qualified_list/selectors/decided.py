"""What was decided and by whom: read by the worker that compiles, and again by the signer that believes nothing."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, OuterRef, Subquery
from django.db.models.expressions import RawSQL

from certification.domain import lifecycle
from certification.domain.decisions import CONTENT_VERSION, ServiceState
from certification.domain.lifecycle import DecisionKind, DecisionStatus
from certification.models import DecisionProposal, ServiceIdentity, StatusChange
from qualified_list.compilation import Decided
from qualified_list.domain.model import Address, PostalAddress, Provider, Text
from trustreg.conf import settings as conf
from trustreg.parties.domain.roles import ROLE_KINDS, Role
from trustreg.parties.models import Organisation

_WINDOW = 10_000
_DESCRIBED = (
    "name_ja",
    "name_en",
    "corporate_number",
    "foreign_registration_id",
    "country",
    "postal_code",
    "region_ja",
    "region_en",
    "locality_ja",
    "locality_en",
    "street_ja",
    "street_en",
    "emails",
    "web_uris",
)


@dataclass(frozen=True, slots=True)
class Unapproved:
    """A status change that no two people approved as it stands. It must never reach a list."""

    change: int
    decision: uuid.UUID
    code: str


def decided(changes: Collection[int] | None = None) -> tuple[list[Decided], list[Unapproved]]:
    """What stands of every service (or by these status changes), and what fails the check of its approval.

    A change counts when the last proposal of its decision hashes to what an approver other than its proposer agreed
    to, and says exactly what the change says; an urgent suspension counts on one signature; an expiry counts on the
    decision that fixed the end. Everything is computed again here: nothing is believed because a column says so.
    """
    last = DecisionProposal.objects.filter(decision=OuterRef("decision")).order_by("-revision")
    rows = StatusChange.objects.annotate(
        draft=Subquery(last.values("content")[:1]), draft_proposer=Subquery(last.values("proposer_id")[:1])
    )
    if changes is None:
        rows = rows.order_by("service_id", "-sequence").distinct("service_id")
    else:
        rows = rows.filter(pk__in=list(changes))
    found = list(
        rows.values_list(
            "id",
            "service_id",
            "service__provider_id",
            "transition",
            "content",
            "decision_id",
            "decision__kind",
            "decision__status",
            "draft",
            "draft_proposer",
            "decision__approval__content_sha256",
            "decision__approval__proposer_id",
            "decision__approval__approver_id",
        )
    )
    keys: dict[uuid.UUID, dict[str, tuple[str, bytes]]] = defaultdict(dict)
    identities = ServiceIdentity.objects.values_list("service_id", "certificate_sha256", "spki_sha256", "certificate")
    if changes is not None:
        identities = identities.filter(service_id__in=[row[1] for row in found])
    for service_id, digest, spki, certificate in identities.iterator(chunk_size=5000):
        keys[service_id][digest] = (spki, bytes(certificate))
    standing: list[Decided] = []
    failed: list[Unapproved] = []
    for row in found:
        change, service_id, provider_id, transition, content, decision_id, kind, status, draft = row[:9]
        stands = json.loads(content)
        code = _fault(transition, stands, kind, status, draft, *row[9:])
        state = ServiceState.from_json(stands)
        if code is None and any(
            keys[service_id].get(identity.certificate_sha256, ("",))[0] != identity.spki_sha256
            for identity in state.identities
        ):
            code = "DECIDED_KEY_UNKNOWN"
        if code is None and (state.service, state.provider) != (str(service_id), str(provider_id)):
            code = "DECISION_OF_ANOTHER_SERVICE"
        if code is not None:
            failed.append(Unapproved(change, decision_id, code))
            continue
        standing.append(
            Decided(
                service_id=service_id,
                provider_id=provider_id,
                state=state,
                change=change,
                decision=decision_id,
                approved_sha256=hashlib.sha256(draft.encode()).hexdigest(),
                certificates=tuple(
                    keys[service_id][identity.certificate_sha256] for identity in sorted(state.identities)
                ),
            )
        )
    return standing, failed


def _fault(
    transition: str,
    standing: Mapping[str, Any],
    kind: str,
    status: str,
    draft: str | None,
    draft_proposer: uuid.UUID | None,
    approved: str | None,
    proposer: uuid.UUID | None,
    approver: uuid.UUID | None,
) -> str | None:
    """Why the change does not count; None when it does."""
    if draft is None:
        return "DECISION_WITHOUT_DRAFT"
    urgent = status == DecisionStatus.URGENT and kind == DecisionKind.SUSPEND
    if approved is None and not urgent:
        return "DECISION_NOT_APPROVED"
    if approved is not None:
        if approved != hashlib.sha256(draft.encode()).hexdigest():
            return "APPROVED_HASH_DIFFERS"
        if approver is None or approver in (proposer, draft_proposer) or proposer != draft_proposer:
            return "APPROVED_BY_ONE_PERSON"
    frozen = json.loads(draft)
    if frozen["version"] != CONTENT_VERSION:
        return "DECISION_OF_ANOTHER_VERSION"
    if urgent and approved is None and frozen["urgent"] is not True:
        return "DECISION_NOT_APPROVED"
    state = frozen["state"]
    if state is None or frozen["kind"] != kind:
        return "DECISION_CHANGES_NOTHING"
    if transition == lifecycle.EXPIRE:
        state = ServiceState.from_json(state).as_expired().as_json()
    if state != standing:
        return "CHANGE_IS_NOT_WHAT_WAS_APPROVED"
    return None


def latest_changes(*, older_than_seconds: int) -> dict[uuid.UUID, int]:
    """The last status change of every service among those decided at least so many seconds ago (database clock)."""
    cutoff = RawSQL("clock_timestamp() - make_interval(secs => %s)", [older_than_seconds])
    rows = StatusChange.objects.filter(decided_at__lte=cutoff).values("service_id").annotate(last=Max("id"))
    return {row["service_id"]: row["last"] for row in rows}


def mark() -> str:
    """Names what is decided and how the providers are described; another mark means that something changed.

    The highest id alone would miss a change that committed after one with a higher id; so the last ones are counted.
    """
    highest = StatusChange.objects.aggregate(last=Max("id"))["last"] or 0
    count = StatusChange.objects.filter(id__gt=highest - _WINDOW).count()
    described = Organisation.objects.filter(kind__in=ROLE_KINDS[Role.PROVIDER_OFFICER]).order_by("pk")
    digest = hashlib.sha256(repr(list(described.values_list("pk", *_DESCRIBED))).encode()).hexdigest()
    return f"{highest}:{count}:{digest[:16]}"


def provider_headers(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Provider]:
    """Providers as they stand on a list (TS 119 612 5.4), without services."""
    return {row.pk: _header(row) for row in Organisation.objects.filter(pk__in=ids)}


def _header(row: Organisation) -> Provider:
    identifier = row.registrant_identifier
    if identifier is None and row.foreign_registration_id:
        identifier = f"NTR{row.country}-{row.foreign_registration_id}"
    page = f"{conf.base_url}/organisations/{row.pk}"
    websites = row.web_uris or [page]
    return Provider(
        provider_id=str(row.pk),
        names=(Text("en", row.name_en.strip()), Text("ja", row.name_ja.strip())),
        trade_names=(Text("en", identifier),) if identifier else (),
        address=Address(
            postal=tuple(
                PostalAddress(
                    lang=language,
                    street=street.strip(),
                    locality=locality.strip(),
                    region=region.strip() or None,
                    postal_code=row.postal_code.strip() or None,
                    country=row.country,
                )
                for language, street, locality, region in (
                    ("en", row.street_en, row.locality_en, row.region_en),
                    ("ja", row.street_ja, row.locality_ja, row.region_ja),
                )
                if street.strip() and locality.strip()
            ),
            electronic=tuple(
                Text("en", address) for address in (*(f"mailto:{email}" for email in row.emails), *websites)
            ),
        ),
        information_uri=(Text("en", websites[0]), Text("ja", websites[0])),
        services=(),
    )
