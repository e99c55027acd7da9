"""Tell the demo story through the services; worker, signer and the demo's authorities must be running."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trustreg.conf import settings as conf
from trustreg.demo.pki.authority import DemoPki
from trustreg.demo.story import Story


class Command(BaseCommand):
    """Told once: with `var/demo/story.json` there is nothing left to tell."""

    help = "Tell the demo story through the services."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = conf.var / "demo"
        if (folder / "story.json").exists():
            raise CommandError(f"The story is told already; {folder / 'story.json'} says when.")
        Story(DemoPki.load(folder / "pki"), folder, conf.base_url, lambda text: self.stdout.write(f"  · {text}")).tell()
