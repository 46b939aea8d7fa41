"""A capture file as a transport: ``.snmprec``, the same compressed, or what ``snmpwalk -On`` printed.

A capture is somebody's file and as hostile as a device: its size, its lines and their number are bounded, lines that
cannot be read are passed over. An ``.snmprec`` line is ``OID|TAG|VALUE`` where the tag is the ASN.1 number, with ``x``
behind it for hex and ``:module`` for values that a simulator would make up (those are passed over).
"""

from __future__ import annotations

import bz2
import ipaddress
import lzma
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from collectors.entity import index_key
from collectors.transport import Value, Walk
from config.errors import EstateError

MAX_BYTES = 1_000_000_000
MAX_LINE = 65_536
_BLOCK = 1 << 20
# ASN.1 and SMI tags: INTEGER, Counter32, Gauge32, TimeTicks, Counter64, Unsigned32; OCTET STRING, IpAddress, Opaque.
_NUMBERS = {"2", "65", "66", "67", "70", "71"}
_OCTETS = {"4", "64", "68"}
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_OPENERS: dict[str, Callable[[Path], IO[bytes]]] = {".bz2": bz2.open, ".xz": lzma.open}

_WALKED = re.compile(r"\.?(\d+(?:\.\d+)+) = (.*)", re.DOTALL)
_TYPED = re.compile(r"([A-Z][A-Za-z0-9 -]{2,20}): ?(.*)", re.DOTALL)
_NUMBER = re.compile(r"[^(]*\((-?\d+)\)|\s*(-?\d+)")


class CaptureError(EstateError):
    """A capture cannot be read; the message names the file."""


class CaptureTransport:
    """Answers from a capture file, as the captured device did."""

    name = "capture"

    def __init__(self, path: Path, prefixes: Sequence[str] | None = None) -> None:
        """Read the file, only the objects below ``prefixes`` where some are given.

        Raises:
            CaptureError: when there is no such file, or nothing in it can be read.
        """
        self._values = _load(path, prefixes)
        _check(path, self._values)

    async def get(self, oids: Sequence[str]) -> Mapping[str, Value]:
        """The values that the capture holds."""
        return {oid: self._values[oid] for oid in oids if oid in self._values}

    async def after(self, oid: str) -> str | None:
        """The first instance behind an OID, whatever the order of the file."""
        here = index_key(oid)
        return min((other for other in self._values if index_key(other) > here), key=index_key, default=None)

    async def walk(self, columns: Sequence[str], max_rows: int | None = None) -> Walk:
        """All instances below each column, in the order of their indexes whatever the order of the file."""
        stems = tuple(f"{column}." for column in columns)
        below = [oid for oid in self._values if oid.startswith(stems)]
        walk = Walk()
        for column, stem in zip(columns, stems, strict=True):
            rows = sorted((oid[len(stem) :] for oid in below if oid.startswith(stem)), key=index_key)
            if max_rows is not None and len(rows) > max_rows:
                walk.complete, walk.reason = False, f"{column} has more than {max_rows} rows"
            walk.columns[column] = {index: self._values[stem + index] for index in rows[:max_rows]}
        return walk


def load_capture(path: Path, prefixes: Sequence[str] | None = None) -> dict[str, Value]:
    """The objects of a capture in the order of their OIDs; only those at or below ``prefixes`` where some are given.

    Raises:
        CaptureError: when there is no such file, it is damaged or too large, or nothing in it can be read.
    """
    values = _load(path, prefixes)
    if prefixes is None:
        _check(path, values)
    return {oid: values[oid] for oid in sorted(values, key=index_key)}


