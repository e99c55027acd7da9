"""One tree of errors, each with a stable `code`; `trustreg.base.api` alone maps them to HTTP (RFC 9457).

A message says what happened, what was got and expected, and what to do. Both languages stand side by side,
because the caller's language is known only at the edge.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class TrustregError(Exception):
    """The root: something that a caller can act on.

    `ja` and `en` are whole sentences. `fields` names the inputs at fault, each with its own sentences
    (`{"corporate_number": {"ja": …, "en": …}}`); `extra` are further public members of the problem.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(
        self,
        en: str,
        ja: str,
        *,
        fields: Mapping[str, Mapping[str, str]] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(en)
        self.en = en
        self.ja = ja
        self.fields = dict(fields or {})
        self.extra = dict(extra or {})


class InvalidInput(TrustregError):
    """What was sent cannot be read as what was expected."""

    code = "invalid_input"
    status = 422


class MalformedRequest(TrustregError):
    """The request itself is not of the form that the endpoint takes."""

    code = "malformed_request"
    status = 400


class LengthRequired(TrustregError):
    """The body comes without saying how long it is, so that no limit can be held before it is read."""

    code = "length_required"
    status = 411


class TooLarge(TrustregError):
    """The input exceeds a limit that is named in the problem."""

    code = "too_large"
    status = 413


class NotAuthenticated(TrustregError):
    """Nobody is signed in, or the key is unknown, expired or revoked."""

    code = "not_authenticated"
    status = 401


class NotPermitted(TrustregError):
    """The actor is known and may not do this: role, scope of the key, or a separation rule."""

    code = "not_permitted"
    status = 403


class SeparationViolated(NotPermitted):
    """A rule of four eyes, independence or cooling-off refuses this person for this act (domain.md 4.3)."""

    code = "separation_violated"


class NotFound(TrustregError):
    """Nothing of that kind exists for this caller."""

    code = "not_found"
    status = 404


class Conflict(TrustregError):
    """The record has moved on since the caller saw it."""

    code = "conflict"
    status = 409


class TransitionNotAllowed(Conflict):
    """The lifecycle has no such arrow from the present status."""

    code = "transition_not_allowed"


class PreconditionFailed(TrustregError):
    """A rule of the scheme is not fulfilled yet; `fields` or `extra` name what is missing."""

    code = "precondition_failed"
    status = 422


class RateLimited(TrustregError):
    """Too many requests; `extra["retry_after"]` in seconds."""

    code = "rate_limited"
    status = 429


class Unavailable(TrustregError):
    """A part that is needed for this answer cannot be reached now; trying again later is right."""

    code = "unavailable"
    status = 503
