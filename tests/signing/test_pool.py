"""The pool with real children: limits, crashes, isolation (design 5)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from signing.limits import Limits
from signing.pool import Document, Pool, Snapshot
from trustreg.base.errors import InvalidInput, Unavailable

FACTORY = "tests.signing.pool_factories:build"


@pytest.fixture
def pool() -> Iterator[Pool]:
    limits = Limits(memory_bytes=512 << 20, wall_seconds=4.0, cpu_seconds=2, documents=50)
    with Pool(1, limits, factory=FACTORY, settings={"a": 1}) as made:
        made.set_trust(Snapshot("v1", b"list one", (b"anchor",)))
        yield made


def test_a_document_is_answered_by_a_child_of_its_own(pool: Pool) -> None:
    answer = pool.validate(Document(b"hello", "a.pdf", (("d.txt", b"side"),)))
    assert answer["echo"] == "hello"
    assert (answer["trust"], answer["anchors"], answer["settings"]) == ("list one", 1, {"a": 1})
    assert (answer["detached"], answer["names"]) == (["side"], ["d.txt"])
    assert answer["pid"] != os.getpid()


def test_the_child_stays_warm(pool: Pool) -> None:
    assert pool.validate(Document(b"a"))["pid"] == pool.validate(Document(b"b"))["pid"]


def test_the_child_knows_nothing_of_the_parents_environment(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    monkeypatch.setenv("TRUSTREG_SECRET_KEY", "secret")
    known = set(pool.validate(Document(b"a"))["environment"])
    assert not {name for name in known if name.startswith(("TRUSTREG", "DATABASE", "DJANGO", "CELERY", "AWS"))}


@pytest.mark.parametrize(
    ("attack", "limits"),
    [
        (b"memory", {"memory": 512 << 20}),
        (b"loop", {"cpu": 2, "time": 4}),  # on a busy machine the second comes first
        (b"sleep", {"time": 4}),
        (b"crash", {}),
        (b"exit", {}),
    ],
)
def test_a_child_that_dies_costs_its_document_only(pool: Pool, attack: bytes, limits: dict[str, int]) -> None:
    first = pool.validate(Document(b"before"))
    started = time.monotonic()
    report = pool.validate(Document(attack, "evil.pdf"))
    assert time.monotonic() - started < 10
    assert (report["indication"], report["sub_indication"]) == ("INDETERMINATE", None)
    assert [error["code"] for error in report["errors"]] == ["RESOURCE_LIMIT"]
    assert report["document"]["size"] == len(attack)
    assert report["errors"][0]["message"].keys() == {"ja", "en"}
    assert bool(limits) == ("limit" in report["errors"][0])
    if limits:
        limit = report["errors"][0]["limit"]
        assert limits[limit["name"]] == limit["value"]
        assert all(f"{limit['value']:,}" in text for text in report["errors"][0]["message"].values())
    after = pool.validate(Document(b"after"))
    assert after["echo"] == "after"
    assert after["pid"] != first["pid"]


def test_an_error_of_the_engine_is_no_pass(pool: Pool) -> None:
    report = pool.validate(Document(b"raise"))
    assert report["indication"] == "INDETERMINATE"
    assert pool.validate(Document(b"next"))["echo"] == "next"


def test_a_refusal_keeps_its_words(pool: Pool) -> None:
    with pytest.raises(InvalidInput) as caught:
        pool.validate(Document(b"refuse"))
    assert (caught.value.en, caught.value.ja) == ("Not this.", "これは不可。")


def test_what_a_library_prints_is_no_answer(pool: Pool) -> None:
    assert pool.validate(Document(b"print"))["echo"] == "print"


def test_a_child_writes_no_files(pool: Pool) -> None:
    target = Path("/tmp/validator-was-here")
    target.unlink(missing_ok=True)
    pool.validate(Document(b"write"))
    assert not target.exists() or target.stat().st_size == 0
    target.unlink(missing_ok=True)


def test_a_new_list_reaches_every_child(pool: Pool) -> None:
    first = pool.validate(Document(b"a"))
    pool.set_trust(Snapshot("v2", b"list two"))
    second = pool.validate(Document(b"a"))
    assert (first["trust"], second["trust"]) == ("list one", "list two")
    assert (second["anchors"], second["pid"]) == (0, first["pid"])


def test_children_are_replaced_after_their_share_of_documents() -> None:
    with Pool(1, Limits(documents=2), factory=FACTORY) as pool:
        pool.set_trust(Snapshot("v1"))
        pids = [pool.validate(Document(b"a"))["pid"] for _ in range(4)]
    assert len(set(pids)) == 2


def test_without_a_list_nothing_is_answered() -> None:
    with Pool(1, factory=FACTORY) as pool, pytest.raises(Unavailable):
        pool.validate(Document(b"a"))


def test_a_snapshot_that_cannot_be_read_is_unavailable_not_trust() -> None:
    with Pool(1, factory="tests.signing.pool_factories:refuse_to_build") as pool:
        pool.set_trust(Snapshot("v1"))
        for _ in range(2):
            with pytest.raises(Unavailable):
                pool.validate(Document(b"a"))


def test_warming_up_in_vain_loses_no_place() -> None:
    with Pool(2, factory=FACTORY, wait_seconds=0.2) as pool:
        with pytest.raises(Unavailable):
            pool.warm()
        pool.set_trust(Snapshot("v1"))
        pool.warm()
        assert pool.validate(Document(b"a"))["pid"]


def test_a_busy_pool_says_so() -> None:
    with Pool(1, Limits(wall_seconds=3.0), factory=FACTORY, wait_seconds=0.2) as pool:
        pool.set_trust(Snapshot("v1"))
        pool.warm()
        other = threading.Thread(target=lambda: pool.validate(Document(b"sleep")))
        other.start()
        time.sleep(0.5)
        with pytest.raises(Unavailable):
            pool.validate(Document(b"a"))
        other.join()


def test_small_documents_never_wait_for_large_ones() -> None:
    with Pool(2, Limits(wall_seconds=3.0), factory=FACTORY, wait_seconds=0.2, small_bytes=10) as pool:
        pool.set_trust(Snapshot("v1"))
        pool.warm()
        large = threading.Thread(target=lambda: pool.validate(Document(b"sleep for long")))
        large.start()
        time.sleep(0.5)
        with pytest.raises(Unavailable):
            pool.validate(Document(b"another large one"))
        with pytest.raises(Unavailable):
            pool.validate(Document(b"small", detached=(("large", b"x" * 10),)))
        assert pool.validate(Document(b"small"))["echo"] == "small"
        large.join()
        assert pool.validate(Document(b"large at last"))["echo"] == "large at last"


def test_threads_share_the_children(pool: Pool) -> None:
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda n=number: answers.append(pool.validate(Document(f"n{n}".encode()))["echo"]))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [f"n{number}" for number in range(8)]


def test_large_documents_pass_through_the_pipe(pool: Pool) -> None:
    assert pool.validate(Document(b"x" * (20 << 20)))["echo"] == "x" * 50
