"""The catalogues of texts (gettext): `make words` brings them up to date, `make check` refuses what is missing.

The English text in the code is the id; `locale/ja` holds the Japanese of each. Every text of a page goes through here,
so that a translator needs no code and a forgotten text stops the build.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT: Final = Path(__file__).resolve().parent.parent
PO: Final = ROOT / "locale" / "ja" / "LC_MESSAGES" / "django.po"
CODE: Final = ("trustreg", "certification", "conformity", "qualified_list", "signing")
SAYING: Final = frozenset({"say", "say_html", "lazy_say"})
KEYWORDS: Final = {"_": None, "gettext": None, "pgettext": ((1, "c"), 2)}
_VALUE: Final = re.compile(r"%\((\w+)\)s|\{(\w+)\}")

Found = tuple[str, int, "str | tuple[str, ...]", "str | None"]


def texts() -> Catalog:
    """Every text that the code and the templates name, with the places where."""
    found = Catalog(project="trustreg", charset="utf-8", fuzzy=False)
    for place, line, message, context in sorted(_texts(), key=lambda text: (text[0], text[1])):
        found.add(message, locations=[(place, line)], context=context)
    return found


def _texts() -> Iterator[Found]:
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not {"migrations", "demo"} & set(path.parts):
                yield from _in_code(path)
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield from _in_template(path)


def _in_code(path: Path) -> Iterator[Found]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                senses = [word.value for word in node.keywords if word.arg == "sense"]
                sense = str(senses[0].value) if senses and isinstance(senses[0], ast.Constant) else None
                yield _place(path), node.lineno, first.value, sense


def _in_template(path: Path) -> Iterator[Found]:
    # Django turns a template into something that looks like Python, with its texts in calls of gettext.
    source = templatize(path.read_text(), origin=str(path))
    lines = "\n".join(line.strip() for line in source.split("\n"))
    for line, message, _comments, context in extract("python", io.BytesIO(lines.encode()), keywords=KEYWORDS):
        yield _place(path), line, message, context


def _place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def catalogue() -> Catalog:
    """The Japanese catalogue as it is stored."""
    with PO.open("rb") as file:
        return read_po(file, locale="ja")


def faults(known: Catalog, wanted: Catalog) -> list[str]:
    """What is wrong with a catalogue: a text without Japanese, a fuzzy one, one that nobody uses, other values."""
    found = []
    for message in wanted:
        if not message.id:
            continue
        here = known.get(message.id, message.context)
        if here is None or not here.string:
            found.append(f"missing: {message.id!r} ({message.locations[0][0]})")
        elif here.fuzzy:
            found.append(f"fuzzy: {message.id!r}")
        elif _values(str(message.id)) != _values(str(here.string)):
            found.append(f"other values than the text: {message.id!r} - {here.string!r}")
    unused = [message.id for message in known if message.id and wanted.get(message.id, message.context) is None]
    return sorted([*found, *(f"nobody uses: {text!r}" for text in unused)])


def _values(text: str) -> list[str]:
    return sorted(first or second for first, second in _VALUE.findall(text))


def compiled(known: Catalog) -> bytes:
    """The catalogue as Django reads it (`.mo`)."""
    known.revision_date = known.creation_date = datetime(2000, 1, 1, tzinfo=UTC)  # the same bytes for the same texts
    out = io.BytesIO()
    write_mo(out, known)
    return out.getvalue()


def write(known: Catalog, wanted: Catalog) -> None:
    """Store what is wanted with the Japanese that is known: sorted by the text, so that changes read well."""
    fresh = Catalog(locale="ja", project="trustreg", version="1", fuzzy=False, header_comment="# 日本語 (Japanese)")
    fresh.msgid_bugs_address = fresh.last_translator = fresh.language_team = ""
    fresh.creation_date = fresh.revision_date = datetime(2000, 1, 1, tzinfo=UTC)
    for message in wanted:
        if not message.id:
            continue
        here = known.get(message.id, message.context)
        places = sorted({(place, 0) for place, _line in message.locations})
        fresh.add(message.id, here.string if here else "", locations=places, context=message.context)
    out = io.BytesIO()
    write_po(out, fresh, width=118, sort_output=True, include_lineno=False, omit_header=False)
    PO.write_bytes(out.getvalue())
    PO.with_suffix(".mo").write_bytes(compiled(catalogue()))


def main(arguments: list[str]) -> int:
    """`write` or `check`; 1 when something is missing."""
    settings.configure(USE_I18N=True)
    wanted = texts()
    if arguments == ["write"]:
        write(catalogue(), wanted)
    found = faults(catalogue(), wanted)
    if PO.with_suffix(".mo").read_bytes() != compiled(catalogue()):
        found.append("django.mo is not in step with django.po; run `make words`")
    sys.stdout.write("\n".join(found) + "\n" if found else f"{len(wanted)} texts, all in both languages\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
