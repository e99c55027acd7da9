"""Two readers of one PDF: where they take an object for something different, no change is known to be harmless."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError as TheirError
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.domain.pdf.agreement import Agreement
from signing.domain.pdf.document import Document
from signing.domain.pdf.modifications import Budget, ChangeAnalysis, Modifications
from signing.domain.pdf.signatures import find_signatures
from signing.domain.pdf.syntax import PdfError, Reference, Value, ambiguous, read_value
from tests.conftest import SHARED
from tests.signing.signing_world import add_evidence, blank_pdf, sign, update, world

AMPLE = Budget(seconds=30.0)
THEIR_FILE = PdfFileReader(io.BytesIO(blank_pdf()), strict=False)
"""Asked by pyHanko whether a key that stands twice is an error; to the product it is not."""


@pytest.fixture(scope="module")
def readers() -> Agreement:
    return Agreement(Document(blank_pdf()))


def ours(text: bytes) -> Value:
    return read_value(text, 0)[0]


def theirs(text: bytes) -> object:
    return generic.read_object(io.BytesIO(text + b" endobj"), generic.Reference(1, 0, THEIR_FILE))


SAME = [
    b"<< /A 1 /B#42 (x\\051) /C [1.50 -.5 true null 3 0 R] /D <4> /E << /F /G >> >>",
    b"<< /A null >>",
    b"/#e5#90#8d",
    b"/#ff",
    b"<FEFF3042>",
    b"(a\\\r\nb\\7c)",
]
DIFFERENT = [
    (b"1", b"2"),
    (b"1", b"true"),
    (b"true", b"1"),
    (b"false", b"null"),
    (b"0", b"false"),
    (b"/A", b"(A)"),
    (b"(A)", b"/A"),
    (b"(A)", b"(B)"),
    (b"/A", b"/B"),
    (b"3 0 R", b"3 1 R"),
    (b"3 0 R", b"4 0 R"),
    (b"3 0 R", b"null"),
    (b"[1 2]", b"[1]"),
    (b"[1 2]", b"[2 1]"),
    (b"[1]", b"<< /A 1 >>"),
    (b"<< /A 1 >>", b"<< /A 2 >>"),
    (b"<< /A 1 >>", b"<< /A 1 /B 2 >>"),
    (b"<< /A 1 /B 2 >>", b"<< /A 1 >>"),
    (b"<< /A << /B [1 (x)] >> >>", b"<< /A << /B [1 (y)] >> >>"),
]


@pytest.mark.parametrize("text", SAME)
def test_what_is_written_well_is_read_alike(readers: Agreement, text: bytes) -> None:
    assert readers.on(ours(text), theirs(text))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_any_difference_is_seen(readers: Agreement, one: bytes, other: bytes) -> None:
    assert not readers.on(ours(one), theirs(other))


WORDS = st.sampled_from(
    rb"<<|>>|[|]|/A|/B#41|/C#|1|-1|+2|3 0 R|3 0R|1.5|.5|--5|5.|1e3|(a)|(\101)|(\8)|(a(b)c)|(\()|<41>|<4>|<4x>|"
    rb"true|null|/|()|<>|4294967296 0 R|3 65536 R|007 0 R|{|(\777)|(\12x)|/A/B|<</A 1>>|%c".split(b"|")
)


@given(st.lists(WORDS, max_size=8), st.sampled_from([b" ", b"", b"\n", b"%\n"]))
def test_bent_syntax_is_read_alike_or_not_at_all(readers: Agreement, words: list[bytes], between: bytes) -> None:
    text = b"<< /K " + between.join(words) + b" >>"
    try:
        one, other = ours(text), theirs(text)
    except (PdfError, TheirError, ValueError):
        return
    assert ambiguous(one) or readers.on(one, other)


def test_the_content_of_a_signature_that_was_left_out_is_no_difference() -> None:
    document = Document(sign(blank_pdf()))
    (signature,) = find_signatures(document)
    assert signature.span is not None
    emptied = theirs(b"<00>")
    assert Agreement(document, [signature.span]).on(signature.dictionary["Contents"], emptied)
    assert not Agreement(document).on(signature.dictionary["Contents"], emptied)


def test_streams_are_compared_with_their_data() -> None:
    data = blank_pdf()
    document, reader = Document(data), PdfFileReader(io.BytesIO(data), strict=False)
    readers = Agreement(document)
    number = next(n for n in document.sections[0].numbers() if hasattr(document.load(Reference(n, 0)), "start"))
    stream = reader.get_object(generic.Reference(number, 0, reader))
    assert readers.on(document.load(Reference(number, 0)), stream)
    stream._encoded_data = b"other"
    assert not readers.on(document.load(Reference(number, 0)), stream)


@pytest.fixture(scope="module")
def extended() -> bytes:
    return add_evidence(sign(blank_pdf()), certificates=[world().ca])


def judged(data: bytes) -> list[tuple[str, str | None]]:
    document = Document(data)
    signatures = find_signatures(document)
    analysis = ChangeAnalysis(document, signatures, AMPLE)
    return [(change.modifications.word, change.reason) for change in map(analysis.since, signatures)]


@pytest.mark.parametrize(
    ("written", "instead"),
    [(rb"\nendobj\n", b" 1endobj"), (rb"\nendobj\n", b" endob \n"), (rb"\nendstream", b"\nEndstream")],
)
def test_an_object_after_signing_ends_where_every_reader_sees_it(
    extended: bytes, written: bytes, instead: bytes
) -> None:
    assert judged(extended) == [(Modifications.LTA.word, None)]
    start = find_signatures(Document(extended))[0].span
    assert start is not None
    found = [match for match in re.finditer(written, extended) if match.start() > start.end]
    assert found
    for match in found:
        bent = extended[: match.start()] + instead.ljust(len(match[0])) + extended[match.end() :]
        ((word, reason),) = judged(bent)
        assert word == Modifications.OTHER.word
        assert reason in ("REVISIONS_DISAGREE", "CHANGE_ANALYSIS_FAILED", "TRAILING_DATA")


def test_a_difference_between_readers_makes_changes_unknown(extended: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signing.domain.pdf.additions.Additions.of", lambda *_: None)
    assert judged(extended) == [(Modifications.LTA.word, None)]
    monkeypatch.setattr(Agreement, "on", lambda *_: False)
    assert judged(extended) == [(Modifications.OTHER.word, "REVISIONS_DISAGREE")]


def test_an_object_that_waits_in_what_was_signed_for_a_reader_to_repair_the_file() -> None:
    """A later revision can be one that makes readers look for objects everywhere."""
    trap = b"\n4 0 obj\n<< /Evil true >>\nendobj\n"
    assert judged(add_evidence(sign(blank_pdf() + trap), certificates=[world().ca])) == [("other", "TRAILING_DATA")]

    def embed(writer: IncrementalPdfFileWriter) -> None:
        writer.root["/Kept"] = writer.add_object(generic.StreamObject(stream_data=trap))
        writer.update_root()

    assert judged(add_evidence(sign(update(blank_pdf(), embed)), certificates=[world().ca])) == [("lta", None)]


@pytest.mark.corpus
def test_real_documents_are_read_alike() -> None:
    compared = 0
    for path in sorted((SHARED / "corpus" / "documents").glob("*.pdf")):
        data = path.read_bytes()
        try:
            document = Document(data)
        except PdfError:
            continue
        if document.recovered or document.encrypted or path.name.endswith("spoofing-attack.pdf"):  # bent on purpose
            continue
        reader = PdfFileReader(io.BytesIO(data), strict=False)
        for index, section in enumerate(document.sections):
            resolver = reader.get_historical_resolver(len(document.sections) - 1 - index)
            for number in section.numbers():
                entry = section.find(number)
                if entry is None or entry.free:
                    continue
                reference = Reference(number, entry.generation)
                other = resolver.get_object(generic.Reference(number, entry.generation))
                assert Agreement(document).on(document.load(reference, index), other), (path.name, index, number)
                assert document.ends_plainly(number, index), (path.name, index, number)
                compared += 1
    assert compared > 2000
