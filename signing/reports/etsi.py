"""The validation report of ETSI TS 119 102-2 v1.4.1, made of a stored report (design 6).

A pure function of the JSON: it decides nothing and adds nothing, and what the JSON does not say is left out of the XML.
Nothing in it is signed. `docs/reports.md` has the table of members and elements.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final

from lxml import etree

from signing.reports.etsi_objects import Objects
from signing.reports.xml import NAMESPACES, VR, add, add_digest, add_words

Part = Mapping[str, Any]

PROCESS: Final = "urn:etsi:019102:validationprocess:LTA"
"""One process validates everything, that with archive time-stamps (EN 319 102-1, 5.6); it includes the other two."""

_SIGNATURE: Final = {
    "TOTAL-PASSED": "urn:etsi:019102:mainindication:total-passed",
    "TOTAL-FAILED": "urn:etsi:019102:mainindication:total-failed",
    "INDETERMINATE": "urn:etsi:019102:mainindication:indeterminate",
}
_BLOCK: Final = {
    "TOTAL-PASSED": "urn:etsi:019102:mainindication:passed",
    "TOTAL-FAILED": "urn:etsi:019102:mainindication:failed",
    "INDETERMINATE": "urn:etsi:019102:mainindication:indeterminate",
}
"""Of what is not a signature (a time-stamp, a check), in the words of EN 319 102-1, 5.2 and 5.4."""
_STAMPS: Final = {
    "signature": "SignatureTimeStamp",
    "document": "DocTimeStamp",
    "archive": "ArchiveTimeStamp",
    "content": "AllDataObjectsTimeStamp",
}
_ALGORITHMS: Final = {
    "rsa": "http://www.w3.org/2001/04/xmldsig-more#rsa-{}",
    "ecdsa": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-{}",
    "rsa-pss": "http://www.w3.org/2007/05/xmldsig-more#{}-rsa-MGF1",
    "ed25519": "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
    "ed448": "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed448",
}
_MEMBERS: Final = (
    *("id", "name", "kind", "syntax", "format", "level", "intact"),
    *("coverage", "modifications", "hypothetical", "countersigns"),
)
_DIGESTS_OF_ALGORITHMS: Final = ("sha224", "sha256", "sha384", "sha512")


def validation_report(report: Mapping[str, Any], *, address: str | None = None) -> bytes:
    """The report as XML, the same bytes for the same JSON. `address` is the service's, from the operator's settings."""
    root = etree.Element(f"{{{VR}}}ValidationReport", nsmap=dict(NAMESPACES))
    objects = Objects(report, nested=_stamp_validation)
    for number, part in enumerate(report["signatures"], 1):
        _signature(add(root, "SignatureValidationReport"), report, part, number, objects)
    for part in report["timestamps"]:
        _token_alone(add(root, "SignatureValidationReport"), report, part, objects)
    if not report["signatures"] and not report["timestamps"]:
        _nothing(add(root, "SignatureValidationReport"), report)
    objects.write(root)
    if address:
        _validator(root, address)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _signature(holder: etree._Element, report: Part, part: Part, number: int, objects: Objects) -> None:
    """One SignatureValidationReport (4.2), its elements in the order of the schema."""
    name = objects.name_signature(part, number)
    _identifier(holder, report, part, name)
    _constraints(holder, report, part)
    _times(holder, report, part, objects)
    if part.get("content_digest") and not part.get("countersigns"):
        _signed_document(holder, part["content_digest"])
    _attributes(holder, part, objects)
    _signer(holder, part, objects)
    _quality(holder, part)
    process = add(holder, "SignatureValidationProcess")
    add(process, "SignatureValidationProcessID", PROCESS)
    status = _status(holder, _SIGNATURE, part)
    _grounds(status, part, objects, name)
    _own(holder, part)


def _identifier(holder: etree._Element, report: Part, part: Part, name: str) -> None:
    identifier = add(holder, "SignatureIdentifier", id=name)
    if part.get("value"):
        add(identifier, "ds:SignatureValue", part["value"])
    _hash_only(identifier, report)


def _hash_only(identifier: etree._Element, report: Part) -> None:
    add(identifier, "HashOnly", "false")
    add(identifier, "DocHashOnly", "true" if report["document"].get("by_digest") else "false")


def _constraints(holder: etree._Element, report: Part, part: Part) -> None:
    """4.2.4: the policy, and each check as a constraint."""
    constraints = add(holder, "ValidationConstraintsEvaluationReport")
    policy = add(constraints, "SignatureValidationPolicy")
    add(add(policy, "SignaturePolicyIdentifier"), "xades:SignaturePolicyImplied")
    add(policy, "PolicyName", report["policy"])
    for check in part["checks"]:
        constraint = add(constraints, "ValidationConstraint")
        add(constraint, "ValidationConstraintIdentifier", f"urn:trustreg:check:{check['name']}")
        applied = check["result"] != "skip"
        state = "applied" if applied else "disabled"
        add(add(constraint, "ConstraintStatus"), "Status", f"urn:etsi:019102:constraintStatus:{state}")
        if applied:
            verdict = part["indication"] if check["result"] == "fail" else "TOTAL-PASSED"
            # A check that failed beside a verdict that passed decided nothing; the result below says that it failed.
            add(add(constraint, "ValidationStatus"), "MainIndication", _BLOCK[verdict])
        said = add(constraint, "Indications")
        add(said, "tr:Result", check["result"])
        if check["detail"]:
            add_words(said, "tr:Detail", check["detail"])


def _times(holder: etree._Element, report: Part, part: Part, objects: Objects) -> None:
    """4.2.5. Left out of a hypothetical report: its proofs would be read as proofs."""
    best = part.get("best_signature_time")
    if best is None or report["hypothetical"]:
        return
    times = add(holder, "ValidationTimeInfo")
    add(times, "ValidationTime", report["validation_time"])
    proof = add(times, "BestSignatureTime")
    add(proof, "POETime", best)
    add(proof, "TypeOfProof", "urn:etsi:019102:poetype:validation")
    token = next((stamp for stamp in part["timestamps"] if stamp["proof"] and stamp["time"] == best), None)
    if token is not None:
        add(proof, "POEObject", VOReference=objects.token(token))


def _signed_document(holder: etree._Element, digest: Mapping[str, str]) -> None:
    document = etree.Element(f"{{{VR}}}SignersDocument")
    if add_digest(document, digest["algorithm"], bytes.fromhex(digest["value"])):
        holder.append(document)


def _attributes(holder: etree._Element, part: Part, objects: Objects) -> None:
    """Annex A: attributes of which the report knows what they hold."""
    attributes = etree.Element(f"{{{VR}}}SignatureAttributes")
    if part["signing_time"]:
        add(add(attributes, "SigningTime"), "Time", part["signing_time"])
    if part["signer"] and part["level"].startswith("BASELINE"):  # which has the attribute by definition
        reference = add(attributes, "SigningCertificate", Signed="true")
        add(reference, "AttributeObject", VOReference=objects.certificate(part["signer"]["certificate_sha256"]))
    for stamp in part["timestamps"]:
        if stamp["time"] and stamp["type"] in _STAMPS:
            attribute = add(attributes, _STAMPS[stamp["type"]])
            add(attribute, "AttributeObject", VOReference=objects.token(stamp))
            add(attribute, "TimeStampValue", stamp["time"])
    if part.get("content_digest"):
        digest = add(attributes, "MessageDigest", Signed="true")
        add(digest, "Digest", b64encode(bytes.fromhex(part["content_digest"]["value"])).decode())
    if part["location"]:
        add(add(attributes, "SignatureProductionPlace"), "AddressString", part["location"])
    if part["reason"] and part["format"] == "PAdES":
        add(add(attributes, "Reason"), "ReasonElement", part["reason"])
    if len(attributes):
        holder.append(attributes)


def _signer(holder: etree._Element, part: Part, objects: Objects) -> None:
    signer = part["signer"]
    if signer:
        information = add(holder, "SignerInformation")
        add(information, "SignerCertificate", VOReference=objects.certificate(signer["certificate_sha256"]))
        add(information, "Signer", signer["subject"])


def _quality(holder: etree._Element, part: Part) -> None:
    if part["qualification"]:
        quality = add(holder, "SignatureQuality")
        add(quality, "SignatureQualityInformation", f"urn:trustreg:qualification:{part['qualification']}")


def _status(holder: etree._Element, words: Mapping[str, str], part: Part) -> etree._Element:
    """4.2.11: the indications verbatim."""
    status = add(holder, "SignatureValidationStatus")
    add(status, "MainIndication", words[part["indication"]])
    sub = part["sub_indication"]
    if sub:
        # The one that the standard does not have: it is about documents, not about a signature.
        owner = "trustreg" if sub == "NO_SIGNATURE_FOUND" else "etsi:019102"
        add(status, "SubIndication", f"urn:{owner}:subindication:{sub}")
    return status


def _grounds(status: etree._Element, part: Part, objects: Objects, name: str | None = None) -> None:
    """4.2.12: chain, time-stamps, revocation and (of what has a `name`) algorithms on which the status rests."""
    data = etree.Element(f"{{{VR}}}AssociatedValidationReportData")
    chain = [objects.certificate(one["certificate_sha256"]) for one in part.get("path", ())]
    trusted = bool(part.get("trust") or part.get("proof"))
    if trusted and chain:
        add(data, "TrustAnchor", VOReference=chain[-1])
    if chain:
        path = add(data, "CertificateChain")
        add(path, "SigningCertificate", VOReference=chain[0])
        rest = chain[1:-1] if trusted else chain[1:]
        for one in rest:
            add(path, "IntermediateCertificate", VOReference=one)
        if trusted and len(chain) > 1:
            add(path, "TrustAnchor", VOReference=chain[-1])
    related = [objects.token(stamp) for stamp in part.get("timestamps", ())]
    related += [objects.evidence(one) for one in part.get("revocation", ())]
    for one in related:
        add(data, "RelatedValidationObject", VOReference=one)
    _revoked(data, part, objects)
    if name:
        _cryptography(data, part, name)
    _notices(data, part)
    if len(data):
        status.append(data)


def _revoked(data: etree._Element, part: Part, objects: Objects) -> None:
    found = next((one for one in part.get("revocation", ()) if one["revoked_at"]), None)
    if found is None:
        return
    information = add(data, "RevocationStatusInformation")
    add(information, "ValidationObjectId", VOReference=objects.certificate(found["certificate_sha256"]))
    add(information, "RevocationTime", found["revoked_at"])
    if found["reason"]:
        add(information, "RevocationReason", f"urn:etsi:019102:revocationReason:{found['reason']}")
    add(information, "RevocationObject", VOReference=objects.evidence(found))


def _cryptography(data: etree._Element, part: Part, name: str) -> None:
    """Only where the algorithm has a URI and was judged."""
    uri = _algorithm(part.get("algorithms") or ())
    judged = {check["result"] for check in part["checks"] if check["name"] == "algorithms"}
    if uri is None or judged not in ({"pass"}, {"fail"}):
        return
    information = add(data, "CryptoInformation")
    add(information, "ValidationObjectId", VOReference=name)
    add(information, "Algorithm", uri)
    add(information, "SecureAlgorithm", "true" if judged == {"pass"} else "false")


def _algorithm(names: Sequence[str]) -> str | None:
    scheme, *rest = names[0].split() if names else [""]
    pattern = _ALGORITHMS.get(scheme)
    if pattern is None or "{}" not in pattern:
        return pattern
    digest = next((one for one in rest if one in _DIGESTS_OF_ALGORITHMS), None)
    return pattern.format(digest) if digest else None


def _notices(data: etree._Element, part: Part) -> None:
    notices = [("error", one) for one in part["errors"]] + [("warning", one) for one in part["warnings"]]
    if not notices:
        return
    holder = add(data, "AdditionalValidationReportData")
    for kind, notice in notices:
        one = add(holder, "ReportData")
        add(one, "Type", f"urn:trustreg:{kind}:{notice['code']}")
        add_words(add(one, "Value"), "tr:Message", notice["message"])


def _own(holder: etree._Element, part: Part) -> None:
    """What design 6 says beyond the standard, in a namespace of its own."""
    own = add(holder, "OtherInformation")
    for member in _MEMBERS:
        value = part.get(member)
        if value is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            add(own, f"tr:{member.capitalize()}", text)
    service = part.get("service")
    if service:
        statuses = {name: str(value) for name, value in service.items() if name.startswith("status_at_") and value}
        add_words(add(own, "tr:Service", id=str(service["id"]), **statuses), "tr:Name", service.get("name") or {})
    if not len(own):
        holder.remove(own)


def _stamp_validation(holder: etree._Element, part: Part, objects: Objects) -> None:
    """The validation of a time-stamp or an evidence record, as its object carries it (4.4.6)."""
    _signer(holder, part, objects)
    _quality(holder, part)
    status = _status(holder, _BLOCK, part)
    _grounds(status, {**part, "timestamps": ()}, objects)
    _own(holder, part)


def _token_alone(holder: etree._Element, report: Part, part: Part, objects: Objects) -> None:
    """A token by itself: its report stands for that of a signature and refers to the object that holds the rest."""
    name = objects.token(part)
    _hash_only(add(holder, "SignatureIdentifier"), report)
    _constraints(holder, report, part)
    _signer(holder, part, objects)
    _quality(holder, part)
    status = _status(holder, _BLOCK, part)
    add(add(status, "AssociatedValidationReportData"), "RelatedValidationObject", VOReference=name)


def _nothing(holder: etree._Element, report: Part) -> None:
    """No signature and no time-stamp: the conclusion on the document, with its reasons."""
    status = _status(holder, _SIGNATURE, report)
    data = etree.Element(f"{{{VR}}}AssociatedValidationReportData")
    _notices(data, report)
    if len(data):
        status.append(data)


def _validator(root: etree._Element, address: str) -> None:
    """4.5: there is no certificate of the validator, since nothing is signed; its address says whose report it is."""
    identity = add(add(add(root, "SignatureValidator"), "DigitalId"), "tsl:Other")
    add(identity, "tr:Address", address)
