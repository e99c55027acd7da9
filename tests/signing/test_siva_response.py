"""Reports in the words of SiVa V3: from real signatures, with the rules that its policies add."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import jsonschema
import pytest

from signing.domain.enrich import Enrichment
from signing.domain.formats import AbsentDocument
from signing.siva.documentation import ANSWER
from signing.siva.response import (
    BELOW_LT,
    DESCRIPTIONS,
    FETCHED,
    LEVEL_TOO_LOW,
    NO_QUALIFIED_TIME_STAMP,
    NOT_QES,
    STAMP_FETCHED,
    conclusion,
    signature_format,
    signature_level,
)
from tests.pki.factories import Identity, make_crl
from tests.signing.signing_world import NOW, add_evidence, blank_pdf, network, sign, stamp, trust, validate, world
from tests.signing.xml_world import SIGNED_AT, STAMPED_AT, signed, signer
from trustreg.base.errors import InvalidInput
from trustreg.demo.pki.xml_signer import countersigned, detached
from trustreg.pki.certificates import parse_certificate

FILES = {"leping.pdf": b"%PDF one", "leping2.pdf": b"%PDF two"}
TIME = "2026-06-01T12:00:00Z"


def worth(word: str):
    """An enricher that gives every signature this qualification."""
    return lambda facts: None if facts.kind == "timestamp" else Enrichment(qualification=word)


def answer(data: bytes, policy: str = "POLv4", qualification: str = "QESIG", **options: Any) -> dict[str, Any]:
    report = validate(data, particulars=True, enrichers=[worth(qualification)], **options).to_json()
    json.dumps(report)
    whole = conclusion([report], policy=policy, time=TIME, filename="contract.pdf")
    return whole["validationReport"]["validationConclusion"]


def only(found: dict[str, Any]) -> dict[str, Any]:
    assert found["signaturesCount"] == 1
    return found["signatures"][0]


def contents(notices: list[dict[str, str]]) -> list[str]:
    return [notice["content"] for notice in notices]


def held(data: bytes, *authorities: Identity, at: datetime = STAMPED_AT + timedelta(minutes=1)) -> bytes:
    """The document with the CRLs of these authorities, issued at a time."""
    certificates = [world().ca, world().tsa_ca]
    return add_evidence(data, crls=[make_crl(one, this_update=at) for one in authorities], certificates=certificates)


@pytest.fixture(scope="module")
def only_stamped() -> bytes:
    """Level T."""
    return sign(blank_pdf(), stamped_at=STAMPED_AT)


@pytest.fixture(scope="module")
def stamped(only_stamped) -> bytes:
    """Level LT."""
    return held(only_stamped, world().ca, world().tsa_ca)


@pytest.fixture(scope="module")
def container_free() -> bytes:
    return detached(FILES, signer(), level="LT", signing_time=SIGNED_AT)


def test_a_pdf_signature(stamped):
    found = answer(stamped)
    part = only(found)
    assert found["policy"] == {
        "policyName": "POLv4",
        "policyDescription": DESCRIPTIONS["POLv4"],
        "policyUrl": "http://open-eid.github.io/SiVa/siva3/appendix/validation_policy/#POLv4",
    }
    assert (found["validSignaturesCount"], found["validationLevel"], found["validationTime"]) == (
        1,
        "ARCHIVAL_DATA",
        TIME,
    )
    assert found["validatedDocument"] == {
        "filename": "contract.pdf",
        "fileHash": base64.b64encode(hashlib.sha256(stamped).digest()).decode(),
        "hashAlgo": "SHA256",
    }
    assert "signatureForm" not in found
    assert part["signatureFormat"] == "PAdES_BASELINE_LT"
    assert part["signatureMethod"] == "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    assert (part["indication"], part["signatureLevel"]) == ("TOTAL-PASSED", "QESIG")
    assert part["signedBy"] == "World Signer"
    assert part["subjectDistinguishedName"]["commonName"] == "World Signer"
    assert part["signatureScopes"] == [{"name": "Partial PDF", "scope": "PARTIAL", "content": "Part of a document"}]
    assert (
        part["info"]["bestSignatureTime"] == part["info"]["timestampCreationTime"] == f"{STAMPED_AT:%Y-%m-%dT%H:%M:%SZ}"
    )
    assert base64.b64decode(part["info"]["timeAssertionMessageImprint"])[:1] == b"\x30"
    signing, stamping = part["certificates"]
    assert (signing["type"], stamping["type"]) == ("SIGNING", "SIGNATURE_TIMESTAMP")
    assert parse_certificate(base64.b64decode(signing["content"])).der == world().signer.der
    assert signing["issuer"] == {"commonName": "World CA", "content": base64.b64encode(world().ca.der).decode()}
    assert stamping["commonName"] == "World TSA"


def test_a_signature_over_the_whole_file(only_stamped):
    scopes = only(answer(only_stamped))["signatureScopes"]
    assert scopes == [{"name": "Full PDF", "scope": "FULL", "content": "Full document"}]


def test_what_is_empty_is_left_out(stamped):
    def walk(value: Any) -> None:
        assert value not in (None, "", [], {})
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(inner)

    walk(answer(stamped))


@pytest.mark.parametrize("policy", ["POLv3", "POLv4"])
def test_the_document_must_hold_its_revocation_data(only_stamped, stamped, policy):
    """SiVa: level LT or LTA, and nothing is requested beyond what the signature embeds."""
    assert only(answer(stamped, policy))["indication"] == "TOTAL-PASSED"
    for data in (only_stamped, held(only_stamped, world().tsa_ca)):
        part = only(answer(data, policy))
        assert (part["signatureFormat"], part["indication"]) == ("PAdES_BASELINE_T", "TOTAL-FAILED")
        assert "subIndication" not in part
        assert contents(part["errors"]) == [BELOW_LT]


def test_a_list_from_before_the_time_stamp_is_enough_while_it_holds(only_stamped):
    """SiVa: the time-stamp lies between thisUpdate and nextUpdate."""
    early = STAMPED_AT - timedelta(days=1)
    assert only(answer(held(only_stamped, world().ca, world().tsa_ca, at=early)))["indication"] == "TOTAL-PASSED"
    ended = held(only_stamped, world().ca, world().tsa_ca, at=STAMPED_AT - timedelta(days=30))
    assert contents(only(answer(ended))["errors"]) == [FETCHED]


def test_what_was_fetched_still_tells_that_a_certificate_was_revoked(only_stamped):
    early = held(only_stamped, world().ca, world().tsa_ca, at=STAMPED_AT - timedelta(days=1))
    revoked = {world().signer.x509.serial_number: (SIGNED_AT - timedelta(days=1), "keyCompromise")}
    part = only(answer(early, fetcher=network(revoked)))
    assert (part["indication"], part["subIndication"]) == ("INDETERMINATE", "REVOKED_NO_POE")


def test_revocation_data_of_a_time_stamp_is_named(only_stamped):
    part = only(answer(held(only_stamped, world().ca)))
    assert part["indication"] == "TOTAL-PASSED"
    assert STAMP_FETCHED in contents(part["warnings"])


def test_what_the_caller_hands_in_is_not_in_the_document_either(only_stamped):
    crls = [make_crl(one, this_update=STAMPED_AT + timedelta(minutes=1)) for one in (world().ca, world().tsa_ca)]
    assert contents(only(answer(only_stamped, supplied=crls, fetcher=None))["errors"]) == [BELOW_LT]


def test_a_signature_without_an_accepted_time_stamp_does_not_pass():
    for data in (sign(blank_pdf()), sign(blank_pdf(), stamped_at=STAMPED_AT)):
        found = answer(data, trust=trust(tsa=((NOW - timedelta(days=1), "suspended"),)))
        part = only(found)
        assert found["validSignaturesCount"] == 0
        assert (part["indication"], contents(part["errors"])) == ("TOTAL-FAILED", [BELOW_LT])
        assert "bestSignatureTime" not in part.get("info", {})


def test_a_qualified_signature_needs_a_qualified_time_stamp(stamped):
    specified = trust(tsa=((SIGNED_AT - timedelta(days=30), "specified"),))
    assert contents(only(answer(stamped, trust=specified))["errors"]) == [NO_QUALIFIED_TIME_STAMP]
    assert (
        only(answer(stamped, policy="POLv3", qualification="ADESIG", trust=specified))["indication"] == "TOTAL-PASSED"
    )


@pytest.mark.parametrize(
    ("qualification", "version_3", "version_4"),
    [
        ("QESIG", "TOTAL-PASSED", "TOTAL-PASSED"),
        ("QESEAL", "TOTAL-PASSED", "TOTAL-PASSED"),
        ("ADESEAL_QC", "TOTAL-PASSED", "TOTAL-PASSED"),
        ("ADESIG_QC", "TOTAL-PASSED", "TOTAL-PASSED"),
        ("ADESIG", "TOTAL-PASSED", "TOTAL-FAILED"),
        ("ADESEAL", "TOTAL-PASSED", "TOTAL-FAILED"),
        ("INDETERMINATE", "TOTAL-PASSED", "TOTAL-FAILED"),
        ("SOMETHING_NEW", "TOTAL-PASSED", "TOTAL-FAILED"),
    ],
)
def test_the_policies(stamped, qualification, version_3, version_4):
    assert only(answer(stamped, "POLv3", qualification))["indication"] == version_3
    strict = only(answer(stamped, "POLv4", qualification))
    assert strict["indication"] == version_4
    assert (LEVEL_TOO_LOW in contents(strict.get("errors", []))) == (version_4 == "TOTAL-FAILED")
    assert (NOT_QES in contents(strict["warnings"])) == (qualification == "ADESIG_QC")


def test_a_broken_signature_stays_broken(stamped):
    at = stamped.index(b"Page")
    part = only(answer(stamped[:at] + b"Bage" + stamped[at + 4 :]))
    assert (part["indication"], part["subIndication"]) == ("TOTAL-FAILED", "HASH_FAILURE")
    assert part["errors"]
    assert "signatureScopes" not in part


@pytest.mark.parametrize(
    ("level", "part"),
    [
        ("QESIG", {"qualification": "QESIG", "assuming": None, "indication": "TOTAL-PASSED"}),
        ("INDETERMINATE_ADESIG", {"qualification": "ADESIG", "assuming": None, "indication": "INDETERMINATE"}),
        (
            "INDETERMINATE_QESEAL",
            {"qualification": "INDETERMINATE", "assuming": "QESEAL", "indication": "INDETERMINATE"},
        ),
        ("NA", {"qualification": "INDETERMINATE", "assuming": None, "indication": "INDETERMINATE"}),
        ("NOT_ADES", {"qualification": "NOT_ADES", "assuming": None, "indication": "TOTAL-FAILED"}),
        ("NA", {"qualification": None, "assuming": None, "indication": "TOTAL-PASSED"}),
    ],
)
def test_legal_levels(level, part):
    assert signature_level(part) == level


@pytest.mark.parametrize(
    ("name", "format_name", "level"),
    [
        ("XAdES_BASELINE_LT", "XAdES", "BASELINE-LT"),
        ("PAdES_BASELINE_LTA", "PAdES", "BASELINE-LTA"),
        ("JAdES_BASELINE_B", "JAdES", "BASELINE-B"),
        ("CAdES_BES", "CAdES", "BES"),
        ("PKCS7_T", "PAdES", "PKCS7-T"),
        ("XML_NOT_ETSI", "XAdES", "NOT_ETSI"),
    ],
)
def test_signature_formats(name, format_name, level):
    assert signature_format({"format": format_name, "level": level}) == name


def absent(**changes: bytes) -> list[AbsentDocument]:
    digests = {name: hashlib.sha256(data).digest() for name, data in FILES.items()} | changes
    return [AbsentDocument(name, {"sha256": value}) for name, value in digests.items()]


def test_digests_of_named_files_stand_for_the_files(container_free):
    part = only(answer(container_free, absent=absent()))
    assert (part["indication"], part["signatureFormat"]) == ("TOTAL-PASSED", "XAdES_BASELINE_LT")
    assert part["signatureScopes"] == [
        {
            "name": name,
            "scope": "DIGEST",
            "content": "Digest document",
            "hashAlgo": "SHA256",
            "hash": base64.b64encode(hashlib.sha256(data).digest()).decode(),
        }
        for name, data in FILES.items()
    ]
    assert FETCHED not in contents(part.get("warnings", []))


@pytest.mark.parametrize(
    ("files", "sub_indication"),
    [
        (absent(**{"leping2.pdf": bytes(32)}), "HASH_FAILURE"),
        (absent()[:1], "SIGNED_DATA_NOT_FOUND"),
        ([AbsentDocument("other.pdf", one.digests) for one in absent()[:1]] + absent()[1:], "SIGNED_DATA_NOT_FOUND"),
        ([AbsentDocument(one.name, {"sha512": bytes(64)}) for one in absent()], "SIGNED_DATA_NOT_FOUND"),
    ],
    ids=["another digest", "one missing", "another name", "another algorithm"],
)
def test_other_digests_never_pass(container_free, files, sub_indication):
    part = only(answer(container_free, absent=files))
    assert part["indication"] != "TOTAL-PASSED"
    assert part["subIndication"] == sub_indication


def test_a_file_more_than_was_signed_never_passes(container_free):
    more = [*absent(), AbsentDocument("third.pdf", {"sha256": bytes(32)})]
    assert only(answer(container_free, absent=more))["indication"] != "TOTAL-PASSED"


def test_without_files_the_digests_of_the_signature_are_shown_and_said_not_to_be_compared(container_free):
    part = only(answer(container_free, assume_digests=True))
    assert part["indication"] == "TOTAL-PASSED"
    assert [scope["name"] for scope in part["signatureScopes"]] == list(FILES)
    assert any("compared with nothing" in text for text in contents(part["warnings"]))
    assert only(answer(container_free))["indication"] == "INDETERMINATE"


def test_digests_of_named_files_are_for_xml_signatures_alone(stamped):
    for options in ({"absent": absent()}, {"assume_digests": True}):
        with pytest.raises(InvalidInput):
            validate(stamped, **options)


def test_reports_without_particulars_are_as_they_were(stamped):
    assert "particulars" not in json.dumps(validate(stamped).to_json())


def test_an_xml_signature_has_the_id_that_its_document_gives_it(container_free):
    report = validate(container_free, absent=absent(), particulars=True).to_json()
    given = report["signatures"][0]["name"]
    assert given
    assert f'Id="{given}"'.encode() in container_free
    one = conclusion([report], policy="POLv3", time=TIME)["validationReport"]["validationConclusion"]
    assert only(one)["id"] == given
    other = json.loads(json.dumps(report).replace(report["signatures"][0]["id"], "S1-other"))
    both = conclusion([report, other], policy="POLv3", time=TIME)["validationReport"]["validationConclusion"]
    assert [part["id"] for part in both["signatures"]] == [report["signatures"][0]["id"], "S1-other"]


def test_a_counter_signature_names_what_it_is_over():
    data = countersigned(signed(level="T"), signer(), level="T")
    found = answer(data)
    first, second = found["signatures"]
    assert second["signatureScopes"] == [
        {"name": first["id"], "scope": "COUNTER_SIGNATURE", "content": "Counter-signed signature"}
    ]


# The members that SiVa documents (docs/siva3/interfaces.md, simple report); a client knows no others.
CONCLUSION = {
    "policy", "validationTime", "validationLevel", "validationWarnings", "validatedDocument", "signatureForm",
    "signaturesCount", "validSignaturesCount", "signatures", "timeStampTokens",
}  # fmt: skip
SIGNATURE = {
    "id", "signatureFormat", "signatureMethod", "signatureLevel", "signedBy", "subjectDistinguishedName", "indication",
    "subIndication", "errors", "warnings", "signatureScopes", "claimedSigningTime", "info", "certificates",
}  # fmt: skip
INFO = {
    "bestSignatureTime", "timeAssertionMessageImprint", "ocspResponseCreationTime", "timestampCreationTime",
    "signerRole", "signatureProductionPlace", "signingReason", "archiveTimeStamps",
}  # fmt: skip
TOKEN = {
    "indication", "subIndication", "signedBy", "signedTime", "timestampLevel", "certificates", "errors", "error",
    "warnings", "warning", "timestampScopes",
}  # fmt: skip


def test_answers_have_no_member_that_siva_does_not_know(stamped):
    documents = [stamped, signed(level="LTA"), blank_pdf(), stamp(blank_pdf(), STAMPED_AT), sign(blank_pdf())]
    for data in documents:
        found = answer(data)
        jsonschema.validate({"validationReport": {"validationConclusion": found}}, ANSWER)
        assert found.keys() <= CONCLUSION
        for part in found.get("signatures", []):
            assert part.keys() <= SIGNATURE
            assert part.get("info", {}).keys() <= INFO
        for token in found.get("timeStampTokens", []):
            assert token.keys() <= TOKEN
            assert token["certificates"][0]["type"] == "CONTENT_TIMESTAMP"
    [archive] = only(answer(documents[1]))["info"]["archiveTimeStamps"]
    assert (archive["indication"], archive["signedBy"]) == ("PASSED", "World TSA")
    assert len(answer(documents[3])["timeStampTokens"]) == 1
