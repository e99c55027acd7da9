"""CAdES, JAdES and containers that the demo signs: other implementations accept them, and ours names their level."""

import json
import subprocess
import zipfile
from datetime import UTC, datetime
from io import BytesIO

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding
from jwcrypto import jwk, jws

from signing.domain.formats import DetachedDocument
from signing.domain.validation import validate_document
from tests.signing.signing_world import Schedule
from trustreg.demo.pki.cms_signer import sign_cms
from trustreg.demo.pki.container_signer import extended, recorded, simple, stamped, with_another_file
from trustreg.demo.pki.json_signer import sign_json
from trustreg.demo.pki.party import der
from trustreg.demo.pki.xml_signer import XmlSigner
from trustreg.pki.certificates import parse_certificate

pytestmark = pytest.mark.live
LEVELS = ["B", "T", "LT", "LTA"]
DATA = "契約書 1,000,000円\n".encode()
FILES = {"契約書.txt": DATA, "annex/price.csv": b"1,2\n"}
SIGNERS = {"RSA": "sakura-sign", "P-384": "kaede-old"}


@pytest.fixture(params=SIGNERS)
def signer(request, pki):
    """An RSA and an EC key of a person, with a time-stamping service."""
    credential = pki.issue(SIGNERS[request.param], "見本", label=f"formats-{request.param.lower()}")
    return XmlSigner.of(credential, pki.url("sakura-tsa", "tsa"))


@pytest.fixture
def report(pki):
    """`report(data, beside)` with the demo's roots trusted and nothing fetched."""

    def validate(data, *beside):
        anchors = [parse_certificate(der(pki.authority(service).ca.certificate)) for service in pki.services()]
        return validate_document(
            data,
            detached=[DetachedDocument("document", one) for one in beside],
            trust=Schedule(version="empty"),
            extra_anchors=anchors,
            now=datetime.now(UTC),
        )

    return validate


def check(found, level, format_name):
    (signature,) = found.signatures
    assert (signature.intact, signature.coverage) == (True, "whole")
    assert (signature.format, signature.level) == (format_name, f"BASELINE-{level}")
    stamps = [stamp.type for stamp in signature.timestamps]
    assert stamps == {"B": [], "LTA": ["signature", "archive"]}.get(level, ["signature"])
    assert all(stamp.intact for stamp in signature.timestamps)
    wanted = ("TOTAL-PASSED", None) if level in ("LT", "LTA") else ("INDETERMINATE", "TRY_LATER")
    assert (found.indication, found.sub_indication) == wanted, [notice.message.en for notice in signature.errors]


@pytest.mark.parametrize("detached", [False, True], ids=["attached", "detached"])
@pytest.mark.parametrize("level", LEVELS)
def test_openssl_accepts_cades_of_each_level(signer, report, tmp_path, level, detached):
    made = sign_cms(DATA, signer, level=level, detached=detached)
    check(report(made, *([DATA] if detached else [])), level, "CAdES")
    (tmp_path / "a.p7m").write_bytes(made)
    (tmp_path / "a.txt").write_bytes(DATA)
    (tmp_path / "ca.pem").write_bytes(signer.chain[0].public_bytes(Encoding.PEM))
    content = ["-content", "a.txt"] if detached else []
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "a.p7m", *content, "-CAfile", "ca.pem"]
    # 3.0 cannot verify the ESSCertIDv2 of a signer with -cades where the issuer is not named; the rest is the same.
    told = subprocess.run([*command, "-purpose", "any", "-out", "out"], cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "out").read_bytes() == DATA


def test_a_cms_with_ocsp_responses_has_version_5(signer):
    signed = cms.ContentInfo.load(sign_cms(DATA, signer, level="LT"))["content"]
    assert (signed["version"].native, len(signed["crls"])) == ("v5", 2)


@pytest.mark.parametrize("level", LEVELS)
def test_jwcrypto_accepts_jades_of_each_level(signer, report, level):
    made = sign_json(DATA, signer, level=level)
    check(report(made), level, "JAdES")
    own = {key: value for key, value in json.loads(made).items() if key != "header"}
    token = jws.JWS()
    token.deserialize(json.dumps(own))
    key = jwk.JWK.from_pem(signer.certificate.public_bytes(Encoding.PEM))
    token.verify(key)
    assert token.payload == DATA


def test_jades_beside_its_document_and_in_the_compact_form(signer, report):
    check(report(sign_json(DATA, signer, level="LTA", detached=True), DATA), "LTA", "JAdES")
    check(report(sign_json(DATA, signer, compact=True)), "B", "JAdES")
    with pytest.raises(ValueError, match="compact"):
        sign_json(DATA, signer, level="T", compact=True)


@pytest.mark.parametrize("inner", ["xades", "cades"])
@pytest.mark.parametrize("level", LEVELS)
def test_containers_of_each_level(signer, report, level, inner):
    name = "XAdES" if inner == "xades" else "CAdES"
    check(report(simple("契約書.txt", DATA, signer, inner=inner, level=level)), level, name)
    made = extended(FILES, signer, inner=inner, level=level)
    check(report(made), level, name)
    with zipfile.ZipFile(BytesIO(made)) as archive:
        assert archive.testzip() is None
        assert archive.infolist()[0].filename == "mimetype"
    changed = report(with_another_file(made, "other.txt", b"x"))
    assert (changed.indication, changed.signatures[0].coverage) == ("INDETERMINATE", "partial")


def test_containers_without_a_signature(signer, report):
    found = report(stamped("a.txt", DATA, signer))
    assert (found.signatures, [one.intact for one in found.timestamps]) == ((), [True])
    found = report(recorded("a.txt", DATA, signer))
    assert not found.signatures
    (record,) = found.evidence_records
    assert (record.syntax, record.sub_indication) not in (("ERS", "HASH_FAILURE"), ("ERS", "FORMAT_FAILURE"))
    assert [one.intact for one in found.timestamps] == [True]


@pytest.mark.parametrize("make", [sign_cms, sign_json])
def test_levels_above_b_need_a_time_stamping_service(pki, make):
    alone = XmlSigner.of(pki.issue("sakura-sign", "見本", label="formats-rsa"), None)
    assert make(DATA, alone)
    with pytest.raises(ValueError, match="time-stamping"):
        make(DATA, alone, level="T")
