"""XAdES and plain XML signatures (XMLDSig)."""

from signing.domain.xades.reader import read, recognise
from signing.domain.xades.references import Detached

__all__ = ["Detached", "read", "recognise"]
