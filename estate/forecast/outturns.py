"""Comparing the signed versions of the database with what was spent."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from config.errors import UsageError
from config.folder import Folder
from estate.forecast import store
from estate.forecast.accuracy import GIVEN_UP, Outturn, outturn
from estate.forecast.actuals import ACTUALS
from estate.forecast.calendar import Calendar, FinancialYear
from estate.forecast.signature import SIGNED
from estate.forecast.standing import EXCLUDED
from estate.forecast.store import states

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.forecast.actuals import Actual
    from estate.forecast.version import Version
    from estate.store.database import Database


def pinned_actuals(database: Database, version_id: int) -> list[Actual]:
    """The rows of actuals.csv as a version read them."""
    with database.reading() as session:
        contents = store.contents(session, version_id)
    return Folder(Path(), contents, sealed=True).read(ACTUALS)[0]


def outturns(
    database: Database,
    actuals: Sequence[Actual],
    as_of: dt.date,
    *,
    version_id: int | None = None,
    fy: FinancialYear | None = None,
    latest: Version | None = None,
) -> list[Outturn]:
    """How versions compare with the years that are over.

    Args:
        database: where the versions are.
        actuals: the rows of actuals.csv.
        as_of: the day on which is asked: years that end before it are over.
        version_id: this version, whatever its state; every version that was ever signed where None.
        fy: this year, over or not; every one of a version that is over and has actuals where None.
        latest: the version that says what was given up; the newest where None.

    Raises:
        EstateError: when there is no such version.
        UsageError: when the year is none of the version's.
    """
    with database.reading() as session:
        chosen = [version_id] if version_id is not None else states.ever_signed(session)
        newest = store.latest(session)
    if not chosen or newest is None:
        return []
    if latest is None:
        with database.reading() as session:
            latest = store.load(session, newest)
    given_up, present = _standing(latest)
    found = []
    for each in chosen:
        with database.reading() as session:
            version = store.load(session, each, with_units=False)
            signed = [event.at.date() for event in states.events(session, each) if event.state == SIGNED]
        known = {row.asset_id for row in version.rows if row.asset_id}
        years = [year for year in version.horizon if year == fy or (fy is None and _over(version, year, as_of))]
        if fy is not None and not years and version_id is not None:
            raise UsageError(f"forecast {each} has no year {fy}; it has {', '.join(map(str, version.horizon))}")
        found += [
            outturn(
                version,
                year,
                actuals,
                given_up=given_up | (known - present),
                signed_on=signed[-1] if signed else None,
            )
            for year in years
            if fy is not None or any(row.fy == year for row in actuals)
        ]
    return found


def _over(version: Version, year: FinancialYear, as_of: dt.date) -> bool:
    calendar = Calendar.starting(version.header.get("fiscal_year_start", "04-01"))
    return calendar.first_day(year + 1) <= as_of


def _standing(version: Version) -> tuple[frozenset[str], frozenset[str]]:
    """What will not be replaced any more, and what is there at all, as the newest version knows it."""
    gone = {unit.asset_id for unit in version.units if unit.standing == EXCLUDED or unit.reason in GIVEN_UP}
    return frozenset(gone), frozenset(unit.asset_id for unit in version.units)
