"""Reading a ZIP container strictly: what one program reads must be what every program reads.

A container is refused when its directory and its contents disagree, when names clash or lead elsewhere, when parts
overlap or hide, and when it unpacks to more than is sensible (limits as EU DSS has them). Nothing is written to disk.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from trustreg.pki.errors import PkiError

MAX_ENTRIES: Final = 1000
MAX_RATIO: Final = 100
FREE_BYTES: Final = 1_000_000
"""Up to here the ratio of unpacked to packed octets does not count."""
MAX_UNPACKED: Final = 256 << 20
"""Octets of all files: signatures are over them in memory."""
MAX_NAME: Final = 512

_END: Final = struct.Struct("<4s4H2LH")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_ELSEWHERE: Final = 0xFFFFFFFF
_ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
_UNIX: Final = 3
_PLAIN: Final = (0, stat.S_IFREG, stat.S_IFDIR)
_UNICODE_PATH: Final = 0x7075


class ContainerError(PkiError):
    """Octets that are not read as a container; the message says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the container."""

    name: str
    data: bytes
    stored: bool
    """Not compressed."""

    @property
    def inside_meta(self) -> bool:
        """Whether it stands in META-INF."""
        return self.name.startswith("META-INF/")


@dataclass(frozen=True, slots=True)
class Container:
    """Files in the order of the directory (folders left out), and the archive's comment."""

    entries: tuple[Entry, ...]
    comment: bytes

    def get(self, name: str) -> Entry | None:
        """The file of this name."""
        return next((entry for entry in self.entries if entry.name == name), None)

    @property
    def mimetype(self) -> str | None:
        """What `mimetype` says, without line breaks after it (EN 319 162-1 A.1)."""
        entry = self.get("mimetype")
        return entry.data[:200].decode("ascii", "replace").rstrip("\r\n") if entry else None

    @property
    def stated_type(self) -> str | None:
        """What the container says that it is: in `mimetype`, else in the archive's comment (EN 319 162-1 A.1)."""
        comment = self.comment[:200].decode("ascii", "replace").rstrip("\r\n")
        return self.mimetype or (comment.removeprefix("mimetype=") if comment.startswith("mimetype=") else None)

    @property
    def documents(self) -> tuple[Entry, ...]:
        """The files that a person would open: outside of META-INF, and not `mimetype`."""
        return tuple(entry for entry in self.entries if not entry.inside_meta and entry.name != "mimetype")


def open_container(data: bytes) -> Container:
    """Read all files. Raises `ContainerError`."""
    comment, start = _end_record(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            _check_directory(data, infos, start)
        entries = _unpack(data, infos)
    # NotImplementedError and RuntimeError are zipfile's for methods, versions and encryption that it cannot read.
    except UnicodeDecodeError as error:
        raise ContainerError("a file's name is not in the encoding that it claims") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, struct.error) as error:
        raise ContainerError(f"the archive is damaged: {str(error)[:120]}") from error
    return Container(entries, comment)


def _end_record(data: bytes) -> tuple[bytes, int]:
    """The comment, and where the directory begins: one end of it, at the end of the octets, over the whole archive."""
    if data[:4] != b"PK\x03\x04":
        raise ContainerError("it does not begin with a file")
    start = data.rfind(b"PK\x05\x06")
    if start < 0 or start + _END.size > len(data):
        raise ContainerError("its directory has no end")
    _, disk, first_disk, here, total, size, offset, length = _END.unpack_from(data, start)
    if start + _END.size + length != len(data):
        raise ContainerError("octets follow the end of the directory")
    if disk or first_disk or here != total or 0xFFFF in (here, total) or _ELSEWHERE in (size, offset):
        raise ContainerError("archives in several parts or of the ZIP64 kind are not read")
    if total > MAX_ENTRIES:
        raise ContainerError(f"it holds {total} files; {MAX_ENTRIES} are read at most")
    if offset + size != start:
        raise ContainerError("its directory does not stand where its end says")
    return data[start + _END.size :], offset


def _check_directory(data: bytes, infos: list[zipfile.ZipInfo], start: int) -> None:
    seen: set[str] = set()
    ends: tuple[int, ...] = (0,)  # where the file before this one may end
    for info in sorted(infos, key=lambda one: one.header_offset):
        _check_name(info.orig_filename)
        _check_kind(info)
        folded = info.filename.casefold().rstrip("/")
        if folded in seen:
            raise ContainerError(f"the name {info.filename[:80]!r} occurs twice")
        seen.add(folded)
        if info.flag_bits & _ENCRYPTED:
            raise ContainerError("encrypted files are not read")
        if info.compress_type not in (_STORED, _DEFLATED):
            raise ContainerError("a file is compressed in a way that is not read")
        if info.header_offset not in ends:
            raise ContainerError("files overlap, or octets that belong to no file stand between them")
        end = _check_local(data, info)
        # A descriptor of 12 octets, or of 16 with its own mark, may follow the contents (APPNOTE 4.3.9).
        ends = (end, end + 12, end + 16) if info.flag_bits & 0x8 else (end,)
    if start not in ends:
        raise ContainerError("octets that belong to no file stand before the directory")


