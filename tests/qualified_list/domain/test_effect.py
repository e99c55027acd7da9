"""Only what counts at the time looks granted; what nobody can tell is called so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qualified_list.domain.effect import Effect, effect
from trustreg.pki.trust import Reason, Result, Standing

NOW = datetime(2026, 6, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("result", "status", "reason", "shown"),
    [
        (Result.QUALIFIED, "qualified", None, Effect("valid", "qualified", counts=True)),
        (Result.SPECIFIED, "specified", None, Effect("valid", "specified", counts=True)),
        (Result.RECOGNISED, "granted", None, Effect("recognised", "qualified", counts=True)),
        (Result.NOT_VALID, "suspended", Reason.SERVICE_SUSPENDED, Effect("suspended", "specified", counts=False)),
        (Result.NOT_VALID, "withdrawn", Reason.SERVICE_WITHDRAWN, Effect("withdrawn", "specified", counts=False)),
        (Result.NOT_VALID, "qualified", Reason.EXPIRED, Effect("expired", "specified", counts=False)),
        (Result.NOT_VALID, None, Reason.STATUS_UNKNOWN, Effect("unknown", "", counts=False)),
        (Result.NOT_VALID, "qualified", Reason.OUT_OF_SCOPE, Effect("unknown", "", counts=False)),
        (Result.NOT_YET_LISTED, None, Reason.NOT_YET_LISTED, Effect("none", "", counts=False)),
        (Result.NOT_LISTED, None, Reason.NOT_LISTED, Effect("none", "", counts=False)),
        (Result.LIST_STALE, "qualified", Reason.LIST_STALE, Effect("unknown", "", counts=False)),
        (Result.CONFLICT, "qualified", Reason.CONFLICT, Effect("unknown", "", counts=False)),
        (Result.NOT_VALID, "qualified", None, Effect("unknown", "", counts=False)),
    ],
)
def test_only_what_counts_is_shown_as_in_force(result, status, reason, shown):
    found = effect(Standing(NOW, result, None, reason, status=status), held="specified")
    assert found == shown
    assert found.lapsed is not found.counts


@pytest.mark.parametrize("ended", ["ceased", "expired"])
def test_a_withdrawn_service_that_ended_in_order_is_not_called_withdrawn(ended):
    standing = Standing(NOW, Result.NOT_VALID, None, Reason.SERVICE_WITHDRAWN, status="withdrawn")
    assert effect(standing, held="qualified", ended=ended).state == ended


def test_how_it_ended_says_nothing_while_it_counts():
    assert effect(Standing(NOW, Result.QUALIFIED, None, status="qualified"), ended="ceased").state == "valid"
