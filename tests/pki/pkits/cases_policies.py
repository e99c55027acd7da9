"""PKITS 4.8 to 4.12: certificate policies, required, mapped and inhibited. 0 is anyPolicy, n NIST-test-policy-n.

A last figure after PKITS's own number is the line of inputs that it proposes. Where PKITS says that a path fails with
its default inputs, an authority of it requires an explicit policy (`explicit=0`).
"""

from __future__ import annotations

from typing import Any

from tests.pki.pkits.authority import VALID, Case, Part, again, ca, case, ee, policy

POLICIES = "policies"


def only(*numbers: int) -> dict[str, Any]:
    """initial-policy-set."""
    return {"initial": frozenset(map(policy, numbers))}


def strictly(*numbers: int) -> dict[str, Any]:
    """initial-policy-set and initial-explicit-policy."""
    return {**(only(*numbers) if numbers else {}), "explicit": True}


def lines(number: str, name: str, parts: tuple[Part, ...], *inputs: tuple[str | None, dict[str, Any]]) -> list[Case]:
    """One path validated with several inputs."""
    return [case(f"{number}.{line}", name, why, *parts, **chosen) for line, (why, chosen) in enumerate(inputs, 1)]


def p(*policies: int, **fields: Any) -> Part:
    """An authority that asserts these policies."""
    return ca(policies=policies, **fields)


def last(*policies: int, **fields: Any) -> Part:
    """An end entity that asserts these policies."""
    return ee(policies=policies, **fields)


_LONG = "q" * 250

CERTIFICATE_POLICIES = (
    *lines(
        "4.8.1",
        "All Certificates Same Policy",
        (p(1), last(1)),
        (VALID, {}),
        (VALID, strictly()),
        (VALID, strictly(1)),
        (POLICIES, strictly(2)),
        (VALID, strictly(1, 2)),
    ),
    *lines(
        "4.8.2",
        "All Certificates No Policies",
        (ca(policies=None), ee(policies=None)),
        (VALID, {}),
        (POLICIES, strictly()),
    ),
    *lines(
        "4.8.3",
        "Different Policies",
        (p(1), p(2), last(1)),
        (VALID, {}),
        (POLICIES, strictly()),
        (POLICIES, strictly(1, 2)),
    ),
    case("4.8.4", "Different Policies", POLICIES, p(1), p(1, explicit=0), last(2)),
    case("4.8.5", "Different Policies", POLICIES, p(1), p(2, explicit=0), last(1)),
    *lines(
        "4.8.6",
        "Overlapping Policies",
        (p(1, 2, 3, 4, explicit=0), p(1, 2, 3), p(1, 2), ca("EE", policies=(1,))),
        (VALID, {}),
        (VALID, only(1)),
        (POLICIES, only(2)),
    ),
    case("4.8.7", "Different Policies", POLICIES, p(1, 2, 3, explicit=0), p(1, 2), p(1), ca("EE", policies=(3,))),
    case("4.8.8", "Different Policies", POLICIES, p(1, 2, explicit=0), p(1), p(2), ca("EE", policies=(2,))),
    case("4.8.9", "Different Policies", POLICIES, p(1, 2, 3, explicit=0), p(1, 2), p(2), p(1), last(1)),
    *lines(
        "4.8.10",
        "All Certificates Same Policies",
        (p(1, 2, explicit=0), last(1, 2)),
        (VALID, {}),
        (VALID, only(1)),
        (VALID, only(2)),
    ),
    *lines("4.8.11", "All Certificates AnyPolicy", (p(0, explicit=0), last(0)), (VALID, {}), (VALID, only(1))),
    case("4.8.12", "Different Policies", POLICIES, p(3, explicit=0), last(4)),
    *lines(
        "4.8.13",
        "All Certificates Same Policies",
        (p(1, 2, 3, explicit=0), last(1, 2, 3)),
        (VALID, only(1)),
        (VALID, only(2)),
        (VALID, only(3)),
    ),
    *lines("4.8.14", "AnyPolicy", (p(0, explicit=0), last(1)), (VALID, only(1)), (POLICIES, only(2))),
    *lines("4.8.15", "User Notice Qualifier", (last(1, qualifiers=("notice",)),), (VALID, {}), (POLICIES, strictly(2))),
    case("4.8.16", "User Notice Qualifier", VALID, p(1), last(1, 2, qualifiers=("notice",)), **only(1)),
    case("4.8.17", "User Notice Qualifier", VALID, p(1), last(0, qualifiers=("notice",)), **only(1)),
    *lines(
        "4.8.18",
        "User Notice Qualifier",
        (p(1, 2, explicit=0), last(1, 0, qualifiers=("notice",))),
        (VALID, only(1)),
        (VALID, only(2)),
    ),
    case("4.8.19", "User Notice Qualifier (longer than 200)", VALID, last(1, qualifiers=(_LONG,))),
    case("4.8.20", "CPS Pointer Qualifier", VALID, p(1), last(1, qualifiers=("http://cps.example/",)), **strictly(1)),
)

