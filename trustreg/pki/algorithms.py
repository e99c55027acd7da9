"""Which algorithms may be relied on until when (ETSI TS 119 312), as data in `algorithms.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trustreg.pki.certificates import Certificate
    from trustreg.pki.signatures import SignatureAlgorithm

_FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AlgorithmCatalogue:
    """End dates. `digests`: name -> end; `keys`: kind -> ((minimum bits, end), …) ascending; `curves`: name -> end.

    An end is the last instant at which the algorithm may be relied on; what is not in the catalogue never may.
    """

    name: str
    digests: Mapping[str, datetime]
    keys: Mapping[str, tuple[tuple[int, datetime], ...]]
    curves: Mapping[str, datetime]

    def digest_end(self, name: str | None) -> datetime | None:
        """End of a digest algorithm; None when it may never be relied on."""
        return self.digests.get(name or "")

    def key_end(self, kind: str, size: int, curve: str | None = None) -> datetime | None:
        """End of a key (`Certificate.key_type`); None when it may never be relied on."""
        if kind == "ec":
            limit = self.curves.get(curve or "")
            if limit is None:
                return None
        else:
            limit = _FOR_EVER
        ends = [end for minimum, end in self.keys.get(kind, ()) if size >= minimum]
        return min(ends[-1], limit) if ends else None

    def certificate_end(self, certificate: Certificate) -> datetime | None:
        """End of the key in a certificate."""
        return self.key_end(*certificate.key_type)

    def signature_end(self, algorithm: SignatureAlgorithm, key: Certificate) -> datetime | None:
        """End of a signature made with `algorithm` and the key of `key`: the earliest of its parts."""
        ends = [self.certificate_end(key)]
        if algorithm.scheme is None:
            return None
        if algorithm.scheme not in ("ed25519", "ed448"):
            ends.append(self.digest_end(algorithm.digest))
        if algorithm.mgf_digest is not None:
            ends.append(self.digest_end(algorithm.mgf_digest))
        known = [end for end in ends if end is not None]
        return min(known) if len(known) == len(ends) else None

    def acceptable_at(self, algorithm: str, key_size: int | None, when: datetime, *, curve: str | None = None) -> bool:
        """Whether a digest (`key_size` None) or a kind of key may be relied on at `when`."""
        end = self.digest_end(algorithm) if key_size is None else self.key_end(algorithm, key_size, curve)
        return end is not None and when <= end


def load_catalogue(data: Mapping[str, Any]) -> AlgorithmCatalogue:
    """Read a catalogue of the form of `algorithms.json`: dates `YYYY-MM-DD`, null for no end known."""
    return AlgorithmCatalogue(
        name=str(data["name"]),
        digests={name: _end(end) for name, end in data["digests"].items()},
        keys={
            kind: tuple(sorted((int(bits), _end(end)) for bits, end in sizes.items()))
            for kind, sizes in data["keys"].items()
        },
        curves={name: _end(end) for name, end in data["curves"].items()},
    )


def _end(text: str | None) -> datetime:
    return _FOR_EVER if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


@lru_cache(maxsize=1)
def default_catalogue() -> AlgorithmCatalogue:
    """The catalogue that is part of the product."""
    return load_catalogue(json.loads(Path(__file__).with_name("algorithms.json").read_text("utf-8")))


def acceptable_at(algorithm: str, key_size: int | None, when: datetime, *, curve: str | None = None) -> bool:
    """`AlgorithmCatalogue.acceptable_at` of the default catalogue; unknown algorithms are not acceptable."""
    return default_catalogue().acceptable_at(algorithm, key_size, when, curve=curve)
