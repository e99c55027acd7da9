"""What tests of the page that checks documents and of its results share."""

from __future__ import annotations

import copy
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

import trustreg.celery  # noqa: F401 - jobs are sent through the application, not to a default broker
from signing import services, surroundings
from trustreg.base import clock

HTML = {"accept": "text/html"}


RUBBISH = b"%PDF-1.7\nnot really\n%%EOF"


def page(client: Client, address: str) -> str:
    response = client.get(address, headers=HTML)
    assert response.status_code == 200, response.content
    return response.content.decode()


def send(client: Client, content: bytes = RUBBISH, name: str = "a.pdf", *, prefix: str = "", **more: Any):
    return client.post(f"{prefix}/check", {"document": SimpleUploadedFile(name, content), **more}, headers=HTML)


def result(client: Client, *arguments: Any, **more: Any) -> str:
    response = send(client, *arguments, **more)
    assert response.status_code == 302, response.content.decode()[:2000]
    return page(client, response["Location"])


PASSED: dict[str, Any] = {
    "validation_time": "2026-11-23T12:46:34Z",
    "policy": "default-2026",
    "list": {"sequence": 7, "sha256": "4f" * 32, "territory": "JP"},
    "trust_version": "x",
    "document": {"filename": "契約書.pdf", "sha256": "3a" * 32, "size": 28482, "format": "PAdES"},
    "indication": "TOTAL-PASSED",
    "sub_indication": None,
    "hypothetical": False,
    "requirement": None,
    "signatures": [
        {
            "id": "S1-53c15d542db3c0fa",
            "name": "Signature1",
            "kind": "signature",
            "format": "PAdES",
            "level": "BASELINE-T",
            "indication": "TOTAL-PASSED",
            "sub_indication": None,
            "intact": True,
            "coverage": "whole",
            "modifications": "none",
            "hypothetical": False,
            "signing_time": "2026-11-23T12:45:55Z",
            "best_signature_time": "2026-11-23T12:45:56Z",
            "signer": {
                "subject": "CN=山田 花子,C=JP",
                "certificate_sha256": "42" * 32,
                "issuer": "CN=CA",
                "serial": "7",
                "not_before": "2026-11-01T00:00:00Z",
                "not_after": "2028-11-22T12:45:55Z",
                "common_name": "山田 花子",
                "organization": None,
                "organization_identifier": None,
                "device_oid": None,
                "identity": None,
            },
            "reason": None,
            "location": None,
            "qualification": "QESIG",
            "assuming": None,
            "trust": "list",
            "service": {
                "id": "4ddebdff-e6de-58d4-9a76-57c638cee61b",
                "name": {"en": "Asahi Signatures", "ja": "あさひ電子署名"},
                "territory": "JP",
                "provider": {"id": "x", "name": {"en": "Asahi", "ja": "あさひ"}, "corporate_number": None},
                "level": "qualified",
                "status_at_issuance": "qualified",
                "status_at_best_time": "qualified",
            },
            "timestamps": [],
            "algorithms": ["ecdsa sha256 secp256r1", "sha256"],
            "checks": [
                {"name": "revocation", "result": "pass", "detail": {"ja": "失効していません。", "en": "Not revoked."}},
                {"name": "algorithms", "result": "pass", "detail": {"ja": "信頼できます。", "en": "Reliable."}},
            ],
            "errors": [],
            "warnings": [],
        }
    ],
    "timestamps": [],
    "errors": [],
    "warnings": [],
}


def kept(**changes: Any) -> str:
    """A stored report like PASSED; `changes` go to the document, those of `signature` to its signature."""
    body = copy.deepcopy(PASSED)
    body["signatures"][0] |= changes.pop("signature", {})
    return services.report_create({**body, **changes}, account_id=None, at=clock.now()).pk


class DemoHouse:
    """What surrounds the page in the demo: one sample, and nothing else."""

    def document_types(self):
        return []

    def samples(self):
        from trustreg.base.words import Words

        return [surroundings.Sample("x.pdf", Words("見本", "Sample"), Words("壊れています", "Broken"), main=True)]

    def sample_bytes(self, name):
        return RUBBISH

    def decision(self, *_):
        return None

    def states(self, *_):
        return ()
