"""From the estate folder and the database to a stored forecast: what the command and the night both call."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as release_of
from pathlib import Path
from typing import TYPE_CHECKING

from config.errors import EstateError, InputError, Problem, UsageError
from config.folder import OVERLAY, Folder
from estate import heap
from estate.forecast import store
from estate.forecast.calendar import Calendar, FinancialYear, base_year
from estate.forecast.compute import compute
from estate.forecast.files import read_files
from estate.forecast.inputs import SCENARIOS, STANDARD, Inputs, Parameters
from estate.forecast.pin import POPULATION, freeze, inputs_of, thaw
from estate.lifecycle.service import load_status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from config.settings import Settings
    from estate.forecast.version import Version
    from estate.lifecycle.milestones import Match
    from estate.lifecycle.service import EstateStatus
    from estate.store.database import Database

MAX_YEARS = 30
# Ten trillion pounds: no council's money, so a typing mistake, and more than a database's integers can add up.
MAX_PENCE = 10**15


def check_files(folder: Path) -> list[Problem]:
    """Every problem of the files that the forecast reads, and between them."""
    return read_files(Folder(folder)).problems


@heap.growing()
def run_forecast(
    database: Database,
    folder: Folder,
    settings: Settings,
    *,
    as_of: dt.date,
    base_fy: FinancialYear | str | None = None,
    years: int | None = None,
    scenarios: Sequence[str] = STANDARD,
    freeze_from: dt.date | None = None,
    run_id: int | None = None,
) -> Version:
    """Compute a draft version from everything known on a day, store it, and return it with its id.

    Args:
        database: where units were observed, and where the version goes.
        folder: the estate folder; every file is read afresh and its content pinned with the version.
        settings: estate.toml.
        as_of: the day that the forecast is for.
        base_fy: the first year; the year of ``as_of`` where None.
        years: how many years from there; the setting ``horizon`` where None.
        scenarios: which of :data:`SCENARIOS`; ``capped`` comes from a plan, see :mod:`estate.forecast.planning`.
        freeze_from: the day on which scenario ``freeze`` begins; ``as_of`` where None.
        run_id: the ledger's run that makes it, or None.

    Raises:
        InputError: when a file holds an error; all of them.
        UsageError: when the years or scenarios make no sense.
        EstateError: when an amount is beyond any council's means.
    """
    span = span_of(settings, as_of, base_fy, years)
    if unknown := [name for name in scenarios if name not in SCENARIOS]:
        raise UsageError(f"no scenario {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    if "capped" in scenarios:
        raise UsageError("scenario capped needs a plan: 'estate forecast plan ID --cap FY=AMOUNT' makes one")
    inputs = gather(database, folder, settings, as_of, span)
    chosen = tuple(name for name in SCENARIOS if name in scenarios)
    settled = replace(inputs.parameters, freeze_from=freeze_from)
    return store_forecast(database, replace(inputs, parameters=settled, scenarios=chosen), folder.contents, run_id)


def span_of(
    settings: Settings, as_of: dt.date, base_fy: FinancialYear | str | None = None, years: int | None = None
) -> tuple[FinancialYear, int]:
    """The first financial year of a forecast, and how many there are.

    Raises:
        UsageError: when they make no sense.
    """
    calendar = Calendar.starting(settings.fiscal_year_start)
    base = base_fy if isinstance(base_fy, FinancialYear) else base_year(base_fy, calendar, as_of)
    if abs(base - calendar.fy(as_of)) > MAX_YEARS:
        raise UsageError(f"{base} lies more than {MAX_YEARS} years from {as_of}, the day of the forecast")
    horizon = settings.horizon if years is None else years
    if not 1 <= horizon <= MAX_YEARS:
        raise UsageError(f"{horizon} years make no forecast: 1 to {MAX_YEARS} do")
    return base, horizon


def gather(
    database: Database,
    folder: Folder,
    settings: Settings,
    as_of: dt.date,
    span: tuple[FinancialYear, int],
    *,
    keep_matches: bool = True,
) -> Inputs:
    """Everything known on a day that a forecast is made from, for the standard scenarios.

    Args:
        database: where units were observed.
        folder: the estate folder; every file is read afresh.
        settings: estate.toml.
        as_of: the day that the forecast is for.
        span: the first financial year, and how many there are.
        keep_matches: whether new matches of products are stored; a query only reads.

    Raises:
        InputError: when a file holds an error; all of them.
    """
    files = read_files(folder)
    if errors := [problem for problem in files.problems if not problem.warning]:
        raise InputError(errors)
    known = load_status(database, folder, settings, as_of, keep_matches=keep_matches)
    _all_overlaid(folder)
    with database.reading() as session:
        cited = {unit.observation for unit in known.population.units if unit.observation is not None}
        readings = store.reading_times(session, cited)
    return inputs_of(
        files,
        Inputs(
            as_of=as_of,
            base_fy=span[0],
            years=span[1],
            population=known.population,
            policies=(),
            matches=_matches(known),
            parameters=parameters(settings),
            scenarios=STANDARD,
            readings=readings,
            files=folder.hashes(),
        ),
    )


def _all_overlaid(folder: Folder) -> None:
    """Refuse an overlay of which a file was not read: a what-if that changes nothing would be taken for an answer."""
    if folder.overlay is None:
        return
    if not folder.overlay.is_dir():
        raise UsageError(f"{folder.overlay} is no folder: name the one that holds the rows of the what-if")
    there = {path.name for path in folder.overlay.iterdir() if not path.name.startswith(".")}
    read = {name.removeprefix(OVERLAY) for name in folder.overlaid()}
    if unread := sorted(there - read):
        raise UsageError(f"{folder.overlay} holds what no forecast reads: {', '.join(unread)}")
    if not read:
        raise UsageError(f"{folder.overlay} holds no file: put a prices.csv, assets.csv ... there that differs")


@heap.growing()
def store_forecast(database: Database, inputs: Inputs, contents: Mapping[str, bytes], run_id: int | None) -> Version:
    """Compute the version of these inputs and store it as a draft, with what it was made from.

    Raises:
        EstateError: when an amount is beyond any council's means.
    """
    version = compute(inputs)
    for row in version.rows:
        if row.amount_pence > MAX_PENCE:
            cost = f"{row.asset_id or row.line_code} would cost £{row.amount_pence // 100:,} in {row.fy}"
            raise EstateError(f"{cost}: correct the quantity, price, ratio or rate behind it, see {row.source_ref}")
    with database.writing() as session:
        return store.save(session, version, {**contents, POPULATION: freeze(inputs)}, run_id)


def pinned_contents(database: Database, version_id: int) -> dict[str, bytes]:
    """The files that a version was computed from, by name, without its population."""
    with database.reading() as session:
        contents = store.contents(session, version_id)
    contents.pop(POPULATION, None)
    return contents


@heap.growing()
def pinned_inputs(database: Database, version_id: int) -> Inputs:
    """Everything that a version was computed from, as it stood then: its pinned files and its population.

    Raises:
        EstateError: when there is no such version, or it is of a release that did not keep its population.
    """
    with database.reading() as session:
        contents = store.contents(session, version_id)
    document = contents.pop(POPULATION, None)
    if document is None:
        reason = "it was made by a release that did not keep the units as costed"
        raise EstateError(f"forecast {version_id} cannot be computed again: {reason}; run a new one")
    folder = Folder(Path(), contents, sealed=True)
    return thaw(document, read_files(folder), folder.hashes())


def _matches(known: EstateStatus) -> dict[str, Match]:
    """The match of every unit in scope; an excluded duplicate of one does not speak for it."""
    return {item.unit.asset_id: item.state.match for item in known.units if not item.excluded}


def parameters(settings: Settings) -> Parameters:
    """The keys of estate.toml that the model uses, and the release that computes."""
    return Parameters(
        entity=settings.entity,
        fiscal_year_start=settings.fiscal_year_start,
        de_minimis_gbp=settings.de_minimis_gbp,
        key_decision_gbp=settings.key_decision_gbp,
        cyber_essentials=settings.cyber_essentials,
        irrecoverable_vat_pct=settings.irrecoverable_vat_pct,
        max_pull_forward=settings.max_pull_forward,
        price_stale_months=settings.price_stale_months,
        borrowing_rate_pct=settings.borrowing_rate_pct,
        mrp_method=settings.mrp_method,
        interest_half_year=settings.interest_half_year,
        spares_ratio=settings.spares_ratio,
        risk_weight=tuple(settings.risk_weight.model_dump().items()),
        shock_price_pct=settings.shock.price_pct,
        shock_fx_factor=settings.shock.fx_factor,
        shock_lead_days=tuple(sorted(settings.shock.lead_days.items())),
        shock_other_days=settings.shock.other_lead_days,
        engine=release(),
    )


def release() -> str:
    """The release of estate that computes."""
    try:
        return release_of("estate-evergreen")
    except PackageNotFoundError:  # run from a source tree that nobody installed
        return "unreleased"
