"""`/healthz`: the process lives. `/readyz`: it can answer, part by part; what is not checked is not called fine."""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import structlog
from celery import current_app
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from qualified_list.selectors import trust_source
from qualified_list.selectors.published import signer_certificate_path
from trustreg.base import clock
from trustreg.base.roles import SIGNER
from trustreg.conf import ROOT
from trustreg.conf import settings as conf

log = structlog.get_logger(__name__)

Finding = dict[str, Any]


@functools.cache
def release() -> tuple[str, str]:
    """(version, commit): of the package or `pyproject.toml`; of `TRUSTREG_COMMIT` or the checkout, or `unknown`."""
    try:
        number = version("trustreg")
    except PackageNotFoundError:
        import tomllib

        number = str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
    commit = os.environ.get("TRUSTREG_COMMIT", "")
    if not commit and (ROOT / ".git").exists():
        try:
            git = ["git", "rev-parse", "HEAD"]  # the checkout's own
            done = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603 - fixed words
            commit = done.stdout.strip()
        except (OSError, subprocess.TimeoutExpired):
            commit = ""
    return number, commit or "unknown"


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers."""
    number, commit = release()
    return JsonResponse({"status": "ok", "version": number, "commit": commit})


def _database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return {"ok": True}


def _broker() -> Finding:
    if not conf.broker_url:
        folder = conf.var / "queue" / "messages"
        return {"ok": folder.is_dir() and os.access(folder, os.W_OK), "transport": "filesystem"}
    with current_app.connection_for_write(connect_timeout=2) as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
    return {"ok": True}


def _list() -> Finding:
    reference = trust_source().list_reference
    if reference is None:
        return {"ok": False, "detail": "no list has been published"}
    found: Finding = {"sequence": reference.sequence, "sha256": reference.sha256}
    if reference.next_update is not None and reference.next_update <= clock.now():
        return {"ok": False, "detail": "the current list is past its NextUpdate", **found}
    return {"ok": True, **found}


def _anchors() -> Finding:
    count = len(trust_source().identities())
    return {"ok": count > 0, "listed_keys": count} if count else {"ok": False, "detail": "no listed key is loaded"}


def _signer() -> Finding:
    certificate = signer_certificate_path()
    if not certificate.is_file():
        return {"ok": False, "detail": "the certificate of the list signer is not there"}
    from trustreg.pki.certificates import load_certificate

    pinned = load_certificate(certificate.read_bytes())
    now = clock.now()
    good = pinned.not_before <= now < pinned.not_after
    if not good:
        return {"ok": False, "detail": "the signer's certificate is not in force"}
    found: Finding = {"ok": True, "sha256": pinned.sha256.hex()}
    with connection.cursor() as cursor:
        # Its process listens on a connection of its own role; without it we still answer, and publish nothing new.
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename = %s)", [SIGNER]
        )
        if not cursor.fetchone()[0]:
            found |= {"ok": None, "detail": "no process of the signer is connected; no list will be signed"}
    return found


def _log() -> Finding:
    return {"ok": None, "detail": "the public log is not yet part of this version"}


CHECKS: dict[str, Callable[[], Finding]] = {
    "database": _database,
    "broker": _broker,
    "list": _list,
    "anchors": _anchors,
    "signer": _signer,
    "log": _log,
}


def findings(parts: Iterable[str] = CHECKS) -> dict[str, Finding]:
    """What each part says of itself; `ok` is False for one that does not work, None for one that is not there."""
    found: dict[str, Finding] = {}
    for name in parts:
        try:
            found[name] = CHECKS[name]()
        except Exception as error:  # whatever a part raises, it is not ready
            log.warning("not_ready", part=name, error=str(error))
            found[name] = {"ok": False, "detail": type(error).__name__}
    return found


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every part that this version has works, else 503; each part by name."""
    found = findings()
    ready = all(part["ok"] is not False for part in found.values())
    return JsonResponse({"status": "ready" if ready else "not_ready", "checks": found}, status=200 if ready else 503)
