"""Same document, policy, list, evidence and time: byte-same report body (design 5), in whichever process it is made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from signing.domain.validation import validate_document
from signing.limits import Limits
from signing.pool import Document, Pool, Snapshot
from tests.pki.factories import make_crl
from tests.signing import cades_parts, jades_parts, xml_world
from tests.signing.engine_parts import dump_trust, load_trust
from tests.signing.signing_world import NOW, add_evidence, blank_pdf, sign, stamp, trust, world

STAMPED = NOW - timedelta(days=30)


@cache
def documents() -> dict[str, bytes]:
    """One with everything for each format: chain, evidence, signature and archive time-stamps."""
    here = world()
    crls = [make_crl(one, this_update=NOW - timedelta(hours=1)) for one in (here.ca, here.tsa_ca)]
    pdf = sign(sign(blank_pdf(), stamped_at=STAMPED), field_name="Sig2")
    cms = cades_parts.stamped(cades_parts.cades(crls=crls, certificates=[here.ca.der, here.signer.der]), STAMPED)
    jws = jades_parts.stamped(jades_parts.signed(), STAMPED)
    return {
        "a.pdf": stamp(add_evidence(pdf, crls=crls, certificates=[here.ca, here.tsa_ca]), STAMPED + timedelta(days=1)),
        "a.p7m": cades_parts.archived_v3(cms, STAMPED + timedelta(days=1)),
        "a.json": jades_parts.octets(jades_parts.archived(jws, STAMPED + timedelta(days=1))),
        "a.xml": xml_world.signed(level="LTA"),
        "broken.pdf": pdf.replace(b"/MediaBox", b"/MediaBax", 1),
        "nothing.bin": b"\x00\xff" * 100,
    }


def bodies(files: dict[str, bytes], lists: bytes, now: datetime) -> dict[str, str]:
    """The report on each document, as it is stored and sent."""
    source = load_trust(lists)
    return {
        name: json.dumps(
            validate_document(data, filename=name, trust=source, now=now, fetcher=None).to_json(), ensure_ascii=False
        )
        for name, data in files.items()
    }


@cache
def here() -> dict[str, str]:
    return bodies(documents(), dump_trust(trust()), NOW)


def test_what_is_compared_says_something() -> None:
    found = {name: json.loads(body)["indication"] for name, body in here().items()}
    assert found["broken.pdf"] == found["nothing.bin"] == "TOTAL-FAILED"
    assert [found[name] for name in ("a.pdf", "a.p7m", "a.xml")] == ["TOTAL-PASSED"] * 3


def test_again_with_warm_caches() -> None:
    assert bodies(documents(), dump_trust(trust()), NOW) == here()


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_in_a_new_process_with_other_hashes(seed: str, tmp_path: Path) -> None:
    """Sets and dictionaries of texts are walked in another order there, and every cache is cold."""
    for name, data in documents().items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "lists").write_bytes(dump_trust(trust()))
    script = (
        "import json, sys; from datetime import datetime; from pathlib import Path\n"
        "from tests.signing.test_reproducibility import bodies\n"
        "names, folder = json.loads(sys.argv[1]), Path(sys.argv[2])\n"
        "files = {name: (folder / name).read_bytes() for name in reversed(names)}\n"
        "found = bodies(files, (folder / 'lists').read_bytes(), datetime.fromisoformat(sys.argv[3]))\n"
        "print(json.dumps(found))"
    )
    made = subprocess.run(
        [sys.executable, "-c", script, json.dumps(list(documents())), str(tmp_path), NOW.isoformat()],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        check=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert json.loads(made.stdout.splitlines()[-1]) == here()


def test_through_the_pool() -> None:
    settings: dict[str, Any] = {
        "trust_loader": "tests.signing.engine_parts:load_trust",
        "egress": {"enabled": False},
    }
    with Pool(1, Limits(), settings=settings, clock=lambda: NOW) as pool:
        pool.set_trust(Snapshot("v1", dump_trust(trust())))
        for _ in range(2):
            for name, data in documents().items():
                assert json.dumps(pool.validate(Document(data, name)), ensure_ascii=False) == here()[name]


def test_another_time_or_list_is_another_body() -> None:
    later = bodies(documents(), dump_trust(trust()), NOW + timedelta(seconds=1))
    assert all(later[name] != body for name, body in here().items())
