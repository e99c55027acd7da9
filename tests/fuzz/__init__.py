"""Fuzzing: every parser, whatever the bytes, answers or refuses in its own words (`make fuzz`)."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("TRUSTREG_SHARED", ROOT.parent / "shared"))

# The tests of lists are no package; their factory makes the seeds here too.
sys.path.append(str(ROOT / "tests" / "qualified_list" / "domain"))
