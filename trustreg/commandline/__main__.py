"""`trustreg-validate FILE…`: is what these documents carry valid, and what is it worth?"""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

from signing.client import Client, ClientError, Report, files
from signing.client.report import FAILED, INDETERMINATE, PASSED
from trustreg.commandline.words import lines, list_used, printable

EXIT: Final = {PASSED: 0, FAILED: 1, INDETERMINATE: 2}
TROUBLE: Final = 3
_ORDER: Final = (0, 2, 1, TROUBLE)
"""Several files: the worst counts, and what could not be asked is worse than any verdict."""

Validate = Callable[[Path], Report]


class _Parser(argparse.ArgumentParser):
    """Usage errors end with 3: argparse's own 2 is the verdict INDETERMINATE here."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(TROUBLE, f"{self.prog}: {message}\n")


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time with a zone, such as 2026-01-31T09:00:00Z")
    return found.astimezone(UTC)


def parser() -> argparse.ArgumentParser:
    """The options, with their help."""
    found = _Parser(
        prog="trustreg-validate",
        description="Validate signatures, seals and time-stamps of documents.",
        epilog="Exit codes: 0 passed, 1 failed, 2 indeterminate, 3 usage or transport; the worst of several files.",
    )
    found.add_argument("files", nargs="+", type=Path, metavar="FILE")
    found.add_argument(
        "--detached",
        action="append",
        default=[],
        type=Path,
        metavar="F",
        help="a file that a separate signature is over",
    )
    found.add_argument(
        "--evidence",
        action="append",
        default=[],
        type=Path,
        metavar="F",
        help="a file with certificates, CRLs or OCSP responses (DER or PEM) that the documents need not hold",
    )
    found.add_argument("--at", type=_time, metavar="T", help="what would hold at T (UTC): an assumption, never a proof")
    found.add_argument("--policy", metavar="P", help="the validation policy")
    found.add_argument(
        "--server",
        default=os.environ.get("TRUSTREG_SERVER", "http://127.0.0.1:8000"),
        metavar="URL",
        help="the service to ask (TRUSTREG_SERVER; default %(default)s); an API key is read from TRUSTREG_API_KEY",
    )
    found.add_argument("--json", action="store_true", help="one line of JSON for each file")
    found.add_argument("--lang", choices=["ja", "en"], default=_language(), help="the language of sentences")
    offline = found.add_argument_group("without a network")
    offline.add_argument("--list", type=Path, metavar="tl.xml", help="validate here, against this downloaded list")
    pin = offline.add_mutually_exclusive_group()
    pin.add_argument("--list-key", type=Path, metavar="signer.pem", help="the certificate of the list's signer")
    pin.add_argument("--list-sha256", metavar="HEX", help="the SHA-256 of that certificate")
    return found


def _language() -> str:
    return "ja" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("ja") else "en"


def main(arguments: Sequence[str] | None = None) -> int:
    """The whole command; returns its exit code."""
    options = parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a name still shows the verdict
    if (options.list is None) != (options.list_key is None and options.list_sha256 is None):
        return _complain(
            {
                "en": "--list needs --list-key or --list-sha256, and these need --list.",
                "ja": "--list には --list-key か --list-sha256 が必要です。逆も同じです。",
            }[options.lang]
        )
    try:
        with _validator(options) as validate:
            codes = [_one(path, validate, options) for path in options.files]
        sys.stdout.flush()
    except _Trouble as trouble:
        return _complain(str(trouble))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nobody reads on, the interpreter's last flush included
        return TROUBLE
    except KeyboardInterrupt:
        return TROUBLE
    except Exception:
        traceback.print_exc()  # a defect of ours is no verdict: Python itself would end with 1
        return TROUBLE
    return max(codes, key=_ORDER.index)


class _Trouble(Exception):
    """Nothing can be validated at all, or one file could not be."""


def _what_happened(error: OSError) -> str:
    """The system's sentence, with the file that it is about."""
    return ": ".join(str(part) for part in (error.strerror, error.filename) if part) or str(error)


def _one(path: Path, validate: Validate, options: argparse.Namespace) -> int:
    """Validate one file and say so; the exit code that it alone would give."""
    try:
        report = validate(path)
    except (_Trouble, ClientError, OSError) as error:
        reason = _what_happened(error) if isinstance(error, OSError) else str(error)
        if options.json:
            _print({"file": str(path), "error": reason})
        return _complain(f"{path}: {reason}")
    if options.json:
        _print({"file": str(path), "report": report.raw})
    else:
        for line in lines(str(path), report, options.lang):
            print(line)  # noqa: T201 - the output of the command
    return EXIT[report.indication]


@contextmanager
def _validator(options: argparse.Namespace) -> Iterator[Validate]:
    """What validates a file: the service, or the engine here. Raises _Trouble."""
    if options.list is not None:
        with _offline(options) as validate:
            yield validate
        return

    def progress(job: Mapping[str, Any]) -> None:
        known = ", ".join(f"{name} {job[name]}" for name in ("state", "progress") if job.get(name))
        print(printable(f"… {known}"), file=sys.stderr)  # noqa: T201 - as above

    try:
        client = Client(
            options.server,
            api_key=os.environ.get("TRUSTREG_API_KEY") or None,
            language=options.lang,
            progress=progress,
        )
    except ValueError as error:
        raise _Trouble(str(error)) from error
    yield functools.partial(client.validate, **_questions(options))


@contextmanager
def _offline(options: argparse.Namespace) -> Iterator[Validate]:
    try:
        # Only here: asking a service needs nothing but the standard library.
        from trustreg.base.errors import TrustregError
        from trustreg.commandline.offline import MAX_LIST, Offline, read_list
    except ImportError as error:
        raise _Trouble(f"Working offline needs the product's own environment (make demo): {error}") from error
    try:
        xml = files.read(options.list)
        if len(xml) > MAX_LIST:
            raise _Trouble(f"{options.list} has {len(xml)} bytes; a list may have {MAX_LIST}.")
        source = read_list(
            xml,
            signer=files.read(options.list_key) if options.list_key else None,
            signer_sha256=options.list_sha256,
        )
    except TrustregError as error:
        not_used = {"en": f"{options.list} is not used: ", "ja": f"{options.list} は使いません。"}[options.lang]
        raise _Trouble(not_used + getattr(error, options.lang)) from error
    except OSError as error:
        raise _Trouble(_what_happened(error)) from error
    with Offline(source) as engine:
        print(list_used(engine.list, datetime.now(UTC), options.lang), file=sys.stderr)  # noqa: T201 - as above

        def validate(path: Path) -> Report:
            try:
                return engine.validate(path, **_questions(options))
            except TrustregError as error:
                raise _Trouble(getattr(error, options.lang)) from error

        yield validate


def _questions(options: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(options, name) for name in ("detached", "evidence", "policy", "at")}


def _print(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, separators=(",", ":")))  # noqa: T201 - the output of the command


def _complain(text: str) -> int:
    print(f"trustreg-validate: {printable(text)}", file=sys.stderr)  # noqa: T201 - as above
    return TROUBLE


if __name__ == "__main__":
    sys.exit(main())
