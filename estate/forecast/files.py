"""The forecast's files together: read in one go, and checked against each other (forecast-model.md section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from config.errors import Problem
from estate.forecast.actuals import ACTUALS, Actual
from estate.forecast.gap import LEAST_RECEIPT, small_receipts
from estate.forecast.indices import FX, HOME, INDICES, FxRow, IndexRow, check_indices
from estate.forecast.lines import BUDGET, CONTROLS, FUNDING, LINES, SITES, Budget, Control, Funding, Line, Site
from estate.forecast.prices import PRICES, Price
from estate.forecast.projects import PROJECTS, Project
from estate.forecast.sharing import SHARING, Share, unknown_scopes
from estate.policy.decisions import DECISIONS, Decision
from estate.policy.policies import POLICIES, Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from config.folder import Folder
    from config.tables import Table

Row = TypeVar("Row")


@dataclass(slots=True)
class Files:
    """The rows of every file that the forecast reads, and every problem in and between them."""

    policies: list[Policy] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)
    indices: list[IndexRow] = field(default_factory=list)
    fx: list[FxRow] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    budget: list[Budget] = field(default_factory=list)
    funding: list[Funding] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    actuals: list[Actual] = field(default_factory=list)
    sharing: list[Share] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_files(folder: Folder) -> Files:
    """Read all of them; what is wrong stands in ``problems``, and the rows without a problem are there."""
    files = Files()

    def read(table: Table[Row]) -> list[Row]:
        rows, problems = folder.read(table)
        files.problems += problems
        return rows

    files.policies = read(POLICIES)
    files.prices = read(PRICES)
    files.indices = read(INDICES)
    files.fx = read(FX)
    files.lines = read(LINES)
    files.budget = read(BUDGET)
    files.funding = read(FUNDING)
    files.controls = read(CONTROLS)
    files.sites = read(SITES)
    files.decisions = read(DECISIONS)
    files.actuals = read(ACTUALS)
    files.sharing = read(SHARING)
    files.projects = read(PROJECTS)
    files.problems += cross_check(files)
    return files


def cross_check(files: Files) -> list[Problem]:
    """What no single file can show: names that nothing else knows, and rows that are there twice."""
    problems = [*check_indices(files.indices, files.fx), *_unknown_lines(files), *_unknown_policies(files)]
    problems += _unknown_lines_of_rulings_and_orders(files)
    problems += unknown_scopes(files.sharing, files.lines, files.sites)
    problems += _twice(files.sharing, lambda row: (row.scope.casefold(), row.entity), lambda row: row.source, "entity")
    problems += _twice(files.projects, lambda row: row.project.casefold(), lambda row: row.source, "project")
    problems += _twice(files.lines, lambda row: row.line.casefold(), lambda row: row.source, "line")
    problems += _twice(files.sites, lambda row: row.site, lambda row: row.source, "site")
    problems += _twice(files.budget, lambda row: (row.line, row.fy), lambda row: row.source, "line")
    problems += _twice(files.controls, lambda row: (row.control.casefold(), row.fy), lambda row: row.place, "control")
    problems += _same(files.funding, "place")
    problems += _same(files.actuals, "source")
    for row in small_receipts(files.funding):
        reason = f"proceeds of £{row.amount} are no capital receipt: below £{LEAST_RECEIPT:,} they are revenue"
        problems.append(_problem(row.place, "source", reason, warning=True))
    problems += _priced_twice(files)
    currencies = {row.currency for row in files.fx} | {HOME}
    for price in files.prices:
        if price.currency not in currencies:
            problems.append(_problem(price.place, "currency", f"fx.csv has no rate for {price.currency}"))
        if price.policy is not None and price.part_number is None and price.list_price is None:
            problems.append(_problem(price.place, "list_price", "is blank: what it covers has no price", warning=True))
    return problems


def _unknown_lines(files: Files) -> Iterator[Problem]:
    """Lines that lines.csv does not list. Without any lines.csv a policy's line is only a word, so a warning."""
    lines = {row.line for row in files.lines}
    reason = "lines.csv has no line {!r}"
    for policy in files.policies:
        if policy.line is None:
            yield _problem(policy.source, "line", "is blank: its money stands under 'unassigned'", warning=True)
        elif policy.line not in lines:
            yield _problem(policy.source, "line", reason.format(policy.line), warning=not lines)
    for budget in files.budget:
        if budget.line not in lines:
            yield _problem(budget.source, "line", reason.format(budget.line))
    for funding in files.funding:
        if funding.line and funding.line not in lines:
            yield _problem(funding.place, "line", reason.format(funding.line))
    for control in files.controls:
        theme = control.control.removeprefix("theme:")
        if theme != control.control and theme not in {row.theme for row in files.lines}:
            # a theme without lines may be printed, as nil
            reason = f"lines.csv has no theme {theme!r}"
            yield _problem(control.place, "control", reason, warning=control.amount == 0)


def _unknown_lines_of_rulings_and_orders(files: Files) -> Iterator[Problem]:
    lines = {row.line for row in files.lines}
    # of decisions a project alone names who pays; in the others the line matches, and may be a pattern
    named = [(row.line, row.source) for row in files.actuals]
    named += [(row.line or "", row.source) for row in files.decisions if row.kind == "project"]
    for line, place in named:
        if line and line not in lines:
            yield _problem(place, "line", f"lines.csv has no line {line!r}", warning=not lines)


def _unknown_policies(files: Files) -> Iterator[Problem]:
    policies = {row.policy.casefold() for row in files.policies}
    for price in files.prices:
        if price.policy is not None and price.policy.casefold() not in policies:
            yield _problem(price.place, "policy", f"policy.csv has no policy {price.policy!r}")


def _priced_twice(files: Files) -> Iterator[Problem]:
    """Prices of the same thing: a newer one that is put at the end would never be used."""
    first: dict[object, str] = {}
    for row in files.prices:
        key = (row.vendor or "").casefold(), (row.part_number or "").casefold(), (row.policy or "").casefold()
        if key in first:
            reason = f"is not used: {first[key]} prices the same, and the first counts"
            yield _problem(row.place, "list_price", reason, warning=True)
        first.setdefault(key, row.place)


def _same(rows: Iterable[Any], place: str) -> Iterator[Problem]:
    """A warning for money that stands in two rows with the same in every column: pasted twice, it counts twice."""
    first: dict[object, str] = {}
    for row in rows:
        bare, here = replace(row, **{place: ""}), getattr(row, place)
        if bare in first:
            reason = f"is the same in every column as {first[bare]}, and counts beside it: is it there twice?"
            yield _problem(here, "amount", reason, warning=True)
        first.setdefault(bare, here)


def _twice(
    rows: Iterable[Row], key: Callable[[Row], object], place: Callable[[Row], str], column: str
) -> Iterator[Problem]:
    first: dict[object, str] = {}
    for row in rows:
        if key(row) in first:
            yield _problem(place(row), column, f"is given twice: {first[key(row)]} is the same")
        first.setdefault(key(row), place(row))


def _problem(place: str, column: str, text: str, *, warning: bool = False) -> Problem:
    file, _, number = place.rpartition(":")
    return Problem(file, int(number), column, text, warning)
