"""The one guarded way out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from trustreg.pki.revocation import Fetcher


@dataclass(slots=True)
class Budget:
    """What one validation may spend: seconds of network and fetches (negative-cache hits are free)."""

    seconds: float = 3.0
    fetches: int = 8


class EgressClient:
    """Shared by all validations of a process (thread-safe). `allow` are exact `host:port` that may be private."""

    def __init__(self, *, allow: Collection[str] = (), max_bytes: int = 10_000_000, negative_seconds: float = 60.0) -> None: ...

    def fetch(
        self,
        url: str,
        *,
        budget: Budget,
        body: bytes | None = None,
        content_type: str | None = None,
        hosts: Collection[str] | None = None,
    ) -> bytes:
        """GET or POST; `hosts` limits to these host names. Raises `EgressError`."""
        raise NotImplementedError

    def fetcher(self, *, budget: Budget | None = None, hosts: Collection[str] | None = None) -> Fetcher:
        """A fetcher bound to one budget, for `revocation_of`."""
        raise NotImplementedError
