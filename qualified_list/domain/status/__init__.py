"""What was listed, recognised and qualified at which time, by which list."""

from qualified_list.domain.status.arrangements import ArrangementSpan, arrangement_spans
from qualified_list.domain.status.index import Entry, ListIndex, PublishedList
from qualified_list.domain.status.matching import StatusAnswer, certificate_usages
from qualified_list.domain.status.source import ListTrustSource

__all__ = [
    "ArrangementSpan",
    "Entry",
    "ListIndex",
    "ListTrustSource",
    "PublishedList",
    "StatusAnswer",
    "arrangement_spans",
    "certificate_usages",
]
