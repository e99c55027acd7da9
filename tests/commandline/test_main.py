"""The command: exit codes, what goes to which stream, and the script that starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from signing.client import files
from tests.commandline.lists import long_term, signer_pem, tl_xml
from trustreg.commandline.__main__ import main

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a document and a list that ended years ago, so that no clock changes what comes out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRUSTREG_SERVER", raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    Path("order.xml").write_bytes(long_term())
    Path("broken.xml").write_bytes(long_term().replace("茶".encode(), "酒".encode()))
    Path("tl.xml").write_bytes(tl_xml(stale=True))
    Path("signer.pem").write_bytes(signer_pem())
    return tmp_path


OFFLINE = ("--list", "tl.xml", "--list-key", "signer.pem")


def run(*arguments: str) -> int:
    """The exit code; argparse ends by itself."""
    try:
        return main(arguments)
    except SystemExit as ended:
        return int(str(ended.code))


def test_offline_verdicts(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("order.xml", *OFFLINE) == 2
    out, err = capsys.readouterr()
    assert out.startswith("? order.xml: not known (NO_CERTIFICATE_CHAIN_FOUND). ")
    assert "past its next update" in err
    assert run("broken.xml", "order.xml", *OFFLINE) == 1
    assert capsys.readouterr().out.startswith("✗ broken.xml: failed (HASH_FAILURE). ")
    assert run("order.xml", "broken.xml", "missing.xml", *OFFLINE) == 3
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert "No such file or directory: missing.xml" in err


def test_json_is_one_line_for_each_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("order.xml", "missing.xml", "--json", *OFFLINE) == 3
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["file"], first["report"]["indication"]) == ("order.xml", "INDETERMINATE")
    assert first["report"]["document"]["filename"] == "order.xml"
    assert second == {"file": "missing.xml", "error": "No such file or directory: missing.xml"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "required: FILE"),
        (("order.xml", "--nonsense"), "unrecognized"),
        (("order.xml", "--at", "yesterday"), "no time with a zone"),
        (("order.xml", "--at", "2026-01-31T09:00:00"), "no time with a zone"),
        (("order.xml", "--server", "example.jp"), "not an http or https address"),
        (("order.xml", "--server", "http://127.0.0.1:9"), "cannot be reached"),
        (("order.xml", "--list", "tl.xml"), "--list needs --list-key"),
        (("order.xml", "--list-key", "signer.pem"), "these need --list"),
        (("order.xml", "--list", "missing.xml", "--list-key", "signer.pem"), "No such file"),
        (("order.xml", "--list", "order.xml", "--list-key", "signer.pem"), "is not used"),
        (("order.xml", "--list", "tl.xml", "--list-key", "order.xml"), "cannot be read"),
        (("order.xml", "--list", "tl.xml", "--list-sha256", "00" * 32), "not pinned"),
        (("order.xml", "--policy", "nobody's", *OFFLINE), "policy"),
        (("order.xml", "--at", "2999-01-01T00:00:00Z", *OFFLINE), "future"),
        (("order.xml", "--evidence", "order.xml", *OFFLINE), "File 1 of the evidence"),
        (("order.xml", "--evidence", "missing.crl", *OFFLINE), "No such file or directory: missing.crl"),
        (("order.xml", "--evidence", "missing.crl"), "No such file or directory: missing.crl"),
    ],
)
def test_usage_and_transport_end_with_three(
    here: Path, arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err


def test_the_script_runs_from_anywhere_and_reads_no_module_from_there(here: Path) -> None:
    Path("signing").mkdir()
    Path("signing/__init__.py").write_text("raise SystemExit('of somebody else')")
    link = here / "validate"
    link.symlink_to(ROOT / "trustreg-validate")
    for command in (ROOT / "trustreg-validate", link):
        done = subprocess.run(
            [str(command), "order.xml", "--server", "http://127.0.0.1:9"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 3, done.stderr
        assert "cannot be reached" in done.stderr


def test_a_defect_or_a_reader_that_left_is_no_verdict(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(main.__globals__["Client"], "validate", broken)
    assert run("order.xml") == 3
    command = f"{ROOT / 'trustreg-validate'} --json {'missing.xml ' * 3000}| true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_asking_a_service_needs_the_standard_library_alone() -> None:
    code = (
        "import sys; import trustreg.commandline.__main__; "
        "print([m for m in sys.modules if m.split('.')[0] in ('django', 'lxml', 'cryptography', 'rest_framework')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


ODD = ("line\nbreak.xml", "red\x1b[31m.xml", "\u202egood.xml", "octets\udcff\udcfe.xml", "l" * 250, " ", "-x.xml")


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_odd_names_are_names(here: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(name).write_bytes(long_term())
    assert run(*OFFLINE, "--", name) == 2
    out, _ = capsys.readouterr()
    assert out.startswith("? ")
    assert "\x1b" not in out
    assert len(out.splitlines()) == 1


@pytest.mark.parametrize("where", [(), OFFLINE], ids=["service", "offline"])
def test_what_is_no_file_is_no_verdict(
    here: Path, where: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(files, "MAX_FILE", 1 << 20)
    Path("folder").mkdir()
    os.mkfifo("pipe")
    Path("loop").symlink_to("loop")
    Path("large").write_bytes(b"")
    os.truncate("large", 1 << 40)
    for name, words in (
        ("folder", "Not a regular file: folder"),
        ("pipe", "Not a regular file: pipe"),
        ("/dev/zero", "Not a regular file"),
        ("loop", "Too many levels"),
        ("large", "File too large"),
        ("missing\nname", "No such file"),
    ):
        for option in ((name,), ("order.xml", "--evidence", name), ("order.xml", "--detached", name)):
            assert run(*option, *where) == 3
            out, err = capsys.readouterr()
            assert out == ""
            assert words in err


def test_a_document_beyond_the_limit_of_the_product_is_no_verdict(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("large").write_bytes(b"")
    os.truncate("large", 50_000_001)
    assert run("large", *OFFLINE) == 3
    Path("empty").write_bytes(b"")
    assert run("empty", *OFFLINE) == 3
    assert "50000001 bytes" in capsys.readouterr().err


def test_messages_in_japanese(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    japanese = ("order.xml", "--lang", "ja")
    assert run(*japanese, "--server", "http://127.0.0.1:9") == 3
    assert "に接続できません" in capsys.readouterr().err
    assert run(*japanese, "--list", "tl.xml") == 3
    assert "が必要です" in capsys.readouterr().err
    assert run(*japanese, *OFFLINE) == 2
    assert "次回更新の期限を過ぎている" in capsys.readouterr().err
    assert run(*japanese, "--list", "order.xml", "--list-key", "signer.pem") == 3
    assert "は使いません" in capsys.readouterr().err
