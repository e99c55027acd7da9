"""Evidence records beside the data that they are about: what is proven, since when, and what breaks the proof."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.domain.evidence_records import asn1 as ers
from signing.domain.evidence_records import hash_tree
from signing.domain.evidence_records import xml as xmlers
from signing.domain.evidence_records.model import MAX_CHAINS, EvidenceRecordError
from signing.domain.evidence_records.reader import parse, recognise
from tests.pki.factories import attribute, make_crl, make_tsa
from tests.signing.evidence_world import (
    ERS,
    FIRST,
    FOURTH,
    SECOND,
    THIRD,
    Asn1,
    Xml,
    check,
    digest,
    father,
    reduced,
    token,
)
from tests.signing.signing_world import NOW, TSA_TYPE, listed, trust, validate, world
from trustreg.pki import asn1
from trustreg.pki.indications import Indication

DATA = b"The parties agree.\n"
GROUP = (DATA, b"annex 1", b"annex 2")
XML_DATA = b'<a  b="1"\n><!-- c --><c/></a>'
BOTH = pytest.mark.parametrize("syntax", [Asn1, Xml])


def times(report):
    return [(stamp.time, stamp.proof) for stamp in report.timestamps]


def only(report):
    (record,) = report.evidence_records
    return record


@cache
def _sample(syntax):
    return syntax().initial([DATA], others=3).renewed(SECOND).rebuilt([DATA], THIRD).encode()


class TestWhole:
    @BOTH
    @pytest.mark.parametrize("others", [0, 1, 6, 37])
    def test_one_object_among_others(self, syntax, others):
        report = check(syntax().initial([DATA], others=others), DATA)
        assert (report.document.format, report.indication) == ("EvidenceRecord", Indication.TOTAL_PASSED)
        assert (only(report).proof, only(report).time) == (True, FIRST)
        assert report.timestamps[0].qualification == "QTSA"
        assert report.timestamps[0].coverage == "whole"

    @BOTH
    def test_a_group_of_objects(self, syntax):
        assert check(syntax().initial(GROUP, others=5), *GROUP).indication is Indication.TOTAL_PASSED

    @BOTH
    def test_part_of_a_group_is_proven_too(self, syntax):
        assert check(syntax().initial(GROUP, others=5), GROUP[1]).indication is Indication.TOTAL_PASSED

    @BOTH
    def test_without_a_tree_it_is_over_one_object(self, syntax):
        assert check(syntax().initial([DATA], tree=False), DATA).indication is Indication.TOTAL_PASSED

    @BOTH
    @pytest.mark.parametrize("tree", [True, False])
    def test_time_stamp_renewals(self, syntax, tree):
        record = syntax().initial([DATA], others=4).renewed(SECOND, tree=tree).renewed(THIRD, tree=tree)
        report = check(record, DATA)
        assert report.indication is Indication.TOTAL_PASSED
        assert times(report) == [(FIRST, True), (SECOND, True), (THIRD, True)]
        assert [stamp.evidence_record["renewal"] for stamp in report.timestamps] == [None, "timestamp", "timestamp"]

    @BOTH
    def test_a_renewal_may_be_shared_with_strangers(self, syntax):
        assert check(syntax().initial([DATA]).renewed(SECOND, others=7), DATA).indication is Indication.TOTAL_PASSED

    @pytest.mark.parametrize(("syntax", "tree"), [(Asn1, True), (Asn1, False), (Xml, True)])
    @pytest.mark.parametrize("objects", [[DATA], GROUP], ids=["one", "group"])
    def test_hash_tree_renewals(self, syntax, tree, objects):
        record = syntax().initial(objects, others=3).renewed(SECOND)
        record = record.rebuilt(objects, THIRD, "sha512", tree=tree).rebuilt(objects, FOURTH, "sha384", tree=tree)
        report = check(record, *objects)
        assert report.indication is Indication.TOTAL_PASSED
        assert (only(report).proof, only(report).time) == (True, FIRST)
        assert report.timestamps[2].evidence_record["renewal"] == "hash-tree"

    @BOTH
    def test_equal_objects_stay_two_in_their_group(self, syntax):
        assert check(syntax().initial([DATA, DATA]), DATA).indication is Indication.TOTAL_PASSED

    def test_xml_data_is_hashed_in_its_canonical_form(self):
        record = Xml().initial([b'<a b="1"><c></c></a>'])
        assert check(record, XML_DATA).indication is Indication.TOTAL_PASSED
        assert check(Asn1().initial([b'<a b="1"><c></c></a>']), XML_DATA).indication is Indication.TOTAL_FAILED

    def test_the_order_of_xml_parts_is_the_one_that_they_state(self):
        record = Xml().initial([DATA], others=2)
        text = record.encode().decode()
        first = text.index("<ers:Sequence Order")
        second, end = text.index("<ers:Sequence Order", first + 1), text.index("</ers:HashTree>")
        swapped = text[:first] + text[second:end] + text[first:second] + text[end:]
        assert check(swapped.encode(), DATA).indication is Indication.TOTAL_PASSED

    def test_the_digest_stands_for_data_that_stay_away(self):
        record = Asn1().initial([DATA], others=3)
        report = validate(record.encode(), digests={"sha256": digest("sha256", DATA)})
        assert report.indication is Indication.TOTAL_PASSED
        assert validate(record.encode(), digests={"sha512": bytes(64)}).sub_indication == "SIGNED_DATA_NOT_FOUND"


class TestBroken:
    @BOTH
    def test_another_object(self, syntax):
        report = check(syntax().initial([DATA], others=4), DATA + b"!")
        assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, "HASH_FAILURE")
        assert (report.timestamps[0].intact, report.timestamps[0].coverage, only(report).proof) == (
            False,
            "none",
            False,
        )

    @BOTH
    def test_one_of_several_documents_is_not_in_it(self, syntax):
        assert check(syntax().initial([DATA]), DATA, b"more").sub_indication == "HASH_FAILURE"

    @BOTH
    def test_two_documents_and_no_tree(self, syntax):
        assert check(syntax().initial([DATA], tree=False), DATA, b"more").sub_indication == "HASH_FAILURE"

    @BOTH
    def test_nothing_beside_it(self, syntax):
        for record in (syntax().initial([DATA]), syntax().initial([DATA]).rebuilt([DATA], SECOND)):
            report = check(record)
            assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, "SIGNED_DATA_NOT_FOUND")
            assert report.timestamps[0].intact is None
            assert not only(report).proof

    @BOTH
    def test_an_altered_node(self, syntax):
        record = syntax().initial([DATA], others=6)
        lists = [[*one] for one in record.chains[0][1][0].lists]
        lists[1][0] = digest("sha256", b"altered")
        report = check(record.changed(0, 0, lists=lists), DATA)
        assert (report.sub_indication, only(report).proof) == ("HASH_FAILURE", False)

    @BOTH
    def test_a_value_put_in_that_nobody_stamped(self, syntax):
        record = syntax().initial([DATA])
        lists = [[*record.chains[0][1][0].lists[0], digest("sha256", b"forged")]]
        assert check(record.changed(0, 0, lists=lists), b"forged").sub_indication == "HASH_FAILURE"

    @BOTH
    def test_a_node_is_not_taken_for_a_leaf_of_another_list(self, syntax):
        """The object must be in the first list: what stands further up are roots of strangers."""
        record = syntax().initial([DATA], others=1)
        first, second = record.chains[0][1][0].lists
        assert check(record.changed(0, 0, lists=[second, first]), DATA).sub_indication == "HASH_FAILURE"

    @BOTH
    def test_a_value_of_another_length_is_no_digest(self, syntax):
        """Two digests joined, or one cut in two, give the same octets."""
        one, two = sorted([digest("sha256", DATA), digest("sha256", b"other")])
        root = father("sha256", [one, two])
        record = syntax().initial([DATA])
        for lists in ([[one + two]], [[one, two[:16], two[16:]]]):
            forged = record.changed(0, 0, lists=lists, token=token(root, "sha256", FIRST))
            assert check(forged, DATA).sub_indication == "HASH_FAILURE"

    @BOTH
    def test_a_renewal_over_something_else(self, syntax):
        record = syntax().initial([DATA]).renewed(SECOND)
        other = syntax().initial([b"other"]).renewed(SECOND).chains[0][1][1]
        report = check(record.changed(0, 1, lists=other.lists, token=other.token), DATA)
        assert report.sub_indication == "HASH_FAILURE"
        assert times(report)[0] == (FIRST, False)

    @BOTH
    def test_a_renewal_that_was_taken_out(self, syntax):
        name, (first, _, third) = syntax().initial([DATA]).renewed(SECOND).renewed(THIRD).chains[0]
        report = check(syntax(((name, (first, third)),)), DATA)
        assert (report.sub_indication, only(report).proof) == ("HASH_FAILURE", False)

    @BOTH
    def test_renewals_in_another_order(self, syntax):
        name, (first, second, third) = syntax().initial([DATA]).renewed(SECOND).renewed(THIRD).chains[0]
        report = check(syntax(((name, (first, third, second)),)), DATA)
        assert (report.indication, only(report).proof) == (Indication.TOTAL_FAILED, False)

    @BOTH
    def test_a_renewal_that_is_older_than_what_it_renews(self, syntax):
        report = check(syntax().initial([DATA], SECOND).renewed(FIRST), DATA)
        assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, "TIMESTAMP_ORDER_FAILURE")
        assert not only(report).proof

    @BOTH
    def test_a_token_that_is_its_own_renewal(self, syntax):
        record = syntax().initial([DATA]).renewed(SECOND)
        first = record.chains[0][1][0]
        assert check(record.changed(0, 1, lists=first.lists, token=first.token), DATA).sub_indication == "HASH_FAILURE"

    @BOTH
    def test_a_hash_tree_renewal_that_leaves_the_object_out(self, syntax):
        report = check(syntax().initial(GROUP).rebuilt(GROUP[1:], SECOND), *GROUP)
        assert (report.sub_indication, only(report).proof) == ("HASH_FAILURE", False)
        assert (
            check(syntax().initial(GROUP).rebuilt(GROUP[1:], SECOND), *GROUP[1:]).indication is Indication.TOTAL_PASSED
        )

    @BOTH
    def test_a_hash_tree_renewal_that_leaves_the_sequence_out(self, syntax):
        record = syntax().initial([DATA])
        bare = digest("sha512", DATA)
        fresh = replace(record.chains[0][1][0], lists=[[bare]], token=token(bare, "sha512", SECOND))
        report = check(replace(record, chains=(*record.chains, ("sha512", (fresh,)))), DATA)
        assert (report.sub_indication, only(report).proof) == ("HASH_FAILURE", False)

    def test_a_hash_tree_renewal_in_xml_without_its_tree(self):
        """The sequence and the object are two: RFC 6283 3.2.1 wants a tree over them."""
        assert check(Xml().initial([DATA]).rebuilt([DATA], SECOND, tree=False), DATA).sub_indication == "HASH_FAILURE"

    @BOTH
    def test_a_hash_tree_renewal_of_another_record(self, syntax):
        """The first chain was exchanged for one with an earlier time."""
        renewed = syntax().initial([DATA], SECOND).rebuilt([DATA], THIRD)
        earlier = syntax().initial([DATA], FIRST)
        report = check(replace(renewed, chains=(*earlier.chains, *renewed.chains[1:])), DATA)
        assert (report.sub_indication, only(report).proof) == ("HASH_FAILURE", False)

    def test_an_algorithm_that_is_not_that_of_the_chain(self):
        record = Asn1().initial([DATA])
        other = token(digest("sha512", record.chains[0][1][0].token), "sha512", SECOND)
        stamp = replace(record.chains[0][1][0], lists=None, token=other)
        report = check(replace(record, chains=(("sha256", (*record.chains[0][1], stamp)),)), DATA)
        assert report.sub_indication == "HASH_FAILURE"

    @BOTH
    def test_a_token_of_another_algorithm_than_the_tree(self, syntax):
        record = syntax().initial([DATA])
        changes = {"stated": "sha256"} if syntax is Asn1 else {}
        root = record.chains[0][1][0].lists[0][0]
        report = check(record.changed(0, 0, token=token(digest("sha512", root), "sha512", FIRST), **changes), DATA)
        assert report.sub_indication == "HASH_FAILURE"

    @BOTH
    def test_a_weak_algorithm_is_proven_only_by_a_renewal_from_its_time(self, syntax):
        report = check(syntax().initial([DATA], name="sha1"), DATA)
        assert (report.indication, report.sub_indication) == (
            Indication.INDETERMINATE,
            "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        )
        late = check(syntax().initial([DATA], name="sha1").rebuilt([DATA], SECOND), DATA)
        assert (late.sub_indication, only(late).proof) == ("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", False)

    @BOTH
    def test_a_forged_token(self, syntax):
        record = syntax().initial([DATA])
        octets = bytearray(record.chains[0][1][0].token)
        octets[-4] ^= 1  # of the signature value
        report = check(record.changed(0, 0, token=bytes(octets)), DATA)
        assert (report.indication, report.timestamps[0].intact) == (Indication.TOTAL_FAILED, False)

    @BOTH
    def test_a_token_that_cannot_be_read(self, syntax):
        broken = asn1.encode(asn1.SEQUENCE, asn1.encode_oid("1.2.3"))
        record = syntax().initial([DATA]).changed(0, 0, token=broken, stated="sha256")
        report = check(record, DATA)
        assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, "FORMAT_FAILURE")


class TestTrust:
    @BOTH
    def test_the_first_time_counts_only_while_the_last_one_does(self, syntax):
        """The authority of the renewal is nobody's: the first token, sound by itself, proves nothing any more."""
        stranger = make_tsa(None, "Stranger TSA")
        record = syntax().initial([DATA]).renewed(SECOND, tsa=stranger, certificates=[stranger.der])
        report = check(record, DATA)
        assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND")
        assert times(report) == [(FIRST, False), (SECOND, False)]
        assert [notice.code for notice in report.timestamps[0].warnings] == ["EVIDENCE_RECORD_RENEWAL"]

    @BOTH
    def test_a_renewal_saves_what_expired_after_it(self, syntax):
        """The first authority's certificate ended after the renewal, whose record carries the list from then."""
        here = world()
        short = make_tsa(here.tsa_ca, "Short TSA", not_after=SECOND + timedelta(days=2))
        crl = make_crl(here.tsa_ca, this_update=SECOND - timedelta(hours=1))
        schedule = listed((here.tsa_ca, TSA_TYPE, ((FIRST - timedelta(days=30), "qualified"),)))
        chain = [short.der, here.tsa_ca.der]
        first = syntax().initial([DATA])
        root = first.chains[0][1][0].lists[0][0]
        information = [("CRL", crl)] if syntax is Xml else []
        first = first.changed(
            0, 0, token=token(root, "sha256", FIRST, short, certificates=chain), information=information
        )
        if syntax is Asn1:
            lists = asn1.encode(asn1.SEQUENCE, asn1.encode(asn1.context(0), asn1.encode(asn1.SEQUENCE, crl)))
            first = replace(first, information=(attribute("1.2.840.113549.1.9.16.2.24", lists),))
        alone = check(first, DATA, trust=schedule)
        assert (alone.indication, only(alone).proof) == (Indication.INDETERMINATE, False)
        saved = check(first.renewed(SECOND), DATA, trust=schedule)
        assert saved.indication is Indication.TOTAL_PASSED, saved.timestamps[0].errors
        assert (only(saved).proof, only(saved).time) == (True, FIRST)
        late = check(first.renewed(THIRD), DATA, trust=schedule)
        assert not only(late).proof

    @BOTH
    def test_an_authority_that_was_withdrawn_later(self, syntax):
        fallen = trust(tsa=[(FIRST - timedelta(days=30), "qualified"), (THIRD, "withdrawn")])
        report = check(syntax().initial([DATA]), DATA, trust=fallen)
        assert (only(report).proof, report.indication) == (False, Indication.INDETERMINATE)

    @BOTH
    def test_a_renewal_from_the_future(self, syntax):
        report = check(syntax().initial([DATA]).renewed(NOW + timedelta(days=1)), DATA)
        assert (report.indication, only(report).proof) == (Indication.INDETERMINATE, False)


