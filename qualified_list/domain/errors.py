"""What can be wrong with a list that came from outside. Readers never raise anything else for bytes they were given."""

from __future__ import annotations

from typing import ClassVar

from trustreg.base.errors import InvalidInput


class ListUnreadable(InvalidInput):
    """Not XML, not a trusted list, or XML that no list may hold (a DOCTYPE, another encoding)."""

    code: ClassVar[str] = "list_unreadable"


class ListSignatureError(InvalidInput):
    """The list is no evidence of anything: the root of the reasons below."""

    code: ClassVar[str] = "list_signature_invalid"


class ListNotSigned(ListSignatureError):
    """There is no signature."""

    code: ClassVar[str] = "list_not_signed"


class ListSignatureAmbiguous(ListSignatureError):
    """Several signatures, repeated identifiers, or a reference that could mean another element."""

    code: ClassVar[str] = "list_signature_ambiguous"


class ListSignatureBroken(ListSignatureError):
    """A digest or the signature value does not verify, or does not cover the whole list."""

    code: ClassVar[str] = "list_signature_broken"


class ListSignatureUnsupported(ListSignatureError):
    """An algorithm, transform or form that the profile of trusted lists does not allow."""

    code: ClassVar[str] = "list_signature_unsupported"


class ListSignerUnknown(ListSignatureError):
    """The signature was made by a key that nobody pinned for this list."""

    code: ClassVar[str] = "list_signer_unknown"
