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
from estate.lifecycle.packs import Catalogue, model_key, part_key
from estate.lifecycle.ranking import conflicts, known_on, ranked

if TYPE_CHECKING:
    from collections.abc import Iterator

# How many rules may follow one another: a spare made for the Trade Agreements Act has two suffixes.
MAX_RULES = 2


@dataclass(frozen=True, slots=True)
class Attempt:
    """One step of a match: what was looked up, by which rule, and the rows that it found; most find none."""

    grade: Grade
    rule: str
    tried: str
    found: Sequence[Entry] = ()


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
        if len({catalogue.vendor(entry.vendor) for entry in found}) == 1:
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
                agree = len({_deciding(entry) for entry in found}) == 1
                yield Attempt(Grade.ALIAS, f"{said}{reason}", " ".join(others), found if agree else ())
                following += [(other, reason) for other in others]
        ways = following


def _by_part(catalogue: Catalogue, vendor: str | None, part_number: str) -> list[Entry]:
    key = part_key(part_number)
    return [
        entry
        for pack in catalogue.packs
        for entry in pack.by_part.get(key, ())
        if key and (vendor is None or catalogue.vendor(entry.vendor) == vendor)
    ]


def _named(catalogue: Catalogue, vendor: str, model: str) -> list[Entry]:
    key = model_key(model, catalogue.vendors)
    return [
        entry
        for pack in catalogue.packs
        for entry in pack.by_model.get(key, ())
        if key and catalogue.vendor(entry.vendor) == vendor
    ]


def _by_model(catalogue: Catalogue, vendor: str, model: str) -> Attempt:
    """Rows about the model itself, else the rows of the part numbers under its name.

    Where those differ nobody can say which is meant: the one that ends last is the latest possible.
    """
    found = _named(catalogue, vendor, model)
    if own := [entry for entry in found if entry.part_number is None]:
        return Attempt(Grade.ALIAS, "model name", model, own)
    if len({_deciding(entry) for entry in found}) <= 1:
        return Attempt(Grade.ALIAS, "model name", model, found[:1])
    if any(not any(_deciding(entry)) for entry in found):
        return Attempt(Grade.NONE, "the part numbers of this model differ, and some have no date", model)
    last = max(found, key=lambda entry: [day or dt.date.min for day in _deciding(entry)])
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


def _best(grade: Grade, rule: str, found: Sequence[Entry]) -> Match:
    """What the row that counts says; what the others say otherwise stands in the note."""
    rows = ranked(found)
    best = rows[0]
    return Match(
        grade=grade,
        rule=rule,
        row=best.place,
        vendor=best.vendor,
        matched=best.part_number or best.model or "",
        dates=best.dates,
        not_announced_on=best.not_announced_on,
        replacement=best.replacement_part,
        source=best.source,
        source_type=best.source_type or "",
        bulletin=best.bulletin or "",
        note="; ".join([*([best.note] if best.note else []), *conflicts(rows)]),
        known_on=known_on(best),
    )
