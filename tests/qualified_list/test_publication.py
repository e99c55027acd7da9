"""The protocol step by step: what stands in the database and in the files after each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from qualified_list import services
from qualified_list.models import ListedState, ListIssue, ListSignature
from list_registry import Registry

pytestmark = pytest.mark.django_db(transaction=True)


def publish(as_role, key, **arguments):  # type: ignore[no-untyped-def]
    """Worker and signer in turn, each with its own rights, until nothing is left to do."""
    with as_role("worker"):
        sequence = services.intent_begin(reissue=arguments.get("reissue", False))
        if sequence is None:
            return None
        services.intent_check(sequence=sequence)
    with as_role("signer"):
        assert services.sign_waiting(key=key) == sequence
    with as_role("worker"):
        assert services.signature_accept(sequence=sequence)
        services.issue_verify(sequence=sequence)
        services.issue_release(sequence=sequence)
    return sequence


def test_the_first_list(registry: Registry, as_role, key, public: Path, check_list: Callable[[Path], None]) -> None:  # type: ignore[no-untyped-def]
    registry.grant(2)
    registry.grant(1, kind="timestamp", level="specified")
    assert publish(as_role, key) == 1
    issue = ListIssue.objects.get()
    assert issue.state == "released"
    signed = (public / "tl/1/tl.xml").read_bytes()
    assert signed == bytes(ListSignature.objects.get().signed)
    assert (public / "tl/1/tl.sha2").read_bytes() == hashlib.sha256(signed).hexdigest().encode()
    assert (public / "tl/tl.xml").read_bytes() == signed
    states = ListedState.objects.all()
    assert {state.start for state in states} == {issue.issued_at}
    assert sorted(state.status for state in states) == ["qualified", "qualified", "specified"]
    check_list(public / "tl/1/tl.xml")
