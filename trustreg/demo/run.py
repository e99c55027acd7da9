"""The whole product on one machine: `python -m trustreg.demo.run [--port 8000] [--var DIR]`.

Starts what production runs as separate services (PostgreSQL, web, worker, scheduler, signer, and the demo's own
certificate authorities), each a process of its own with its own database role; starts again whatever dies; stops all
of it in order on Ctrl-C or SIGTERM. The story is told once; a second start keeps its data.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from trustreg.base import embedded
from trustreg.demo import cast

ROOT = Path(__file__).resolve().parent.parent.parent
PKI_PORT = 8900
_PKI_REMEDY = "Stop what uses it; in a new folder, TRUSTREG_DEMO_PKI_PORT may name another."
# Workers of one process each: over a queue in files, those of Celery's pool share a lock, and one that is killed while
# it holds it (by the kernel, for want of memory) would leave the others waiting for ever.
_ALONE = ("--pool", "solo", "--without-gossip", "--without-mingle", "--without-heartbeat")
PATIENCE = 120.0  # seconds until a part must answer


class Stopped(Exception):
    """Somebody asked the demo to end."""


def environment(var: Path, port: int, pki_port: int = PKI_PORT) -> dict[str, str]:
    """What every process of the demo sees."""
    own = {
        "TRUSTREG_DEMO": "1",
        "TRUSTREG_VAR": str(var),
        "TRUSTREG_BASE_URL": f"http://127.0.0.1:{port}",
        "TRUSTREG_EGRESS_ALLOW": f"127.0.0.1:{pki_port}",
        "TRUSTREG_DEMO_PKI": f"http://127.0.0.1:{pki_port}",
        "TRUSTREG_TSA_URL": f"http://127.0.0.1:{pki_port}/{cast.SAMPLE_ROLES['tsa']}/tsa",
        "TRUSTREG_LIST_SIGNER_KEY": str(var / "keys" / "list-signer.pem"),
        "TRUSTREG_LIST_SIGNER_CERTIFICATE": str(var / "keys" / "list-signer.crt"),
        "DJANGO_SETTINGS_MODULE": "trustreg.settings",
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **own, "TRUSTREG_LOG_LEVEL": os.environ.get("TRUSTREG_LOG_LEVEL", "WARNING")}


class Part:
    """One process of the demo, with its log file; it dies with its parent."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], logs: Path) -> None:
        self.name, self.command, self.env, self.log = name, list(command), dict(env), logs / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.failures = 0

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=ROOT,
                preexec_fn=_die_with_parent,
            )
        self.started = time.monotonic()

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, seconds: float = 8.0) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def tail(self) -> str:
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        except OSError:
            return ""


def _die_with_parent() -> None:
    """Linux ends this process when its parent is killed; elsewhere nothing happens."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    except (OSError, AttributeError):
        return


def parts(var: Path, port: int, env: Mapping[str, str], pki_port: int = PKI_PORT) -> list[Part]:
    """The processes in the order in which they start."""
    python, logs = sys.executable, var / "log"
    celery = [python, "-m", "celery", "-A", "trustreg.celery"]

    def as_role(role: str) -> dict[str, str]:
        return {**env, "TRUSTREG_ROLE": role}

    return [
        Part(
            "pki",
            [python, "-m", "trustreg.demo.pki.server", "--folder", str(var / "demo" / "pki"), "--port", str(pki_port)],
            env,
            logs,
        ),
        Part("signer", [python, "manage.py", "run_signer"], as_role("signer"), logs),
        *(
            Part(
                f"worker-{number}",
                [*celery, "worker", *_ALONE, "-n", f"worker-{number}@%h", "-l", "WARNING"],
                as_role("worker"),
                logs,
            )
            for number in (1, 2)
        ),
        Part("scheduler", [*celery, "beat", "-l", "WARNING", "--pidfile", ""], as_role("worker"), logs),
        Part(
            "web",
            [
                python,
                "-m",
                "granian",
                "--interface",
                "wsgi",
                "--host",
                "127.0.0.1",
                "--port",
                str(port),
                "--workers",
                "2",
                "--blocking-threads",
                "16",
                "--backpressure",
                "64",
                "--log-level",
                "warning",
                "trustreg.wsgi:application",
            ],
            as_role("web"),
            logs,
        ),
    ]


def manage(env: Mapping[str, str], role: str, *arguments: str) -> None:
    """Run one `manage.py` command to its end; raises SystemExit with its output when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], env={**env, "TRUSTREG_ROLE": role}, cwd=ROOT, check=False
    )
    if done.returncode:
        raise SystemExit(f"manage.py {' '.join(arguments)} ended with {done.returncode}; its words stand above.")


@contextmanager
def only_one(var: Path, seconds: float = 30.0) -> Iterator[None]:
    """Hold the folder for this demo alone, after waiting for one that is just stopping.

    Raises SystemExit when another one keeps running there.
    """
    path = var / "run" / "demo.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + seconds
    with path.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise SystemExit(
                        f"A demo runs in {var} already. Stop it first, or name another folder with TRUSTREG_VAR."
                    ) from None
                time.sleep(0.2)
        yield


