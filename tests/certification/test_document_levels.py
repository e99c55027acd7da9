"""Which document needs which level, and whether what was proved is enough."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certification import selectors
from certification.domain.document_levels import (
    SHIPPED,
    DocumentLevel,
    Element,
    Proof,
    RequiredLevel,
    find,
    proven_level,
    read_elements,
    read_table,
    requirement_met,
)
from certification.services import document_level_adopt
from trustreg.base import clock
from trustreg.base.errors import InvalidInput, NotFound

TABLE = read_table()
Q, S, O = RequiredLevel.QUALIFIED, RequiredLevel.SPECIFIED, RequiredLevel.OTHER  # noqa: E741 - the levels' initials


def test_the_shipped_table_has_forty_illustrative_rows_with_a_disclaimer() -> None:
    assert len(TABLE) == 40
    assert len({row.code for row in TABLE}) == 40
    assert {row.status for row in TABLE} == {"illustrative"}
    assert all("not law" in row.disclaimer and row.names["ja"] and row.names["en"] for row in TABLE)


def test_the_wording_of_every_row_is_understood() -> None:
    for row in TABLE:
        assert row.elements or row.level in (O, RequiredLevel.NOT_APPLICABLE), row.code
    assert find(TABLE, "DOC-004").elements == {Element.ESIGN, Element.TIMESTAMP}
    assert find(TABLE, "DOC-013").government
    assert find(TABLE, "DOC-023").elements == {Element.TIMESTAMP}
    assert find(TABLE, "DOC-033").elements == {Element.ESEAL, Element.TIMESTAMP}
    with pytest.raises(NotFound):
        find(TABLE, "DOC-999")
    with pytest.raises(ValueError, match="telepathy"):
        read_elements("telepathy")


def contract() -> DocumentLevel:
    return find(TABLE, "DOC-004")  # esign + timestamp, specified


def test_every_element_is_needed_at_the_level() -> None:
    sign, stamp = Proof(Element.ESIGN, S), Proof(Element.TIMESTAMP, Q)
    assert requirement_met(contract(), proofs=[sign, stamp]).met is True
    only = requirement_met(contract(), proofs=[sign])
    assert (only.met, only.missing) == (False, (Element.TIMESTAMP,))
    assert requirement_met(contract(), proofs=[sign, stamp], level=Q).met is False
    assert requirement_met(contract(), proofs=[Proof(Element.ESIGN, O), stamp]).met is False


def test_what_nobody_knows_is_not_called_a_no() -> None:
    unknown = Proof(Element.ESIGN, None)
    assert requirement_met(contract(), proofs=[unknown, Proof(Element.TIMESTAMP, S)]).met is None
    assert requirement_met(contract(), proofs=[unknown]).met is False  # the time-stamp is surely missing
    assert (
        requirement_met(contract(), proofs=[unknown, Proof(Element.ESIGN, S), Proof(Element.TIMESTAMP, S)]).met is True
    )


def test_a_seal_of_a_public_body_is_not_replaced_by_any_seal() -> None:
    certificate = find(TABLE, "DOC-016")
    assert requirement_met(certificate, proofs=[Proof(Element.ESEAL, Q)]).met is False
    assert requirement_met(certificate, proofs=[Proof(Element.ESEAL, Q, government=True)]).met is True


def test_a_level_alone_asks_for_one_proof_of_any_kind() -> None:
    assert requirement_met(None, proofs=[Proof(Element.ESEAL, S)], level=S).met is True
    assert requirement_met(None, proofs=[Proof(Element.ESEAL, S)], level=Q).met is False
    assert requirement_met(None, proofs=[], level=O).met is True
    with pytest.raises(InvalidInput):
        requirement_met(None, proofs=[])


def test_a_will_gets_no_recommendation() -> None:
    answer = requirement_met(find(TABLE, "DOC-040"), proofs=[Proof(Element.ESIGN, Q)], level=S)
    assert (answer.met, answer.level) == (None, RequiredLevel.NOT_APPLICABLE)


@pytest.mark.parametrize(
    ("qualification", "status", "passed", "level"),
    [
        ("QESIG", "qualified", True, Q),
        ("QESEAL", "qualified", True, Q),
        ("QTSA", "qualified", True, Q),
        ("QESIG", "qualified", False, O),
        ("ADESIG", "specified", True, S),
        ("ADESIG_QC", "qualified", True, S),
        ("TSA", "specified", True, S),
        ("NOT_ADES", "specified", True, O),
        ("ADESIG", None, True, O),
        ("INDETERMINATE", "qualified", True, None),
    ],
)
def test_what_a_report_proves(
    qualification: str, status: str | None, passed: bool, level: RequiredLevel | None
) -> None:
    assert proven_level(qualification=qualification, service_status=status, passed=passed) == level


proofs = st.lists(
    st.builds(Proof, st.sampled_from(Element), st.sampled_from([Q, S, O, None]), st.booleans()), max_size=6
)


@given(st.sampled_from(TABLE), proofs, st.sampled_from([Q, S, O, None]), st.data())
def test_more_proof_never_makes_an_answer_worse(
    row: DocumentLevel, found: list[Proof], level: RequiredLevel | None, data: st.DataObject
) -> None:
    rank = {False: 0, None: 1, True: 2}
    before = requirement_met(row, proofs=found, level=level).met
    more = [
        *found,
        data.draw(st.builds(Proof, st.sampled_from(Element), st.sampled_from([Q, S, O, None]), st.booleans())),
    ]
    assert rank[requirement_met(row, proofs=more, level=level).met] >= rank[before]


def test_a_higher_demand_is_never_easier() -> None:
    for row, one, two in itertools.product(TABLE, (Q, S, O), (Q, S, O)):
        given_proofs = [Proof(Element.ESIGN, one), Proof(Element.ESEAL, one), Proof(Element.TIMESTAMP, two)]
        answers = [requirement_met(row, proofs=given_proofs, level=level).met for level in (O, S, Q)]
        if None not in answers:
            assert answers == sorted(answers, reverse=True)


@pytest.mark.django_db
def test_an_authority_replaces_a_row_and_the_table_says_so(as_role) -> None:  # type: ignore[no-untyped-def]
    assert selectors.document_level_get("DOC-004").status == "illustrative"
    with as_role("owner"):
        for level in (S, Q):
            document_level_adopt(
                code="DOC-004",
                document_ja="売買契約書",
                document_en="Sales contract",
                issuer_kind="two persons",
                trust_elements="esign",
                level=level,
                rationale="Notice 1",
                status="adopted",
                source="告示 1 号",
                at=clock.now(),
            )
    row = selectors.document_level_get("DOC-004")
    assert (row.status, row.level, row.elements) == ("adopted", Q, {Element.ESIGN})
    assert len(selectors.document_levels()) == 40


def test_the_shipped_file_is_the_research_table() -> None:
    shared = Path(os.environ.get("TRUSTREG_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    source = shared / "data" / "document_levels.csv"
    if not source.is_file():
        pytest.skip(f"the table's source is not at {source}")
    assert SHIPPED.read_bytes() == source.read_bytes()
