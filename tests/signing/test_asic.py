"""ASiC containers: what is covered, what is missing, and archives that say different things to different readers."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.domain.asic.container import MAX_ENTRIES, ContainerError, open_container
from signing.domain.report import SignatureReport, ValidationReport
from tests.pki.factories import digest, make_token
from tests.signing import cades_parts as parts
from tests.signing.signing_world import NOW, blank_pdf, validate, world
from trustreg.pki.errors import PkiError
from trustreg.pki.indications import Indication

SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
STAMPED = NOW - timedelta(days=10)
ASIC_S, ASIC_E = b"application/vnd.etsi.asic-s+zip", b"application/vnd.etsi.asic-e+zip"
FILES = {"contract.txt": b"The parties agree.\n", "annex/price.txt": b"100 yen\n"}


def archive(files: Mapping[str, bytes] | Sequence[tuple[str, bytes]], *, kind: bytes | None = ASIC_E) -> bytes:
    """A ZIP with `mimetype` first, as the standard wants it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        if kind is not None:
            target.writestr(zipfile.ZipInfo("mimetype"), kind)
        for name, data in files.items() if isinstance(files, Mapping) else files:
            target.writestr(name, data)
    return out.getvalue()


def manifest(target: str, files: Mapping[str, bytes], *, extra: str = "") -> bytes:
    """An ASiCManifest over these files."""
    rows = "".join(
        f'<asic:DataObjectReference URI="{name}"><ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>'
        f"{base64.b64encode(digest('sha256', data)).decode()}</ds:DigestValue></asic:DataObjectReference>"
        for name, data in files.items()
    )
    return (
        '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
        f'<asic:SigReference URI="{target}"/>{rows}{extra}</asic:ASiCManifest>'
    ).encode()


P7S, TST, MANIFEST = "META-INF/signature001.p7s", "META-INF/timestamp001.tst", "META-INF/ASiCManifest001.xml"


