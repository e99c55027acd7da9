"""An application on its pages: begun, filled in, submitted, received, answered; and who may do what."""

from __future__ import annotations

import base64
import re
from io import BytesIO
from urllib.parse import urlencode

import pytest
from certification_world import World, appoint, certificate, organisation, person
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from page_visits import HTML, Guest, guest, text

from certification import services
from certification.domain.lifecycle import ApplicationStatus
from certification.models import Application, ApplicationEvidence, Service
from conformity import services as conformity
from conformity.domain.findings import Grade
from conformity.domain.lifecycle import FindingStatus
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import Assessment, Criterion, Evidence, Finding, MemberRole
from trustreg.base import clock
from trustreg.parties.domain.roles import Role
from trustreg.parties.domain.separation import Tie
from trustreg.parties.services import conflict_declare

pytestmark = pytest.mark.django_db
MY_NUMBER = "123456789018"


def status_of(application: Application) -> str:
    application.refresh_from_db()
    return application.status


@pytest.fixture
def draft(world: World) -> Application:
    return world.draft_application(world.service())


@pytest.fixture
def empty(world: World) -> Application:
    """A draft of a service without key and documents."""
    service = services.service_register(
        provider_id=world.provider.pk,
        kind=ServiceKind.ESIGN_CERT,
        name_ja="ひかり署名",
        name_en="Hikari",
        actor=world.officer,
        at=clock.now(),
    )
    return services.application_start(
        service_id=service.pk,
        kind="new",  # type: ignore[arg-type] # as it lies in the database
        cab_id=world.cab.pk,
        target_level=Level.QUALIFIED,
        actor=world.officer,
        at=clock.now(),
    )


def place(application: Application, section: str = "") -> str:
    return f"/applications/{application.pk}" + (f"/{section}" if section else "")


# Beginning


def test_a_provider_registers_a_service_and_begins_an_application(world):
    officer = guest(world, "officer")
    assert officer.get("/applications/new")["Location"].endswith("?service=new"), "no service yet"
    registered = officer.sends(
        "/applications/new?service=new",
        {"kind": "esign_cert", "name_ja": "ひかり署名", "name_en": "Hikari", "legal_basis": "scheme"},
    )
    service = Service.objects.get()
    assert registered["Location"] == f"/applications/new?service={service.pk}"
    page = officer.sees(registered["Location"])
    assert "東西監査認証（クオリファイド・特定）" in page
    assert "南北審査" not in page, "not accredited for this kind"
    started = officer.sends(
        registered["Location"],
        {"kind": "new", "target_level": "qualified", "usages": ["esign"], "cab": str(world.cab.pk)},
    )
    application = Application.objects.get()
    assert started["Location"] == place(application)
    assert (application.status, application.target_level) == ("draft", "qualified")
    chosen = officer.sees("/applications/new")
    assert "手続き中のサービス" in chosen
    assert "申請の下書きを作りました" in officer.sees("/applications") or application.number in officer.sees(
        "/applications"
    )


def test_what_is_missing_is_told_at_the_field_in_both_languages(world):
    officer = guest(world, "officer")
    for prefix, sentence in (
        ("", "「サービス名（英語）」を入力してください。"),
        ("/en", "Enter: service name in English."),
    ):
        response = officer.sends(f"{prefix}/applications/new?service=new", {"name_ja": "ひかり", "kind": "timestamp"})
        assert response.status_code == 422
        page = text(response)
        assert page.count(sentence) == 2, "in the summary and at the field"
        assert 'value="ひかり"' in page
        assert re.search(r"<title>(エラー：|Error: )", page)
    assert not Service.objects.exists()


def test_a_my_number_is_cut_out_of_what_is_typed(world):
    officer = guest(world, "officer")
    response = officer.sends(
        "/applications/new?service=new",
        {"kind": "esign_cert", "name_ja": f"ひかり {MY_NUMBER}", "name_en": "Hikari", "legal_basis": "scheme"},
    )
    page = text(response)
    assert response.status_code == 422
    assert "個人番号らしい 12 桁の数字があったため、その部分を消しました。" in page
    assert MY_NUMBER not in page
    assert 'value="ひかり"' in page


