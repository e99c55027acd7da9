"""How tests are dealt to the workers of `make test`: whole files, those around the running demo all to one worker.

A file's own fixtures are made once so, and one demo serves all tests of it. Each worker has a database server and a
folder of its own (`tests.environment`). What takes longest begins first, so that nobody waits at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from xdist.remote import Producer

_OF_THE_DEMO: Final = ("tests/browser/", "tests/live/", "tests/pages/test_routes.py")


class ByFile(LoadScopeScheduling):
    """A file at a time; what the demo serves counts as one file."""

    def _split_scope(self, nodeid: str) -> str:
        return "demo" if nodeid.startswith(_OF_THE_DEMO) else nodeid.split("::", 1)[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    config.option.loadscopereorder = False  # by number of tests, which says little about how long they take
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After they were shuffled: the demo's first, then other real processes, then all the rest."""
    items.sort(key=lambda item: (not item.nodeid.startswith(_OF_THE_DEMO), item.get_closest_marker("live") is None))
