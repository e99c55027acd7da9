"""Where a process can be made to die between two steps, so that recovery is tested and shown with real kills."""

from __future__ import annotations

import os
import signal

from trustreg.conf import settings as conf

STEPS = ("begin", "check", "sign", "verify", "log", "files", "current", "release")
"""After the intent is stored, checked, signed, verified; after log, files and current files are written; released."""


def crash_point(step: str) -> None:
    """Kill this very process when `TRUSTREG_CRASH_AFTER` names the step (demo and tests only)."""
    if conf.crash_after == step:
        os.kill(os.getpid(), signal.SIGKILL)
