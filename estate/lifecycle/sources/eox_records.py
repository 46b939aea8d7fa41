"""What a record of Cisco's EoX API v5 says, as rows of a hardware pack. Pure: the client is beside it.

The traps are known from published records: a date is blank in three ways, the security date has two names, one part may
have several records, "no end announced" is a record with an error in it, and what was asked comes back with a blank
behind it. Which field means what stands in ``config/lifecycle/cisco-eox.toml``.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import config
from estate.lifecycle.packs import part_key
from estate.lifecycle.sources.changes import Cells
from estate.lifecycle.sources.packfile import problems_of, tame
from estate.lifecycle.sources.web import SourceError, shown

SOURCE_TYPE = "eox-api-record"
VENDOR = "Cisco"
DATE_FORMAT = "YYYY-MM-DD"
MAX_PAGES = 50
_LINKS = re.compile(r"\s*;\s*|\s+or\s+|\s+and\s+|\s*,\s*(?=http)")


@dataclass(frozen=True, slots=True)
class Rules:
    """``config/lifecycle/cisco-eox.toml``."""

    parts_a_call: int
    list_characters: int
    part_number: re.Pattern[str]
    junk: re.Pattern[str]
    not_announced: frozenset[str]
    not_authorised: frozenset[str]
    too_fast: frozenset[str]
    milestones: Mapping[str, tuple[str, ...]]


@functools.cache
def rules() -> Rules:
    """What ships."""
    data = tomllib.loads((files(config) / "lifecycle" / "cisco-eox.toml").read_text(encoding="utf-8"))
    return Rules(
        parts_a_call=data["parts_a_call"],
        list_characters=data["list_characters"],
        part_number=re.compile(data["part_number"]),
        junk=re.compile("|".join(data["junk"])),
        not_announced=frozenset(data["not_announced"]),
        not_authorised=frozenset(data["not_authorised"]),
        too_fast=frozenset(data["too_fast"]),
        milestones={name: tuple(fields) for name, fields in data["milestones"].items()},
    )


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer."""

    last: int
    records: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of one part number: a row for the pack, or why there is none."""

    part: str
    row: Cells | None = None
    reason: str = ""


def askable(part_number: str) -> bool:
    """Whether a text may be sent as a part number: no blank, no wildcard, none of the words that stand for nothing."""
    key = part_key(part_number)
    return bool(rules().part_number.fullmatch(key)) and not rules().junk.fullmatch(key)


def page_of(answer: Any) -> Page:
    """A page as far as its shape goes.

    Raises:
        SourceError: when it is no page of EoX records.
    """
    records = answer.get("EOXRecord") if isinstance(answer, dict) else None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise SourceError(f"the EoX interface answered without a list EOXRecord: {shown(answer)}")
    paging = answer.get("PaginationResponseRecord")
    last = paging.get("LastIndex", 1) if isinstance(paging, dict) else 1
    try:
        return Page(min(int(last), MAX_PAGES), tuple(records))
    except (TypeError, ValueError):
        raise SourceError(f"the EoX interface counts its pages as {shown(last)}") from None


def not_authorised(records: Iterable[Mapping[str, Any]]) -> str:
    """What a record says against our right to ask; blank where none does."""
    for record in records:
        number, text, _ = _error(record)
        if number in rules().not_authorised:
            return f"{number}: {text}"
    return ""


def told(records: Sequence[Mapping[str, Any]], asked: Sequence[str], day: dt.date, source: str) -> list[Told]:
    """What the records say of each part number that was asked for, in that order; nothing of one they leave out.

    Args:
        records: all pages of one answer.
        asked: the part numbers of the question.
        day: when it was asked.
        source: the address that was asked, for the column ``source``.
    """
    about: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    keys = {part_key(part) for part in asked}
    for record in records:
        for key in _parts(record) & keys:
            about[key].append(record)
    return [_told(part, about[part_key(part)], day, source) for part in asked if part_key(part) in about]


def _told(part: str, records: Sequence[Mapping[str, Any]], day: dt.date, source: str) -> Told:
    faulty = [error for record in records if (error := _error(record))[0]]
    dated = [record for record in records if not _error(record)[0]]
    if not dated:
        number, text, _ = faulty[0]
        if number in rules().not_announced:
            return Told(part, _row(part, source, day) | {"not_announced_on": day.isoformat()})
        return Told(part, reason=f"{number}: {text}")
    record = max(dated, key=lambda one: _date_text(one.get("UpdatedTimeStamp")))
    named = part_key(_text(record.get("EOLProductID")))
    if named and named != part_key(part):
        return Told(part, reason=f"answered with {named}, which is another part number")
    dates: Cells = {}
    for milestone, fields in rules().milestones.items():
        value = next((record[name] for name in fields if _date_text(record.get(name))), None)
        if value is None:
            continue
        if _odd_format(value):
            return Told(part, reason=f"{milestone}: written as {shown(value)}, not as {DATE_FORMAT}")
        dates[milestone] = _date_text(value)
    if not dates:
        return Told(part, reason="a record without any date, which is not the same as none announced")
    row = _row(part, source, day) | dates | _rest(record, part)
    if len(dated) > 1:
        row["note"] = f"{len(dated)} records, this one updated {_date_text(record.get('UpdatedTimeStamp')) or '?'}"
    problems = problems_of(row)
    return Told(part, None if problems else row, "; ".join(problems))


def _row(part: str, source: str, day: dt.date) -> Cells:
    said = f"{source} (Cisco EoX API v5, read {day})"
    return {"vendor": VENDOR, "part_number": part_key(part), "source": said, "source_type": SOURCE_TYPE}


def _rest(record: Mapping[str, Any], part: str) -> Cells:
    """Bulletin and replacement, which are texts."""
    bulletin = " ".join(text for text in (_text(record.get("ProductBulletinNumber")), _link(record)) if text)
    moving = record.get("EOXMigrationDetails")
    replacement = ""
    if isinstance(moving, dict) and _text(moving.get("MigrationOption")) == "Enter PID(s)":
        replacement = _text(moving.get("MigrationProductId"))
    same = part_key(replacement) == part_key(part)
    return {"bulletin": tame(bulletin), "replacement_part": "" if same else tame(replacement)}


def _link(record: Mapping[str, Any]) -> str:
    """The first address of a field that may hold several, joined by ";", " or " and " and "."""
    links = _LINKS.split(_text(record.get("LinkToProductBulletinURL")))
    return next((link for link in links if link.startswith(("https://", "http://"))), "")


def _parts(record: Mapping[str, Any]) -> set[str]:
    """The part numbers of the question that a record is about: an error may name several, a record names one."""
    number, text, value = _error(record)
    echoed = _text(record.get("EOXInputValue"))
    if number:
        listed = value or text.rpartition(":")[2] or echoed
        return {part_key(one) for one in f"{listed},{echoed if ',' not in echoed else ''}".split(",") if one.strip()}
    product = part_key(_text(record.get("EOLProductID")))
    inputs = {part_key(one) for one in echoed.split(",") if one.strip()}
    return inputs if len(inputs) == 1 else {product}


def _error(record: Mapping[str, Any]) -> tuple[str, str, str]:
    """The number, the text and the subject of a record's error; blank where it has none."""
    error = record.get("EOXError")
    if not isinstance(error, dict):
        return "", "", ""
    number = _text(error.get("ErrorID"))
    return number, shown(_text(error.get("ErrorDescription"))), _text(error.get("ErrorDataValue")) if number else ""


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _date_text(field: object) -> str:
    """The text of a date field, which is a small object, blank in several ways, or not there."""
    return _text(field.get("value")) if isinstance(field, dict) else _text(field)


def _odd_format(field: object) -> bool:
    stated = _text(field.get("dateFormat")) if isinstance(field, dict) else ""
    return stated not in {"", DATE_FORMAT}