def test_a_body_that_is_not_accredited_cannot_be_chosen(world):
    service = world.service()
    response = guest(world, "officer").sends(
        f"/applications/new?service={service.pk}",
        {"kind": "new", "target_level": "qualified", "usages": ["esign"], "cab": str(world.other_cab.pk)},
    )
    assert response.status_code == 422
    assert not Application.objects.exists()


def test_the_service_of_another_provider_is_not_there(world):
    someone = person("neighbour")
    appoint(someone, organisation("provider", "となり"), Role.PROVIDER_OFFICER)
    service = world.service()
    neighbour = Guest(someone)
    assert neighbour.get(f"/applications/new?service={service.pk}").status_code == 404
    assert neighbour.get("/applications/new?service=x").status_code == 404


# The task list and its sections


def test_a_new_draft_says_what_is_still_missing(world, empty, django_assert_max_num_queries):
    officer = guest(world, "officer")
    with django_assert_max_num_queries(12):
        page = officer.sees(place(empty))
    assert "サービスの証明書がまだありません" in page
    assert "証拠が 1 件もありません" in page
    assert "まだできません" in page
    assert 'aria-current="step"' in page
    assert place(empty, "review") not in page, "it cannot be submitted yet"
    english = officer.sees(f"/en{place(empty)}")
    assert "The service has no certificate yet" in english
    assert "Cannot start yet" in english


def test_a_whole_draft_leads_to_the_review(world, draft):
    page = guest(world, "officer").sees(place(draft))
    assert place(draft, "review") in page
    assert "受領の証明を待っている証拠が 1 件あります" in page


def test_the_service_is_changed_and_somebody_elses_change_is_not_lost(world, empty):
    officer, staff = guest(world, "officer"), guest(world, "staff")
    stale = dict(re.findall(r'name="(acting|seen)" value="([^"]*)"', staff.sees(place(empty, "service"))))
    saved = officer.sends(
        place(empty, "service"),
        {"name_ja": "ひかり署名 新", "name_en": "Hikari", "supply_points": "https://a.example/\nhttps://b.example/"},
    )
    assert saved["Location"] == place(empty)
    empty.service.refresh_from_db()
    assert empty.service.supply_points == ["https://a.example/", "https://b.example/"]
    late = staff.post(place(empty, "service"), {**stale, "name_ja": "ひかり署名 別", "name_en": "Hikari"})
    page = text(late)
    assert late.status_code == 409
    assert "officer さんが" in page
    assert "先に更新しました。違いを確かめて、もう一度保存してください。" in page
    assert "<del>ひかり署名 新</del>" in page
    assert "<ins>ひかり署名 別</ins>" in page
    assert 'value="ひかり署名 別"' in page, "what was typed is kept"
    fresh = re.search(r'name="seen" value="([^"]*)"', page)
    assert fresh is not None
    again = staff.post(
        place(empty, "service"), {**stale, "seen": fresh[1], "name_ja": "ひかり署名 別", "name_en": "Hikari"}
    )
    assert again.status_code == 302
    empty.service.refresh_from_db()
    assert empty.service.name_ja == "ひかり署名 別"


def test_an_address_that_is_none_is_refused_in_place(world, empty):
    response = guest(world, "officer").sends(
        place(empty, "service"), {"name_ja": "ひかり", "name_en": "Hikari", "definition_ja": "example.jp"}
    )
    assert response.status_code == 422
    assert "ウェブのアドレスではありません" in text(response)


def test_level_use_and_body_are_changed(world, empty):
    officer = guest(world, "officer")
    fields = {"target_level": "specified", "usages": ["esign"], "cab": str(world.cab.pk)}
    assert officer.sends(place(empty, "level"), fields).status_code == 302
    empty.refresh_from_db()
    assert empty.target_level == "specified"
    stale = officer.post(place(empty, "level"), {**fields, "target_level": "qualified", "seen": "old"})
    assert stale.status_code == 409
    assert "Saved first" not in text(stale)
    assert "先に更新しました" in text(stale)


