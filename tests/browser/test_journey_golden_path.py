"""The path that must always work, on pages alone: five people, five browsers, with JavaScript and without."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.journey import PUBLIC_WITHIN, Newcomer, Somebody, account, paper, somebody
from tests.live.demo import RunningDemo

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

PRACTICE = "業務運用規程（第 1 版）"


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_five_people_bring_a_service_from_an_application_to_a_qualified_signature(
    browser: Browser, demo: RunningDemo, tmp_path: Path, scripts: bool
) -> None:
    newcomer = Newcomer(demo)
    name = newcomer.name
    with ExitStack() as rooms:
        officer, lead, decider, proposer, approver, public = (
            rooms.enter_context(somebody(browser, demo, scripts=scripts)) for _ in range(6)
        )
        officer.signs_in(newcomer.officer)
        lead.signs_in(account("minato-lead"))
        decider.signs_in(account("minato-decider"))
        proposer.signs_in(account("proposer"))
        approver.signs_in(account("approver"))
        applies(officer, newcomer, tmp_path)
        opens_the_case(lead, name)
        assesses(lead)
        corrects(officer, lead, name)
        hands_over(lead)
        concludes(decider, name)
        proposes(proposer, name)
        approves(approver, name)
        finds_it_qualified(public, name)
        has_a_document_checked(public, newcomer.signs(tmp_path / "contract.pdf"), name)


def applies(officer: Somebody, newcomer: Newcomer, folder: Path) -> None:
    """A provider's officer registers a service, applies at the level qualified, hands in evidence and submits."""
    officer.follows("申請を始める")
    officer.reads("サービスを登録する")  # the first thing to do of a provider that has none
    officer.chooses("電子署名用証明書発行")
    officer.writes("サービス名（日本語）", newcomer.name)
    officer.writes("サービス名（英語）", newcomer.name_en)
    officer.presses("登録して次へ")
    officer.is_told("サービスを登録しました。")
    officer.chooses("クオリファイド")
    officer.chooses("審査を頼む機関", "みなと適合性評価センター（クオリファイド・特定）")
    officer.presses("下書きを作る")
    officer.sees("提出までにすること", "サービスの証明書がまだありません")

    officer.follows("2. 証明書と鍵")
    officer.hands_in("証明書のファイル", newcomer.certificate(folder))
    officer.presses("証明書を登録する")
    officer.sees(newcomer.name_en)
    officer.follows("申請に戻る")

    officer.follows("4. 証拠")
    officer.chooses("文書の種類", "業務運用規程")
    officer.writes("文書の題名", PRACTICE)
    officer.hands_in("ファイルをここに置くか、選んでください", paper(folder, "practice.pdf", "業務運用規程"))
    officer.presses("証拠を加える")
    officer.is_told(f"「{PRACTICE}」を受け取りました。")
    officer.follows("申請に戻る")

    officer.follows("6. 内容を確かめて提出する")
    officer.presses("宣言して提出する")
    expect(officer.page.get_by_role("alert")).to_be_visible()  # nothing is submitted without the declaration
    officer.chooses("欠格事由に当たらないこと")
    officer.presses("宣言して提出する")
    officer.sees("次に起きること", "みなと適合性評価センターが、範囲と利害関係を確かめて", "提出の控え")


def opens_the_case(lead: Somebody, name: str) -> None:
    """The body accepts the application, opens the assessment, names its team and begins."""
    lead.has_taken_up(name)
    lead.follows("受理する", exact=True)
    lead.sees("範囲内")
    lead.presses("受理する")
    lead.follows("評価を始める", exact=True)
    lead.presses("評価を始める")
    lead.sees("主任審査員が決まると、文書審査を始められます。")
    lead.follows("チームを決める", exact=True)
    lead.chooses("評価機関の人", "内田 真")
    lead.presses("チームに加える")
    expect(lead.page.get_by_role("alert")).to_contain_text("利害関係")  # nobody assesses without a declaration
    lead.chooses("利害関係はありません")
    lead.presses("届け出る")
    lead.chooses("評価機関の人", "内田 真")
    lead.chooses("チームでの役割", "主任審査員")
    lead.presses("チームに加える")
    lead.follows("文書審査を始める", exact=True)
    lead.presses("文書審査を始める")
    lead.is_told("文書審査を始めました。")


def assesses(lead: Somebody) -> None:
    """Criterion by criterion, each with the evidence it rests on; the first with a finding."""
    lead.follows("次の基準を判定する")
    lead.chooses("適合")
    lead.presses("判定を記録して次へ")
    expect(lead.page.get_by_role("alert")).to_contain_text("証拠")  # what conforms rests on something
    lead.chooses(PRACTICE)
    lead.unfolds("指摘を付ける")
    lead.chooses("程度", "重大")
    lead.writes("指摘の内容", "手順書が古い。")
    lead.presses("判定を記録して次へ")
    left = lead.criteria_left()
    while left:
        lead.chooses("適合")
        lead.chooses(PRACTICE)
        lead.presses("判定を記録して次へ")
        assert lead.criteria_left() == left - 1
        left -= 1


