"""People at work in browsers of their own, by what they can see: links, buttons and labels."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import Browser, Page, expect

from tests.live.demo import RunningDemo
from trustreg.demo.cast import PROVIDERS
from trustreg.demo.pki.authority import DemoPki
from trustreg.demo.pki.document import blank_pdf
from trustreg.demo.pki.signer import sign_pdf
from trustreg.demo.pki.specs import KeyAlgorithm, ProviderSpec, ServiceKind, ServiceSpec
from trustreg.demo.samples.build import PERSON, next_second

PATIENCE = 30_000  # milliseconds; pages answer in less, a busy machine takes its time
PUBLIC_WITHIN = 90_000  # milliseconds from an approval to what anybody can see


class Somebody:
    """One person before one browser; `who` is the account's name before the @, "" for a visitor from the public."""

    def __init__(self, page: Page, who: str, *, scripts: bool) -> None:
        self.page = page
        self.who = who
        self.scripts = scripts
        self.main = page.locator("main")

    def opens(self, path: str) -> None:
        """Type an address: only where somebody begins."""
        self.page.goto(path)

    def signs_in(self) -> None:
        """From home, with address and password; ends at the inbox."""
        self.opens("/")
        self.page.get_by_role("banner").get_by_role("link", name="サインイン").click()
        self.page.get_by_label("メールアドレス").fill(f"{self.who}@demo.example.jp")
        self.page.get_by_label("パスワード").fill(f"demo-{self.who}-2026")
        self.presses("サインインする")
        self.reads("受信箱")

    def follows(self, link: str, *, exact: bool = False) -> None:
        """Follow a link of the page's content."""
        self.main.get_by_role("link", name=link, exact=exact).first.click()

    def goes_to(self, place: str) -> None:
        """Follow a link of the main navigation."""
        self.page.get_by_role("navigation", name="主なページ").get_by_role("link", name=place).click()

    def presses(self, button: str) -> None:
        """Press the button of this name, and no other."""
        self.main.get_by_role("button", name=button, exact=True).click()

    def chooses(self, label: str, option: str | None = None) -> None:
        """A radio button or check box by its label; or an option of the field with this label."""
        if option is not None:
            self.main.get_by_role("combobox", name=label).select_option(label=option)
            return
        boxes = self.main.get_by_role("radio", name=label).or_(self.main.get_by_role("checkbox", name=label))
        boxes.first.check()

    def writes(self, label: str, text: str) -> None:
        """Into the field with this label."""
        self.main.get_by_role("textbox", name=label).fill(text)

    def hands_in(self, label: str, file: Path) -> None:
        """A file, by the field with this label."""
        self.main.get_by_label(label).set_input_files(file)

    def unfolds(self, title: str) -> None:
        """Open a fold of the page, unless it is open."""
        fold = self.main.locator("details", has=self.page.locator("summary", has_text=title)).first
        if fold.get_attribute("open") is None:
            fold.locator("summary").first.click()

    def reads(self, heading: str) -> None:
        """The heading of the page says this."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(heading, timeout=PATIENCE)

    def sees(self, *texts: str) -> None:
        """All of this stands on the page."""
        for text in texts:
            expect(self.main).to_contain_text(text, timeout=PATIENCE)

    def is_told(self, text: str) -> None:
        """What was done is confirmed, in the place where that is announced."""
        expect(self.main.get_by_role("status").filter(has_text=text).first).to_be_visible(timeout=PATIENCE)

    def criteria_left(self) -> int:
        """How many criteria of the open case have no result yet, as its head says."""
        said = self.main.get_by_text("未判定").first.inner_text()
        return int(said.rpartition("未判定")[2])

    def has_taken_up(self, service: str) -> None:
        """From the inbox, the row of this service whose turn it is."""
        self.goes_to("受信箱")
        self.main.get_by_role("row", name=service).get_by_role("link").first.click()


@contextmanager
def somebody(browser: Browser, demo: RunningDemo, who: str = "", *, scripts: bool = True) -> Iterator[Somebody]:
    """A person who has just opened a browser in which nobody is signed in."""
    with browser.new_context(java_script_enabled=scripts, base_url=demo.base, locale="ja-JP") as context:
        context.set_default_timeout(PATIENCE)
        yield Somebody(context.new_page(), who, scripts=scripts)


class Authority:
    """A certification authority of Asahi that is new: the service of a journey."""

    def __init__(self, demo: RunningDemo, key: str, name_ja: str, name_en: str) -> None:
        self.name_ja, self.name_en = name_ja, name_en
        asahi = next(provider for provider in PROVIDERS if provider.key == "asahi")
        service = ServiceSpec(key, name_ja, name_en, ServiceKind.ESIGN_CA, KeyAlgorithm.P_256)
        spec = ProviderSpec(asahi.key, asahi.name_ja, asahi.name_en, asahi.corporate_number, (service,))
        self._key = key
        self._pki = DemoPki.create_or_load(
            demo.var / "demo" / "pki", base_url=f"http://127.0.0.1:{demo.pki_port}", providers=(spec,)
        )

    def certificate(self, folder: Path) -> Path:
        """The certificate that belongs on the trusted list, as a file."""
        file = folder / f"{self._key}.pem"
        file.write_bytes(self._pki.listed_certificate(self._key).public_bytes(Encoding.PEM))
        return file

    def signs(self, file: Path) -> Path:
        """A contract signed now, with proof of time, by somebody whose certificate is issued for it."""
        next_second()
        # In a thread of its own: signing has an event loop, and so has the browser.
        with ThreadPoolExecutor(1) as room:
            file.write_bytes(room.submit(self._signed).result())
        return file

    def _signed(self) -> bytes:
        signer = self._pki.issue(self._key, PERSON, "signature")
        tsa = self._pki.url("hokuto-tsa", "tsa")
        return sign_pdf(blank_pdf("契約書", ["Contract"]), credential=signer, level="T", tsa=tsa)


def paper(folder: Path, name: str, title: str) -> Path:
    """A document to hand in."""
    file = folder / name
    file.write_bytes(blank_pdf(title, ["Practice statement"]))
    return file
