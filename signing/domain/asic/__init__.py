"""ASiC containers (EN 319 162-1): CAdES signatures, XAdES signatures and time-stamps beside the files they are over."""

from signing.domain.asic.reader import read, recognise

__all__ = ["read", "recognise"]
