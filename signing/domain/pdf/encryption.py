"""Documents that anybody may open (ISO 32000-2, 7.6): strings and streams under the empty user password.

Many issuers encrypt only to forbid printing or copying. The signature of such a file is over its encrypted octets, so
decryption decides nothing about integrity: it tells what signature dictionaries and object streams say in words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .syntax import Name, PdfError, Reference, Stream, String, Value

_PAD: Final = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_BLOCK: Final = 16
Method = Callable[[bytes, Reference], bytes]


@dataclass(frozen=True, slots=True)
class Encryption:
    """How strings and streams of one file become readable; `Identity` leaves them as they are."""

    strings: Method
    streams: Method

    def value(self, value: Value, owner: Reference) -> Value:
        """A direct object of the indirect object `owner`, its strings decrypted.

        `/Contents` of a signature dictionary is never encrypted (7.6.2), nor is what stands in a decrypted object
        stream, for which this is not called. Raises `PdfError` for a string that cannot be decrypted.
        """
        match value:
            case String():
                return String(self.strings(value.value, owner), value.start, value.end, value.hexadecimal, value.source)
            case list():
                return [self.value(item, owner) for item in value]
            case Stream():
                decrypted = self.value(value.dictionary, owner)
                return Stream(decrypted if isinstance(decrypted, dict) else {}, value.start)
            case dict():
                kept = {"Contents"} if "ByteRange" in value else set()
                return type(value)(
                    {key: item if key in kept else self.value(item, owner) for key, item in value.items()}
                )
            case _:
                return value


def _refuse(_data: bytes, _owner: Reference) -> bytes:
    raise PdfError("a password is needed to read it")


LOCKED: Final = Encryption(strings=lambda _data, _owner: b"", streams=_refuse)
"""Nothing is known of strings and streams."""


def open_encryption(dictionary: Mapping[str, Value], identifier: bytes) -> Encryption | None:
    """The encryption of a file whose `/Encrypt` is this (all resolved) and whose `/ID` begins with `identifier`.

    None when a password is needed, or the handler is not the standard one. Raises `PdfError` for a damaged dictionary.
    """
    if dictionary.get("Filter") != "Standard":
        return None
    version, revision = _integer(dictionary, "V"), _integer(dictionary, "R")
    if version in (1, 2, 4) and revision in (2, 3, 4):
        length = 5 if version == 1 else _integer(dictionary, "Length", 128 if version == 4 else 40) // 8
        key = _legacy_key(dictionary, revision, max(5, min(length, 16)), identifier)
    elif version == 5 and revision in (5, 6):
        key = _modern_key(dictionary, revision)
    else:
        return None
    if key is None:
        return None
    if version < 4:
        return Encryption(_rc4(key), _rc4(key))
    return Encryption(_filter(dictionary, "StrF", key), _filter(dictionary, "StmF", key))


def _filter(dictionary: Mapping[str, Value], which: str, key: bytes) -> Method:
    """The crypt filter that the dictionary names for strings or streams (7.6.6)."""
    name = dictionary.get(which, Name("Identity"))
    if name == "Identity":
        return _identity
    filters = dictionary.get("CF")
    chosen = filters.get(str(name)) if isinstance(filters, dict) else None
    method = chosen.get("CFM", Name("None")) if isinstance(chosen, dict) else None
    if method == "V2":
        return _rc4(key)
    if method == "AESV2":
        return _aes_of_object(key)
    if method == "AESV3":
        return lambda data, _owner: _aes(key, data)
    if method == "None":
        return _identity
    raise PdfError(f"unknown crypt filter {str(method)[:20]}")


def _identity(data: bytes, _owner: Reference) -> bytes:
    return data


def _rc4(key: bytes) -> Method:
    return lambda data, owner: _rc4_once(_object_key(key, owner), data)


def _aes_of_object(key: bytes) -> Method:
    return lambda data, owner: _aes(_object_key(key, owner, b"sAlT"), data)


def _object_key(key: bytes, owner: Reference, salt: bytes = b"") -> bytes:
    """Algorithm 1: the key of one indirect object."""
    number, generation = owner.number & 0xFFFFFF, owner.generation & 0xFFFF
    material = key + number.to_bytes(3, "little") + generation.to_bytes(2, "little") + salt
    return _md5(material)[: min(len(key) + 5, 16)]


def _legacy_key(dictionary: Mapping[str, Value], revision: int, length: int, identifier: bytes) -> bytes | None:
    """Algorithms 2 and 6: the file key, None when the empty user password is not the right one."""
    owner, user = _octets(dictionary, "O", 32), _octets(dictionary, "U", 32)
    permissions = _integer(dictionary, "P") & 0xFFFFFFFF
    material = _PAD + owner[:32] + permissions.to_bytes(4, "little") + identifier
    if revision >= 4 and dictionary.get("EncryptMetadata") is False:
        material += b"\xff\xff\xff\xff"
    if revision == 2:
        key = _md5(material)[:5]
        return key if _rc4_once(key, _PAD) == user[:32] else None
    digest = _md5(material)
    for _ in range(50):
        digest = _md5(digest[:length])
    key = digest[:length]
    check = _md5(_PAD + identifier)
    for number in range(20):
        check = _rc4_once(bytes(octet ^ number for octet in key), check)
    return key if check == user[:16] else None


def _modern_key(dictionary: Mapping[str, Value], revision: int) -> bytes | None:
    """Algorithm 2.A: the file key of AES-256, None when the empty user password is not the right one."""
    user, wrapped = _octets(dictionary, "U", 48), _octets(dictionary, "UE", 32)
    hashed = _hash_6 if revision == 6 else _hash_5
    if hashed(user[32:40]) != user[:32]:
        return None
    decryptor = Cipher(algorithms.AES(hashed(user[40:48])), modes.CBC(bytes(_BLOCK))).decryptor()
    return decryptor.update(wrapped[:32]) + decryptor.finalize()


def _hash_5(salt: bytes) -> bytes:
    return hashlib.sha256(salt).digest()


def _hash_6(salt: bytes) -> bytes:
    """Algorithm 2.B for the empty password."""
    k, number = hashlib.sha256(salt).digest(), 0
    while True:
        encryptor = Cipher(algorithms.AES(k[:16]), modes.CBC(k[16:32])).encryptor()
        e = encryptor.update(k * 64)
        name = ("sha256", "sha384", "sha512")[sum(e[:16]) % 3]
        k, number = hashlib.new(name, e).digest(), number + 1
        if number >= 64 and e[-1] <= number - 32:
            return k[:32]


def _rc4_once(key: bytes, data: bytes) -> bytes:
    return Cipher(ARC4(key), None).decryptor().update(data)


def _aes(key: bytes, data: bytes) -> bytes:
    """AES-CBC with the initialization vector in front and PKCS #7 padding."""
    body = data[_BLOCK:]
    if not data:
        return data
    if len(data) < _BLOCK or len(body) % _BLOCK:
        raise PdfError("encrypted data is cut off")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(data[:_BLOCK])).decryptor()
    plain = decryptor.update(body) + decryptor.finalize()
    fill = plain[-1] if plain else 0
    return plain[:-fill] if 1 <= fill <= _BLOCK else plain


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _integer(dictionary: Mapping[str, Value], name: str, default: int | None = None) -> int:
    value = dictionary.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise PdfError(f"/{name} of the encryption is an integer")
    return value


def _octets(dictionary: Mapping[str, Value], name: str, least: int) -> bytes:
    value = dictionary.get(name)
    if not isinstance(value, String) or len(value.value) < least:
        raise PdfError(f"/{name} of the encryption is a string of {least} octets")
    return value.value
