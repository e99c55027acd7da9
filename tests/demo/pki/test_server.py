"""The server as a process, asked by OpenSSL and by libraries that share no code with it."""

import base64
import http.client
import json
import socket
import subprocess
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import rfc3161_client
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from trustreg.demo.pki.authority import DemoPki
from trustreg.demo.pki.client import HttpTsa, fetch_crl, fetch_ocsp, timestamp, timestamp_reply
from trustreg.demo.pki.server import main
from trustreg.demo.pki.specs import ProviderSpec, ServiceKind, ServiceSpec, corporate_number
from trustreg.demo.pki.timestamping import TimeStampResponse

pytestmark = pytest.mark.live


def read(url, body=None):
    with urllib.request.urlopen(url, data=body, timeout=10) as reply:
        return reply.status, reply.headers["Content-Type"], reply.read()


def pem(path, *certificates):
    path.write_bytes(b"".join(item.public_bytes(serialization.Encoding.PEM) for item in certificates))
    return str(path)


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=30)


def test_healthz_names_the_services(pki):
    status, kind, body = read(f"{pki.base_url}/healthz")
    assert (status, kind) == (200, "application/json")
    assert json.loads(body) == {"status": "ok", "services": list(pki.services())}


def test_issuer_is_found_where_a_certificate_says(pki):
    _, kind, body = read(pki.url("sakura-sign", "ca.crt"))
    assert kind == "application/pkix-cert"
    assert x509.load_der_x509_certificate(body) == pki.authority("sakura-sign").ca.certificate


@pytest.mark.parametrize("service", ["sakura-sign", "kaede-device", "kaede-sign"])
def test_openssl_accepts_the_answers_before_and_after_a_revocation(pki, tmp_path, service):
    credential = pki.issue(service, "subject", "seal" if service == "kaede-device" else "signature")
    ca = pem(tmp_path / "ca.pem", *credential.chain)
    certificate = pem(tmp_path / "certificate.pem", credential.certificate)
    url = pki.url(service, "ocsp")
    question = ("ocsp", "-issuer", ca, "-cert", certificate, "-CAfile", ca, "-url", url)

    good = openssl(*question)
    assert "Response verify OK" in good.stderr
    assert f"{certificate}: good" in good.stdout

    pki.revoke(service, credential.serial_number)
    revoked = openssl(*question)
    assert "Response verify OK" in revoked.stderr
    assert f"{certificate}: revoked" in revoked.stdout
    assert "Reason: keyCompromise" in revoked.stdout


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256(), hashes.SHA384()])
def test_ocsp_answers_in_the_hash_of_the_request_and_returns_the_nonce(pki, algorithm):
    credential = pki.issue("kaede-sign", "subject")
    nonce = x509.OCSPNonce(b"0123456789abcdef")
    request = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(credential.certificate, credential.chain[0], algorithm)
        .add_extension(nonce, critical=False)
        .build()
        .public_bytes(serialization.Encoding.DER)
    )
    before = datetime.now(UTC) - timedelta(seconds=1)
    for url, body in (
        (pki.url("kaede-sign", "ocsp"), request),
        (f"{pki.url('kaede-sign', 'ocsp')}/{urllib.request.quote(base64.b64encode(request).decode(), safe='')}", None),
    ):
        _, kind, answer = read(url, body)
        assert kind == "application/ocsp-response"
        response = ocsp.load_der_ocsp_response(answer)
        assert response.certificate_status is ocsp.OCSPCertStatus.GOOD
        assert response.hash_algorithm.name == algorithm.name
        assert response.extensions.get_extension_for_class(x509.OCSPNonce).value == nonce
        assert before <= response.this_update_utc <= datetime.now(UTC)
        responder = response.certificates[0]
        responder.verify_directly_issued_by(credential.chain[0])
        assert responder.extensions.get_extension_for_class(x509.OCSPNoCheck)


def test_a_certificate_that_was_never_issued_is_unknown(pki):
    ca = pki.authority("kaede-sign").ca
    made_up = pki.issue("kaede-sign", "subject")
    path = pki.folder / "services" / "kaede-sign" / "issued" / f"{made_up.serial_number:x}.pem"
    path.unlink()
    response = ocsp.load_der_ocsp_response(fetch_ocsp(made_up.certificate, ca.certificate))
    assert response.certificate_status is ocsp.OCSPCertStatus.UNKNOWN


