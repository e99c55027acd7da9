"""Static files under names that tell their content, compressed, collected only when one of them changed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

# Parts of other packages that no page of ours asks for.
UNUSED: Final = ["rest_framework/*", "drf_spectacular_sidecar/redoc/*", "django_htmx/htm*x-4*"]
_MARK = ".collected"


def collect(force: bool = False) -> bool:
    """Fill STATIC_ROOT; say whether there was anything to do."""
    root = Path(settings.STATIC_ROOT)
    wanted = _fingerprint()
    mark = root / _MARK
    if not force and mark.is_file() and mark.read_text() == wanted:
        return False
    mark.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED)
    mark.write_text(wanted)
    return True


def _fingerprint() -> str:
    """Of names, sizes and times of all source files, and of how they are stored."""
    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list(UNUSED), key=lambda found: found[0]):
            state = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()
