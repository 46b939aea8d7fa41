"""``estate budget``: prove and show the programme of lines, budgets, funding and printed totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from config.errors import EstateError, InputError
from estate.command import Context, example, pass_context
from estate.console import emit, note, query_options, warn
from estate.pounds import decimal_pounds, pounds

if TYPE_CHECKING:
    from estate.forecast.budget import Programme

NO_PROGRAMME = "No programme: budget.csv, funding.csv and controls.csv hold no rows, so there is nothing to prove."


@click.group()
def budget() -> None:
    """Check and show the programme of lines.csv, budget.csv, funding.csv and controls.csv."""


@budget.command()
@query_options
@pass_context
@example("estate budget check")
def check(context: Context, output: str, fields: str | None) -> None:
    """Prove the programme: every printed total equals what the rows come to, and status agrees with funding.

    Also that what actuals.csv says is spent or committed on a line is not more than what is released for it. Ends with
    status 1 when an identity does not hold, naming it with both sides.
    """
    from estate.forecast.budget import identities, overfunded
    from estate.forecast.claims import quoted

    columns = ("identity", "name", "fy", "computed_gbp", "stated_gbp", "difference_gbp", "holds", "source")
    programme = _programme(context)
    if programme is None:
        emit([], columns, output, fields, empty=NO_PROGRAMME)
        return
    proofs = list(identities(programme))
    records = [
        {
            "identity": proof.identity,
            "name": proof.name,
            "fy": str(proof.fy),
            "computed_gbp": decimal_pounds(proof.left),
            "stated_gbp": decimal_pounds(proof.right),
            "difference_gbp": decimal_pounds(proof.left - proof.right),
            "holds": proof.holds,
            "source": proof.source,
        }
        for proof in proofs
    ]
    emit(records, columns, output, fields, empty="No printed totals: controls.csv has none to prove.")
    failures = [
        f"{proof.identity} {proof.name}, {proof.fy}: {pounds(proof.left)} is not {pounds(proof.right)}"
        + (f" ({proof.source})" if proof.source else "")
        for proof in proofs
        if not proof.holds
    ]
    failures += [
        f"{item.line or 'the portfolio'}, {item.fy}: {pounds(item.spent)} is spent or committed, and "
        f"{pounds(item.released)} released"
        for item in programme.overspent
    ]
    failures += [
        f"funding of {year} exceeds what is asked for: the request is negative" for year in overfunded(programme)
    ]
    for sentence in quoted(programme.quotations):
        warn(sentence)
    if failures:
        raise EstateError("the programme does not add up:\n  " + "\n  ".join(failures))
    note(f"{len(proofs)} identities hold")
    if unstated := [str(year) for year in programme.years if year not in programme.stated]:
        note(
            f"{', '.join(unstated)}: funding.csv funds what the forecast computes from assets, and neither budget.csv "
            "nor controls.csv states a figure to prove it against"
        )


@budget.command("show")
@query_options
@pass_context
@example("estate budget show")
def show_budget(context: Context, output: str, fields: str | None) -> None:
    """Show the programme: theme, line and year with computed subtotals, funding, and the request.

    Only what budget.csv asks for: what replacing units costs is computed, and stands in 'estate forecast show'.
    """
    from estate.forecast.budget import table
    from estate.forecast.split import to_pence

    columns = ("level", "theme", "line", "status", "separate")
    programme = _programme(context)
    if programme is None:
        emit([], (*columns, "key_decision"), output, fields, empty=NO_PROGRAMME)
        return
    years = [str(year) for year in programme.years]
    records = [
        {
            "level": row.level,
            "theme": row.theme,
            "line": row.line,
            "status": row.status,
            "separate": row.separate,
            **{str(year): decimal_pounds(amount) for year, amount in row.amounts.items()},
            "key_decision": [str(year) for year in row.key_decision],
        }
        for row in table(programme, to_pence(context.settings.key_decision_gbp))
    ]
    emit(records, (*columns, *years, "key_decision"), output, fields)
    note("This is what budget.csv asks for; what replacing units costs, and its request: 'estate forecast gap'.")


def _table_of(file: str) -> str:
    return file.rpartition("#")[2].removesuffix(".csv")


def _programme(context: Context) -> Programme | None:
    """The programme of the estate folder; None where it has none.

    Raises:
        InputError: when its files hold errors.
    """
    from config.folder import Folder
    from estate.forecast.budget import Programme
    from estate.forecast.files import read_files

    files = read_files(Folder(context.folder))
    ours = ("lines", "budget", "funding", "controls", "actuals")
    # a file of its own (budget.csv), or a sheet of the workbook (plan.xlsx#budget)
    if errors := [item for item in files.problems if not item.warning and _table_of(item.file) in ours]:
        raise InputError(errors)
    if not (files.budget or files.funding or files.controls):
        return None
    return Programme(files.lines, files.budget, files.funding, files.controls, files.actuals)


@budget.command()
@query_options
@pass_context
@example("estate budget projects")
def projects(context: Context, output: str, fields: str | None) -> None:
    """List the projects of projects.csv with their status and people, and count them by programme."""
    from config.folder import Folder
    from estate.forecast.projects import PROJECTS, STATUSES, TO_BE_CONFIRMED, count

    rows = Folder(context.folder).rows(PROJECTS)
    columns = ("project", "programme", "name", "status", "sponsor", "manager")
    records = [
        {
            **{name: getattr(row, name) for name in columns},
            **dict.fromkeys(row.unnamed, TO_BE_CONFIRMED),
        }
        for row in rows
    ]
    emit(records, columns, output, fields, empty="No projects: projects.csv holds no rows.")
    for programme, counted in count(rows).items():
        figures = ", ".join(f"{counted[status]} {status}" for status in STATUSES)
        note(f"{programme or 'no programme'}: {figures}")
    if rows:
        figures = ", ".join(f"{sum(row.status == status for row in rows)} {status}" for status in STATUSES)
        unnamed = sum(bool(row.unnamed) for row in rows)
        note(f"{len(rows)} projects: {figures}; {unnamed} with somebody to be named")
