"""One entry under atheris, led by what input reaches: `python -m tests.fuzz.guided ENTRY [libFuzzer options]`."""

from __future__ import annotations

import sys

import atheris

OURS = ["trustreg.pki", "timestamp", "signing.domain", "qualified_list.domain"]


def main() -> None:
    """Instrument our own code, then run until libFuzzer's options say stop; a defect ends the process."""
    with atheris.instrument_imports(include=OURS):
        from tests.fuzz.entries import ENTRIES
    entry = ENTRIES[sys.argv.pop(1)]
    atheris.Setup(sys.argv, entry.attempt)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
