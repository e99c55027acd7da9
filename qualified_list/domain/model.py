"""One issue of the trusted list as a frozen value: the single model from which every format is rendered.

Words are those of ETSI TS 119 612 (scheme, provider, service, state). Texts are tuples of `Text`, because a language
may occur more than once (a trade name and a registration identifier, for example); `texts()` and `by_language()`
convert from and to mappings. Times are aware UTC datetimes of whole seconds; identities are DER certificates.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from trustreg.pki.trust import Usage

TSL_VERSION = 6
TSL_TAG = "http://uri.etsi.org/19612/TSLTag"
ETSI = "http://uri.etsi.org/TrstSvc"


class Status(StrEnum):
    """Short names of the scheme's own statuses; the URI is `{status_base}/Svcstatus/{name}`."""

    QUALIFIED = "qualified"
    SPECIFIED = "specified"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


STATUS_NAMES = frozenset(status.value for status in Status)

LEVELS = frozenset({Status.QUALIFIED, Status.SPECIFIED})
"""Statuses that grant a level; under the others the service has none."""


@dataclass(frozen=True, slots=True, order=True)
class Text:
    """A text or URI in one language (lower-case BCP 47 tag)."""

    lang: str
    value: str


Texts = tuple[Text, ...]


def texts(values: Mapping[str, str]) -> Texts:
    """`{"ja": …, "en": …}` as texts, ordered by language."""
    return tuple(Text(lang, values[lang]) for lang in sorted(values))


def by_language(values: Texts) -> dict[str, str]:
    """The first text of each language."""
    result: dict[str, str] = {}
    for text in values:
        result.setdefault(text.lang, text.value)
    return result


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """TS 119 612 5.3.5.1; `country` is an upper-case ISO 3166-1 code."""

    lang: str
    street: str
    locality: str
    country: str
    region: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Postal addresses and electronic ones: `mailto:` first, then web addresses (5.3.5.2)."""

    postal: tuple[PostalAddress, ...]
    electronic: Texts


@dataclass(frozen=True, slots=True)
class Scheme:
    """Scheme information (TS 119 612 5.3): configuration, the same on every issue until the operator changes it.

    `next_update_days` and `languages` steer compilation and rules; they stand on no list and take no part in equality.
    """

    territory: str
    operator_name: Texts
    operator_address: Address
    name: Texts
    information_uri: Texts
    status_base: str
    legal_notice: Texts = ()
    policy: Texts = ()
    community_rules: Texts = ()
    tsl_type: str = ""
    status_determination: str = ""
    distribution_points: tuple[str, ...] = ()
    next_update_days: int = field(default=180, compare=False)
    languages: tuple[str, ...] = field(default=("ja", "en"), compare=False)

    def __post_init__(self) -> None:
        """Fill the identifiers that follow from the territory (non-EU forms CClist, CCdetermination, CC)."""
        cc = self.territory
        if not self.tsl_type:
            object.__setattr__(self, "tsl_type", f"{ETSI}/TrustedList/TSLType/{cc}list")
        if not self.status_determination:
            object.__setattr__(self, "status_determination", f"{ETSI}/TrustedList/StatusDetn/{cc}determination")
        if not self.community_rules:
            object.__setattr__(self, "community_rules", (Text("en", f"{ETSI}/TrustedList/schemerules/{cc}"),))

    def status_uri(self, status: str) -> str:
        """The URI under which `status` is published; an absolute URI stands for itself."""
        return status if ":" in status else f"{self.status_base.rstrip('/')}/Svcstatus/{status}"

    def status_name(self, uri: str) -> str:
        """The inverse of `status_uri`: a short name when the URI is one of the scheme's own, else the URI."""
        prefix = f"{self.status_base.rstrip('/')}/Svcstatus/"
        name = uri.removeprefix(prefix)
        return name if uri.startswith(prefix) and name in STATUS_NAMES else uri


@dataclass(frozen=True, slots=True)
class Criteria:
    """CriteriaList of TS 119 612 5.5.9.2.2: which certificates a qualifier is for.

    `assertion` is `all`, `atLeastOne` or `none`. Each member of `key_usages` is a tuple of (bit name, value), each of
    `policy_sets`, `extended_key_usages` and `subject_attributes` a tuple of dotted OIDs. `unknown` is true when a
    list that was read holds a criterion that this version cannot evaluate.
    """

    assertion: str
    key_usages: tuple[tuple[tuple[str, bool], ...], ...] = ()
    policy_sets: tuple[tuple[str, ...], ...] = ()
    lists: tuple[Criteria, ...] = ()
    extended_key_usages: tuple[tuple[str, ...], ...] = ()
    subject_attributes: tuple[tuple[str, ...], ...] = ()
    description: str | None = None
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Qualification:
    """QualificationElement (5.5.9.2.1): local names (`QCStatement`, `QCWithQSCD`, …) and their criteria."""

    qualifiers: tuple[str, ...]
    criteria: Criteria