def asic_e(files: Mapping[str, bytes] = FILES, *, signed: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """The files of an ASiC-E with one CAdES signature over `signed` (all by default)."""
    over = manifest(P7S, signed if signed is not None else files)
    return {**files, MANIFEST: over, P7S: parts.cades(over, detached=True)}


def only(report: ValidationReport) -> SignatureReport:
    (found,) = report.signatures
    return found


class TestSignatures:
    def test_one_document_and_its_signature(self):
        files = {"contract.txt": parts.CONTENT, "META-INF/signature.p7s": parts.cades(detached=True)}
        report = validate(archive(files, kind=ASIC_S))
        assert (report.document.format, report.indication) == ("ASiC-S", Indication.TOTAL_PASSED)
        assert only(report).coverage == "whole"

    def test_a_manifest_binds_many(self):
        report = validate(archive(asic_e()))
        assert (report.document.format, report.indication) == ("ASiC-E", Indication.TOTAL_PASSED)
        assert only(report).coverage == "whole"

    def test_a_pdf_that_lies_uncompressed_at_its_beginning_is_a_file_of_it(self):
        """The octets of the PDF stand within the first 1,024, where a PDF may begin."""
        files = asic_e({"contract.pdf": blank_pdf()})
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as target:  # nothing is compressed
            for name, data in {"mimetype": ASIC_E, **files}.items():
                target.writestr(name, data)
        report = validate(out.getvalue())
        assert (report.document.format, report.indication) == ("ASiC-E", Indication.TOTAL_PASSED)

    def test_an_altered_file_is_broken(self):
        report = validate(archive({**asic_e(), "annex/price.txt": b"900 yen\n"}))
        assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, "HASH_FAILURE")
        assert (only(report).intact, only(report).coverage) == (False, "none")

    def test_a_missing_file_is_not_found(self):
        files = asic_e()
        del files["annex/price.txt"]
        report = validate(archive(files))
        assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, "SIGNED_DATA_NOT_FOUND")

    def test_an_altered_manifest_is_broken(self):
        files = asic_e()
        files[MANIFEST] = manifest(P7S, {**FILES, "contract.txt": b"forged"})
        files["contract.txt"] = b"forged"
        assert only(validate(archive(files))).intact is False

    @pytest.mark.parametrize("added", ["extra.txt", "Contract.pdf"])
    def test_a_file_that_nobody_signed_never_passes(self, added):
        report = validate(archive({**asic_e(), added: b"not signed"}))
        assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE")
        assert (only(report).coverage, only(report).intact) == ("partial", True)

    def test_a_signature_without_its_manifest_is_over_nothing(self):
        files = asic_e()
        del files[MANIFEST]
        assert validate(archive(files)).sub_indication == "SIGNED_DATA_NOT_FOUND"

    @pytest.mark.parametrize("files", [FILES, {"contract.txt": FILES["contract.txt"]}], ids=["many", "one"])
    def test_a_signature_over_a_content_of_its_own_covers_no_document(self, files):
        """An enveloping CMS beside documents says nothing of them, however sound it is."""
        report = validate(archive({**files, P7S: parts.cades(b"something else")}))
        assert report.indication is not Indication.TOTAL_PASSED
        assert (only(report).intact, only(report).coverage) == (None, "none")

    def test_two_documents_are_no_simple_container(self):
        files = {**FILES, "META-INF/signature.p7s": parts.cades(FILES["contract.txt"], detached=True)}
        assert validate(archive(files, kind=ASIC_S)).indication is not Indication.TOTAL_PASSED

    @pytest.mark.parametrize("kind", [ASIC_S, ASIC_E])
    def test_the_comment_of_the_archive_may_say_what_it_is(self, kind):
        files = {"contract.txt": parts.CONTENT, "META-INF/signature.p7s": parts.cades(detached=True)}
        data = archive(files, kind=None)
        comment = b"mimetype=" + kind
        said = validate(data[:-2] + struct.pack("<H", len(comment)) + comment)
        assert said.document.format == {ASIC_S: "ASiC-S", ASIC_E: "ASiC-E"}[kind]

    def test_a_type_that_is_not_in_its_place_is_noted(self):
        late = validate(archive([*asic_e().items(), ("mimetype", ASIC_E)], kind=None))
        assert (late.indication, [one.code for one in late.warnings]) == (
            Indication.TOTAL_PASSED,
            ["CONTAINER_MIMETYPE"],
        )
        assert validate(archive(asic_e())).warnings == ()

    @pytest.mark.parametrize("name", ["META-INF/contract.pdf", "META-INF/signature002.P7S", "META-INF/manifest.xml"])
    def test_a_file_in_meta_inf_that_nothing_covers_is_pointed_out(self, name):
        report = validate(archive({**asic_e(), name: b"forged"}))
        told = "CONTAINER_OTHER_FILES" in {notice.code for notice in report.warnings}
        assert told is (name != "META-INF/manifest.xml")

    def test_a_container_without_signature_says_so(self):
        assert validate(archive(FILES)).sub_indication == "NO_SIGNATURE_FOUND"

    def test_two_signatures_have_ids_of_their_own_and_the_worst_decides(self):
        files = asic_e()
        second = manifest("META-INF/signature002.p7s", FILES)
        files["META-INF/ASiCManifest002.xml"] = second
        files["META-INF/signature002.p7s"] = parts.cades(b"something else", detached=True)
        report = validate(archive(files))
        assert len({signature.id for signature in report.signatures}) == 2
        assert report.indication is Indication.TOTAL_FAILED

    def test_an_unknown_critical_extension_is_refused(self):
        extra = '<asic:ASiCManifestExtensions><asic:Extension Critical="true"/></asic:ASiCManifestExtensions>'
        over = manifest(P7S, FILES, extra=extra)
        report = validate(archive({**FILES, MANIFEST: over, P7S: parts.cades(over, detached=True)}))
        assert report.indication is Indication.TOTAL_FAILED

    @pytest.mark.parametrize("name", ["../contract.txt", "contract.txt%00.pdf", "http://example.jp/contract.txt"])
    def test_a_reference_leads_only_to_files_of_the_container(self, name):
        over = manifest(P7S, {**FILES, name: b"x"})
        report = validate(archive({**FILES, MANIFEST: over, P7S: parts.cades(over, detached=True)}))
        assert report.indication is not Indication.TOTAL_PASSED