def require_free(port: int, what: str, remedy: str) -> None:
    """Raise SystemExit with the remedy when somebody listens on `port` of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise SystemExit(f"Port {port}, which {what} needs, is in use. {remedy}") from None


def start_over(var: Path, env: Mapping[str, str]) -> None:
    """Remove what an interrupted telling of the story left: half a story is none."""
    if env.get("DATABASE_URL"):
        return
    if embedded.server_folder(var).exists():
        embedded.drop_database(var)
    for name in ("demo", "public", "evidence", "queue"):
        shutil.rmtree(var / name, ignore_errors=True)


def require_done(part: Part, seconds: float = PATIENCE) -> None:
    """Wait until this part has ended well; raises SystemExit with the end of its log when it has not."""
    if part.process is None or part.process.wait(seconds) != 0:
        raise SystemExit(f"{part.name} did not end well:\n{part.tail()}")


def wait_for(url: str, part: Part, seconds: float = PATIENCE) -> None:
    """Wait until `url` answers 200; raises SystemExit with the end of the part's log when it does not."""
    end = time.monotonic() + seconds
    last = "no answer"
    while time.monotonic() < end:
        if not part.running():
            raise SystemExit(f"{part.name} ended early:\n{part.tail()}")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            last = f"{error.code}: {error.read(2000).decode(errors='replace')}"
        except OSError as error:
            last = str(error)
        time.sleep(0.2)
    raise SystemExit(f"{part.name} did not answer at {url} within {seconds:.0f} s (last: {last}).\n{part.tail()}")


def _ask_to_stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def announce(var: Path, port: int) -> None:
    """Print what a newcomer needs: where to look first, accounts, three lines for a program."""
    base = f"http://127.0.0.1:{port}"
    print(f"\ntrustreg is ready. Open in a browser:\n  {base}/        日本語\n  {base}/en/     English\n")
    try:
        accounts = json.loads((var / "demo" / "accounts.json").read_text())
        print("Demo accounts (demo only):")
        for account in accounts:
            print(f"  {account['email']:36} {account['password']:24} {account['role_en']}")
    except (OSError, ValueError):
        print("No demo accounts were found; remove the var folder and start again to tell the story anew.")
    samples = var / "demo" / "samples"
    shown = samples.relative_to(Path.cwd()) if samples.is_relative_to(Path.cwd()) else samples
    print(
        f"""
Everybody may sign in at {base}/en/sign-in by one button, without a password.

Or from a program (API reference: {base}/api/v1/docs):
  curl -s {base}/tl/tl.xml | head -c 600
  curl -s -F document=@{shown}/qualified-signature.pdf {base}/api/v1/validations
  curl -s {base}/api/v1/services?level=qualified

Ctrl-C stops everything; the next start keeps the data. Logs: {var / "log"}
""",
        flush=True,
    )


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Run the whole product with the demo story.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument("--pki-port", type=int, default=int(os.environ.get("TRUSTREG_DEMO_PKI_PORT", str(PKI_PORT))))
    parser.add_argument("--var", type=Path, default=Path(os.environ.get("TRUSTREG_VAR", ROOT / "var")))
    options = parser.parse_args(argv)
    var, port = options.var.resolve(), options.port
    env = environment(var, port, options.pki_port)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ask_to_stop)
    try:
        with only_one(var):
            require_free(port, "the web server", f"Choose another: make demo PORT={port + 1}")
            require_free(options.pki_port, "the demo's authorities", _PKI_REMEDY)
            return serve(var, port, options.pki_port, env)
    except Stopped:
        return 0


def serve(var: Path, port: int, pki_port: int, env: Mapping[str, str]) -> int:
    """Start everything, tell the story if it was not told yet, and keep it running until somebody stops it."""
    running: list[Part] = []
    try:
        told = (var / "demo" / "story.json").exists()
        if not told:
            start_over(var, env)
        print("Preparing the database …", flush=True)
        manage(env, "owner", "migrate", "--verbosity", "0")
        # Beside what the next lines do; the web server names and serves what is collected.
        statics = Part("static", [sys.executable, "manage.py", "collect_static"], env, var / "log")
        statics.start()
        running.append(statics)
        operator = next(spec.name_en for spec in cast.ORGANISATIONS if spec.key == cast.AB)
        manage(env, "web", "create_list_signer", "--operator", operator, "--if-missing")
        if not told:
            manage(env, "web", "demo_pki")
        require_done(running.pop())
        by_name = {part.name: part for part in parts(var, port, env, pki_port)}
        for part in by_name.values():
            part.start()
            running.append(part)
        wait_for(f"http://127.0.0.1:{pki_port}/healthz", by_name["pki"])
        wait_for(f"http://127.0.0.1:{port}/healthz", by_name["web"])
        if not told:
            print("Telling the demo story (about a minute, in real time) …", flush=True)
            manage(env, "web", "demo_story")
        wait_for(f"http://127.0.0.1:{port}/readyz", by_name["web"])
        announce(var, port)
        while True:
            time.sleep(0.5)
            for part in running:
                if not part.running() and time.monotonic() - part.started > min(30.0, 0.5 * 2**part.failures):
                    part.failures += 1
                    print(f"{part.name} ended; starting it again (its log: {part.log})", flush=True)
                    part.start()
    except Stopped:
        print("\nStopping …", flush=True)
        return 0
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for part in reversed(running):
            part.stop()
        if not env.get("DATABASE_URL"):
            embedded.stop_server(var)


if __name__ == "__main__":
    sys.exit(main())
