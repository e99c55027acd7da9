"""CAdES (EN 319 122-1) and plain CMS signatures."""

from signing.domain.cades.reader import read, recognise

__all__ = ["read", "recognise"]
