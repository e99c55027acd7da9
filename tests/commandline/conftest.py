"""One child for all tests of the command: starting it takes longest. It trusts what the last engine gave it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from signing.limits import Limits
from signing.pool import Pool
from trustreg.commandline import offline


class _Kept(Pool):
    """A pool that outlives the engines that use it."""

    def close(self) -> None:
        pass


@pytest.fixture(scope="package", autouse=True)
def _one_child() -> Iterator[None]:
    kept = _Kept(1, Limits(), settings=offline._SETTINGS)

    def shared(size: int, limits: Limits, *, settings: object) -> Pool:
        assert (size, limits, settings) == (1, Limits(), offline._SETTINGS)
        return kept

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(offline, "Pool", shared)
        yield
    Pool.close(kept)
