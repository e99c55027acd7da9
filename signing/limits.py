"""Limits of a validating child process, set by itself before it reads a byte from outside."""

from __future__ import annotations

import resource
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple


class NamedLimit(NamedTuple):
    """A limit that a document exceeded: `time` and `cpu` in seconds, `memory` in bytes."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Limits:
    """`memory_bytes`: address space; `wall_seconds`, `cpu_seconds`: for one document; `documents`: before a child is
    replaced; `start_seconds`: for a child to become ready."""

    memory_bytes: int = 1 << 30
    wall_seconds: float = 20.0
    cpu_seconds: int = 15
    documents: int = 500
    start_seconds: float = 30.0

    def named(self, reason: str) -> NamedLimit | None:
        """The limit behind the reason for which a child ended (TIME, CPU, MEMORY); None for another reason."""
        values = {"TIME": self.wall_seconds, "CPU": self.cpu_seconds, "MEMORY": self.memory_bytes}
        return NamedLimit(reason.lower(), int(values[reason])) if reason in values else None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Limits:
        return cls(**data)


def apply_process_limits(limits: Limits) -> None:
    """Once: memory, no core files, no files written, few open files."""
    _lower(resource.RLIMIT_AS, limits.memory_bytes)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_NOFILE, 128)


def apply_document_limits(limits: Limits) -> None:
    """Before each document: CPU time from now on (the kernel then ends the process with SIGXCPU)."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(usage.ru_utime + usage.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + limits.cpu_seconds, hard))


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))