@pytest.mark.parametrize("how", ["file", "pem", "base64"])
def test_a_certificate_is_registered_and_stays(world, empty, how):
    officer = guest(world, "officer")
    der = certificate("ひかり CA")
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"
    fields = {
        "file": {"file": SimpleUploadedFile("ca.cer", der)},
        "pem": {"text": pem.decode()},
        "base64": {"text": base64.b64encode(der).decode()},
    }[how]
    assert officer.sends(place(empty, "identity"), fields)["Location"] == place(empty, "identity")
    assert "CN=" in officer.sees(place(empty, "identity"))
    again = officer.sends(place(empty, "identity"), {"text": pem.decode()})
    assert again.status_code == 409
    assert "すでに登録されています" in text(again)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "証明書のファイルを選ぶか、PEM を貼り付けてください。"),
        ({"text": "not a certificate"}, "X.509 証明書として読み取れません"),
        ({"file": SimpleUploadedFile("a.cer", b"")}, "届いたファイルは空でした（0 バイト）。"),
        ({"file": SimpleUploadedFile("a.cer", b"x" * 100_001)}, "証明書は 100 KB までです。"),
    ],
)
def test_what_is_no_certificate_is_refused_in_place(world, empty, fields, sentence):
    response = guest(world, "officer").sends(place(empty, "identity"), fields)
    assert response.status_code == 422
    assert sentence in text(response)


def _file(name: str, content: bytes = b"text of a document") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_files_become_documents_and_the_same_title_a_newer_version(world, empty, django_assert_max_num_queries):
    officer = guest(world, "officer")
    address = place(empty, "evidence")
    two = {"kind": "policy", "uploads": [_file("方針.txt"), _file("別紙.txt", b"more")]}
    assert officer.sends(address, two)["Location"] == address
    newer = {"kind": "policy", "title": "方針.txt", "uploads": [_file("方針2.txt", b"second")]}
    assert officer.sends(address, newer).status_code == 302
    rows = ApplicationEvidence.objects.filter(application=empty).order_by("title", "version")
    assert [(row.title, row.version) for row in rows] == [("別紙.txt", 1), ("方針.txt", 1), ("方針.txt", 2)]
    with django_assert_max_num_queries(12):
        page = officer.sees(address)
    assert "前の版 1 件" in page
    for row in rows:
        assert row.evidence.sha256 in re.sub(r"</?(span|wbr)>", "", page)


def test_what_was_handed_in_before_need_not_be_sent_again(world, empty, draft):
    evidence = draft.evidence.get().evidence
    officer = guest(world, "officer")
    officer.sends(place(empty, "evidence"), {"kind": "other", "stored": str(evidence.pk)})
    assert empty.evidence.get().evidence == evidence
    assert "第 1 版" in officer.sees(place(empty, "evidence"))


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([], "ファイルを選んでください。"),
        ([("空.txt", b"")], "ファイルが空です"),
        ([("画像.png", b"no picture")], "一致しません"),
        ([(f"{MY_NUMBER}.txt", b"x")], "ファイル名にあるため"),
    ],
)
def test_a_file_that_is_not_taken_says_why_and_what_arrived(world, empty, files, sentence):
    officer = guest(world, "officer")
    response = officer.sends(
        place(empty, "evidence"),
        {"kind": "policy", "uploads": [_file("良い.txt"), *(_file(*one) for one in files)] if files else []},
    )
    page = text(response)
    assert response.status_code == 422
    assert sentence in page
    assert MY_NUMBER not in page
    taken = set(empty.evidence.values_list("title", flat=True))
    assert taken == ({"良い.txt"} if files and MY_NUMBER not in files[0][0] else set()), "each file by itself"


def test_files_that_are_too_large_are_refused_before_they_are_read(world, empty):
    officer = guest(world, "officer")
    response = officer.post(place(empty, "evidence"), {"kind": "policy"}, CONTENT_LENGTH="99000000")
    assert response.status_code == 413
    assert "99.0 MB" in text(response)
    assert "50.0 MB" in text(response)