def corrects(officer: Somebody, lead: Somebody, name: str) -> None:
    """The provider plans how to mend what was found, the body accepts; it mends it, and the body closes the finding."""
    officer.has_taken_up(name)
    officer.sees("手順書が古い。")
    officer.writes("是正計画", "原因は改訂の漏れです。今月のうちに改訂します。")
    officer.presses("是正計画を出す")
    lead.has_taken_up(name)
    lead.follows("指摘")
    lead.presses("是正計画を受け入れる")
    lead.is_told("是正計画を受け入れました。")
    officer.has_taken_up(name)
    officer.writes("是正の内容", "手順書を改訂し、全員に配りました。")
    officer.chooses(PRACTICE)
    officer.presses("是正を報告する")
    lead.has_taken_up(name)
    lead.follows("指摘")
    lead.chooses("是正を自分で確かめました。")
    lead.presses("是正を確認して閉じる")
    lead.is_told("是正を確認し、指摘を閉じました。")


def hands_over(lead: Somebody) -> None:
    """Everything is assessed: the case leaves the team."""
    lead.follows("概要")
    lead.follows("決定者に渡す", exact=True)
    lead.presses("決定者に渡す")
    lead.is_told("決定者に渡しました。")


def concludes(decider: Somebody, name: str) -> None:
    """A person outside the team concludes, and hands the case over to the accreditation body."""
    decider.has_taken_up(name)
    decider.follows("報告書の決定に進む")
    decider.chooses("適合")
    decider.writes("まとめ", "クオリファイドの基準に適合しています。")
    decider.presses("確認に進む")
    decider.sees("あとから変えることはできません。")
    decider.presses("結論を出して固定する")
    decider.sees("このサービスは基準に適合しています。")
    decider.follows("報告書を付ける", exact=True)
    decider.presses("報告書を付ける")
    decider.follows("認定機関に送る", exact=True)
    decider.presses("認定機関に送る")
    decider.is_told("認定機関に送りました。")


def proposes(proposer: Somebody, name: str) -> None:
    """One person of the accreditation body writes the decision, and is told why another has to approve it."""
    proposer.has_taken_up(name)
    proposer.reads(f"「{name}」をクオリファイドにする")
    proposer.writes("理由（日本語）", "基準への適合を確かめました。")
    proposer.writes("理由（英語）", "Conformity with the criteria was established.")
    proposer.presses("下見を見る")
    proposer.sees("公表される内容の下見")
    proposer.presses("提案する")
    proposer.sees("下書きのハッシュ値（SHA-256）", "この決定の案を書いた人は、承認できません。別の人が承認します。")
    expect(proposer.main).not_to_contain_text("不合格")
    expect(proposer.page.get_by_role("button", name="承認して公表する")).to_have_count(0)


def approves(approver: Somebody, name: str) -> None:
    """Another person reads the very same draft, approves its hash, and follows the publication to its end."""
    approver.has_taken_up(name)
    approver.reads(f"「{name}」をクオリファイドにする")
    approver.sees("下書きのハッシュ値（SHA-256）", "基準への適合を確かめました。")
    approver.presses("承認して公表する")
    approver.sees("公表される内容と理由を確かめました")  # nothing is approved unread
    approver.chooses("公表される内容と理由を確かめました")
    approver.chooses("この申請者との利害関係はありません")
    approver.presses("承認して公表する")
    expect(approver.page.get_by_role("heading", level=1)).to_contain_text("号を公表しました", timeout=PUBLIC_WITHIN)
    approver.sees("5 段階のうち 5 つ完了", name)


def finds_it_qualified(public: Somebody, name: str) -> None:
    """Anybody finds the service and what its level rests on."""
    public.opens("/")
    public.goes_to("サービスを探す")
    public.page.get_by_role("searchbox").first.fill(name)
    public.page.keyboard.press("Enter")
    public.follows(name)
    public.reads(name)
    public.sees("クオリファイド", "有効", "認定の根拠", "みなと適合性評価センター")


def has_a_document_checked(public: Somebody, document: Path, name: str) -> None:
    """A document signed through it is qualified, and the answer leads back to the decision."""
    public.checks(document)
    expect(public.page.locator(".tr-verdict")).to_contain_text("この署名は有効です。", timeout=PUBLIC_WITHIN)
    public.sees("TOTAL-PASSED", "クオリファイド", name)
    public.follows("この状態を決めた決定")
    public.sees(name, "提案と承認は別の二人", "基準への適合を確かめました。")
