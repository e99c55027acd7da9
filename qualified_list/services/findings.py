"""Findings against a list, in the form in which they are stored and shown."""

from __future__ import annotations

from typing import Any

Findings = list[dict[str, Any]]
"""`[{"code", "where", "message": {"ja", "en"}}]`"""


def finding(code: str, where: str, en: str, ja: str) -> dict[str, Any]:
    """One finding; `where` says which part of the list is meant."""
    return {"code": code, "where": where, "message": {"en": en, "ja": ja}}
