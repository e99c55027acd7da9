"""Certificate policies along a path (RFC 5280 6.1.3 to 6.1.5), with the work bounded as RFC 9618 does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trustreg.pki.certificates import Certificate
from trustreg.pki.extensions import ANY_POLICY

_ANY = frozenset({ANY_POLICY})


@dataclass(frozen=True, slots=True)
class PolicyInputs:
    """What the one who validates demands of policies (RFC 5280 6.1.1 c, e to g); the defaults demand nothing."""

    initial: frozenset[str] = _ANY
    explicit: bool = False
    inhibit_mapping: bool = False
    inhibit_any: bool = False


@dataclass(frozen=True, slots=True)
class _Node:
    """A policy that is valid at one depth: `expected` in the next certificate, and the policies of the anchor's own
    domain that it stands for (`roots`).

    RFC 5280 keeps the whole tree, which grows without bound with mappings. All that it is asked at the end is from
    which policies of the anchor's domain a branch came, so that is carried along and no node is kept twice.
    """

    expected: frozenset[str]
    roots: frozenset[str]


class PolicyState:
    """Walked from below the anchor (`length` certificates) down to the leaf."""

    def __init__(self, length: int, inputs: PolicyInputs) -> None:
        self._initial = inputs.initial
        self._nodes: dict[str, _Node] = {ANY_POLICY: _Node(_ANY, _ANY)}
        self._explicit = 0 if inputs.explicit else length + 1
        self._mapping = 0 if inputs.inhibit_mapping else length + 1
        self._any = 0 if inputs.inhibit_any else length + 1

    @property
    def valid(self) -> frozenset[str]:
        """The policies of the anchor's domain under which the path is valid, narrowed to the initial ones."""
        roots = frozenset[str]().union(*(node.roots for node in self._nodes.values()))
        if ANY_POLICY in self._initial:
            return roots
        return self._initial if ANY_POLICY in roots else roots & self._initial

    def step(self, certificate: Certificate, *, last: bool) -> bool:
        """Take the next certificate; whether the path is still valid."""
        self._assert_policies(certificate, last=last)
        if last:
            if certificate.require_explicit_policy == 0 or self._explicit <= 1:
                self._explicit = 0
            return self._explicit > 0 or bool(self.valid)
        fine = self._explicit > 0 or bool(self._nodes)
        mappings = _mappings(certificate)
        if mappings is None:
            return False
        self._map(mappings)
        self._count(certificate)
        return fine

    def _assert_policies(self, certificate: Certificate, *, last: bool) -> None:
        """6.1.3 d and e."""
        own = set(certificate.policies or ())
        before, nodes = self._nodes, {}
        expecting: dict[str, frozenset[str]] = {}
        for node in before.values():
            for policy in node.expected:
                expecting[policy] = expecting.get(policy, frozenset()) | node.roots
        for policy in own - _ANY:
            if policy in expecting:
                nodes[policy] = _Node(frozenset({policy}), expecting[policy])
            elif ANY_POLICY in before:
                nodes[policy] = _Node(frozenset({policy}), frozenset({policy}))
        if ANY_POLICY in own and (self._any > 0 or (not last and certificate.self_issued)):
            for policy, roots in expecting.items():
                nodes.setdefault(policy, _Node(frozenset({policy}), roots))
        self._nodes = nodes

    def _map(self, mappings: Mapping[str, frozenset[str]]) -> None:
        """6.1.4 b."""
        for policy, mapped in mappings.items():
            node = self._nodes.get(policy)
            if self._mapping == 0:
                self._nodes.pop(policy, None)
            elif node is not None:
                self._nodes[policy] = _Node(mapped, node.roots)
            elif ANY_POLICY in self._nodes:
                self._nodes[policy] = _Node(mapped, frozenset({policy}))

    def _count(self, certificate: Certificate) -> None:
        """6.1.4 h to j."""
        if not certificate.self_issued:
            self._explicit = max(self._explicit - 1, 0)
            self._mapping = max(self._mapping - 1, 0)
            self._any = max(self._any - 1, 0)
        self._explicit = _least(self._explicit, certificate.require_explicit_policy)
        self._mapping = _least(self._mapping, certificate.inhibit_policy_mapping)
        self._any = _least(self._any, certificate.inhibit_any_policy)


def _mappings(certificate: Certificate) -> dict[str, frozenset[str]] | None:
    """Policies of the issuer's domain -> those of the subject's; None when one is anyPolicy (6.1.4 a)."""
    found: dict[str, frozenset[str]] = {}
    for issuer, subject in certificate.policy_mappings:
        if ANY_POLICY in (issuer, subject):
            return None
        found[issuer] = found.get(issuer, frozenset()) | {subject}
    return found


def _least(counter: int, limit: int | None) -> int:
    return counter if limit is None else min(counter, max(limit, 0))
