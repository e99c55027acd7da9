"""Every route of pages, for everybody: the right answer to who may, who may not, and for what is not there.

The routes are read from the product's own table, so that a new page is covered without being named here.
"""

from __future__ import annotations

import pytest
import requests
from django.urls import URLPattern, URLResolver
from django.urls.converters import IntConverter, UUIDConverter

from tests.browser.pages import NO_PAGE, Addresses

pytestmark = pytest.mark.live

PEOPLE = [
    "",
    "asahi",
    "midori",
    "minato-lead",
    "minato-assessor",
    "minato-decider",
    "tozai-lead",
    "proposer",
    "approver",
    "operator",
    "admin",
]
REFUSALS = {302, 303, 403, 404}


def patterns() -> list[URLPattern]:
    from trustreg.urls import pages

    def walk(rows: list[URLPattern | URLResolver]) -> list[URLPattern]:
        found: list[URLPattern] = []
        for row in rows:
            found += walk(row.url_patterns) if isinstance(row, URLResolver) else [row]
        return found

    return walk(pages)


def absent(pattern: URLPattern) -> str:
    """An address of this route with values that nothing has."""
    route = "/" + str(pattern.pattern)
    for name, converter in pattern.pattern.converters.items():
        kind = next(part for part in route.split("<") if part.split(">")[0].endswith(f":{name}")).split(">")[0]
        if isinstance(converter, UUIDConverter):
            value = "00000000-0000-4000-8000-000000000000"
        else:
            value = "99999" if isinstance(converter, IntConverter) else "absent"
        route = route.replace(f"<{kind}>", value)
    return route


@pytest.fixture(scope="module")
def known(addresses: Addresses) -> dict[str, set[str]]:
    """Who was led where: path -> the people; one path of each route for each of them."""
    found: dict[str, set[str]] = {}
    for who in PEOPLE:
        for paths in addresses.seen(who).values():
            for path in paths[:1]:
                found.setdefault(path, set()).add(who)
    return found


@pytest.fixture(scope="module")
def public(addresses: Addresses) -> set[str]:
    """Paths of the routes that show the public something: one of theirs may be shown to everybody, too."""
    routes = set(addresses.seen(""))
    return {path for who in PEOPLE for route, paths in addresses.seen(who).items() if route in routes for path in paths}


def get(addresses: Addresses, who: str, path: str, **options: object) -> requests.Response:
    return addresses.person(who).get(addresses.demo.base + path, timeout=60, allow_redirects=False, **options)


@pytest.mark.parametrize("who", PEOPLE, ids=lambda who: who or "public")
def test_whatever_anybody_is_led_to_answers_everybody(addresses, known, public, who):
    """Nothing fails; who is led somewhere may be there; the public is asked to sign in or told, never shown."""
    wrong = []
    for path, people in known.items():
        answer = get(addresses, who, path)
        shown = "" in people or (who and who in people)
        right = {200, 302} if shown else {200, *REFUSALS} if who or path in public else REFUSALS
        if answer.status_code not in right:
            wrong.append((path, answer.status_code))
        if not who and answer.status_code in (302, 303) and "/sign-in?next=" not in answer.headers["location"]:
            wrong.append((path, answer.headers["location"]))
    assert wrong == []


@pytest.mark.parametrize(
    ("who", "prefix"),
    [(who, "") for who in PEOPLE] + [("", "/en"), ("midori", "/en")],
    ids=lambda value: value or "public",
)
def test_what_is_not_there_is_said_and_never_fails(addresses, who, prefix):
    answers = {
        pattern.name: get(addresses, who, prefix + absent(pattern)).status_code
        for pattern in patterns()
        if pattern.pattern.converters
    }
    assert {name: status for name, status in answers.items() if status not in {*REFUSALS, 405, 422}} == {}


@pytest.mark.parametrize("who", ["", "midori", "minato-lead", "approver"], ids=lambda who: who or "public")
def test_every_route_without_values_answers(addresses, who):
    answers = {
        pattern.name: get(addresses, who, absent(pattern)).status_code
        for pattern in patterns()
        if not pattern.pattern.converters
    }
    assert {name: status for name, status in answers.items() if status not in {200, *REFUSALS, 405}} == {}


@pytest.mark.parametrize("who", ["", "midori", "minato-lead", "approver"], ids=lambda who: who or "public")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_is_done_without_the_token_of_a_form(addresses, who, method):
    """Django looks for the token before anything else; a page that does not would answer otherwise."""
    answers = {}
    for pattern in patterns():
        address = addresses.demo.base + absent(pattern)
        answers[pattern.name] = addresses.person(who).request(method, address, timeout=60, allow_redirects=False)
    assert {
        name: answer.status_code for name, answer in answers.items() if answer.status_code not in {403, 404, 405}
    } == {}


def test_one_provider_never_sees_anything_of_another(addresses, known):
    theirs = [path for path, people in known.items() if people & {"asahi"} and not people & {"", "midori"}]
    ids = [path for path in theirs if any(len(part) == 36 for part in path.split("/"))]
    assert ids
    assert {path: get(addresses, "midori", path).status_code for path in ids} == dict.fromkeys(ids, 404)


def test_a_page_for_who_is_signed_in_is_stored_by_no_cache(addresses, known, public):
    private = [path for path, people in known.items() if "" not in people and path not in public]
    assert private
    for path in private:
        who = sorted(known[path])[0]
        assert "no-store" in get(addresses, who, path).headers["cache-control"], path


def test_what_shows_no_page_is_still_there():
    assert set(NO_PAGE) <= {pattern.name for pattern in patterns()}
