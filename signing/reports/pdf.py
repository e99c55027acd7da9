"""The report for people as PDF/A-3: one template, compiled by Typst with the fonts of this folder and nothing else."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import typst

HERE: Final = Path(__file__).resolve().parent
STANDARDS: Final[tuple[Literal["a-3a", "ua-1"], ...]] = ("a-3a", "ua-1")
"""To be kept (ISO 19005-3 level A) and to be read aloud (ISO 14289-1)."""
_one_at_a_time: Final = threading.Lock()


def render(content: Mapping[str, Any]) -> bytes:
    """The PDF of a `paper`; the same bytes for the same content."""
    made = datetime(**content["date"], tzinfo=UTC)
    with _one_at_a_time:
        found = _compiler().compile(
            format="pdf",
            sys_inputs={"data": json.dumps(content, ensure_ascii=False)},
            pdf_standards=list(STANDARDS),
            timestamp=int(made.timestamp()),
        )
    assert isinstance(found, bytes)  # noqa: S101 - a PDF is one file; for the type checker
    return found


@functools.cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(
        str(HERE / "report.typ"), root=str(HERE), font_paths=[str(HERE / "fonts")], ignore_system_fonts=True
    )
