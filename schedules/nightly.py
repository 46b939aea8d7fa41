"""The whole night, check -> collect -> neighbours -> inventory -> lifecycle -> notices -> forecast -> report.

All of it is in the ledger, and so are mail and webhook, last, where the settings name one.
A file with mistakes does not keep the devices from being asked: each step reads what it needs and fails with all
problems of its own files, and the later ones that build on it are skipped. Devices that do not answer never stop
anything: their last knowledge stays, and the summary names them. A mail or webhook that does not get through makes the
night done in part, and what it owed waits for the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from config.errors import EstateError, InputError
from config.folder import Folder
from estate.folder.check import check
from estate.forecast.service import run_forecast
from estate.forecast.states import prune_drafts
from estate.inventory.declared import ASSETS
from estate.inventory.population import population
from estate.inventory.store import observed_units
from estate.lifecycle.loading import load_catalogue
from estate.lifecycle.service import load_status
from estate.lifecycle.status import headline
from estate.reports.gather import gather_newest
from estate.reports.write import write_report
from estate.store.database import open_database
from schedules import store, summary
from schedules.blindspot import see_neighbours
from schedules.collect import Asking, read_targets
from schedules.reportdir import folder_of, point_latest
from schedules.result import NightResult
from schedules.step import Ended
from schedules.steps import Steps, this_host, utc_now
from schedules.stop import Stop
from schedules.telling import Teller, notice

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from config.settings import Settings
    from estate.command import Context
    from schedules.progress import Listener

JOB = "nightly"
MAIL_COLUMNS = 100


def nightly(
    context: Context,
    now: dt.datetime,
    report_dir: Path | None,
    listener: Listener,
    *,
    due_at: dt.datetime | None = None,
    stop: Stop | None = None,
) -> NightResult | None:
    """Run one night.

    Args:
        context: the estate folder and its settings.
        now: this instant, aware; its date in the zone of the schedule is the ``as_of`` of the forecast.
        report_dir: below which the night's folder is made; None takes ``schedule.report_dir`` of the settings.
        listener: whoever watches.
        due_at: the instant that was due, where a clock fires this; None is a night of its own, due now.
        stop: asks for an early end.

    Returns:
        what came of it, or None when another process has the night that was due.

    Raises:
        EstateError: when nothing could begin: settings or database cannot be used.
    """
    settings, folder = context.settings, context.folder
    database = open_database(context.database)
    try:
        with database.writing() as session:
            run_id = store.claim(session, JOB, due_at or now, this_host(), now)
        if run_id is None:
            return None
        as_of = now.astimezone(ZoneInfo(settings.schedule.zone)).date()
        result = NightResult(run_id, as_of, now)
        steps = Steps(database, run_id, listener, stop or Stop())
        parent = report_dir or folder / settings.schedule.report_dir
        with structlog.contextvars.bound_contextvars(run=run_id):
            _Night(folder, settings, steps, result, parent).run()
            steps.finish(result)
        return result
    finally:
        database.close()


@dataclass(slots=True)
class _Night:
    """The steps of one night; each fills in its part of the result."""

    folder: Path
    settings: Settings
    steps: Steps
    result: NightResult
    parent: Path

    def run(self) -> None:
        """Every step in turn."""
        do = self.steps.do
        do("check", self.check)
        do("collect", self.collect)
        do("neighbours", self.neighbours, after=("collect",))
        do("inventory", self.inventory, after=("collect",))
        do("lifecycle", self.lifecycle, after=("inventory",))
        do("notices", self.notices, after=("lifecycle",))
        do("forecast", self.forecast, after=("lifecycle",))
        do("report", self.report, after=("forecast",))
        # told last, of all that went before, and also of a night that failed
        if self.settings.mail.to:
            do("mail", self.mail)
        if self.settings.webhook.url:
            do("webhook", self.webhook)

    def check(self) -> Ended:
        """Read every file; its mistakes are told here at once, and again by the step that they stop."""
        problems = check(self.folder)
        if errors := [problem for problem in problems if not problem.warning]:
            raise InputError(errors)
        return Ended(store.DONE, f"{_many(len(problems), 'warning')}" if problems else "no problems")

    def collect(self) -> Ended:
        """Ask every target."""
        asking = Asking(self.folder, self.settings, self.steps, self.result)
        return asking.ask(read_targets(self.folder))

    def neighbours(self) -> Ended:
        """Ask the devices that answered whom they see, and count those that nobody collects."""
        return see_neighbours(self.folder, self.settings, self.steps, self.result)

    def inventory(self) -> Ended:
        """Put together what is known now, seen and declared."""
        declared = Folder(self.folder).rows(ASSETS)
        as_of = self.result.as_of
        with self.steps.database.reading() as session:
            people = population(observed_units(session, as_of, self.settings.stale_after_days), declared, as_of)
        excluded = f", {len(people.excluded)} not in scope" if people.excluded else ""
        conflicts = f", {_many(len(people.conflicts), 'conflict')} to settle" if people.conflicts else ""
        return Ended(store.DONE, f"{_many(len(people.units), 'unit')}{excluded}{conflicts}")

    def lifecycle(self) -> Ended:
        """Take up what changed in the packs, and match every unit to its milestones."""
        files, result = Folder(self.folder), self.result
        loaded = load_catalogue(self.steps.database, files, utc_now())
        status = load_status(self.steps.database, files, self.settings, result.as_of, keep_matches=True)
        result.status = status
        rows = sum(len(pack.changes) for pack in loaded)
        changed = f"{_many(rows, 'row')} of {_many(len(loaded), 'pack')} changed; " if rows else ""
        return Ended(store.DONE, f"{changed}{headline(status.units)}")

    def notices(self) -> Ended:
        """Find what newly became unsupported, ending or dated."""
        result = self.result
        if result.status is None:
            raise EstateError("there is no status to compare")
        result.noticed = noticed = notice(self.steps.database, self.folder, self.settings, result.status, result.run_id)
        return Ended(store.DONE, noticed.sentence())

    def forecast(self) -> Ended:
        """Turn need dates into money, and drop the drafts of earlier nights that are old."""
        self.result.version = version = run_forecast(
            self.steps.database,
            Folder(self.folder),
            self.settings,
            as_of=self.result.as_of,
            run_id=self.result.run_id,
        )
        dropped = prune_drafts(self.steps.database, self.settings, self.result.as_of)
        pruned = f", {_many(len(dropped), 'old draft')} dropped" if dropped else ""
        return Ended(store.DONE, f"version {version.id}{pruned}")

    def report(self) -> Ended:
        """Write the files, and lead ``latest`` to them."""
        result = self.result
        if result.version is None or result.status is None:
            raise EstateError("there is no forecast to report")
        folder = folder_of(self.parent, result.as_of, result.run_id)
        extras = gather_newest(self.steps.database, result.version)
        night = result.night_summary()
        result.paths = write_report(folder, result.version, result.status.units, night=night, extras=extras)
        result.folder = folder
        try:
            result.latest = point_latest(folder)
        except OSError as error:
            raise EstateError(f"the files are in {folder}, but 'latest' cannot lead to them: {error}") from error
        return Ended(store.DONE, f"{_many(len(result.paths), 'file')} in {folder}")

    def mail(self) -> Ended:
        """Mail what is owed, above the summary of this night."""
        result = self.result
        result.steps = tuple(self.steps.results)
        result.outcome, result.reason = self.steps.outcome()
        text = summary.render(result, MAIL_COLUMNS)
        return self._teller().mail(f"estate-run{result.run_id}-{result.started_at:%Y%m%d%H%M%S}", text, result.run_id)

    def webhook(self) -> Ended:
        """Post what is owed."""
        return self._teller().webhook(self.result.run_id)

    def _teller(self) -> Teller:
        return Teller(self.steps.database, self.folder, self.settings, utc_now())


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count != 1 else ''}"
