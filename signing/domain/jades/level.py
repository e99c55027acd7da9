"""The level of a JAdES signature by what is present (TS 119 182-1 6.3), and what keeps it from the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from signing.domain.jades.header import algorithm_of, certificates_of, form_findings, signing_time
from signing.domain.jades.serialization import Jws
from signing.domain.jades.unsigned import REFERENCES, Component, tokens_in, values_in
from signing.domain.levels import has_validation_data, reached
from trustreg.pki.certificates import Certificate

_SIG_T_ENDS = datetime(2025, 7, 15, tzinfo=UTC)
"""From here on the claimed time is `iat` (TS 119 182-1 v1.2.1)."""


def level_of(
    jws: Jws, components: Sequence[Component], certificate: Certificate | None, *, countersignature: bool = False
) -> tuple[str, list[str]]:
    """`BASELINE-B` … `BASELINE-LTA` or `NOT_ETSI`; and codes of what is not met. Levels say what is present."""
    obstacles = _obstacles(jws, countersignature=countersignature)
    if obstacles:
        return "NOT_ETSI", obstacles
    names = {component.name for component in components}
    stamps = [component for component in components if component.name == "sigTst"]
    values = values_in(components)
    reach = reached(
        stamped=bool(stamps) and all(len(tokens_in(component.value)) == 1 for component in stamps),
        validated=not names & {*REFERENCES, "sigRTst", "rfsTst"}
        and has_validation_data(certificate, values.certificates, values.crls, values.ocsps),
        archived="arcTst" in names,
    )
    return f"BASELINE-{reach}", []


def _obstacles(jws: Jws, *, countersignature: bool) -> list[str]:
    header = jws.protected
    crit = header.get("crit")
    listed = crit if isinstance(crit, list) else []
    rules = {
        "ALGORITHM": algorithm_of(jws).scheme is not None,
        "FORM": not any(True for _ in form_findings(jws)),
        "NO_CONTENT_TYPE": not (countersignature and "cty" in header),
        "SIGNING_TIME": _time_rule(jws),
        "CERTIFICATE_REFERENCE": sum(name in header for name in ("x5t#S256", "x5t#o", "sigX5ts")) == 1
        and "x5t" not in header,
        "CERTIFICATE_INCLUDED": bool(certificates_of(jws)),
        "CRITICAL_DETAILS": "sigD" not in header or "sigD" in listed,
        "ONLY_ETSI_UNSIGNED": not set(jws.unprotected) - {"etsiU"},
    }
    return [name for name, kept in rules.items() if not kept]


def _time_rule(jws: Jws) -> bool:
    claimed = signing_time(jws)
    return claimed is not None and ("iat" in jws.protected or claimed < _SIG_T_ENDS)
