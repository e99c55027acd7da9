"""What a signature forbids, in whatever entry, is refused; what it permits has to be said where it counts."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from pyhanko.sign.signers import cms_embedder, pdf_signer

from signing.domain.pdf.permissions import Lock
from tests.signing.signing_world import blank_pdf, pyhanko_signer, sign, update, validate, world
from tests.signing.test_pdf_forms import N, Writer, dictionary, stamped
from trustreg.pki.indications import Indication

Make = Callable[[Writer], Any]


def _text(value: str) -> Any:
    return generic.pdf_string(value)


def _number(value: float) -> Any:
    return generic.NumberObject(value)


def _transform(method: str, **parameters: Any) -> Make:
    """A signature reference dictionary; parameters that are functions are made with the writer."""

    def make(writer: Writer) -> Any:
        made = {key: value(writer) if callable(value) else value for key, value in parameters.items()}
        return dictionary(TransformMethod=N("/" + method), TransformParams=dictionary(**made))

    return make


def _names(*names: str) -> generic.ArrayObject:
    return generic.ArrayObject(map(_text, names))


def _signed(
    pdf: bytes, patch: pytest.MonkeyPatch, *transforms: Make, named: bool = False, name: str = "Sig1", new: bool = True
) -> bytes:
    """A signature with these references, which is the certification that the catalog names when `named`."""

    def apply(_: Any, reference: Any, writer: Writer) -> None:
        reference.get_object()[N("/Reference")] = generic.ArrayObject(make(writer) for make in transforms)
        if named:
            writer.root[N("/Perms")] = dictionary(DocMDP=reference)
            writer.update_root()

    metadata = signers.PdfSignatureMetadata(field_name=name, md_algorithm="sha256", signer_key_usage=set())
    spec = SigFieldSpec(name) if new else None
    engine = signers.PdfSigner(metadata, pyhanko_signer(world().signer, [world().ca]), new_field_spec=spec)
    with patch.context() as only:
        only.setattr(cms_embedder.SigMDPSetup, "apply", apply)
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        return engine.sign_pdf(writer, bytes_reserved=20000).getvalue()


def _certified(patch: pytest.MonkeyPatch) -> bytes:
    """A form that may be filled in."""
    pdf = blank_pdf(text_field=True)
    return _signed(pdf, patch, _transform("DocMDP", P=_number(2)), named=True, name="Certification")


def _fill(writer: Writer) -> None:
    form = writer.root["/AcroForm"]
    field = next(one.get_object() for one in form["/Fields"] if one.get_object()["/T"] == "Text1")
    field[N("/V")] = _text("changed")
    writer.update_container(field)


def _judged(data: bytes, name: str = "Sig1") -> tuple[str, bool]:
    """What came after a signature, and whether it passes."""
    (found,) = [one for one in validate(data).signatures if one.name == name]
    return found.modifications, found.indication is Indication.TOTAL_PASSED


INCLUDED = {"Action": N("/Include"), "Fields": _names("Text1")}
OTHER = {"Action": N("/Include"), "Fields": _names("Other")}
LOCKING: dict[str, list[Make]] = {
    "include": [_transform("FieldMDP", **INCLUDED)],
    "all": [_transform("FieldMDP", Action=N("/All"))],
    "exclude": [_transform("FieldMDP", Action=N("/Exclude"), Fields=_names("Other"))],
    "the second of two": [_transform("FieldMDP", **OTHER), _transform("FieldMDP", **INCLUDED)],
    "nothing said": [_transform("FieldMDP")],
    "no fields": [_transform("FieldMDP", Action=N("/Include"))],
    "a name for a string": [_transform("FieldMDP", Action=N("/Include"), Fields=generic.ArrayObject([N("/Text1")]))],
    "an indirect string": [
        _transform(
            "FieldMDP",
            Action=N("/Include"),
            Fields=lambda writer: generic.ArrayObject([writer.add_object(_text("Text1"))]),
        )
    ],
    "another encoding": [
        _transform(
            "FieldMDP",
            Action=N("/Include"),
            Fields=generic.ArrayObject([generic.ByteStringObject(b"\xff\xfeT\0e\0x\0t\0001\0")]),
        )
    ],
    "no changes at all": [_transform("FieldMDP", **OTHER, P=_number(1))],
}


class TestLockedFields:
    @pytest.mark.parametrize("name", LOCKING)
    def test_a_locked_field_is_filled_in(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        data = update(_signed(_certified(monkeypatch), monkeypatch, *LOCKING[name]), _fill)
        assert _judged(data) == ("other", False)

    def test_another_field_is_filled_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        data = update(_signed(_certified(monkeypatch), monkeypatch, _transform("FieldMDP", **OTHER)), _fill)
        assert _judged(data) == ("form-filling", True)

    @pytest.mark.parametrize("entries", [{"Action": N("/All")}, INCLUDED, {**OTHER, "P": _number(1)}])
    def test_the_field_of_the_signature_has_a_lock(
        self, entries: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Which counts also where the signature does not repeat it."""
        data = update(_locked(_certified(monkeypatch), entries, monkeypatch), _fill)
        assert _judged(data) == ("other", False)

    def test_a_lock_against_all_changes_is_one_against_signatures(self, monkeypatch: pytest.MonkeyPatch) -> None:
        data = _locked(blank_pdf(), {**OTHER, "P": _number(1)}, monkeypatch)
        assert _judged(data) == ("none", True)
        assert _judged(sign(data, field_name="Second")) == ("other", False)
        assert _judged(stamped(data)) == ("lta", True)


