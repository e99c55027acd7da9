"""Detached CMS signatures (CAdES): our full verdict beside pyHanko's, same roots, same responses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from asn1crypto import cms as asn1_cms
from asn1crypto import ocsp as asn1_ocsp
from pyhanko.sign.validation import async_validate_detached_cms
from pyhanko_certvalidator import ValidationContext

from bench.documents import IN_A_ROUND, ROUNDS, parsed
from bench.race import VAR, Outcome, race, say
from bench.world import CA, Signed, World
from signing.domain.validation import DetachedDocument
from trustreg.demo.pki.cms_signer import sign_cms
from trustreg.demo.pki.party import Party
from trustreg.pki.indications import Indication


class Detached(NamedTuple):
    """A signature and what it is over."""

    signed: Signed
    content: bytes


def single(world: World, seconds: float) -> Outcome:
    """Level T over 10 KB, each with a certificate of its own that nobody has seen before."""
    say("detached CMS signatures, signed once …")
    items = [_item(world, number) for number in range(IN_A_ROUND * ROUNDS + 3)]
    return race(
        f"CAdES-T, detached, over 10 KB, {IN_A_ROUND} different ones in turn",
        [("trustreg", ours(world)), ("pyHanko, async_validate_detached_cms", by_pyhanko(world))],
        [items[3 + start : 3 + start + IN_A_ROUND] for start in range(0, IN_A_ROUND * ROUNDS, IN_A_ROUND)],
        warm_up=items[:3],
        seconds=seconds,
    )


def _item(world: World, number: int) -> Detached:
    folder = VAR / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    content = f"契約書 {number}\n".encode() * 600
    credential = world.pki.issue(CA, f"CMS signer {number}", label=f"cms-{number}")
    path = folder / f"T-{number}.p7s"
    if not path.exists():
        path.write_bytes(sign_cms(content, Party.of(credential, world.tsa), level="T", detached=True))
    return Detached(world.with_evidence(path.read_bytes(), credential.certificate), content)


def ours(world: World) -> Callable[[Detached], bool]:
    """Our report as JSON."""
    validate = world.validator()

    def call(item: Detached) -> bool:
        report = validate(item.signed.data, detached=(DetachedDocument("a.txt", item.content),))
        report.to_json()
        return report.indication is Indication.TOTAL_PASSED

    return call


def by_pyhanko(world: World) -> Callable[[Detached], bool]:
    """Revocation is required, from the responses given; nothing is fetched."""
    roots = [parsed(root) for root in world.roots]

    def call(item: Detached) -> bool:
        responses = [asn1_ocsp.OCSPResponse.load(der) for der in (item.signed.signer_ocsp, item.signed.tsa_ocsp)]
        context = ValidationContext(trust_roots=roots, ocsps=responses, allow_fetching=False, revocation_mode="require")
        signed_data = asn1_cms.ContentInfo.load(item.signed.data)["content"]
        status = asyncio.run(async_validate_detached_cms(item.content, signed_data, signer_validation_context=context))
        return bool(status.bottom_line)

    return call
