"""The one table of pages: which there are, who is shown looking at them, and how to come to one of each.

It drives accessibility, widths, HTML, weight and screenshots. A page is found by following links from where its visitor
starts, unless `find` says how. A route that is in neither table fails a test.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import requests
from django.urls import NoReverseMatch, Resolver404, URLPattern, URLResolver, resolve, reverse
from django.utils import translation
from lxml import html

from tests.live.demo import RunningDemo, Visitor

Find = Callable[[RunningDemo], str]
LANGUAGES: Final = ("ja", "en")
REASONS: Final = {
    "ja": "失効情報の配信が 26 時間止まったためです。",
    "en": "Revocation information was not available for 26 hours.",
}


@dataclass(frozen=True, slots=True)
class Page:
    """`route`: its name in `pages:`; `who`: the account that looks (the part before the @), "" for the public."""

    slug: str
    route: str
    who: str = ""
    find: Find | None = None
    status: int = 200


def at(route: str, query: str = "", **values: object) -> Find:
    """The address of a route whose values are known, or stand in the demo's story by the name given as text."""

    def find(demo: RunningDemo) -> str:
        ids = demo.story
        known = {name: ids.get(str(value), value) for name, value in values.items()}
        with translation.override("ja"):
            return reverse(f"pages:{route}", kwargs=known) + query

    return find


def checked(sample: str, **fields: str) -> Find:
    """The result of checking one of the demo's samples."""

    def find(demo: RunningDemo) -> str:
        answer = demo.validate(demo.samples / sample, **fields)
        assert answer.status_code in (200, 201, 202), answer.text
        return f"/check/{answer.json()['id']}"

    return find


def proposed(route: str) -> Find:
    """A page of a decision that one person proposed and another has not approved yet."""

    def find(demo: RunningDemo) -> str:
        proposer = Visitor(demo.base, "proposer@demo.example.jp", "demo-proposer-2026")
        service = demo.story["sakura-device"]
        answer = proposer.post("/decisions", {"kind": "suspend", "service_id": service, "reasons": REASONS})
        if answer.status_code == 409:  # proposed already
            waiting = html.fromstring(_signed_in(demo, "approver").get(f"{demo.base}/decisions", timeout=60).text)
            decision = waiting.xpath("//main//a/@href[contains(., '/approve')]")[0].split("/")[-2]
        else:
            assert answer.status_code in (200, 201), answer.text
            decision = answer.json()["id"]
        with translation.override("ja"):
            return reverse(f"pages:{route}", args=[decision])

    return functools.cache(find)


def drafted(route: str, **values: str) -> Find:
    """A page of an application that is not submitted yet."""

    def find(demo: RunningDemo) -> str:
        with translation.override("ja"):
            return reverse(f"pages:{route}", kwargs={"application_id": _draft(demo), **values})

    return find


@functools.cache
def _draft(demo: RunningDemo) -> str:
    officer = Visitor(demo.base, "hokuto@demo.example.jp", "demo-hokuto-2026")
    service = officer.does(
        "/services",
        {
            "provider_id": demo.story["hokuto"],
            "kind": "timestamp",
            "name_ja": "北斗時刻二号",
            "name_en": "Hokuto Time 2",
        },
    )["id"]
    wanted = {"service_id": service, "kind": "new", "cab_id": demo.story["minato"], "target_level": "qualified"}
    return str(officer.does("/applications", {**wanted, "usages": []})["id"])


PAGES: Final = (
    Page("home", "home"),
    Page("about", "about"),
    Page("accessibility", "accessibility"),
    Page("components", "components"),
    Page("sign-in", "sign-in"),
    Page("services", "services"),
    Page("services-filtered", "services", find=at("services", "?q=zzzz")),
    Page("service", "service", find=at("service", service_id="asahi-sign")),
    Page("service-suspended", "service", find=at("service", service_id="nordlicht-sign")),
    Page("service-withdrawn", "service", find=at("service", service_id="asahi-legacy")),
    Page("organisation", "organisation", find=at("organisation", organisation_id="asahi")),
    Page("organisation-cab", "organisation", find=at("organisation", organisation_id="minato")),
    Page("accreditation", "accreditation"),
    Page("decision", "decision"),
    Page("certificate", "certificate"),
    Page("identifiers", "identifiers"),
    Page("look-up", "look-up", find=at("look-up", "?q=zzzz")),
    Page("lists", "lists"),
    Page("list", "list"),
    Page("list-diff", "list-diff"),
    Page("criteria", "criteria"),
    Page("check", "check"),
    Page("check-samples", "check", find=lambda demo: "/check?samples=all"),
    Page("check-passed", "check-result", find=checked("qualified-signature.pdf")),
    Page("check-policy", "check-result", find=checked("suspended-service.pdf", policy="qualified-only")),
    Page("check-several", "check-result", find=checked("countersigned.xml")),
    Page("check-evidence-record", "check-result", find=checked("container-evidence-record.asics")),
    Page("check-gone", "", find=lambda demo: f"/check/{'0' * 32}", status=404),
    Page("error-404", "", find=lambda demo: "/nothing-here", status=404),
    Page("error-422", "services", find=at("services", "?at=yesterday"), status=422),
    Page("roles", "roles", "minato-lead"),
    Page("inbox-provider", "inbox", "midori"),
    Page("inbox-assessor", "inbox", "minato-assessor"),
    Page("inbox-approver", "inbox", "approver"),
    Page("inbox-operator", "inbox", "operator"),
    Page("applications", "applications", "asahi"),
    Page("application-new", "application-new", "asahi"),
    Page("application", "application", "asahi"),
    Page("application-section", "application-section", "asahi"),
    Page("application-draft", "application", "hokuto", drafted("application")),
    Page("application-review", "application-review", "hokuto", drafted("application-review")),
    Page("application-findings", "application-findings", "asahi"),
    Page("evidence", "evidence", "asahi"),
    Page("evidence-upload", "evidence-upload", "asahi"),
    Page("cases", "cases", "minato-lead"),
    Page("case", "case", "minato-lead"),
    Page("case-team", "case-team", "minato-lead"),
    Page("case-criterion", "case-criterion", "minato-assessor"),
    Page("case-findings", "case-findings", "minato-assessor"),
    Page("case-report", "case-report", "minato-lead"),
    Page("evidence-view", "evidence-view", "minato-assessor"),
    Page("decisions", "decisions", "proposer"),
    Page("decision-propose", "service-propose", "proposer", at("service-propose", service_id="asahi-sign")),
    Page("decision-revise", "decision-propose", "proposer", proposed("decision-propose")),
    Page("decision-approve", "decision-approve", "approver", proposed("decision-approve")),
    Page("decision-drop", "decision-drop", "proposer", proposed("decision-drop")),
    Page(
        "suspend-urgently",
        "service-suspend-urgently",
        "proposer",
        at("service-suspend-urgently", service_id="asahi-basic"),
    ),
    Page("publications", "publications", "operator"),
    Page("publication", "publication", "operator"),
    Page("publication-reissue", "publication-reissue", "operator"),
    Page("scheme", "scheme", "operator"),
    Page("scheme-edit", "scheme-edit", "operator"),
)

