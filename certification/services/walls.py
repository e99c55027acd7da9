"""What the database refuses, in the words of the error tree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from trustreg.base.errors import Conflict, SeparationViolated, TrustregError

_SEPARATION = ("decider_", "decision_is_approved_by_another_person", "application_cab_is_independent")


@contextmanager
def walls() -> Iterator[None]:
    """Run a write in a savepoint; a refusal of the database becomes SeparationViolated or Conflict and names its rule.

    The services check first and explain better. What arrives here lost a race, or a rule is stricter in the database.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise refusal(error) from error


def refusal(error: IntegrityError) -> TrustregError:
    """The error of the tree for a constraint or trigger that refused."""
    rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "unknown"
    kind = SeparationViolated if rule.startswith(_SEPARATION) else Conflict
    return kind(
        "The record refuses this: it has moved on, or a rule of the registry forbids it. Load it again.",
        "登録簿の規則により、この操作はできません。最新の内容を読み込み直してください。",
        extra={"rule": rule},
    )
