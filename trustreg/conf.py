"""Every `TRUSTREG_*` setting, typed, read from the environment once.

Names and defaults stand in `docs/settings.md`. A value that cannot be read stops the start with a sentence that
names the variable, what it got and what it expected. Secrets have no default outside the demo.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent

ROLES: Final = ("owner", "web", "worker", "signer", "public")


class ConfigurationError(SystemExit):
    """A setting is missing or malformed; the message is the whole help a person gets, so it says what to do."""


@dataclass(frozen=True, slots=True)
class Conf:
    """The settings of one process."""

    demo: bool
    role: str
    var: Path
    base_url: str
    secret_key: str
    allowed_hosts: tuple[str, ...]
    database_url: str | None
    broker_url: str | None
    log_level: str
    max_document_bytes: int
    inline_document_bytes: int
    max_evidence_bytes: int
    report_days: int
    keep_documents_days: int
    max_batch_bytes: int
    max_batches: int
    pool_size: int
    pool_memory_bytes: int
    pool_seconds: int
    extra_anchors: Path | None
    egress_allow: tuple[str, ...]
    tsa_url: str | None
    public_dir: Path
    list_signer_key: Path | None
    list_signer_certificate: Path | None
    schemas: Path | None
    intent_seconds: int
    lease_seconds: int
    sweep_seconds: int
    throttle: bool
    crash_after: str | None

    @property
    def evidence_dir(self) -> Path:
        return self.var / "evidence"


def load(environ: Mapping[str, str] = os.environ) -> Conf:
    """The settings that `environ` describes.

    Raises ConfigurationError when a value is malformed or a secret is missing outside the demo.
    """

    def text(name: str, default: str | None = None) -> str | None:
        return environ.get(name) or default

    def number(name: str, default: int) -> int:
        raw = environ.get(name)
        if not raw:
            return default
        try:
            value = int(raw)
        except ValueError:
            value = -1
        if value < 0:
            raise ConfigurationError(f"{name}: got {raw!r}, expected a whole number of 0 or more.")
        return value

    def flag(name: str, default: bool) -> bool:
        raw = (environ.get(name) or "").strip().lower()
        if raw in ("", "1", "true", "yes", "on", "0", "false", "no", "off"):
            return default if raw == "" else raw in ("1", "true", "yes", "on")
        raise ConfigurationError(f"{name}: got {raw!r}, expected one of 1, 0, true, false, yes, no, on, off.")

    def words(name: str, default: str = "") -> tuple[str, ...]:
        return tuple(word for word in (environ.get(name) or default).replace(",", " ").split() if word)

    def path(name: str) -> Path | None:
        raw = environ.get(name)
        return Path(raw).expanduser().resolve() if raw else None

    demo = flag("TRUSTREG_DEMO", False)
    role = text("TRUSTREG_ROLE", "web") or "web"
    if role not in ROLES:
        raise ConfigurationError(f"TRUSTREG_ROLE: got {role!r}, expected one of {', '.join(ROLES)}.")
    var = path("TRUSTREG_VAR") or ROOT / "var"
    secret_key = text("TRUSTREG_SECRET_KEY")
    if not secret_key:
        if not demo:
            raise ConfigurationError(
                "TRUSTREG_SECRET_KEY is not set. Set it to 50 or more random characters, "
                "or set TRUSTREG_DEMO=1 on a machine that only shows the demo."
            )
        secret_key = "demo-only-secret-key-that-check-deploy-refuses-" + "0" * 16
    base_url = (text("TRUSTREG_BASE_URL", "http://127.0.0.1:8000") or "").rstrip("/")
    return Conf(
        demo=demo,
        role=role,
        var=var,
        base_url=base_url,
        secret_key=secret_key,
        allowed_hosts=words("TRUSTREG_ALLOWED_HOSTS", "127.0.0.1 localhost [::1] testserver" if demo else ""),
        database_url=text("DATABASE_URL"),
        broker_url=text("CELERY_BROKER_URL"),
        log_level=text("TRUSTREG_LOG_LEVEL", "INFO") or "INFO",
        max_document_bytes=number("TRUSTREG_MAX_DOCUMENT_BYTES", 50_000_000),
        inline_document_bytes=number("TRUSTREG_INLINE_DOCUMENT_BYTES", 50_000_000),
        max_evidence_bytes=number("TRUSTREG_MAX_EVIDENCE_BYTES", 50_000_000),
        report_days=number("TRUSTREG_REPORT_DAYS", 30),
        keep_documents_days=number("TRUSTREG_KEEP_DOCUMENTS_DAYS", 0),
        max_batch_bytes=number("TRUSTREG_MAX_BATCH_BYTES", 200_000_000),
        max_batches=number("TRUSTREG_MAX_BATCHES", 2),
        pool_size=number("TRUSTREG_POOL_SIZE", 2),
        pool_memory_bytes=number("TRUSTREG_POOL_MEMORY_BYTES", 1 << 30),
        pool_seconds=number("TRUSTREG_POOL_SECONDS", 10),
        extra_anchors=path("TRUSTREG_EXTRA_ANCHORS"),
        egress_allow=words("TRUSTREG_EGRESS_ALLOW"),
        tsa_url=text("TRUSTREG_TSA_URL"),
        public_dir=path("TRUSTREG_PUBLIC_DIR") or var / "public",
        list_signer_key=path("TRUSTREG_LIST_SIGNER_KEY"),
        list_signer_certificate=path("TRUSTREG_LIST_SIGNER_CERTIFICATE"),
        schemas=path("TRUSTREG_SCHEMAS"),
        intent_seconds=number("TRUSTREG_INTENT_SECONDS", 60),
        lease_seconds=number("TRUSTREG_LEASE_SECONDS", 5),
        sweep_seconds=number("TRUSTREG_SWEEP_SECONDS", 2),
        throttle=flag("TRUSTREG_THROTTLE", not demo),
        crash_after=text("TRUSTREG_CRASH_AFTER") if demo else None,
    )


settings: Final = load()