# Routes that show no page of their own, and why.
NO_PAGE: Final = {
    "sign-out": "a form is sent to it",
    "application-propose": "as decision-propose, for an application that waits for a decision",
    "publication-next": "leads on to the publication that runs",
    "case-act": "forms are sent to it",
    "case-member": "a form is sent to it",
    "evidence-receipt": "a file",
    "evidence-page": "a picture",
    "evidence-picture": "a picture",
    "evidence-text": "a text file",
    "evidence-download": "a file",
    "check-cancel": "a form is sent to it",
    "service-certificate": "a file",
    "service-short": "leads on to the service",
    "list-signer": "a file",
}


def routes() -> set[str]:
    """The names of all routes of pages."""
    from trustreg.urls import pages

    def walk(patterns: list[URLPattern | URLResolver]) -> set[str]:
        found: set[str] = set()
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                found |= walk(pattern.url_patterns)
            else:
                found.add(str(pattern.name))
        return found

    return walk(pages)


class Addresses:
    """Where each page of the table is in this demo; who looks for it walks through the site once."""

    def __init__(self, demo: RunningDemo) -> None:
        self.demo = demo
        self._people: dict[str, requests.Session] = {}
        self._seen: dict[str, dict[str, list[str]]] = {}

    def of(self, page: Page, lang: str = "ja") -> str | None:
        """The path of a page in a language; None when no link leads its visitor there."""
        if page.find is not None:
            path: str | None = page.find(self.demo)
        else:
            path = _plain(page.route) or next(iter(self.seen(page.who).get(page.route, [])), None)
        return path if path is None or lang == "ja" else f"/en{path}"

    def person(self, who: str) -> requests.Session:
        """A session of this account."""
        if who not in self._people:
            self._people[who] = _signed_in(self.demo, who) if who else requests.Session()
            self._people[who].headers["Accept"] = "text/html"  # as a browser: programs are answered otherwise
        return self._people[who]

    def seen(self, who: str) -> dict[str, list[str]]:
        """Up to three paths of each route that links lead this account to."""
        if who not in self._seen:
            self._seen[who] = self._walk(who)
        return self._seen[who]

    def _walk(self, who: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        waiting = ["/inbox"] if who else ["/", "/lists", "/services"]
        known = set(waiting)
        while waiting:
            path = waiting.pop(0)
            route = _route(path)
            if route is None or route in NO_PAGE or len(found.get(route, [])) >= 3:
                continue
            answer = self.person(who).get(self.demo.base + path, timeout=60, allow_redirects=False)
            if answer.status_code != 200 or "text/html" not in answer.headers["content-type"]:
                continue
            found.setdefault(route, []).append(path)
            for link in html.fromstring(answer.text).xpath("//a/@href"):
                address = urlsplit(requests.compat.urljoin(path, link))
                if not address.netloc and address.path not in known and not address.path.startswith("/en"):
                    known.add(address.path)
                    waiting.append(address.path)
        return found


def _plain(route: str) -> str | None:
    """The path of a route that takes no values."""
    with translation.override("ja"):
        try:
            return reverse(f"pages:{route}")
        except NoReverseMatch:
            return None


def _route(path: str) -> str | None:
    """The name of the page at a path; None for what is no page."""
    with translation.override("ja"):
        try:
            match = resolve(path)
        except Resolver404:
            return None
    return match.url_name if match.namespace == "pages" else None


def _signed_in(demo: RunningDemo, who: str) -> requests.Session:
    session = requests.Session()
    address = f"{demo.base}/sign-in"
    token = html.fromstring(session.get(address, timeout=60).text).xpath("//input[@name='csrfmiddlewaretoken']/@value")
    form = {
        "csrfmiddlewaretoken": token[0],
        "email": f"{who}@demo.example.jp",
        "password": f"demo-{who}-2026",
        "next": "/inbox",
    }
    answer = session.post(address, form, headers={"Referer": address}, timeout=60, allow_redirects=False)
    assert answer.status_code in (302, 303), f"{who} could not sign in: {answer.status_code}"
    return session
