"""The council's programme as a table, and the identities that prove it (forecast-model.md 1.1, R1 to R8).

Funding stands apart from status: what a line's status says never decides what is asked for. The request of a year is
the portfolio less existing commitment less alternate funding, which may belong to no line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from estate.forecast.actuals import Actual
from estate.forecast.calendar import FinancialYear
from estate.forecast.gap import Overspent, cells, overspent
from estate.forecast.lines import Budget, Control, Funding, Line, pence
from estate.forecast.rules import is_key_decision
from estate.forecast.spending import by_line

# The statuses of rows that ask for money; each council may use others, and then R6 and R8 have nothing to say.
ASKING = frozenset({"requested", "new funding"})
NUMBERED_THEMES = 3


@dataclass(frozen=True, slots=True)
class Identity:
    """Two figures of one year that must be equal, in pence; ``left`` is computed, ``right`` printed or computed."""

    identity: str
    name: str
    fy: FinancialYear
    left: int
    right: int
    source: str = ""

    @property
    def holds(self) -> bool:
        """Whether both sides are equal to the penny."""
        return self.left == self.right


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of the programme's table. ``level`` is line, theme, total or funding; amounts are pence by year."""

    level: str
    theme: str
    line: str
    status: str
    separate: bool
    amounts: dict[FinancialYear, int]
    key_decision: tuple[FinancialYear, ...] = ()


@dataclass(frozen=True, slots=True)
class Programme:
    """The four files of a programme, and what of it is ordered and spent."""

    lines: Sequence[Line]
    budget: Sequence[Budget]
    funding: Sequence[Funding]
    controls: Sequence[Control]
    actuals: Sequence[Actual] = ()

    @property
    def years(self) -> list[FinancialYear]:
        """Every year that one of the files speaks of."""
        return sorted({row.fy for rows in (self.budget, self.funding, self.controls) for row in rows})

    @property
    def stated(self) -> list[FinancialYear]:
        """The years whose requests the files state: those with rows of budget.csv or controls.csv.

        In any other year the lines ask for what the forecast computes from assets, and funding alone proves nothing.
        """
        return sorted({row.fy for rows in (self.budget, self.controls) for row in rows})

    @property
    def overspent(self) -> Iterator[Overspent]:
        """Lines and years on which more is spent or committed than released (S26); none where nothing funds anything.

        Rows of actuals.csv that name only a serial or a bundle need a forecast to find their line: see the gap.
        """
        if self.funding:
            known = [row for row in self.actuals if row.line]
            yield from overspent(cells({}, self.funding, by_line(known, lambda item: item.line)))

    @property
    def quotations(self) -> Iterator[tuple[str, int, str]]:
        """The texts that may quote an amount, each with the amount of its row and its place."""
        yield from ((row.note, pence(row.amount), row.source) for row in self.budget)
        yield from ((row.decision, pence(row.amount), row.place) for row in self.funding)
        yield from ((row.source, pence(row.amount), row.place) for row in self.controls)

    @property
    def themes(self) -> list[str]:
        """Themes in the order of lines.csv."""
        return list(dict.fromkeys(line.theme for line in self.lines))

    @property
    def empty_themes(self) -> list[str]:
        """Themes that a printed total of nil names and no line belongs to (S10): shown as 0, changing nothing."""
        named = (row.control.removeprefix("theme:") for row in self.controls if row.control.startswith("theme:"))
        return [theme for theme in dict.fromkeys(named) if theme not in self.themes]

    def theme(self, line: str) -> str:
        """The theme of a line."""
        return next((row.theme for row in self.lines if row.line == line), "")

    def asked(self, year: FinancialYear) -> int:
        """R6: rows whose status asks for money."""
        return sum(pence(row.amount) for row in self.budget if row.fy == year and self.status(row).lower() in ASKING)

    def status(self, row: Budget) -> str:
        """The status of a line in a year: the year's own, else the line's."""
        return row.status or next((line.status for line in self.lines if line.line == row.line), "")

    def separate(self, year: FinancialYear) -> int:
        """R5: rows that are costed and funded apart."""
        return sum(pence(row.amount) for row in self.budget if row.fy == year and row.separate)

    def gross(self, year: FinancialYear, theme: str | None = None) -> int:
        """R4: all rows of a year, or R1 to R3: those of a theme."""
        return sum(pence(row.amount) for row in self.budget if row.fy == year and theme in {None, self.theme(row.line)})

    def funded(self, year: FinancialYear, kind: str) -> int:
        """Funding of a kind (``existing``, ``alternate``), whichever line it is for, or none."""
        return sum(pence(row.amount) for row in self.funding if row.fy == year and row.kind == kind)

    def request(self, year: FinancialYear) -> int:
        """R7: what is left to ask for."""
        return self.gross(year) - self.funded(year, "existing") - self.funded(year, "alternate")


