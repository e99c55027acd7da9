"""Publication by the real services: compile, check, sign, verify, release, against a PostgreSQL of its own.

The worker and the signer are processes of their own with their own database roles, as in production. The decided
services are written in bulk by the owner of the database, past the walls of certification (the fixture of the tests):
deciding thousands through the services would measure certification. Each of these commands is a process:

    TRUSTREG_ROLE=owner  python -m bench.publication fixture COUNT
    TRUSTREG_ROLE=worker python -m bench.publication publish
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from bench.race import VAR, Figure, Outcome, race, say

ROOT = Path(__file__).resolve().parents[1]
HOME = VAR / "publication"
REISSUES = 3
WAIT_SECONDS = 600.0


def contests(counts: Sequence[int], seconds: float) -> list[Outcome]:
    """The first list of so many services, the same list again, and its signature beside that of signxml."""
    from trustreg.base import embedded

    outcomes = []
    try:
        for services in counts:
            shutil.rmtree(HOME / "public", ignore_errors=True)
            embedded.drop_database(HOME)
            found, usage = _published(services)
            signed = (HOME / "public" / "tl" / "tl.xml").read_bytes()
            outcomes += [_outcome(services, found, usage, len(signed)), _signing(signed, services, seconds)]
    finally:
        embedded.stop_server(HOME)
    return outcomes


def _published(services: int) -> tuple[dict[str, Any], resource.struct_rusage]:
    """What the worker measured, and what its signer used."""
    say(f"writing {services:,} decided services …")
    _run("owner", "manage.py", "migrate", "--verbosity", "0")
    _run("owner", "manage.py", "create_list_signer", "--operator", "Trust Service Accreditation Body", "--if-missing")
    _run("owner", "-m", "bench.publication", "fixture", str(services))
    signer = _start("signer", "manage.py", "run_signer")
    try:
        found: dict[str, Any] = json.loads(_run("worker", "-m", "bench.publication", "publish"))
    finally:
        signer.terminate()
        _, signer.returncode, usage = os.wait4(signer.pid, 0)
    return found, usage


def _outcome(services: int, found: dict[str, Any], usage: resource.struct_rusage, size: int) -> Outcome:
    milliseconds = [value * 1000 for value in found["seconds"]]
    outcome = Outcome(
        f"Publication of {services:,} services, {size / 1e6:.1f} MB: compile, check, sign, verify, release",
        [
            Figure("the same list again, three times", milliseconds[1:], milliseconds[1:]),
            Figure("the first list", milliseconds[:1], milliseconds[:1]),
        ],
        compared=False,
    )
    outcome.notes.append(
        f"processor time for all {1 + REISSUES}: worker {found['processor_seconds']:.1f} s, "
        f"signer with its start {usage.ru_utime + usage.ru_stime:.1f} s; "
        f"peak memory: worker {found['peak_kilobytes'] / 1024:.0f} MB, signer {usage.ru_maxrss / 1024:.0f} MB"
    )
    return outcome


def _signing(signed: bytes, services: int, seconds: float) -> Outcome:
    """The step of signing alone, of the same file with the same key."""
    from signxml import SignatureConstructionMethod
    from signxml.xades import XAdESSigner

    from qualified_list.domain.signature import sign_list, verify_list
    from signing.keys.file import FileKey
    from trustreg.base import clock

    key_file, certificate_file = (HOME / "keys" / f"list-signer.{kind}" for kind in ("pem", "crt"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        key = FileKey.open(key_file, certificate_file)
    end = signed.rindex(b"</TrustServiceStatusList>")
    start = signed.rindex(b"<ds:Signature ", 0, end)
    unsigned = signed[:start] + signed[end:]
    private, certificate = key_file.read_bytes(), certificate_file.read_bytes()

    def ours(document: bytes) -> bool:
        made.append(sign_list(document, key=key, at=clock.now().replace(microsecond=0)))
        return True

    def signxml(document: bytes) -> bool:
        signer = XAdESSigner(
            method=SignatureConstructionMethod.enveloped,
            signature_algorithm="rsa-sha256",
            c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#",
        )
        root = signer.sign(etree.fromstring(document), key=private, cert=certificate.decode())
        return bool(etree.tostring(root))

    made: list[bytes] = []
    outcome = race(
        f"Signing that list alone ({services:,} services)",
        [("trustreg: sign_list", ours), ("signxml: XAdESSigner, parse and serialise", signxml)],
        [[unsigned]] * 5,
        warm_up=[unsigned],
        seconds=seconds,
    )
    verify_list(made[-1], signer_keys=[key.certificate], demand_tsl_signing=True)
    return outcome


def _environment(role: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRUSTREG_", "DATABASE_URL"))}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "trustreg.settings",
        "TRUSTREG_DEMO": "1",
        "TRUSTREG_ROLE": role,
        "TRUSTREG_VAR": str(HOME),
        "TRUSTREG_LOG_LEVEL": "ERROR",
        "PYTHONWARNINGS": "ignore",
        # A long compilation of many services must not be stamped anew for its age while the signer checks it.
        "TRUSTREG_INTENT_SECONDS": str(int(WAIT_SECONDS)),
    }


def _start(role: str, *command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=_environment(role))


def _run(role: str, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=_environment(role), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} as {role} failed; nothing was measured.")
    return done.stdout


# Inside the processes.


def _fixture(count: int) -> None:
    sys.path.insert(0, str(ROOT / "tests" / "qualified_list"))
    from list_registry import Registry

    registry = Registry(_counts=False) if "_counts" in Registry.__dataclass_fields__ else Registry()
    registry.set_up()
    for start in range(0, count, 50):
        registry.grant(min(50, count - start))


def _publish() -> None:
    from qualified_list import services

    taken = []
    processor = time.process_time()
    for number in range(1 + REISSUES):
        start = time.perf_counter()
        sequence = services.publish(reissue=number > 0, wait_seconds=WAIT_SECONDS)
        taken.append(time.perf_counter() - start)
        if sequence != number + 1:
            raise SystemExit(f"list {number + 1} was not released")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent = time.process_time() - processor
    print(json.dumps({"seconds": taken, "processor_seconds": spent, "peak_kilobytes": peak}))


def main() -> None:
    """One of the commands above."""
    import django

    import trustreg.celery  # noqa: F401 - jobs go to the own broker

    django.setup()
    commands: dict[str, Callable[[], None]] = {"fixture": lambda: _fixture(int(sys.argv[2])), "publish": _publish}
    commands[sys.argv[1]]()


if __name__ == "__main__":
    main()
