"""Looking at a page in Chromium: what axe finds, what overflows, what the HTML and the console say."""

from __future__ import annotations

import itertools
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final

import html5lib
from lxml import html
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.pages import Addresses

WIDTHS: Final = (320, 390, 768, 1024, 1280, 1600)
_AXE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text()
_RULES: Final = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# A page in one language is looked at in two of the four settings, in the other language in the other two.
_SETTINGS: dict[str, tuple[tuple[int, str], ...]] = {
    "ja": ((1280, "light"), (390, "dark")),
    "en": ((1280, "dark"), (390, "light")),
}
if os.environ.get("TRUSTREG_ALL_SETTINGS"):  # every width and scheme in each language; twice the time
    _SETTINGS |= dict.fromkeys(
        _SETTINGS, tuple((width, scheme) for width in (1280, 390) for scheme in ("light", "dark"))
    )
_OPEN_MAIN: Final = "document.querySelectorAll('main details').forEach(fold => { fold.open = true })"
_OPEN_MENU: Final = "document.querySelectorAll('header details').forEach(fold => { fold.open = true })"
_CLOSE_MENU: Final = "document.querySelectorAll('header details').forEach(fold => { fold.open = false })"
_TOO_WIDE: Final = """() => {
  const room = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= room) return ''
  const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > room + 1)
  return wide.slice(-3).map(e => e.outerHTML.slice(0, 120)).join(' | ') || 'something'
}"""


def chromium() -> str | None:
    """The browser of this machine, if there is one."""
    return os.environ.get("TRUSTREG_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium; it ends with the block, and its event loop with it."""
    with sync_playwright() as playwright:
        # Root has no user namespaces to build the sandbox from in a container.
        started = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            yield started
        finally:
            started.close()


@dataclass
class Opened:
    """A page that was opened, and what was heard while it was."""

    page: Page
    base: str
    status: int = 0
    heard: list[str] = field(default_factory=list)
    transferred: int = 0
    requests: int = 0

    def faults(self) -> list[str]:
        """Everything that is wrong with it, in both schemes and at all widths."""
        return [*self.heard, *_of_html(self._source), *self._widths(), *self._axe()]

    _source: str = ""

    def open(self, path: str) -> Opened:
        """Go there and listen."""
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.heard.append(f"script: {error}"))
        self.page.on("request", self._ask)
        self.page.on("requestfinished", self._count)
        answer = self.page.goto(self.base + path, wait_until="load")
        assert answer is not None
        self.status, self._source = answer.status, answer.text()
        return self

    def _hear(self, message: Any) -> None:
        # The browser itself reports an error page's own status as an error.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.heard.append(f"console: {message.text}")

    def _ask(self, request: Any) -> None:
        self.requests += 1
        if not request.url.startswith((self.base + "/", "data:")):
            self.heard.append(f"asks another host: {request.url}")

    def _count(self, request: Any) -> None:
        sizes = request.sizes()
        self.transferred += sizes["responseBodySize"] + sizes["responseHeadersSize"]

    def _widths(self) -> list[str]:
        self.page.evaluate(_OPEN_MAIN)
        found = []
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            for script in (_OPEN_MENU, _CLOSE_MENU) if width < 768 else (_CLOSE_MENU,):
                self.page.evaluate(script)
                wide = self.page.evaluate(_TOO_WIDE)
                if wide:
                    found.append(f"wider than {width} px: {wide}")
        return found

    def _axe(self) -> list[str]:
        self.page.evaluate(_AXE)
        found: list[str] = []
        for width, scheme in _SETTINGS["en" if "/en/" in self.page.url + "/" else "ja"]:
            self.page.set_viewport_size({"width": width, "height": 900})
            violations: list[Any] = []
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # both are names of schemes
            for part, script in (("document", _CLOSE_MENU), ("'header'", _OPEN_MENU)):
                self.page.evaluate(script)
                result = self.page.evaluate(f"rules => axe.run({part}, rules)", _RULES)
                violations += result["violations"]
            self.page.evaluate(_CLOSE_MENU)
            found += [
                f"axe {width} {scheme}: {one['id']}: {node['html'][:200]} ({node['failureSummary'][:200]})"
                for one in violations
                for node in one["nodes"][:4]
            ]
        return found


def _of_html(source: str) -> list[str]:
    """Errors of parsing, ids that stand twice, references and labels that lead nowhere."""
    parser = html5lib.HTMLParser()
    parser.parse(source)
    found = [
        f"html: {position}: {html5lib.constants.E.get(code, code) % data}" for position, code, data in parser.errors
    ]
    tree = html.fromstring(source)
    ids = Counter(tree.xpath("//@id"))
    found += [f"id stands {times} times: {name}" for name, times in ids.items() if times > 1]
    for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
        for value in tree.xpath(f"//@{attribute}"):
            found += [f"{attribute} leads nowhere: {name}" for name in value.split() if name not in ids]
    found += [
        f"link leads nowhere: {link}" for link in tree.xpath("//a/@href") if link[:1] == "#" and link[1:] not in ids
    ]
    icons = {link[1:] for link in tree.xpath("//*[local-name()='use']/@href")}
    found += [f"no such icon: {name}" for name in icons if name not in ids]
    if len(tree.xpath("//h1")) != 1:
        found.append(f"{len(tree.xpath('//h1'))} headings of level 1")
    levels = [int(name[1]) for name in re.findall(r"<(h[1-6])\b", source[: source.find("<footer")])]
    found += [f"h{level} follows h{before}" for before, level in itertools.pairwise(levels) if level > before + 1]
    return found


def context(browser: Browser, addresses: Addresses, who: str, **options: Any) -> BrowserContext:
    """A context of the browser in which this account is signed in."""
    made = browser.new_context(**options)
    cookies = [
        {"name": str(cookie.name), "value": str(cookie.value), "url": addresses.demo.base}
        for cookie in addresses.person(who).cookies
    ]
    if cookies:
        made.add_cookies(cookies)  # type: ignore[arg-type] # name, value and address are all it takes
    return made
