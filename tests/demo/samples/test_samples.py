"""The samples are what their names say, by OpenSSL, pyHanko and cryptography; the verdicts are argued in `expected`."""

import json
import subprocess
from base64 import b64decode
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from signing.domain.formats import DetachedDocument
from signing.domain.validation import validate_document
from tests.signing.signing_world import CA_TYPE, TSA_TYPE, Schedule
from trustreg.demo.pki.authority import DemoPki
from trustreg.demo.pki.client import fetch_ocsp
from trustreg.demo.pki.party import der
from trustreg.demo.samples.build import ROLES, build_phase_one, build_phase_two, build_samples, next_second
from trustreg.demo.samples.expected import EXPECTED, Expected, write_expected
from trustreg.pki.certificates import parse_certificate
from trustreg.pki.egress import Budget, EgressClient

pytestmark = pytest.mark.live

SUB_INDICATIONS = {
    "TOTAL-PASSED": {None},
    "INDETERMINATE": {
        "NO_CERTIFICATE_CHAIN_FOUND",
        "REVOKED_NO_POE",
        "NO_SIGNATURE_FOUND",
        "SIGNED_DATA_NOT_FOUND",
        "SIG_CONSTRAINTS_FAILURE",
        "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
    },
    "TOTAL-FAILED": {"HASH_FAILURE", "SIG_CRYPTO_FAILURE", "FORMAT_FAILURE"},
}


@pytest.fixture(scope="session")
def built(pki, roles, tmp_path_factory):
    """The folder of samples and the second at which the lists would have changed between the phases."""
    import time

    out = tmp_path_factory.mktemp("samples")
    changed = []

    def publish():
        next_second()
        changed.append(int(time.time()))
        next_second()

    expected = build_samples(pki, out, services=roles, between=publish)
    assert expected == out / "expected.json"
    return out, changed[0]


@pytest.fixture
def folder(built):
    return built[0]


def embedded(folder, name):
    return PdfFileReader(BytesIO((folder / name).read_bytes())).embedded_regular_signatures


def signer(signature):
    return x509.load_der_x509_certificate(signature.signer_cert.dump())


def stamp_of(signature):
    """(genTime, certificate of the unit) of the signature's time-stamp, None without one."""
    tokens = list(extract_tst_data_iter(signature.signer_info, signed=False))
    if not tokens:
        return None
    (data,) = tokens
    certificates = [x509.load_der_x509_certificate(choice.chosen.dump()) for choice in data["certificates"]]
    unit = next(item for item in certificates if item.issuer != item.subject)
    return data["encap_content_info"]["content"].parsed["gen_time"].native, unit


def status_of(signature):
    """pyHanko's view of the cryptography and of later changes; trust is not asked."""
    root = signature.signer_cert
    return validate_pdf_signature(signature, ValidationContext(trust_roots=[root], allow_fetching=False))


def test_every_sample_is_there_with_a_verdict(folder):
    verdicts = json.loads((folder / "expected.json").read_text())
    assert set(verdicts) == set(EXPECTED)
    assert {path.name for path in folder.iterdir()} == set(EXPECTED) | {"expected.json", "timestamped.txt"}
    for verdict in verdicts.values():
        assert verdict["sub_indication"] in SUB_INDICATIONS[verdict["indication"]]
        assert verdict["why"]
        assert all((folder / name).exists() for name in verdict.get("detached", []))


@pytest.mark.parametrize("name", [name for name, item in EXPECTED.items() if item.signatures and name.endswith(".pdf")])
def test_signatures_are_as_intact_as_expected(folder, name):
    found = embedded(folder, name)
    assert len(found) == len(EXPECTED[name].signatures)
    for signature, expected in zip(found, EXPECTED[name].signatures, strict=True):
        status = status_of(signature)
        assert (status.intact and status.valid) is expected.intact
        stamp = stamp_of(signature)
        if expected.stamps is not None:
            assert (stamp is not None) == bool(expected.stamps)
        if stamp is not None:
            assert signer(signature).not_valid_before_utc <= stamp[0]


@pytest.mark.parametrize("name", [name for name, item in EXPECTED.items() if item.signatures and name.endswith(".pdf")])
def test_only_two_samples_were_changed_after_signing(folder, name):
    for signature in embedded(folder, name):
        status = status_of(signature)
        changed = status.modification_level is ModificationLevel.OTHER
        assert changed == (name in ("appended-after-signing.pdf", "hide-and-replace.pdf"))
        if changed:
            assert status.coverage is SignatureCoverageLevel.ENTIRE_REVISION
            assert not status.docmdp_ok


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("qualified-signature.pdf", "sakura-sign"),
        ("organisation-seal.pdf", "sakura-seal"),
        ("device-seal.pdf", "kaede-device"),
        ("specified-service.pdf", "kaede-sign"),
        ("withdrawn-service-signed-after.pdf", "kaede-old"),
        ("suspended-service.pdf", "kaede-pause"),
        ("unlisted-issuer.pdf", "unlisted-ca"),
    ],
)
def test_samples_are_signed_by_the_service_of_their_role(pki, folder, name, service):
    (signature,) = embedded(folder, name)
    signer(signature).verify_directly_issued_by(pki.authority(service).ca.certificate)


