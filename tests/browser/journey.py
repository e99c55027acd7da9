"""People at work in browsers of their own, by what they can see: links, buttons and labels."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import Browser, Page, expect

from tests.live import test_golden_path as over_http
from tests.live.demo import RunningDemo, Visitor
from trustreg.demo.pki.authority import DemoPki
from trustreg.demo.pki.document import blank_pdf
from trustreg.demo.pki.signer import sign_pdf
from trustreg.demo.pki.specs import KeyAlgorithm, ProviderSpec, ServiceKind, ServiceSpec, corporate_number
from trustreg.demo.samples.build import PERSON, next_second

PATIENCE = 30_000  # milliseconds; pages answer in less, a busy machine takes its time
PUBLIC_WITHIN = 90_000  # milliseconds from an approval to what anybody can see


class Account(NamedTuple):
    """What somebody signs in with."""

    email: str
    password: str


def account(who: str) -> Account:
    """The account of one of the demo's people, by what stands before the @."""
    return Account(f"{who}@demo.example.jp", f"demo-{who}-2026")


class Somebody:
    """One person before one browser."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.main = page.locator("main")

    def opens(self, path: str) -> None:
        """Type an address: only where somebody begins."""
        self.page.goto(path)

    def signs_in(self, account: Account) -> None:
        """From home, with address and password; ends at the inbox."""
        self.opens("/")
        self.page.get_by_role("banner").get_by_role("link", name="サインイン").click()
        self.page.get_by_label("メールアドレス").fill(account.email)
        self.page.get_by_label("パスワード").fill(account.password)
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

    def checks(self, document: Path) -> None:
        """Hand a document in on the page that checks; ends at the result."""
        self.goes_to("文書を確かめる")
        self.hands_in("ここにファイルを置くか、選んでください", document)
        self.presses("判定する")
        self.reads("判定結果")

    def has_taken_up(self, service: str) -> None:
        """From the inbox, the row of this service whose turn it is."""
        self.goes_to("受信箱")
        self.main.get_by_role("row", name=service).get_by_role("link").first.click()


@contextmanager
def somebody(browser: Browser, demo: RunningDemo, *, scripts: bool) -> Iterator[Somebody]:
    """A person who has just opened a browser in which nobody is signed in."""
    with browser.new_context(java_script_enabled=scripts, base_url=demo.base, locale="ja-JP") as context:
        context.set_default_timeout(PATIENCE)
        yield Somebody(context.new_page())


class Newcomer:
    """A provider that has just been entered, with one officer and the keys of one certification authority.

    New for each journey: a body may not send the same lead to one provider again and again.
    """

    def __init__(self, demo: RunningDemo) -> None:
        token = secrets.token_hex(3)
        self._demo = demo
        self._key = f"michi-{token}"
        self.name = f"みちしるべ署名 {token}"
        self.name_en = f"Michishirube Signatures {token}"
        self._spec = ServiceSpec(self._key, self.name, self.name_en, ServiceKind.ESIGN_CA, KeyAlgorithm.P_256)
        number = corporate_number(f"0104{secrets.randbelow(10**8):08d}")
        provider = ProviderSpec(
            self._key, f"みちしるべ認証株式会社 {token}", f"Michishirube K.K. {token}", number, (self._spec,)
        )
        self._pki = DemoPki.create_or_load(
            demo.var / "demo" / "pki", base_url=f"http://127.0.0.1:{demo.pki_port}", providers=(provider,)
        )
        admin = people_of(demo, "admin")
        self._organisation = over_http.organisation(
            admin, "provider", provider.name_ja, provider.name_en, provider.corporate_number
        )
        self.officer = Account(f"{self._key}@journey.example.jp", f"way-{token}-officer-2026")
        over_http.hire(admin, self._organisation, ("provider_officer",), "導 歩", *self.officer)

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

    def becomes_qualified(self) -> None:
        """Without pages, as what a journey begins with: people of the demo grant it over HTTP."""
        demo = self._demo
        lead = people_of(demo, "minato-lead")
        people: Any = SimpleNamespace(
            provider=self._organisation,
            cab=demo.story["minato"],
            officer=Visitor(demo.base, *self.officer),
            lead=lead,
            lead_id=lead.get("/session")["account"]["person"],  # type: ignore[index] # an object
            decider=people_of(demo, "minato-decider"),
            proposer=people_of(demo, "proposer"),
            approver=people_of(demo, "approver"),
        )
        listed = self._pki.listed_certificate(self._key).public_bytes(Encoding.DER)
        _, application, evidence = over_http.apply(people, listed, self._spec)
        over_http.assess(people, application, evidence)
        over_http.decide(people, {"kind": "grant", "application_id": application, "reasons": over_http.REASONS})
        over_http.waits_for(lambda: over_http.listed_id(demo, hashlib.sha256(listed).hexdigest()))


def people_of(demo: RunningDemo, who: str) -> Visitor:
    """Somebody of the demo, over HTTP."""
    return Visitor(demo.base, *account(who))


def paper(folder: Path, name: str, title: str) -> Path:
    """A document to hand in."""
    file = folder / name
    file.write_bytes(blank_pdf(title, ["Practice statement"]))
    return file
