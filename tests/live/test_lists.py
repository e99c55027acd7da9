"""The lists that the demo published, judged by programs that share nothing with ours."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from pyhanko.sign.validation.qualified import eutl_parse
from signxml import XMLVerifier
from signxml.verifier import SignatureConfiguration

from qualified_list.domain.errors import ListSignatureBroken
from qualified_list.domain.signature.verification import verify_list
from tests.live.demo import RunningDemo

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

TSL = "{http://uri.etsi.org/02231/v2#}"


def issues(demo: RunningDemo) -> list[Path]:
    """The signed files of every issue, oldest first."""
    folder = demo.var / "public" / "tl"
    return sorted(folder.glob("*/tl.xml"), key=lambda path: int(path.parent.name))


def signer(demo: RunningDemo) -> x509.Certificate:
    return x509.load_pem_x509_certificate((demo.var / "keys" / "list-signer.crt").read_bytes())


def test_the_story_has_history_suspension_and_withdrawal(demo: RunningDemo) -> None:
    lists = issues(demo)
    assert len(lists) >= 4
    assert [int(path.parent.name) for path in lists] == list(range(1, len(lists) + 1))
    text = lists[-1].read_text()
    assert "ServiceHistoryInstance" in text
    assert "Svcstatus/suspended" in text
    assert "Svcstatus/withdrawn" in text
    assert "Svcstatus/granted" not in text


def test_the_acceptance_check_accepts_every_list(demo: RunningDemo, shared: Path) -> None:
    for path in issues(demo):
        done = subprocess.run(
            [sys.executable, str(shared / "tools" / "check_list.py"), str(path), "--publish"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{path}: {done.stdout}"


def test_xmlsec1_verifies_every_list(demo: RunningDemo) -> None:
    if shutil.which("xmlsec1") is None:
        pytest.skip("the program xmlsec1 is not installed")
    for path in issues(demo):
        done = subprocess.run(
            ["xmlsec1", "--verify", "--trusted-pem", str(demo.var / "keys" / "list-signer.crt"),
             "--enabled-key-data", "x509",
             "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties", str(path)],
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{path}: {done.stderr[-2000:]}"


def test_signxml_verifies_every_list(demo: RunningDemo) -> None:
    for path in issues(demo):
        config = SignatureConfiguration(location="./", expect_references=2)
        found = XMLVerifier().verify(path.read_bytes(), x509_cert=signer(demo), expect_config=config)
        assert any(one.signed_xml is not None and one.signed_xml.tag == f"{TSL}TrustServiceStatusList" for one in found)


def test_pyhanko_reads_every_list(demo: RunningDemo) -> None:
    pinned = asn1_x509.Certificate.load(signer(demo).public_bytes(Encoding.DER))
    # pyHanko demands the list of providers, which the standard leaves out as long as there are none (5.4).
    filled = [path for path in issues(demo) if "TrustServiceProviderList" in path.read_text()]
    assert len(filled) >= 4
    for path in filled:
        _, problems = eutl_parse.trust_list_to_registry(path.read_text(), [pinned])
        assert problems == [], path


def test_the_files_over_http_are_the_files_of_the_folder(demo: RunningDemo) -> None:
    last = issues(demo)[-1]
    sequence = last.parent.name
    for address in (f"/tl/{sequence}/tl.xml", "/tl/tl.xml"):
        answer = requests.get(demo.base + address, timeout=30)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("application/vnd.etsi.tsl+xml")
        assert answer.content == last.read_bytes()
        again = requests.get(demo.base + address, headers={"If-None-Match": answer.headers["ETag"]}, timeout=30)
        assert again.status_code == 304
    digest = requests.get(f"{demo.base}/tl/{sequence}/tl.sha2", timeout=30).text
    assert digest == hashlib.sha256(last.read_bytes()).hexdigest()
    assert "immutable" in requests.get(f"{demo.base}/tl/{sequence}/tl.xml", timeout=30).headers["Cache-Control"]


def test_an_altered_list_is_refused_by_our_reader(demo: RunningDemo) -> None:
    pinned = [signer(demo).public_bytes(Encoding.DER)]
    genuine = issues(demo)[-1].read_bytes()
    verify_list(genuine, signer_keys=pinned)
    root = etree.fromstring(genuine)
    next(root.iter(f"{TSL}ServiceStatus")).text = "http://example.jp/Svcstatus/qualified"
    with pytest.raises(ListSignatureBroken):
        verify_list(etree.tostring(root), signer_keys=pinned)
