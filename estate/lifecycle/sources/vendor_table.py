"""A vendor's table of dates as rows of a hardware pack. Pure: the file was read before, the pack is written after."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from estate.lifecycle.milestones import MILESTONES
from estate.lifecycle.sources.changes import Cells, dates_of
from estate.lifecycle.sources.dates import Day, read_date
from estate.lifecycle.sources.grids import Grid
from estate.lifecycle.sources.layouts import LEAD, MODELS, PARTS, Layout
from estate.lifecycle.sources.packfile import Key, key_of, problems_of, tame

# A table's headings stand in its first rows, under a title or the date of a report at most.
HEADINGS_WITHIN = 30
MAX_NAMES = 500
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_PART = re.compile(r"(?=[^ ]*[0-9])[A-Za-z0-9][A-Za-z0-9._/+=#&-]{1,59}")
_SPACED = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9._/+=#& -]{1,59}")
_FOOTNOTE = re.compile(r"[*†‡§^\s]+$")
_MANY = re.compile(r"\b(?:series|family|models|all)\b|\band\b|,", re.IGNORECASE)


@dataclass(slots=True)
class Reading:
    """What a file holds: rows, what cannot be read and what is left out on purpose, each with where it stands.

    ``columns`` are those of a pack that the tables have at all: about the others they say nothing.
    """

    rows: dict[Key, Cells] = field(default_factory=dict)
    places: dict[Key, str] = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    tables: int = 0


def read_tables(grids: Iterable[Grid], layout: Layout, day: dt.date, source: str) -> Reading:
    """Every row of the tables that have the layout's headings.

    Args:
        grids: the tables of a file.
        layout: how this vendor writes them.
        day: when the file was saved: what an undated row says, it says as of then.
        source: the text for the column ``source``.
    """
    found = Reading()
    for grid in grids:
        begin, places = _headings(grid, layout)
        if not places:
            found.left_out.append((grid.name, "without the headings of this layout"))
            continue
        found.tables += 1
        found.columns |= places.keys()
        for number, cells in grid.rows[begin:]:
            _read_row(found, layout, grid, f"{grid.name}, row {number}", _picked(cells, places), day, source)
    return found


def _headings(grid: Grid, layout: Layout) -> tuple[int, dict[str, int]]:
    """Where the rows begin, and where each column stands; nothing where this is another kind of table."""
    for position, (_, cells) in enumerate(grid.rows[:HEADINGS_WITHIN]):
        if places := layout.places(cells):
            return position + 1, places
    return 0, {}


def _picked(cells: Sequence[str], places: dict[str, int]) -> Cells:
    return {name: cells[place] if place < len(cells) else "" for name, place in places.items()}


def _read_row(found: Reading, layout: Layout, grid: Grid, where: str, cells: Cells, day: dt.date, source: str) -> None:
    product = cells["product"]
    if not product or layout.places(tuple(cells.values())):  # a blank line, or the headings once more
        return
    if word := next((text for text in layout.leave_out if text.casefold() in product.casefold()), None):
        found.left_out.append((where, f"{word}: {tame(product)}"))
        return
    try:
        dates, notes = _dates(layout, grid, cells)
        names = _names(layout, product)
        if layout.names == PARTS:
            notes += map(tame, _BRACKETS.findall(product))
    except ValueError as error:
        found.refused.append((where, str(error)))
        return
    row: Cells = {"vendor": layout.vendor, "source": source, "source_type": layout.source_type}
    row |= {name: value.date.isoformat() for name, value in dates.items()}
    if not dates:
        if not layout.undated_means_not_announced:
            found.left_out.append((where, f"no date: {tame(product)}"))
            return
        row["not_announced_on"] = day.isoformat()
    months = [name.replace("_", " ") for name, value in dates.items() if value.whole_month]
    if months:
        notes = [f"MONTH PRECISION, the last day of the month stands for {', '.join(months)}", *notes]
    row["note"] = tame("; ".join(notes))
    row["replacement_part"] = tame(cells.get("replacement_part"))
    for name in names:
        _add(found, where, row | {"model": tame(cells.get("model"))} | name)


def _dates(layout: Layout, grid: Grid, cells: Cells) -> tuple[dict[str, Day], list[str]]:
    """The milestones of a row, and what goes into its note.

    Raises:
        ValueError: naming the column that cannot be read.
    """
    dates: dict[str, Day] = {}
    notes: list[str] = []
    for name, cell in cells.items():
        if name in layout.remarks and tame(cell):
            notes.append(f"{name}: {tame(cell)}")
        if name not in MILESTONES and name not in layout.notes:
            continue
        try:
            value = read_date(_stripped(layout, cell), layout.dates, layout.blank, grid.epoch)
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{name.replace('_', ' ')}: {error}") from None
        if value is None:
            continue
        if name in layout.notes:
            notes.append(f"{name} {value.date}")
        else:
            dates[name] = value
    return dates, notes


def _stripped(layout: Layout, text: str) -> str:
    for word in layout.strip:
        text = re.sub(re.escape(word), "", text, flags=re.IGNORECASE)
    return text.strip()


def _names(layout: Layout, cell: str) -> list[Cells]:
    """What a product's cell names: part numbers, with the model that they belong to where the cell has it.

    Raises:
        ValueError: when it holds something that is neither.
    """
    text = _stripped(layout, cell)
    if layout.names == MODELS:
        return [{"model": tame(_FOOTNOTE.sub("", " ".join(text.split())))}]
    if layout.names == LEAD:
        first, _, rest = _BRACKETS.sub("", text).partition("\n")
        lead = _FOOTNOTE.sub("", " ".join(first.split()))
        listed = _split(layout, "\n".join((*_BRACKETS.findall(text), rest)))
        if listed:
            return [{"part_number": part, "model": tame(lead)} for part in listed]
        if _MANY.search(lead):
            return [{"model": tame(lead)}]
        return [{"part_number": part, "model": tame(lead)} for part in _split(layout, lead)]
    parts = _split(layout, _BRACKETS.sub("", text))
    if not parts:
        raise ValueError(f"names no part number: {tame(cell)}")
    return [{"part_number": part} for part in parts]


def _split(layout: Layout, text: str) -> list[str]:
    """Part numbers of a list.

    Raises:
        ValueError: naming what does not look like one.
    """
    pieces = re.split(f"[\n{re.escape(layout.separators)}]", text)
    names = [name for piece in pieces if (name := _FOOTNOTE.sub("", " ".join(piece.split())))]
    pattern = _SPACED if layout.spaces else _PART
    if odd := [name for name in names if not pattern.fullmatch(name)]:
        raise ValueError(f"does not look like a part number: {tame(odd[0])}")
    if len(names) > MAX_NAMES:
        raise ValueError(f"names {len(names)} part numbers in one cell")
    return names


def _add(found: Reading, where: str, row: Cells) -> None:
    """Add a row, unless it cannot be true or another row of the file says otherwise of the same thing."""
    if problems := problems_of(row):
        found.refused.append((where, f"{row.get('part_number') or row.get('model')}: {'; '.join(problems)}"))
        return
    key = key_of(row)
    other = found.rows.get(key)
    if other is None:
        found.rows[key], found.places[key] = row, where
        return
    before, now = dates_of(other), dates_of(row)
    if any(before[name] != now[name] for name in before.keys() & now.keys()):
        name = row.get("part_number") or row.get("model")
        found.refused.append((where, f"{name}: {found.places[key]} gives it other dates; that row is taken"))
        return
    found.rows[key] = other | {name: value for name, value in row.items() if value and not other.get(name)}
    if before or now:
        found.rows[key].pop("not_announced_on", None)
