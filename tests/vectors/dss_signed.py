"""What EU DSS signs, validated here: every format, packaging and level, with the demo's keys and services.

`python -m tests.vectors.dss_signed [FOLDER]` needs Java 17 and Maven; it prints what does not come out as it should,
and how much does. With a folder the documents are kept there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12

from signing.domain.formats import DetachedDocument
from signing.domain.report import ValidationReport
from signing.domain.validation import validate_document
from tests.demo.conftest import PROVIDERS, _free_port, _running
from tests.signing.signing_world import Schedule
from trustreg.demo.pki.authority import DemoPki
from trustreg.demo.pki.document import blank_pdf
from trustreg.pki.certificates import Certificate, load_certificate

HERE = Path(__file__).parent / "dss"
INPUTS = {
    "a.pdf": blank_pdf("契約書", ["Total: JPY 1,000,000"]),
    "a.xml": '<?xml version="1.0"?>\n<契約 xmlns="urn:x" Id="c"><price>1,000,000</price></契約>'.encode(),
    "a.txt": b"1,000,000 yen\n",
}
ROOTS = ("sakura-sign", "sakura-tsa")


def sign_all(folder: Path) -> list[Certificate]:
    """Let DSS sign into `folder`/out. Returns the roots. Raises CalledProcessError with what Maven or Java said."""
    port = _free_port()
    pki = DemoPki.create_or_load(folder / "pki", f"http://127.0.0.1:{port}", PROVIDERS)
    for name in ("in", "out", "roots"):
        (folder / name).mkdir(exist_ok=True)
    for name, data in INPUTS.items():
        (folder / "in" / name).write_bytes(data)
    roots = [pki.authority(service).ca.certificate for service in ROOTS]
    for service, root in zip(ROOTS, roots, strict=True):
        (folder / "roots" / f"{service}.cer").write_bytes(root.public_bytes(Encoding.DER))
    signer = pki.issue("sakura-sign", "DSS", label="dss")
    store = pkcs12.serialize_key_and_certificates(
        b"dss",
        signer.key,
        signer.certificate,
        list(signer.chain),
        BestAvailableEncryption(b"demo"),
    )
    (folder / "key.p12").write_bytes(store)
    subprocess.run(["mvn", "-q", "-B", "-f", HERE / "pom.xml", "compile"], check=True)
    classes = f"{HERE / 'target' / 'classes'}:{HERE / 'target' / 'dependency'}/*"
    arguments = ["key.p12", pki.url("sakura-tsa", "tsa"), "roots", "in", "out"]
    with _running(folder / "pki", port):
        subprocess.run(["java", "-cp", classes, "Sign", *arguments], cwd=folder, check=True)
    return [load_certificate(root.public_bytes(Encoding.DER)) for root in roots]


def judged(path: Path, roots: list[Certificate]) -> ValidationReport:
    """The report on one of them, with the roots trusted, nothing fetched, and beside it what it is detached from."""
    beside = "a.xml" if path.name.startswith("xades-") else "a.txt"
    is_detached = "-detached-" in path.name and "internally" not in path.name
    detached = [DetachedDocument(beside, INPUTS[beside])] if is_detached else []
    return validate_document(
        path.read_bytes(),
        filename=path.name,
        detached=detached,
        trust=Schedule(version="empty"),
        extra_anchors=roots,
        now=datetime.now(UTC),
    )


def faults(path: Path, report: ValidationReport) -> list[str]:
    """What is not as its name says: `FORM-LEVEL.SUFFIX`."""
    level = path.stem.rpartition("-")[2]
    # The root around both document and signature is signed by nobody (docs/validation-differences.md).
    within = "internally" in path.name
    wanted = ("INDETERMINATE", "SIG_CONSTRAINTS_FAILURE") if within else ("TOTAL-PASSED", None)
    if level in ("B", "T"):
        wanted = ("INDETERMINATE", "TRY_LATER")
    if len(report.signatures) != 1:
        return [f"{len(report.signatures)} signatures"]
    (signature,) = report.signatures
    said = {
        "level": (signature.level, f"BASELINE-{level}"),
        "intact": (signature.intact, True),
        "whole": (signature.coverage in ("whole", "revision"), not within),
        "verdict": ((report.indication, report.sub_indication), wanted),
        "time-stamps": ([stamp.intact for stamp in signature.timestamps if not stamp.intact], []),
    }
    return [f"{name} {got}, not {want}" for name, (got, want) in said.items() if got != want]


def main() -> None:
    """Sign, validate, count."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="dss-"))
    folder.mkdir(parents=True, exist_ok=True)
    roots = sign_all(folder)
    counts: Counter[str] = Counter()
    for path in sorted((folder / "out").iterdir()):
        report = judged(path, roots)
        found = faults(path, report)
        counts["as it should" if not found else "otherwise"] += 1
        for fault in found:
            errors = [error.message.en for signature in report.signatures for error in signature.errors]
            sys.stdout.write(f"{path.name}: {fault}; {'; '.join(errors)}\n")
    sys.stdout.write(f"{dict(counts)} of {sum(counts.values())} documents that DSS signed\n")
    if len(sys.argv) < 2:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
