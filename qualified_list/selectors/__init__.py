"""Questions about the list: issues and their files, the source of trust, what was listed when."""

from qualified_list.selectors.catalogue import ServiceFilter, listed_service, listed_services
from qualified_list.selectors.issues import (
    current_issue,
    diff,
    issue_as_json,
    issues,
    list_issue,
    publication_under_way,
    refusals,
)
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
    "ServiceFilter",
    "chain",
    "current_issue",
    "current_sequence",
    "current_snapshot",
    "diff",
    "issue_as_json",
    "issues",
    "latest_scheme",
    "list_issue",
    "listed_service",
    "listed_services",
    "publication_under_way",
    "published_list",
    "published_path",
    "refusals",
    "scheme_of",
    "status_by_certificate",
    "status_by_fingerprint",
    "status_by_service",
    "status_by_token",
    "trust_source",
    "trust_source_as_of",
]
