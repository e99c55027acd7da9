"""System checks: a bad deployment is caught at start, by id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def secret_key(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """The demo's secret key is public."""
    if settings.SECRET_KEY.startswith("demo-only"):
        return [
            Error(
                "The secret key is the demo's.",
                hint="Set TRUSTREG_SECRET_KEY to 50 or more random characters.",
                id="trustreg.base.E001",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def file_keys(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Refuse a deployment whose list would be signed with a key that lies in a file."""
    if not settings.TRUSTREG_FILE_KEYS:
        return []
    return [
        Error(
            "The trusted list would be signed with a key in a file.",
            hint="Keep the key in a hardware security module (PKCS#11) that only the signer can reach; "
            "unset TRUSTREG_DEMO and TRUSTREG_LIST_SIGNER_KEY.",
            id="trustreg.keys.E001",
        )
    ]