def _locked(pdf: bytes, entries: dict[str, Any], patch: pytest.MonkeyPatch) -> bytes:
    """A signature in a field with this lock dictionary."""

    def prepare(writer: Writer) -> None:
        append_signature_field(writer, SigFieldSpec("Sig1"))
        form = writer.root["/AcroForm"]
        field = next(one.get_object() for one in form["/Fields"] if one.get_object()["/T"] == "Sig1")
        field[N("/Lock")] = writer.add_object(dictionary(Type=N("/SigFieldLock"), **entries))
        writer.update_container(field)

    return _signed(update(pdf, prepare), patch, new=False)


class TestDocMdp:
    @pytest.mark.parametrize("levels", [[1], [9], [0], [2, 1], [1, 2]], ids=lambda levels: "-".join(map(str, levels)))
    def test_the_strictest_counts(self, levels: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
        transforms = [_transform("DocMDP", P=_number(level)) for level in levels]
        data = _signed(blank_pdf(text_field=True), monkeypatch, *transforms, named=True)
        assert _judged(update(data, _fill)) == ("other", False)
        monkeypatch.setattr(signers.PdfSigner, "_enforce_certification_constraints", lambda *_: None)
        assert _judged(sign(data, field_name="Second")) == ("other", False)

    @pytest.mark.parametrize("named", [True, False])
    def test_the_catalog_names_the_certification(self, named: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without that a signature restricts, and permits nothing."""
        pdf = blank_pdf(text_field=True)
        data = _signed(pdf, monkeypatch, _transform("DocMDP", P=_number(2)), named=named)
        assert _judged(update(data, _fill)) == ("form-filling", named)

    def test_a_time_stamp_permits_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Anybody gets one, and could have put it into the document before it was signed."""
        written = pdf_signer.DocumentTimestamp.__init__

        def write(self: Any, bytes_reserved: int | None = None) -> None:
            written(self, bytes_reserved)
            self[N("/Reference")] = generic.ArrayObject([dictionary(TransformMethod=N("/DocMDP"))])

        with monkeypatch.context() as only:
            only.setattr(pdf_signer.DocumentTimestamp, "__init__", write)
            prepared = stamped(sign(blank_pdf(text_field=True), field_name="First"))
        data = sign(prepared)
        assert _judged(data) == ("none", True)
        assert _judged(update(data, _fill)) == ("form-filling", False)


@pytest.mark.parametrize(
    ("name", "held"),
    [("a", True), ("a.b", True), ("a.b.c", True), ("ab", False), ("b", False), ("b.a", False), ("b\x1b", True)],
)
def test_what_is_below_a_field_is_locked_with_it(name: str, held: bool) -> None:
    assert Lock(frozenset({"a"}), others=False).holds(name) is held
    assert Lock(frozenset({"a"}), others=True).holds(name) is (not held or not name.isprintable())
