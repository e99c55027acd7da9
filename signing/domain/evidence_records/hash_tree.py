"""Reduced hash trees (RFC 4998 4.2 and 4.3, RFC 6283 3.2 and 3.3): from the lists of a path to its root."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trustreg.pki.signatures import DIGEST_SIZES, digest


def node(values: Iterable[bytes], algorithm: str) -> bytes:
    """The father of these values: they are sorted as octets, joined and hashed. One alone is its own father.

    Equal values are all kept. Raises `UnsupportedAlgorithm`.
    """
    every = sorted(values)
    return every[0] if len(every) == 1 else digest(algorithm, b"".join(every))


def root(tree: Sequence[Sequence[bytes]], algorithm: str) -> bytes:
    """The root: the father of each list joins the next one. Raises `UnsupportedAlgorithm`."""
    value = node(tree[0], algorithm)
    for siblings in tree[1:]:
        value = node((*siblings, value), algorithm)
    return value


def is_well_formed(tree: Sequence[Sequence[bytes]], algorithm: str) -> bool:
    """Whether no list is empty and each value has the length of the digest: others could be cut differently."""
    size = DIGEST_SIZES.get(algorithm)
    return bool(tree) and all(siblings and all(len(value) == size for value in siblings) for siblings in tree)
