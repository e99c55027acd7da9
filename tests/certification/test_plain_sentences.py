"""What people read when something is refused: words, never the values that stand in the database."""

from __future__ import annotations

import re

import pytest
from certification_world import World

from certification.domain import lifecycle
from certification.domain.decisions import require_texts
from certification.domain.lifecycle import DecisionKind, ServiceStatus
from certification.domain.values import ApplicationKind
from certification.selectors import trial
from conformity.domain.service_kinds import Level
from trustreg.base import clock
from trustreg.base.errors import TrustregError
from trustreg.parties.domain.roles import APPOINT
from trustreg.parties.selectors import authorise, require_independent

pytestmark = pytest.mark.django_db


def refusals(world: World) -> dict[str, TrustregError]:
    at, service = clock.now(), world.granted(level=Level.SPECIFIED)
    person = world.people["officer"].pk
    acts = {
        "arrow": lambda: lifecycle.SUBMIT.check("under_decision"),
        "step": lambda: lifecycle.step(DecisionKind.REINSTATE, ServiceStatus.NONE),
        "role": lambda: authorise(world.proposer, APPOINT, at),
        "tie": lambda: require_independent(person, [world.provider.pk], at, cooling_off_months=24),
        "kind": lambda: trial.require_fit(service, ApplicationKind.NEW, Level.QUALIFIED),
        "level": lambda: trial.require_fit(service, ApplicationKind.UPGRADE, Level.SPECIFIED),
        "languages": lambda: require_texts({"ja": "x"}, "reasons"),
    }
    found = {}
    for name, act in acts.items():
        with pytest.raises(TrustregError) as refused:
            act()
        found[name] = refused.value
    return found


def test_a_refusal_names_no_value_of_the_database(world):
    for name, error in refusals(world).items():
        told = [error.ja, *(texts["ja"] for texts in error.fields.values())]
        assert not re.search(r"[a-z]{2,}", " ".join(told)), (name, told)
        assert not re.search(r"\b[a-z]+_[a-z_]+\b|'", error.en), (name, error.en)


def test_a_refusal_says_in_words_what_would_do(world):
    found = refusals(world)
    assert "必要な役割：" in found["role"].ja
    assert "24 か月以内" in found["tie"].ja
    assert "（任命）" in found["tie"].ja
    assert "「クオリファイド」" in found["level"].ja
    assert "未入力：英語" in found["languages"].ja
