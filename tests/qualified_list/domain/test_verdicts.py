"""What the enrichers of the wiring make of a validation: seals, assumed times, levels of documents."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trusted_list_factory as factory

from certification.domain.document_levels import RequiredLevel, read_table
from eseal.domain.identity import RegisteredOrganisation
from qualified_list.domain.status import ListTrustSource, PublishedList
from signing.domain.report import ValidationReport
from signing.domain.validation import validate_document
from tests.pki.factories import T0, Identity, make_ca, make_crl, make_leaf
from tests.signing import cades_parts as parts
from tests.signing.signing_world import NOW, TSA_CRL_URL, world
from trustreg import verdicts
from trustreg.pki.trust import ServiceType, Usage

NUMBER = "7000012050002"
ORGANISATION = RegisteredOrganisation("org-1", NUMBER, "国税庁", "National Tax Agency")
ARC = "1.2.392.200.5"
MARCH, APRIL = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4))
CRL_URL = "http://crl.test/verdicts.crl"

QUALIFIED = make_ca("Qualified Seal CA")
SPECIFIED = make_ca("Specified Seal CA")
FALLEN = make_ca("Fallen Seal CA")


def entry(name: str, identity: Identity, states: Sequence[Any], kind: str = ServiceType.CA_PKC) -> Any:
    *history, current = states
    return factory.service(
        name, service_type=kind, identities=(identity.der,), current=current, history=tuple(reversed(history))
    )


def state(status: str = "qualified", start: datetime = T0 - timedelta(days=30)) -> Any:
    return factory.state(status, start=start, scope=(Usage.ESIGN, Usage.ESEAL))


def knowledge() -> verdicts.Knowledge:
    """The lists, the register, the arcs and the table, as a child has them."""
    issue = factory.issue(
        entry("Q", QUALIFIED, [state()]),
        entry("S", SPECIFIED, [state("specified")]),
        entry("F", FALLEN, [state(), state("withdrawn", APRIL)]),
        entry("T", world().tsa_ca, [state()], ServiceType.TSA),
        issued_at=NOW - timedelta(days=1),
        next_update=NOW + timedelta(days=90),
    )
    source = ListTrustSource([PublishedList(issue, hashlib.sha256(b"verdicts").hexdigest())])
    return verdicts.load(verdicts.pack(source, register=[ORGANISATION], arcs=[ARC], levels=read_table()))


KNOWN = knowledge()


def validated(data: bytes, options: dict[str, Any] | None = None, **more: Any) -> ValidationReport:
    """The report as a child makes it, with a network that has fresh revocation lists."""
    lists = {CRL_URL: (QUALIFIED, SPECIFIED, FALLEN), TSA_CRL_URL: (world().tsa_ca,)}

    def fetch(url: str, **_: Any) -> bytes:
        issuer = next(one for one in lists[url] if url == TSA_CRL_URL or one.der in data)
        return make_crl(issuer, this_update=NOW - timedelta(hours=1))

    options = options or {}
    chosen: dict[str, Any] = {
        "filename": "a.p7m",
        "trust": KNOWN,
        "now": NOW,
        "fetcher": fetch,
        "enrichers": [verdicts.seal_identity(KNOWN, {}, options), verdicts.qualification(KNOWN, {}, options)],
        "requirement": verdicts.requirement(KNOWN, {}, options),
        **more,
    }
    return validate_document(data, **chosen)


def leaf(ca: Identity = QUALIFIED, name: str = "Verdict Sealer", **options: Any) -> Identity:
    return make_leaf(ca, name, crl_urls=[CRL_URL], **{"qc": ["eseal"], "qscd": True, **options})


def sealed(by: Identity, ca: Identity = QUALIFIED, content: bytes = parts.CONTENT, **options: Any) -> bytes:
    return parts.cades(content, signer=by, certificates=[by.der, ca.der], signing_time=MARCH, **options)


class TestSeals:
    @pytest.mark.parametrize(
        ("ca", "options", "expected"),
        [
            (QUALIFIED, {}, "QESEAL"),
            (QUALIFIED, {"qscd": False}, "ADESEAL_QC"),
            (QUALIFIED, {"legislation": ("DE",)}, "ADESEAL"),
            (QUALIFIED, {"qc": None, "subject": {"organization_identifier": f"NTRJP-{NUMBER}"}}, "ADESEAL"),
            (SPECIFIED, {}, "ADESEAL"),
            (QUALIFIED, {"qc": ["esign"]}, "QESIG"),
            (QUALIFIED, {"qc": ["esign"], "qscd": False}, "ADESIG_QC"),
        ],
    )
    def test_what_a_seal_is_worth(self, ca: Identity, options: dict[str, Any], expected: str) -> None:
        signature = validated(sealed(leaf(ca, **options), ca)).signatures[0]
        assert signature.indication.value == "TOTAL-PASSED"
        assert signature.qualification == expected
        assert signature.kind == ("signature" if expected.endswith(("SIG", "SIG_QC")) else "seal")

    def test_a_seal_of_an_organisation_is_looked_up_in_the_register(self) -> None:
        subject = {"organization_identifier": f"NTRJP-{NUMBER}", "organization": "National Tax Agency"}
        signer = validated(sealed(leaf(subject=subject))).signatures[0].signer
        assert signer is not None
        assert signer.organization_identifier == f"NTRJP-{NUMBER}"
        assert signer.identity is not None
        assert (signer.identity["state"], signer.identity["corporate_number"]) == ("registered", NUMBER)
        assert signer.identity["organisation"]["name"]["ja"] == "国税庁"
        assert signer.identity["names_agree"] is True

    @pytest.mark.parametrize(
        ("identifier", "state_of_it", "warning"),
        [
            ("NTRJP-1180301018771", "not_registered", "SEAL_IDENTITY_NOT_REGISTERED"),
            ("NTRJP-7000012050003", "invalid", "SEAL_IDENTITY_INVALID"),
            ("NTRDE-HRB74346", "foreign", None),
        ],
    )
    def test_a_number_that_the_register_does_not_have(
        self, identifier: str, state_of_it: str, warning: str | None
    ) -> None:
        signature = validated(sealed(leaf(subject={"organization_identifier": identifier}))).signatures[0]
        assert signature.signer is not None
        assert signature.signer.identity is not None
        assert signature.signer.identity["state"] == state_of_it
        codes = {one.code for one in signature.warnings}
        assert (warning in codes) if warning else not any(code.startswith("SEAL_IDENTITY") for code in codes)

    def test_a_seal_of_a_device_under_a_registered_arc(self) -> None:
        device = leaf(qc=None, subject={"serial_number": f"{ARC}.77"})
        signature = validated(sealed(device)).signatures[0]
        assert (signature.kind, signature.qualification) == ("seal", "ADESEAL")
        assert signature.signer is not None
        assert signature.signer.identity is not None
        assert (signature.signer.device_oid, signature.signer.identity["arc"]) == (f"{ARC}.77", ARC)

    def test_a_withdrawn_service_seals_nothing_afterwards(self) -> None:
        signature = validated(sealed(leaf(FALLEN), FALLEN)).signatures[0]
        assert (signature.indication.value, signature.sub_indication) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
        assert signature.qualification == "ADESEAL"
        before = validated(parts.stamped(sealed(leaf(FALLEN), FALLEN), MARCH)).signatures[0]
        assert (before.indication.value, before.qualification) == ("TOTAL-PASSED", "QESEAL")

    def test_mass_seals_of_one_key_get_one_answer_each_and_soon(self) -> None:
        """A hundred invoices: the answers differ in nothing but the document, and none costs more than the first."""
        by = leaf(name="Mass Sealer", subject={"organization_identifier": f"NTRJP-{NUMBER}"})
        invoices = [sealed(by, content=f"Invoice {number}\n".encode()) for number in range(100)]
        began = time.process_time()
        first = validated(invoices[0])
        once = time.process_time() - began
        began = time.process_time()
        reports = [first, *map(validated, invoices[1:])]
        rest = time.process_time() - began
        assert {report.signatures[0].qualification for report in reports} == {"QESEAL"}

        def told(report: ValidationReport) -> str:
            body = report.to_json()
            own = body["signatures"][0]
            for member in ("id", "value", "content_digest"):
                own.pop(member)
            # The world's lists are made anew for each question, and no two are signed alike.
            for one in own["revocation"]:
                one.pop("sha256")
            body.pop("document")
            return json.dumps(body)

        assert {told(report) for report in reports} == {told(first)}
        assert rest < 99 * max(once, 0.02)
        assert rest < 5


class TestAssumedTimes:
    """Design 5: a caller's time is an assumption; nothing is qualified by it."""

    def test_the_qualification_is_not_stated_and_the_assumed_one_stands_apart(self) -> None:
        report = validated(sealed(leaf(FALLEN), FALLEN), at=MARCH)
        signature = report.signatures[0]
        assert report.hypothetical
        assert (signature.hypothetical, signature.qualification) == (True, "INDETERMINATE")
        assert signature.assuming == "QESEAL"
        assert "HYPOTHETICAL_TIME" in {one.code for one in signature.warnings}
        assert signature.best_signature_time == NOW

    def test_a_time_stamp_from_after_the_assumed_time_proves_nothing_then(self) -> None:
        data = parts.stamped(sealed(leaf()), APRIL)
        signature = validated(data, at=MARCH).signatures[0]
        stamp = signature.timestamps[0]
        assert (stamp.proof, stamp.qualification, stamp.sub_indication) == (
            False,
            "INDETERMINATE",
            "TIMESTAMP_ORDER_FAILURE",
        )

    def test_a_time_stamp_too_is_qualified_only_in_assumption(self) -> None:
        signature = validated(parts.stamped(sealed(leaf()), MARCH), at=APRIL).signatures[0]
        assert (signature.timestamps[0].qualification, signature.timestamps[0].assuming) == ("INDETERMINATE", "QTSA")

    def test_now_is_no_assumption(self) -> None:
        report = validated(sealed(leaf()), at=NOW)
        assert (report.hypothetical, report.signatures[0].qualification) == (False, "QESEAL")

    def test_no_requirement_is_met_by_it(self) -> None:
        report = validated(sealed(leaf()), {"level": "qualified"}, at=APRIL)
        assert report.requirement is not None
        assert report.requirement["met"] is not True