_NO_POLICY = ee(policies=None)

REQUIRE_EXPLICIT = (
    case("4.9.1", "Valid requireExplicitPolicy", VALID, p(1, explicit=10), p(1), p(1), p(1), _NO_POLICY),
    case("4.9.2", "Valid requireExplicitPolicy", VALID, p(1, explicit=5), p(1), p(1), p(1), _NO_POLICY),
    case("4.9.3", "Invalid requireExplicitPolicy", POLICIES, p(1, explicit=4), p(1), p(1), p(1), _NO_POLICY),
    case("4.9.4", "Valid requireExplicitPolicy", VALID, p(1, explicit=0), p(1), p(1), p(1), last(1)),
    case(
        "4.9.5",
        "Invalid requireExplicitPolicy",
        POLICIES,
        p(1, explicit=7),
        p(1, explicit=2),
        p(1, explicit=4),
        p(1),
        _NO_POLICY,
    ),
    case(
        "4.9.6", "Valid Self-Issued requireExplicitPolicy", VALID, p(1, label="CA", explicit=2), again("CA"), _NO_POLICY
    ),
    case(
        "4.9.7",
        "Invalid Self-Issued requireExplicitPolicy",
        POLICIES,
        p(1, label="CA", explicit=2),
        again("CA"),
        p(1),
        _NO_POLICY,
    ),
    case(
        "4.9.8",
        "Invalid Self-Issued requireExplicitPolicy",
        POLICIES,
        p(1, label="CA", explicit=2),
        again("CA"),
        p(1, label="below"),
        again("below"),
        _NO_POLICY,
    ),
)


def m(*policies: int, to: tuple[tuple[int, int], ...], **fields: Any) -> Part:
    """An authority that maps policies."""
    return ca(policies=policies, mappings=to, **fields)


_TO_2, _TO_3, _TO_234 = ((1, 2),), ((1, 3),), ((1, 2), (1, 3), (1, 4))
_CHAIN = (m(1, 2, to=_TO_3, explicit=0), p(2, 3, 4), m(2, 3, 4, to=((3, 5), (2, 4))))
_FAN = (m(1, to=_TO_234, explicit=0), m(2, 3, 4, to=((2, 5), (3, 6), (4, 6))))

MAPPINGS = (
    *lines(
        "4.10.1",
        "Valid Policy Mapping",
        (m(1, to=_TO_2, explicit=0), last(2)),
        (VALID, only(1)),
        (POLICIES, only(2)),
        (POLICIES, {"inhibit_mapping": True}),
    ),
    *lines(
        "4.10.2",
        "Invalid Policy Mapping",
        (m(1, to=_TO_2, explicit=0), last(1)),
        (POLICIES, {}),
        (POLICIES, {"inhibit_mapping": True}),
    ),
    *lines("4.10.3", "Valid Policy Mapping", (*_CHAIN, last(4)), (POLICIES, only(1)), (VALID, only(2))),
    case("4.10.4", "Invalid Policy Mapping", POLICIES, *_CHAIN, last(3)),
    *lines("4.10.5", "Valid Policy Mapping", (*_FAN, last(5)), (VALID, only(1)), (POLICIES, only(6))),
    *lines("4.10.6", "Valid Policy Mapping", (*_FAN, last(6)), (VALID, only(1)), (POLICIES, only(6))),
    case("4.10.7", "Invalid Mapping From anyPolicy", POLICIES, m(0, to=((0, 1),), explicit=0), last(1)),
    case("4.10.8", "Invalid Mapping To anyPolicy", POLICIES, m(1, to=((1, 0),), explicit=0), last(1)),
    case("4.10.9", "Valid Policy Mapping", VALID, m(0, to=_TO_2, explicit=0), last(1)),
    case("4.10.10", "Invalid Policy Mapping", POLICIES, p(1), m(0, to=_TO_2, explicit=0), last(1)),
    case("4.10.11", "Valid Policy Mapping", VALID, p(1), m(0, to=_TO_2, explicit=0), last(2)),
    *lines(
        "4.10.12",
        "Valid Policy Mapping",
        (m(1, 2, to=_TO_3, explicit=0), last(0, 3)),
        (VALID, only(1)),
        (VALID, only(2)),
    ),
    case("4.10.13", "Valid Policy Mapping", VALID, m(1, 0, to=_TO_2, explicit=0), last(2)),
    case("4.10.14", "Valid Policy Mapping", VALID, m(1, 0, to=_TO_2, explicit=0), last(1)),
)

_TO_34 = ((1, 3), (2, 4))

