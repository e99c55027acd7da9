"""`TRUSTREG_ROLE=worker manage.py publish_list [--reissue]`: publication by hand, the same as the worker's."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualified_list.services import publish, sweep
from trustreg.base.errors import TrustregError
from trustreg.conf import settings as conf


class Command(BaseCommand):
    """Publishes what was decided, or goes on with an interrupted publication."""

    help = "Publish the list: finish what was begun, then what was decided since."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reissue", action="store_true", help="issue an unchanged list anew")
        parser.add_argument("--sweep", action="store_true", help="only what the sweeper would do")
        parser.add_argument("--wait", type=float, default=20.0, help="seconds to wait for the signer")

    def handle(self, *args: Any, **options: Any) -> None:
        if conf.role not in ("worker", "owner"):
            raise CommandError(f"Publication runs with TRUSTREG_ROLE=worker, not {conf.role!r}.")
        try:
            sequence = (
                sweep() if options["sweep"] else publish(reissue=options["reissue"], wait_seconds=options["wait"])
            )
        except TrustregError as error:
            raise CommandError(error.en) from error
        self.stdout.write(f"released: {sequence if sequence is not None else 'nothing'}\n")
