"""Which milestones a product has: exact first, then named aliases, then its series, else none. Never by likeness.

A part number with the spare suffix ``=`` is a product of its own with dates of its own (of 646 pairs in our packs 41
differ in the last date of support), so the suffix is dropped only where the exact part number has no row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from estate.lifecycle.entries import Entry
from estate.lifecycle.milestones import Grade, Match
from estate.lifecycle.packs import Catalogue, Pack, model_key, part_key

if TYPE_CHECKING:
    from collections.abc import Iterator

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
# How many rules may follow one another: a spare made for the Trade Agreements Act has two suffixes.
MAX_RULES = 2

Found = tuple[Pack, Entry]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One step of a match: what was looked up, by which rule, and the rows that it found; most find none."""

    grade: Grade
    rule: str
    tried: str
    found: Sequence[Found] = ()


def match(catalogue: Catalogue, vendor: str | None, part_number: str | None, model: str | None) -> Match:
    """The milestones of a product and how they were found; grade ``none`` where nothing is known of it.

    In this order: the part number as it is; its other spellings by the rules of ``aliases.csv``, one rule or two in a
    row; the model read as a part number; the model's name; the series that its part number belongs to. A blank vendor
    matches only an exact part number that a single vendor has.
    """
    for attempt in attempts(catalogue, vendor, part_number, model):
        if attempt.found:
            return _best(attempt.grade, attempt.rule, attempt.found)
    return Match(Grade.NONE)


def attempts(catalogue: Catalogue, vendor: str | None, part_number: str | None, model: str | None) -> Iterator[Attempt]:
    """Every step of :func:`match`, in its order; the first with rows decides."""
    maker, part, name = catalogue.vendor(vendor), part_number or "", model or ""
    if not maker:
        found = _by_part(catalogue, None, part)
        if len({catalogue.vendor(entry.vendor) for _, entry in found}) == 1:
            yield Attempt(Grade.ALIAS, "vendor not given: only one has this part number", part, found)
        return
    yield Attempt(Grade.EXACT, "", part, _by_part(catalogue, maker, part))
    yield from _spelt_otherwise(catalogue, maker, part, "")
    yield Attempt(Grade.ALIAS, "model read as part number", name, _by_part(catalogue, maker, name))
    yield from _spelt_otherwise(catalogue, maker, name, "model read as part number, ")
    for text in (name, part):
        yield _by_model(catalogue, maker, text)
    for text in (part, name):
        yield _by_series(catalogue, maker, text)


def _spelt_otherwise(catalogue: Catalogue, vendor: str, part_number: str, said: str) -> Iterator[Attempt]:
    """The rows under other spellings of a part number, where they agree on what decides; nearest spellings first."""
    ways = [(part_key(part_number), "")]
    for _ in range(MAX_RULES):
        following: list[tuple[str, str]] = []
        for name, rule in ways:
            for alias in catalogue.aliases:
                if catalogue.vendor(alias.vendor) != vendor or not (others := alias.spellings(name)):
                    continue
                reason = f"{rule} and {alias.reason}" if rule else alias.reason
                found = [item for other in others for item in _by_part(catalogue, vendor, other)]
                agree = len({_deciding(entry) for _, entry in found}) == 1
                yield Attempt(Grade.ALIAS, f"{said}{reason}", " ".join(others), found if agree else ())
                following += [(other, reason) for other in others]
        ways = following


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


def _by_model(catalogue: Catalogue, vendor: str, model: str) -> Attempt:
    """Rows about the model itself, else the rows of the part numbers under its name.

    Where those differ nobody can say which is meant: the one that ends last is the latest possible.
    """
    found = _named(catalogue, vendor, model)
    if own := [item for item in found if item[1].part_number is None]:
        return Attempt(Grade.ALIAS, "model name", model, own)
    if len({_deciding(entry) for _, entry in found}) <= 1:
        return Attempt(Grade.ALIAS, "model name", model, found[:1])
    if any(not any(_deciding(entry)) for _, entry in found):
        return Attempt(Grade.NONE, "the part numbers of this model differ, and some have no date", model)
    last = max(found, key=lambda item: [day or dt.date.min for day in _deciding(item[1])])
    return Attempt(Grade.SERIES, f"the last of {len(found)} part numbers of this model to end", model, [last])


def _by_series(catalogue: Catalogue, vendor: str, part_number: str) -> Attempt:
    key = part_key(part_number)
    for rule in catalogue.series:
        if key and catalogue.vendor(rule.vendor) == vendor and rule.pattern.match(key):
            reason = f": {rule.reason}" if rule.reason else ""
            found = _named(catalogue, vendor, rule.model)
            return Attempt(Grade.SERIES, f"{rule.pattern.pattern}{reason}", part_number, found)
    return Attempt(Grade.SERIES, "series pattern", part_number)


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
