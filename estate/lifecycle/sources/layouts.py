"""How a vendor's table of dates is read: ``config/lifecycle/layouts.toml``, whose head explains each key."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import config
from estate.lifecycle.milestones import MILESTONES

PARTS, MODELS, LEAD = "parts", "models", "lead"


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout. ``columns``, ``notes`` and ``remarks`` hold the headings of each column, as they are compared."""

    name: str
    vendor: str
    source: str
    source_type: str
    dates: tuple[str, ...]
    blank: tuple[str, ...]
    names: str
    separators: str
    spaces: bool
    strip: tuple[str, ...]
    leave_out: tuple[str, ...]
    undated_means_not_announced: bool
    columns: Mapping[str, tuple[str, ...]]
    notes: Mapping[str, tuple[str, ...]]
    remarks: Mapping[str, tuple[str, ...]]

    def places(self, headings: tuple[str, ...]) -> dict[str, int]:
        """Where each column of ours stands under these headings; empty where they are no headings of such a table."""
        plain = [heading(cell) for cell in headings]
        found: dict[str, int] = {}
        for listed in (self.columns, self.notes, self.remarks):
            for name, spellings in listed.items():
                place = next((plain.index(text) for text in spellings if text in plain), None)
                if place is not None and place not in found.values():
                    found[name] = place
        return found if "product" in found and found.keys() & {*MILESTONES} else {}


def heading(cell: str) -> str:
    """A heading as it is compared: letters and digits alone, in small letters."""
    return re.sub(r"[^a-z0-9]+", "", cell.casefold())


@functools.cache
def layouts() -> Mapping[str, Layout]:
    """What ships, by name."""
    data = tomllib.loads((files(config) / "lifecycle" / "layouts.toml").read_text(encoding="utf-8"))
    return {name: _layout(name, one) for name, one in data.items()}


def _layout(name: str, one: Mapping[str, object]) -> Layout:
    def texts(key: str) -> tuple[str, ...]:
        listed = one.get(key, [])
        return tuple(str(text) for text in listed) if isinstance(listed, list) else ()

    def headings(key: str) -> dict[str, tuple[str, ...]]:
        listed = one.get(key, {})
        return {ours: tuple(map(heading, said)) for ours, said in listed.items()} if isinstance(listed, dict) else {}

    return Layout(
        name=name,
        vendor=str(one["vendor"]),
        source=str(one["source"]),
        source_type=str(one["source_type"]),
        dates=texts("dates"),
        blank=texts("blank"),
        names=str(one["names"]),
        separators=str(one.get("separators", "")),
        spaces=bool(one.get("spaces")),
        strip=texts("strip"),
        leave_out=texts("leave_out"),
        undated_means_not_announced=one.get("undated") == "not_announced",
        columns=headings("columns"),
        notes=headings("notes"),
        remarks=headings("remarks"),
    )
