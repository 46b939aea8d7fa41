"""Fitting a table to a terminal: which columns there is room for, how wide each is, and where its words break.

Part of the seam to the terminal that :mod:`estate.console` is. A serial or a part number that is cut in two can be
neither read nor copied, so nearly all words stay whole: where there is no room for all columns, the last ones are left
out, those without anything in them first, and the reader is told which.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST_WORD = 24
NARROWEST = 4
# this share of the different cells of a column keeps its words whole: a few long ones push no column off the screen
WHOLE = 0.9
# dates, states and sums of money are never cut
SHORT = 12
_BREAKS = re.compile(r"\s+|(?<=[^\W\d]-)(?=[^\W\d]{2})")


@dataclass(frozen=True, slots=True)
class Fitted:
    """What fits: the places of the columns shown, the width of each, and the blanks between two of them."""

    places: tuple[int, ...]
    widths: tuple[int, ...]
    gap: int


def fit(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int, *, all_of_them: bool) -> Fitted:
    """Which columns a terminal of ``width`` characters shows, and how wide each of them is.

    ``all_of_them`` keeps every column, at the price of cut words: the reader has asked for them by name.
    """
    cells = [[row[place] for row in rows] for place in range(len(headings))]
    least = [
        _least(column, heading, first=not place)
        for place, (column, heading) in enumerate(zip(cells, headings, strict=True))
    ]
    gap = 2 if sum(least) + 2 * (len(least) - 1) <= width else 1
    kept = list(range(len(headings)))

    def room(needs: Iterable[int]) -> int:
        listed = list(needs)
        return width - sum(listed) - gap * (len(listed) - 1)

    while not all_of_them and len(kept) > 1 and room(least[place] for place in kept) < 0:
        blank = [place for place in kept[1:] if not any(cells[place])]
        kept.remove(blank[-1] if blank else kept[-1])
    widths = {place: least[place] for place in kept}
    while room(widths.values()) < 0 and max(widths.values()) > NARROWEST:
        widths[max(widths, key=lambda place: widths[place])] -= 1
    wanted = {place: max(0, max(map(cell_len, cells[place]), default=0) - widths[place]) for place in kept}
    for done, place in enumerate(sorted(kept, key=lambda place: wanted[place])):
        spare = max(0, room(widths.values()))
        widths[place] += min(wanted[place], spare // (len(kept) - done))
    return Fitted(tuple(kept), tuple(widths[place] for place in kept), gap)


def _least(cells: Sequence[str], heading: str, *, first: bool) -> int:
    """How narrow a column can be while its heading and nearly all of its cells keep their words whole."""
    lengths = sorted(min(_word(text, whole=first), LONGEST_WORD) for text in {*cells, heading} if text)
    usual = lengths[round(WHOLE * (len(lengths) - 1))]
    return max(usual, *(length for length in lengths if length <= SHORT), _word(heading))


def _word(text: str, *, whole: bool = False) -> int:
    """The width of the longest part of a text that stays in one piece."""
    return cell_len(text) if whole else max((cell_len(part) for part in _BREAKS.split(text)), default=0)


def draw(
    headings: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool], width: int, *, all_of_them: bool
) -> tuple[Table, list[str]]:
    """A table that fits, and the headings of the columns that did not."""
    fitted = fit(headings, rows, width, all_of_them=all_of_them)
    columns = list(zip(fitted.places, fitted.widths, strict=True))
    # the box itself puts one blank between two columns
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, fitted.gap - 1, 0, 0))
    for place, size in columns:
        heading = Text("\n".join(textwrap.wrap(headings[place], size)))
        table.add_column(heading, justify="right" if numeric[place] else "left", width=size, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_wrapped(row[place], size)) for place, size in columns))
    return table, [heading for place, heading in enumerate(headings) if place not in fitted.places]


def _wrapped(text: str, width: int) -> str:
    """The text in lines: broken at spaces and between hyphenated words, and inside a word only where it must be."""
    if cell_len(text) <= width:
        return text
    lines = [""]
    for part in re.split(rf"({_BREAKS.pattern})", text):
        if cell_len(lines[-1]) + cell_len(part.rstrip()) > width and lines[-1]:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += part if lines[-1] else part.lstrip()
    return "\n".join(lines)
