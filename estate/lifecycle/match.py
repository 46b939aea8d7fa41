"""Which milestones a product has: exact first, then named aliases, then its series, else none. Never by likeness.

A part number with the spare suffix ``=`` is a product of its own with dates of its own (of 646 pairs in our packs 41
differ in the last date of support), so the suffix is dropped only where the exact part number has no row.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from estate.lifecycle.entries import Entry
from estate.lifecycle.milestones import Grade, Match
from estate.lifecycle.packs import Catalogue, Pack, model_key, part_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# How far a row is trusted where two speak of one part: the vendor's own words first, a stranger's typing last.
TRUST = (
    "eox-api-record",
    "vendor-page-quote",
    "vendor-repo",
    "vendor-bulletin-scrape",
    "vendor-series-page-scrape",
    "curated-community",
    "curated-community-pr",
    "aggregator",
    "third-party-transcription",
)
# Endings that do not change what a thing is: a spare, and a version made for the US Trade Agreements Act.
SUFFIXES = (("=", "spare suffix = dropped"), ("++", "trade-agreement suffix ++ dropped"))

Found = tuple[Pack, Entry]


def match(catalogue: Catalogue, vendor: str | None, part_number: str | None, model: str | None) -> Match:
    """The milestones of a product and how they were found; grade ``none`` where nothing is known of it.

    In this order: the part number as it is; the part number without its spare or trade-agreement suffix; the model
    read as a part number; the model's name; the series that its part number belongs to. A blank vendor matches only
    an exact part number that a single vendor has.
    """
    for grade, rule, found in _attempts(catalogue, catalogue.vendor(vendor), part_number or "", model or ""):
        if found:
            return _best(grade, rule, found)
    return Match(Grade.NONE)


def _attempts(
    catalogue: Catalogue, vendor: str, part_number: str, model: str
) -> Iterator[tuple[Grade, str, Sequence[Found]]]:
    if not vendor:
        found = _by_part(catalogue, None, part_number)
        if len({catalogue.vendor(entry.vendor) for _, entry in found}) == 1:
            yield Grade.ALIAS, "vendor not given: only one has this part number", found
        return
    yield Grade.EXACT, "", _by_part(catalogue, vendor, part_number)
    for shorter, rule in _without_suffix(part_number):
        yield Grade.ALIAS, rule, _by_part(catalogue, vendor, shorter)
    yield Grade.ALIAS, "model read as part number", _by_part(catalogue, vendor, model)
    for shorter, rule in _without_suffix(model):
        yield Grade.ALIAS, f"model read as part number, {rule}", _by_part(catalogue, vendor, shorter)
    for name in (model, part_number):
        yield _by_model(catalogue, vendor, name)
    for name in (part_number, model):
        yield _by_series(catalogue, vendor, name)


def _without_suffix(part_number: str) -> Iterator[tuple[str, str]]:
    rest, rules = part_key(part_number), list[str]()
    for suffix, rule in SUFFIXES:
        if rest.endswith(suffix):
            rest = rest.removesuffix(suffix)
            rules.append(rule)
            yield rest, " and ".join(rules)


def _by_part(catalogue: Catalogue, vendor: str | None, part_number: str) -> list[Found]:
    key = part_key(part_number)
    return [
        (pack, entry)
        for pack in catalogue.packs
        for entry in pack.by_part.get(key, ())
        if key and (vendor is None or catalogue.vendor(entry.vendor) == vendor)
    ]


def _named(catalogue: Catalogue, vendor: str, model: str) -> list[Found]:
    key = model_key(model, catalogue.vendors)
    return [
        (pack, entry)
        for pack in catalogue.packs
        for entry in pack.by_model.get(key, ())
        if key and catalogue.vendor(entry.vendor) == vendor
    ]


def _by_model(catalogue: Catalogue, vendor: str, model: str) -> tuple[Grade, str, Sequence[Found]]:
    """Rows about the model itself, else the rows of the part numbers under its name.

    Where those differ nobody can say which is meant: the one that ends last is the latest possible.
    """
    found = _named(catalogue, vendor, model)
    if own := [item for item in found if item[1].part_number is None]:
        return Grade.ALIAS, "model name", own
    if len({_deciding(entry) for _, entry in found}) <= 1:
        return Grade.ALIAS, "model name", found[:1]
    if any(not any(_deciding(entry)) for _, entry in found):
        return Grade.NONE, "", ()
    last = max(found, key=lambda item: [day or dt.date.min for day in _deciding(item[1])])
    return Grade.SERIES, f"the last of {len(found)} part numbers of this model to end", [last]


def _by_series(catalogue: Catalogue, vendor: str, part_number: str) -> tuple[Grade, str, Sequence[Found]]:
    key = part_key(part_number)
    for rule in catalogue.series:
        if key and catalogue.vendor(rule.vendor) == vendor and rule.pattern.match(key):
            reason = f": {rule.reason}" if rule.reason else ""
            return Grade.SERIES, f"{rule.pattern.pattern}{reason}", _named(catalogue, vendor, rule.model)
    return Grade.NONE, "", ()


def _deciding(entry: Entry) -> tuple[dt.date | None, dt.date | None]:
    return entry.end_of_support, entry.end_of_security_support


def _best(grade: Grade, rule: str, found: Sequence[Found]) -> Match:
    """The most trusted row; of equals the one announced last. What the others say otherwise stands in the note."""
    (pack, entry), *others = sorted(
        found, key=lambda item: (item[0].origin != "", trust(item[1].source_type), -_ordinal(item[1].eox_announced))
    )
    notes = [entry.note] if entry.note else []
    notes += [
        f"conflict: {other_pack.origin}{other.place} says end of support {other.end_of_support or 'blank'}, "
        f"end of security support {other.end_of_security_support or 'blank'}"
        for other_pack, other in others
        if _deciding(other) != _deciding(entry)
    ]
    return Match(
        grade=grade,
        rule=rule,
        row=f"{pack.origin}{entry.place}",
        vendor=entry.vendor,
        matched=entry.part_number or entry.model or "",
        dates=entry.dates,
        not_announced_on=entry.not_announced_on,
        replacement=entry.replacement_part,
        source=entry.source,
        source_type=entry.source_type or "",
        bulletin=entry.bulletin or "",
        note="; ".join(notes),
    )


def trust(source_type: str | None) -> int:
    """How far a kind of source is trusted: 0 is the most; one that nobody knows comes last."""
    return TRUST.index(source_type) if source_type in TRUST else len(TRUST)


def _ordinal(day: dt.date | None) -> int:
    return day.toordinal() if day else 0
