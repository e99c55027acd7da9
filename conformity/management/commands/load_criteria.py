"""`manage.py load_criteria`: draft a criteria set from the shipped catalogue, or another one of the same columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from conformity import services
from conformity.services.criteria import CATALOGUE, read_catalogue
from trustreg.base import clock
from trustreg.base.errors import TrustregError
from trustreg.parties import selectors as parties


class Command(BaseCommand):
    help = "Load a criteria catalogue as a draft set; the same content again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """The set, the file and who loads it."""
        parser.add_argument("code")
        parser.add_argument("version")
        parser.add_argument("--title-ja", default="トラストサービス認定基準")
        parser.add_argument("--title-en", default="Criteria for trust services")
        parser.add_argument("--file", type=Path, default=CATALOGUE)
        parser.add_argument("--editor", required=True, help="e-mail address of the scheme editor")

    def handle(self, *args: Any, **options: Any) -> None:
        """Call the service; its refusal is the command's."""
        account = parties.account_by_email(options["editor"])
        if account is None:
            raise CommandError(f"No account has the address {options['editor']}.")
        try:
            found = services.criteria_load(
                code=options["code"],
                version=options["version"],
                title_ja=options["title_ja"],
                title_en=options["title_en"],
                rows=read_catalogue(options["file"]),
                actor=parties.actor_of(account),
                at=clock.now(),
            )
        except TrustregError as error:
            raise CommandError(error.en) from error
        self.stdout.write(f"{found}: {found.criteria.count()} criteria, {found.status}")
