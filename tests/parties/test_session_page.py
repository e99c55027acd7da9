"""Signing in and out, the roles of the demo, and a form that outlives its session."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from tests.factories import parties as factory
from trustreg.base import clock
from trustreg.parties import demo_roles, drafts, selectors, services
from trustreg.parties.domain import my_number
from trustreg.parties.domain.roles import OrganisationKind, Role
from trustreg.parties.models import Account, Appointment
from trustreg.parties.tasks import forget_sessions

pytestmark = pytest.mark.django_db
HTML = {"accept": "text/html"}


@pytest.fixture
def somebody() -> Account:
    """A person with a password and two roles at an accreditation body."""
    admin = factory.administrator()
    body = factory.organisation(admin, OrganisationKind.AB, name_ja="認定機構", name_en="Accreditors")
    someone = factory.person(admin)
    factory.appoint(admin, someone, body, Role.AB_PROPOSER, Role.SCHEME_EDITOR)
    return factory.account(admin, someone, factory.PASSWORD)


def signs_in(client: Client, account: Account, address: str = "/sign-in", **more: str) -> HttpResponse:
    return client.post(address, {"email": account.email, "password": factory.PASSWORD, **more}, headers=HTML)  # type: ignore[return-value]


def shown(response: HttpResponse) -> str:
    return response.content.decode()


@pytest.mark.parametrize(("address", "inbox"), [("/sign-in", "/inbox"), ("/en/sign-in", "/en/inbox")])
def test_the_right_pair_leads_to_the_inbox_of_the_language(somebody, address, inbox):
    response = signs_in(Client(), somebody, address)
    assert (response.status_code, response["Location"]) == (302, inbox)


@pytest.mark.parametrize(
    ("prefix", "sentence"),
    [("", "組み合わせが正しくありません"), ("/en", "This e-mail address and password do not match.")],
)
def test_a_wrong_pair_is_told_at_the_field_and_keeps_the_address(somebody, prefix, sentence):
    response = Client().post(
        f"{prefix}/sign-in", {"email": somebody.email, "password": "wrong wrong wrong"}, headers=HTML
    )
    text = shown(response)
    assert response.status_code == 422
    assert sentence in text
    assert 'href="#id_password"' in text
    assert 'role="alert"' in text
    assert f'value="{somebody.email}"' in text
    assert "wrong wrong wrong" not in text
    assert re.search(r"<title>(エラー：|Error: )", text)


def test_what_is_missing_is_named(somebody):
    text = shown(Client().post("/sign-in", {"email": "no address", "password": ""}, headers=HTML))
    assert "メールアドレスの形で入力してください" in text
    assert "「パスワード」を入力してください" in text


def test_too_many_failures_lock_and_the_wait_is_named(somebody):
    client = Client()
    for _ in range(10):
        client.post("/sign-in", {"email": somebody.email, "password": "wrong wrong wrong"}, headers=HTML)
    response = signs_in(client, somebody)
    assert response.status_code == 429
    assert response["Retry-After"] == "900"
    assert "15 分後にもう一度" in shown(response)
    assert client.get("/inbox", headers=HTML).status_code == 302, "nobody is signed in"


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/applications?page=2", "/applications?page=2"),
        ("https://evil.example/", "/inbox"),
        ("//evil.example/", "/inbox"),
        ("/\\evil.example", "/inbox"),
        ("javascript:alert(1)", "/inbox"),
        ("inbox", "/inbox"),
    ],
)
def test_one_comes_back_to_where_one_was_and_never_elsewhere(somebody, wanted, reached):
    assert signs_in(Client(), somebody, next=wanted)["Location"] == reached


def test_who_is_signed_in_is_sent_on(somebody):
    client = Client()
    signs_in(client, somebody)
    assert client.get("/sign-in", headers=HTML)["Location"] == "/inbox"


def test_signing_out_needs_a_post_and_ends_the_session(somebody):
    client = Client()
    signs_in(client, somebody)
    assert client.get("/sign-out", headers=HTML).status_code == 405
    assert client.get("/inbox", headers=HTML).status_code == 200
    assert client.post("/sign-out", headers=HTML)["Location"] == "/"
    assert client.get("/inbox", headers=HTML)["Location"] == "/sign-in?next=%2Finbox"


def test_a_stranger_is_sent_to_sign_in_and_finds_no_passkey_text():
    text = shown(Client().get("/sign-in", headers=HTML))
    assert "パスキー" not in text
    assert 'name="demo"' not in text, "outside the demo nothing offers its roles"


# Roles


def test_one_role_at_a_time_and_another_on_request(somebody):
    client = Client()
    signs_in(client, somebody)
    page = shown(client.get("/roles", headers=HTML))
    assert "提案者" in page
    assert "制度の編集者" in page
    editor = Appointment.objects.get(person=somebody.person, role=Role.SCHEME_EDITOR)
    assert client.post("/roles", {"seat": str(editor.pk)}, headers=HTML)["Location"] == "/inbox"
    assert "制度の編集者として作業中" in shown(client.get("/roles", headers=HTML))


@pytest.mark.parametrize("seat", ["", "x"])
def test_no_role_chosen_is_told_in_place(somebody, seat):
    client = Client()
    signs_in(client, somebody)
    response = client.post("/en/roles", {"seat": seat}, headers=HTML)
    assert response.status_code == 422
    assert "Choose the role to act in." in shown(response)


def test_the_role_of_somebody_else_is_refused(somebody):
    client = Client()
    signs_in(client, somebody)
    foreign = Appointment.objects.exclude(person=somebody.person).first()
    assert foreign is not None
    assert client.post("/roles", {"seat": str(foreign.pk)}, headers=HTML).status_code == 403


def test_a_form_of_the_former_role_does_nothing_in_another(somebody):
    client = Client(enforce_csrf_checks=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="(.+?)"', shown(client.get("/sign-in", headers=HTML))).group(1)
    signs_in(client, somebody, csrfmiddlewaretoken=token)
    page = shown(client.get("/roles", headers=HTML))
    old = re.search(r'name="csrfmiddlewaretoken" value="(.+?)"', page).group(1)
    editor = Appointment.objects.get(person=somebody.person, role=Role.SCHEME_EDITOR)
    sent = {"seat": str(editor.pk), "csrfmiddlewaretoken": old}
    assert client.post("/roles", sent, headers=HTML).status_code == 302
    late = client.post("/roles", sent, headers=HTML)
    assert late.status_code == 403
    assert "照合できません" in shown(late)


def test_nothing_is_done_unasked_in_another_role_when_the_one_in_use_ended(somebody):
    client = Client()
    signs_in(client, somebody)
    proposer = Appointment.objects.get(person=somebody.person, role=Role.AB_PROPOSER)
    admin = Account.objects.exclude(pk=somebody.pk).first()
    assert admin is not None
    services.appointment_end(appointment_id=proposer.pk, actor=selectors.actor_of(admin), at=clock.now())
    editor = Appointment.objects.get(person=somebody.person, role=Role.SCHEME_EDITOR)
    refused = client.post("/roles", {"seat": str(editor.pk)}, headers=HTML)
    assert refused.status_code == 409
    assert "役割は終わりました" in shown(refused)
    assert "制度の編集者として作業中" in shown(client.get("/roles", headers=HTML))
    assert client.post("/roles", {"seat": str(editor.pk)}, headers=HTML).status_code == 302


# The demo


@pytest.fixture
def demo(somebody: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    (tmp_path / "demo").mkdir()
    rows = [
        {"email": somebody.email, "password": factory.PASSWORD},
        {"email": "nobody@example.jp", "password": "not there at all"},
    ]
    (tmp_path / "demo" / "accounts.json").write_text(json.dumps(rows))
    monkeypatch.setattr(demo_roles, "conf", dataclasses.replace(demo_roles.conf, demo=True, var=tmp_path))
    return somebody


def test_the_demo_offers_its_people_as_buttons_that_sign_in(demo, django_assert_max_num_queries):
    client = Client()
    with django_assert_max_num_queries(12):
        text = shown(client.get("/en/sign-in?next=/en/applications", headers=HTML))
    assert "Choose a role of the demo" in text
    assert "Proposer, Scheme editor" in text
    assert "Accreditors" in text
    assert factory.PASSWORD not in text
    assert "nobody@example.jp" not in text
    response = client.post("/en/sign-in", {"demo": demo.email, "next": "/en/applications"}, headers=HTML)
    assert response["Location"] == "/en/applications"
    assert client.get("/inbox", headers=HTML).status_code == 200


def test_a_button_for_somebody_unknown_signs_nobody_in(demo):
    client = Client()
    assert client.post("/sign-in", {"demo": "x@example.jp"}, headers=HTML).status_code == 422
    assert client.post("/sign-in", {"demo": "nobody@example.jp"}, headers=HTML).status_code == 422


def test_outside_the_demo_a_forged_button_signs_nobody_in(demo, monkeypatch):
    monkeypatch.setattr(demo_roles, "conf", dataclasses.replace(demo_roles.conf, demo=False))
    client = Client()
    assert "デモの役割" not in shown(client.get("/sign-in", headers=HTML))
    assert client.post("/sign-in", {"demo": demo.email}, headers=HTML).status_code == 422
    assert client.get("/inbox", headers=HTML).status_code == 302


@pytest.mark.parametrize("content", [None, "{", '[{"email": "a@example.jp"}]'])
def test_a_demo_without_its_file_offers_nothing(demo, tmp_path, content):
    file = tmp_path / "demo" / "accounts.json"
    file.unlink() if content is None else file.write_text(content)
    assert Client().get("/sign-in", headers=HTML).status_code == 200


# A session that ended


def _form(client: Client, account: Account, address: str, **fields: str) -> HttpResponse:
    return client.post(address, {"acting": str(account.pk), **fields}, headers=HTML)  # type: ignore[return-value]


def _drafted(client: Client, account: Account, path: str) -> dict[str, object]:
    request: HttpRequest = RequestFactory().get(path)
    request.session = client.session
    request.user = account
    return drafts.initial(request, kept="as it was")


def test_a_form_sent_after_the_session_ended_comes_back_to_its_writer(somebody):
    client = Client()
    signs_in(client, somebody)
    Session.objects.all().delete()
    late = _form(client, somebody, "/roles", text="長い文章", seat="x")
    assert late["Location"] == "/sign-in?next=%2Froles"
    signs_in(client, somebody, next="/roles")
    found = _drafted(client, somebody, "/roles")
    assert found["text"] == "長い文章"
    assert "csrfmiddlewaretoken" not in found
    assert "acting" not in found


def _late(account: Account) -> Client:
    client = Client()
    signs_in(client, account)
    Session.objects.all().delete()
    return client


def test_a_stranger_stores_nothing_whatever_is_sent(somebody):
    for cookie in (None, "", str(somebody.pk), f"{somebody.pk}:1abcde:forged"):
        client = Client()
        if cookie is not None:
            client.cookies["writer"] = cookie
        assert _form(client, somebody, "/roles", text="x" * 1000).status_code == 302
        assert "sessionid" not in client.cookies
    assert not Session.objects.exists()


def test_what_says_to_be_somebody_elses_is_not_kept(somebody):
    client = _late(somebody)
    admin = Account.objects.exclude(pk=somebody.pk).first()
    assert admin is not None
    _form(client, admin, "/roles", text="x")
    assert not Session.objects.exists()


def test_sessions_that_ended_are_taken_out_of_the_table(somebody):
    old, client = Client(), Client()
    signs_in(old, somebody)
    Session.objects.update(expire_date=clock.now())
    signs_in(client, somebody)
    assert forget_sessions() == 1
    assert client.get("/roles", headers=HTML).status_code == 200


def test_what_one_person_typed_is_never_shown_to_another(somebody):
    client = _late(somebody)
    late = _form(client, somebody, "/roles", text="秘密")
    assert late.status_code == 302
    admin = Account.objects.exclude(pk=somebody.pk).first()
    assert admin is not None
    assert "秘密" not in str(_drafted(client, admin, "/roles"))


def test_a_draft_belongs_to_its_page(somebody):
    client = _late(somebody)
    _form(client, somebody, "/roles", text="x")
    assert _drafted(client, somebody, "/inbox") == {"kept": "as it was"}


def test_what_nobody_types_is_not_kept(somebody):
    client = _late(somebody)
    _form(client, somebody, "/roles", text="x" * 300_000)
    assert _drafted(client, somebody, "/roles") == {"kept": "as it was"}


@pytest.mark.parametrize("number", ["123456789018", "1234-5678-9018", "１２３４５６７８９０１８", "1234 5678 9018"])
def test_a_my_number_is_cut_out_and_the_rest_stays(number):
    assert my_number.found_in(number), "the example has a valid check digit"
    assert my_number.without(f"連絡先 {number} 別紙") == "連絡先  別紙"


@pytest.mark.parametrize("text", ["", "連絡先は別紙", "123456789012", "7000012050002", "ﾃﾞﾓ ①"])
def test_text_without_a_my_number_stays_as_it_is(text):
    assert my_number.without(text) == text
