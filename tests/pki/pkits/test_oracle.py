"""The generated cases are what PKITS means: OpenSSL, which knows nothing of our tables, agrees with them."""

from __future__ import annotations

import shutil
import subprocess
from base64 import encodebytes
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.pki.pkits.authority import AT, Case, World
from tests.pki.pkits.test_pkits import CASES

OPENSSL = shutil.which("openssl")
ANY_POLICY = "2.5.29.32.0"
DIFFERENCES = {
    "4.1.5": "OpenSSL cannot load a DSA key without parameters either",
    "4.3.11": "OpenSSL folds the case of ASCII only",
    "4.6.4": "-x509_strict demands that basicConstraints is critical",
    "4.15.4": "OpenSSL uses a delta only where freshestCRL points to it",
    "4.15.5": "the same",
}


def _pem(path: Path, kind: str, ders: Iterable[bytes]) -> str:
    blocks = (f"-----BEGIN {kind}-----\n{encodebytes(der).decode()}-----END {kind}-----\n" for der in ders)
    path.write_text("".join(blocks))
    return str(path)


def _accepts(case: Case, world: World, folder: Path) -> bool:
    leaf = [label for label in world.certificates if label not in case.aside][-1]
    others = [der for label, der in world.certificates.items() if label != leaf] or [world.anchor]
    inputs = dict(case.inputs or {})
    flags = {"explicit": "-explicit_policy", "inhibit_mapping": "-inhibit_map", "inhibit_any": "-inhibit_any"}
    done = subprocess.run(
        [
            OPENSSL or "openssl",
            "verify",
            *("-x509_strict", "-no-CApath", "-no-CAstore", "-attime", str(int(AT.timestamp()))),
            *("-CAfile", _pem(folder / "root.pem", "CERTIFICATE", [world.anchor])),
            *("-untrusted", _pem(folder / "others.pem", "CERTIFICATE", others)),
            *("-CRLfile", _pem(folder / "crls.pem", "X509 CRL", world.crls)),
            *("-crl_check_all", "-extended_crl", "-use_deltas", "-policy_check"),
            *(flag for name, flag in flags.items() if inputs.get(name)),
            *(part for oid in inputs.get("initial", (ANY_POLICY,)) for part in ("-policy", oid)),
            _pem(folder / "leaf.pem", "CERTIFICATE", [world.certificates[leaf]]),
        ],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


@pytest.mark.skipif(OPENSSL is None, reason="there is no openssl to ask")
def test_openssl_agrees_with_the_tables(tmp_path: Path) -> None:
    differing = {
        case.number
        for case in CASES
        if _accepts(case, World(case.parts), tmp_path) is not (case.why is None or case.refused)
    }
    assert differing <= set(DIFFERENCES)
