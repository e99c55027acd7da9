"""Every real list of the corpus: it verifies with the key that is named for it, or is refused for a stated reason."""

from __future__ import annotations

import functools
from collections.abc import Collection

import pytest
import trusted_list_factory as factory

from qualified_list.domain import errors
from qualified_list.domain.signature import key_info_certificates, verify_list
from qualified_list.domain.xml import parse_list
from trustreg.pki.certificates import parse_certificate

pytestmark = [factory.needs_lists, pytest.mark.corpus]

LISTS = factory.LISTS
NATIONAL = [path.name for path in sorted((LISTS / "eu-2023").glob("*.xml")) if not path.name.startswith("EU-")]

# From 2022 to 2025 each list of lists names the keys that sign the next: a chain without a gap.
CHAIN = (
    "eu-lotl-pivot-282.xml",
    "eu-2023/EU-282.xml",
    "eu-2023/EU-300.xml",
    "eu-lotl-pivot-300.xml",
    "eu-2023/EU-332.xml",
    "eu-lotl-pivot-335.xml",
    "eu-lotl-pivot-341.xml",
    "eu-lotl.xml",
)
OWN_KEY = {
    # Signed with keys of test authorities: sound by their own key, and nobody's for a reader who pins.
    "broken/fi-v5-invalid.xml": "FI",
    "broken/fi-v6.xml": "FI",
    "broken/tl_pivot_226_mp.xml": "EU",
    "broken/tl_pivot_247_mp.xml": "EU",
    "broken/tl_pivot_247_mp_with-bom.xml": "EU",
    "mra/mra-lotl.xml": "EU",
    "mra/mra-zz-tl.xml": "ZZ",
    "tsl-be-v6.xml": "BE",
}
REFUSED: dict[str, type[errors.ListUnreadable | errors.ListSignatureError]] = {
    "broken/CZ_broken-sig.xml": errors.ListSignatureBroken,
    "broken/CZ_empty.xml": errors.ListUnreadable,
    "broken/CZ_no-sig.xml": errors.ListNotSigned,
    "broken/CZ_two-sigs.xml": errors.ListSignatureAmbiguous,
    "broken/eu-lotl-broken-sig.xml": errors.ListSignatureBroken,
    "broken/eu-lotl-no-sig.xml": errors.ListNotSigned,
    "broken/eu-lotl-not-parseable.xml": errors.ListUnreadable,
    # Taken apart after signing, so that what their names say goes with a signature that no longer holds.
    "broken/fi-v6-no-tsp-information.xml": errors.ListSignatureBroken,
    "broken/tl_pivot_247_mp_missing-pivot.xml": errors.ListSignatureBroken,
    "mra/mra-zz-lotl-duplicated-equivalence-context.xml": errors.ListSignatureBroken,
    "broken/fi-v6-sig-cert.xml": errors.ListSignatureUnsupported,  # SigningCertificate where version 6 wants V2
    "broken/tsl-pe.xml": errors.ListSignatureUnsupported,  # SHA-1
    # TS 119 602: another kind of list.
    "lote/empty-only-schema-extensions.json": errors.ListUnreadable,
    "lote/invalid.json": errors.ListUnreadable,
    "lote/valid-full.json": errors.ListUnreadable,
    "lote/valid.json": errors.ListUnreadable,
    "lote/invalid.xml": errors.ListUnreadable,
    "lote/valid-signed.xml": errors.ListUnreadable,
    "lote/valid.xml": errors.ListUnreadable,
}


@functools.cache
def keys_named(by: str, territory: str) -> frozenset[bytes]:
    """SHA-256 of the keys that the pointers of a list of lists name for a territory."""
    pointers = parse_list((LISTS / by).read_bytes()).list.pointers
    named = [der for one in pointers if one.territory == territory for der in one.signers]
    return frozenset(parse_certificate(der).spki_sha256 for der in named)


def read(name: str, keys: Collection[bytes]) -> tuple[str, int]:
    """(territory, sequence) of a list that verifies with one of these keys."""
    verified = verify_list((LISTS / name).read_bytes(), signer_keys=keys)
    issue = parse_list(verified.root).list
    return issue.scheme.territory, issue.sequence


def test_no_list_is_left_out() -> None:
    found = {path.relative_to(LISTS).as_posix() for path in LISTS.rglob("*") if path.suffix in (".xml", ".json")}
    named = {*CHAIN, *OWN_KEY, *REFUSED, "broken/fi-v5.xml", *(f"eu-2023/{name}" for name in NATIONAL)}
    assert found == named


@pytest.mark.parametrize("name", NATIONAL)
def test_a_national_list_verifies_with_the_keys_that_the_list_of_lists_names(name: str) -> None:
    territory, _, number = name.removesuffix(".xml").partition("-")
    keys = keys_named("eu-2023/EU-332.xml", territory)
    assert read(f"eu-2023/{name}", keys) == (territory, int(number))
    others = keys_named("eu-2023/EU-332.xml", "EU") - keys
    for wrong in (others, frozenset[bytes]()):
        with pytest.raises(errors.ListSignerUnknown):
            read(f"eu-2023/{name}", wrong)


def test_each_list_of_lists_names_the_keys_of_the_next() -> None:
    before = keys_named(CHAIN[0], "EU")
    sequences = []
    for name in CHAIN:
        territory, sequence = read(name, before)
        assert territory == "EU"
        sequences.append(sequence)
        before = keys_named(name, "EU")
    assert sequences == sorted(sequences)
    assert (sequences[0], sequences[-1]) == (282, 388)


def test_a_copy_of_a_national_list_verifies_as_the_list() -> None:
    assert read("broken/fi-v5.xml", keys_named("eu-2023/EU-332.xml", "FI")) == ("FI", 49)


@pytest.mark.parametrize("name", sorted(OWN_KEY))
def test_a_list_with_a_key_that_nobody_names_is_sound_and_not_believed(name: str) -> None:
    xml = (LISTS / name).read_bytes()
    assert read(name, key_info_certificates(xml))[0] == OWN_KEY[name]
    with pytest.raises(errors.ListSignerUnknown):
        read(name, keys_named("eu-2023/EU-332.xml", OWN_KEY[name]))


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_broken_list_is_refused_for_the_reason_in_its_name(name: str) -> None:
    xml = (LISTS / name).read_bytes()
    try:
        keys = key_info_certificates(xml)
    except errors.ListUnreadable:
        keys = ()
    with pytest.raises(REFUSED[name]):
        parse_list(xml) if name.startswith("lote/") else verify_list(xml, signer_keys=keys)
