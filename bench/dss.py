"""EU DSS as a peer: a warm Java process that validates the same files with the same roots and responses, offline.

`bench/peers/dss` holds it; Maven Central has what it needs. Without `java` and `mvn` these contests are skipped.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from bench import documents, xml_documents
from bench.race import VAR, Outcome, race, say
from bench.world import Signed, World
from trustreg.demo.pki.signer import Level

SOURCE = Path(__file__).parent / "peers" / "dss"
BUILT = VAR / "dss"
IN_A_ROUND, ROUNDS = 60, 3
WARM_UP = 100
WARM_UP_TIMES = 6
"""Passes over the warm-up documents before anything counts, so that the virtual machine has compiled what it runs."""


def contests(world: World, seconds: float) -> list[Outcome]:
    """PAdES and XAdES at two levels. Empty, with the reason said, where the peer cannot be had."""
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    if missing:
        say(f"EU DSS is skipped: {' and '.join(missing)} not found.")
        return []
    if not _build():
        return []
    return [
        *(_contest(world, f"PAdES-{level}", _pdfs(world, level), "pdf", seconds) for level in _LEVELS),
        *(_contest(world, f"XAdES-{level}", _xmls(world, level), "xml", seconds) for level in _LEVELS),
    ]


_LEVELS: tuple[Level, ...] = ("B", "T")
_COUNT = WARM_UP + IN_A_ROUND * ROUNDS


def _pdfs(world: World, level: Level) -> list[Signed]:
    return world.documents(level, _COUNT)


def _xmls(world: World, level: Level) -> list[Signed]:
    return xml_documents.signed(world, level, _COUNT)


def _contest(world: World, name: str, items: Sequence[Signed], suffix: str, seconds: float) -> Outcome:
    with _running(world, items, suffix) as by_dss:
        for _ in range(WARM_UP_TIMES):
            for item in items[:WARM_UP]:
                by_dss(item)
        counted = items[WARM_UP:]
        return race(
            f"{name}, one signature, {IN_A_ROUND} different documents in turn",
            [("trustreg", documents.ours(world)), ("EU DSS 6.3, warm: no list, no qualification", by_dss)],
            [counted[start : start + IN_A_ROUND] for start in range(0, IN_A_ROUND * ROUNDS, IN_A_ROUND)],
            warm_up=items[:3],
            seconds=seconds,
        )


def _build() -> bool:
    """Compiles the peer and fetches its libraries, once for each version of its sources."""
    sources = [SOURCE / "pom.xml", SOURCE / "src/main/java/Dss.java"]
    stamp = BUILT / "built-from"
    content = b"".join(source.read_bytes() for source in sources)
    if stamp.exists() and stamp.read_bytes() == content:
        return True
    say("building the EU DSS peer, once …")
    shutil.copytree(SOURCE, BUILT, dirs_exist_ok=True, ignore=shutil.ignore_patterns("target"))
    built = subprocess.run(["mvn", "-q", "-B", "compile"], cwd=BUILT, capture_output=True, text=True, check=False)
    if built.returncode != 0:
        say(f"EU DSS is skipped: it cannot be built here.\n{built.stdout[-600:]}")
        return False
    stamp.write_bytes(content)
    return True


@contextmanager
def _running(world: World, items: Sequence[Signed], suffix: str) -> Iterator[Callable[[Signed], bool]]:
    """A process over files of these items. Valid is TOTAL_PASSED for the one signature."""
    with tempfile.TemporaryDirectory() as temporary:
        folders = [Path(temporary) / name for name in ("roots", "responses", "documents")]
        for folder in folders:
            folder.mkdir()
        roots, responses, files = folders
        for number, root in enumerate(world.roots):
            (roots / f"{number}.der").write_bytes(root.public_bytes(Encoding.DER))
        paths: dict[int, Path] = {}
        for number, item in enumerate(items):
            paths[id(item)] = files / f"{number}.{suffix}"
            paths[id(item)].write_bytes(item.data)
            (responses / f"{number}.der").write_bytes(item.signer_ocsp)
        (responses / "tsa.der").write_bytes(items[0].tsa_ocsp)
        command = ["java", "-cp", f"{BUILT}/target/classes:{BUILT}/target/lib/*", "Dss", str(roots), str(responses)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            asked, answers = process.stdin, process.stdout
            if asked is None or answers is None:
                raise SystemExit("EU DSS has no pipes.")

            def call(item: Signed) -> bool:
                asked.write(f"{paths[id(item)]}\n")
                asked.flush()
                answer = answers.readline()
                if answer.split("\t")[1:2] != ["TOTAL_PASSED"]:
                    say(f"EU DSS: {answer.strip() or 'no answer'}")
                    return False
                return True

            try:
                yield call
            finally:
                asked.close()
                process.wait(timeout=30)
