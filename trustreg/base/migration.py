"""Migration operations that repeat the law in PostgreSQL: append-only history, grants to roles, triggers."""

from __future__ import annotations

from django.db.migrations.operations.special import RunSQL

from trustreg.base import roles

_ROLE_NAMES = {
    "web": roles.WEB,
    "worker": roles.WORKER,
    "signer": roles.SIGNER,
    "public": roles.PUBLIC,
    "owner": roles.OWNER,
}


class AppendOnly(RunSQL):
    """Rows of `table` are never changed or removed, not even by its owner."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION trustreg_refuse_change();"
            f"REVOKE UPDATE, DELETE ON {table} FROM {roles.WEB}, {roles.WORKER};",
            f"DROP TRIGGER {table}_append_only ON {table};"
            f"GRANT UPDATE, DELETE ON {table} TO {roles.WEB}, {roles.WORKER};",
        )


class Grant(RunSQL):
    """`privileges` (SQL words) on `table` (or a view) to the role with this short name."""

    def __init__(self, privileges: str, table: str, role: str) -> None:
        name = _ROLE_NAMES[role]
        super().__init__(f"GRANT {privileges} ON {table} TO {name}", f"REVOKE {privileges} ON {table} FROM {name}")


class Revoke(RunSQL):
    """Take `privileges` on `table` from the role with this short name."""

    def __init__(self, privileges: str, table: str, role: str) -> None:
        name = _ROLE_NAMES[role]
        super().__init__(f"REVOKE {privileges} ON {table} FROM {name}", f"GRANT {privileges} ON {table} TO {name}")


class Trigger(RunSQL):
    """A row trigger `name` on `table`; `body` is the inside of a PL/pgSQL block and must return NEW, OLD or NULL.

    `timing` is SQL such as `BEFORE INSERT`. With `deferred` it is a constraint trigger that runs at commit.
    A refusal in `body` raises with ERRCODE check_violation, so that callers can tell it from a broken database.
    """

    def __init__(
        self, name: str, table: str, timing: str, body: str, *, declare: str = "", deferred: bool = False
    ) -> None:
        kind = "CREATE CONSTRAINT TRIGGER" if deferred else "CREATE TRIGGER"
        when = "DEFERRABLE INITIALLY DEFERRED " if deferred else ""
        declaration = f"DECLARE {declare} " if declare else ""
        # SECURITY DEFINER: a rule sees the rows it needs even where the acting role may not read them.
        super().__init__(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
            f"SET search_path = public, pg_temp AS $trustreg$ {declaration}BEGIN {body} END $trustreg$;"
            f"{kind} {name} {timing} ON {table} {when}FOR EACH ROW EXECUTE FUNCTION {name}();",
            f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();",
        )


class Dated(Trigger):
    """`column` says when PostgreSQL took a row of `table` in, whatever the one who wrote it said."""

    def __init__(self, table: str, column: str) -> None:
        super().__init__(
            f"{table}_{column}_is_now", table, "BEFORE INSERT", f"NEW.{column} := clock_timestamp(); RETURN NEW;"
        )


class Present(Trigger):
    """A row of `table` is refused unless its `column` is within five seconds of PostgreSQL's clock.

    Needs the function `trustreg_is_now` of `parties.0001_initial`.
    """

    def __init__(self, table: str, column: str) -> None:
        super().__init__(
            f"{table}_{column}_is_present",
            table,
            "BEFORE INSERT",
            f"IF NOT trustreg_is_now(NEW.{column}) THEN RAISE EXCEPTION 'a row of {table} is dated now' "
            "USING ERRCODE = 'check_violation'; END IF; RETURN NEW;",
        )
