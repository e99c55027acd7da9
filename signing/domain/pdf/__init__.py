"""PDF as a signature validator sees it: bytes, revisions, signature dictionaries, later changes."""
