"""`manage.py scheme_amend esign_act --set validity_months=12 --note "..."`, run with TRUSTREG_ROLE=owner."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from certification.domain.values import LegalBasis
from certification.services.scheme import AMENDABLE, scheme_amend
from trustreg.base import clock
from trustreg.base.errors import TrustregError


class Command(BaseCommand):
    help = "Store a new version of the periods of a legal basis."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("legal_basis", choices=[str(basis) for basis in LegalBasis])
        parser.add_argument("--set", action="append", required=True, metavar="NAME=NUMBER", help=", ".join(AMENDABLE))
        parser.add_argument("--note", required=True, help="why, in one sentence")

    def handle(self, *, legal_basis: str, note: str, **options: Any) -> None:
        try:
            changes = {name: int(value) for name, _, value in (pair.partition("=") for pair in options["set"])}
            scheme = scheme_amend(legal_basis=LegalBasis(legal_basis), changes=changes, note=note, at=clock.now())
        except ValueError as error:
            raise CommandError(f"--set takes NAME=NUMBER: {error}") from error
        except TrustregError as error:
            raise CommandError(error.en) from error
        self.stdout.write(f"{scheme}: {scheme.periods}")