@pytest.mark.parametrize("name", ["unlisted-timestamp.pdf", "withdrawn-service-unlisted-timestamp.pdf"])
def test_unlisted_time_stamps_are_unlisted(pki, folder, name):
    assert stamp_of(embedded(folder, name)[0])[1] == pki.listed_certificate("unlisted-tsa")


def test_times_lie_on_the_right_side_of_the_change_of_lists(built):
    folder, changed = built
    for name, after in (
        ("withdrawn-service-stamped-before.pdf", False),
        ("withdrawn-service-unlisted-timestamp.pdf", False),
        ("qualified-signature.pdf", False),
        ("withdrawn-service-signed-after.pdf", True),
        ("suspended-service.pdf", True),
    ):
        (signature,) = embedded(folder, name)
        assert (stamp_of(signature)[0].timestamp() > changed) is after
        assert stamp_of(signature)[0].timestamp() != changed
        assert signer(signature).not_valid_before_utc.timestamp() < changed


def test_the_revoked_ones_are_revoked_after_their_stamps_and_the_others_good(pki, folder, roles):
    for name in ("revoked-certificate.pdf", "revoked-after-stamp.pdf", "qualified-signature.pdf"):
        (signature,) = embedded(folder, name)
        answer = fetch_ocsp(signer(signature), pki.authority(roles["esign"]).ca.certificate)
        response = ocsp.load_der_ocsp_response(answer)
        revoked = response.certificate_status is ocsp.OCSPCertStatus.REVOKED
        assert revoked == name.startswith("revoked")
        if name == "revoked-after-stamp.pdf":
            assert stamp_of(signature)[0] < response.revocation_time_utc


def test_what_is_not_signed(folder):
    assert not PdfFileReader(BytesIO((folder / "unsigned.pdf").read_bytes())).embedded_signatures
    with pytest.raises(PdfReadError):
        PdfFileReader(BytesIO((folder / "not-a-pdf.pdf").read_bytes()))
    stamped = PdfFileReader(BytesIO((folder / "document-timestamp.pdf").read_bytes()))
    assert (len(stamped.embedded_timestamp_signatures), len(stamped.embedded_regular_signatures)) == (1, 0)


@pytest.mark.parametrize(("name", "good"), [("response.tsr", True), ("token.tst", True), ("token-altered.tst", False)])
def test_openssl_agrees_about_the_tokens(pki, folder, tmp_path, roles, name, good):
    ca = tmp_path / "ca.pem"
    ca.write_bytes(pki.authority(roles["tsa"]).ca.certificate.public_bytes(Encoding.PEM))
    token = ["-token_in"] if name.endswith(".tst") else []
    command = [
        "openssl",
        "ts",
        "-verify",
        "-in",
        folder / name,
        *token,
        "-CAfile",
        ca,
        "-data",
        folder / "timestamped.txt",
    ]
    told = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert ("Verification: OK" in told.stdout) is good
    if not good:
        content = cms.ContentInfo.load((folder / name).read_bytes())["content"]["encap_content_info"]["content"]
        genuine = cms.ContentInfo.load((folder / "token.tst").read_bytes())["content"]["encap_content_info"]["content"]
        assert content.parsed["gen_time"].native.year == genuine.parsed["gen_time"].native.year - 1
        assert "digest failure" in told.stderr


def test_a_second_run_changes_nothing(pki, folder, roles):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = DemoPki.load(pki.folder)
    build_samples(again, folder, services=roles, between=lambda: None, settle=lambda: None)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_phase_two_needs_phase_one_and_every_role(pki, roles, tmp_path):
    with pytest.raises(FileNotFoundError):
        build_phase_two(pki, tmp_path, services=roles, settle=lambda: None)
    for role in ROLES:
        with pytest.raises(ValueError, match=role):
            build_phase_one(pki, tmp_path, services={**roles, role: "nobody"}, settle=lambda: None)


def test_others_add_their_verdicts_to_the_same_file(tmp_path):
    (tmp_path / "a.xml").touch()
    (tmp_path / "b.xml").touch()
    write_expected(tmp_path, {"a.xml": Expected("TOTAL-PASSED", None, "first"), "absent.xml": EXPECTED["unsigned.pdf"]})
    path = write_expected(tmp_path, {"b.xml": Expected("TOTAL-FAILED", "FORMAT_FAILURE", "second")})
    assert {name: entry["why"] for name, entry in json.loads(path.read_text()).items()} == {
        "a.xml": "first",
        "b.xml": "second",
    }


