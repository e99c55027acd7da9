"""Collect the static files if one of them changed since they were last collected."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from trustreg.base.static_files import collect


class Command(BaseCommand):
    """`manage.py collect_static [--force]`."""

    help = "Collect the static files under names that tell their content, unless none changed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """See `help`."""
        parser.add_argument("--force", action="store_true", help="collect them in any case")

    def handle(self, *args: Any, **options: Any) -> None:
        """See `help`."""
        collect(force=options["force"])
