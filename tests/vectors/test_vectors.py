"""The generated vectors answer as their names say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from signing.domain.formats import DetachedDocument
from tests.signing.signing_world import validate
from tests.vectors.build import DATA, VECTORS, build


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("vectors")
    build(where)
    return where


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_a_vector_answers_as_its_name_says(folder: Path, name: str) -> None:
    wanted = json.loads((folder / "expected.json").read_text())[name]
    detached = [DetachedDocument("token-data.txt", DATA)] if name.endswith(".tst") else []
    report = validate((folder / name).read_bytes(), filename=name, detached=detached).to_json()
    assert (report["indication"] == "TOTAL-PASSED") is wanted["passes"], report
    if "signatures" in wanted:
        assert len(report["signatures"]) == wanted["signatures"]
    for member in ("intact", "coverage"):
        if member in wanted:
            assert report["signatures"][0][member] == wanted[member], report["signatures"][0]


def test_names_tell_the_verdict() -> None:
    assert all(verdict["passes"] == name.startswith("good-") for name, (_, verdict) in VECTORS.items())
