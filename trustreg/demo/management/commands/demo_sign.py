"""Sign a file with a fresh certificate of a demo service: `demo_sign in.pdf out.pdf --level T`.

The name of the result says how: .pdf PAdES, .xml XAdES (enveloped in XML, else around the file), .p7m CAdES, .p7s CAdES
beside the file, .json JAdES, .jws its compact form, .asice and .asics a container with XAdES.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trustreg.conf import settings as conf
from trustreg.demo import cast
from trustreg.demo.pki.authority import Credential, DemoPki
from trustreg.demo.pki.cms_signer import sign_cms
from trustreg.demo.pki.container_signer import extended, simple
from trustreg.demo.pki.json_signer import sign_json
from trustreg.demo.pki.signer import Level, sign_pdf
from trustreg.demo.pki.specs import ServiceKind
from trustreg.demo.pki.xml_signer import XmlSigner, enveloped, enveloping
from trustreg.demo.samples.build import DEVICE, ORGANISATION, PERSON

SUFFIXES = (".pdf", ".xml", ".p7m", ".p7s", ".json", ".jws", ".asice", ".asics")
SUBJECTS = {
    ServiceKind.ESIGN_CA: ("signature", PERSON),
    ServiceKind.ESEAL_CA: ("seal", ORGANISATION),
    ServiceKind.DEVICE_CA: ("device", DEVICE),
}


def sign_file(file: Path, suffix: str, credential: Credential, level: Level, tsa: str | None) -> bytes:
    """The file, signed in the form that `suffix` stands for. Raises ValueError for another suffix, OSError."""
    data, signer = file.read_bytes(), XmlSigner.of(credential, tsa)
    if suffix == ".pdf":
        return sign_pdf(data, credential=credential, level=level, tsa=tsa)
    if suffix == ".xml":
        return (enveloped if file.suffix.lower() == ".xml" else enveloping)(data, signer, level=level)
    if suffix in (".p7m", ".p7s"):
        return sign_cms(data, signer, level=level, detached=suffix == ".p7s")
    if suffix in (".json", ".jws"):
        return sign_json(data, signer, level=level, compact=suffix == ".jws")
    if suffix == ".asice":
        return extended({file.name: data}, signer, level=level)
    if suffix == ".asics":
        return simple(file.name, data, signer, level=level)
    raise ValueError(f"the name of the result ends in {suffix!r}; one of {', '.join(SUFFIXES)} was expected")


class Command(BaseCommand):
    """The certificate is issued at once by the service's demo authority; time-stamps come from the demo's."""

    help = "Sign a file with a fresh certificate of one of the demo's services; the name of the result says how."
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
            signed = sign_file(options["file"], options["out"].suffix.lower(), credential, options["level"], tsa)
        except OSError as error:
            raise CommandError(f"{error}. Is the demo running, and is the file there?") from error
        except ValueError as error:
            raise CommandError(f"{error}.") from error
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
