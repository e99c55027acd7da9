"""What may be shown of a service at a time: only what counts then looks granted (ui.md 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from qualified_list.domain.model import LEVELS, Status
from trustreg.pki.trust import Reason, Result, Standing

VALID: Final = "valid"
RECOGNISED: Final = "recognised"
SUSPENDED: Final = "suspended"
WITHDRAWN: Final = "withdrawn"
CEASED: Final = "ceased"
EXPIRED: Final = "expired"
UNKNOWN: Final = "unknown"  # the list cannot tell: overdue, contradictory, or a status that is not known here
UNLISTED: Final = "none"

_UNTRUSTED: Final = {
    Reason.SERVICE_SUSPENDED: SUSPENDED,
    Reason.SERVICE_WITHDRAWN: WITHDRAWN,
    Reason.EXPIRED: EXPIRED,
    Reason.NOT_YET_LISTED: UNLISTED,
    Reason.NOT_LISTED: UNLISTED,
}


@dataclass(frozen=True, slots=True)
class Effect:
    """`state` is one of the words above; `level` is in effect while `counts`, else it is the one that was held."""

    state: str
    level: str
    counts: bool

    @property
    def lapsed(self) -> bool:
        """Whether the level is shown as one that is not in effect."""
        return not self.counts


def effect(standing: Standing, *, held: str = "", ended: str = "") -> Effect:
    """What may be shown of a standing.

    `held` is the level of the last state that had one, `ended` (`ceased`, `expired`) how a withdrawn service ended.
    A reason that is not known here is no statement about the service: it cannot be confirmed.
    """
    if standing.counts:
        if standing.result is Result.RECOGNISED:
            return Effect(RECOGNISED, Status.QUALIFIED, counts=True)
        return Effect(VALID, standing.status if standing.status in LEVELS else "", counts=True)
    state = _UNTRUSTED.get(standing.reason, UNKNOWN) if standing.reason else UNKNOWN
    if state == WITHDRAWN and ended:
        state = ended
    return Effect(state, "" if state in (UNKNOWN, UNLISTED) else held, counts=False)
