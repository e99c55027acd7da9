"""A small client of the validation service, of the standard library alone.

from signing.client import Client

report = Client("https://trust.example.jp").validate("contract.pdf")
if report.passed:
    print(report.signatures[0].qualification)
"""

from __future__ import annotations

from .connection import Client, ClientError, Refused, Unreachable
from .report import Report, Signature, Signer, Timestamp

__all__ = ["Client", "ClientError", "Refused", "Report", "Signature", "Signer", "Timestamp", "Unreachable"]
