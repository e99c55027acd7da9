"""Hypothesis strategies for whole lists, within what a list may hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import trusted_list_factory as factory
from hypothesis import strategies as st

from qualified_list.domain.model import (
    Criteria,
    Equivalence,
    Pointer,
    PostalAddress,
    Qualification,
    State,
    Text,
    TrustedList,
)
from qualified_list.domain.xml.names import QUALIFIERS
from trustreg.pki.trust import Usage

values = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(
    lambda text: text == text.strip() and "\ufffe" not in text and "\uffff" not in text
)
multilingual = st.lists(st.builds(Text, st.sampled_from(["en", "ja", "ko"]), values), min_size=1, max_size=3).map(tuple)
oids = st.lists(st.sampled_from(["1.2.3", "2.5.4.3", "1.3.6.1.4.1.99999.1"]), min_size=1, max_size=2).map(tuple)
bits = st.lists(
    st.tuples(st.sampled_from(["digitalSignature", "nonRepudiation", "crlSign"]), st.booleans()), min_size=1, max_size=2
).map(tuple)
criteria = st.recursive(
    st.builds(
        Criteria,
        assertion=st.sampled_from(["all", "atLeastOne", "none"]),
        key_usages=st.lists(bits, min_size=1, max_size=2).map(tuple),
        policy_sets=st.lists(oids, max_size=2).map(tuple),
        extended_key_usages=st.lists(oids, max_size=1).map(tuple),
        subject_attributes=st.lists(oids, max_size=1).map(tuple),
        description=st.none() | values,
    ),
    lambda inner: st.builds(
        Criteria, assertion=st.just("all"), lists=st.lists(inner, min_size=1, max_size=2).map(tuple)
    ),
    max_leaves=3,
)
qualifications = st.lists(
    st.builds(
        Qualification,
        st.lists(st.sampled_from(sorted(QUALIFIERS)), min_size=1, max_size=2, unique=True).map(tuple),
        criteria,
    ),
    max_size=2,
).map(tuple)


@st.composite
def states(draw: st.DrawFn, days: int) -> State:
    return State(
        status=draw(st.sampled_from(["qualified", "specified", "suspended", "withdrawn"])),
        names=draw(multilingual),
        start=factory.ISSUED - timedelta(days=days),
        scope=tuple(draw(st.lists(st.sampled_from(list(Usage)), unique=True, max_size=3))),
        qualifications=draw(qualifications),
        valid_until=draw(st.none() | st.just(factory.ISSUED + timedelta(days=30))),
    )


@st.composite
def issues(draw: st.DrawFn) -> TrustedList:
    services = []
    for number in range(draw(st.integers(0, 3))):
        ages = draw(st.lists(st.integers(0, 900), min_size=1, max_size=4, unique=True).map(sorted))
        known = [draw(states(age)) for age in ages]
        services.append(
            factory.service(
                f"S{number}",
                current=known[0],
                history=tuple(known[1:]),
                service_type=draw(
                    st.sampled_from(
                        ["http://uri.etsi.org/TrstSvc/Svctype/CA/PKC", "http://uri.etsi.org/TrstSvc/Svctype/TSA"]
                    )
                ),
            )
        )
    postal = PostalAddress("en", draw(values), draw(values), "JP", draw(st.none() | values), draw(st.none() | values))
    pointers = []
    if draw(st.booleans()):
        lines = st.builds(
            Equivalence,
            st.just("http://uri.etsi.org/TrstSvc/Svctype/CA/QC"),
            st.sampled_from([Usage.ESIGN, Usage.ESEAL, None]),
            st.just(("https://xx.example/granted",)),
            st.just(("https://xx.example/withdrawn", "https://xx.example/revoked")),
            st.just(factory.ISSUED - timedelta(days=3)),
        )
        pointers.append(
            Pointer(
                "XX",
                "https://xx.example/tl.xml",
                "https://xx.example/type",
                draw(multilingual),
                draw(multilingual),
                (factory.ca_certificate("xx"),),
                tuple(draw(st.lists(lines, max_size=2))),
            )
        )
    issue = factory.issue(*services, sequence=draw(st.integers(1, 10**6)), pointers=tuple(pointers))
    changed = replace(
        issue.scheme, operator_name=draw(multilingual), operator_address=replace(factory.address(), postal=(postal,))
    )
    return replace(issue, scheme=changed)