def test_an_upload_that_broke_off_keeps_nothing(world, empty):
    officer = guest(world, "officer")
    body = (
        b'--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\npolicy\r\n'
        b'--x\r\nContent-Disposition: form-data; name="uploads"; filename="a.txt"\r\n\r\nthe beginning of'
    )
    response = officer.generic(
        "POST",
        place(empty, "evidence"),
        b"",
        **{
            "CONTENT_TYPE": "multipart/form-data; boundary=x",
            "CONTENT_LENGTH": "4096",
            "wsgi.input": BytesIO(body),
        },
    )
    assert response.status_code == 422
    assert f"4.1 KB のうち {len(body)} bytes が届きました" in response.content.decode()
    assert not empty.evidence.exists()


@pytest.mark.parametrize(("length", "status"), [(None, 302), (4096, 422)])
def test_a_form_without_files_is_taken_whole_or_not_at_all(world, draft, length, status):
    officer = guest(world, "officer")
    seen = dict(re.findall(r'name="(acting|seen)" value="([^"]*)"', officer.sees(place(draft, "withdraw"))))
    body = urlencode({**seen, "sure": "on", "reasons": "やめる"}).encode()
    response = officer.generic(
        "POST",
        place(draft, "withdraw"),
        b"",
        **{
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(length or len(body)),
            "wsgi.input": BytesIO(body),
        },
    )
    assert response.status_code == status
    assert (status_of(draft) == ApplicationStatus.WITHDRAWN) is (status == 302)


# Submitting


def test_the_officer_reviews_declares_and_submits(world, draft, django_assert_max_num_queries):
    officer = guest(world, "officer")
    with django_assert_max_num_queries(12):
        page = officer.sees(place(draft, "review"))
    assert "変更する" in page
    undeclared = officer.sends(place(draft, "review"))
    assert undeclared.status_code == 422
    assert "選んでください" in text(undeclared)
    submitted = officer.sends(place(draft, "review"), {"declares": "on"})
    assert submitted["Location"] == f"{place(draft)}#receipt"
    assert status_of(draft) == ApplicationStatus.SUBMITTED
    with django_assert_max_num_queries(12):
        page = officer.sees(place(draft))
    assert "提出の控え" in page
    assert "受理するかどうかを知らせます" in page
    assert "提出しました。" in page
    again = officer.get(place(draft, "review"))
    assert again.status_code == 409


def test_what_changed_after_it_was_shown_is_not_sealed_unseen(world, draft):
    officer = guest(world, "officer")
    stale = dict(re.findall(r'name="(acting|seen)" value="([^"]*)"', officer.sees(place(draft, "review"))))
    guest(world, "staff").sends(place(draft, "evidence"), {"kind": "policy", "uploads": [_file("方針.txt")]})
    late = officer.post(place(draft, "review"), {**stale, "declares": "on"})
    assert late.status_code == 409
    assert "staff さんが" in text(late)
    assert "方針.txt" in text(late)
    assert status_of(draft) == ApplicationStatus.DRAFT


def test_staff_prepares_and_does_not_submit(world, draft):
    staff = guest(world, "staff")
    assert "提出は申請責任者が行います" in staff.sees(place(draft, "review"))
    refused = staff.sends(place(draft, "review"), {"declares": "on"})
    assert refused.status_code == 403
    assert status_of(draft) == ApplicationStatus.DRAFT
    assert staff.get(place(draft, "withdraw")).status_code == 403


def test_an_incomplete_application_offers_no_submission(world, empty):
    officer = guest(world, "officer")
    assert "まだ提出できません" in officer.sees(place(empty, "review"))
    forced = officer.sends(place(empty, "review"), {"declares": "on"})
    assert forced.status_code == 422
    assert status_of(empty) == ApplicationStatus.DRAFT


