"""`python -m deploy.lint`: the deployment files agree with each other and with the code.

No container engine is needed: the files are read as text, so that a slip is found where none runs.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import yaml

from trustreg.base.roles import BOOTSTRAP_ROLES, OWNER, PROCESS_ROLES

ROOT = Path(__file__).resolve().parent.parent
SERVICES = {"migrate", "web", "worker", "scheduler", "signer", "database", "broker", "nginx"}


def roles_sql() -> str:
    """What `deploy/roles.sql` must hold: the roles of `trustreg.base.roles`, and the database they work in."""
    statements = ";\n".join(BOOTSTRAP_ROLES)
    return (
        "-- Made from trustreg.base.roles (python -m deploy.lint --write). Run once as a superuser;\n"
        "-- then give each role its password:\n"
        f"--   ALTER ROLE {OWNER} PASSWORD '...';  and so on for {', '.join(PROCESS_ROLES)}\n"
        f"{statements};\nCREATE DATABASE trustreg OWNER {OWNER} ENCODING 'UTF8';\n"
    )


def problems() -> list[str]:
    """Everything that is wrong, one sentence each."""
    found = []
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    services = compose["services"]
    if set(services) != SERVICES:
        found.append(f"docker-compose.yml: services are {sorted(services)}, expected {sorted(SERVICES)}")
    for name in sorted(SERVICES - {"database", "broker", "nginx"}):
        service = services[name]
        if not service.get("read_only") or service.get("cap_drop") != ["ALL"]:
            found.append(f"docker-compose.yml: {name} is not read-only without capabilities")
    with_keys = {
        name
        for name, service in services.items()
        if any(str(v).startswith("keys:") for v in service.get("volumes", []))
    }
    if with_keys != {"signer"}:
        found.append(f"docker-compose.yml: the key volume is seen by {sorted(with_keys)}, expected only the signer")
    dockerfile = (ROOT / "Dockerfile").read_text()
    if "--require-hashes" not in dockerfile or not re.search(r"^USER \d+", dockerfile, re.MULTILINE):
        found.append("Dockerfile: packages must be installed by hash and the process must not be root")
    nginx = (ROOT / "deploy" / "nginx.conf").read_text()
    if nginx.count("{") != nginx.count("}"):
        found.append("deploy/nginx.conf: braces do not match")
    places = ("location /tl/", "location /log/")
    found += [f"deploy/nginx.conf: {place} is not served from disk" for place in places if place not in nginx]
    uploads = {  # what the web process takes with the limits as they are set by default, in millions of bytes
        "location = /api/v1/validations {": (2 * 50 + 17) * 4 / 3 + 1,
        "location ~ ^(/en)?/check$ {": 2 * 50 + 1,
        "location = /api/v1/validations/batch {": 200 + 1,
    }
    for place, least in uploads.items():
        size = re.search(r"client_max_body_size (\d+)m;", nginx.partition(place)[2])
        if size is None or int(size[1]) * 1.048576 < least:
            found.append(f"deploy/nginx.conf: {place[:-2]} takes less than the web process")
    if (ROOT / "deploy" / "roles.sql").read_text() != roles_sql():
        found.append("deploy/roles.sql differs from trustreg.base.roles; run python -m deploy.lint --write")
    return found


if __name__ == "__main__":
    if "--write" in sys.argv:
        (ROOT / "deploy" / "roles.sql").write_text(roles_sql())
    findings = problems()
    for finding in findings:
        sys.stderr.write(finding + "\n")
    sys.exit(1 if findings else 0)
