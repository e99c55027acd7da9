"""Pictures of all pages: `python -m tests.browser.screenshots [--out DIR] [names …]`.

Each page of the table in both languages, at 390 and 1280 px, light and dark: `service-ja-1280-dark.png`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.live.demo import ROOT, RunningDemo, free_port

SCHEMES = ("light", "dark")
SIZES = (1280, 390)


@contextmanager
def running_demo(given: str | None) -> Iterator[RunningDemo]:
    """The demo that runs at `folder:port:port of the authorities`, or one of our own."""
    if given:
        place, port, pki_port = given.rsplit(":", 2)
        yield RunningDemo(Path(place), int(port), int(pki_port))
        return
    folder = Path(tempfile.mkdtemp(prefix="screenshots-"))
    folder.chmod(0o755)
    demo = RunningDemo(folder / "var", free_port(), free_port())
    try:
        demo.start()
        yield demo
    finally:
        demo.stop()
        shutil.rmtree(folder, ignore_errors=True)


def take(demo: RunningDemo, out: Path, wanted: Sequence[str], langs: Sequence[str], schemes: Sequence[str]) -> int:
    """Take the pictures; return how many pages no link led to."""
    from tests.browser import kit
    from tests.browser.pages import PAGES, Addresses

    out.mkdir(parents=True, exist_ok=True)
    addresses, missing = Addresses(demo), 0
    with kit.browser() as browser:
        for page in PAGES:
            if wanted and page.slug not in wanted:
                continue
            if addresses.of(page) is None:
                sys.stderr.write(f"no link leads {page.who or 'the public'} to {page.slug}\n")
                missing += 1
                continue
            with kit.context(browser, addresses, page.who, reduced_motion="reduce") as context:
                shown = context.new_page()
                for lang in langs:
                    shown.goto(demo.base + str(addresses.of(page, lang)))
                    for size in SIZES:
                        shown.set_viewport_size({"width": size, "height": 900})
                        for scheme in schemes:
                            shown.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # a name of a scheme
                            dark = "-dark" if scheme == "dark" else ""
                            shown.screenshot(path=out / f"{page.slug}-{lang}-{size}{dark}.png", full_page=True)
    return missing


def main(argv: Sequence[str] | None = None) -> int:
    """See above."""
    parser = argparse.ArgumentParser(description="Take pictures of all pages.")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "screenshots")
    parser.add_argument(
        "--demo", default=os.environ.get("TRUSTREG_TEST_DEMO"), help="folder:port:port of one that runs"
    )
    parser.add_argument("--lang", nargs="+", default=["ja", "en"])
    parser.add_argument("--scheme", nargs="+", default=SCHEMES)
    parser.add_argument("names", nargs="*", help="names of pages in tests/browser/pages.py; all of them otherwise")
    options = parser.parse_args(argv)
    with running_demo(options.demo) as demo:
        # The addresses of pages are read from the product's own table of routes.
        os.environ.update(demo.environment(), TRUSTREG_ROLE="web")
        import django

        django.setup()
        missing = take(demo, options.out, options.names, options.lang, options.scheme)
    sys.stdout.write(f"Pictures: {options.out}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