def test_what_was_submitted_is_not_edited(world, draft):
    world.submit(draft)
    officer = guest(world, "officer")
    assert officer.get(place(draft, "level")).status_code == 409
    assert "事前チェック" not in officer.sees(place(draft))


def test_giving_up_is_confirmed_and_final(world, draft):
    officer = guest(world, "officer")
    address = place(draft, "withdraw")
    assert "元に戻せません" in officer.sees(address)
    assert officer.sends(address, {"reasons": "やめる"}).status_code == 422
    assert officer.sends(address, {"reasons": "やめる", "sure": "on"})["Location"] == place(draft)
    assert status_of(draft) == ApplicationStatus.WITHDRAWN
    assert "この申請は" in officer.sees(place(draft))
    assert officer.get(address).status_code == 409


def test_a_form_outlives_its_session(world, draft):
    officer = guest(world, "officer")
    shown = dict(re.findall(r'name="(acting|seen)" value="([^"]*)"', officer.sees(place(draft, "service"))))
    Session.objects.all().delete()
    late = officer.post(place(draft, "service"), {**shown, "name_ja": "長い名前", "name_en": "Long"})
    assert late["Location"].startswith("/sign-in?next=")
    officer.force_login(officer.account, backend="trustreg.parties.authentication.AccountBackend")
    session = officer.session
    session["draft"] = {"path": place(draft, "service"), "typed": f"acting={officer.account.pk}&name_ja=長い名前"}
    session.save()
    page = officer.sees(place(draft, "service"))
    assert 'value="長い名前"' in page
    assert 'value="Sakura Sign"' in page
    assert 'value="さくら署名"' in officer.sees(place(draft, "service")), "handed out once"


# Receiving


def test_the_body_accepts_and_opens_the_assessment(world, draft, django_assert_max_num_queries):
    world.submit(draft)
    lead = guest(world, "lead")
    with django_assert_max_num_queries(12):
        page = lead.sees(place(draft))
    for act in ("accept", "return", "refuse"):
        assert place(draft, act) in page
    assert place(draft, "evidence") not in page
    assert "/evidence/" not in page, "it opens documents only once it assesses"
    assert "範囲内" in lead.sees(place(draft, "accept"))
    assert lead.sends(place(draft, "accept"))["Location"] == place(draft)
    assert status_of(draft) == ApplicationStatus.ACCEPTED
    assert place(draft, "assessment") in lead.sees(place(draft))
    opened = lead.sends(place(draft, "assessment"))
    assert opened.status_code == 302
    assert status_of(draft) == ApplicationStatus.ASSESSING
    assert str(Assessment.objects.get().pk) in opened["Location"]
    assert "案件を開く" in lead.sees(place(draft))
    document = draft.evidence.get().evidence_id
    assert f"/evidence/{document}" in lead.sees(place(draft))
    assert lead.get(f"/evidence/{document}").status_code == 200


def test_the_body_returns_with_reasons_and_the_provider_reads_them(world, draft):
    world.submit(draft)
    lead = guest(world, "lead")
    without = lead.sends(place(draft, "return"), {"reasons": " "})
    assert without.status_code == 422
    assert "「理由」を入力してください。" in text(without)
    assert lead.sends(place(draft, "return"), {"reasons": "約款が足りません <b>"})["Location"] == place(draft)
    page = guest(world, "officer").sees(place(draft))
    assert "約款が足りません &lt;b&gt;" in page
    assert "もう一度提出してください" in page
    assert "提出までにすること" in page


def test_refusing_ends_the_application(world, draft):
    world.submit(draft)
    guest(world, "decider").sends(place(draft, "refuse"), {"reasons": "受けられません"})
    assert status_of(draft) == ApplicationStatus.REFUSED
    assert "受けられません" in guest(world, "officer").sees(place(draft))


