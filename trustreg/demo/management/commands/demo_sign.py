"""Sign a PDF or XML file with a fresh certificate of a demo service: `demo_sign in.pdf out.pdf --level T`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trustreg.conf import settings as conf
from trustreg.demo import cast
from trustreg.demo.pki.authority import Credential, DemoPki
from trustreg.demo.pki.signer import sign_pdf
from trustreg.demo.pki.specs import ServiceKind
from trustreg.demo.pki.xml_signer import sign_xml
from trustreg.demo.samples.build import DEVICE, ORGANISATION, PERSON

SUBJECTS = {
    ServiceKind.ESIGN_CA: ("signature", PERSON),
    ServiceKind.ESEAL_CA: ("seal", ORGANISATION),
    ServiceKind.DEVICE_CA: ("device", DEVICE),
}


class Command(BaseCommand):
    """The certificate is issued at once by the service's demo authority; time-stamps come from the demo's."""

    help = "Sign a PDF or XML file with a fresh certificate of one of the demo's services."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("out", type=Path)
        parser.add_argument("--level", choices=["B", "T", "LT", "LTA"], default="T")
        parser.add_argument("--service", default=cast.SAMPLE_ROLES["esign"])
        parser.add_argument("--tsa", default=cast.SAMPLE_ROLES["tsa"], help="the time-stamp service to use")
        parser.add_argument("--no-qscd", action="store_true", help="a certificate without a qualified device")

    def handle(self, *args: Any, **options: Any) -> None:
        pki = DemoPki.load(conf.var / "demo" / "pki")
        credential = self._credential(pki, options["service"], qscd=not options["no_qscd"])
        tsa = None if options["level"] == "B" else pki.url(options["tsa"], "tsa")
        try:
            sign = sign_xml if options["file"].suffix.lower() == ".xml" else sign_pdf
            signed = sign(options["file"].read_bytes(), credential=credential, level=options["level"], tsa=tsa)
        except OSError as error:
            raise CommandError(f"{error}. Is the demo running, and is the file there?") from error
        options["out"].write_bytes(signed)
        self.stdout.write(f"{options['out']}: signed with a certificate of {options['service']}, {options['level']}")

    def _credential(self, pki: DemoPki, service: str, *, qscd: bool) -> Credential:
        if service not in pki.services():
            raise CommandError(f"There is no demo service {service!r}; there are: {', '.join(sorted(pki.services()))}.")
        kind = pki.authority(service).spec.kind
        if kind not in SUBJECTS:
            raise CommandError(f"{service} issues time-stamps, not certificates; name it with --tsa.")
        purpose, subject = SUBJECTS[kind]
        return pki.issue(service, subject, purpose, qscd=qscd)  # type: ignore[arg-type] # a Literal through a table
