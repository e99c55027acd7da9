"""The lifecycles of certification as tables; PostgreSQL repeats them (check constraints are generated from here).

Three of them: an application (whose turn is it), a decision (two people), and the status of a service (what is true).
A status that is not a key of a table cannot be stored; an arrow that is not in a table cannot be made.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from trustreg.base.errors import TransitionNotAllowed
from trustreg.base.lifecycle import Arrow, arrow


class Side(StrEnum):
    """Who makes a move."""

    PROVIDER = "provider"
    CAB = "cab"
    AB_PROPOSER = "ab_proposer"
    AB_APPROVER = "ab_approver"
    SYSTEM = "system"


class ApplicationStatus(StrEnum):
    """Whose turn it is."""

    DRAFT = "draft"  # provider writes
    SUBMITTED = "submitted"  # the chosen body reviews
    RETURNED = "returned"  # provider completes
    ACCEPTED = "accepted"  # the body plans the assessment
    ASSESSING = "assessing"  # the body assesses
    CONCLUDED = "concluded"  # the body's decider hands it over
    UNDER_DECISION = "under_decision"  # AB: proposer, then approver
    GRANTED = "granted"  # end
    REJECTED = "rejected"  # end: by AB
    REFUSED = "refused"  # end: the body did not take it
    WITHDRAWN = "withdrawn"  # end: by the applicant; the record is kept


_A = ApplicationStatus

START = arrow("start", sources=["none"], to=_A.DRAFT, by=[Side.PROVIDER])
SUBMIT = arrow("submit", sources=[_A.DRAFT, _A.RETURNED], to=_A.SUBMITTED, by=[Side.PROVIDER])
RETURN = arrow("return", sources=[_A.SUBMITTED, _A.UNDER_DECISION], to=_A.RETURNED, by=[Side.CAB, Side.AB_PROPOSER])
ACCEPT = arrow("accept", sources=[_A.SUBMITTED], to=_A.ACCEPTED, by=[Side.CAB])
REFUSE = arrow("refuse", sources=[_A.SUBMITTED, _A.ACCEPTED], to=_A.REFUSED, by=[Side.CAB])
ASSESS = arrow("assess", sources=[_A.ACCEPTED], to=_A.ASSESSING, by=[Side.CAB])
CONCLUDE = arrow("conclude", sources=[_A.ASSESSING], to=_A.CONCLUDED, by=[Side.CAB])
FORWARD = arrow("forward", sources=[_A.CONCLUDED], to=_A.UNDER_DECISION, by=[Side.CAB])
GRANT = arrow("grant", sources=[_A.UNDER_DECISION], to=_A.GRANTED, by=[Side.AB_APPROVER])
REJECT = arrow("reject", sources=[_A.UNDER_DECISION], to=_A.REJECTED, by=[Side.AB_APPROVER])
WITHDRAW = arrow(
    "withdraw",
    sources=[_A.DRAFT, _A.SUBMITTED, _A.RETURNED, _A.ACCEPTED, _A.ASSESSING, _A.CONCLUDED, _A.UNDER_DECISION],
    to=_A.WITHDRAWN,
    by=[Side.PROVIDER],
)

APPLICATION: Final = (
    START, SUBMIT, RETURN, ACCEPT, REFUSE, ASSESS, CONCLUDE, FORWARD, GRANT, REJECT, WITHDRAW,
)  # fmt: skip
APPLICATION_CLOSED: Final = frozenset({_A.GRANTED, _A.REJECTED, _A.REFUSED, _A.WITHDRAWN})


class DecisionStatus(StrEnum):
    """How far two people have come."""

    PROPOSED = "proposed"  # an approver reads the draft
    RETURNED = "returned"  # a proposer edits it
    APPROVED = "approved"  # final
    URGENT = "urgent"  # in force on one signature; the next two-person decision confirms or lifts it
    DROPPED = "dropped"  # final: given up, or its application was withdrawn


_D = DecisionStatus

PROPOSE = arrow("propose", sources=["none"], to=_D.PROPOSED, by=[Side.AB_PROPOSER])
EDIT = arrow("edit", sources=[_D.PROPOSED, _D.RETURNED], to=_D.PROPOSED, by=[Side.AB_PROPOSER])
SEND_BACK = arrow("return", sources=[_D.PROPOSED], to=_D.RETURNED, by=[Side.AB_APPROVER])
APPROVE = arrow("approve", sources=[_D.PROPOSED], to=_D.APPROVED, by=[Side.AB_APPROVER])
ACT_URGENTLY = arrow("act_urgently", sources=["none"], to=_D.URGENT, by=[Side.AB_PROPOSER, Side.AB_APPROVER])
DROP = arrow("drop", sources=[_D.PROPOSED, _D.RETURNED], to=_D.DROPPED, by=[Side.AB_PROPOSER, Side.SYSTEM])

DECISION: Final = (PROPOSE, EDIT, SEND_BACK, APPROVE, ACT_URGENTLY, DROP)


class ServiceStatus(StrEnum):
    """What was decided of a service. Suspension remembers the level, so the table alone says where it may return to."""

    NONE = "none"  # nothing was ever granted
    SPECIFIED = "specified"  # 特定サービス
    QUALIFIED = "qualified"  # クオリファイドサービス
    SUSPENDED_SPECIFIED = "suspended_specified"
    SUSPENDED_QUALIFIED = "suspended_qualified"
    WITHDRAWN = "withdrawn"  # by decision; a new grant is possible
    EXPIRED = "expired"  # valid_until passed; a new grant is possible
    CEASED = "ceased"  # the provider stopped; final

    @property
    def level(self) -> str | None:
        """The level that is held or, in suspension, remembered."""
        return _LEVEL.get(self)

    @property
    def listed_as(self) -> str | None:
        """The short status name on a list (`qualified`, `specified`, `suspended`, `withdrawn`); None: never listed."""
        return _LISTED_AS.get(self)


_S = ServiceStatus
_LEVEL = {
    _S.SPECIFIED: "specified",
    _S.SUSPENDED_SPECIFIED: "specified",
    _S.QUALIFIED: "qualified",
    _S.SUSPENDED_QUALIFIED: "qualified",
}
_LISTED_AS = {
    _S.SPECIFIED: "specified",
    _S.QUALIFIED: "qualified",
    _S.SUSPENDED_SPECIFIED: "suspended",
    _S.SUSPENDED_QUALIFIED: "suspended",
    _S.WITHDRAWN: "withdrawn",
    _S.EXPIRED: "withdrawn",
    _S.CEASED: "withdrawn",
}

GRANTED: Final = (_S.SPECIFIED, _S.QUALIFIED)
SUSPENDED: Final = (_S.SUSPENDED_SPECIFIED, _S.SUSPENDED_QUALIFIED)
LIVE: Final = GRANTED + SUSPENDED
_UNGRANTED: Final = (_S.NONE, _S.WITHDRAWN, _S.EXPIRED)


class DecisionKind(StrEnum):
    """What is decided; each but `reject` is the name of arrows in `SERVICE`."""

    GRANT = "grant"
    UPGRADE = "upgrade"
    RENEW = "renew"
    CHANGE = "change"  # scope, names, keys, supply points
    DOWNGRADE = "downgrade"
    SUSPEND = "suspend"
    CONFIRM_SUSPENSION = "confirm_suspension"
    REINSTATE = "reinstate"
    WITHDRAW = "withdraw"
    CEASE = "cease"
    REJECT = "reject"


EXPIRE: Final = "expire"
"""The one arrow that needs no decision of its own: what two people decided holds the end."""

_AB: Final = (Side.AB_PROPOSER, Side.AB_APPROVER)

SERVICE: Final = (
    arrow("grant", sources=_UNGRANTED, to=_S.SPECIFIED, by=_AB),
    arrow("grant", sources=_UNGRANTED, to=_S.QUALIFIED, by=_AB),
    arrow("upgrade", sources=[_S.SPECIFIED], to=_S.QUALIFIED, by=_AB),
    arrow("downgrade", sources=[_S.QUALIFIED], to=_S.SPECIFIED, by=_AB),
    *(arrow("renew", sources=[status], to=status, by=_AB) for status in GRANTED),
    *(arrow("change", sources=[status], to=status, by=_AB) for status in LIVE),
    arrow("suspend", sources=[_S.SPECIFIED], to=_S.SUSPENDED_SPECIFIED, by=_AB),
    arrow("suspend", sources=[_S.QUALIFIED], to=_S.SUSPENDED_QUALIFIED, by=_AB),
    *(arrow("confirm_suspension", sources=[status], to=status, by=_AB) for status in SUSPENDED),
    arrow("reinstate", sources=[_S.SUSPENDED_SPECIFIED], to=_S.SPECIFIED, by=_AB),
    arrow("reinstate", sources=[_S.SUSPENDED_QUALIFIED], to=_S.QUALIFIED, by=_AB),
    arrow("withdraw", sources=LIVE, to=_S.WITHDRAWN, by=_AB),
    arrow("cease", sources=LIVE, to=_S.CEASED, by=_AB),
    arrow(EXPIRE, sources=LIVE, to=_S.EXPIRED, by=[Side.SYSTEM]),
)


def step(kind: str, status: str, *, level: str | None = None, table: Iterable[Arrow] = SERVICE) -> Arrow:
    """The arrow `kind` that leaves `status` (for a grant also: that leads to `level`).

    Raises TransitionNotAllowed when there is none.
    """
    named = [move for move in table if move.name == kind and (level is None or kind != "grant" or move.to == level)]
    for move in named:
        if status in move.sources:
            return move
    expected = sorted({source for move in named for source in move.sources})
    raise TransitionNotAllowed(
        "This decision is not possible in the present status of the service. Load it again to see where it stands.",
        "サービスのいまの状態では、この決定はできません。読み込み直して、いまの状態を確かめてください。",
        extra={"status": status, "expected": expected, "transition": kind},
    )


def possible(status: str) -> tuple[str, ...]:
    """The decisions that the table allows from `status`, in the order of the table."""
    return tuple(dict.fromkeys(move.name for move in SERVICE if status in move.sources and move.name != EXPIRE))