class TestTimeStamps:
    def test_alone_over_the_one_document(self):
        token = make_token(world().tsa, FILES["contract.txt"], gen_time=STAMPED)
        files = {"contract.txt": FILES["contract.txt"], "META-INF/timestamp.tst": token}
        report = validate(archive(files, kind=ASIC_S))
        (stamp,) = report.timestamps
        assert (report.indication, stamp.intact, stamp.coverage) == (Indication.TOTAL_PASSED, True, "whole")
        altered = validate(archive({**files, "contract.txt": b"other"}, kind=ASIC_S))
        assert (altered.indication, altered.sub_indication) == (Indication.TOTAL_FAILED, "HASH_FAILURE")

    def test_over_a_manifest_of_many(self):
        over = manifest(TST, FILES)
        files = {**FILES, MANIFEST: over, TST: make_token(world().tsa, over, gen_time=STAMPED)}
        assert validate(archive(files)).indication is Indication.TOTAL_PASSED
        assert validate(archive({**files, "annex/price.txt": b"other"})).sub_indication == "HASH_FAILURE"
        assert validate(archive({**files, "extra.txt": b"other"})).sub_indication == "SIG_CONSTRAINTS_FAILURE"

    def test_over_a_signature_it_proves_when_that_was_there(self):
        files = asic_e()
        over = manifest(TST, {P7S: files[P7S], MANIFEST: files[MANIFEST], **FILES})
        files |= {"META-INF/ASiCArchiveManifest.xml": over, TST: make_token(world().tsa, over, gen_time=STAMPED)}
        signature = only(validate(archive(files)))
        assert signature.best_signature_time == STAMPED
        assert [(stamp.type, stamp.proof) for stamp in signature.timestamps] == [("archive", True)]

    def test_over_another_signature_it_proves_nothing(self):
        files = asic_e()
        over = manifest(TST, {P7S: b"another signature", **FILES})
        files |= {"META-INF/ASiCArchiveManifest.xml": over, TST: make_token(world().tsa, over, gen_time=STAMPED)}
        assert only(validate(archive(files))).best_signature_time == NOW


def directory(data: bytes) -> tuple[int, int]:
    """Where the directory begins, and where its end record does."""
    end = data.rfind(b"PK\x05\x06")
    return struct.unpack_from("<L", data, end + 16)[0], end