def _load(path: Path, prefixes: Sequence[str] | None) -> dict[str, Value]:
    """The objects of a capture in the order of the file; of one that stands there twice the first."""
    wanted = _wanted(prefixes)
    values: dict[str, Value] = {}
    try:
        with _OPENERS.get(path.suffix, _plain)(path) as file:
            start = file.read(4096)
            read = _snmpwalk if _is_walk(start) else _snmprec
            for oid, value in read(_lines(file, start, path), wanted):
                values.setdefault(oid, value)
    except (OSError, EOFError, lzma.LZMAError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CaptureError(f"{path}: the capture cannot be read: {reason}") from error
    return values


def _check(path: Path, values: Mapping[str, Value]) -> None:
    if not values:
        raise CaptureError(
            f"{path}: holds no capture: write lines such as '1.3.6.1.2.1.1.1.0|4|text' or the output of 'snmpwalk -On'"
        )


def _plain(path: Path) -> IO[bytes]:
    return path.open("rb")


def _is_walk(start: bytes) -> bool:
    lines = [line for line in start.splitlines()[:20] if not line.startswith(b"#")]
    return any(b" = " in line and b"|" not in line.split(b" = ", 1)[0] for line in lines)


def _wanted(prefixes: Sequence[str] | None) -> tuple[bytes, ...] | None:
    """What a line begins with that lies at or below a prefix."""
    if prefixes is None:
        return None
    stems = [prefix.strip(".").encode() for prefix in prefixes]
    return tuple(dot + stem + end for stem in stems for dot in (b"", b".") for end in (b".", b"|", b" "))


def _lines(file: IO[bytes], start: bytes, path: Path) -> Iterator[list[bytes]]:
    """Lists of whole lines, a block at a time; too long ones are left out."""
    read, rest, block = len(start), b"", start
    while block:
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        if len(rest) > MAX_LINE:
            rest = rest[:MAX_LINE]
        yield lines
        block = file.read(_BLOCK)
        read += len(block)
        if read > MAX_BYTES:
            raise CaptureError(f"{path}: the capture holds more than {MAX_BYTES:,} bytes")
    yield [rest]


def _snmprec(blocks: Iterator[list[bytes]], wanted: tuple[bytes, ...] | None) -> Iterator[tuple[str, Value]]:
    for lines in blocks:
        chosen = lines if wanted is None else [line for line in lines if line.startswith(wanted)]
        for line in chosen:
            oid, _, rest = line.partition(b"|")
            tag, _, text = rest.partition(b"|")
            name = oid.strip(b". ").decode("ascii", "replace")
            if len(line) > MAX_LINE or not name.replace(".", "").isdigit():
                continue
            value = _recorded(tag.decode("ascii", "replace"), text.rstrip(b"\r"))
            if value is not None:
                yield name, value


def _recorded(tag: str, text: bytes) -> Value | None:
    """The value of one ``.snmprec`` line, or None where it has none that we can use."""
    if tag.endswith("x"):
        tag = tag[:-1]
        try:
            text = bytes.fromhex(text.decode("ascii"))
        except ValueError:
            return None
    elif tag == "64":
        return _address(text.decode("ascii", "replace").strip())
    if tag in _OCTETS:
        return text
    plain = text.decode("ascii", "replace").strip()
    if tag == "6":
        return plain.strip(".")
    return int(plain) if tag in _NUMBERS and _INTEGER.fullmatch(plain) else None


def _address(text: str) -> bytes | None:
    try:
        return ipaddress.IPv4Address(text).packed
    except ValueError:
        return None


def _snmpwalk(blocks: Iterator[list[bytes]], wanted: tuple[bytes, ...] | None) -> Iterator[tuple[str, Value]]:
    """Values of ``snmpwalk -On``; a line that begins no object continues the text of the one before."""
    held: list[str] = []
    for lines in blocks:
        for line in lines:
            text = line[:MAX_LINE].decode("utf-8", "surrogateescape").rstrip("\r")
            if _WALKED.match(text):
                yield from _printed(held, wanted)
                held = [text]
            elif held and len(held) < 1000:  # noqa: PLR2004 - no text has more lines
                held.append(text)
    yield from _printed(held, wanted)


def _printed(held: list[str], wanted: tuple[bytes, ...] | None) -> Iterator[tuple[str, Value]]:
    found = _WALKED.match("\n".join(held)) if held else None
    if found is None or (wanted is not None and not f"{found[1]} ".encode().startswith(wanted)):
        return
    value = _spoken(found[2])
    if value is not None:
        yield found[1], value


def _spoken(text: str) -> Value | None:
    """The value behind ``=``: ``STRING: "text"``, ``Hex-STRING: 00 1B``, ``INTEGER: up(1)``, ``OID: .1.3`` ..."""
    typed = _TYPED.match(text)
    if typed is None:
        return b"" if text.strip() == '""' else None
    kind, body = typed[1], typed[2].strip("\n")
    if kind == "STRING":
        inner = body[1:-1] if len(body) > 1 and body[0] == body[-1] == '"' else body
        return re.sub(r'\\(["\\])', r"\1", inner).encode("utf-8", "surrogateescape")
    if kind in {"Hex-STRING", "BITS"}:
        digits = re.match(r"(?:[0-9A-Fa-f]{2}\s*)*", body)
        return bytes.fromhex(digits[0]) if digits else None
    if kind == "OID":
        return body.strip(". ")
    if kind in {"IpAddress", "Network Address"}:
        return _address(body)
    number = _NUMBER.match(body) if kind != "Opaque" else None
    digits_of = (number[1] or number[2]) if number else ""
    return int(digits_of) if 0 < len(digits_of) < 21 else None  # noqa: PLR2004 - 64 bits
