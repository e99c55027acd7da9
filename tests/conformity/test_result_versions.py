"""A result that was written without knowing a later one is refused, and nothing is recorded."""

from __future__ import annotations

import pytest

from conformity import selectors, services
from conformity.domain.criteria import Outcome
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import CriterionResult
from conformity.services import ResultInput
from tests.factories import conformity as make
from trustreg.base import clock
from trustreg.base.errors import Conflict

pytestmark = pytest.mark.django_db


def test_a_result_after_one_that_its_author_had_not_seen_is_refused() -> None:
    case = make.scheme()
    row = make.assessment(case)
    proof = make.evidence(case)
    criteria = selectors.criteria_applicable(row.criteria_set_id, ServiceKind(row.service_kind), Level(row.level))

    def record(*after: int | None) -> None:
        services.results_record(
            assessment_id=row.pk,
            results=[
                ResultInput(criterion.pk, Outcome.CONFORM, evidence=(proof.sha256,), after=version)
                for criterion, version in zip(criteria, after, strict=False)
            ],
            actor=case.assessor,
            at=clock.now(),
        )

    record(0)
    for late in ((0,), (2,), (0, 0)):
        with pytest.raises(Conflict) as caught:
            record(*late)
        assert caught.value.extra["changed"] == [criteria[0].code]
    assert CriterionResult.objects.count() == 1
    record(1, 0)
    record(None)
    assert CriterionResult.objects.filter(criterion=criteria[0]).count() == 3
