"""Without a mouse: every stop of the focus is seen, and nothing is out of reach."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.journey import PATIENCE, Account, account, somebody
from tests.live.demo import RunningDemo

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

STOPS = 60  # as many as somebody takes before giving up
# What has the focus: that it is marked, large enough to see, within the window, and not behind anything.
_SEEN = """() => {
  const stop = document.activeElement
  if (!stop || stop === document.body) return 'nothing has the focus'
  const style = getComputedStyle(stop), box = stop.getBoundingClientRect(), about = stop.outerHTML.slice(0, 120)
  if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) return `not marked: ${about}`
  if (box.width < 3 || box.height < 3) return `too small to see: ${about}`
  if (box.bottom <= 0 || box.top >= innerHeight) return `outside of the window: ${about}`
  const at = document.elementFromPoint(box.left + Math.min(box.width, innerWidth - box.left) / 2,
    Math.max(0, box.top) + (Math.min(box.bottom, innerHeight) - Math.max(0, box.top)) / 2)
  return !at || stop.contains(at) || at.contains(stop) ? '' : `behind ${at.outerHTML.slice(0, 80)}: ${about}`
}"""


class Keys:
    """Somebody who has a keyboard only."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.main = page.locator("main")

    def tabs_to(self, wanted: Locator) -> None:
        """Press Tab until this has the focus; the focus is seen wherever it stops."""
        expect(wanted).to_be_attached(timeout=PATIENCE)
        for _ in range(STOPS):
            self.page.keyboard.press("Tab")
            assert self.page.evaluate(_SEEN) == ""
            if wanted.evaluate("wanted => wanted === document.activeElement"):
                return
        raise AssertionError(f"not within {STOPS} stops: {wanted}")

    def skips_to_the_content(self) -> None:
        """The first stop of every page leads past its head."""
        skip = self.page.get_by_role("link", name="本文へ進む")
        self.page.keyboard.press("Tab")
        expect(skip).to_be_focused()
        assert self.page.evaluate(_SEEN) == ""
        self.page.keyboard.press("Enter")
        expect(self.main).to_be_focused()

    def presses(self, control: Locator, key: str = "Enter") -> None:
        """Come to a control and use it."""
        self.tabs_to(control)
        self.page.keyboard.press(key)

    def signs_in(self, who: Account) -> None:
        """From home to the inbox."""
        self.presses(self.page.get_by_role("banner").get_by_role("link", name="サインイン"))
        self.page.wait_for_url("**/sign-in*")
        self.skips_to_the_content()
        self.tabs_to(self.main.get_by_label("メールアドレス"))
        self.page.keyboard.type(who.email)
        self.tabs_to(self.main.get_by_label("パスワード"))
        self.page.keyboard.type(who.password)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name="受信箱", level=1)).to_be_visible(timeout=PATIENCE)


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_an_assessor_records_a_result_by_keyboard(browser: Browser, demo: RunningDemo, scripts: bool) -> None:
    with somebody(browser, demo, scripts=scripts) as assessor:
        assessor.opens("/")
        keys = Keys(assessor.page)
        keys.signs_in(account("minato-assessor"))
        keys.presses(keys.main.get_by_role("link", name="残り").first)
        keys.page.wait_for_url("**/cases/*")
        keys.skips_to_the_content()
        keys.presses(keys.main.get_by_role("link", name="次の基準を判定する"))
        keys.page.wait_for_url("**/cases/*/*")
        left = assessor.criteria_left()
        keys.skips_to_the_content()
        keys.presses(keys.main.get_by_role("link", name="判定", exact=True))
        keys.presses(keys.main.get_by_role("radio", name="適合").first, "Space")
        keys.presses(keys.main.get_by_role("checkbox").first, "Space")
        keys.presses(keys.main.get_by_role("button", name="判定を記録して次へ"))
        assessor.is_told("記録しました")
        assert assessor.criteria_left() == left - 1


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_somebody_checks_a_sample_by_keyboard(browser: Browser, demo: RunningDemo, scripts: bool) -> None:
    with somebody(browser, demo, scripts=scripts) as public:
        public.opens("/")
        keys = Keys(public.page)
        keys.presses(
            public.page.get_by_role("navigation", name="主なページ").get_by_role("link", name="文書を確かめる")
        )
        keys.page.wait_for_url("**/check")
        keys.skips_to_the_content()
        keys.presses(keys.main.get_by_role("button", name="クオリファイドの電子署名がある契約書"))
        keys.page.wait_for_url("**/check/*")
        public.reads("判定結果")
        public.sees("この署名は有効です。")
        keys.skips_to_the_content()
        keys.presses(keys.main.get_by_role("link", name="この状態を決めた決定"))
        keys.page.wait_for_url("**/decisions/*")


def test_single_keys_record_a_result_and_can_be_switched_off(browser: Browser, demo: RunningDemo) -> None:
    with somebody(browser, demo, scripts=True) as assessor:
        assessor.signs_in(account("minato-assessor"))
        assessor.follows("残り")
        assessor.follows("次の基準を判定する")
        left = assessor.criteria_left()
        assessor.page.keyboard.press("1")
        expect(assessor.page.get_by_role("radio", name="適合").first).to_be_checked()
        assessor.main.get_by_role("checkbox").first.check()
        assessor.page.keyboard.press("Control+Enter")
        assessor.is_told("記録しました")
        assert assessor.criteria_left() == left - 1
        assessor.page.keyboard.press("?")
        assessor.main.get_by_label("キーボード操作を使う").uncheck()
        assessor.page.keyboard.press("2")
        expect(assessor.page.get_by_role("radio", name="不適合")).not_to_be_checked()
