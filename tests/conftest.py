"""Shared fixtures: database tests run with the rights of the web process, as the product does."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.browser.pages import Addresses
from tests.live.demo import RunningDemo, free_port
from trustreg.base import embedded
from trustreg.conf import settings as conf

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("TRUSTREG_SHARED", ROOT.parent / "shared"))

_role: str | None = None


def _set_role(connection, role: str | None) -> None:  # type: ignore[no-untyped-def]
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE trustreg_{role}" if role else "RESET ROLE")


@pytest.fixture(scope="session", autouse=True)
def _static_files() -> None:
    """Pages name static files by their content, so these are collected first, as before every start."""
    from trustreg.base.static_files import collect

    collect()


@pytest.fixture(scope="session", autouse=True)
def _short_hashing() -> None:
    """Passwords of accounts are hashed as in production, in fewer rounds: guessing those of tests is no danger."""
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    PBKDF2PasswordHasher.iterations = 1000


@pytest.fixture(autouse=True)
def _foot_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """No page looks at the state of the system but in tests of that, so that counts of queries do not hang on time."""
    monkeypatch.setattr("trustreg.pages.navigation.STATE_SECONDS", float("inf"))


@pytest.fixture
def setting() -> Iterator[Callable[..., None]]:
    """`setting(name=value)` changes a typed setting until the test ends."""
    before: dict[str, object] = {}

    def change(**values: object) -> None:
        for name, value in values.items():
            before.setdefault(name, getattr(conf, name))
            object.__setattr__(conf, name, value)

    yield change
    for name, value in before.items():
        object.__setattr__(conf, name, value)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The embedded server need not survive a power failure for a test: emptying tables gets ten times faster."""
    if conf.database_url is None:
        address = embedded.ensure_server(conf.var)
        with embedded.administrator(address) as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session", autouse=True)
def _roles_of_new_connections() -> Iterator[None]:
    """A connection that a test's thread opens has the same rights as the test."""
    from django.db.backends.signals import connection_created

    def enter(connection, **_: object) -> None:  # type: ignore[no-untyped-def]
        if _role is not None:
            _set_role(connection, _role)

    connection_created.connect(enter)
    yield
    connection_created.disconnect(enter)


@contextmanager
def _acting_as(role: str) -> Iterator[None]:
    global _role
    from django.db import connection

    before = _role
    _role = role
    _set_role(connection, role)
    try:
        yield
    finally:
        _role = before
        if not connection.needs_rollback:
            _set_role(connection, before)


@pytest.fixture
def as_role() -> Callable[[str], AbstractContextManager[None]]:
    """`with as_role("worker"):` runs its body with the rights of that role (web, worker, signer, public, owner)."""
    return _acting_as


@pytest.fixture(autouse=True)
def _database_tests_run_as_web(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every database test has the rights of the web process; only making and emptying tables is the owner's."""
    global _role
    if (
        not {"db", "transactional_db"} & set(request.fixturenames)
        and request.node.get_closest_marker("django_db") is None
    ):
        yield
        return
    request.getfixturevalue("transactional_db" if _is_transactional(request) else "db")
    from django.db import connection

    _role = "web"
    _set_role(connection, "web")
    yield
    _role = None
    if connection.connection is not None and not connection.needs_rollback:
        _set_role(connection, None)
    elif connection.connection is not None:
        connection.connection.rollback()
        connection.close()


def _is_transactional(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    return "transactional_db" in request.fixturenames or bool(marker and marker.kwargs.get("transaction"))


@pytest.fixture
def shared() -> Path:
    """The folder of documents and schemas that are not ours to commit."""
    if not (SHARED / "corpus").is_dir():
        pytest.skip(f"the corpus of other projects' documents is not at {SHARED} (set TRUSTREG_SHARED)")
    return SHARED


@pytest.fixture(scope="session")
def demo() -> Iterator[RunningDemo]:
    """The whole product with its story told, on free ports; one for all tests of the session.

    `TRUSTREG_TEST_DEMO=folder:port:port of the authorities` names one that runs already.
    """
    if given := os.environ.get("TRUSTREG_TEST_DEMO"):
        place, port, pki_port = given.rsplit(":", 2)
        yield RunningDemo(Path(place), int(port), int(pki_port))
        return
    # Not under pytest's own folder: as root, the embedded database runs as another user, who cannot enter there.
    conf.var.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="live-", dir=conf.var))
    folder.chmod(0o755)
    running = RunningDemo(folder / "var", free_port(), free_port())
    try:
        running.start()
        yield running
    finally:
        if running.process is not None:
            running.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def addresses(demo: RunningDemo) -> Addresses:
    """Where the pages of this demo are, for each of its people."""
    return Addresses(demo)
