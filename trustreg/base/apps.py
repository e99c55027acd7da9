"""The shared bottom of all apps."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import pre_migrate

from trustreg.base.roles import DEFAULT_PRIVILEGES


def set_default_privileges(*, using: str, **_: Any) -> None:
    """Give every table that is about to be made the privileges of the roles (design 3.4)."""
    with connections[using].cursor() as cursor:
        for statement in DEFAULT_PRIVILEGES:
            cursor.execute(statement)


class BaseConfig(AppConfig):
    name = "trustreg.base"
    label = "base"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from trustreg.base import checks  # noqa: F401 - registers the system checks

        pre_migrate.connect(set_default_privileges, sender=self, dispatch_uid="trustreg_default_privileges")