@dataclass(frozen=True, slots=True)
class State:
    """What the list says of a service from `start` until the next state starts: `[start, next start)`.

    `status` is a `Status` name (or, on lists of others, a URI verbatim). `start` None means that the state starts
    with the issue that first carries it (it is stamped at issue; nothing is ever back-dated). `valid_until` is the end
    of the grant, past which answers are EXPIRED even before the list says so.
    """

    status: str
    names: Texts
    start: datetime | None
    scope: tuple[Usage, ...] = ()
    qualifications: tuple[Qualification, ...] = ()
    valid_until: datetime | None = None

    @property
    def level(self) -> Status | None:
        """`qualified`, `specified` or none: the level is the status, nothing else."""
        return Status(self.status) if self.status in LEVELS else None

    def same_content(self, other: State) -> bool:
        """Whether only the start differs, so that `other` would be no new state."""
        return self._content() == other._content()

    def _content(self) -> tuple[object, ...]:
        return self.status, self.names, self.scope, self.qualifications, self.valid_until


@dataclass(frozen=True, slots=True)
class ListedServiceEntry:
    """A listed service: one (type URI, public key), its state now and its history, newest first.

    `identities` are DER certificates that hold the same public key. `supply_points` are addresses of the service,
    `definition_uri` pages about it in several languages.
    """

    service_id: str
    type: str
    identities: tuple[bytes, ...]
    state: State
    history: tuple[State, ...] = ()
    supply_points: tuple[str, ...] = ()
    definition_uri: Texts = ()

    def states(self) -> Iterator[State]:
        """All states, newest first."""
        yield self.state
        yield from self.history


@dataclass(frozen=True, slots=True)
class Provider:
    """A trust service provider (TS 119 612 5.4). `trade_names` hold `NTRJP-<corporate number>` too."""

    provider_id: str
    names: Texts
    trade_names: Texts
    address: Address
    information_uri: Texts
    services: tuple[ListedServiceEntry, ...]

    @property
    def corporate_number(self) -> str | None:
        """The 13 digits behind `NTRJP-` in the trade names."""
        for text in self.trade_names:
            if text.value.startswith("NTRJP-"):
                return text.value.removeprefix("NTRJP-")
        return None


@dataclass(frozen=True, slots=True)
class Equivalence:
    """One line of an arrangement: foreign (type, usage, status URIs that count) that equals our `qualified`.

    `usage` None stands for services without one, such as time-stamping. `start` as for a state: None means with the
    issue that first carries the line.
    """

    foreign_type: str
    usage: Usage | None
    valid_statuses: tuple[str, ...]
    invalid_statuses: tuple[str, ...]
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pointer:
    """A pointer to another list (5.3.13) with the arrangement, if any, that recognises its services.

    `signers` are DER certificates of the keys that may sign that list. An arrangement has effect from the issue time
    of the first own list that carries it until that of the first that does not.
    """

    territory: str
    location: str
    tsl_type: str
    operator_name: Texts
    community_rules: Texts
    signers: tuple[bytes, ...]
    equivalences: tuple[Equivalence, ...] = ()
    mime_type: str = "application/vnd.etsi.tsl+xml"


@dataclass(frozen=True, slots=True)
class TrustedList:
    """One issue. `sequence` >= 1; `next_update` None means a closed list."""

    scheme: Scheme
    sequence: int
    issued_at: datetime
    next_update: datetime | None
    providers: tuple[Provider, ...]
    pointers: tuple[Pointer, ...] = ()

    def services(self) -> Iterator[tuple[Provider, ListedServiceEntry]]:
        """Every service with its provider, in list order."""
        for provider in self.providers:
            for service in provider.services:
                yield provider, service

    def stamped(self, *, sequence: int, issued_at: datetime, next_update: datetime | None) -> TrustedList:
        """This content as the issue `sequence`: states that start with the issue get its time."""
        if issued_at.tzinfo is None or issued_at.microsecond:
            raise ValueError(f"issue time {issued_at!r} is not an aware time of whole seconds")

        def stamp(state: State) -> State:
            return replace(state, start=issued_at) if state.start is None else state

        providers = tuple(
            replace(
                provider,
                services=tuple(replace(service, state=stamp(service.state)) for service in provider.services),
            )
            for provider in self.providers
        )
        pointers = tuple(
            replace(
                pointer,
                equivalences=tuple(
                    replace(line, start=issued_at) if line.start is None else line for line in pointer.equivalences
                ),
            )
            for pointer in self.pointers
        )
        return replace(
            self,
            sequence=sequence,
            issued_at=issued_at,
            next_update=next_update,
            providers=providers,
            pointers=pointers,
        )


@functools.lru_cache(maxsize=4096)
def utc_text(moment: datetime) -> str:
    """`YYYY-MM-DDThh:mm:ssZ`, the only form of time on a list (TS 119 612 5.1.4).

    Raises ValueError for a naive time or one with fractions of a second: rounding would move a boundary.
    """
    if moment.tzinfo is None or moment.microsecond:
        raise ValueError(f"{moment!r} is not an aware time of whole seconds")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
