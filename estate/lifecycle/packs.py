"""Lifecycle packs: the dated facts about products, as shipped in ``config/lifecycle`` and as a council adds its own.

A pack is a CSV file whose every row cites its source. The shipped ones are read once a process; those in the folder
``lifecycle`` of the estate folder are read afresh each time, and win. Besides hardware and software packs there are
``series.csv`` (which part numbers belong to a series that has a row but no part number; the first pattern that
matches wins), ``aliases.csv`` (other spellings of the same part) and ``vendors.csv`` (other names of the same vendor);
a council may have its own of each, which are read before ours.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import config
from config.errors import InputError, Problem
from config.folder import Folder
from config.tables import Row, Table
from estate.lifecycle.entries import ALIASES, HARDWARE, SERIES, SOFTWARE, VENDORS, AliasRule, Entry, Release, SeriesRule
from estate.lifecycle.ranking import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FOLDER = "lifecycle"
# Part of every catalogue's hash: raise it when the rules of matching change, so that stored matches are made anew.
RULES = "4"
# Part of every pack's hash: raise it when what is kept of a row changes, so that unchanged files are loaded anew.
ROWS = "1"
# Words at the end of a company's name that do not make it another vendor.
LEGAL_FORMS = frozenset(
    {"inc", "ltd", "limited", "llc", "corp", "corporation", "company", "co", "gmbh", "ag", "sa", "sas"}
)


@dataclass(frozen=True, slots=True)
class Pack:
    """The hardware rows of one origin (``config/`` for what ships, blank for the council's), indexed for matching."""

    origin: str
    by_part: Mapping[str, tuple[Entry, ...]]
    by_model: Mapping[str, tuple[Entry, ...]]
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that is known of products. ``packs`` are in the order in which they win: the council's own first.

    ``hash`` (SHA-256, hex) changes whenever a file or a rule of matching does.
    """

    hash: str
    packs: tuple[Pack, ...] = ()
    series: tuple[SeriesRule, ...] = ()
    vendors: Mapping[str, str] = field(default_factory=dict)
    releases: tuple[Release, ...] = ()
    aliases: tuple[AliasRule, ...] = ()

    def vendor(self, name: str | None) -> str:
        """The one spelling of a vendor's name under which its products are filed; blank for none."""
        return _vendor(self.vendors, name)


def part_key(part_number: str) -> str:
    """A part number without case and outer blanks: nothing else may differ."""
    return part_number.strip().upper()


def model_key(model: str, vendors: Mapping[str, str]) -> str:
    """A model's name as it is compared: FortiGate-60F is FortiGate 60F, Check Point 5900 is 5900 Appliance.

    Case, blanks, hyphens, a leading name of a vendor and the word "appliance" do not count; everything else does.
    """
    words = re.sub(r"\bappliance\b", "", model.casefold()).split()
    for length in range(len(words) - 1, 0, -1):
        if (name := _vendor_key(" ".join(words[:length]))) in vendors or name in vendors.values():
            words = words[length:]
            break
    return re.sub(r"[\s_-]+", "", " ".join(words))


@functools.lru_cache(maxsize=4096)
def _vendor_key(name: str) -> str:
    words = re.sub(r"[.,]", " ", name.casefold()).split()
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    return " ".join(words)


def _vendor(vendors: Mapping[str, str], name: str | None) -> str:
    key = _vendor_key(name or "")
    return vendors.get(key, key)


# ----------------------------------------------------------------------------------------------------------- reading


def catalogue_hash(folder: Folder | None) -> str:
    """The hash of the catalogue that :func:`read_packs` would make, without parsing anything."""
    digest = hashlib.sha256(f"{RULES} {_shipped_hash()}".encode())
    for name in _pack_names(folder):
        digest.update(f"\0{name}\0".encode() + _content(folder, name))
    return digest.hexdigest()


def pack_hashes(folder: Folder | None) -> dict[str, str]:
    """A SHA-256 (hex) of every pack by its file, without parsing anything: what ships, and the council's own."""
    return _shipped_hashes() | _hashes(folder, "")


def read_packs(folder: Folder | None) -> tuple[Catalogue, list[Problem]]:
    """What ships and what the estate folder adds, with every problem in the council's own packs.

    Rows with a problem are left out. A file with a column ``os`` is a software pack; any other that is not one of the
    three that hold no dates is a hardware pack.
    """
    shipped = _shipped()
    own = _read(folder, _pack_names(folder))
    vendors = {**shipped.vendors, **own.vendors}
    catalogue = dataclasses.replace(
        shipped,
        hash=catalogue_hash(folder),
        packs=(*([pack_of("", own.entries, vendors)] if own.entries else []), *shipped.packs),
        releases=(*own.releases, *shipped.releases),
        series=(*own.series, *shipped.series),
        aliases=(*own.aliases, *shipped.aliases),
        vendors=vendors,
    )
    return catalogue, [*own.problems, *_leading_nowhere(catalogue, own.series)]


def _leading_nowhere(catalogue: Catalogue, series: Iterable[SeriesRule]) -> Iterator[Problem]:
    for rule in series:
        key = model_key(rule.model, catalogue.vendors)
        if not any(key in pack.by_model for pack in catalogue.packs):
            file, _, number = rule.place.rpartition(":")
            yield Problem(file, int(number), "model", f"no hardware row is about a model {rule.model!r}: add its dates")


def load_packs(folder: Folder | None) -> Catalogue:
    """The catalogue of an estate folder.

    Raises:
        InputError: when a pack of the estate folder holds any problem; all of them.
    """
    catalogue, problems = read_packs(folder)
    if errors := [problem for problem in problems if not problem.warning]:
        raise InputError(errors)
    return catalogue


def _shipped_folder() -> Folder:
    return Folder(Path(config.__file__).resolve().parent)


@functools.cache
def _shipped_hash() -> str:
    folder = _shipped_folder()
    return hashlib.sha256(b"\0".join(_content(folder, name) for name in _pack_names(folder))).hexdigest()


@functools.cache
def _shipped_hashes() -> dict[str, str]:
    return _hashes(_shipped_folder(), SHIPPED)


def _hashes(folder: Folder | None, origin: str) -> dict[str, str]:
    names = [name for name in _pack_names(folder) if name != f"{FOLDER}/vendors.csv"]
    kept = f"{ROWS}\0".encode()
    return {f"{origin}{name}": hashlib.sha256(kept + _content(folder, name)).hexdigest() for name in names}


@functools.cache
def _shipped() -> Catalogue:
    folder = _shipped_folder()
    found = _read(folder, _pack_names(folder), SHIPPED)
    if found.problems:
        raise InputError(found.problems)
    return Catalogue(
        hash="",
        packs=(pack_of(SHIPPED, found.entries, found.vendors),),
        series=tuple(found.series),
        aliases=tuple(found.aliases),
        vendors=found.vendors,
        releases=tuple(found.releases),
    )


def _pack_names(folder: Folder | None) -> list[str]:
    """The packs of a folder, in the order of their names: its files, and what was laid over them."""
    if folder is None:
        return []
    names = {f"{FOLDER}/{path.name}" for path in (folder.path / FOLDER).glob("*.csv")}
    names |= {name for name in folder.contents if name.startswith(f"{FOLDER}/") and name.endswith(".csv")}
    return sorted(names)


def _content(folder: Folder | None, name: str) -> bytes:
    return (folder.read_bytes(name) if folder else None) or b""


@dataclass(slots=True)
class _Read:
    """All rows of the packs of one folder, and all problems."""

    entries: list[Entry] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    series: list[SeriesRule] = field(default_factory=list)
    aliases: list[AliasRule] = field(default_factory=list)
    vendors: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def _read(folder: Folder | None, names: Iterable[str], origin: str = "") -> _Read:
    found = _Read()

    def rows(table: Table[Row], stem: str) -> list[Row]:
        parsed, problems = folder.read(dataclasses.replace(table, name=stem)) if folder else ([], [])
        found.problems += problems
        if not origin:
            return parsed
        # a dataclass, whose place says which file it stands in
        return [dataclasses.replace(row, place=f"{origin}{row.place}") for row in parsed]  # type: ignore[type-var, attr-defined] # a dataclass

    for name in names:
        stem = name.removesuffix(".csv")
        match stem.rpartition("/")[2]:
            case "vendors":
                found.vendors = {_vendor_key(row.alias): _vendor_key(row.vendor) for row in rows(VENDORS, stem)}
            case "series":
                found.series += rows(SERIES, stem)
            case "aliases":
                found.aliases += rows(ALIASES, stem)
            case _ if _has_os(_content(folder, name)):
                found.releases += rows(SOFTWARE, stem)
            case _:
                found.entries += rows(HARDWARE, stem)
    return found


def _has_os(content: bytes) -> bool:
    """Whether the header of a pack has the column that makes it one of software."""
    header = content.split(b"\n", 1)[0].decode("utf-8-sig", "replace").lower()
    return "os" in (cell.strip().strip('"') for cell in header.split(","))


def pack_of(origin: str, entries: Iterable[Entry], vendors: Mapping[str, str]) -> Pack:
    """Hardware rows of one origin, indexed."""
    listed = tuple(entries)
    by_part: dict[str, list[Entry]] = {}
    by_model: dict[str, list[Entry]] = {}
    key_of = functools.cache(functools.partial(model_key, vendors=vendors))  # thousands of rows share few models
    for entry in listed:
        if entry.part_number:
            by_part.setdefault(part_key(entry.part_number), []).append(entry)
        if entry.model:
            by_model.setdefault(key_of(entry.model), []).append(entry)
    return Pack(
        origin,
        {key: tuple(rows) for key, rows in by_part.items()},
        {key: tuple(rows) for key, rows in by_model.items()},
        listed,
    )
