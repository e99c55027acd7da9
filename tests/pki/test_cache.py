"""What is remembered: parsed and verified parts by the digest of their octets, bounded, and never a verdict."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import timedelta
from functools import _lru_cache_wrapper
from typing import Any

import pytest
from cryptography import x509

import trustreg.pki
from signing.domain.procedure.context import load_anchors
from tests.pki.factories import T0, T1, make_ca, make_crl, make_leaf
from tests.signing.signing_world import CA_TYPE, listed
from trustreg.pki import asn1
from trustreg.pki.cache import BoundedCache
from trustreg.pki.certificates import parse_certificate
from trustreg.pki.paths import AnchorSet, issued_by, validate_path
from trustreg.pki.revocation import parse_crl, revocation_of

CA = make_ca("Cached CA")
LEAF = make_leaf(CA, "Cached leaf")


def test_the_entry_not_used_for_longest_goes_first() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c"), len(cache)) == (1, None, 3, 2)
    cache.clear()
    assert len(cache) == 0


def _caches() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in pkgutil.walk_packages(trustreg.pki.__path__, "trustreg.pki."):
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            if isinstance(value, (BoundedCache, _lru_cache_wrapper)):
                found[f"{module.name}.{name}"] = value
    return found


def test_every_cache_is_bounded() -> None:
    caches = _caches()
    assert len(caches) >= 8
    for name, cache in caches.items():
        size = cache._size if isinstance(cache, BoundedCache) else cache.cache_info().maxsize
        assert size is not None, name
        assert 0 < size <= 50_000, name


def test_a_part_is_known_by_its_octets_alone() -> None:
    """Another signature under the same contents, another content under the same signature: nothing carries over."""
    assert issued_by(LEAF.certificate, CA.certificate)
    tbs, algorithm, signature = asn1.sequence(LEAF.der)
    broken = bytearray(signature.raw)
    broken[-1] ^= 1
    other = parse_certificate(asn1.encode(asn1.SEQUENCE, tbs.raw, algorithm.raw, bytes(broken)))
    assert not issued_by(other, CA.certificate)
    assert issued_by(LEAF.certificate, CA.certificate)
    assert parse_certificate(bytes(bytearray(LEAF.der))) is LEAF.certificate, "the same octets are read once"


def test_other_anchors_are_another_answer_at_once() -> None:
    stranger = make_ca("Cached CA", number=9)
    for anchors, valid in (((CA,), True), ((stranger,), False), ((), False), ((stranger, CA), True)):
        found = validate_path(LEAF.certificate, anchors=AnchorSet(one.certificate for one in anchors), at=T1)
        assert found.valid is valid


def test_another_time_and_other_evidence_are_another_answer_at_once() -> None:
    good, revoked = make_crl(CA), make_crl(CA, {LEAF.certificate.serial: (T0, None)})
    for lists, known_good in (
        ((good,), True),
        ((revoked,), False),
        ((good, revoked), False),
        ((good,), True),
        ((), False),
    ):
        outcome = revocation_of(LEAF.certificate, CA.certificate, at=T1, now=T1, embedded_crls=lists)
        assert outcome.known_good is known_good
    later = T1 + timedelta(days=30)
    assert not revocation_of(LEAF.certificate, CA.certificate, at=later, now=later, embedded_crls=[good]).known_good
    anchors = AnchorSet([CA.certificate])
    for when, valid in ((T1, True), (T0 - timedelta(days=1), False), (T1, True)):
        assert validate_path(LEAF.certificate, anchors=anchors, at=when).valid is valid


def test_anchors_are_kept_for_the_version_of_their_list() -> None:
    one = listed((CA, CA_TYPE, ((T0, "qualified"),)))
    same = listed((CA, CA_TYPE, ((T0, "qualified"),)))
    newer = listed((CA, CA_TYPE, ((T0, "withdrawn"),)), (make_ca("Newer"), CA_TYPE, ((T0, "qualified"),)))
    assert load_anchors(one, []) is load_anchors(same, [])
    assert len(load_anchors(newer, []).all) == 2
    assert load_anchors(one, []) is not load_anchors(one, [make_ca("Operator").certificate]), (
        "the operator's roots count"
    )


@pytest.mark.parametrize("size", [10_000, 3_000_000])
def test_what_is_large_is_not_kept(size: int) -> None:
    padding = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), bytes(size))
    der = make_crl(CA, extensions=[(padding, False)])
    assert (parse_crl(der) is parse_crl(der)) is (size < 1_000_000)
