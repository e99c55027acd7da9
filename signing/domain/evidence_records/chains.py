"""Whether the archive time-stamps of a record follow from its objects and from each other (RFC 4998 5.3, RFC 6283 4.3).

The first one holds the digests of the data objects; each next one of a chain (time-stamp renewal) the digest of the
time-stamp before it; the first one of a next chain (hash-tree renewal) the digests of the objects anew, bound to
that of everything before. Whether tokens, certificates and algorithms hold at their times is judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm

from signing.domain.evidence_records.hash_tree import is_well_formed, node, root
from signing.domain.evidence_records.model import ArchiveTimeStamp, Chain, DataObject, EvidenceRecord, digests_of
from trustreg.pki.indications import Finding, SubIndication

Renewal = Literal["timestamp", "hash-tree"]


@dataclass(frozen=True, slots=True)
class Verified:
    """One archive time-stamp. `value` is what its token must be over, None when it cannot be told."""

    stamp: ArchiveTimeStamp
    algorithm: str | None
    renewal: Renewal | None
    value: bytes | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Due:
    """Something whose digest must be in the first list: any of `digests`, none when it cannot be computed."""

    name: str
    digests: tuple[bytes, ...]


def verify(record: EvidenceRecord, objects: Sequence[DataObject]) -> tuple[Verified, ...]:
    """Every archive time-stamp, oldest first. Each of `objects` must be in the record, and in each new hash tree."""
    return tuple(_walk(record, objects))


def _walk(record: EvidenceRecord, objects: Sequence[DataObject]) -> Iterator[Verified]:
    previous: ArchiveTimeStamp | None = None
    for position, chain in enumerate(record.chains):
        initial = [_Due(one.name, one.digests(chain)) for one in objects]
        for number, stamp in enumerate(chain.stamps):
            renewal: Renewal | None = "timestamp" if number else "hash-tree" if position else None
            if number and previous is not None:
                yield _verify(chain, stamp, renewal, [_Due("", previous.digests)])
            elif position:
                due = _rehashed(record, chain, initial)
                yield _verify(chain, stamp, renewal, due, group=record.syntax == "ERS", nothing=not objects)
            else:
                yield _verify(chain, stamp, renewal, initial, nothing=not objects)
            previous = stamp


def _rehashed(record: EvidenceRecord, chain: Chain, objects: list[_Due]) -> list[_Due]:
    """RFC 4998 5.2: the digest of each object, joined in this order with that of the sequence, is hashed once more.

    RFC 6283 4.2.2: the digest of the sequence stands beside those of the objects.
    """
    if record.syntax == "XMLERS":
        return [_Due("", chain.before), *objects]
    return [
        _Due(
            one.name,
            tuple(
                joined
                for value in one.digests
                for before in chain.before
                for joined in digests_of(chain.algorithm, value + before)
            ),
        )
        for one in objects
    ]


def _verify(
    chain: Chain,
    stamp: ArchiveTimeStamp,
    renewal: Renewal | None,
    due: Sequence[_Due],
    *,
    group: bool = False,
    nothing: bool = False,
) -> Verified:
    """`nothing`: nobody handed in an object, so that nobody can tell what the time-stamp is over.

    `group`: without a tree it may be over the group of all that is due; else only over one thing (RFC 6283 3.2.1).
    """
    algorithm = chain.algorithm
    findings = list(_form(chain, stamp))
    value: bytes | None = None
    if not findings and algorithm is not None:
        if stamp.tree is None:
            value = _implied(stamp, due, algorithm, group=group)
            found: frozenset[bytes] | None = None
        else:
            value, found = root(stamp.tree, algorithm), frozenset(stamp.tree[0])
        findings += _held(due, found, renewal)
        if stamp.tree is None and value is None and not findings and not nothing:
            findings.append(_NO_TREE)
    if nothing:
        findings.append(_NOTHING)
    return Verified(stamp, algorithm, renewal, value, tuple(findings))


def _form(chain: Chain, stamp: ArchiveTimeStamp) -> Iterator[Finding]:
    """RFC 4998 4.1 and 5.3: one algorithm in a chain, in its trees and in its tokens."""
    if chain.algorithm is None or not _available(chain.algorithm):
        yield _UNKNOWN_ALGORITHM
    elif stamp.algorithm != chain.algorithm or (
        stamp.token is not None and stamp.token.imprint_algorithm != chain.algorithm
    ):
        yield _OTHER_ALGORITHM
    elif stamp.tree is not None and not is_well_formed(stamp.tree, chain.algorithm):
        yield _BAD_TREE


def _available(algorithm: str) -> bool:
    try:
        node((b"", b""), algorithm)
    except UnsupportedAlgorithm:
        return False
    return True


def _implied(stamp: ArchiveTimeStamp, due: Sequence[_Due], algorithm: str, *, group: bool) -> bytes | None:
    """Without a tree: the one digest itself, or that of the group. The reading that fits counts."""
    if not due or not all(one.digests for one in due) or (len(due) > 1 and not group):
        return None
    most = max(len(one.digests) for one in due)
    readings = [
        node((one.digests[min(number, len(one.digests) - 1)] for one in due), algorithm) for number in range(most)
    ]
    imprint = stamp.token.imprint if stamp.token is not None else None
    return imprint if imprint in readings else readings[0]


def _held(due: Sequence[_Due], found: frozenset[bytes] | None, renewal: Renewal | None) -> Iterator[Finding]:
    # Where every value of the list is the digest of something else, none is left for what cannot be computed.
    taken = found is not None and found <= {value for one in due for value in one.digests}
    for one in due:
        if not one.digests and not taken:
            yield _not_computable(one.name)
        elif found is not None and not found & set(one.digests):
            yield _not_held(one.name, renewal)


def _not_held(name: str, renewal: Renewal | None) -> Finding:
    if not name:
        return _NOT_RENEWED
    if renewal == "hash-tree":
        return Finding(
            "evidence_record_objects",
            SubIndication.HASH_FAILURE,
            f"The renewal of the hash tree is not over {name[:80]!r} together with what was before it.",
            f"ハッシュ木の更新が、それ以前の記録と合わせた {name[:80]!r} を対象としていません。",
        )
    return Finding(
        "evidence_record_objects",
        SubIndication.HASH_FAILURE,
        f"The evidence record is not about {name[:80]!r} as it is here.",
        f"エビデンスレコードは、ここにある {name[:80]!r} を対象としていません。",
    )


def _not_computable(name: str) -> Finding:
    shown = repr(name[:80]) if name else "what was renewed"
    return Finding(
        "evidence_record_objects",
        SubIndication.SIGNED_DATA_NOT_FOUND,
        f"The digest of {shown} cannot be computed here, so nobody can tell whether the record is about it.",
        f"{shown if name else '更新の対象'} のハッシュ値を計算できないため、対象と一致するかどうかを判定できません。",
    )


_NOTHING = Finding(
    "evidence_record_objects",
    SubIndication.SIGNED_DATA_NOT_FOUND,
    "What the evidence record is about was not handed in, so nobody can tell whether it is about it.",
    "エビデンスレコードの対象が渡されていないため、対象と一致するかどうかを判定できません。",
)
_NOT_RENEWED = Finding(
    "evidence_record_sequence",
    SubIndication.HASH_FAILURE,
    "The time-stamp is not over the one before it: the evidence record is not one unbroken sequence.",
    "タイムスタンプが直前の記録を対象としていないため、エビデンスレコードが連続していません。",
)
_NO_TREE = Finding(
    "evidence_record_objects",
    SubIndication.HASH_FAILURE,
    "A time-stamp without a hash tree is over one thing alone; here are several.",
    "ハッシュ木のないタイムスタンプの対象は一つだけですが、複数の対象があります。",
)
_BAD_TREE = Finding(
    "evidence_record_hash_tree",
    SubIndication.HASH_FAILURE,
    "Values of the hash tree are no digests of the algorithm of their chain.",
    "ハッシュ木の値の長さが、チェーンのハッシュアルゴリズムと合いません。",
)
_OTHER_ALGORITHM = Finding(
    "evidence_record_algorithm",
    SubIndication.HASH_FAILURE,
    "The time-stamps of one chain do not all use the digest algorithm of the chain.",
    "一つのチェーンの中で、タイムスタンプのハッシュアルゴリズムが統一されていません。",
)
_UNKNOWN_ALGORITHM = Finding(
    "evidence_record_algorithm",
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    "The digest algorithm of a chain is not known here.",
    "チェーンのハッシュアルゴリズムに対応していません。",
)
