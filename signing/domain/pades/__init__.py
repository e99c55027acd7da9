"""PAdES and older PDF signatures."""

from signing.domain.pades.reader import read, recognise

__all__ = ["read", "recognise"]
