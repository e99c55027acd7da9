"""Real trusted lists: verify, parse and index them; signxml and xmlsec verify alone."""

from __future__ import annotations

import hashlib
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import xmlsec
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod, XMLVerifier
from signxml.verifier import SignatureConfiguration

from bench.race import SHARED, Outcome, race, say
from qualified_list.domain.errors import ListSignatureError, ListUnreadable
from qualified_list.domain.signature import verify_list
from qualified_list.domain.signature.profile import canonical
from qualified_list.domain.status.index import ListIndex, PublishedList
from qualified_list.domain.xml import parse_list
from qualified_list.domain.xml.hardened import parse_xml
from trustreg.base.errors import TrustregError

DS = "{http://www.w3.org/2000/09/xmldsig#}"


class RealList(NamedTuple):
    """A file, the keys that the list of lists names for it, the one that signed it (DER), and when."""

    name: str
    data: bytes
    pins: tuple[bytes, ...]
    signer: bytes
    signed_at: datetime


def contest(seconds: float) -> Outcome | None:
    """All national lists of a folder as one item. None when the folder is not there."""
    lists, left_out = _lists(SHARED / "corpus" / "lists" / "eu-2023")
    if not lists:
        say("The EU lists of 2023 are not there (TRUSTREG_SHARED names the folder that holds corpus/): skipped.")
        return None
    size = sum(len(one.data) for one in lists) / 1e6
    outcome = race(
        f"{len(lists)} national trusted lists of the EU (2023), {size:.1f} MB, one thread",
        [
            ("trustreg: verify, parse, index", ours),
            ("trustreg: verify alone", ours_verify),
            ("the least any verifier on libxml2 does: parse, canonicalize, digest", floor),
            ("signxml: verify alone", signxml_verify),
            ("xmlsec: parse and verify alone", xmlsec_verify),
        ],
        [[lists]] * 5,
        warm_up=[lists[:3]],
        seconds=seconds,
        megabytes=size,
    )
    outcome.notes += [f"left out: {reason}" for reason in left_out]
    return outcome


def _lists(folder: Path) -> tuple[list[RealList], list[str]]:
    """The lists that verify with the keys of the newest list of lists beside them, and why others don't."""
    central = sorted(folder.glob("EU-*.xml"))
    if not central:
        return [], []
    pins: dict[str, set[bytes]] = {}
    for pointer in parse_list(central[-1].read_bytes()).list.pointers:
        pins.setdefault(pointer.territory, set()).update(pointer.signers)
    found, left_out = [], []
    for path in sorted(folder.glob("*.xml")):
        if path in central:
            continue
        data, keys = path.read_bytes(), tuple(pins.get(path.name[:2], ()))
        try:
            verified = verify_list(data, signer_keys=keys)
            at = verified.signing_time or datetime(2023, 7, 1, tzinfo=UTC)
            one = RealList(path.stem, data, keys, verified.signer, at)
            signxml_verify([one])
            xmlsec_verify([one])
        except (ListSignatureError, ListUnreadable, TrustregError) as error:
            left_out.append(f"{path.stem}, {error}")
            continue
        found.append(one)
    return found, left_out


def ours(lists: list[RealList]) -> bool:
    """Verified with pinned keys, read into the model, compiled for look-up."""
    count = 0
    for one in lists:
        verified = verify_list(one.data, signer_keys=one.pins)
        index = ListIndex(PublishedList(parse_list(verified.root, sha256=verified.sha256).list, verified.sha256))
        count += bool(index.by_key)
    return count == len(lists)


def ours_verify(lists: list[RealList]) -> bool:
    """The first third of it, to compare with those who do no more."""
    return all(verify_list(one.data, signer_keys=one.pins).signer == one.signer for one in lists)


def floor(lists: list[RealList]) -> bool:
    """What verifying costs in C alone: the tree, its canonical octets, the digests of both; nothing is compared."""
    for one in lists:
        hashlib.sha256(one.data).digest()
        hashlib.sha256(canonical(parse_xml(one.data))).digest()
    return True


def signxml_verify(lists: list[RealList]) -> bool:
    """The signature over list and signed properties, with the certificate given, which may have expired since."""
    for one in lists:
        expected = SignatureConfiguration(
            location="./",
            expect_references=2,
            signature_methods=frozenset(SignatureMethod),
            digest_algorithms=frozenset(DigestAlgorithm),
            verification_time=one.signed_at,
        )
        XMLVerifier().verify(one.data, x509_cert=ssl.DER_cert_to_PEM_cert(one.signer), expect_config=expected)
    return True


def xmlsec_verify(lists: list[RealList]) -> bool:
    """The same by the C library xmlsec1."""
    for one in lists:
        root = etree.fromstring(one.data, etree.XMLParser(huge_tree=True, resolve_entities=False))
        xmlsec.tree.add_ids(root, ["Id"])
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(one.signer, xmlsec.constants.KeyDataFormatCertDer, None)
        context.verify(root.find(f"{DS}Signature"))
    return True
