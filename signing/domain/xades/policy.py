"""The signature policy that a signer names (EN 319 132-1, 5.2.9), and the copy of it in SignaturePolicyStore."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from lxml import etree

from trustreg.pki import asn1
from trustreg.pki.errors import MalformedASN1
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.signatures import DIGESTS, digest

from .names import XADES_141
from .properties import Policy, named
from .structure import decode


def policy_findings(policies: tuple[Policy, ...], unsigned: tuple[etree._Element, ...]) -> list[Finding]:
    """What is wrong with the signature policy: there is at most one, and a stored copy must be the one signed."""
    if len(policies) > 1:
        return [_broken("more than one signature policy is named")]
    if not policies or policies[0].identifier is None:
        return []
    policy, stored = policies[0], _stored(unsigned)
    if stored is None:
        return []
    known = policy.digest is not None and policy.algorithm is not None and not policy.transformed
    computed = _digest(policy, stored) if known else None
    if computed is None:
        return [_unchecked()]
    if computed != policy.digest:
        return [_broken("the stored signature policy is not the one that was signed")]
    return []


def _stored(unsigned: tuple[etree._Element, ...]) -> bytes | None:
    for one in named(unsigned, "SignaturePolicyStore"):
        document = one.find(f"{{{XADES_141}}}SignaturePolicyDocument")
        if document is not None:
            return decode(document) or b""
    return None


def _digest(policy: Policy, stored: bytes) -> bytes | None:
    """The digest that the policy is known by; None when it cannot be computed here."""
    name = policy.algorithm or ""
    try:
        if not policy.as_specified or stored[:1] != b"\x30":
            return digest(name, stored)
        # ETSI TR 102 272: the hash is over signPolicyHashAlg and signPolicyInfo, and stands at the end.
        algorithm, information, *_ = asn1.sequence(stored)
        oid, _ = asn1.algorithm_identifier(algorithm)
        if DIGESTS.get(oid) != name:
            return b""
        return digest(name, algorithm.raw + information.raw)
    except (MalformedASN1, ValueError, UnsupportedAlgorithm):
        return None


def _unchecked() -> Finding:
    return Finding(
        "signature_policy_hash",
        None,
        "Whether the stored signature policy is the one that was signed cannot be computed.",
        "格納された署名ポリシーが署名されたものかどうかを計算できません。",
    )


def _broken(reason: str) -> Finding:
    return Finding(
        "signature_policy_hash",
        SubIndication.POLICY_PROCESSING_ERROR,
        f"The signature policy cannot be relied on: {reason}.",
        f"署名ポリシーを信頼できません: {reason}",
    )
