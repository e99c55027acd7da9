"""Make the keys and certificates of the demo's providers, once."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand

from trustreg.conf import settings as conf
from trustreg.demo import cast
from trustreg.demo.pki.authority import BASE_URL, DemoPki


class Command(BaseCommand):
    """Write `var/demo/pki`; a second run changes nothing."""

    help = "Make the keys and certificates of the demo's providers, once."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        base_url = os.environ.get("TRUSTREG_DEMO_PKI", BASE_URL)
        DemoPki.create_or_load(conf.var / "demo" / "pki", base_url=base_url, providers=cast.PROVIDERS)