INHIBIT_MAPPING = (
    case(
        "4.11.1",
        "Invalid inhibitPolicyMapping",
        POLICIES,
        p(1, explicit=0, inhibit_mapping=0),
        m(1, to=_TO_2),
        last(1, 2),
    ),
    case(
        "4.11.2",
        "Valid inhibitPolicyMapping",
        VALID,
        p(1, 2, explicit=0, inhibit_mapping=1),
        m(1, 2, to=_TO_34),
        last(3),
    ),
    case(
        "4.11.3",
        "Invalid inhibitPolicyMapping",
        POLICIES,
        p(1, 2, explicit=0, inhibit_mapping=1),
        m(1, 2, to=_TO_34),
        m(3, 4, to=((3, 5),)),
        last(5),
    ),
    case(
        "4.11.4",
        "Valid inhibitPolicyMapping",
        VALID,
        p(1, 2, explicit=0, inhibit_mapping=1),
        m(1, 2, to=_TO_34),
        m(3, 4, to=((3, 5),)),
        last(4),
    ),
    case(
        "4.11.5",
        "Invalid inhibitPolicyMapping",
        POLICIES,
        p(1, explicit=0, inhibit_mapping=5),
        p(1, inhibit_mapping=1),
        p(1),
        m(1, to=_TO_2),
        last(2),
    ),
    case(
        "4.11.6",
        "Invalid inhibitPolicyMapping",
        POLICIES,
        p(1, 2, explicit=0, inhibit_mapping=1),
        p(1, 2, inhibit_mapping=5),
        m(1, 2, to=_TO_3),
        last(3),
    ),
    case(
        "4.11.7",
        "Valid Self-Issued inhibitPolicyMapping",
        VALID,
        p(1, label="CA", explicit=0, inhibit_mapping=1),
        again("CA"),
        m(1, to=_TO_2),
        last(2),
    ),
    *(
        case(
            f"4.11.{number}",
            "Invalid Self-Issued inhibitPolicyMapping",
            POLICIES,
            p(1, label="CA", explicit=0, inhibit_mapping=1),
            again("CA"),
            m(1, to=_TO_2),
            m(2, to=((2, 3),)),
            last(policy_of_last),
        )
        for number, policy_of_last in ((8, 3), (9, 2))
    ),
    *(
        case(
            f"4.11.{number}",
            "Invalid Self-Issued inhibitPolicyMapping",
            POLICIES,
            p(1, label="CA", explicit=0, inhibit_mapping=1),
            again("CA"),
            m(1, label="below", to=_TO_2),
            again("below", policies=(2,), mappings=((2, 3),)),
            last(policy_of_last),
        )
        for number, policy_of_last in ((10, 3), (11, 2))
    ),
)

INHIBIT_ANY = (
    case("4.12.1", "Invalid inhibitAnyPolicy", POLICIES, p(1, explicit=0, inhibit_any=0), last(0)),
    case("4.12.2", "Valid inhibitAnyPolicy", VALID, p(1, explicit=0, inhibit_any=0), last(0, 1)),
    *lines(
        "4.12.3",
        "inhibitAnyPolicy",
        (p(1, explicit=0, inhibit_any=1), p(0), last(1)),
        (VALID, {}),
        (POLICIES, {"inhibit_any": True}),
    ),
    case("4.12.4", "Invalid inhibitAnyPolicy", POLICIES, p(1, explicit=0, inhibit_any=1), p(0), last(0)),
    case(
        "4.12.5",
        "Invalid inhibitAnyPolicy",
        POLICIES,
        p(1, explicit=0, inhibit_any=5),
        p(1, inhibit_any=1),
        p(1),
        last(0),
    ),
    case("4.12.6", "Invalid inhibitAnyPolicy", POLICIES, p(1, explicit=0, inhibit_any=1), p(1, inhibit_any=5), last(0)),
    case(
        "4.12.7",
        "Valid Self-Issued inhibitAnyPolicy",
        VALID,
        p(1, label="CA", explicit=0, inhibit_any=1),
        again("CA"),
        p(0),
        last(1),
    ),
    case(
        "4.12.8",
        "Invalid Self-Issued inhibitAnyPolicy",
        POLICIES,
        p(1, label="CA", explicit=0, inhibit_any=1),
        again("CA"),
        p(0),
        p(0),
        last(1),
    ),
    case(
        "4.12.9",
        "Valid Self-Issued inhibitAnyPolicy",
        VALID,
        p(1, label="CA", explicit=0, inhibit_any=1),
        again("CA"),
        p(0, label="below"),
        again("below", policies=(0,)),
        last(1),
    ),
    case(
        "4.12.10",
        "Invalid Self-Issued inhibitAnyPolicy",
        POLICIES,
        p(1, label="CA", explicit=0, inhibit_any=1),
        again("CA"),
        p(0, label="below"),
        ca("EE", same_as="below", policies=(0,)),
    ),
)

CASES = (*CERTIFICATE_POLICIES, *REQUIRE_EXPLICIT, *MAPPINGS, *INHIBIT_MAPPING, *INHIBIT_ANY)
