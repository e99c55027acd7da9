"""TS 119 612 XML: the model rendered and read back, and lists of others read whatever they hold."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import trusted_list_factory as factory
from hypothesis import given, settings
from hypothesis import strategies as st
from list_strategies import issues

from qualified_list.domain.content import content_hash
from qualified_list.domain.errors import ListUnreadable
from qualified_list.domain.model import TrustedList, texts
from qualified_list.domain.signature import sign_list
from qualified_list.domain.xml import parse_list, render_list
from qualified_list.domain.xml.hardened import parse_xml
from trustreg.pki.trust import ServiceType, Usage

LISTS = factory.LISTS


@settings(max_examples=80, deadline=None)
@given(issues())
def test_what_is_rendered_is_read_back_the_same(issue: TrustedList) -> None:
    parsed = parse_list(render_list(issue))
    assert parsed.list == issue
    assert content_hash(parsed.list) == content_hash(issue)
    assert {warning.code for warning in parsed.warnings} <= {"history_repeats"}


def full_issue() -> TrustedList:
    """One of everything that stands on an own list but a pointer."""
    day = timedelta(days=1)
    past = (
        factory.state("qualified", factory.ISSUED - day, valid_until=factory.NEXT, scope=(Usage.ESIGN, Usage.ESEAL)),
        factory.state("qualified", factory.ISSUED - 2 * day, names=texts({"en": "Old <name> & co", "ja": "旧名"})),
        factory.state("specified", factory.ISSUED - 3 * day),
    )
    return factory.issue(
        factory.service("S1", current=factory.state("suspended", scope=(Usage.ESIGN,)), history=past),
        factory.service("S2", service_type=ServiceType.TSA, current=factory.state(scope=())),
        sequence=4,
    )


@pytest.mark.parametrize("issue", [full_issue(), factory.issue()], ids=["full", "empty"])
@pytest.mark.parametrize("key_type", ["p256", "rsa"])
def test_the_outside_check_accepts_what_we_publish(issue: TrustedList, key_type: str, tmp_path: Path) -> None:
    tool = factory.SHARED / "tools" / "check_list.py"
    if not tool.is_file():
        pytest.skip("shared/tools/check_list.py is not here")
    path = tmp_path / "tl.xml"
    path.write_bytes(sign_list(render_list(issue), key=factory.signer(key_type), at=issue.issued_at))
    done = subprocess.run([sys.executable, tool, path, "--publish"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_new_states_start_with_the_issue() -> None:
    draft = factory.issue(factory.service(current=factory.state(start=None)))
    assert parse_list(render_list(draft)).list.providers[0].services[0].state.start == factory.ISSUED


def test_history_names_the_key_without_a_certificate() -> None:
    xml = render_list(full_issue()).decode()
    history = xml.partition("<ServiceHistory>")[2].partition("</ServiceHistory>")[0]
    assert history.count("<X509SKI>") == 3
    assert "X509Certificate" not in history


@pytest.mark.parametrize("value", ["a\x00b", "a\x0bb", "a\ufffeb", "\ud800"])
def test_what_xml_cannot_carry_is_not_rendered(value: str) -> None:
    issue = factory.issue(factory.service(current=factory.state(names=texts({"en": value, "ja": "名"}))))
    with pytest.raises(ValueError, match="XML cannot carry"):
        render_list(issue)


def test_values_cannot_become_markup() -> None:
    evil = "</Name></ServiceName><ServiceStatus>x</ServiceStatus><!-- \" & '"
    names = texts({"en": evil, "ja": "<![CDATA["})
    issue = factory.issue(factory.service('S"><x/>', current=factory.state(names=names)))
    assert parse_list(render_list(issue)).list == issue


# Reading lists of others.


@factory.needs_lists
@pytest.mark.corpus
@pytest.mark.parametrize("path", sorted(LISTS.glob("**/*.xml")), ids=lambda path: path.name)
def test_every_real_list_is_read_or_refused_for_a_reason(path: Path) -> None:
    refused = {"CZ_empty.xml", "eu-lotl-not-parseable.xml"}
    if path.name in refused or path.parent.name == "lote":
        with pytest.raises(ListUnreadable):
            parse_list(path.read_bytes())
        return
    parsed = parse_list(path.read_bytes())
    assert parsed.list.sequence >= 1
    assert any(True for _ in parsed.list.services()) or parsed.list.pointers
    for _, service in parsed.list.services():
        assert service.service_id
        assert all(state.start is not None for state in service.states())


@factory.needs_lists
@pytest.mark.corpus
def test_oddities_of_real_lists_are_kept_as_warnings() -> None:
    codes = {warning.code for warning in parse_list((LISTS / "eu-2023" / "IT-194.xml").read_bytes()).warnings}
    assert codes == {"history_repeats"}
    codes = {warning.code for warning in parse_list((LISTS / "broken" / "tsl-pe.xml").read_bytes()).warnings}
    assert {"version", "tag", "language_missing"} <= codes
    codes = {
        warning.code
        for warning in parse_list((LISTS / "broken" / "fi-v6-no-tsp-information.xml").read_bytes()).warnings
    }
    assert "provider_information_missing" in codes


@factory.needs_lists
@pytest.mark.corpus
def test_a_real_list_is_read_with_its_qualifications_and_pointers() -> None:
    parsed = parse_list((LISTS / "tsl-be-v6.xml").read_bytes())
    assert (parsed.version, parsed.list.sequence, parsed.list.scheme.territory) == (6, 81, "BE")
    states = [state for _, service in parsed.list.services() for state in service.states()]
    assert any(state.qualifications for state in states)
    assert {usage for state in states for usage in state.scope} == set(Usage)
    (lotl,) = parsed.list.pointers
    assert lotl.territory == "EU"
    assert len(lotl.signers) >= 2


@factory.needs_lists
@pytest.mark.corpus
def test_arrangements_of_a_pointer_are_read() -> None:
    parsed = parse_list((LISTS / "mra" / "mra-lotl.xml").read_bytes())
    (pointer,) = [one for one in parsed.list.pointers if one.equivalences]
    line = next(one for one in pointer.equivalences if one.usage is Usage.ESIGN)
    assert line.foreign_type.endswith("/CA/QC/for-eSig")
    assert line.valid_statuses == ("http://zz-trusted-list.go.zz/TrstSvc/TrustedList/Svcstatus/granted",)


SMALL = render_list(full_issue())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_refused_in_our_own_words(data: bytes) -> None:
    with pytest.raises(ListUnreadable):
        parse_list(data)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(SMALL) - 1), st.integers(0, 40), st.binary(max_size=12))
def test_damaged_lists_are_read_or_refused_and_nothing_else(position: int, length: int, junk: bytes) -> None:
    damaged = SMALL[:position] + junk + SMALL[position + length :]
    try:
        parse_list(damaged)
    except ListUnreadable:
        return


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        b'<?xml version="1.0"?>\n<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>',
        b'<?xml version="1.0" encoding="UTF-16"?><x/>',
        '<?xml version="1.0"?><!DOCTYPE x><x/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x+AD4-<x/>',
        b"<x>&unknown;</x>",
        b"",
        b"\x00",
    ],
)
def test_no_doctype_no_entity_no_other_encoding(data: bytes) -> None:
    with pytest.raises(ListUnreadable):
        parse_list(data)


def test_the_size_of_what_is_read_is_limited() -> None:
    with pytest.raises(ListUnreadable, match="at most 10 are read"):
        parse_xml(b"<x>12345678</x>", max_bytes=10)


def test_a_comment_does_not_split_a_value() -> None:
    xml = render_list(full_issue()).replace(b"Svcstatus/suspended<", b"Svcstatus/suspen<!-- x -->ded<")
    assert parse_list(xml).list.providers[0].services[0].state.status == "suspended"


def test_a_critical_extension_that_is_not_understood_takes_the_state_out_of_use() -> None:
    extension = b'<Extension Critical="true"><x xmlns="urn:x"/></Extension></ServiceInformationExtensions>'
    xml = render_list(factory.issue(factory.service())).replace(b"</ServiceInformationExtensions>", extension)
    parsed = parse_list(xml)
    assert {warning.code for warning in parsed.warnings} == {"critical_unknown"}
    assert parsed.list.providers[0].services[0].state.level is None
    harmless = xml.replace(b'"true"><x', b'"false"><x')
    assert parse_list(harmless).list == factory.issue(factory.service())


def test_a_state_without_time_is_left_out_with_a_warning() -> None:
    xml = render_list(factory.issue(factory.service())).replace(
        b"<StatusStartingTime>2026-04-01T00:00:00Z", b"<StatusStartingTime>soon"
    )
    parsed = parse_list(xml)
    assert [warning.code for warning in parsed.warnings] == ["time_unreadable", "state_skipped"]
    assert parsed.list.providers[0].services == ()


def test_times_in_other_zones_are_converted_with_a_warning() -> None:
    before, after = b"<ListIssueDateTime>2026-04-01T00:00:00Z", b"<ListIssueDateTime>2026-04-01T09:00:00.5+09:00"
    xml = render_list(factory.issue()).replace(before, after)
    parsed = parse_list(xml)
    assert parsed.list == replace(factory.issue(), providers=())
    assert [warning.code for warning in parsed.warnings] == ["time_not_utc"]