def test_the_addresses_in_the_samples_are_those_of_the_server(pki, folder):
    (signature,) = embedded(folder, "qualified-signature.pdf")
    access = signer(signature).extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert {urlsplit(item.access_location.value).netloc for item in access} == {urlsplit(pki.base_url).netloc}


XML = [name for name, item in EXPECTED.items() if item.signatures and name.endswith(".xml")]


@pytest.mark.parametrize("name", XML)
def test_xml_signatures_are_as_intact_for_xmlsec_as_expected(folder, name):
    import xmlsec
    from lxml import etree

    root = etree.fromstring((folder / name).read_bytes())
    (node, *others) = root.iter("{http://www.w3.org/2000/09/xmldsig#}Signature")
    assert len(others) == len(EXPECTED[name].signatures) - 1
    context = xmlsec.SignatureContext()
    certificate = node.find(".//{http://www.w3.org/2000/09/xmldsig#}X509Certificate").text
    context.key = xmlsec.Key.from_memory(b64decode(certificate), xmlsec.KeyFormat.CERT_DER)
    for element in root.iter("*"):
        if element.get("Id"):
            context.register_id(element, "Id")
    if EXPECTED[name].detached is not None:
        pytest.skip("xmlsec would look for the document beside it in the file system")
    if EXPECTED[name].signatures[0].intact:
        context.verify(node)
    else:
        with pytest.raises(xmlsec.VerificationError):
            context.verify(node)


@pytest.fixture(scope="session")
def verdict(pki, roles, built):
    """`verdict(name, alone=False)`: the report on a sample, with a list that says what the demo's lists say."""
    folder, changed = built
    start, change = datetime(2026, 1, 1, tzinfo=UTC), datetime.fromtimestamp(changed, UTC)
    falls = {roles["withdrawn"]: "withdrawn", roles["suspended"]: "suspended"}
    entries = {}
    for role, service in roles.items():
        listed = parse_certificate(der(pki.listed_certificate(service)))
        first = (start, "specified" if role == "specified" else "qualified")
        states = [first, (change, falls[service])] if service in falls else [first]
        entries[listed.spki_sha256] = (listed.der, TSA_TYPE if role == "tsa" else CA_TYPE, states)
    trust = Schedule(entries, version="demo")
    client = EgressClient(allow=(urlsplit(pki.base_url).netloc,))

    def validate(name, *, alone=False):
        beside = EXPECTED[name].detached
        detached = [DetachedDocument(beside, (folder / beside).read_bytes())] if beside and not alone else []
        return validate_document(
            (folder / name).read_bytes(),
            filename=name,
            detached=detached,
            trust=trust,
            now=datetime.now(UTC).replace(microsecond=0),
            fetcher=client.fetcher(budget=Budget(seconds=10.0, fetches=20)),
        )

    return validate


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_engine_says_what_is_expected(verdict, name):
    expected, report = EXPECTED[name], verdict(name)
    notices = [error.message.en for part in (report, *report.signatures) for error in part.errors]
    assert (report.indication, report.sub_indication) == (expected.indication, expected.sub_indication), notices
    assert [one.kind for one in report.signatures] == [one.kind for one in expected.signatures]
    for found, wanted in zip(report.signatures, expected.signatures, strict=True):
        assert found.intact is wanted.intact
        assert found.level == (f"BASELINE-{wanted.level}" if wanted.level else found.level)
        if wanted.stamps is not None:
            assert [stamp.proof for stamp in found.timestamps] == [stamp.proof for stamp in wanted.stamps]
    assert [stamp.intact for stamp in report.timestamps] == [stamp.intact for stamp in expected.timestamps]


@pytest.mark.parametrize("name", sorted(name for name, expected in EXPECTED.items() if expected.alone))
def test_the_engine_says_so_without_the_document_beside(verdict, name):
    expected, report = EXPECTED[name].alone, verdict(name, alone=True)
    assert (report.indication, report.sub_indication) == (expected.indication, expected.sub_indication)


def test_there_is_a_sample_of_every_format_and_level(verdict):
    passing = [verdict(name) for name, expected in EXPECTED.items() if expected.indication == "TOTAL-PASSED"]
    found = {(report.document.format, one.format, one.level) for report in passing for one in report.signatures}
    for name in ("PAdES", "XAdES", "CAdES", "JAdES"):
        assert {level for of, inner, level in found if of == inner == name} >= {
            f"BASELINE-{level}" for level in ("B", "T", "LT", "LTA")
        }
    assert {(of, inner) for of, inner, _ in found} >= {
        ("ASiC-S", "XAdES"),
        ("ASiC-S", "CAdES"),
        ("ASiC-E", "XAdES"),
        ("ASiC-E", "CAdES"),
    }
