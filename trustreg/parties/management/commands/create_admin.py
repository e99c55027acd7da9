"""`manage.py create_admin`: the first administrator of an empty register."""

from __future__ import annotations

import getpass
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trustreg.base import clock
from trustreg.base.errors import TrustregError
from trustreg.parties import services


class Command(BaseCommand):
    help = "Make the first administrator of an empty register (password: TRUSTREG_ADMIN_PASSWORD, else asked for)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Names in both languages, of the authority and of the person."""
        parser.add_argument("email")
        parser.add_argument("--name-ja", required=True)
        parser.add_argument("--name-en", required=True)
        parser.add_argument("--organisation-ja", required=True)
        parser.add_argument("--organisation-en", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Call the service; its refusal is the command's."""
        password = os.environ.get("TRUSTREG_ADMIN_PASSWORD") or getpass.getpass("Password: ")
        try:
            account = services.first_administrator_create(
                organisation_ja=options["organisation_ja"],
                organisation_en=options["organisation_en"],
                name_ja=options["name_ja"],
                name_en=options["name_en"],
                email=options["email"],
                password=password,
                at=clock.now(),
            )
        except TrustregError as error:
            details = " ".join(f"{name}: {sentences['en']}" for name, sentences in error.fields.items())
            raise CommandError(f"{error.en} {details}".strip()) from error
        self.stdout.write(f"{account.email} administers the register.")
