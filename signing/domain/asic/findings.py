"""What the readers of containers find in the same words."""

from __future__ import annotations

from collections.abc import Sequence

from signing.domain.asic.container import Container
from signing.domain.asic.manifest import Manifest
from signing.domain.procedure.findings import partial_coverage
from trustreg.pki.indications import Finding, SubIndication


def uncovered(container: Container, covered: frozenset[str]) -> tuple[str, ...]:
    """Names of the documents that are not among those covered."""
    return tuple(entry.name for entry in container.documents if entry.name not in covered)


def names_of(names: Sequence[str]) -> str:
    """The first few names, as they are shown."""
    shown = ", ".join(name[:80] for name in names[:3])
    return shown + (" …" if len(names) > 3 else "")


def partial(names: Sequence[str]) -> Finding:
    """Files that nothing covers."""
    return partial_coverage(
        f"The container holds files that are not covered: {names_of(names)}.",
        f"コンテナに、対象となっていないファイルがあります：{names_of(names)}",
    )


def not_as_stamped(manifest: Manifest) -> Finding:
    """Files that are not what the manifest of a time-stamp or an evidence record says."""
    names = (*manifest.altered, *manifest.missing)
    sub = SubIndication.HASH_FAILURE if manifest.altered else SubIndication.SIGNED_DATA_NOT_FOUND
    return Finding(
        "imprint",
        sub,
        f"Files are not those that were stamped: {names_of(names)}.",
        f"タイムスタンプの時点と異なるファイルがあります：{names_of(names)}",
    )