class TestAmbiguousZips:
    """Two readers must never see two containers (threat T3)."""

    def refused(self, data: bytes) -> None:
        with pytest.raises(ContainerError):
            open_container(data)
        report = validate(data)
        assert report.indication is not Indication.TOTAL_PASSED

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    @pytest.mark.parametrize("second", ["contract.txt", "CONTRACT.TXT"])
    def test_duplicate_names(self, second):
        self.refused(archive([*asic_e().items(), (second, b"forged")]))

    @pytest.mark.parametrize("name", ["../up.txt", "/etc/passwd", "a/../b.txt", "a\\b.txt", "C:/x.txt", "a//b", "x\n"])
    def test_names_that_lead_elsewhere(self, name):
        self.refused(archive([*asic_e().items(), (name, b"x")]))

    def test_octets_before_after_and_between(self):
        data = archive(asic_e())
        for odd in (b"x" + data, data + b"x", data + archive({"contract.txt": b"forged"})):
            self.refused(odd)

    def test_a_second_archive_inside_the_comment(self):
        data = archive(asic_e())
        inner = archive({"contract.txt": b"forged"})
        self.refused(data[:-2] + struct.pack("<H", len(inner)) + inner)

    def test_names_differ_between_directory_and_file(self):
        data = archive(asic_e())
        at = data.index(b"contract.txt")
        self.refused(data[:at] + b"contrabt.txt" + data[at + 12 :])

    @pytest.mark.parametrize("name", ["annex/", "hidden/", "contract.txt/"])
    def test_a_folder_with_contents(self, name):
        """Programs that go by the attributes write a file."""
        self.refused(archive([*asic_e().items(), (name, b"forged")]))

    def test_a_file_and_a_folder_of_one_name(self):
        self.refused(archive([*asic_e().items(), ("contract.txt/", b"")]))

    def test_an_empty_folder(self):
        assert validate(archive([*asic_e().items(), ("annex/", b"")])).indication is Indication.TOTAL_PASSED

    @pytest.mark.parametrize(("mode", "passes"), [(0o120777, False), (0o020666, False), (0o100644, True)])
    def test_links_and_devices(self, mode, passes):
        """What is unpacked of a link is whatever it leads to."""
        linked = zipfile.ZipInfo("contract.txt")
        linked.create_system, linked.external_attr = 3, mode << 16
        data = archive([(linked if name == linked.filename else name, octets) for name, octets in asic_e().items()])
        assert (validate(data).indication is Indication.TOTAL_PASSED) is passes

    @pytest.mark.parametrize(("other", "passes"), [("annex/price.txt", False), ("contract.txt", True)])
    def test_a_second_name_in_an_extra_field(self, other, passes):
        named = zipfile.ZipInfo("contract.txt")
        named.extra = struct.pack("<HHBL", 0x7075, 5 + len(other), 1, zlib.crc32(b"contract.txt")) + other.encode()
        data = archive([(named if name == named.filename else name, octets) for name, octets in asic_e().items()])
        assert (validate(data).indication is Indication.TOTAL_PASSED) is passes

    @pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
    def test_octets_behind_the_contents_of_a_file(self, method):
        """Inside the packed size, behind the end of what is unpacked."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as target:
            target.writestr("a.txt", b"1")
        data, rest = out.getvalue(), b"forged"
        start, _ = directory(data)
        longer = bytearray(data[:start] + rest + data[start:])
        packed = struct.unpack_from("<L", data, 18)[0] + len(rest)
        struct.pack_into("<L", longer, 18, packed)
        struct.pack_into("<L", longer, start + len(rest) + 20, packed)
        struct.pack_into("<L", longer, len(longer) - 6, start + len(rest))
        with pytest.raises(ContainerError, match="unpack"):
            open_container(bytes(longer))

    def test_a_name_in_no_encoding(self):
        data = archive({"é.txt": b"1"}).replace("é".encode(), b"\xe9\xe9")
        with pytest.raises(ContainerError, match="encoding"):
            open_container(data)

    def test_sizes_differ_between_directory_and_file(self):
        data = bytearray(archive(asic_e()))
        struct.pack_into("<L", data, 22, 5)
        self.refused(bytes(data))

    def test_sizes_in_the_large_field_of_a_file_are_those_of_the_directory(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for name, content in asic_e().items():
                with target.open(name, "w", force_zip64=True) as file:
                    file.write(content)
        data = out.getvalue()
        assert struct.unpack_from("<2L", data, 18) == (0xFFFFFFFF, 0xFFFFFFFF)
        assert validate(data).indication is Indication.TOTAL_PASSED
        extra = 30 + len("contract.txt")
        for position in (extra, extra + 2, extra + 4, extra + 12):  # kind, length, size, packed size
            changed = bytearray(data)
            changed[position] ^= 1
            self.refused(bytes(changed))

    def test_a_file_that_the_directory_hides(self):
        data = archive(asic_e())
        start, end = directory(data)
        hidden = archive({"hidden.txt": b"x"}, kind=None)
        body = hidden[: directory(hidden)[0]]
        moved = bytearray(data[:start] + body + data[start:])
        struct.pack_into("<L", moved, end + len(body) + 16, start + len(body))
        self.refused(bytes(moved))

    def test_overlapping_files(self):
        data = bytearray(archive({"a.txt": b"x" * 100, "b.txt": b"x" * 100}))
        start, _ = directory(bytes(data))
        first = start + 46 + len("mimetype")
        offset = struct.unpack_from("<L", data, first + 42)[0]
        second = first + 46 + len("a.txt")
        struct.pack_into("<L", data, second + 42, offset)
        self.refused(bytes(data))

    def test_encrypted_and_unknown_methods(self):
        for position, value in ((6, 1), (8, 99)):
            data = bytearray(archive(asic_e()))
            start, _ = directory(bytes(data))
            struct.pack_into("<H", data, position, value)
            struct.pack_into("<H", data, start + position + 2, value)
            self.refused(bytes(data))

    def test_a_zip_bomb(self):
        self.refused(archive({**asic_e(), "bomb.bin": b"\0" * 50_000_000}))

    def test_too_many_files(self):
        self.refused(archive({**asic_e(), **{f"{number}.txt": b"" for number in range(MAX_ENTRIES)}}))

    def test_a_wrong_checksum(self):
        data = bytearray(archive(asic_e(), kind=None))
        start, _ = directory(bytes(data))
        struct.pack_into("<L", data, 14, 1)
        struct.pack_into("<L", data, start + 16, 1)
        self.refused(bytes(data))


@given(st.binary(max_size=300))
def test_octets_give_a_container_or_a_refusal(data: bytes) -> None:
    for candidate in (data, b"PK\x03\x04" + data, b"PK\x03\x04" + data + b"PK\x05\x06" + bytes(18)):
        try:
            open_container(candidate)
        except PkiError:
            continue


@given(st.data())
def test_a_container_with_one_changed_octet_never_passes_differently(draw: st.DataObject) -> None:
    good = archive(asic_e())
    position = draw.draw(st.integers(0, len(good) - 1))
    altered = good[:position] + bytes([good[position] ^ draw.draw(st.integers(1, 255))]) + good[position + 1 :]
    report = validate(altered)
    if report.indication is Indication.TOTAL_PASSED:
        files = {entry.name: entry.data for entry in open_container(altered).entries}
        assert {name: files.get(name) for name in FILES} == FILES
        assert {name for name in files if not name.startswith("META-INF/") and name != "mimetype"} == set(FILES)
