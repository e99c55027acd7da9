"""How time grows with the size of a document and with the number of its signatures: ours alone, full verdicts."""

from __future__ import annotations

import io
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from bench.race import VAR, Figure, Outcome, say
from bench.world import CA, Signed, World
from signing.domain.validation import DetachedDocument
from trustreg.demo.pki import container_signer
from trustreg.demo.pki.cms_signer import sign_cms
from trustreg.demo.pki.document import blank_pdf
from trustreg.demo.pki.signer import sign_pdf
from trustreg.demo.pki.xml_signer import XmlSigner, enveloped
from trustreg.pki.indications import Indication

KIB = 1024
SIZES = {
    "1 KB": KIB,
    "10 KB": 10 * KIB,
    "100 KB": 100 * KIB,
    "1 MB": KIB**2,
    "10 MB": 10 * KIB**2,
    "50 MB": 50 * KIB**2 - 100 * KIB,
}
"""The last is the largest document that fits, with its signature, into the limit of 50 MB."""
COUNTS = (1, 2, 5, 10, 25, 50, 100)
RUNS = 5


def contests(world: World) -> list[Outcome]:
    """Sizes for each format, then numbers of signatures."""
    return [*(_sizes(world, name, make) for name, make in _FORMATS.items()), _numbers(world)]


def _signer(world: World) -> XmlSigner:
    return XmlSigner.of(world.pki.issue(CA, "Signer of large documents", label="growth"), world.tsa)


def _pdf(world: World, content: bytes) -> tuple[bytes, bytes | None]:
    writer = IncrementalPdfFileWriter(io.BytesIO(blank_pdf("計測", ["A document of some size"])))
    writer.add_object(generic.StreamObject(stream_data=content))
    filled = io.BytesIO()
    writer.write(filled)
    credential = world.pki.issue(CA, "Signer of large documents", label="growth")
    return sign_pdf(filled.getvalue(), credential=credential, level="T", tsa=world.tsa), None


def _cades(world: World, content: bytes) -> tuple[bytes, bytes | None]:
    return sign_cms(content, _signer(world), level="T", detached=True), content


def _xades(world: World, content: bytes) -> tuple[bytes, bytes | None]:
    words = "契約の条項" * 60
    row = f"<row n='%d'><name>%d</name><text>{words}</text></row>\n"
    rows = "".join(row % (number, number * 7) for number in range(max(1, len(content) // len((row % (0, 0)).encode()))))
    return enveloped(f"<rows xmlns='urn:bench'>{rows}</rows>".encode(), _signer(world), level="T"), None


def _asic(world: World, content: bytes) -> tuple[bytes, bytes | None]:
    half = len(content) // 2
    files = {"a.bin": content[:half], "b.bin": content[half:]}
    return container_signer.extended(files, _signer(world), inner="xades", level="T"), None


_FORMATS: dict[str, Callable[[World, bytes], tuple[bytes, bytes | None]]] = {
    "PAdES-T": _pdf,
    "CAdES-T, detached": _cades,
    "XAdES-T, enveloped": _xades,
    "ASiC-E with XAdES-T, two files": _asic,
}


def _sizes(world: World, name: str, make: Callable[[World, bytes], tuple[bytes, bytes | None]]) -> Outcome:
    outcome = Outcome(f"{name}, by size", compared=False)
    credential = world.pki.issue(CA, "Signer of large documents", label="growth")
    for label, size in SIZES.items():
        # Nothing that repeats: what is packed in a container unpacks to no more than it says.
        data, detached = make(world, _noise(size))
        signed = world.with_evidence(data, credential.certificate)
        figure = Figure(f"{label} ({len(data) + len(detached or b''):,} octets)")
        _measure(world, signed, figure, detached=detached, signatures=1)
        outcome.figures.append(figure)
    return outcome


def _noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # filling, no secret


def _numbers(world: World) -> Outcome:
    outcome = Outcome("PDF with many PAdES-T signatures, each an incremental update", compared=False)
    credential = world.pki.issue(CA, "Signer of many", label="many")
    for count in COUNTS:
        data = _signed_many_times(world, count)
        figure = Figure(f"{count} ({len(data) // 1000:,} KB)")
        _measure(world, world.with_evidence(data, credential.certificate), figure, detached=None, signatures=count)
        figure.note = f"{figure.median / count:.2f} ms for each"
        outcome.figures.append(figure)
    return outcome


def _signed_many_times(world: World, count: int) -> bytes:
    path = _many(count)
    if not path.exists():
        say(f"signing one document {COUNTS[-1]} times, once …")
        path.parent.mkdir(parents=True, exist_ok=True)
        credential = world.pki.issue(CA, "Signer of many", label="many")
        pdf = blank_pdf("議事録", ["Minutes, signed by everybody"])
        for number in range(1, COUNTS[-1] + 1):
            pdf = sign_pdf(pdf, credential=credential, level="T", tsa=world.tsa, field_name=f"Signature{number}")
            if number in COUNTS:
                _many(number).write_bytes(pdf)
    return path.read_bytes()


def _many(count: int) -> Path:
    return VAR / "documents" / f"grown-to-{count}.pdf"


def _measure(world: World, signed: Signed, figure: Figure, *, detached: bytes | None, signatures: int) -> None:
    validate = world.validator()
    documents = (DetachedDocument("a.bin", detached),) if detached is not None else ()
    for run in range(RUNS + 1):
        start = time.perf_counter_ns()
        report = validate(signed.data, detached=documents)
        report.to_json()
        taken = (time.perf_counter_ns() - start) / 1e6
        if report.indication is not Indication.TOTAL_PASSED or len(report.signatures) != signatures:
            raise SystemExit(f"{figure.name}: {report.indication} with {len(report.signatures)} signatures.")
        if run:
            figure.calls.append(taken)
    figure.rounds.append(statistics.median(figure.calls))
