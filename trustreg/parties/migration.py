"""A migration operation for rows that are born complete and may change in a few named columns only."""

from __future__ import annotations

from django.db.migrations.operations.special import RunSQL

from trustreg.base import roles


class OnlyColumns(RunSQL):
    """Rows of `table` are never removed, and nothing but `columns` ever changes, not even by its owner.

    Needs the function `trustreg_refuse_change_beyond` of `parties.0001_initial`.
    """

    def __init__(self, table: str, *columns: str) -> None:
        allowed = ", ".join(f"'{column}'" for column in columns)
        super().__init__(
            f"CREATE TRIGGER {table}_only_columns BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION trustreg_refuse_change_beyond({allowed});"
            f"REVOKE DELETE ON {table} FROM {roles.WEB}, {roles.WORKER};",
            f"DROP TRIGGER {table}_only_columns ON {table}; GRANT DELETE ON {table} TO {roles.WEB}, {roles.WORKER};",
        )
