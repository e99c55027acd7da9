"""Levels: each holds what the one below holds and one thing more, and the data that make LT tell of the signer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from signing.domain.levels import has_validation_data, reached
from tests.pki.factories import make_ca, make_crl, make_leaf, make_ocsp
from tests.signing.signing_world import NOW, add_evidence, blank_pdf, sign, stamp, validate, world

MARCH, APRIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("there", "level"),
    [
        ({"stamped": False, "validated": True, "archived": True}, "B"),
        ({"stamped": True, "validated": False, "archived": True}, "T"),
        ({"stamped": True, "validated": True, "archived": False}, "LT"),
        ({"stamped": True, "validated": True, "archived": True}, "LTA"),
    ],
)
def test_a_level_needs_all_below_it(there: dict[str, bool], level: str) -> None:
    assert reached(**there) == level


def test_what_tells_of_the_signing_certificate() -> None:
    ca, other = make_ca("Levels CA"), make_ca("Another CA")
    leaf, sibling = make_leaf(ca, "Levels"), make_leaf(ca, "Sibling")
    crl, foreign = make_crl(ca, this_update=NOW), make_crl(other, this_update=NOW)
    answer, about_another = (make_ocsp(one, ca) for one in (leaf, sibling))

    def tells(*, crls: tuple[bytes, ...] = (), ocsps: tuple[bytes, ...] = ()) -> bool:
        return has_validation_data(leaf.certificate, [leaf.der], crls, ocsps)

    assert tells(crls=(foreign, crl))
    assert tells(ocsps=(about_another, answer))
    assert not tells(crls=(foreign, b"rubbish"), ocsps=(about_another, b"rubbish"))
    assert not has_validation_data(None, [leaf.der], [crl], [])


def test_a_certificate_that_issued_itself_needs_its_own_copy_alone() -> None:
    root = make_ca("Self").certificate
    assert has_validation_data(root, [root.der], (), ())
    assert not has_validation_data(root, (), (), ())


def test_pdf_levels_by_what_the_store_tells_and_which_stamp_keeps_it() -> None:
    here = world()
    own, of_the_stamp = (make_crl(ca, this_update=MARCH + timedelta(days=1)) for ca in (here.ca, here.tsa_ca))
    plain, stamped = sign(blank_pdf()), sign(blank_pdf(), stamped_at=MARCH)
    made = {
        "B": add_evidence(plain, crls=[own]),
        "T": stamp(add_evidence(stamped, crls=[of_the_stamp]), APRIL),
        "LT": stamp(add_evidence(plain, crls=[own]), APRIL),  # the one stamp shows when it was signed
        "LTA": stamp(add_evidence(stamped, crls=[own, of_the_stamp]), APRIL),
    }
    assert {level: validate(pdf).signatures[0].level for level, pdf in made.items()} == {
        level: f"BASELINE-{level}" for level in made
    }
