"""The pages of a case: who sees it, assessing criterion by criterion, the viewer, and the way to the accreditation
body."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from certification_world import certificate
from django.core.cache import cache
from django.test import Client

from certification import services
from certification.domain.values import ApplicationKind, DocumentKind
from certification.models import Application
from conformity import selectors as conformity_selectors
from conformity import services as conformity
from conformity.domain.criteria import Outcome
from conformity.domain.findings import Grade
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import (
    Assessment,
    AssessmentMember,
    Criterion,
    CriterionResult,
    CustodyEntry,
    Evidence,
    Finding,
    MemberRole,
    Report,
)
from conformity.services import ResultInput
from tests.factories import conformity as make
from tests.factories import parties
from trustreg.base import clock
from trustreg.demo.pki.document import blank_pdf
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import OrganisationKind, Role
from trustreg.parties.models import Account

pytestmark = pytest.mark.django_db
HTML = {"accept": "text/html"}


@pytest.fixture(autouse=True)
def evidence_folder(tmp_path: Any, settings: Any) -> Iterator[None]:
    """Evidence of a test lies in its own folder, and nothing is known of its pages."""
    settings.STORAGES = settings.STORAGES | {
        "evidence": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "e"}}
    }
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def scheme() -> make.Scheme:
    return make.scheme()


@pytest.fixture
def browser() -> Iterator[Callable[[Actor], Client]]:
    with ExitStack():

        def signed_in(actor: Actor) -> Client:
            client = Client(headers=HTML)
            client.force_login(Account.objects.get(pk=actor.account_id))
            return client

        yield signed_in


def hand_in(scheme: make.Scheme, content: bytes, filename: str) -> Evidence:
    return make.evidence(scheme, content, filename)


def application(scheme: make.Scheme) -> Application:
    """A submitted and accepted application for a time-stamp service with one PDF."""
    service = services.service_register(
        provider_id=scheme.provider.pk,
        kind=ServiceKind.TIMESTAMP,
        name_ja="北斗<b>時刻</b>",
        name_en="Hokuto <b>Time</b>",
        actor=scheme.officer,
        at=clock.now(),
    )
    services.identity_add(
        service_id=service.pk, certificate=certificate("Hokuto"), actor=scheme.officer, at=clock.now()
    )
    row = services.application_start(
        service_id=service.pk,
        kind=ApplicationKind.NEW,
        cab_id=scheme.cab.pk,
        target_level=Level.QUALIFIED,
        actor=scheme.officer,
        at=clock.now(),
    )
    evidence = hand_in(scheme, blank_pdf("運用規程", ["Practice statement"]), "cps.pdf")
    services.application_add_evidence(
        application_id=row.pk,
        evidence_id=evidence.pk,
        kind=DocumentKind.PRACTICE_STATEMENT,
        title="運用規程",
        actor=scheme.officer,
        at=clock.now(),
    )
    services.application_submit(
        application_id=row.pk, declares_no_disqualification=True, actor=scheme.officer, at=clock.now()
    )
    return services.application_accept(application_id=row.pk, actor=scheme.lead, at=clock.now())


def case(scheme: make.Scheme, *, team: bool = True) -> Assessment:
    """A case with an application; with a team, its documents are being examined."""
    row = services.assessment_open(application_id=application(scheme).pk, actor=scheme.lead, at=clock.now())
    if team:
        for someone, role in ((scheme.lead, MemberRole.LEAD), (scheme.assessor, MemberRole.ASSESSOR)):
            parties.declare_no_conflict(someone, scheme.provider)
            conformity.assessment_member_assign(
                assessment_id=row.pk, person_id=someone.person_id, role=role, actor=scheme.lead, at=clock.now()
            )
        conformity.assessment_examine_documents(assessment_id=row.pk, actor=scheme.lead, at=clock.now())
    return row


def criteria(row: Assessment) -> list[Criterion]:
    return conformity_selectors.criteria_applicable(
        row.criteria_set_id, ServiceKind(row.service_kind), Level(row.level)
    )


def paper(scheme: make.Scheme) -> Evidence:
    return Evidence.objects.filter(organisation=scheme.provider).order_by("uploaded_at")[0]


def answer(scheme: make.Scheme, row: Assessment, rows: list[Criterion]) -> None:
    conformity.results_record(
        assessment_id=row.pk,
        results=[ResultInput(item.pk, Outcome.CONFORM, evidence=(paper(scheme).sha256,)) for item in rows],
        actor=scheme.assessor,
        at=clock.now(),
    )


def raise_finding(scheme: make.Scheme, row: Assessment, *, n: int = 0, grade: Grade = Grade.MINOR) -> Finding:
    return conformity.finding_raise(
        assessment_id=row.pk,
        criterion_id=criteria(row)[n].pk,
        grade=grade,
        statement=f"記録 {n} がない <script>",
        actor=scheme.assessor,
        at=clock.now(),
    )


def text_of(response: Any) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", response.content.decode()))


# Who sees what


PAGES = ("", "/findings", "/team", "/report", "/acts/submit", "/{code}")


def test_every_page_is_whole_in_both_languages_with_few_queries(
    scheme: make.Scheme, browser: Any, django_assert_max_num_queries: Any
) -> None:
    row = case(scheme)
    rows = criteria(row)
    assert len(rows) >= 51
    answer(scheme, row, rows[:30])
    for n in range(20):
        raise_finding(scheme, row, n=n)
    for finding in Finding.objects.all()[:10]:
        conformity.finding_plan_submit(finding_id=finding.pk, text="直す", actor=scheme.officer, at=clock.now())
    conformity.assessment_go_on_site(assessment_id=row.pk, actor=scheme.lead, at=clock.now())
    client = browser(scheme.lead)
    client.get(f"/cases/{row.pk}/{rows[0].code}")  # counts the pages of the document once
    for lang, prefix in (("ja", ""), ("en", "/en")):
        for page in ("/cases", "/cases?show=all&q=hokuto", *(f"/cases/{row.pk}{page}" for page in PAGES)):
            with django_assert_max_num_queries(12):
                response = client.get(prefix + page.format(code=rows[0].code))
            text = response.content.decode()
            assert (response.status_code, response["Content-Language"]) == (200, lang), page
            assert text.count("<h1") == 1, page
            assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! type=\"module\" src=)", text), page
            assert "<b>時刻" not in text
            assert "<b>Time" not in text
            assert "no-store" in response["Cache-Control"] or "no-cache" in response["Cache-Control"]
            if lang == "en":
                shown = re.sub(r'(?s)<(\w+)[^>]*lang="ja".*?</\1>|<iframe.*?</iframe>', "", text)
                assert "記録だけする" not in shown
                assert "案件" not in shown, page


def test_other_bodies_providers_and_strangers_stay_out(scheme: make.Scheme, browser: Any) -> None:
    row = case(scheme)
    other = parties.organisation(scheme.admin, OrganisationKind.CAB)
    foreign = parties.actor(scheme.admin, other, Role.CAB_LEAD)
    code = criteria(row)[0].code
    for page in PAGES:
        address = f"/cases/{row.pk}{page.format(code=code)}"
        assert browser(foreign).get(address).status_code == 404, page
        assert browser(scheme.officer).get(address).status_code == 403, page
        assert browser(scheme.proposer).get(address).status_code == 403, page
        stranger = Client(headers=HTML).get(address)
        assert stranger.status_code == 302
        assert "/sign-in" in stranger["Location"]
    assert browser(foreign).post(f"/cases/{row.pk}/acts/go-on-site").status_code == 404
    assert str(row.pk) not in browser(foreign).get("/cases?show=all").content.decode()
    assert browser(scheme.officer).get("/cases").status_code == 403


def test_what_is_not_there_is_not_found(scheme: make.Scheme, browser: Any) -> None:
    row = case(scheme)
    client = browser(scheme.lead)
    for page in ("/NO-01", "/acts/no", "/team/00000000-0000-0000-0000-000000000000"):
        assert client.get(f"/cases/{row.pk}{page}").status_code == 404, page
    assert client.get("/cases/00000000-0000-0000-0000-000000000000").status_code == 404


def test_the_list_finds_by_number_and_name_and_says_when_it_is_empty(scheme: make.Scheme, browser: Any) -> None:
    row = case(scheme)
    number = Application.objects.get().number
    client = browser(scheme.lead)
    for q in (number, number.lower(), "hokuto", scheme.provider.name_ja):
        assert str(row.pk) in client.get("/cases", {"q": q}).content.decode(), q
    for q in ("none such", "A-2026-999999999", "%", "<i>"):
        text = client.get("/cases", {"q": q}).content.decode()
        assert str(row.pk) not in text
        assert "条件に合う案件はありません" in text
    assert "いまの担当案件はありません" in browser(scheme.decider).get("/cases").content.decode()
    assert str(row.pk) in browser(scheme.decider).get("/cases?show=open").content.decode()
    assert client.get("/cases?q=%00").status_code == 422


# Results


def record(client: Client, row: Assessment, code: str, **values: Any) -> Any:
    return client.post(f"/cases/{row.pk}/{code}", {"seen": "0", "then": "next", **values})


def test_a_result_is_recorded_and_the_next_open_criterion_comes(scheme: make.Scheme, browser: Any) -> None:
    row = case(scheme)
    client = browser(scheme.assessor)
    page = client.get(f"/cases/{row.pk}").content.decode()
    code = re.search(rf"/cases/{row.pk}/([A-Z][A-Z0-9-]+)", page)[1]  # type: ignore[index]
    refused = record(client, row, code, outcome="conform", notes="現地で見た", evidence=[])
    assert refused.status_code == 422
    assert "適合には証拠の引用が必要です" in text_of(refused)
    assert "現地で見た" in text_of(refused)
    assert "<title>エラー：" in refused.content.decode()
    assert not CriterionResult.objects.exists()
    done = record(client, row, code, outcome="conform", notes="現地で見た", evidence=[paper(scheme).sha256])
    assert done.status_code == 302
    following = done["Location"]
    assert code not in following
    assert client.get(following).status_code == 200
    result = CriterionResult.objects.get()
    assert (result.criterion.code, result.notes, result.by_id) == (code, "現地で見た", scheme.assessor.person_id)


def test_a_nonconformity_and_its_finding_come_together_or_not_at_all(scheme: make.Scheme, browser: Any) -> None:
    row = case(scheme)
    client = browser(scheme.assessor)
    code = criteria(row)[3].code
    half = record(client, row, code, outcome="nonconform", statement="記録がない")
    assert half.status_code == 422
    assert "「程度」を選んでください" in text_of(half)
    assert not CriterionResult.objects.exists()
    done = record(client, row, code, outcome="nonconform", grade="major", statement="記録がない")
    assert done.status_code == 302
    assert CriterionResult.objects.get().reason == "記録がない"
    finding = Finding.objects.get()
    assert (finding.grade, finding.statement, finding.criterion.code) == ("major", "記録がない", code)
    shown = text_of(client.get(f"/cases/{row.pk}/{code}?show=findings"))
    assert "重大の指摘 F1" in shown
    without = record(client, row, criteria(row)[4].code, outcome="not_applicable")
    assert without.status_code == 422
    assert "理由を入力してください" in text_of(without)


def test_who_saved_first_is_told_and_a_second_send_works(scheme: make.Scheme, browser: Any) -> None:
    row = case(scheme)
    code = criteria(row)[0].code
    first, second = browser(scheme.lead), browser(scheme.assessor)
    proof = paper(scheme).sha256
    assert record(first, row, code, outcome="conform", evidence=[proof]).status_code == 302
    late = record(
        second, row, code, outcome="nonconform", reason="署名がない <i>", grade="minor", statement="署名がない"
    )
    text = late.content.decode()
    assert late.status_code == 409
    assert "先に更新しました" in text
    assert "<del>適合</del>" in text
    assert "<ins>不適合</ins>" in text
    assert "署名がない &lt;i&gt;" in text
    assert 'name="seen" value="1"' in text
    assert not Finding.objects.exists()
    again = record(second, row, code, seen="1", outcome="nonconform", reason="署名がない", grade="minor", statement="x")
    assert again.status_code == 302
    assert [item.outcome for item in CriterionResult.objects.order_by("version")] == ["conform", "nonconform"]


def test_what_was_typed_outlives_the_session(scheme: make.Scheme, browser: Any) -> None:
    row = case(scheme)
    code = criteria(row)[0].code
    client = browser(scheme.assessor)
    assert client.get(f"/cases/{row.pk}/{code}").status_code == 200
    client.session.flush()
    typed = {"acting": str(scheme.assessor.account_id), "outcome": "nonconform", "reason": "消えない理由", "seen": "0"}
    gone = client.post(f"/cases/{row.pk}/{code}", typed)
    assert gone.status_code == 302
    client.force_login(Account.objects.get(pk=scheme.assessor.account_id))
    text = client.get(f"/cases/{row.pk}/{code}").content.decode()
    assert "消えない理由" in text
    assert 'value="nonconform" checked' in text


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"outcome": "perhaps"},
        {"outcome": "conform", "evidence": ["ff" * 32]},
        {"outcome": "nonconform", "reason": "x" * 4001},
        {"outcome": "nonconform", "reason": "a\x00b"},
        {"outcome": "conform", "seen": "-1"},
    ],
)
def test_bad_input_is_refused_with_a_sentence(scheme: make.Scheme, browser: Any, typed: dict[str, Any]) -> None:
    row = case(scheme)
    response = record(browser(scheme.assessor), row, criteria(row)[0].code, **typed)
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert not CriterionResult.objects.exists()


def test_only_the_team_records_and_only_while_it_assesses(scheme: make.Scheme, browser: Any) -> None:
    row = case(scheme)
    code = criteria(row)[0].code
    outsider = parties.actor(scheme.admin, scheme.cab, Role.CAB_ASSESSOR)
    proof = paper(scheme).sha256
    for someone in (outsider, scheme.decider):
        page = browser(someone).get(f"/cases/{row.pk}/{code}").content.decode()
        assert 'name="outcome"' not in page
        assert "チームに入っていないため" in page
        assert record(browser(someone), row, code, outcome="conform", evidence=[proof]).status_code == 403
    answer(scheme, row, criteria(row))
    conformity.assessment_submit(assessment_id=row.pk, actor=scheme.lead, at=clock.now())
    lead = browser(scheme.lead)
    assert "いまは判定を記録できません" in text_of(lead.get(f"/cases/{row.pk}/{code}"))
    late = record(lead, row, code, seen="1", outcome="conform", evidence=[proof])
    assert late.status_code == 409


# Findings


def test_findings_are_answered_verified_and_regraded_by_the_right_people(scheme: make.Scheme, browser: Any) -> None:
    row = case(scheme)
    finding = raise_finding(scheme, row, grade=Grade.MAJOR)
    conformity.finding_plan_submit(finding_id=finding.pk, text="直します", actor=scheme.officer, at=clock.now())
    lead, raiser = browser(scheme.lead), browser(scheme.assessor)
    address = f"/cases/{row.pk}/findings"

    def send(client: Client, act: str, **values: str) -> Any:
        page = client.get(address).content.decode()
        seen = re.search(r'-seen" value="([\d.]+)"', page)[1]  # type: ignore[index]
        prefix = "r1" if act == "regrade" else "f1"
        named = {f"{prefix}-{name}": value for name, value in {"seen": seen, **values}.items()}
        return client.post(address, {"finding": str(finding.pk), "act": act, **named})

    assert "指摘した本人は程度を変えられません" in text_of(raiser.get(address))
    assert send(lead, "return").status_code == 422
    stale = lead.post(address, {"finding": str(finding.pk), "act": "return", "f1-seen": "0.0", "f1-text": "足りない"})
    assert stale.status_code == 409
    assert "足りない" in text_of(stale)
    assert "先に別の人がこの指摘を更新しました" in text_of(stale)
    assert send(lead, "return", text="いつまでに直すのか").status_code == 302
    conformity.finding_plan_submit(finding_id=finding.pk, text="月末までに", actor=scheme.officer, at=clock.now())
    assert send(lead, "accept").status_code == 302
    assert send(lead, "regrade", grade="minor", reason="影響が小さい").status_code == 302
    proof = paper(scheme)
    conformity.finding_correct(
        finding_id=finding.pk, text="直した", evidence=[proof.sha256], actor=scheme.officer, at=clock.now()
    )
    assert str(proof.pk) in lead.get(address).content.decode()
    assert send(lead, "reopen", text="まだ足りない").status_code == 302
    conformity.finding_correct(finding_id=finding.pk, text="今度こそ", actor=scheme.officer, at=clock.now())
    unsure = send(lead, "verify", text="見た")
    assert unsure.status_code == 422
    assert "チェックを入れてください" in text_of(unsure)
    assert send(lead, "verify", text="見た", sure="on").status_code == 302
    finding.refresh_from_db()
    assert (finding.status, finding.grade) == ("verified_closed", "minor")
    assert lead.post(address, {"finding": str(row.pk), "act": "accept"}).status_code == 404
    assert "<script>" not in lead.get(address).content.decode().replace('<script type="module"', "")


# Team


def test_why_somebody_cannot_join_is_said_in_words(scheme: make.Scheme, browser: Any) -> None:
    row = case(scheme, team=False)
    client = browser(scheme.lead)
    address = f"/cases/{row.pk}/team"
    assert "未届出" in text_of(client.get(address))

    def assign(someone: Actor, role: str) -> Any:
        return client.post(address, {"act": "assign", "person": str(someone.person_id), "role": role})

    undeclared = assign(scheme.lead, "lead")
    assert undeclared.status_code == 403
    assert "事業者との利害関係がないと届け出た人だけ" in text_of(undeclared)
    assert client.post(address, {"act": "declare", "kind": "none"}).status_code == 302
    assert assign(scheme.lead, "lead").status_code == 302
    tied = browser(scheme.assessor)
    assert tied.post(address, {"act": "declare", "kind": "family", "text": "兄が役員"}).status_code == 302
    refused = assign(scheme.assessor, "assessor")
    assert refused.status_code == 403
    assert "関係があります" in text_of(refused)
    assert client.post(address, {"act": "assign", "person": "", "role": "lead"}).status_code == 422
    assert tied.post(address, {"act": "assign", "person": str(scheme.lead.person_id), "role": "lead"}).status_code in (
        403,
        422,
    )
    ask = f"{address}/{scheme.lead.person_id}"
    assert "チームから外しますか" in text_of(client.get(ask))
    assert AssessmentMember.objects.filter(removed_at=None).count() == 1
    assert client.post(ask).status_code == 302
    assert not AssessmentMember.objects.filter(removed_at=None).exists()


# The way from an accepted application to the accreditation body


def test_the_whole_work_of_the_body_is_done_on_its_pages(scheme: make.Scheme, browser: Any) -> None:
    row = case(scheme, team=False)
    lead, decider = browser(scheme.lead), browser(scheme.decider)
    address = f"/cases/{row.pk}"

    def act(client: Client, name: str) -> int:
        asked = client.get(f"{address}/acts/{name}")
        assert asked.status_code == 200
        assert '<form method="post"' in asked.content.decode()
        return int(client.post(f"{address}/acts/{name}").status_code)

    assert act(lead, "examine-documents") == 422  # nobody leads yet
    lead.post(f"{address}/team", {"act": "declare", "kind": "none"})
    lead.post(f"{address}/team", {"act": "assign", "person": str(scheme.lead.person_id), "role": "lead"})
    assert "文書審査を始めてください" in text_of(lead.get(address))
    assert act(lead, "examine-documents") == 302
    assert act(lead, "go-on-site") == 302
    proof = paper(scheme).sha256
    early = lead.post(f"{address}/acts/submit")
    assert early.status_code == 422
    assert "結果がありません" in text_of(early)
    at = lead.get(address).content.decode()
    code: str | None = re.search(rf'"{address}/([A-Z][A-Z0-9-]+)">次の基準', at)[1]  # type: ignore[index]
    first = code
    count = 0
    while code:
        extra = {"grade": "major", "statement": "手順書が古い"} if code == first else {}
        done = lead.post(f"{address}/{code}", {"seen": "0", "outcome": "conform", "evidence": [proof], **extra})
        assert done.status_code == 302
        count += 1
        found = re.search(r"/([A-Z][A-Z0-9-]+)$", done["Location"])
        code = found[1] if found else None
    assert count == len(criteria(row))
    assert act(lead, "submit") == 302
    decision = f"{address}/report"
    assert lead.post(decision, {"act": "conclude", "conclusion": "conform"}).status_code == 403
    blocked = decider.post(decision, {"act": "conclude", "conclusion": "conform", "summary": "まとめ"})
    assert blocked.status_code == 422
    assert "F1" in text_of(blocked)
    assert "まとめ" in text_of(blocked)
    assert decider.post(decision, {"act": "return", "reasons": ""}).status_code == 422
    assert decider.post(decision, {"act": "return", "reasons": "指摘が閉じていない"}).status_code == 302
    assert "指摘が閉じていない" in text_of(lead.get(address))
    finding = Finding.objects.get()
    about: dict[str, Any] = {"finding_id": finding.pk, "actor": scheme.officer}
    conformity.finding_plan_submit(text="改訂する", at=clock.now(), **about)
    lead.post(f"{address}/findings", {"finding": str(finding.pk), "act": "accept", "f1-seen": "1.1"})
    conformity.finding_correct(text="改訂した", at=clock.now(), **about)
    lead.post(f"{address}/findings", {"finding": str(finding.pk), "act": "verify", "f1-seen": "3.3", "f1-sure": "on"})
    assert act(lead, "submit") == 302
    asked = decider.post(decision, {"act": "review", "conclusion": "conform", "summary": "すべて適合"})
    assert asked.status_code == 200
    assert "この結論で固定しますか" in text_of(asked)
    assert not Report.objects.exists()
    edited = decider.post(decision, {"act": "edit", "conclusion": "conform", "summary": "すべて適合"})
    assert "すべて適合" in text_of(edited)
    assert (
        decider.post(decision, {"act": "conclude", "conclusion": "conform", "summary": "すべて適合"}).status_code == 302
    )
    report = Report.objects.get()
    shown = decider.get(decision)
    assert report.sha256 in text_of(shown).replace(" ", "")
    assert "このサービスは基準に適合しています" in text_of(shown)
    assert act(lead, "take-over") == 302
    assert lead.post(f"{address}/acts/forward").status_code == 403
    assert act(decider, "forward") == 302
    assert Application.objects.get().status == "under_decision"
    assert decider.post(f"{address}/acts/forward").status_code == 409
    assert "この機関での評価は終わりました" in text_of(lead.get(address))


def test_a_decider_who_was_in_the_team_is_told_why_not(
    scheme: make.Scheme, browser: Any, django_assert_max_num_queries: Any
) -> None:
    row = case(scheme)
    someone = parties.actor(scheme.admin, scheme.cab, Role.CAB_DECIDER, Role.CAB_ASSESSOR)
    parties.declare_no_conflict(someone, scheme.provider)
    about: dict[str, Any] = {"assessment_id": row.pk, "person_id": someone.person_id, "actor": scheme.lead}
    conformity.assessment_member_assign(role=MemberRole.ASSESSOR, at=clock.now(), **about)
    conformity.assessment_member_remove(at=clock.now(), **about)
    answer(scheme, row, criteria(row))
    conformity.assessment_submit(assessment_id=row.pk, actor=scheme.lead, at=clock.now())
    client = browser(someone)
    for page in ("", "/report"):
        with django_assert_max_num_queries(12):
            text = text_of(client.get(f"/cases/{row.pk}{page}"))
        assert "あなたはこの評価のチームにいたため、決定できません" in text
    assert 'name="conclusion"' not in client.get(f"/cases/{row.pk}/report").content.decode()
    refused = client.post(f"/cases/{row.pk}/report", {"act": "conclude", "conclusion": "conform"})
    assert refused.status_code == 403
    decider = browser(scheme.decider)
    with django_assert_max_num_queries(12):
        assert 'name="conclusion"' in decider.get(f"/cases/{row.pk}/report").content.decode()


# The viewer


def test_a_page_of_a_pdf_is_a_picture_and_every_look_is_recorded(
    scheme: make.Scheme, browser: Any, django_assert_max_num_queries: Any
) -> None:
    case(scheme)
    client = browser(scheme.assessor)
    evidence = paper(scheme)
    address = f"/evidence/{evidence.pk}"
    for prefix in ("", "/en"):
        with django_assert_max_num_queries(12):
            page = client.get(f"{prefix}{address}")
        assert page.status_code == 200
        assert f"{address}/pages/1" in page.content.decode()
        assert evidence.sha256 in text_of(page).replace(" ", "")
    with django_assert_max_num_queries(12):
        picture = client.get(f"{address}/pages/1?for=A-2026-0001 COM-ORG-01")
    assert picture["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    entry = CustodyEntry.objects.filter(action="read").last()
    assert entry is not None
    assert (entry.by_id, entry.note) == (scheme.assessor.person_id, "viewer page 1 (A-2026-0001 COM-ORG-01)")
    words = client.get(f"{address}/text?page=1")
    assert words["Content-Type"] == "text/plain; charset=utf-8"
    assert "Practice statement" in words.content.decode()
    assert client.get(f"{address}/pages/99").status_code == 422
    forged = client.get(f"{address}/pages/1?for=%0Aforged").status_code
    assert forged == 200
    last = CustodyEntry.objects.filter(action="read").last()
    assert last is not None
    assert last.note == "viewer page 1"


def test_a_broken_pdf_is_said_to_be_so_and_can_be_downloaded(scheme: make.Scheme, browser: Any) -> None:
    row = case(scheme)
    broken = hand_in(scheme, b"%PDF-1.7\n/JavaScript (app.alert(1)) nothing more", "broken.pdf")
    client = browser(scheme.assessor)
    for page in (f"/evidence/{broken.pk}", f"/cases/{row.pk}/{criteria(row)[0].code}?evidence={broken.pk}&page=1"):
        response = client.get(page)
        assert response.status_code == 200
        assert "このページはここに表示できません" in text_of(response)
        assert f"/evidence/{broken.pk}/download" in response.content.decode()
        assert "<img" not in response.content.decode()
    saved = client.get(f"/evidence/{broken.pk}/download")
    assert saved["Content-Disposition"].startswith("attachment")
    assert saved["Content-Type"] == "application/octet-stream"
    assert b"".join(saved.streaming_content).startswith(b"%PDF-1.7")
    assert client.get(f"/evidence/{broken.pk}/pages/1").status_code == 422


def test_text_is_shown_as_text_in_a_frame_that_can_do_nothing(scheme: make.Scheme, browser: Any) -> None:
    row = case(scheme)
    hostile = hand_in(scheme, b"<script>alert(1)</script>", "note.txt")
    client = browser(scheme.assessor)
    page = client.get(f"/cases/{row.pk}/{criteria(row)[0].code}?evidence={hostile.pk}")
    assert "sandbox" in page.content.decode()
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    shown = client.get(f"/evidence/{hostile.pk}/text")
    assert shown["Content-Type"] == "text/plain; charset=utf-8"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    assert "sandbox" in shown["Content-Security-Policy"]
    other = hand_in(scheme, b"\x00\x01binary", "data.bin")
    assert "この形式は、ここに表示できません" in text_of(client.get(f"/evidence/{other.pk}"))
    assert client.get(f"/evidence/{other.pk}/text").status_code == 422
    assert client.get(f"/evidence/{other.pk}/picture").status_code == 404
    picture = hand_in(scheme, b"\x89PNG\r\n\x1a\n rest", "photo.png")
    assert client.get(f"/evidence/{picture.pk}/picture")["Content-Type"] == "image/png"


def test_evidence_is_closed_to_others(scheme: make.Scheme, browser: Any) -> None:
    case(scheme)
    evidence = paper(scheme)
    other = parties.organisation(scheme.admin, OrganisationKind.CAB)
    foreign = browser(parties.actor(scheme.admin, other, Role.CAB_LEAD))
    for page in ("", "/pages/1", "/text?page=1", "/picture", "/download"):
        assert foreign.get(f"/evidence/{evidence.pk}{page}").status_code == 404, page
        assert Client(headers=HTML).get(f"/evidence/{evidence.pk}{page}").status_code == 302, page
    assert not CustodyEntry.objects.filter(action="read").exists()


def test_evidence_of_another_body_of_work_can_be_read_by_its_provider(scheme: make.Scheme, browser: Any) -> None:
    evidence = make.evidence(scheme, io.BytesIO(b"words").getvalue(), "words.txt")
    assert browser(scheme.officer).get(f"/evidence/{evidence.pk}").status_code == 200
