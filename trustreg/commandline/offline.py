"""Validating without any network: the engine of the product, against a list that was downloaded and whose signer is
pinned.

The list answers as it does in the product: past its next update it says nothing, so that verdicts become
INDETERMINATE. What only a network could tell (revocation that neither a document nor files beside it hold) stays
unknown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from qualified_list.domain.errors import ListSignerUnknown
from qualified_list.domain.signature import key_info_certificates, verify_list
from qualified_list.domain.status import ListTrustSource, PublishedList
from qualified_list.domain.xml.parse import parse_list
from signing.client import files
from signing.client.report import Report
from signing.limits import Limits
from signing.pool import Document, Pool, Snapshot
from trustreg import verdicts
from trustreg.base.errors import InvalidInput, TooLarge
from trustreg.pki.certificates import load_certificate
from trustreg.pki.errors import PkiError
from trustreg.pki.trust import ListReference

MAX_DOCUMENT: Final = 50_000_000
MAX_LIST: Final = 64 << 20
_SETTINGS: Final[dict[str, Any]] = {
    "trust_loader": "trustreg.verdicts:load",
    "enrichers": ["trustreg.verdicts:seal_identity", "trustreg.verdicts:qualification"],
    "egress": {"enabled": False},
}


def read_list(xml: bytes, *, signer: bytes | None = None, signer_sha256: str | None = None) -> ListTrustSource:
    """The list as a trust source, when its signature verifies with the pinned key.

    `signer` is a certificate (PEM or DER), `signer_sha256` the SHA-256 (hexadecimal) of one, as the service's list of
    issues names it. Raises InvalidInput for a pin that is none; the errors of `verify_list` for a list that is
    unreadable, unsigned, altered or signed by somebody else, or when its signer's certificate was not valid.
    """
    try:
        verified = verify_list(xml, signer_keys=_pins(xml, signer, signer_sha256), demand_tsl_signing=True)
    except PkiError as error:
        raise InvalidInput(
            f"The certificate of the list's signer cannot be read ({error}).",
            f"リストの署名者の証明書を読み取れません（{error}）。",
        ) from error
    if verified.signing_time is None or not load_certificate(verified.signer).valid_at(verified.signing_time):
        raise ListSignerUnknown(
            "The list was signed outside the validity of its signer's certificate.",
            "リストは署名者証明書の有効期間外に署名されています。",
        )
    parsed = parse_list(verified.root, sha256=verified.sha256)
    return ListTrustSource([PublishedList(parsed.list, verified.sha256)])


def _pins(xml: bytes, signer: bytes | None, signer_sha256: str | None) -> list[bytes]:
    """What `verify_list` pins."""
    if signer is not None:
        return [load_certificate(signer).spki_sha256]
    try:
        wanted = bytes.fromhex((signer_sha256 or "").replace(":", ""))
    except ValueError:
        wanted = b""
    if len(wanted) != 32:
        raise InvalidInput(
            "The pin of the list's signer is no SHA-256: expected 64 hexadecimal digits.",
            "リストの署名者の指定が SHA-256（16進64桁）ではありません。",
        )
    # `verify_list` pins keys: a digest that fits no certificate in the list pins one that nobody has.
    return [der for der in key_info_certificates(xml) if hashlib.sha256(der).digest() == wanted] or [bytes(32)]


class Offline:
    """The engine in a limited child (`signing.pool`), so that a hostile file costs its own verdict and nothing else."""

    def __init__(self, source: ListTrustSource, *, anchors: Iterable[bytes] = ()) -> None:
        data = verdicts.pack(source, register=(), arcs=(), levels=())
        self._source = source
        self._pool = Pool(1, Limits(), settings=_SETTINGS)
        self._pool.set_trust(Snapshot(hashlib.sha256(data).hexdigest(), data, tuple(anchors)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.close()

    @property
    def list(self) -> ListReference:
        """Which issue answers."""
        reference = self._source.list_reference
        assert reference is not None  # noqa: S101 - `read_list` made it of one issue
        return reference

    def validate(
        self,
        path: Path,
        *,
        detached: Iterable[Path] = (),
        evidence: Iterable[Path] = (),
        policy: str | None = None,
        at: datetime | None = None,
        now: datetime | None = None,
    ) -> Report:
        """The report on a file at `now`. Raises InvalidInput, TooLarge, Unavailable; OSError for a file that
        cannot be read. A list that was not issued yet is InvalidInput: then the clock is wrong, and every verdict."""
        moment = now or datetime.now(UTC)
        if self.list.issued_at > moment:
            raise InvalidInput(
                f"The list was issued at {self.list.issued_at:%Y-%m-%dT%H:%M:%SZ}, later than the clock says it is.",
                f"リストの発行日時（{self.list.issued_at:%Y-%m-%dT%H:%M:%SZ}）が、この端末の現在時刻より後です。",
            )
        content = files.read(path)
        if len(content) > MAX_DOCUMENT:
            raise TooLarge(
                f"Got {len(content)} bytes; a document may have {MAX_DOCUMENT}.",
                f"{len(content)} バイトでした。文書は {MAX_DOCUMENT} バイトまでです。",
            )
        beside = tuple((files.name_of(one), files.read(one)) for one in detached)
        body = self._pool.validate(
            Document(content, files.name_of(path), beside, tuple(map(files.read, evidence))),
            {"now": moment.isoformat(), "at": at.isoformat() if at else None, "policy": policy},
        )
        return Report.of({"id": None, **body})
