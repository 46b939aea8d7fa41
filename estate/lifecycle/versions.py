"""Which of two versions of an operating system is newer, and to which train of releases one belongs.

No general scheme orders what vendors write (``17.09.04a``, ``7.0(3)I7(9)``, ``21.4R3-S5``, ``10.1.6-h3``): each
numbering is an entry of ``config/lifecycle/versions.toml``, which also holds the rules and their sources. Within one
operating system the order is total; versions of two systems are not compared.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from config.errors import EstateError

MAX_VERSION = 120
ANY = "*"
# How far from a release a word says that a build is; all come before the release itself.
EARLY = ("dev", "snapshot", "alpha", "eft", "beta", "preview", "pre", "rc")

_PIECE = re.compile(r"\d+|[a-z]+")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)", re.ASCII)
_GROUPS = re.compile(r"\{(\w+)\}")
# What a piece of text is, in the order in which kinds of pieces are compared.
_EARLY, _END, _WORD, _NUMBER = range(4)

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one operating system numbers its releases; the fields are explained at the head of ``versions.toml``."""

    os: tuple[str, ...]
    also: tuple[str, ...]
    pattern: re.Pattern[str]
    order: tuple[str, ...]
    trains: tuple[str, ...]
    source: str

    def key(self, version: str) -> Key:
        """What versions of this scheme are sorted by."""
        text = _plain(version)
        found = self.pattern.fullmatch(text)
        if found is None:
            return (0, _pieces(text), text)
        parts = found.groupdict()
        return (1, *(_compared(parts, name) for name in self.order), text)

    def trains_of(self, version: str) -> tuple[str, ...]:
        """The trains that a version belongs to, the narrowest first; none for one that is not numbered so."""
        found = self.pattern.fullmatch(_plain(version))
        if found is None:
            return ()
        parts = {name: text.lstrip("0") or "0" for name, text in found.groupdict().items() if text}
        named = [train for train in self.trains if parts.keys() >= set(_GROUPS.findall(train))]
        return tuple(dict.fromkeys(train.format(**parts) for train in named))


def _compared(parts: Mapping[str, str | None], name: str) -> Key:
    """One group as it is compared; see ``order`` at the head of ``versions.toml``."""
    early = name.startswith("!")
    text = next((text for one in name.removeprefix("!").split("|") if (text := parts.get(one))), "")
    return (not text if early else True, _pieces(text))


def _plain(version: str) -> str:
    """A version as it is compared: bounded, in small letters, without blanks around and a leading v."""
    return re.sub(r"^(?:version )?v(?=\d)", "", " ".join(version[:MAX_VERSION].casefold().split()))


def _pieces(text: str) -> tuple[tuple[int, int, str], ...]:
    pieces = [_piece(piece) for piece in _PIECE.findall(text)]
    return (*pieces, (_END, 0, ""))


def _piece(text: str) -> tuple[int, int, str]:
    if text.isdecimal():
        return (_NUMBER, int(text), "")
    return (_EARLY, EARLY.index(text), "") if text in EARLY else (_WORD, 0, text)


def scheme_of(os: str | None) -> Scheme:
    """How an operating system numbers its releases; a general scheme for one that has no entry."""
    known = schemes()
    return known.get((os or "").casefold(), known[ANY])


def names_of(os: str) -> frozenset[str]:
    """Every name, in small letters, under which one operating system is filed."""
    scheme = schemes().get(os.casefold())
    names = {name.casefold() for name in scheme.os} if scheme else set()
    return frozenset(names if os.casefold() in names else {os.casefold()})


def plain_release(name: str) -> str:
    """The name of a release or train as it is compared: 17.09.04A is 17.9.4a."""
    return _ZEROS.sub("", _plain(name))


def newer(os: str | None, one: str, other: str) -> bool:
    """Whether one version of a system is newer than another."""
    scheme = scheme_of(os)
    return scheme.key(one) > scheme.key(other)


def ordered(os: str | None, versions: Iterable[str]) -> list[str]:
    """Versions of a system, the oldest first."""
    return sorted(versions, key=scheme_of(os).key)


@functools.cache
def schemes() -> dict[str, Scheme]:
    """The schemes that ship with estate by the name of the system in small letters, read once."""
    return read_schemes((files("config") / "lifecycle" / "versions.toml").read_text(encoding="utf-8"))


def read_schemes(text: str) -> dict[str, Scheme]:
    """The schemes of a file like ``versions.toml``.

    Raises:
        EstateError: naming the entry that is wrong.
    """
    found: dict[str, Scheme] = {}
    for item in tomllib.loads(text)["scheme"]:
        scheme = _scheme(item)
        found |= {name.casefold(): scheme for name in (*scheme.os, *scheme.also)}
    if ANY not in found:
        raise EstateError('versions.toml: needs a scheme for os = ["*"]')
    return found


def _scheme(item: Mapping[str, Any]) -> Scheme:
    place = f"versions.toml: {', '.join(item.get('os', ['?']))}"
    try:
        pattern = re.compile(item["pattern"], re.ASCII | re.IGNORECASE)
        lists = {name: tuple(item.get(name, ())) for name in ("os", "also", "order", "trains")}
        made = Scheme(pattern=pattern, source=item["source"], **lists)
    except (KeyError, re.error) as error:
        raise EstateError(f"{place}: {error}: needs os, order, trains, source and a pattern that compiles") from error
    if not (made.os and made.order):
        raise EstateError(f"{place}: needs os and order")
    used = {name for names in made.order for name in names.removeprefix("!").split("|")}
    used |= {name for train in made.trains for name in _GROUPS.findall(train)}
    if unknown := used - pattern.groupindex.keys():
        raise EstateError(f"{place}: its pattern has no group {', '.join(sorted(unknown))}")
    return made