def _check_name(name: str) -> None:
    parts = name.rstrip("/").split("/")
    odd = any(ord(character) < 0x20 for character in name)
    if not name or len(name) > MAX_NAME or odd or "\\" in name or name.startswith("/") or ":" in parts[0][:3]:
        raise ContainerError(f"the name {name[:80]!r} is not one of a file in a container")
    if any(part in ("", ".", "..") for part in parts):
        raise ContainerError(f"the name {name[:80]!r} leads out of the container")


def _check_kind(info: zipfile.ZipInfo) -> None:
    """A file or an empty folder, under one name: links, and names that only some programs read, lead elsewhere."""
    if info.is_dir() and info.file_size:
        raise ContainerError(f"the folder {info.filename[:80]!r} has contents of its own")
    if info.create_system == _UNIX and stat.S_IFMT(info.external_attr >> 16) not in _PLAIN:
        raise ContainerError(f"{info.filename[:80]!r} is neither a file nor a folder")
    _check_other_name(info, info.extra)


def _check_other_name(info: zipfile.ZipInfo, extra: bytes) -> None:
    """The extra field for a name in UTF-8 (APPNOTE 4.6.9) says the same name."""
    for kind, value in _extra_fields(extra):
        if kind == _UNICODE_PATH and value[5:] != info.orig_filename.encode("utf-8", "surrogateescape"):
            raise ContainerError(f"the file {info.filename[:80]!r} has another name as well")


def _extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        value, extra = extra[4 : 4 + length], extra[4 + length :]
        if len(value) == length:
            yield kind, value


def _check_local(data: bytes, info: zipfile.ZipInfo) -> int:
    """The local header says what the directory says. Returns where the file ends."""
    signature, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack_from(
        data, info.header_offset
    )
    body = info.header_offset + _LOCAL.size + name_length + extra_length
    name = data[info.header_offset + _LOCAL.size :][:name_length]
    encoding = "utf-8" if flags & 0x800 else "cp437"
    try:
        same = signature == b"PK\x03\x04" and name.decode(encoding) == info.orig_filename
    except UnicodeDecodeError:
        same = False
    descriptor = bool(flags & 0x8)  # what follows the contents then may be zero here
    extra = data[body - extra_length : body]
    _check_other_name(info, extra)
    if packed == size == _ELSEWHERE:
        size, packed = _large_sizes(extra)
    stated = (crc, packed, size)
    known = (info.CRC, info.compress_size, info.file_size)
    if not same or method != info.compress_type or (flags & 0x8) != (info.flag_bits & 0x8):
        raise ContainerError(f"the directory and the file {info.filename[:80]!r} disagree")
    if any(said != value and not (descriptor and said == 0) for said, value in zip(stated, known, strict=True)):
        raise ContainerError(f"the directory and the file {info.filename[:80]!r} disagree")
    return int(body) + info.compress_size


def _large_sizes(extra: bytes) -> tuple[int, int]:
    """The sizes in the extra field of ZIP64 (APPNOTE 4.5.3): some writers use it in the file, whatever its size."""
    for kind, value in _extra_fields(extra):
        if kind == 1 and len(value) == 16:
            size, packed = struct.unpack("<2Q", value)
            return size, packed
    return _ELSEWHERE, _ELSEWHERE


def _unpack(data: bytes, infos: list[zipfile.ZipInfo]) -> tuple[Entry, ...]:
    left = min(max(FREE_BYTES, MAX_RATIO * len(data)), MAX_UNPACKED)
    found = []
    for info in infos:
        content = _contents(_packed(data, info), info, left)
        left -= len(content)
        if not info.is_dir():
            found.append(Entry(info.filename, content, info.compress_type == _STORED))
    return tuple(found)


def _packed(data: bytes, info: zipfile.ZipInfo) -> bytes:
    *_, name_length, extra_length = _LOCAL.unpack_from(data, info.header_offset)
    start = info.header_offset + _LOCAL.size + name_length + extra_length
    return data[start : start + info.compress_size]


def _contents(packed: bytes, info: zipfile.ZipInfo, left: int) -> bytes:
    """What a file unpacks to, with no octet left over that only some programs would find."""
    whole = True
    content = packed
    if info.compress_type == _DEFLATED:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        content = inflater.decompress(packed, left + 1)
        whole = inflater.eof and not inflater.unused_data
    if len(content) > left:
        raise ContainerError(
            f"it unpacks to more than {MAX_RATIO} times its size, or {MAX_UNPACKED} octets (a ZIP bomb)"
        )
    if not whole or len(content) != info.file_size or zlib.crc32(content) != info.CRC:
        raise ContainerError(f"the archive is damaged: {info.filename[:80]!r} does not unpack to what it says")
    return content
