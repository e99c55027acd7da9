"""What is right to say about each sample, reasoned from the rules and not read from any validator.

The verdicts hold after both phases: when the lists name the withdrawn and the suspended service as such, while the
demo's PKI answers. A member that is absent is not asserted. `qualification` follows one rule where the signature did
not pass: TOTAL-FAILED is `NOT_ADES`; INDETERMINATE is `INDETERMINATE` where it would have been a qualified result
(nobody knows), and stays the plain `ADESIG` or `ADESEAL` where the lists themselves already say no.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSED, UNKNOWN, FAILED = "TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED"
SIGNATURE, SEAL = "signature", "seal"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time-stamp: `QTSA` or `TSA`, whether it proves its time, and whether its cryptography holds."""

    qualification: str | None = "QTSA"
    proof: bool = True
    intact: bool | None = True

    def to_json(self) -> dict[str, Any]:
        """A member of `timestamps`."""
        known = {"qualification": self.qualification} if self.qualification is not None else {}
        return {**known, "proof": self.proof, "intact": self.intact}


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature or seal of a sample, in the order in which they were made. `level` without `BASELINE-`."""

    kind: str
    qualification: str
    intact: bool | None = True
    stamps: tuple[Stamp, ...] | None = None
    level: str | None = None

    def to_json(self) -> dict[str, Any]:
        """A member of `signatures`."""
        stamps = {"timestamps": [stamp.to_json() for stamp in self.stamps]} if self.stamps is not None else {}
        level = {"level": f"BASELINE-{self.level}"} if self.level is not None else {}
        return {"kind": self.kind, "qualification": self.qualification, "intact": self.intact, **level, **stamps}


@dataclass(frozen=True, slots=True)
class Expected:
    """The verdict on one sample. `detached` names the file beside it that was stamped and is sent along.

    `alone` is the verdict on the sample without that file.
    """

    indication: str
    sub_indication: str | None
    why: str
    signatures: tuple[Signed, ...] = ()
    timestamps: tuple[Stamp, ...] = ()
    detached: str | None = None
    alone: Expected | None = None

    def to_json(self) -> dict[str, Any]:
        """An entry of `expected.json`."""
        entry: dict[str, Any] = {
            "indication": self.indication,
            "sub_indication": self.sub_indication,
            "signatures": [signature.to_json() for signature in self.signatures],
        }
        if self.timestamps:
            entry["timestamps"] = [stamp.to_json() for stamp in self.timestamps]
        if self.detached is not None:
            entry["detached"] = [self.detached]
        if self.alone is not None:
            entry["alone"] = self.alone.to_json()
        return {**entry, "why": self.why}


PROVEN = (Stamp(),)
KEPT = (Stamp(), Stamp())
"""A signature time-stamp, and an archive time-stamp over it with the validation data."""
NOT_PROVEN = (Stamp("TSA", proof=False),)

EXPECTED: Mapping[str, Expected] = {
    "qualified-signature.pdf": Expected(
        PASSED,
        None,
        "Issued and time-stamped while its service was qualified, on a qualified device.",
        (Signed(SIGNATURE, "QESIG", stamps=PROVEN, level="T"),),
    ),
    "qualified-no-timestamp.pdf": Expected(
        PASSED,
        None,
        "Nothing proves an earlier time, so the present decides: the service still is qualified, nothing is revoked.",
        (Signed(SIGNATURE, "QESIG", stamps=(), level="B"),),
    ),
    "qualified-lt.pdf": Expected(
        PASSED,
        None,
        "With its own chain and revocation data.",
        (Signed(SIGNATURE, "QESIG", stamps=PROVEN, level="LT"),),
    ),
    "qualified-lta.pdf": Expected(
        PASSED,
        None,
        "With an archive time-stamp over signature, chain and revocation data; what follows a signature by rule is no "
        "change of the document.",
        (Signed(SIGNATURE, "QESIG", level="LTA"),),
    ),
    "organisation-seal.pdf": Expected(
        PASSED, None, "The qualified seal of an organisation.", (Signed(SEAL, "QESEAL", stamps=PROVEN),)
    ),
    "device-seal.pdf": Expected(
        PASSED, None, "The qualified seal of a device, named by its OID.", (Signed(SEAL, "QESEAL", stamps=PROVEN),)
    ),
    "two-signatures.pdf": Expected(
        PASSED,
        None,
        "A person signed, then the organisation sealed: the seal is a permitted addition to what was signed.",
        (Signed(SIGNATURE, "QESIG", stamps=PROVEN), Signed(SEAL, "QESEAL", stamps=PROVEN)),
    ),
    "not-qualified-device.pdf": Expected(
        PASSED,
        None,
        "A qualified certificate whose key is not on a qualified device.",
        (Signed(SIGNATURE, "ADESIG_QC", stamps=PROVEN),),
    ),
    "specified-service.pdf": Expected(
        PASSED,
        None,
        "A specified service is trusted; its certificates are not qualified.",
        (Signed(SIGNATURE, "ADESIG", stamps=PROVEN),),
    ),
    "unlisted-timestamp.pdf": Expected(
        PASSED,
        None,
        "The time-stamp is on no list, so it is shown and not used; the signature stands at the present time.",
        (Signed(SIGNATURE, "QESIG", stamps=NOT_PROVEN),),
    ),
    "revoked-after-stamp.pdf": Expected(
        PASSED,
        None,
        "Revoked, but after the time that a qualified time-stamp proves.",
        (Signed(SIGNATURE, "QESIG", stamps=PROVEN),),
    ),
    "withdrawn-service-stamped-before.pdf": Expected(
        PASSED,
        None,
        "Its service was withdrawn, but after the time that a qualified time-stamp proves.",
        (Signed(SIGNATURE, "QESIG", stamps=PROVEN),),
    ),
    "withdrawn-service-unstamped.pdf": Expected(
        UNKNOWN,
        "NO_CERTIFICATE_CHAIN_FOUND",
        "Made before the withdrawal, and nothing proves it: at the present time the service is no anchor.",
        (Signed(SIGNATURE, "ADESIG", stamps=()),),
    ),
    "withdrawn-service-signed-after.pdf": Expected(
        UNKNOWN,
        "NO_CERTIFICATE_CHAIN_FOUND",
        "Signed with a certificate from before the withdrawal, time-stamped after it.",
        (Signed(SIGNATURE, "ADESIG", stamps=PROVEN),),
    ),
    "withdrawn-service-unlisted-timestamp.pdf": Expected(
        UNKNOWN,
        "NO_CERTIFICATE_CHAIN_FOUND",
        "Stamped before the withdrawal by somebody on no list: nobody can date back like that.",
        (Signed(SIGNATURE, "ADESIG", stamps=NOT_PROVEN),),
    ),
    "suspended-service.pdf": Expected(
        UNKNOWN,
        "NO_CERTIFICATE_CHAIN_FOUND",
        "Time-stamped while its service was suspended.",
        (Signed(SIGNATURE, "ADESIG", stamps=PROVEN),),
    ),
    "unlisted-issuer.pdf": Expected(
        UNKNOWN,
        "NO_CERTIFICATE_CHAIN_FOUND",
        "The issuer is on no list, whatever the certificate claims.",
        (Signed(SIGNATURE, "ADESIG"),),
    ),
    "revoked-certificate.pdf": Expected(
        UNKNOWN,
        "REVOKED_NO_POE",
        "Revoked, and nothing proves that the signature is older than the revocation (EN 319 102-1 5.3.4).",
        (Signed(SIGNATURE, "INDETERMINATE", stamps=()),),
    ),
    "tampered.pdf": Expected(
        FAILED,
        "HASH_FAILURE",
        "One digit of the amount was changed inside the signed bytes.",
        (Signed(SIGNATURE, "NOT_ADES", intact=False),),
    ),
    "appended-after-signing.pdf": Expected(
        FAILED,
        "FORMAT_FAILURE",
        "The signed bytes are as they were, but a later revision paints another amount over them: what is read is not "
        "what was signed.",
        (Signed(SIGNATURE, "NOT_ADES", intact=True),),
    ),
    "organisation-seal.xml": Expected(
        PASSED,
        None,
        "The qualified seal of an organisation on an XML document.",
        (Signed(SEAL, "QESEAL", stamps=PROVEN),),
    ),
    "qualified-lta.xml": Expected(
        PASSED,
        None,
        "An XML signature with its chain, revocation data and an archive time-stamp over all of it.",
        (Signed(SIGNATURE, "QESIG", stamps=KEPT, level="LTA"),),
    ),
    "detached-signature.xml": Expected(
        PASSED,
        None,
        "An XML signature over a document that stays beside it.",
        (Signed(SIGNATURE, "QESIG", stamps=PROVEN),),
        detached="timestamped.txt",
        alone=Expected(UNKNOWN, "SIGNED_DATA_NOT_FOUND", "Without the document nobody can tell what was signed."),
    ),
    "countersigned.xml": Expected(
        PASSED,
        None,
        "A person signed, and the seal of an organisation confirms that signature.",
        (Signed(SIGNATURE, "QESIG", stamps=PROVEN), Signed(SEAL, "QESEAL", stamps=PROVEN)),
    ),
    "qualified-no-timestamp.xml": Expected(
        PASSED,
        None,
        "An XML signature whose time nothing proves: the present decides.",
        (Signed(SIGNATURE, "QESIG", stamps=(), level="B"),),
    ),
    "qualified-signature.xml": Expected(
        PASSED,
        None,
        "An XML signature that holds what it signs.",
        (Signed(SIGNATURE, "QESIG", stamps=PROVEN, level="T"),),
    ),
    "qualified-lt.xml": Expected(
        PASSED,
        None,
        "An XML signature with its chain and revocation data.",
        (Signed(SIGNATURE, "QESIG", stamps=PROVEN, level="LT"),),
    ),
    "tampered.xml": Expected(
        FAILED,
        "HASH_FAILURE",
        "One digit of the amount was changed.",
        (Signed(SIGNATURE, "NOT_ADES", intact=False),),
    ),
    "wrapped.xml": Expected(
        UNKNOWN,
        "SIG_CONSTRAINTS_FAILURE",
        "Signature wrapping: what was signed hides in a corner and verifies, what a reader sees is signed by nobody.",
        (Signed(SIGNATURE, "INDETERMINATE", intact=True),),
    ),
    "hide-and-replace.pdf": Expected(
        FAILED,
        "FORMAT_FAILURE",
        "A shadow attack: another content was hidden before signing, and a later revision shows it.",
        (Signed(SIGNATURE, "NOT_ADES", intact=True),),
    ),
    "sha-1.pdf": Expected(
        UNKNOWN,
        "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        "Signed with SHA-1, and nothing proves that it is from the time when SHA-1 was reliable (TS 119 312).",
        (Signed(SIGNATURE, "INDETERMINATE", intact=True),),
    ),
    "qualified-no-timestamp.p7m": Expected(
        PASSED,
        None,
        "A CMS signature that holds its document, without proof of time.",
        (Signed(SIGNATURE, "QESIG", stamps=(), level="B"),),
    ),
    "qualified-signature.p7m": Expected(
        PASSED, None, "The same with a time-stamp.", (Signed(SIGNATURE, "QESIG", stamps=PROVEN, level="T"),)
    ),
    "qualified-lt.p7m": Expected(
        PASSED,
        None,
        "The same with its chain and revocation data.",
        (Signed(SIGNATURE, "QESIG", stamps=PROVEN, level="LT"),),
    ),
    "qualified-lta.p7m": Expected(
        PASSED,
        None,
        "The same with an archive time-stamp over all of it.",
        (Signed(SIGNATURE, "QESIG", stamps=KEPT, level="LTA"),),
    ),
    "detached-signature.p7s": Expected(
        PASSED,
        None,
        "A CMS signature over a document that stays beside it.",
        (Signed(SIGNATURE, "QESIG", stamps=PROVEN, level="T"),),
        detached="timestamped.txt",
        alone=Expected(UNKNOWN, "SIGNED_DATA_NOT_FOUND", "Without the document nobody can tell what was signed."),
    ),
    "another-document.p7s": Expected(
        FAILED,
        "HASH_FAILURE",
        "A sound signature over another document than the one beside it.",
        (Signed(SIGNATURE, "NOT_ADES", intact=False),),
        detached="timestamped.txt",
        alone=Expected(UNKNOWN, "SIGNED_DATA_NOT_FOUND", "Without a document nobody can tell what was signed."),
    ),
    "qualified-no-timestamp.jws": Expected(
        PASSED,
        None,
        "A signature in the compact form of JSON, without proof of time.",
        (Signed(SIGNATURE, "QESIG", stamps=(), level="B"),),
    ),
    "qualified-signature.json": Expected(
        PASSED, None, "A JSON signature with a time-stamp.", (Signed(SIGNATURE, "QESIG", stamps=PROVEN, level="T"),)
    ),
    "qualified-lt.json": Expected(
        PASSED,
        None,
        "The same with its chain and revocation data.",
        (Signed(SIGNATURE, "QESIG", stamps=PROVEN, level="LT"),),
    ),
    "qualified-lta.json": Expected(
        PASSED,
        None,
        "The same with an archive time-stamp over all of it.",
        (Signed(SIGNATURE, "QESIG", stamps=KEPT, level="LTA"),),
    ),
    "device-seal.json": Expected(
        PASSED,
        None,
        "The qualified seal of a device, named by its OID, on what it measured.",
        (Signed(SEAL, "QESEAL", stamps=PROVEN, level="T"),),
    ),
    "tampered.json": Expected(
        FAILED,
        "SIG_CRYPTO_FAILURE",
        "The measured value was changed; in JSON the signature is over the value itself, without a digest between.",
        (Signed(SEAL, "NOT_ADES", intact=False),),
    ),
    "container-xades.asice": Expected(
        PASSED,
        None,
        "Two files in a container, one XML signature over both, kept for the long term.",
        (Signed(SIGNATURE, "QESIG", stamps=KEPT, level="LTA"),),
    ),
    "container-cades.asice": Expected(
        PASSED,
        None,
        "Two files in a container, sealed through a manifest with their digests.",
        (Signed(SEAL, "QESEAL", stamps=PROVEN, level="LT"),),
    ),
    "container-xades.asics": Expected(
        PASSED, None, "One file with its XML seal in a container.", (Signed(SEAL, "QESEAL", stamps=PROVEN, level="T"),)
    ),
    "container-cades.asics": Expected(
        PASSED,
        None,
        "One file with its CMS signature in a container, kept for the long term.",
        (Signed(SIGNATURE, "QESIG", stamps=KEPT, level="LTA"),),
    ),
    "container-timestamp.asics": Expected(
        PASSED, None, "One file with a time-stamp and no signature.", timestamps=PROVEN
    ),
    "container-evidence-record.asics": Expected(
        PASSED,
        None,
        "One file with an evidence record: proof of when it existed, made to be renewed.",
        timestamps=PROVEN,
    ),
    "container-added-file.asice": Expected(
        UNKNOWN,
        "SIG_CONSTRAINTS_FAILURE",
        "The signature over two files is sound, but somebody put a third beside them.",
        (Signed(SIGNATURE, "INDETERMINATE", intact=True),),
    ),
    "unsigned.pdf": Expected(UNKNOWN, "NO_SIGNATURE_FOUND", "A document without signature, seal or time-stamp."),
    "not-a-pdf.pdf": Expected(FAILED, "FORMAT_FAILURE", "Bytes of no known format, whatever the file is called."),
    "document-timestamp.pdf": Expected(
        PASSED, None, "No signature, but proof of when the document existed.", timestamps=PROVEN
    ),
    "token.tst": Expected(
        PASSED,
        None,
        "A time-stamp token together with the data that it stamps.",
        timestamps=PROVEN,
        detached="timestamped.txt",
        alone=Expected(UNKNOWN, "SIGNED_DATA_NOT_FOUND", "Without the data nobody can tell what was stamped."),
    ),
    "response.tsr": Expected(
        PASSED,
        None,
        "The whole response of a time-stamping service, together with the data.",
        timestamps=PROVEN,
        detached="timestamped.txt",
        alone=Expected(UNKNOWN, "SIGNED_DATA_NOT_FOUND", "Without the data nobody can tell what was stamped."),
    ),
    "token-altered.tst": Expected(
        FAILED,
        "HASH_FAILURE",
        "The time in the token was set back by a year, so that the signed digest no longer fits: nobody's token.",
        timestamps=(Stamp("TSA", proof=False, intact=False),),
        detached="timestamped.txt",
        alone=Expected(FAILED, "HASH_FAILURE", "The token itself is broken, with or without the data."),
    ),
}


def write_expected(folder: Path, entries: Mapping[str, Expected]) -> Path:
    """Add or replace entries in `expected.json` under `folder`, for files that exist. Returns its path."""
    path = folder / "expected.json"
    known: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
    known.update({name: entry.to_json() for name, entry in entries.items() if (folder / name).exists()})
    temporary = path.with_name(".expected.json.new")
    temporary.write_text(json.dumps(dict(sorted(known.items())), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)
    return path