def test_ocsp_errors(pki):
    stranger = pki.issue("kaede-old", "subject")
    request = ocsp.OCSPRequestBuilder().add_certificate(stranger.certificate, stranger.chain[0], hashes.SHA256())
    der = request.build().public_bytes(serialization.Encoding.DER)
    for body, expected in (
        (der, ocsp.OCSPResponseStatus.UNAUTHORIZED),
        (b"nonsense", ocsp.OCSPResponseStatus.MALFORMED_REQUEST),
        (b"", ocsp.OCSPResponseStatus.MALFORMED_REQUEST),
    ):
        _, _, answer = read(pki.url("kaede-sign", "ocsp"), body)
        assert ocsp.load_der_ocsp_response(answer).response_status is expected


def test_crl_follows_a_revocation_at_once(pki, tmp_path):
    credential = pki.issue("kaede-device", "subject", "seal")
    ca = credential.chain[0]
    before = x509.load_der_x509_crl(fetch_crl(credential.certificate))
    assert before.is_signature_valid(ca.public_key())
    assert before.get_revoked_certificate_by_serial_number(credential.serial_number) is None

    pki.revoke("kaede-device", credential.serial_number)
    der = fetch_crl(credential.certificate)
    entry = x509.load_der_x509_crl(der).get_revoked_certificate_by_serial_number(credential.serial_number)
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.key_compromise

    (tmp_path / "crl.der").write_bytes(der)
    issuer = pem(tmp_path / "ca.pem", ca)
    told = openssl("crl", "-inform", "DER", "-in", str(tmp_path / "crl.der"), "-CAfile", issuer, "-noout")
    assert "verify OK" in told.stderr
    (tmp_path / "crl.pem").write_bytes(x509.load_der_x509_crl(der).public_bytes(serialization.Encoding.PEM))
    checked = openssl(
        "verify", "-crl_check", "-CRLfile", str(tmp_path / "crl.pem"), "-CAfile", issuer,
        pem(tmp_path / "certificate.pem", credential.certificate),
    )  # fmt: skip
    assert "certificate revoked" in checked.stderr


@pytest.mark.parametrize("service", ["sakura-tsa", "kaede-tsa", "unlisted-tsa"])
def test_openssl_verifies_a_time_stamp(pki, tmp_path, service):
    data = tmp_path / "data"
    data.write_bytes(b"what existed")
    (tmp_path / "reply.tsr").write_bytes(timestamp_reply(data.read_bytes(), pki.url(service, "tsa")))
    ca = pem(tmp_path / "ca.pem", pki.authority(service).ca.certificate)
    verify = ("ts", "-verify", "-in", str(tmp_path / "reply.tsr"), "-CAfile", ca, "-data", str(data))
    assert "Verification: OK" in openssl(*verify).stdout
    data.write_bytes(b"what did not")
    assert "Verification: FAILED" in openssl(*verify).stdout


def test_openssl_asks_and_gets_its_policy_and_nonce(pki, tmp_path):
    (tmp_path / "data").write_bytes(b"data")
    query = tmp_path / "query.tsq"
    openssl("ts", "-query", "-data", str(tmp_path / "data"), "-sha512", "-cert", "-tspolicy", "0.4.0.2023.1.1",
            "-out", str(query))  # fmt: skip
    (tmp_path / "reply.tsr").write_bytes(read(pki.url("kaede-tsa", "tsa"), query.read_bytes())[2])
    ca = pem(tmp_path / "ca.pem", pki.authority("kaede-tsa").ca.certificate)
    verified = openssl("ts", "-verify", "-queryfile", str(query), "-in", str(tmp_path / "reply.tsr"), "-CAfile", ca)
    assert "Verification: OK" in verified.stdout


@pytest.mark.parametrize(("service", "algorithm"), [("sakura-tsa", "sha256"), ("kaede-tsa", "sha512")])
def test_rfc3161_client_verifies_a_time_stamp(pki, service, algorithm):
    reply = rfc3161_client.decode_timestamp_response(
        timestamp_reply(b"data", pki.url(service, "tsa"), algorithm=algorithm)
    )
    verifier = (
        rfc3161_client.VerifierBuilder()
        .add_root_certificate(pki.authority(service).ca.certificate)
        .tsa_certificate(pki.listed_certificate(service))
        .policy_id(x509.ObjectIdentifier("0.4.0.2023.1.1"))
        .build()
    )
    assert verifier.verify_message(reply, b"data")
    with pytest.raises(rfc3161_client.VerificationError):
        verifier.verify_message(reply, b"other data")
    assert abs(reply.tst_info.gen_time - datetime.now(UTC)) < timedelta(seconds=5)


