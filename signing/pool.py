"""A warm pool of limited children that parse what strangers send (design 5). No Django here.

A child has no database, no keys and no environment of its parent; its memory, processor time and wall time are
limited, and its answers are JSON. One that crashes, hangs or eats memory costs its document the answer
`INDETERMINATE` with the error `RESOURCE_LIMIT`, and nobody else anything.
"""

from __future__ import annotations

import os
import queue
import selectors
import signal
import subprocess  # starting limited children is what this module is for
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from signing.domain.report import DocumentFacts, Notice, Text, ValidationReport
from signing.limits import Limits, NamedLimit
from signing.wire import WireError, pack, unpack
from trustreg.base.errors import InvalidInput, Unavailable
from trustreg.pki.indications import Indication

MAX_ANSWER = 64 << 20
SMALL = 1 << 20
"""Octets. Real documents of this size take milliseconds."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What children trust: `data` for the factory's loader, operator's anchors as DER. `version` names the content."""

    version: str
    data: bytes = b""
    anchors: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document to validate, with documents beside it as (name, octets) and files of `evidence` about it."""

    data: bytes
    filename: str = ""
    detached: tuple[tuple[str, bytes], ...] = ()
    evidence: tuple[bytes, ...] = ()

    @property
    def size(self) -> int:
        """Octets of everything that came."""
        return len(self.data) + sum(len(data) for _, data in self.detached) + sum(map(len, self.evidence))


class _Gone(Exception):  # it is a state of the child, not an error of ours
    """The child cannot answer; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    version: str | None = None
    served: int = 0
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def __post_init__(self) -> None:
        assert self.process.stdin is not None  # noqa: S101  # both are pipes, see `_spawn`
        assert self.process.stdout is not None  # noqa: S101
        os.set_blocking(self.process.stdin.fileno(), False)
        os.set_blocking(self.process.stdout.fileno(), False)

    def ask(self, header: dict[str, Any], parts: Sequence[bytes], seconds: float) -> dict[str, Any]:
        """One request and its answer. Raises `_Gone`."""
        deadline = time.monotonic() + seconds
        try:
            self._send(pack(header, parts), deadline)
            answer, _ = unpack(lambda size: self._receive(size, deadline), max_part=0)
        except (BrokenPipeError, WireError) as error:
            raise _Gone("CRASHED") from error
        return answer

    def _wait(self, descriptor: int, event: int, deadline: float) -> None:
        left = deadline - time.monotonic()
        self.selector.register(descriptor, event)
        try:
            if left <= 0 or not self.selector.select(left):
                raise _Gone("TIME")
        finally:
            self.selector.unregister(descriptor)

    def _send(self, pieces: list[bytes], deadline: float) -> None:
        assert self.process.stdin is not None  # noqa: S101
        descriptor = self.process.stdin.fileno()
        for piece in pieces:
            view = memoryview(piece)
            while view:
                try:
                    view = view[os.write(descriptor, view[: 1 << 20]) :]
                except BlockingIOError:
                    self._wait(descriptor, selectors.EVENT_WRITE, deadline)

    def _receive(self, size: int, deadline: float) -> bytes:
        assert self.process.stdout is not None  # noqa: S101
        if size > MAX_ANSWER:
            raise WireError("answer is too large")
        descriptor = self.process.stdout.fileno()
        parts = bytearray()
        while len(parts) < size:
            self._wait(descriptor, selectors.EVENT_READ, deadline)
            part = os.read(descriptor, size - len(parts))
            if not part:
                raise WireError("the child is gone")
            parts += part
        return bytes(parts)

    def end(self) -> str | None:
        """Kill and reap; the name of the signal that ended it before, if one did. May be called again."""
        code = self.process.poll()
        if code is None:
            try:
                code = self.process.wait(0.2)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        self.selector.close()
        if code is not None and code < 0:
            return signal.Signals(-code).name
        return None


