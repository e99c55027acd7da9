"""Pages of decisions: who may propose, what the approver sees, approving by the hash, returning, urgent suspension."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from certification_world import REASONS, World, appoint, organisation
from django.test import Client
from page_visits import HTML, guest, text

from certification import selectors, services
from certification.domain.lifecycle import DecisionKind
from certification.models import Decision, DecisionApproval, Service, StatusChange
from conformity.domain.criteria import Conclusion
from conformity.domain.service_kinds import Level
from trustreg.base import clock
from trustreg.parties.domain.roles import Role

pytestmark = pytest.mark.django_db

MOST = 12
TYPED = {"reasons_ja": "報告書のとおり適合している。", "reasons_en": "The report shows conformity."}


def approve_url(decision: Decision, prefix: str = "") -> str:
    return f"{prefix}/decisions/{decision.pk}/approve"


def digest(decision: Decision) -> str:
    return selectors.decision_proposal(decision.pk).content_sha256


def suspension(world: World, service: Service) -> Decision:
    return world.propose(selectors.draft_step(service.pk, DecisionKind.SUSPEND, reasons=REASONS))


def approval(decision: Decision, **changes: str) -> dict[str, str]:
    return {"act": "approve", "content_sha256": digest(decision), "read": "on", "free": "on", **changes}


@pytest.mark.parametrize("name", ["officer", "lead", "editor"])
def test_other_roles_are_told_that_the_pages_are_not_theirs(world, name):
    visitor = guest(world, name)
    service = world.service()
    for address in (
        "/decisions",
        f"/services/{service.pk}/propose",
        f"/services/{service.pk}/suspend-urgently",
        f"/decisions/{uuid.uuid4()}/approve",
    ):
        assert visitor.get(address).status_code == 403, address


def test_a_stranger_is_sent_to_sign_in(world):
    for address in ("/decisions", f"/en/decisions/{uuid.uuid4()}/approve", f"/decisions/{uuid.uuid4()}/drop"):
        response = Client().get(address, headers=HTML)
        assert (response.status_code, "sign-in" in response["Location"]) == (302, True)


def test_only_proposers_write_proposals_and_only_where_there_is_a_case(world):
    application = world.draft_application(world.service())
    assert guest(world, "approver").get(f"/applications/{application.pk}/propose").status_code == 403
    proposer = guest(world, "proposer")
    assert proposer.get(f"/applications/{application.pk}/propose").status_code == 404  # nobody has handed it over
    assert proposer.get(f"/decisions/{uuid.uuid4()}/propose").status_code == 404


def test_an_application_goes_from_the_list_to_the_public_decision(world, django_assert_max_num_queries):
    application = world.case(world.service())
    proposer, approver = guest(world, "proposer"), guest(world, "approver")
    with django_assert_max_num_queries(MOST):
        listed = proposer.sees("/decisions")
    place = f"/applications/{application.pk}/propose"
    assert f'href="{place}"' in listed
    assert f'href="{place}"' not in approver.sees("/decisions?tab=propose")

    with django_assert_max_num_queries(MOST):
        shown = proposer.sees(place)
    assert "「さくら署名」をクオリファイドにする" in shown
    assert "まだ認定されていません" in shown
    assert "東西監査認証" in shown
    day = re.search(r'name="valid_until" value="([0-9-]{10})"', shown).group(1)
    response = proposer.sends(place, TYPED, outcome="grant", valid_until=day)
    decision = Decision.objects.get()
    assert (response.status_code, response["Location"]) == (302, approve_url(decision))
    content = selectors.decision_proposal(decision.pk).frozen
    assert content.reasons == {"ja": TYPED["reasons_ja"], "en": TYPED["reasons_en"]}
    assert content.state.valid_until.isoformat() == f"{day}T15:00:00+00:00"  # the end of that day in Japan

    assert approve_url(decision) in approver.sees("/decisions")
    with django_assert_max_num_queries(MOST):
        page = approver.sees(approve_url(decision))
    for part in (TYPED["reasons_ja"], TYPED["reasons_en"], digest(decision)[:8], "承認して公表する", "AC-1"):
        assert part in page
    response = approver.post(approve_url(decision), approval(decision))
    assert response["Location"] == f"/publications/next?decision={decision.pk}"
    assert DecisionApproval.objects.get().content_sha256 == digest(decision)
    assert f'href="/decisions/{decision.pk}"' in approver.sees(approve_url(decision))
    assert proposer.get(place).status_code == 404


def test_the_pages_speak_english(world):
    service = world.granted(level=Level.SPECIFIED)
    decision = suspension(world, service)
    page = guest(world, "approver").sees(approve_url(decision, "/en"))
    for sentence in ("Suspend Sakura Sign", "Approve and publish", "Suspended (specified)", "Awaiting approval"):
        assert sentence in page
    for words in ("公表される内容", "承認待ち", "有効期限", "一時停止"):
        assert words not in page
    kinds = guest(world, "proposer").sees(f"/en/services/{service.pk}/propose")
    assert "is still open" in kinds


def test_what_is_missing_is_told_at_its_field_and_everything_typed_is_kept(world, qualified):
    proposer = guest(world, "proposer")
    place = f"/services/{qualified.pk}/propose?kind=suspend"
    response = proposer.sends(place, {"reasons_ja": "調査のため", "reasons_en": ""})
    page = text(response)
    assert response.status_code == 422
    assert 'href="#id_reasons_en"' in page
    assert "調査のため</textarea>" in page
    assert "エラー：" in page
    assert not Decision.objects.filter(kind="suspend").exists()


def test_a_preview_stores_nothing_and_shows_the_difference(world, qualified):
    proposer = guest(world, "proposer")
    place = f"/services/{qualified.pk}/propose?kind=change"
    shown = proposer.sees(place)
    sha256 = re.search(r'name="certificates" value="([0-9a-f]{64})"', shown).group(1)
    fields = {**TYPED, "name_ja": "さくら署名プラス", "name_en": "Sakura Sign Plus", "usages": "esign"}
    response = proposer.sends(place, fields, certificates=sha256, preview="1")
    assert response.status_code == 200
    assert "<ins>Sakura Sign Plus</ins>" in text(response)
    assert Decision.objects.count() == 1
    assert proposer.sends(place, fields, certificates=sha256).status_code == 302
    assert Decision.objects.count() == 2


def test_a_service_offers_what_the_lifecycle_allows(world, qualified):
    proposer = guest(world, "proposer")
    page = proposer.sees(f"/services/{qualified.pk}/propose")
    assert {kind for kind in DecisionKind if f'value="{kind}"' in page} == {
        DecisionKind.DOWNGRADE,
        DecisionKind.CHANGE,
        DecisionKind.SUSPEND,
        DecisionKind.WITHDRAW,
        DecisionKind.CEASE,
    }
    assert proposer.get(f"/services/{qualified.pk}/propose?kind=reinstate").status_code == 200  # not possible: choose
    assert proposer.get(f"/services/{qualified.pk}/propose?kind=").status_code == 422
    decision = suspension(world, qualified)
    assert decision.number in proposer.sees(f"/services/{qualified.pk}/propose?kind=suspend")


def test_the_writer_of_a_draft_and_who_is_tied_are_told_why_they_cannot_approve(world, qualified):
    decision = suspension(world, qualified)
    writer = guest(world, "proposer").sees(approve_url(decision))
    assert "この決定の案を書いた人は、承認できません。" in writer
    assert "承認して公表する" not in writer
    left = clock.now() - timedelta(days=30)
    appoint(world.people["second_approver"], world.provider, Role.PROVIDER_STAFF, ends_at=left)
    tied = guest(world, "second_approver")
    months = selectors.periods_for(qualified.legal_basis).cooling_off_months
    page = tied.sees(approve_url(decision))
    assert f"この申請者に {months} か月以内に所属していたため、承認できません。" in page
    assert "承認して公表する" not in page
    response = tied.post(approve_url(decision), approval(decision))
    assert response.status_code == 403
    assert not DecisionApproval.objects.filter(decision=decision).exists()
    assert "承認できるのは、承認者だけです。" in guest(world, "second_proposer").sees(approve_url(decision))


def test_both_boxes_must_be_ticked(world, qualified):
    decision = suspension(world, qualified)
    approver = guest(world, "approver")
    fields = approval(decision)
    del fields["free"]
    response = approver.post(approve_url(decision), fields)
    assert response.status_code == 422
    assert 'href="#id_free"' in text(response)
    assert re.search(r'id="id_read" checked', text(response))
    assert approver.post(approve_url(decision), {"act": "rob"}).status_code == 422


def test_an_approval_of_an_older_draft_is_refused_and_shows_what_changed(world, qualified):
    decision = suspension(world, qualified)
    sent = approval(decision)
    mended = selectors.draft_step(
        qualified.pk, DecisionKind.SUSPEND, reasons={"ja": "別の理由", "en": "Other"}, decision_id=decision.pk
    )
    services.decision_edit(decision_id=decision.pk, draft=mended, actor=world.second_proposer, at=clock.now())
    approver = guest(world, "approver")
    response = approver.post(approve_url(decision), sent)
    page = text(response)
    assert response.status_code == 409
    assert "second_proposer さんが" in page
    assert "<ins>別の理由</ins>" in page
    assert f'value="{mended.sha256}"' in page
    assert not DecisionApproval.objects.filter(decision=decision).exists()
    assert approver.post(approve_url(decision), approval(decision)).status_code == 302


def test_a_returned_proposal_is_mended_and_two_proposers_do_not_overwrite_each_other(world, qualified):
    decision = suspension(world, qualified)
    approver, first, second = guest(world, "approver"), guest(world, "proposer"), guest(world, "second_proposer")
    assert approver.post(approve_url(decision), {"act": "return", "reasons": ""}).status_code == 422
    assert approver.post(approve_url(decision), {"act": "return", "reasons": "根拠が足りない"}).status_code == 302
    place = f"/decisions/{decision.pk}/propose"
    assert place in first.sees("/decisions")
    shown = first.sees(place)
    assert "根拠が足りない" in shown
    seen = re.search(r'name="seen" value="([^"]+)"', shown).group(1)
    fields = {"reasons_ja": "第一の案", "reasons_en": "First", "seen": seen}
    assert second.post(place, {**fields, "reasons_ja": "第二の案"}).status_code == 302
    response = first.post(place, fields)
    page = text(response)
    assert response.status_code == 409
    assert "second_proposer さんが" in page
    assert "<ins>第二の案</ins>" in page
    assert "第一の案</textarea>" in page
    again = re.search(r'name="seen" value="([^"]+)"', page).group(1)
    assert again != seen
    assert first.post(place, {**fields, "seen": again}).status_code == 302
    assert selectors.decision_proposal(decision.pk).frozen.reasons["ja"] == "第一の案"


def test_a_proposal_is_given_up_after_one_has_said_so(world, qualified):
    decision = suspension(world, qualified)
    proposer = guest(world, "proposer")
    place = f"/decisions/{decision.pk}/drop"
    assert guest(world, "approver").get(place).status_code == 403
    assert proposer.sends(place).status_code == 422
    assert proposer.sends(place, sure="on").status_code == 302
    decision.refresh_from_db()
    assert decision.status == "dropped"
    assert decision.number in proposer.sees("/decisions?tab=done")
    assert "もう取りやめられません" in proposer.sees(place)
    assert proposer.get(f"/decisions/{decision.pk}/propose")["Location"] == approve_url(decision)


def test_an_urgent_suspension_is_confirmed_by_two_people_and_brings_no_new_issue(world, qualified):
    approver, proposer = guest(world, "approver"), guest(world, "proposer")
    place = f"/services/{qualified.pk}/suspend-urgently"
    assert approver.sends(place, TYPED).status_code == 422  # not sure
    response = approver.sends(place, TYPED, sure="on")
    urgent = Decision.objects.get(status="urgent")
    assert response["Location"] == f"/publications/next?decision={urgent.pk}"
    assert StatusChange.objects.filter(service=qualified).count() == 2
    assert "いま有効なサービスだけを停止できます" in approver.sees(place)
    confirm = f"/services/{qualified.pk}/propose?kind=confirm_suspension"
    assert confirm in proposer.sees("/decisions").replace("&amp;", "&")
    assert proposer.get(f"/decisions/{urgent.pk}/propose")["Location"] == confirm
    assert proposer.sends(confirm, TYPED).status_code == 302
    decision = Decision.objects.get(kind="confirm_suspension")
    second = guest(world, "second_approver")
    assert second.post(approve_url(decision), approval(decision))["Location"] == approve_url(decision)
    assert "公開リストの内容は変わらないため" in second.sees(approve_url(decision))
    assert confirm not in proposer.sees("/decisions")


def test_a_report_that_shows_no_conformity_leads_to_a_rejection_that_is_not_published(world):
    application = world.case(world.service(), conclusion=Conclusion.NONCONFORM)
    proposer, approver = guest(world, "proposer"), guest(world, "approver")
    place = f"/applications/{application.pk}/propose"
    shown = proposer.sees(place)
    assert "「さくら署名」を認定しない" in shown
    assert "valid_until" not in shown
    assert proposer.sends(place, TYPED, outcome="reject").status_code == 302
    decision = Decision.objects.get()
    assert decision.kind == "reject"
    page = approver.sees(approve_url(decision))
    assert "認定しない決定を承認する" in page
    assert approver.post(approve_url(decision), approval(decision))["Location"] == approve_url(decision)
    page = approver.sees(approve_url(decision))
    assert f'href="/decisions/{decision.pk}"' not in page
    application.refresh_from_db()
    assert application.status == "rejected"


def test_every_page_of_writing_a_proposal_asks_little(world, qualified, django_assert_max_num_queries):
    proposer = guest(world, "proposer")
    pages = [
        f"/services/{qualified.pk}/propose",
        *(f"/services/{qualified.pk}/propose?kind={kind}" for kind in ("suspend", "change", "withdraw", "cease")),
        f"/services/{qualified.pk}/suspend-urgently",
    ]
    for address in pages:
        with django_assert_max_num_queries(MOST):
            proposer.sees(address)
    decision = suspension(world, qualified)
    for address in (f"/decisions/{decision.pk}/propose", f"/decisions/{decision.pk}/drop"):
        with django_assert_max_num_queries(MOST):
            proposer.sees(address)


def test_another_bodys_decision_does_not_exist(world, qualified):
    decision = suspension(world, qualified)
    other = organisation("ab", "別の認定機関")
    appoint(world.people["stranger"], other, Role.AB_APPROVER)
    visitor = guest(world, "stranger")
    assert visitor.get(approve_url(decision)).status_code == 404
    assert visitor.post(approve_url(decision), approval(decision)).status_code == 404
    assert decision.number not in visitor.sees("/decisions?tab=approve")


def test_the_lists_stay_small_and_are_searched(world, qualified, django_assert_max_num_queries):
    decision = suspension(world, qualified)
    approver = guest(world, "approver")
    for tab in ("propose", "approve", "returned", "services", "done"):
        with django_assert_max_num_queries(MOST):
            approver.sees(f"/decisions?tab={tab}&q=さくら")
    assert decision.number in approver.sees(f"/decisions?tab=approve&q={decision.number}")
    assert decision.number not in approver.sees("/decisions?tab=approve&q=あさひ")
    assert "条件に合うものはありません" in approver.sees("/decisions?tab=approve&q=あさひ")
    assert approver.get("/decisions?q=%00").status_code == 422
