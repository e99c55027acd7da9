"""What changed from one issue of the list to another, in data and in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from qualified_list.compilation import state_as_json
from qualified_list.domain.model import ListedServiceEntry, Provider, State, TrustedList, by_language

STATUS_WORDS: Final = {
    "qualified": {"ja": "クオリファイドサービス", "en": "qualified"},
    "specified": {"ja": "特定サービス", "en": "specified"},
    "suspended": {"ja": "一時停止", "en": "suspended"},
    "withdrawn": {"ja": "取消し", "en": "withdrawn"},
}

_PARTS: Final = {
    "names": {"ja": "名称", "en": "the names"},
    "scope": {"ja": "用途", "en": "the scope"},
    "qualifications": {"ja": "修飾子", "en": "the qualifiers"},
    "valid_until": {"ja": "有効期限", "en": "the end of the grant"},
}


def differences(before: TrustedList, after: TrustedList) -> list[dict[str, Any]]:
    """Changes from `before` to `after`, in list order.

    Each is `{"kind", "service", "provider", "before", "after", "message": {"ja", "en"}}`; kinds are `service_added`,
    `service_removed`, `status_changed`, `details_changed` (with `parts`), `service_updated` (addresses, certificates),
    `provider_added`, `provider_updated` and `scheme_updated`.
    """
    return list(_changes(before, after))


def _changes(before: TrustedList, after: TrustedList) -> Iterator[dict[str, Any]]:
    if before.scheme != after.scheme:
        yield _change("scheme_updated", "スキーム情報が変わりました。", "The scheme information changed.")
    providers = {provider.provider_id: provider for provider in before.providers}
    for provider in after.providers:
        earlier = providers.get(provider.provider_id)
        names = by_language(provider.names)
        if earlier is None:
            yield _change(
                "provider_added",
                f"事業者「{_word(names, 'ja')}」が加わりました。",
                f"The provider {_word(names, 'en')} was added.",
                provider=provider.provider_id,
            )
        elif replace(earlier, services=()) != replace(provider, services=()):
            yield _change(
                "provider_updated",
                f"事業者「{_word(names, 'ja')}」の名称・住所などが変わりました。",
                f"Names or addresses of the provider {_word(names, 'en')} changed.",
                provider=provider.provider_id,
            )
    known = {entry.service_id: entry for _, entry in before.services()}
    for provider, entry in after.services():
        yield from _service(provider, known.pop(entry.service_id, None), entry)
    for entry in known.values():
        names = by_language(entry.state.names)
        yield _change(
            "service_removed",
            f"「{_word(names, 'ja')}」が掲載されていません。",
            f"{_word(names, 'en')} is no longer there.",
            service=entry.service_id,
        )


def _service(
    provider: Provider, before: ListedServiceEntry | None, after: ListedServiceEntry
) -> Iterator[dict[str, Any]]:
    names = by_language(after.state.names)
    ja, en = _word(names, "ja"), _word(names, "en")
    now = _shape(after.state)
    if before is None:
        words = STATUS_WORDS.get(after.state.status, {})
        yield _change(
            "service_added",
            f"「{ja}」を{_word(words, 'ja')}として掲載しました。",
            f"{en} was listed as {_word(words, 'en')}.",
            after=now,
            service=after.service_id,
            provider=provider.provider_id,
        )
        return
    was = _shape(before.state)
    if before.state.status != after.state.status:
        old, new = STATUS_WORDS.get(before.state.status, {}), STATUS_WORDS.get(after.state.status, {})
        yield _change(
            "status_changed",
            f"「{ja}」が{_word(old, 'ja')}から{_word(new, 'ja')}に変わりました。",
            f"{en} changed from {_word(old, 'en')} to {_word(new, 'en')}.",
            before=was,
            after=now,
            service=after.service_id,
            provider=provider.provider_id,
        )
    parts = [part for part in _PARTS if was[part] != now[part]]
    if parts:
        yield _change(
            "details_changed",
            f"「{ja}」の{'・'.join(_PARTS[part]['ja'] for part in parts)}が変わりました。",
            f"Of {en}, {' and '.join(_PARTS[part]['en'] for part in parts)} changed.",
            before=was,
            after=now,
            parts=parts,
            service=after.service_id,
            provider=provider.provider_id,
        )
    if _addresses(before) != _addresses(after):
        yield _change(
            "service_updated",
            f"「{ja}」の証明書またはアドレスが変わりました。",
            f"Certificates or addresses of {en} changed.",
            before=was,
            after=now,
            service=after.service_id,
            provider=provider.provider_id,
        )


def _addresses(entry: ListedServiceEntry) -> tuple[object, ...]:
    return (entry.identities, entry.supply_points, entry.definition_uri)


def _shape(state: State) -> dict[str, Any]:
    shaped = state_as_json(state)
    shaped["names"] = by_language(state.names)
    return shaped


def _word(words: dict[str, str], language: str) -> str:
    return words.get(language) or next(iter(words.values()), "?")


def _change(
    kind: str,
    ja: str,
    en: str,
    *,
    service: str | None = None,
    provider: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    parts: list[str] | None = None,
) -> dict[str, Any]:
    return {
        "kind": kind,
        "service": service,
        "provider": provider,
        "before": before,
        "after": after,
        "parts": parts or [],
        "message": {"ja": ja, "en": en},
    }