def test_certificates_stay_out_of_a_token_when_they_were_not_asked_for(pki):
    _, request = HttpTsa("http://unused").request_cms(b"\0" * 32, "sha256")
    request["cert_req"] = False
    reply = TimeStampResponse.load(read(pki.url("sakura-tsa", "tsa"), request.dump())[2])
    assert reply["time_stamp_token"]["content"]["certificates"].native is None


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (lambda request: request["message_imprint"]["hash_algorithm"].__setitem__("algorithm", "md5"), "bad_alg"),
        (lambda request: request["message_imprint"].__setitem__("hashed_message", b"\0" * 31), "bad_data_format"),
        (lambda request: request.__setitem__("req_policy", "1.2.3.4"), "unaccepted_policy"),
    ],
)
def test_what_cannot_be_stamped_is_refused_with_its_reason(pki, change, failure):
    _, request = HttpTsa("http://unused").request_cms(b"\0" * 32, "sha256")
    change(request)
    reply = TimeStampResponse.load(read(pki.url("sakura-tsa", "tsa"), request.dump(force=True))[2])
    assert reply["status"]["status"].native == "rejection"
    assert reply["status"]["fail_info"].native == {failure}


def test_the_client_says_why_it_was_refused(pki):
    with pytest.raises(OSError, match="bad_alg"):
        timestamp(b"data", pki.url("sakura-tsa", "tsa"), algorithm="sha1")


def test_nonsense_is_no_time_stamp_request(pki):
    reply = TimeStampResponse.load(read(pki.url("sakura-tsa", "tsa"), b"\x30\x03abc")[2])
    assert reply["status"]["fail_info"].native == {"bad_data_format"}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/", None, 404),
        ("/nobody/ca.crt", None, 404),
        ("/../../etc/passwd", None, 404),
        ("/sakura-sign/ca.key", None, 404),
        ("/sakura-sign/tsa", b"x", 404),
        ("/sakura-sign/ocsp/%00", None, 400),
        ("/sakura-tsa/tsa", b"x" * 65537, 413),
    ],
)
def test_addresses_that_do_not_exist(pki, path, body, status):
    with pytest.raises(urllib.error.HTTPError) as refused:
        read(pki.base_url + path, body)
    with refused.value:
        assert refused.value.code == status


def test_a_body_without_length_is_refused(pki):
    address = urlsplit(pki.base_url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
    connection.putrequest("POST", "/sakura-tsa/tsa")
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()


def test_many_ask_at_once(pki):
    address = urlsplit(pki.base_url)
    with socket.create_connection((address.hostname, address.port)), ThreadPoolExecutor(16) as pool:  # the socket idles
        tokens = list(pool.map(lambda n: timestamp(b"%d" % n, pki.url("kaede-tsa", "tsa")), range(64)))
    assert len(set(tokens)) == 64


def test_a_service_made_while_the_server_runs_is_answered_for(tmp_path, running, free_port):
    pki = DemoPki.create_or_load(tmp_path, f"http://127.0.0.1:{free_port}")
    spec = ServiceSpec("late-tsa", "後発", "Late TSU", ServiceKind.TSA)
    late = ProviderSpec("late", "後発", "Late K.K.", corporate_number("010401000099"), (spec,))
    with running(tmp_path, free_port):
        DemoPki.create_or_load(tmp_path, pki.base_url, [late])
        assert timestamp(b"data", f"{pki.base_url}/late-tsa/tsa")


def test_keys_and_revocations_outlive_a_restart(tmp_path, providers, running, free_port):
    pki = DemoPki.create_or_load(tmp_path, f"http://127.0.0.1:{free_port}", providers[1:])
    credential = pki.issue("kaede-sign", "subject", revoked=True)
    seen = []
    for _ in range(2):
        with running(tmp_path, free_port):
            response = ocsp.load_der_ocsp_response(fetch_ocsp(credential.certificate, credential.chain[0]))
            seen.append((response.certificate_status, response.responder_key_hash, response.revocation_time_utc))
    assert seen[0] == seen[1]
    assert seen[0][0] is ocsp.OCSPCertStatus.REVOKED


def test_it_does_not_start_without_authorities(tmp_path, capsys):
    assert main(["--folder", str(tmp_path), "--port", "0"]) == 1
    assert "cannot start" in capsys.readouterr().err
