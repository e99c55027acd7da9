"""Write the sound inputs of an entry as files: `python -m tests.fuzz.seeds ENTRY FOLDER`."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from tests.fuzz.entries import ENTRIES

if __name__ == "__main__":
    for seed in ENTRIES[sys.argv[1]].seeds():
        (Path(sys.argv[2]) / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
