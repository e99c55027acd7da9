"""The signer process: `TRUSTREG_ROLE=signer manage.py run_signer`."""

from __future__ import annotations

import signal
import warnings
from types import FrameType
from typing import Any

import psycopg
import structlog
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from qualified_list.selectors.published import signer_certificate_path, signer_key_path
from qualified_list.services import sign_waiting
from qualified_list.services.intent import SIGN_CHANNEL
from signing.keys.backend import KeyUnsuitable
from signing.keys.file import FileKey, FileKeyWarning
from trustreg.conf import settings as conf

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Waits for lists to sign, re-checks each from the ground up, and stores the one signature or a refusal."""

    help = "Sign the lists that wait for it. Runs with the database role of the signer and makes no key by itself."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and exit")

    def handle(self, *args: Any, **options: Any) -> None:
        if conf.role != "signer":
            raise CommandError(f"The signer runs with TRUSTREG_ROLE=signer, not {conf.role!r}.")
        key = _open_key()
        self._stopped = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        log.info("signer_started", certificate=signer_certificate_path().name)
        while not self._stopped:
            try:
                while sign_waiting(key=key) is not None and not self._stopped:
                    pass
                if options["once"]:
                    return
                self._await_news()
            except (OperationalError, InterfaceError) as error:
                log.warning("signer_lost_database", error=type(error).__name__)
                connection.close()
                signal.sigtimedwait([], 1.0)
            except DatabaseError as error:
                raise CommandError(f"The database refused the signer: {error}") from error
        connection.close()
        log.info("signer_stopped")

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopped = True

    def _await_news(self) -> None:
        """Wait for a notification, at most one second: a lost one costs that second and nothing else."""
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {SIGN_CHANNEL}")
        raw = connection.connection
        if not isinstance(raw, psycopg.Connection):
            raise CommandError("The signer needs a direct psycopg connection.")
        for _ in raw.notifies(timeout=1.0, stop_after=1):
            return


def _open_key() -> FileKey:
    key_path, certificate_path = signer_key_path(), signer_certificate_path()
    try:
        with warnings.catch_warnings():
            if conf.demo:
                warnings.simplefilter("ignore", FileKeyWarning)
            return FileKey.open(key_path, certificate_path if certificate_path.is_file() else None)
    except (OSError, ValueError, KeyUnsuitable) as error:
        raise CommandError(
            f"The key of the list signer cannot be opened at {key_path}: {error}. "
            "Make one with 'manage.py create_list_signer', or name another with TRUSTREG_LIST_SIGNER_KEY and "
            "TRUSTREG_LIST_SIGNER_CERTIFICATE."
        ) from error