def test_an_act_on_what_changed_meanwhile_shows_it_first(world, draft):
    world.submit(draft)
    lead = guest(world, "lead")
    stale = dict(re.findall(r'name="(acting|seen)" value="([^"]*)"', lead.sees(place(draft, "return"))))
    guest(world, "officer").sends(place(draft, "evidence"), {"kind": "policy", "uploads": [_file("方針.txt")]})
    late = lead.post(place(draft, "return"), {**stale, "reasons": "長く書いた理由"})
    assert late.status_code == 409
    assert "長く書いた理由" in text(late)
    assert status_of(draft) == ApplicationStatus.SUBMITTED


def test_the_accreditation_body_returns_only_what_is_with_it(world, draft):
    world.submit(draft)
    proposer = guest(world, "proposer")
    assert place(draft, "return") not in proposer.sees(place(draft))
    world.accept(draft)
    world.assess(draft)
    world.forward(Application.objects.get(pk=draft.pk))
    assert place(draft, "return") in proposer.sees(place(draft))
    assert guest(world, "lead").get(place(draft, "return")).status_code == 409
    assert guest(world, "approver").get(place(draft, "return")).status_code == 403
    assert proposer.sends(place(draft, "return"), {"reasons": "証拠が古い"}).status_code == 302
    assert status_of(draft) == ApplicationStatus.RETURNED


def test_a_person_tied_to_the_provider_is_told_so_in_place(world, draft):
    world.submit(draft)
    conflict_declare(
        organisation_id=world.provider.pk, kind=Tie.EMPLOYMENT, since=clock.now(), actor=world.lead, at=clock.now()
    )
    response = guest(world, "lead").sends(place(draft, "accept"))
    assert response.status_code == 403
    assert "か月以内にこの組織と関係があります" in text(response)
    assert status_of(draft) == ApplicationStatus.SUBMITTED


# Findings


@pytest.fixture
def finding(world: World, draft: Application) -> Finding:
    at = clock.now
    world.submit(draft)
    world.accept(draft)
    assessment = services.assessment_open(application_id=draft.pk, actor=world.lead, at=at())
    conflict_declare(organisation_id=world.provider.pk, kind=Tie.NONE, actor=world.lead, at=at())
    conformity.assessment_member_assign(
        assessment_id=assessment.pk, person_id=world.lead.person_id, role=MemberRole.LEAD, actor=world.lead, at=at()
    )
    conformity.assessment_examine_documents(assessment_id=assessment.pk, actor=world.lead, at=at())
    return conformity.finding_raise(
        assessment_id=assessment.pk,
        criterion_id=Criterion.objects.get().pk,
        grade=Grade.MAJOR,
        statement="手順書が古い。",
        actor=world.lead,
        at=at(),
    )


def test_a_finding_is_answered_with_a_plan_then_a_correction(world, draft, finding, django_assert_max_num_queries):
    officer, address = guest(world, "officer"), place(draft, "findings")
    with django_assert_max_num_queries(12):
        page = officer.sees(address)
    assert "手順書が古い。" in page
    assert "あと 13 日" in page
    nothing = officer.sends(address, {"finding": str(finding.pk), "text": ""})
    assert nothing.status_code == 422
    assert "「是正計画」を入力してください。" in text(nothing)
    done = officer.sends(address, {"finding": str(finding.pk), "text": "来月までに改訂する。"})
    assert done["Location"] == f"{address}#finding-{finding.pk}"
    assert 'name="text"' not in officer.sees(address), "the body's turn"
    conformity.finding_plan_accept(finding_id=finding.pk, actor=world.lead, at=clock.now())
    document = draft.evidence.get().evidence
    corrected = officer.sends(
        address,
        {
            "finding": str(finding.pk),
            "text": "改訂した。",
            "evidence": [document.sha256],
            "uploads": [_file("手順書.txt")],
        },
    )
    assert corrected.status_code == 302
    finding.refresh_from_db()
    assert finding.status == FindingStatus.CORRECTED
    answer = finding.answers.get(kind="correction")
    new = Evidence.objects.get(filename="手順書.txt")
    assert set(answer.evidence) == {document.sha256, new.sha256}


