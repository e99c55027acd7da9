"""RFC 3161 tokens: ours with chain, revocation and list; rfc3161-client and `openssl ts` with chain."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from bench.race import Outcome, race
from bench.world import World
from timestamp.domain.tokens import parse_any, verify_token
from timestamp.domain.validation import validate_token
from trustreg.base import clock
from trustreg.demo.pki.client import timestamp_reply
from trustreg.pki.certificates import load_certificate
from trustreg.pki.paths import AnchorSet
from trustreg.pki.trust import ServiceType

IN_A_ROUND = 100
ROUNDS = 4
TOOL = "`openssl ts -verify`, a process for each: chain only"


class Reply(NamedTuple):
    """What was stamped and the response to it, also as files."""

    data: bytes
    response: bytes
    files: tuple[str, str]


def contest(world: World, seconds: float) -> Outcome:
    """Each token over other data, by one TSA."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        root = folder / "root.pem"
        root.write_bytes(world.roots[1].public_bytes(Encoding.PEM))
        replies = [_reply(world, folder, number) for number in range(IN_A_ROUND * ROUNDS + 3)]
        return race(
            f"RFC 3161 token, {IN_A_ROUND} different ones in turn",
            [
                ("trustreg: chain, OCSP, list", ours(world, world.tsa_ocsp())),
                ("rfc3161-client: chain, no revocation, no list", client(world)),
                (TOOL, openssl(root)),
            ],
            [replies[3 + start : 3 + start + IN_A_ROUND] for start in range(0, IN_A_ROUND * ROUNDS, IN_A_ROUND)],
            warm_up=replies[:3],
            seconds=seconds,
            few={TOOL: 20},
        )


def _reply(world: World, folder: Path, number: int) -> Reply:
    data = f"document {number}".encode()
    reply = timestamp_reply(data, world.tsa)
    files = folder / f"{number}.txt", folder / f"{number}.tsr"
    files[0].write_bytes(data)
    files[1].write_bytes(reply)
    return Reply(data, reply, (str(files[0]), str(files[1])))


def ours(world: World, response: bytes) -> Callable[[Reply], bool]:
    """Signature, imprint, chain and revocation of the token now, and what the list said of its service at genTime."""
    anchors = AnchorSet([load_certificate(root.public_bytes(Encoding.DER)) for root in world.roots])
    types = frozenset({str(ServiceType.TSA)})

    def call(reply: Reply) -> bool:
        token = parse_any(reply.response)
        verification = verify_token(token, data=reply.data)
        result = validate_token(token, verification, at=clock.now(), now=clock.now(), anchors=anchors, ocsps=[response])
        key = result.check.listed_key
        if not result.passed or key is None:
            return False
        return world.trust.standing(spki_sha256=key, at=token.gen_time, service_types=types).counts

    return call


def client(world: World) -> Callable[[Reply], bool]:
    """The Rust library of Trail of Bits."""
    verifier = VerifierBuilder().add_root_certificate(world.roots[1]).build()

    def call(reply: Reply) -> bool:
        return verifier.verify_message(decode_timestamp_response(reply.response), reply.data)

    return call


def openssl(root: Path) -> Callable[[Reply], bool]:
    """The command line tool."""

    def call(reply: Reply) -> bool:
        command = ["openssl", "ts", "-verify", "-data", reply.files[0], "-in", reply.files[1], "-CAfile", str(root)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    return call
