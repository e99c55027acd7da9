"""The engine that a child of the pool builds: trust, enrichers and egress from plain settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from signing.child import resolve
from signing.domain.formats import AbsentDocument, DetachedDocument
from signing.domain.validation import validate_document
from trustreg.pki.certificates import load_certificate
from trustreg.pki.egress import Budget, EgressClient

Engine = Callable[[bytes, dict[str, Any], list[bytes]], dict[str, Any]]


def build(settings: Mapping[str, Any], data: bytes, anchors: list[bytes]) -> Engine:
    """One engine for one trust snapshot.

    Settings: `trust_loader` (`module:callable`, called with the snapshot's bytes, returns a `TrustSource`), `enrichers`
    and `requirement` (`module:callable`, called with (trust, settings, options of the request); an enricher
    factory returns an `Enricher`, the requirement factory a `RequirementCheck` or None), `egress` (`enabled`, `allow`,
    `seconds`, `fetches`). Options of a request: `filename`, `detached` (names; what follows these
    documents is evidence that the caller supplies), `digests` (name -> hexadecimal),
    `absent` ([[file name, {digest name: hexadecimal}], …]), `assume_digests`, `particulars` (true: in the report too),
    `policy`, `now`, `at` (ISO 8601), `anonymous` (then only hosts named in chains that end in a listed service are
    asked).
    """
    trust = resolve(settings["trust_loader"])(data)
    extra = [load_certificate(anchor) for anchor in anchors]
    enricher_factories = [resolve(path) for path in settings.get("enrichers", ())]
    requirement_factory = resolve(settings["requirement"]) if settings.get("requirement") else None
    egress = settings.get("egress", {})
    client = EgressClient(allow=tuple(egress.get("allow", ()))) if egress.get("enabled", True) else None

    def validate(document: bytes, options: dict[str, Any], beside: list[bytes]) -> dict[str, Any]:
        budget = Budget(seconds=float(egress.get("seconds", 3.0)), fetches=int(egress.get("fetches", 8)))
        names = options.get("detached") or []
        report = validate_document(
            document,
            filename=str(options.get("filename") or ""),
            detached=[DetachedDocument(str(name), content) for name, content in zip(names, beside, strict=False)],
            supplied=beside[len(names) :],
            digests={str(name): bytes.fromhex(str(value)) for name, value in (options.get("digests") or {}).items()},
            absent=[
                AbsentDocument(str(name), {str(one): bytes.fromhex(str(value)) for one, value in values.items()})
                for name, values in options.get("absent") or ()
            ],
            assume_digests=bool(options.get("assume_digests")),
            particulars=bool(options.get("particulars")),
            policy=options.get("policy") or None,
            trust=trust,
            extra_anchors=extra,
            now=datetime.fromisoformat(options["now"]),
            at=datetime.fromisoformat(options["at"]) if options.get("at") else None,
            fetcher=client.fetcher(budget=budget) if client else None,
            restricted_fetcher=(lambda hosts: client.fetcher(budget=budget, hosts=hosts))
            if client and options.get("anonymous", True)
            else None,
            enrichers=[factory(trust, settings, options) for factory in enricher_factories],
            requirement=requirement_factory(trust, settings, options) if requirement_factory else None,
        )
        return report.to_json()

    return validate
