"""The wiring names tasks that exist: a message to nobody would be lost silently."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

from celery import current_app
from django.conf import settings

import trustreg.celery  # noqa: F401 - registers the tasks

ROOT = Path(__file__).resolve().parent.parent
APPS = ("trustreg", "signing", "conformity", "certification", "qualified_list")


def tasks() -> set[str]:
    current_app.loader.import_default_modules()
    return set(current_app.tasks)


def topics(path: Path) -> set[str]:
    """The topics that a module emits, written out or by the name of a constant."""
    calls = [
        node.args[0]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "emit" and node.args
    ]
    if not calls:
        return set()
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return {node.value if isinstance(node, ast.Constant) else getattr(module, node.id) for node in calls}


def test_every_subscriber_is_a_task() -> None:
    named = {name for names in settings.TRUSTREG_SUBSCRIPTIONS.values() for name in names}
    assert named <= tasks()


def test_every_scheduled_task_is_a_task() -> None:
    assert {entry["task"] for entry in settings.CELERY["beat_schedule"].values()} <= tasks()


def test_every_topic_that_is_emitted_is_wired() -> None:
    """Each `outbox.emit("topic", …)` in the code stands in the table of subscriptions, if only with nobody."""
    emitted = {topic for app in APPS for path in (ROOT / app).rglob("*.py") for topic in topics(path)}
    assert "certification.decision.approved" in emitted
    assert emitted <= set(settings.TRUSTREG_SUBSCRIPTIONS)


def test_every_setting_is_documented() -> None:
    code = (ROOT / "trustreg" / "conf.py").read_text()
    names = {
        node.value
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("TRUSTREG_")
        if node.value.isupper() and " " not in node.value
    }
    text = (ROOT / "docs" / "settings.md").read_text()
    assert sorted(name for name in names if f"`{name}`" not in text) == []
