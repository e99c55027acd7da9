"""The whole record of one service in a fixed number of queries: what held when, why, by which list, with which keys."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery

from certification.models import DecisionProposal, Service
from conformity.models import Accreditation, Report
from qualified_list.domain import effect as effects
from qualified_list.domain.effect import Effect
from qualified_list.domain.model import Status
from qualified_list.domain.status import ListTrustSource
from qualified_list.models import ListedState
from qualified_list.selectors.catalogue import entry_of
from qualified_list.selectors.changes import endings
from qualified_list.selectors.finder import ended_how
from qualified_list.selectors.snapshot import trust_source
from trustreg.base.errors import NotFound
from trustreg.parties.models import Organisation
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.errors import MalformedCertificate
from trustreg.pki.trust import ListReference, Standing


@dataclass(frozen=True, slots=True)
class DecisionFacts:
    """What the public may know of a decision in force; it names no people."""

    id: uuid.UUID
    number: str
    kind: str
    body: Organisation
    reasons: dict[str, str]
    cites: dict[str, Any]
    two_people: bool
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Period:
    """What held over `[start, end)`; `end` None: it goes on. `state` is None where no list says it in so many words."""

    start: datetime
    end: datetime | None
    effect: Effect
    state: ListedState | None
    decisions: tuple[DecisionFacts, ...]


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a state rests on. `accreditation` and `report` are None where no decision up to it cites any."""

    decision: DecisionFacts | None
    report: Report | None
    accreditation: Accreditation | None
    state: ListedState | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A decision and where it is found on the list.

    `grounds.state` is None until an issue carries it; `entry` and `now` until anything of the service is listed.
    """

    decision: DecisionFacts
    grounds: Grounds
    entry: uuid.UUID | None
    now: Effect | None


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """One listed service. `periods` are newest first; `standing` and `effect` are those of the time asked about."""

    id: str
    names: dict[str, str]
    type: str
    scope: tuple[str, ...]
    kinds: tuple[str, ...]
    provider_id: str
    provider_names: dict[str, str]
    provider: Organisation | None
    territory: str
    at: datetime
    standing: Standing
    effect: Effect
    now: Effect
    now_since: datetime | None
    valid_until: datetime | None
    supply_points: tuple[str, ...]
    periods: tuple[Period, ...]
    grounds: Grounds | None
    identities: tuple[Certificate, ...]
    list: ListReference | None


def service_record(identifier: uuid.UUID, *, now: datetime, at: datetime | None = None) -> ServiceRecord:
    """The record of an entry of the own list, or of a registry service that is listed there.

    At most ten queries. Raises NotFound for what no list ever carried.
    """
    entry = entry_of(identifier)
    provider = Organisation.objects.filter(pk=entry.provider_id).first()
    members = list(Service.objects.filter(pk__in=entry.members.values("service_id")).order_by("kind", "pk"))
    states = list(
        ListedState.objects.filter(listed_service=entry)
        .select_related("issue")
        .defer("issue__content", "issue__unsigned", "issue__decisions")
        .order_by("start")
    )
    facts = decision_facts({decision for state in states for decision in state.decisions})
    ends = endings(one for state in states if state.status == Status.WITHDRAWN for one in state.decisions)
    source = trust_source()
    periods = _periods(str(entry.pk), states, facts, ends, source, now)
    asked = at or now
    standing = source.standing_of_service(str(entry.pk), at=asked)
    current = source.standing_of_service(str(entry.pk), at=now)
    at_time = _last(states, asked)
    shown = at_time or states[0]
    return ServiceRecord(
        id=str(entry.pk),
        names=dict(reversed(shown.names)),
        type=entry.type,
        scope=tuple(shown.scope),
        kinds=tuple(dict.fromkeys(member.kind for member in members)),
        provider_id=str(entry.provider_id),
        provider_names={"ja": provider.name_ja, "en": provider.name_en} if provider else {},
        provider=provider,
        territory=source.list_reference.territory if source.list_reference else "",
        at=asked,
        standing=standing,
        effect=_effect(standing, states, ends),
        now=_effect(current, states, ends),
        now_since=current.since,
        valid_until=current.until if current.counts else None,
        supply_points=tuple(dict.fromkeys(point for member in members for point in member.supply_points)),
        periods=tuple(reversed(periods)),
        grounds=_grounds(states, at_time, facts) if at_time else None,
        identities=listed_certificates(str(entry.pk), source),
        list=standing.list or source.list_reference,
    )


def recognised_record(identifier: str, *, now: datetime, at: datetime | None = None) -> ServiceRecord:
    """The record of a service of a foreign list: what is recognised of it. Raises NotFound where nothing ever is."""
    asked = at or now
    source = trust_source()
    standing = source.standing_of_service(identifier, at=asked)
    current = source.standing_of_service(identifier, at=now)
    known = standing if standing.service_id else current
    if known.service_id is None:
        raise NotFound(f"No list carries a service {identifier}.", f"サービス {identifier} は掲載されていません。")
    return ServiceRecord(
        id=identifier,
        names=known.service_name,
        type=known.service_type or "",
        scope=(),
        kinds=(),
        provider_id="",
        provider_names=known.provider_name,
        provider=None,
        territory=known.territory or "",
        at=asked,
        standing=standing,
        effect=effects.effect(standing),
        now=effects.effect(current),
        now_since=current.since,
        valid_until=current.until if current.counts else None,
        supply_points=(),
        periods=(),
        grounds=None,
        identities=listed_certificates(identifier, source),
        list=standing.list or source.list_reference,
    )


def listing_of(service: uuid.UUID, decision: str, *, now: datetime) -> Listing:
    """A decision in force about a registry service, the state that first rested on it, and what holds now.

    At most eight queries.
    """
    states = list(
        ListedState.objects.filter(listed_service__members__service_id=service)
        .select_related("issue", "listed_service")
        .defer("issue__content", "issue__unsigned", "issue__decisions")
        .order_by("start")
    )
    facts = decision_facts({decision, *(one for row in states for one in row.decisions)})
    state = next((one for one in states if decision in one.decisions), None)
    if state is None:
        report, accreditation = cited_records(facts[decision].cites)
        grounds = Grounds(facts[decision], report, accreditation, None)
    else:
        own = [one for one in states if one.listed_service_id == state.listed_service_id]
        grounds = replace(_grounds(own, state, facts), decision=facts[decision])
    if not states:
        return Listing(facts[decision], grounds, None, None)
    newest = max(states, key=lambda one: (one.listed_service.first_sequence, one.start))
    entry = (state or newest).listed_service_id
    own = [one for one in states if one.listed_service_id == entry]
    ends = endings(one for row in own if row.status == Status.WITHDRAWN for one in row.decisions)
    current = _effect(trust_source().standing_of_service(str(entry), at=now), own, ends)
    return Listing(facts[decision], grounds, entry, current)


def listed_certificates(identifier: str, source: ListTrustSource | None = None) -> tuple[Certificate, ...]:
    """The certificates that the lists in force carry for an entry; what cannot be read is passed over."""
    found = []
    for one in (source or trust_source()).identities():
        if one.service_id == identifier:
            try:
                found.append(parse_certificate(one.certificate))
            except MalformedCertificate:
                continue
    return tuple(found)


def decision_facts(decisions: Collection[str]) -> dict[str, DecisionFacts]:
    """What is public of these decisions in force, by id as text. One query."""
    last = DecisionProposal.objects.filter(decision=OuterRef("decision")).order_by("-revision").values("pk")[:1]
    rows = DecisionProposal.objects.filter(
        decision__in=[uuid.UUID(one) for one in decisions], pk=Subquery(last)
    ).select_related("decision__approval", "decision__body")
    return {str(row.decision_id): _facts(row) for row in rows}


def _facts(row: DecisionProposal) -> DecisionFacts:
    content = json.loads(row.content)
    approval = getattr(row.decision, "approval", None)
    return DecisionFacts(
        id=row.decision_id,
        number=row.decision.number,
        kind=row.decision.kind,
        body=row.decision.body,
        reasons=content["reasons"],
        cites=content["cites"],
        two_people=approval is not None,
        decided_at=approval.decided_at if approval is not None else row.proposed_at,
    )


def _last(states: Sequence[ListedState], at: datetime) -> ListedState | None:
    """The state that holds at a time; `states` are oldest first."""
    return next((state for state in reversed(states) if state.start <= at), None)


def _effect(standing: Standing, states: Sequence[ListedState], ends: dict[str, str]) -> Effect:
    upto = [state for state in states if state.start <= standing.at]
    held = next((state.level for state in reversed(upto) if state.level), "")
    ended = ended_how(upto[-1].decisions, ends) if upto and upto[-1].status == Status.WITHDRAWN else ""
    return effects.effect(standing, held=held, ended=ended)


def _periods(
    identifier: str,
    states: Sequence[ListedState],
    facts: dict[str, DecisionFacts],
    ends: dict[str, str],
    source: ListTrustSource,
    now: datetime,
) -> list[Period]:
    """Oldest first. The list itself is asked at each time at which its answer may change."""
    begins = {state.start: state for state in states}
    edges = set(begins)
    edges.update(state.valid_until for state in states if state.valid_until and states[0].start < state.valid_until)
    if source.list_reference and source.list_reference.next_update:
        edges.add(source.list_reference.next_update)
    found: list[Period] = []
    moments = sorted(edge for edge in edges if edge <= now)
    for start, end in zip(moments, [*moments[1:], None], strict=True):
        shown = _effect(source.standing_of_service(identifier, at=start), states, ends)
        state = begins.get(start)
        if state is None and found and found[-1].effect == shown:
            found[-1] = Period(found[-1].start, end, shown, found[-1].state, found[-1].decisions)
            continue
        decisions = tuple(facts[one] for one in state.decisions if one in facts) if state else ()
        found.append(Period(start, end, shown, state, decisions))
    return found


def _grounds(states: Sequence[ListedState], at_time: ListedState, facts: dict[str, DecisionFacts]) -> Grounds:
    """A decision that cites no report (a suspension, say) rests on the last one before it that did."""
    decided = [facts[one] for one in at_time.decisions if one in facts]
    cites: dict[str, Any] = {}
    for state in reversed([state for state in states if state.start <= at_time.start]):
        cited = [facts[one].cites for one in state.decisions if one in facts and facts[one].cites.get("report_sha256")]
        if cited:
            cites = cited[0]
            break
    report, accreditation = cited_records(cites)
    return Grounds(decided[0] if decided else None, report, accreditation, at_time)


def cited_records(cites: dict[str, Any]) -> tuple[Report | None, Accreditation | None]:
    """The report and the accreditation that a decision cites, with the bodies behind them. Two queries at most."""
    report = None
    if cites.get("report_sha256"):
        report = (
            Report.objects.filter(sha256=cites["report_sha256"])
            .select_related(
                "assessment__cab",
                "assessment__criteria_set",
                "assessment__scope__accreditation__ab",
                "assessment__scope__accreditation__cab",
            )
            .first()
        )
    if report is not None:
        return report, report.assessment.scope.accreditation
    accreditation = None
    if cites.get("accreditation"):
        accreditation = Accreditation.objects.filter(pk=cites["accreditation"]).select_related("ab", "cab").first()
    return None, accreditation
