"""Memory while a list is worked on."""

from __future__ import annotations

import gc
from contextlib import ContextDecorator
from types import TracebackType


class without_collector(ContextDecorator):  # noqa: N801 - read as a word at its places of use
    """Pause the cyclic garbage collector.

    A list is a million small immutable objects that all live until the step is done and form no cycles; the collector
    would walk through them again and again (two fifths of the time of a list of 10,000 services).
    """

    def __enter__(self) -> None:
        self._paused = gc.isenabled()
        gc.disable()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._paused:
            gc.enable()

    def _recreate_cm(self) -> without_collector:
        return type(self)()
