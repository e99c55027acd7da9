"""Two people take a certification away, and everybody sees it: on the page of the service and in verdicts."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.journey import PUBLIC_WITHIN, Newcomer, Somebody, account, somebody
from tests.live.demo import RunningDemo

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

REASON = "鍵の管理が基準を満たさなくなったためです。"


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_a_withdrawal_by_two_people_changes_the_public_page_and_later_verdicts(
    browser: Browser, demo: RunningDemo, tmp_path: Path, scripts: bool
) -> None:
    newcomer = Newcomer(demo)
    name = newcomer.name
    newcomer.becomes_qualified()
    before = newcomer.signs(tmp_path / "before.pdf")
    with ExitStack() as rooms:
        proposer, approver, public = (rooms.enter_context(somebody(browser, demo, scripts=scripts)) for _ in range(3))
        finds_it(public, name)
        public.sees("有効", "認定の根拠")
        address = public.page.url
        public.checks(before)
        says(public, "この署名は有効です。", "TOTAL-PASSED")

        proposer.signs_in(account("proposer"))
        proposes_the_withdrawal(proposer, name)
        public.opens(address)
        public.sees("有効")  # a proposal changes nothing
        approver.signs_in(account("approver"))
        approves_it(approver, name)

        public.opens(address)
        public.sees("取消し", "いまは効力がありません", "この状態の根拠", REASON)
        after = newcomer.signs(tmp_path / "after.pdf")
        public.checks(before)
        says(public, "この署名は有効です。", "TOTAL-PASSED")  # proved to be older
        public.checks(after)
        says(public, "判定できません", "INDETERMINATE")
        public.sees(name, "取消し")


def finds_it(public: Somebody, name: str) -> None:
    """From home, by the name of the service."""
    public.opens("/")
    public.page.get_by_role("searchbox").first.fill(name)
    public.presses("調べる")
    public.follows(name)
    public.reads(name)


def proposes_the_withdrawal(proposer: Somebody, name: str) -> None:
    """Among the services that are certified, this one; a withdrawal; and why, in both languages."""
    proposer.goes_to("決定")
    proposer.follows("認定したサービス")
    proposer.page.get_by_role("searchbox").fill(name)
    proposer.presses("探す")
    proposer.follows("決定を提案する")
    proposer.sees(f"「{name}」について何を決めますか")
    proposer.chooses("取消し")
    proposer.presses("提案を書く")
    proposer.writes("理由（日本語）", REASON)
    proposer.writes("理由（英語）", "The management of the key no longer meets the criteria.")
    proposer.presses("提案する")
    proposer.sees("下書きのハッシュ値（SHA-256）", "別の人が承認します。")
    expect(proposer.page.get_by_role("button", name="承認して公表する")).to_have_count(0)


def approves_it(approver: Somebody, name: str) -> None:
    """Another person approves what they read, and stays until it is public."""
    approver.has_taken_up(name)
    approver.reads(f"「{name}」の認定を取り消す")
    approver.sees(REASON)
    approver.chooses("公表される内容と理由を確かめました")
    approver.chooses("この申請者との利害関係はありません")
    approver.presses("承認して公表する")
    expect(approver.page.get_by_role("heading", level=1)).to_contain_text("号を公表しました", timeout=PUBLIC_WITHIN)


def says(public: Somebody, *texts: str) -> None:
    """What the verdict says first."""
    for text in texts:
        expect(public.page.locator(".tr-verdict")).to_contain_text(text, timeout=PUBLIC_WITHIN)