class Pool:
    """`size` children, started on first use and kept warm. Safe for threads; not for a fork after its first use."""

    def __init__(
        self,
        size: int = 2,
        limits: Limits | None = None,
        *,
        factory: str = "signing.engine:build",
        settings: Mapping[str, Any] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        wait_seconds: float = 30.0,
        small_bytes: int = SMALL,
    ) -> None:
        """`factory` names `module:callable`, called in the child as `factory(settings, data, anchors)` for each trust
        snapshot; it returns `validate(document, options, detached) -> report body`. Larger inputs than `small_bytes`
        never take the last free child, so that small ones need not wait for them."""
        self._size = size
        self._limits = limits or Limits()
        self._factory = factory
        self._settings = dict(settings or {})
        self._clock = clock
        self._wait_seconds = wait_seconds
        self._small_bytes = small_bytes
        self._large = threading.BoundedSemaphore(max(1, size - 1))
        self._idle: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        self._snapshot: Snapshot | None = None
        self._lock = threading.Lock()
        self._closed = False
        for _ in range(size):
            self._idle.put(None)

    def set_trust(self, snapshot: Snapshot) -> None:
        """The snapshot from now on; each child gets it once, before its next document."""
        with self._lock:
            self._snapshot = snapshot

    @property
    def trust_version(self) -> str | None:
        """Version of the snapshot in use."""
        return self._snapshot.version if self._snapshot else None

    def warm(self) -> None:
        """Start every child now instead of on first use. Raises `Unavailable` when one cannot be started."""
        waiting = [self._idle.get() for _ in range(self._size)]
        try:
            while waiting:
                child = self._prepared(waiting[-1])
                waiting.pop()
                self._put(child)
        finally:
            for left in waiting:
                self._put(left)

    def validate(self, document: Document, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The report body of one document. Options: `policy`, `at`, `now` (ISO 8601), and what the factory knows.

        A child that dies on it gives INDETERMINATE with the error RESOURCE_LIMIT. Raises `InvalidInput` for what the
        engine refuses, `Unavailable` when no child is free in time or none can be started.
        """
        chosen = {"now": self._clock().isoformat(), "filename": document.filename, **(options or {})}
        chosen["detached"] = [name for name, _ in document.detached]
        with self._place(document):
            return self._validated(document, chosen)

    @contextmanager
    def _place(self, document: Document) -> Iterator[None]:
        """A large input waits until another large one is done, whatever children are free."""
        if document.size <= self._small_bytes:
            yield
            return
        if not self._large.acquire(timeout=self._wait_seconds):
            raise _busy()
        try:
            yield
        finally:
            self._large.release()

    def _validated(self, document: Document, chosen: Mapping[str, Any]) -> dict[str, Any]:
        try:
            child = self._idle.get(timeout=self._wait_seconds)
        except queue.Empty:
            raise _busy() from None
        survivor: _Child | None = None
        try:
            child = self._prepared(child)
            try:
                answer = child.ask(
                    {"op": "validate", "options": chosen},
                    [document.data, *(data for _, data in document.detached), *document.evidence],
                    self._limits.wall_seconds,
                )
            except _Gone as gone:
                return self._limited(document, chosen, gone.reason, child.end())
            if answer.get("error") == "MEMORY":
                return self._limited(document, chosen, "MEMORY", child.end())
            child.served += 1
            survivor = child
        finally:
            if survivor is None and child is not None:
                child.end()
            self._put(survivor)
        return self._answer(document, chosen, answer)

    def _answer(self, document: Document, options: Mapping[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        report = answer.get("report")
        if isinstance(report, dict):
            return report
        if answer.get("error") == "REFUSED":
            raise InvalidInput(str(answer.get("en")), str(answer.get("ja")), fields=answer.get("fields"))
        return self._limited(document, options, "CRASHED", None)

    def _put(self, child: _Child | None) -> None:
        if child is not None and (child.served >= self._limits.documents or self._closed):
            child.end()
            child = None
        self._idle.put(child)

    def _prepared(self, child: _Child | None) -> _Child:
        """A living child that has the snapshot in force."""
        snapshot = self._snapshot
        if snapshot is None:
            raise Unavailable("No trust list is loaded yet.", "トラストリストがまだ読み込まれていません。")
        if child is not None and child.process.poll() is not None:
            child.end()
            child = None
        child = child or self._spawn()
        if child.version != snapshot.version:
            try:
                answer = child.ask(
                    {"op": "trust", "version": snapshot.version},
                    [snapshot.data, *snapshot.anchors],
                    self._limits.start_seconds,
                )
            except _Gone as gone:
                child.end()
                raise _not_started(gone.reason) from gone
            if not answer.get("ok"):
                child.end()
                raise _not_started(str(answer.get("type") or answer.get("error")))
            child.version = snapshot.version
        return child

    def _spawn(self) -> _Child:
        environment = {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "PYTHONHASHSEED": "0",
            # Arenas of glibc would count against the address space without being used.
            "MALLOC_ARENA_MAX": "2",
        }
        process = subprocess.Popen(  # our own module in our own interpreter
            [sys.executable, "-m", "signing.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
            bufsize=0,
            close_fds=True,
            start_new_session=True,
        )
        child = _Child(process)
        try:
            child.ask(
                {"factory": self._factory, "settings": self._settings, "limits": self._limits.to_json()},
                [],
                self._limits.start_seconds,
            )
        except _Gone as gone:
            child.end()
            raise _not_started(gone.reason) from gone
        return child

    def _limited(
        self, document: Document, options: Mapping[str, Any], reason: str, ended_by: str | None
    ) -> dict[str, Any]:
        """The report of a document that no child could finish."""
        if reason == "CRASHED" and ended_by == "SIGXCPU":
            reason = "CPU"
        limit = self._limits.named(reason)
        report = ValidationReport(
            validation_time=datetime.fromisoformat(str(options["now"])),
            policy=str(options.get("policy") or "default-2026"),
            list=None,
            trust_version=self.trust_version,
            document=DocumentFacts.of(document.data, document.filename),
            indication=Indication.INDETERMINATE,
            sub_indication=None,
            errors=(Notice("RESOURCE_LIMIT", _CRASHED if limit is None else _exceeded(limit)),),
        ).to_json()
        if limit is not None:
            report["errors"][0]["limit"] = {"name": limit.name, "value": limit.value}
        return report

    def close(self) -> None:
        """End all children; those at work end with their document."""
        self._closed = True
        for _ in range(self._size):
            try:
                child = self._idle.get_nowait()
            except queue.Empty:
                break
            if child is not None:
                child.process.kill()
                child.end()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _busy() -> Unavailable:
    return Unavailable(
        "All validators are busy; try again shortly.", "検証処理が混み合っています。しばらくしてお試しください。"
    )


def _not_started(reason: str) -> Unavailable:
    return Unavailable(f"No validator could be started ({reason}).", f"検証プロセスを開始できませんでした({reason})。")


_CRASHED = Text(
    "この文書の検証中に検証プロセスが異常終了しました。",
    "The validating process ended abnormally on this document.",
)


def _exceeded(limit: NamedLimit) -> Text:
    ja, en = {
        "time": (f"検証が制限時間の {limit.value} 秒で終わりませんでした。", f"took longer than {limit.value} seconds"),
        "cpu": (
            f"検証が許された計算時間の {limit.value} 秒を超えました。",
            f"took more than {limit.value} seconds of processor time",
        ),
        "memory": (
            f"検証が許されたメモリの {limit.value:,} バイトを超えました。",
            f"took more than {limit.value:,} bytes of memory",
        ),
    }[limit.name]
    return Text(f"この文書の{ja}", f"Validating this document {en}, which is the limit.")
