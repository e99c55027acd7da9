"""Which qualifiers apply to which certificate: doubts never add trust."""

from __future__ import annotations

import pytest
import status_worlds as worlds

from qualified_list.domain.criteria import applicable_qualifiers, matches
from qualified_list.domain.model import Criteria, Qualification

PERSON = worlds.end_entity("K1")
CA = worlds.end_entity("K1", is_ca=True, subject_key="sub")
NON_REPUDIATION = ((("nonRepudiation", True),),)
SIGNING_ONLY = ((("nonRepudiation", True), ("digitalSignature", False)),)
CRL = ((("crlSign", True),),)
COMMON_NAME, POSTCODE = ("2.5.4.3",), ("2.5.4.17",)


@pytest.mark.parametrize(
    ("criteria", "person", "ca"),
    [
        (Criteria("all", key_usages=NON_REPUDIATION), True, False),
        (Criteria("all", key_usages=SIGNING_ONLY), True, False),
        (Criteria("none", key_usages=NON_REPUDIATION), False, True),
        (Criteria("all", key_usages=CRL), False, True),
        (Criteria("all", policy_sets=(("1.2.3",),)), False, False),
        (Criteria("all", extended_key_usages=(("1.2.3",),)), False, False),
        (Criteria("all", subject_attributes=(COMMON_NAME,)), True, True),
        (Criteria("all", subject_attributes=(COMMON_NAME + POSTCODE,)), False, False),
        (Criteria("atLeastOne", key_usages=NON_REPUDIATION + CRL), True, True),
        (Criteria("all", key_usages=NON_REPUDIATION + CRL), False, False),
        (Criteria("all", lists=(Criteria("none", key_usages=CRL),)), True, False),
        (Criteria("all"), None, None),
        (Criteria("none"), None, None),
        (Criteria("atLeastOne"), None, None),
        (Criteria("all", key_usages=NON_REPUDIATION, lists=(Criteria("all"),)), None, False),
        (Criteria("all", key_usages=((),)), None, None),
        (Criteria("none", policy_sets=((),)), None, None),
        (Criteria("atLeastOne", extended_key_usages=((),), subject_attributes=((),)), None, None),
        (Criteria("all", unknown=True), None, None),
        (Criteria("all", key_usages=NON_REPUDIATION, unknown=True), None, False),
        (Criteria("none", key_usages=NON_REPUDIATION, unknown=True), False, None),
        (Criteria("atLeastOne", key_usages=NON_REPUDIATION, unknown=True), True, None),
    ],
)
def test_criteria(criteria: Criteria, person: bool | None, ca: bool | None) -> None:
    assert matches(criteria, PERSON) is person
    assert matches(criteria, CA) is ca


def test_without_a_certificate_only_what_limits_applies() -> None:
    elements = (
        Qualification(("QCStatement", "QCWithQSCD"), Criteria("all", key_usages=NON_REPUDIATION)),
        Qualification(("NotQualified",), Criteria("all", key_usages=CRL)),
    )
    assert applicable_qualifiers(elements, None) == (("NotQualified",), ("QCStatement", "QCWithQSCD"))
    assert applicable_qualifiers(elements, PERSON) == (("QCStatement", "QCWithQSCD"), ())
    assert applicable_qualifiers(elements, CA) == (("NotQualified",), ())


def test_a_criterion_that_is_not_understood_does_not_add_trust() -> None:
    doubtful = Criteria("all", unknown=True)
    elements = (Qualification(("QCStatement", "QCNoQSCD"), doubtful),)
    assert applicable_qualifiers(elements, PERSON) == (("QCNoQSCD",), ("QCStatement",))
    certain = Qualification(("QCStatement",), Criteria("all", key_usages=NON_REPUDIATION))
    assert applicable_qualifiers((*elements, certain), PERSON) == (("QCNoQSCD", "QCStatement"), ())