class TestReading:
    @BOTH
    def test_each_syntax_is_recognised(self, syntax):
        data = syntax().initial([DATA]).encode()
        assert recognise(data)
        assert parse(data).syntax == {Asn1: "ERS", Xml: "XMLERS"}[syntax]

    @pytest.mark.parametrize("data", [b"", b"0", b"\x30\x03\x02\x01\x01", b"<EvidenceRecord/>", b"<a/>", b"<" * 3000])
    def test_other_octets_are_not(self, data):
        assert not recognise(data)

    @BOTH
    def test_an_unknown_version(self, syntax):
        record = replace(syntax().initial([DATA]), options={"version": 2 if syntax is Asn1 else "2.0"})
        with pytest.raises(EvidenceRecordError):
            parse(record.encode())

    @BOTH
    @pytest.mark.parametrize("lists", [[], [[]], [[bytes(32)], []]])
    def test_an_empty_list(self, syntax, lists):
        with pytest.raises(EvidenceRecordError):
            parse(syntax().initial([DATA]).changed(0, 0, lists=lists).encode())

    @BOTH
    def test_more_chains_than_are_read(self, syntax):
        chain = syntax().initial([DATA]).chains[0]
        with pytest.raises(EvidenceRecordError, match="more"):
            parse(syntax((chain,) * (MAX_CHAINS + 1)).encode())

    @BOTH
    def test_more_time_stamps_than_are_read(self, syntax):
        name, (stamp,) = syntax().initial([DATA]).chains[0]
        with pytest.raises(EvidenceRecordError, match="more"):
            parse(syntax(((name, (stamp,) * 200),)).encode())

    @BOTH
    def test_no_time_stamp(self, syntax):
        for chains in ((), (("sha256", ()),)):
            with pytest.raises(EvidenceRecordError):
                parse(syntax(chains).encode())

    @BOTH
    def test_a_huge_tree_is_refused_or_computed_at_once(self, syntax):
        record = syntax().initial([DATA])
        lists = [[bytes(32)] * 60_000, [bytes(32)] * 60_000]
        with pytest.raises(EvidenceRecordError):
            parse(record.changed(0, 0, lists=lists).encode())
        deep = record.changed(0, 0, lists=[record.chains[0][1][0].lists[0], *[[bytes(32)]] * 5_000])
        assert check(deep, DATA).sub_indication == "HASH_FAILURE"

    @pytest.mark.parametrize("orders", [{1: 2}, {1: 0}, {2: 1}, {2: 3}, {1: "01"}, {1: ""}])
    def test_orders_count_without_gap_or_repetition(self, orders):
        record = replace(Xml().initial([DATA]).rebuilt([DATA], SECOND), options={"orders": orders})
        report = check(record, DATA)
        assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, "FORMAT_FAILURE")

    def test_a_document_type_is_refused(self):
        data = b"<!DOCTYPE a []>" + Xml().initial([DATA]).element().encode()
        assert validate(data).indication is not Indication.TOTAL_PASSED

    def test_a_canonicalization_that_is_not_known(self):
        data = Xml().initial([DATA]).encode().replace(b"REC-xml-c14n-20010315", b"REC-something")
        assert check(data, DATA).sub_indication == "FORMAT_FAILURE"

    def test_elements_of_another_namespace_are_not_read(self):
        data = Xml().initial([DATA]).encode().replace(ERS.encode(), b"urn:other")
        assert not recognise(data)

    @given(st.binary(max_size=300))
    def test_any_octets_give_a_record_or_a_clear_error(self, data):
        for read in (ers.parse, xmlers.parse, parse):
            with suppress(EvidenceRecordError):
                read(data)

    @given(st.lists(st.integers(1, 3), min_size=1, max_size=12), st.data())
    def test_every_reduced_tree_leads_to_the_one_root(self, sizes, data):
        groups = [[digest("sha256", f"{at}.{one}".encode()) for one in range(size)] for at, size in enumerate(sizes)]
        roots = {hash_tree.root(reduced("sha256", groups, at)[0], "sha256") for at in range(len(groups))}
        assert roots == {reduced("sha256", groups, 0)[1]}
        lists = reduced("sha256", groups, data.draw(st.integers(0, len(groups) - 1)))[0]
        shuffled = [data.draw(st.permutations(one)) for one in lists]
        assert hash_tree.root(shuffled, "sha256") in roots, "values of a list have no order of their own"

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_a_changed_record_never_passes_with_other_octets_where_it_matters(self, data):
        """Any one octet changed: an answer, and never the proof of another time or of another object."""
        syntax = data.draw(st.sampled_from([Asn1, Xml]))
        octets = bytearray(_sample(syntax))
        position = data.draw(st.integers(0, len(octets) - 1))
        octets[position] ^= data.draw(st.integers(1, 255))
        report = check(bytes(octets), b"not the object")
        assert report.indication is not Indication.TOTAL_PASSED
        report = check(bytes(octets), DATA)
        assert all(record.time == FIRST for record in report.evidence_records if record.proof)
