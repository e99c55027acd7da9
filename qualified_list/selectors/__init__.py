"""Questions about the list: issues and their files, the source of trust, what was listed when."""

from qualified_list.selectors.catalogue import ServiceFilter, listed_service, listed_services
from qualified_list.selectors.changes import (
    ListedChange,
    changes_between,
    changes_of_issues,
    decisions_by_id,
    ending_of,
    entry_of,
    in_force,
    level_before,
    providers_listed,
    punctuality,
    recent_changes,
)
from qualified_list.selectors.issues import (
    current_issue,
    diff,
    issue_as_json,
    issues,
    list_issue,
    publication_under_way,
    refusals,
)
from qualified_list.selectors.proof import Proof, proof_of, signer_certificate
from qualified_list.selectors.published import PUBLISHED_NAMES, published_path
from qualified_list.selectors.scheme import latest_scheme, scheme_of
from qualified_list.selectors.snapshot import (
    current_sequence,
    current_snapshot,
    published_list,
    trust_source,
    trust_source_as_of,
)
from qualified_list.selectors.status import (
    chain,
    status_by_certificate,
    status_by_fingerprint,
    status_by_service,
    status_by_token,
)

__all__ = [
    "PUBLISHED_NAMES",
    "ListedChange",
    "Proof",
    "ServiceFilter",
    "chain",
    "changes_between",
    "changes_of_issues",
    "current_issue",
    "current_sequence",
    "current_snapshot",
    "decisions_by_id",
    "diff",
    "ending_of",
    "entry_of",
    "in_force",
    "issue_as_json",
    "issues",
    "latest_scheme",
    "level_before",
    "list_issue",
    "listed_service",
    "listed_services",
    "proof_of",
    "providers_listed",
    "publication_under_way",
    "published_list",
    "published_path",
    "punctuality",
    "recent_changes",
    "refusals",
    "scheme_of",
    "signer_certificate",
    "status_by_certificate",
    "status_by_fingerprint",
    "status_by_service",
    "status_by_token",
    "trust_source",
    "trust_source_as_of",
]
