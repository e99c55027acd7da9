import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from trustreg.demo.pki.authority import DemoPki
from trustreg.demo.pki.certificates import DEVICE_ARC, DOCUMENT_SIGNING, Subject
from trustreg.demo.pki.qcstatements import QC_STATEMENTS
from trustreg.demo.pki.specs import KeyAlgorithm, ProviderSpec, ServiceKind, ServiceSpec

FULL_CLAIM = (
    "30393008060604008e4601013008060604008e4601043013060604008e4601063009060704008e46010601"
    "300e060604008e460107300413024a50"
)


def statements(certificate: x509.Certificate) -> str:
    return certificate.extensions.get_extension_for_oid(QC_STATEMENTS).value.value.hex()


def test_a_second_call_loads_the_same_keys(pki, providers):
    again = DemoPki.create_or_load(pki.folder, pki.base_url, providers)
    for service in pki.services():
        assert again.listed_certificate(service) == pki.listed_certificate(service)
    assert DemoPki.load(pki.folder).services() == pki.services()


def test_a_folder_made_for_another_address_is_refused(pki):
    with pytest.raises(ValueError, match="was made for"):
        DemoPki.create_or_load(pki.folder, "http://127.0.0.1:1")


def test_a_service_cannot_change_its_key_type(tmp_path):
    def provider(algorithm):
        spec = ServiceSpec("s", "あ", "A", ServiceKind.ESIGN_CA, algorithm)
        return [ProviderSpec("p", "あ", "A", "7000012050002", (spec,))]

    DemoPki.create_or_load(tmp_path, providers=provider(KeyAlgorithm.P_256))
    with pytest.raises(ValueError, match="exists as"):
        DemoPki.create_or_load(tmp_path, providers=provider(KeyAlgorithm.P_384))


def test_services_are_added_later_and_none_is_lost(tmp_path):
    def provider(*keys):
        specs = tuple(ServiceSpec(key, "あ", "A", ServiceKind.ESIGN_CA) for key in keys)
        return [ProviderSpec("p", "あ", "A", "7000012050002", specs)]

    first = DemoPki.create_or_load(tmp_path, providers=provider("one"))
    second = DemoPki.create_or_load(tmp_path, providers=provider("two"))
    assert second.services() == ("one", "two", "unlisted-ca", "unlisted-tsa")
    assert second.listed_certificate("one") == first.listed_certificate("one")


def test_two_processes_that_start_at_once_agree(tmp_path):
    code = (
        "import sys; from pathlib import Path; from trustreg.demo.pki.authority import DemoPki;"
        "print(DemoPki.create_or_load(Path(sys.argv[1])).listed_certificate('unlisted-ca').serial_number)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "pki")]
    started = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) for _ in range(3)
    ]
    assert len({process.communicate()[0] for process in started}) == 1
    assert {process.returncode for process in started} == {0}


def test_what_an_interrupted_start_left_behind_is_cleared(tmp_path):
    (tmp_path / "services" / ".new-abc").mkdir(parents=True)
    pki = DemoPki.create_or_load(tmp_path)
    assert sorted(path.name for path in (tmp_path / "services").iterdir()) == sorted(pki.services())


def test_private_keys_are_readable_by_their_owner_only(pki):
    pki.issue("kaede-sign", "someone")
    keys = list(pki.folder.rglob("*.key"))
    assert keys
    assert {path.stat().st_mode & 0o777 for path in keys} == {0o600}


def test_key_types_are_those_asked_for(pki):
    assert isinstance(pki.listed_certificate("sakura-sign").public_key(), rsa.RSAPublicKey)
    assert pki.listed_certificate("sakura-sign").public_key().key_size == 3072
    assert isinstance(pki.listed_certificate("kaede-device").public_key().curve, ec.SECP384R1)
    assert isinstance(pki.listed_certificate("kaede-sign").public_key().curve, ec.SECP256R1)


