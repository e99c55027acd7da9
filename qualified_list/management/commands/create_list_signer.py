"""Makes the key and certificate of the list signer, once: for the demo and for a first set-up with key files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualified_list.selectors.published import signer_certificate_path, signer_key_path
from qualified_list.services.files import replace_atomically
from signing.keys.list_signer import create_list_signer
from trustreg.base import clock


class Command(BaseCommand):
    """Writes the private key (readable by its owner only) and, beside it, the certificate that readers pin."""

    help = "Make the key and certificate of the list signer. Nothing that exists is overwritten."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--operator", required=True, help="English name of the scheme operator, as on the list")
        parser.add_argument("--territory", default="JP")
        parser.add_argument("--key-type", choices=["rsa", "p256", "p384"], default="rsa")
        parser.add_argument("--if-missing", action="store_true", help="exit quietly when there is one already")

    def handle(self, *args: Any, **options: Any) -> None:
        key_path, certificate_path = signer_key_path(), signer_certificate_path()
        if key_path.exists() and certificate_path.exists():
            if options["if_missing"]:
                return
            raise CommandError(f"{key_path} and {certificate_path} exist already; nothing is overwritten.")
        for path in (key_path, certificate_path):
            if path.exists():
                raise CommandError(f"{path} exists without its counterpart; nothing is overwritten.")
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = create_list_signer(
            key_path,
            territory=options["territory"],
            operator_name=options["operator"],
            at=clock.now(),
            key_type=options["key_type"],
        )
        _write_certificate(certificate_path, key.certificate)
        self.stdout.write(f"key: {key_path}\ncertificate: {certificate_path}\n")


def _write_certificate(path: Path, der: bytes) -> None:
    replace_atomically(path, x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))
