"""Programs of others and of our own against the running server: SiVa's requests, the client, the command."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
import requests

from signing.client import Client, Refused
from tests.live.demo import ROOT, RunningDemo
from trustreg.pki.certificates import parse_certificate

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]


def siva(demo: RunningDemo, name: str, **more: str) -> dict[str, Any]:
    """The conclusion of SiVa's `/validate` about a sample."""
    document = base64.b64encode((demo.samples / name).read_bytes()).decode()
    answer = requests.post(f"{demo.base}/validate", json={"filename": name, "document": document, **more}, timeout=60)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["validationReport"]["validationConclusion"])


def command(demo: RunningDemo, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "trustreg-validate"), "--lang", "en", *arguments],
        cwd=demo.samples,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_sample_requests_of_siva(demo: RunningDemo) -> None:
    found = siva(demo, "qualified-lta.pdf")
    [part] = found["signatures"]
    assert (found["validSignaturesCount"], part["indication"], part["signatureLevel"]) == (1, "TOTAL-PASSED", "QESIG")
    assert part["signatureFormat"] == "PAdES_BASELINE_LTA"
    assert {one["type"] for one in part["certificates"]} >= {"SIGNING", "SIGNATURE_TIMESTAMP", "REVOCATION"}
    assert siva(demo, "qualified-lt.pdf", signaturePolicy="POLv3", reportType="Detailed")["validSignaturesCount"] == 1
    for below in ("qualified-signature.pdf", "specified-service.pdf", "qualified-no-timestamp.pdf"):
        assert siva(demo, below, signaturePolicy="POLv3")["validSignaturesCount"] == 0


def test_siva_never_passes_what_the_report_does_not(demo: RunningDemo) -> None:
    for name, entry in json.loads((demo.samples / "expected.json").read_text()).items():
        if entry["signatures"] and "detached" not in entry:
            found = siva(demo, name, signaturePolicy="POLv3")
            passed = found["validSignaturesCount"] == found["signaturesCount"]
            assert not passed or entry["indication"] == "TOTAL-PASSED", name


def test_the_digests_of_data_files(demo: RunningDemo) -> None:
    with zipfile.ZipFile(demo.samples / "container-xades.asice") as container:
        names = [name for name in container.namelist() if name != "mimetype" and not name.startswith("META-INF/")]
        values = {name: base64.b64encode(hashlib.sha256(container.read(name)).digest()).decode() for name in names}
        inside = {"signature": base64.b64encode(container.read("META-INF/signatures001.xml")).decode()}
    value = base64.b64encode(hashlib.sha256((demo.samples / "timestamped.txt").read_bytes()).digest()).decode()
    alone = {
        "signature": base64.b64encode((demo.samples / "detached-signature.xml").read_bytes()).decode(),
        "datafiles": [{"filename": "timestamped.txt", "hashAlgo": "SHA256", "hash": value}],
    }
    answer = requests.post(f"{demo.base}/validateHashcode", json={"signatureFiles": [inside, alone]}, timeout=60).json()
    part, below = answer["validationReport"]["validationConclusion"]["signatures"]
    assert (below["indication"], below["signatureLevel"]) == ("TOTAL-FAILED", "QESIG")  # it is of level T
    assert below["signatureScopes"][0]["hash"] == value
    assert (part["indication"], part["signatureLevel"]) == ("TOTAL-PASSED", "QESIG")
    assert {scope["name"]: scope["hash"] for scope in part["signatureScopes"]} == values


def test_the_client(demo: RunningDemo) -> None:
    client = Client(demo.base)
    report = client.validate(demo.samples / "qualified-signature.pdf")
    assert report.passed
    assert report.signatures[0].qualification == "QESIG"
    assert report.id is not None
    alone, beside = demo.samples / "token.tst", demo.samples / "timestamped.txt"
    assert not client.validate(alone).passed
    assert client.validate(alone, detached=[beside]).timestamps[0].proof
    with pytest.raises(Refused) as raised:
        client.validate(b"x", policy="nobody's")
    assert "policy" in raised.value.fields


def test_the_command_asks_the_service(demo: RunningDemo) -> None:
    server = ("--server", demo.base)
    done = command(demo, "qualified-signature.pdf", *server)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("✓ qualified-signature.pdf: passed. Qualified electronic signature of ")
    assert command(demo, "qualified-signature.pdf", "unlisted-issuer.pdf", *server).returncode == 2
    assert command(demo, "unlisted-issuer.pdf", "tampered.pdf", *server).returncode == 1
    assert command(demo, "detached-signature.xml", "--detached", "timestamped.txt", *server).returncode == 0


def test_the_command_works_offline_against_the_published_list(demo: RunningDemo, tmp_path: Path) -> None:
    (tmp_path / "tl.xml").write_bytes(requests.get(f"{demo.base}/tl/tl.xml", timeout=30).content)
    issue = requests.get(f"{demo.base}/api/v1/lists", timeout=30).json()["results"][0]
    offline = ("--list", str(tmp_path / "tl.xml"), "--list-sha256", issue["signer_sha256"])
    done = command(demo, "qualified-lta.pdf", "qualified-lta.xml", *offline)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split(". ")[1][:28] for line in done.stdout.splitlines()] == ["Qualified electronic signatu"] * 2
    assert command(demo, "tampered.pdf", *offline).returncode == 1
    assert command(demo, "qualified-signature.pdf", *offline).returncode == 2  # its revocation data is on the network
    crls = []
    for one in siva(demo, "qualified-signature.pdf")["signatures"][0]["certificates"]:
        for url in parse_certificate(base64.b64decode(one["content"])).crl_urls:
            path = tmp_path / f"{one['type']}.crl"
            path.write_bytes(requests.get(url, timeout=30).content)
            crls += ["--evidence", str(path)]
    done = command(demo, "qualified-signature.pdf", *crls, *offline)
    assert done.returncode == 0, done.stdout + done.stderr