def test_listed_identities_name_the_provider(pki, providers):
    for service, provider in (("sakura-sign", providers[0]), ("kaede-tsa", providers[1])):
        subject = pki.listed_certificate(service).subject
        values = {attribute.oid: attribute.value for attribute in subject}
        assert values[NameOID.COUNTRY_NAME] == "JP"
        assert values[NameOID.ORGANIZATION_IDENTIFIER] == f"NTRJP-{provider.corporate_number}"
        assert values[NameOID.ORGANIZATION_NAME] == provider.name_en


def test_time_stamping_unit_may_do_nothing_else(pki):
    usage = pki.listed_certificate("sakura-tsa").extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert usage.critical
    assert list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


@pytest.mark.parametrize(
    ("kind", "qualified", "qscd", "expected"),
    [
        # SEQUENCE OF { QcCompliance }, { QcSSCD }, { QcType, { esign } }, { QcCClegislation, { "JP" } }
        (
            "signature",
            True,
            True,
            FULL_CLAIM,
        ),
        (
            "seal",
            True,
            False,
            "302f3008060604008e4601013013060604008e4601063009060704008e46010602300e060604008e460107300413024a50",
        ),
        ("signature", False, False, "30153013060604008e4601063009060704008e46010601"),
    ],
)
def test_qc_statements_to_the_octet(pki, kind, qualified, qscd, expected):
    service = "sakura-seal" if kind == "seal" else "kaede-sign"
    credential = pki.issue(service, "subject", kind, qualified=qualified, qscd=qscd)
    assert statements(credential.certificate) == expected


def test_signature_certificate(pki):
    start = datetime(2026, 2, 1, 12, 0, 0, tzinfo=UTC)
    certificate = pki.issue("kaede-sign", Subject("山田", given_name="花子"), not_before=start).certificate
    extensions = certificate.extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert (usage.value.content_commitment, usage.value.digital_signature) == (True, False)
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [DOCUMENT_SIGNING]
    assert certificate.not_valid_before_utc == start
    access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert {item.access_location.value for item in access} == {
        pki.url("kaede-sign", "ocsp"),
        pki.url("kaede-sign", "ca.crt"),
    }
    point = extensions.get_extension_for_class(x509.CRLDistributionPoints).value[0]
    assert [name.value for name in point.full_name] == [pki.url("kaede-sign", "ca.crl")]
    certificate.verify_directly_issued_by(pki.authority("kaede-sign").ca.certificate)


def test_device_seal_names_its_oid(pki):
    oid = f"{DEVICE_ARC}.7"
    certificate = pki.issue("kaede-device", Subject("Meter", device_oid=oid), "device").certificate
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [name.dotted_string for name in names.get_values_for_type(x509.RegisteredID)] == [oid]
    assert certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)[0].value == oid
    with pytest.raises(ValueError, match="device"):
        pki.issue("kaede-device", Subject("Meter"), "device")
    with pytest.raises(ValueError, match="device"):
        pki.issue("kaede-device", Subject("Meter", device_oid=oid), "seal")


def test_a_time_stamping_service_issues_no_certificates(pki):
    with pytest.raises(ValueError, match="time-stamping"):
        pki.issue("sakura-tsa", "anyone")


def test_a_label_gives_the_same_certificate_again(pki):
    first = pki.issue("kaede-sign", "once", label="once")
    again = DemoPki.load(pki.folder).issue("kaede-sign", "twice", label="once")
    assert again.certificate == first.certificate
    assert again.key_der == first.key_der


def test_revocation_is_kept_and_only_for_what_was_issued(pki):
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    credential = pki.issue("kaede-sign", "gone", revoked=at)
    assert pki.revocation("kaede-sign", credential.serial_number).revoked_at == at
    assert pki.revoke("kaede-sign", credential.serial_number).revoked_at == at
    with pytest.raises(FileNotFoundError):
        pki.revoke("kaede-sign", 4711)