class TestLevels:
    """`policy: level-…` passes exactly what `level: …` says is met, for every kind of proof."""

    @pytest.mark.parametrize("level", ["qualified", "specified", "other"])
    @pytest.mark.parametrize("ca", [QUALIFIED, SPECIFIED], ids=["qualified", "specified"])
    @pytest.mark.parametrize("stamped", [False, True], ids=["bare", "stamped"])
    def test_policy_and_requirement_agree(self, level: str, ca: Identity, stamped: bool) -> None:
        data = sealed(leaf(ca), ca)
        data = parts.stamped(data, MARCH) if stamped else data
        asked = validated(data, {"level": level})
        demanded = validated(data, {"level": level}, policy=f"level-{level}")
        assert asked.requirement == demanded.requirement
        assert asked.requirement is not None
        assert (demanded.indication.value == "TOTAL-PASSED") is asked.requirement["met"]

    def test_a_document_type_says_which_elements(self) -> None:
        """DOC-001, a qualified invoice: a seal and a time-stamp."""
        bare = sealed(leaf())
        options = {"document_type": "DOC-001", "level": "qualified"}
        without = validated(bare, options, policy="level-qualified")
        assert without.requirement is not None
        assert without.requirement["missing"] == ["timestamp"]
        assert (without.indication.value, without.sub_indication) == ("INDETERMINATE", "SIG_CONSTRAINTS_FAILURE")
        stamped = validated(parts.stamped(bare, MARCH), options, policy="level-qualified")
        assert stamped.indication.value == "TOTAL-PASSED"

    def test_every_row_of_the_table_has_its_policy(self) -> None:
        from signing.domain.policies import policy_names

        levels = {row.level for row in read_table()} - {RequiredLevel.NOT_APPLICABLE}
        assert {f"level-{level.value}" for level in levels} <= set(policy_names())
