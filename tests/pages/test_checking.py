"""What the page that checks documents gets from the rest of the house."""

from __future__ import annotations

import uuid

import pytest

from signing.surroundings import surroundings
from trustreg.base import clock
from trustreg.base.errors import NotFound
from trustreg.demo.samples.expected import EXPECTED
from trustreg.demo.samples.titles import SAMPLES

pytestmark = pytest.mark.django_db


def test_every_sample_says_in_both_languages_what_it_is_and_shows():
    assert [sample.name for sample in SAMPLES if sample.detached != EXPECTED[sample.name].detached] == []
    assert {sample.name for sample in SAMPLES} == set(EXPECTED)
    for sample in SAMPLES:
        for words in (sample.title, sample.shows):
            assert words.ja
            assert words.en.isascii()


def test_the_kinds_of_documents_are_those_of_the_table():
    found = {row.code: row for row in surroundings().document_types()}
    assert len(found) == 40
    assert (found["DOC-039"].names["ja"], found["DOC-039"].level) == ("委任状", "qualified")


def test_without_their_files_there_are_no_samples():
    assert list(surroundings().samples()) == []
    with pytest.raises(NotFound):
        surroundings().sample_bytes("qualified-signature.pdf")


@pytest.mark.parametrize("service", [str(uuid.UUID(int=1)), "a service of a foreign list"])
def test_what_is_not_listed_has_no_decision(service):
    assert surroundings().decision(service, clock.now(), 7) is None
