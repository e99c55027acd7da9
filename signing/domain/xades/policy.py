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
    """What is said about the signature policy: it is not applied here, and a stored copy must be the one signed."""
    if not policies:
        return []
    if len(policies) > 1:
        return [_broken("more than one signature policy is named")]
    policy = policies[0]
    if policy.identifier is None:
        return [_IMPLIED]
    found = [_explicit(policy.identifier)]
    stored = _stored(unsigned)
    if stored is None:
        return found
    if policy.digest is None or policy.algorithm is None:
        return [*found, _unchecked()]
    computed = None if policy.transformed else _digest(policy, stored)
    if computed is None:
        return [*found, _unchecked()]
    if computed != policy.digest:
        return [*found, _broken("the stored signature policy is not the one that was signed")]
    return found


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


def _explicit(identifier: str) -> Finding:
    return Finding(
        "signature_policy",
        None,
        f"The signer names the signature policy {identifier[:120]!r}; it is not applied by this validation.",
        f"署名者は署名ポリシー {identifier[:120]!r} を指定していますが、この検証では適用していません。",
    )


_IMPLIED = Finding(
    "signature_policy",
    None,
    "The signer says that a signature policy is implied; none is applied by this validation.",
    "署名者は署名ポリシーが黙示されているとしていますが、この検証では適用していません。",
)


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
