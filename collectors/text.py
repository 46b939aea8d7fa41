"""What a device wrote, made into text that can be trusted to be text: or None, which is what a placeholder means.

Conventions, stated once: text is decoded as UTF-8, else as Latin-1; NULs, blanks and quotes around it go, runs of
white space become one blank; anything else with a control character is not text. A placeholder (``N/A``, zeros, a MAC
address where a serial number belongs) is None, because unknown is a value and ``N/A`` is not one.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

Raw = bytes | int | str

MAX_TEXT = 255
MAX_DESCR = 1024
MAX_NAME = 80

_SPACE = re.compile(r"\s+")
_PLACEHOLDERS = frozenset(
    {
        "", "n/a", "na", "n.a.", "none", "null", "nil", "unknown", "not available", "not applicable", "unspecified",
        "not specified", "not set", "not defined", "not present", "not supported", "undefined", "unavailable",
        "default", "default string", "to be filled by o.e.m.", "to be filled by oem", "empty", "invalid", "no",
        "(null)", "absent", "no serial number", "builtin", "built-in", "system serial number", "system product name",
        "system version", "chassis serial number", "serial number", "serial", "model", "model number",
        "unknown model", "unknown serial", "unassigned", "fixed", "no data", "noid", "no id", "error",
        "not installed", "other", "0123456789", "123456789", "1234567890", "o.e.m.", "oem", "nosuchobject",
        "nosuchinstance", "no such object", "uninitialized", "unknown-version", "none specified",
        "not available yet", "generic", "custom", "<none>",
        "<unknown>", "not assigned", "tbd", "unset", "(empty)", "product name",
    }
)  # fmt: skip
_ZEROS = re.compile(r"[0\s.:_-]+|[fF\s.:_-]+|[xX?*#.\s_-]+|[\s\"'()]*")
# A service tag may be all letters (HGTFDSW); and <private> is what stands in a shared capture where somebody wrote over
# a serial number: there is one, and that two boxes then have the same one is a conflict to be shown, not a blank.
_DIGITLESS = re.compile(
    r"(?!(?:UNKNOWN|BUILTIN|VIRTUAL|STANDALONE|INTERNAL|ONBOARD|DUMMY|SERIAL|NUMBER|SYSTEM|CHASSIS)S?$)[A-Z]{7,14}"
    r"|<[a-z]{3,12}>"
)
_MAC = re.compile(
    r"(?:0x)?(?:[0-9a-fA-F]{1,2}([:-]))(?:[0-9a-fA-F]{1,2}\1){4}[0-9a-fA-F]{1,2}|(?:[0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4}"
)


def decode(value: Raw) -> str:
    """Bytes as text, whatever they are; numbers and OIDs as they print."""
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


@lru_cache(maxsize=16_384)
def clean(value: Raw) -> str | None:
    """Text for a field that describes (name, description); None for blanks and for what is not text."""
    text = decode(value[: 4 * MAX_TEXT] if isinstance(value, bytes | str) else value)
    text = _SPACE.sub(" ", text.strip("\0 \t\r\n").split("\0", 1)[0]).strip("\"' ")[:MAX_TEXT].strip("\"' ")
    if not text or not text.isprintable() or text.count("ÿ") > len(text) // 2:
        return None
    return text


@lru_cache(maxsize=16_384)
def clean_name(value: Raw) -> str | None:
    """Text for a field that identifies (model, part number, revision); None for placeholders too."""
    text = (clean(value) or "").rstrip(",; ")
    if text.lower() in _PLACEHOLDERS or _ZEROS.fullmatch(text):
        return None
    return text if len(text) <= MAX_NAME else None


@lru_cache(maxsize=16_384)
def clean_serial(value: Raw) -> str | None:
    """A serial number: text of at least three characters with a digit, and not a MAC address; else None.

    A word without a digit passes where it can be one: service tags are drawn from letters and digits alike, and what
    somebody wrote over a real one in a capture still stands for it.
    """
    text = clean_name(value)
    if text is None:
        return None
    for prefix in ("S/N:", "SN:", "S/N", "Serial Number:", "Serial:"):
        if text.lower().startswith(prefix.lower()):
            text = text[len(prefix) :].strip(" :=\"'")
    if len(text) < 3 or len(text) > 64 or _MAC.fullmatch(text) or _ZEROS.fullmatch(text):  # noqa: PLR2004 - "A1" numbers nothing
        return None
    return text if any(char.isdigit() for char in text) or _DIGITLESS.fullmatch(text) else None


def refusal(value: Raw) -> str:
    """Why a value is refused by the cleaner of its field, in words for a person."""
    text = clean(value)
    if text is None:
        return "blank, or no printable text"
    if clean_name(value) is None:
        return f"longer than {MAX_NAME} characters" if len(text) > MAX_NAME else "a placeholder"
    return "a MAC address" if _MAC.fullmatch(text) else "not the shape of this field"


@lru_cache(maxsize=1024)
def descr(value: Raw) -> str:
    """The sysDescr as one bounded line, for patterns to be tried on."""
    text = _SPACE.sub(" ", decode(value[: 4 * MAX_DESCR] if isinstance(value, bytes | str) else value))
    if not text.isprintable():
        text = _SPACE.sub(" ", "".join(char if char.isprintable() else " " for char in text))
    return text.strip()[:MAX_DESCR]


def date_and_time(value: Raw) -> dt.date | None:
    """The date of a DateAndTime (RFC 2579: two octets of year, month, day ...), or None for one that cannot be meant.

    Zero dates, the epoch with which firmware starts, and text instead of octets are all None.
    """
    if not isinstance(value, bytes) or len(value) not in {8, 11}:
        return None
    try:
        day = dt.date(int.from_bytes(value[:2], "big"), value[2], value[3])
    except ValueError:
        return None
    unset = (1970, 1, 1)
    return day if 1985 <= day.year <= 2100 and (day.year, day.month, day.day) != unset else None  # noqa: PLR2004 - no kit is older


def clean_day(value: Raw) -> str | None:
    """A day of manufacture as vendors write it, as an ISO date, or None for one that cannot be meant.

    ISO, eight digits, or month first with two or four digits of year (PowerNet-MIB: ``mm/dd/yy``).
    """
    found = _DAY.fullmatch((clean(value) or "").strip())
    if found is None:
        return None
    parts = {name[0]: int(text) for name, text in found.groupdict().items() if text}
    year = parts["y"] if parts["y"] >= 100 else parts["y"] + (2000 if parts["y"] < 85 else 1900)  # noqa: PLR2004 - years of two digits: no kit is older than 1985
    return _day(year, parts["m"], parts["d"])


_DAY = re.compile(r"(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<y>\d{4}|\d\d)|(?P<y2>\d{4})-?(?P<m2>\d\d)-?(?P<d2>\d\d)", re.ASCII)


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return dt.date(year, month, day).isoformat() if 1985 <= year <= 2100 else None  # noqa: PLR2004 - no kit is older
    except ValueError:
        return None