def test_a_file_that_is_refused_leaves_the_finding_open_and_the_text_typed(world, draft, finding):
    conformity.finding_plan_submit(finding_id=finding.pk, text="直す。", actor=world.officer, at=clock.now())
    conformity.finding_plan_accept(finding_id=finding.pk, actor=world.lead, at=clock.now())
    response = guest(world, "officer").sends(
        place(draft, "findings"),
        {"finding": str(finding.pk), "text": "直した。", "uploads": [_file("良い.txt"), _file("空.txt", b"")]},
    )
    assert response.status_code == 422
    assert "直した。" in text(response)
    finding.refresh_from_db()
    assert finding.status == FindingStatus.PLAN_ACCEPTED
    assert not Evidence.objects.filter(filename="良い.txt").exists(), "all of an answer or nothing"


def test_a_finding_that_moved_meanwhile_keeps_the_text(world, draft, finding):
    officer, address = guest(world, "officer"), place(draft, "findings")
    response = officer.post(address, {"finding": str(finding.pk), "text": "長い計画", "seen": "old"})
    assert response.status_code == 409
    assert "長い計画" in text(response)


def test_only_the_provider_answers(world, draft, finding):
    lead = guest(world, "lead")
    page = lead.sees(place(draft, "findings"))
    assert "手順書が古い。" in page
    assert 'name="text"' not in page
    assert lead.post(place(draft, "findings"), {"finding": str(finding.pk), "text": "x"}).status_code == 404
    assert guest(world, "officer").post(place(draft, "findings"), {"finding": "x", "text": "x"}).status_code == 404


# Rights


def test_nobody_else_learns_that_an_application_exists(world, draft):
    someone = person("neighbour")
    appoint(someone, organisation("provider", "となり"), Role.PROVIDER_OFFICER)
    visitors = [Guest(someone), guest(world, "lead"), guest(world, "other_lead"), guest(world, "proposer")]
    for visitor in visitors:
        for section in ("", "service", "evidence", "accept", "findings"):
            assert visitor.get(place(draft, section)).status_code == 404, (visitor.account.email, section)
        assert draft.number not in visitor.sees("/applications")
    world.submit(draft)
    assert guest(world, "lead").get(place(draft)).status_code == 200
    assert guest(world, "proposer").get(place(draft)).status_code == 200
    assert guest(world, "other_lead").get(place(draft)).status_code == 404
    assert guest(world, "lead").get(place(draft, "service")).status_code == 404


def test_roles_without_business_here_are_refused_and_strangers_sent_to_sign_in(world, draft):
    assert guest(world, "editor").get("/applications").status_code == 403
    assert guest(world, "lead").get("/applications/new").status_code == 403
    stranger = Client(headers=HTML)
    for address in ("/applications", "/applications/new", place(draft), place(draft, "evidence")):
        response = stranger.get(address)
        assert (response.status_code, response["Location"][:14]) == (302, "/sign-in?next="), address


def test_what_is_no_section_is_not_there(world, draft):
    officer = guest(world, "officer")
    assert officer.get(place(draft, "nothing")).status_code == 404
    assert officer.get("/applications/00000000-0000-0000-0000-000000000000").status_code == 404


def test_a_form_without_its_token_does_nothing(world, draft):
    forger = Client(enforce_csrf_checks=True, headers=HTML)
    forger.force_login(guest(world, "officer").account, backend="trustreg.parties.authentication.AccountBackend")
    for section in ("evidence", "withdraw", "review", "findings"):
        response = forger.post(place(draft, section), {"sure": "on", "declares": "on"})
        assert response.status_code == 403, section
    assert status_of(draft) == ApplicationStatus.DRAFT


def test_the_list_shows_each_side_its_own(world, draft, django_assert_max_num_queries):
    world.submit(draft)
    for name in ("officer", "lead", "proposer"):
        visitor = guest(world, name)
        with django_assert_max_num_queries(12):
            page = visitor.sees("/applications")
        assert draft.number in page, name
        assert "受付中" in page
    assert draft.number not in guest(world, "other_lead").sees("/applications")
    assert "Awaiting acceptance" in guest(world, "officer").sees("/en/applications")
