"""What a product of endoflife.date says of its releases, as rows of a software pack. Pure: the client is beside it.

What a column means differs by product, so a date is used only where the label that came with it is the one that
``config/lifecycle/endoflife.toml`` gives a meaning to. A date of null means that none is announced, unless the release
is said to have ended.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import config
from estate.lifecycle.sources.changes import Cells
from estate.lifecycle.sources.packfile import problems_of, tame
from estate.lifecycle.sources.web import SourceError, shown
from estate.lifecycle.versions import names_of

if TYPE_CHECKING:
    from estate.lifecycle.packs import Catalogue

SOURCE_TYPE = "curated-community"
PHASES = ("eoas", "eol", "eoes")
DECIDING = frozenset({"end_of_security_support", "end_of_support"})
MAX_RELEASES = 2000
_TAG = re.compile(r"<[^>]{0,200}>")


@dataclass(frozen=True, slots=True)
class Product:
    """An entry of ``endoflife.toml``: ``phases`` are label and milestone by phase, ``custom`` milestones by field."""

    name: str
    vendor: str
    os: str
    phases: Mapping[str, tuple[str, str]]
    custom: Mapping[str, str]
    caution: str = ""


@dataclass(slots=True)
class Listing:
    """What one answer says: rows, what could not be used (release and reason), and remarks about the product."""

    rows: list[Cells] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    undated: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@functools.cache
def products() -> tuple[Product, ...]:
    """What ships."""
    data = tomllib.loads((files(config) / "lifecycle" / "endoflife.toml").read_text(encoding="utf-8"))
    return tuple(
        Product(
            one["name"],
            one["vendor"],
            one["os"],
            {phase: (one[phase][0], one[phase][1]) for phase in PHASES if phase in one},
            one.get("custom", {}),
            one.get("caution", ""),
        )
        for one in data["product"]
    )


def products_of(catalogue: Catalogue, systems: Iterable[tuple[str, str]]) -> tuple[Product, ...]:
    """The products that stand for the systems (vendor, operating system) of an estate."""
    running = {(catalogue.vendor(vendor), name) for vendor, os in systems if os for name in names_of(os)}
    return tuple(
        product
        for product in products()
        if any((catalogue.vendor(maker), product.os.casefold()) in running for maker in product.vendor.split("/"))
    )


def listing(answer: Any, product: Product, day: dt.date, source: str) -> Listing:
    """The releases of an answer.

    Args:
        answer: the JSON of ``/products/NAME``.
        product: what its columns mean.
        day: when it was asked.
        source: the text for the column ``source``.

    Raises:
        SourceError: when it is no such answer.
    """
    result = answer.get("result") if isinstance(answer, dict) else None
    releases = result.get("releases") if isinstance(result, dict) else None
    if not isinstance(result, dict) or not isinstance(releases, list) or len(releases) > MAX_RELEASES:
        raise SourceError(f"endoflife.date answered without a list of releases of {product.name}: {shown(answer)}")
    found = Listing()
    if result.get("name") != product.name:
        found.remarks.append(f"{product.name} is now called {shown(result.get('name'))}")
    phases = _phases(product, result.get("labels"), found)
    for release in releases:
        if isinstance(release, dict) and isinstance(release.get("name"), str) and release["name"].strip():
            _add(found, release, product, phases, day, source)
        else:
            found.refused.append(("?", f"a release without a name: {shown(release)}"))
    return found


def _phases(product: Product, labels: object, found: Listing) -> dict[str, str]:
    """The milestone of each phase whose label is the one that we know."""
    said = labels if isinstance(labels, dict) else {}
    kept = {}
    for phase in PHASES:
        label, milestone = product.phases.get(phase, ("", ""))
        now = said.get(phase)
        if isinstance(now, str) and _plain(now) == _plain(label):
            kept[phase] = milestone
        elif now or label:
            found.remarks.append(
                f"{product.name}: {phase} is labelled {shown(_TAG.sub('', str(now))) if now else 'nothing'}, not "
                f"{label or 'nothing'}: what it means is not known, and its dates are not used"
            )
    return kept


def _add(
    found: Listing, release: Mapping[str, Any], product: Product, phases: Mapping[str, str], day: dt.date, source: str
) -> None:
    name = tame(release["name"])
    row: Cells = {
        "vendor": product.vendor,
        "os": product.os,
        "release": name,
        "released": _date(release.get("releaseDate")),
        "source": source,
        "source_type": SOURCE_TYPE,
    }
    latest = release.get("latest")
    row["latest"] = tame(latest.get("name")) if isinstance(latest, dict) else ""
    notes = []
    for phase, milestone in phases.items():
        value = _date(release.get(f"{phase}From"))
        label = f"{phase}='{product.phases[phase][0]}'"
        if value:
            notes.append(f"{label} -> {milestone}" if milestone else f"{label} {value}")
        if value and milestone:
            row[milestone] = value
    extra = release.get("custom")
    for key, milestone in product.custom.items():
        if value := _date(extra.get(key) if isinstance(extra, dict) else None):
            row[milestone] = value
            notes.append(f"{key} -> {milestone}")
    if not any(row.get(milestone) for milestone in DECIDING):
        ended = [release.get(f"is{phase.capitalize()}") for phase, meant in phases.items() if meant in DECIDING]
        if True in ended or False not in ended:
            found.undated.append(name)
            return
        row["not_announced_on"] = day.isoformat()
    notes += ["LTS"] if release.get("isLts") is True else []
    row["note"] = tame("; ".join((*notes, *filter(None, [product.caution]))))
    if problems := problems_of(row):
        found.refused.append((f"{product.os} {name}", "; ".join(problems)))
    else:
        found.rows.append(row)


def again(rows: Iterable[Cells], product: Product, day: dt.date, source: str) -> list[Cells]:
    """Rows of a product whose answer has not changed: it says today what it said before."""
    return [
        row | {"source": source} | ({"not_announced_on": day.isoformat()} if row.get("not_announced_on") else {})
        for row in rows
        if (row["vendor"], row["os"]) == (product.vendor, product.os)
    ]


def _date(value: object) -> str:
    """The text of a date, blank for null; whether it is a date is found out by the rules of the packs."""
    return value.strip() if isinstance(value, str) else ""


def _plain(label: str) -> str:
    return " ".join(_TAG.sub("", label).casefold().split())