def identities(programme: Programme) -> Iterator[Identity]:
    """Every identity that the files can prove, year by year.

    A printed total (controls.csv) must equal what the rows come to. R6 and R8 need none: they prove that status and
    funding tell one story, and are stated only where every row that is not separate asks for money.
    """
    for year in programme.stated:
        for control in programme.controls:
            if control.fy == year:
                yield _printed(programme, control)
        if all(programme.status(row).lower() in ASKING for row in programme.budget if _counts(row, year)):
            gross, apart, asked = programme.gross(year), programme.separate(year), programme.asked(year)
            yield Identity("R6", "rows that ask = portfolio - separate", year, asked, gross - apart)
            alternate, existing = programme.funded(year, "alternate"), programme.funded(year, "existing")
            left = asked - existing - (alternate - apart)
            printed = [row for row in programme.controls if row.fy == year and row.control == "request"]
            right = pence(printed[0].amount) if printed else programme.request(year)
            name = "rows that ask - existing - (alternate - separate) = request"
            yield Identity("R8", name, year, left, right, printed[0].place if printed else "")


def _counts(row: Budget, year: FinancialYear) -> bool:
    return row.fy == year and not row.separate and row.amount != 0


def _printed(programme: Programme, control: Control) -> Identity:
    year, word = control.fy, control.control
    theme = word.removeprefix("theme:")
    if theme != word:
        left, code, name = programme.gross(year, theme), _theme_code(programme, theme), word
    elif word == "portfolio":
        left, code, name = programme.gross(year), "R4", "portfolio = all themes"
    elif word == "separate":
        left, code, name = programme.separate(year), "R5", "separate rows"
    elif word == "request":
        left, code, name = programme.request(year), "R7", "portfolio - existing - alternate = request"
    else:
        left, code, name = programme.funded(year, word), "R7", f"{word} funding"
    return Identity(code, name, year, left, pence(control.amount), control.place)


def _theme_code(programme: Programme, theme: str) -> str:
    themes = programme.themes
    numbered = len(themes) <= NUMBERED_THEMES and theme in themes
    return f"R{themes.index(theme) + 1}" if numbered else "R1-R3"


def overfunded(programme: Programme) -> Iterator[FinancialYear]:
    """The years in which sources exceed what is asked for: an error wherever it is typed."""
    return (year for year in programme.stated if programme.request(year) < 0)


def table(programme: Programme, key_decision_pence: int) -> list[TableRow]:
    """Theme > line > FY with computed subtotals, then funding and the request.

    Every line of lines.csv is there, one without amounts as nil; a theme's subtotal follows its lines.
    """
    years = programme.years
    cells: dict[str, dict[FinancialYear, Budget]] = defaultdict(dict)
    for row in programme.budget:
        cells[row.line][row.fy] = row
    rows = []
    for theme in programme.themes:
        lines = [line for line in programme.lines if line.theme == theme]
        rows += [_line(line, cells[line.line], years, key_decision_pence) for line in lines]
        amounts = {year: programme.gross(year, theme) for year in years}
        rows.append(TableRow("theme", theme, "", "", separate=False, amounts=amounts))
    nil = dict.fromkeys(years, 0)
    rows += [TableRow("theme", theme, "", "no line", separate=False, amounts=nil) for theme in programme.empty_themes]
    for level, name, amount in (
        ("total", "Portfolio", programme.gross),
        ("funding", "Existing commitment", lambda year: programme.funded(year, "existing")),
        ("funding", "Alternate funding", lambda year: programme.funded(year, "alternate")),
        ("total", "Request", programme.request),
    ):
        rows.append(TableRow(level, "", name, "", separate=False, amounts={year: amount(year) for year in years}))
    return rows


def _line(line: Line, cells: dict[FinancialYear, Budget], years: list[FinancialYear], threshold: int) -> TableRow:
    amounts = {year: pence(cells[year].amount) if year in cells else 0 for year in years}
    statuses = dict.fromkeys(cell.status for cell in cells.values() if cell.status)
    return TableRow(
        "line",
        line.theme,
        line.line,
        ", ".join(statuses) or line.status,
        separate=any(cell.separate for cell in cells.values()),
        amounts=amounts,
        key_decision=tuple(year for year in years if is_key_decision(amounts[year], threshold)),
    )
