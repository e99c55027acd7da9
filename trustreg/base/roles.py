"""The database roles (design 3.4): a process can do what its role may, whatever its code asks for.

`owner` makes tables and does nothing else; `web` and `worker` read and write rows, never TRUNCATE; `signer` and
`public` have only what a migration grants them. None is a superuser, none bypasses row security.
"""

from __future__ import annotations

from typing import Final

OWNER: Final = "trustreg_owner"
WEB: Final = "trustreg_web"
WORKER: Final = "trustreg_worker"
SIGNER: Final = "trustreg_signer"
PUBLIC: Final = "trustreg_public"
PROCESS_ROLES: Final = (WEB, WORKER, SIGNER, PUBLIC)

# Run once by a database administrator; `deploy/roles.sql` holds the same statements for a server of one's own.
BOOTSTRAP_ROLES: Final = tuple(
    "DO $$ BEGIN "
    f"IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN "
    f"CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB; "
    "END IF; END $$"
    for role in (OWNER, *PROCESS_ROLES)
) + tuple(f"GRANT {role} TO {OWNER}" for role in PROCESS_ROLES)

# Run by the owner before the first table of a database is made, so that every table is born with them.
DEFAULT_PRIVILEGES: Final = (
    f"GRANT USAGE ON SCHEMA public TO {', '.join(PROCESS_ROLES)}",
    f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {WEB}, {WORKER}",
    f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {WEB}, {WORKER}, {SIGNER}",
)
