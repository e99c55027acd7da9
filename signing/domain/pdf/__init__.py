"""PDF as a signature validator sees it: bytes, revisions, signature dictionaries, and what was changed after signing."""
