"""Captures of real devices as the simulated agent serves them: SNMP values with their types, few and cached.

The captures are the ``.snmprec`` files of the PyPI package snmpsim-data (BSD licence): one ``OID|TAG|VALUE`` a line,
where the tag is the ASN.1 tag of the value's type (RFC 2578 section 7, RFC 3416), followed by ``x`` where the value is
hexadecimal. A capture may hold half a million lines and a device is asked for a thousand: what passes the prefixes is
kept in the user's cache folder, so that the second start is quick.
"""

from __future__ import annotations

import bz2
import hashlib
import importlib.metadata
import importlib.resources
import json
import lzma
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from config.errors import EstateError

INTEGER, OCTETS, NULL, OBJECT_ID = 2, 4, 5, 6
IP_ADDRESS, COUNTER32, GAUGE32, TIME_TICKS, OPAQUE, COUNTER64 = 64, 65, 66, 67, 68, 70
_NUMBERS = {INTEGER, COUNTER32, GAUGE32, TIME_TICKS, COUNTER64}
_BYTES = {OCTETS, IP_ADDRESS, OPAQUE}
# snmpsim's variation modules stand behind a colon; their parameters give the value that the device once had
_VARIATION_VALUE = re.compile(r"(?:^|,)(?:value|initial)=([^,]*)")


class Typed(NamedTuple):
    """An SNMP value with the ASN.1 tag of its type: bytes, a number, or an OBJECT IDENTIFIER as dotted text."""

    tag: int
    value: bytes | int | str


Objects = Mapping[str, Typed]
"""What an agent holds: a typed value by OID instance, dotted and without a leading dot."""


def typed(value: Typed | bytes | int | str) -> Typed:
    """A plain value with the type it most likely had: bytes, a whole number (Integer32), or an OID as text."""
    if isinstance(value, Typed):
        return value
    if isinstance(value, bytes):
        return Typed(OCTETS, value)
    return Typed(INTEGER, value) if isinstance(value, int) else Typed(OBJECT_ID, value)


def under(oid: str, prefixes: Iterable[str]) -> bool:
    """Whether an OID is one of the prefixes or lies below one."""
    return any(oid == prefix or oid.startswith(f"{prefix}.") for prefix in prefixes)


def read(stream: IO[bytes], prefixes: Iterable[str]) -> dict[str, Typed]:
    """The objects of a capture below the prefixes; lines that are no record (comments, damage) are passed over."""
    wanted = tuple(prefix.encode() for prefix in prefixes)
    exact = tuple(f"{prefix}.".encode() for prefix in prefixes)
    objects: dict[str, Typed] = {}
    for line in stream:
        # the cheap test first: most lines of most captures are not wanted
        if not line.startswith(wanted):
            continue
        oid, _, rest = line.rstrip(b"\r\n").partition(b"|")
        tag, divided, raw = rest.partition(b"|")
        if not divided or not (oid + b".").startswith(exact):
            continue
        value = _value(tag.decode("latin-1"), raw)
        if value is not None:
            objects[oid.decode("latin-1")] = value
    return objects


def _value(tag: str, raw: bytes) -> Typed | None:
    """The value of one record, or None where it cannot be read."""
    kind, _, variation = tag.partition(":")
    if variation:
        match = _VARIATION_VALUE.search(raw.decode("latin-1"))
        if not match:
            return None
        raw = match[1].encode("latin-1")
    try:
        number = int(kind.removesuffix("x"))
        return Typed(number, _plain(number, raw, hexadecimal=kind.endswith("x")))
    except ValueError:
        return None


def _plain(number: int, raw: bytes, *, hexadecimal: bool) -> bytes | int | str:
    if hexadecimal:
        return bytes.fromhex(raw.decode("ascii"))
    if number in _NUMBERS:
        return int(raw)
    if number == IP_ADDRESS:
        return bytes(int(part) for part in raw.split(b"."))
    if number == OBJECT_ID:
        return raw.decode("ascii").strip().lstrip(".")
    if number in _BYTES:
        return raw
    raise ValueError(f"no type of SNMP has the tag {number}")


def open_capture(path: Path) -> IO[bytes]:
    """A capture file for reading, plain or compressed with bzip2 or xz."""
    if path.suffix == ".bz2":
        return bz2.open(path, "rb")
    return lzma.open(path, "rb") if path.suffix == ".xz" else path.open("rb")


# ----------------------------------------------------------------------------------------------------- the package


def package_captures() -> dict[str, Path]:
    """The captures of snmpsim-data by file name without its endings (``cisco-c3560``).

    Raises:
        EstateError: when the package is not installed.
    """
    try:
        root = importlib.resources.files("snmpsim_data")
    except ModuleNotFoundError:
        raise EstateError(
            "the simulated estate needs captures of real devices: the package snmpsim-data is not installed. "
            "Install the extra: pip install 'estate-evergreen[lab]'"
        ) from None
    with importlib.resources.as_file(root) as folder:
        files = sorted(Path(folder, "data").rglob("*.snmprec*"))
    return {path.name.partition(".snmprec")[0]: path for path in files}


def load(name: str, prefixes: Iterable[str], cache: Path | None = None) -> dict[str, Typed]:
    """The objects of a capture of snmpsim-data below the prefixes, from the cache where it has them.

    Args:
        name: the capture, such as ``cisco-c3560``.
        prefixes: the subtrees to keep.
        cache: the folder of the cache; by default ``estate`` in the user's cache folder.

    Raises:
        EstateError: when snmpsim-data is not installed or has no such capture.
    """
    path = package_captures().get(name)
    if path is None:
        raise EstateError(f"snmpsim-data has no capture {name!r}: correct the plan of the simulated estate")
    kept = tuple(sorted(set(prefixes)))
    version = importlib.metadata.version("snmpsim-data")
    key = hashlib.sha256("\n".join((name, version, *kept)).encode()).hexdigest()[:16]
    file = (cache or cache_folder()) / f"{name}-{key}.json"
    cached = _read_cache(file)
    if cached is None:
        with open_capture(path) as stream:
            cached = read(stream, kept)
        _write_cache(file, cached)
    return cached


def cache_folder() -> Path:
    """``estate/captures`` in the user's cache folder (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "estate" / "captures"


def _records(objects: Objects) -> Iterator[tuple[str, int, str | int]]:
    for oid, (tag, value) in objects.items():
        yield oid, tag, value.hex() if isinstance(value, bytes) else value


def _write_cache(file: Path, objects: Objects) -> None:
    """Write atomically: another lab may be starting. A cache that cannot be written costs time, nothing else."""
    body = json.dumps(list(_records(objects)), separators=(",", ":"))
    digest = hashlib.sha256(body.encode()).hexdigest()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(f"{digest}\n{body}\n")
        Path(temporary).replace(file)
    except OSError:
        return


def _read_cache(file: Path) -> dict[str, Typed] | None:
    """What the cache holds, or None where it has nothing or is damaged."""
    try:
        digest, _, body = file.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    body = body.rstrip("\n")
    if hashlib.sha256(body.encode()).hexdigest() != digest:
        return None
    records: list[tuple[str, int, Any]] = json.loads(body)
    return {oid: Typed(tag, bytes.fromhex(value) if tag in _BYTES else value) for oid, tag, value in records}
