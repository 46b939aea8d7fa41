"""Lifecycle packs: the dated facts about products, as shipped in ``config/lifecycle`` and as a council adds its own.

A pack is a CSV file whose every row cites its source. The shipped ones are read once a process; those in the folder
``lifecycle`` of the estate folder are read afresh each time, and win. Besides hardware and software packs we ship
``series.csv`` (which part numbers belong to a series that has a row but no part number; the first pattern that
matches wins), ``aliases.csv`` (other spellings of the same part) and ``vendors.csv`` (other names of the same vendor).
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
from config.tables import Folder
from estate.lifecycle.entries import ALIASES, HARDWARE, SERIES, SOFTWARE, VENDORS, AliasRule, Entry, Release, SeriesRule
from estate.lifecycle.ranking import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FOLDER = "lifecycle"
# Part of every catalogue's hash: raise it when the rules of matching change, so that stored matches are made anew.
RULES = "4"
# What ships beside the packs and holds no dates.
_OURS = frozenset({"aliases.csv", "series.csv", "vendors.csv"})
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


def read_packs(folder: Folder | None) -> tuple[Catalogue, list[Problem]]:
    """What ships and what the estate folder adds, with every problem in the council's own packs.

    Rows with a problem are left out. A file with a column ``os`` is a software pack, any other a hardware pack.
    """
    shipped = _shipped()
    entries, releases, problems = _read(folder, _pack_names(folder))
    own = [_pack("", entries, shipped.vendors)] if entries else []
    catalogue = dataclasses.replace(
        shipped,
        hash=catalogue_hash(folder),
        packs=(*own, *shipped.packs),
        releases=(*releases, *shipped.releases),
    )
    return catalogue, problems


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
    names = [*_pack_names(folder), *(f"{FOLDER}/{name}" for name in sorted(_OURS))]
    return hashlib.sha256(b"\0".join(_content(folder, name) for name in names)).hexdigest()


@functools.cache
def _shipped() -> Catalogue:
    folder = _shipped_folder()
    vendors = {
        _vendor_key(row.alias): _vendor_key(row.vendor)
        for row in folder.rows(dataclasses.replace(VENDORS, name=f"{FOLDER}/vendors"))
    }
    entries, releases, problems = _read(folder, _pack_names(folder))
    if problems:
        raise InputError(problems)
    return Catalogue(
        hash="",
        packs=(
            _pack(SHIPPED, [dataclasses.replace(entry, place=f"{SHIPPED}{entry.place}") for entry in entries], vendors),
        ),
        series=tuple(folder.rows(dataclasses.replace(SERIES, name=f"{FOLDER}/series"))),
        aliases=tuple(folder.rows(dataclasses.replace(ALIASES, name=f"{FOLDER}/aliases"))),
        vendors=vendors,
        releases=tuple(dataclasses.replace(release, place=f"{SHIPPED}{release.place}") for release in releases),
    )


def _pack_names(folder: Folder | None) -> list[str]:
    """The hardware and software packs of a folder, in the order of their names."""
    if folder is None:
        return []
    names = sorted(path.name for path in (folder.path / FOLDER).glob("*.csv"))
    ours = _OURS if folder.path == _shipped_folder().path else frozenset[str]()
    return [f"{FOLDER}/{name}" for name in names if name not in ours]


def _content(folder: Folder | None, name: str) -> bytes:
    return (folder.read_bytes(name) if folder else None) or b""


def _read(folder: Folder | None, names: Iterable[str]) -> tuple[list[Entry], list[Release], list[Problem]]:
    entries: list[Entry] = []
    releases: list[Release] = []
    problems: list[Problem] = []
    if folder is None:
        return entries, releases, problems
    for name in names:
        header = _content(folder, name).split(b"\n", 1)[0].decode("utf-8-sig", "replace").lower()
        stem = name.removesuffix(".csv")
        if "os" in (cell.strip().strip('"') for cell in header.split(",")):
            software, found = folder.read(dataclasses.replace(SOFTWARE, name=stem))
            releases += software
        else:
            hardware, found = folder.read(dataclasses.replace(HARDWARE, name=stem))
            entries += hardware
        problems += found
    return entries, releases, problems


def _pack(origin: str, entries: Iterable[Entry], vendors: Mapping[str, str]) -> Pack:
    by_part: dict[str, list[Entry]] = {}
    by_model: dict[str, list[Entry]] = {}
    key_of = functools.cache(functools.partial(model_key, vendors=vendors))  # thousands of rows share few models
    for entry in entries:
        if entry.part_number:
            by_part.setdefault(part_key(entry.part_number), []).append(entry)
        if entry.model:
            by_model.setdefault(key_of(entry.model), []).append(entry)
    return Pack(
        origin,
        {key: tuple(rows) for key, rows in by_part.items()},
        {key: tuple(rows) for key, rows in by_model.items()},
    )
