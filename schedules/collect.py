"""Collecting on its own: ask some or all targets now and store what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog

from collectors.credentials import check_targets, load_credentials
from collectors.poll import Poller, requests_of
from collectors.rule_files import load_rules
from collectors.targets import TARGETS, Target, select
from config.errors import EstateError, InputError
from config.folder import Folder
from estate.folder.check import check_names
from estate.inventory.store import hints
from estate.store.database import open_database
from schedules import store
from schedules.collecting import Collected, Collection
from schedules.result import NightResult
from schedules.runner import LocalRunner
from schedules.step import Ended
from schedules.steps import Steps, this_host
from schedules.stop import Stop

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from config.settings import Settings
    from estate.command import Context
    from schedules.progress import Listener
    from schedules.runner import Runner

JOB = "collect"


def collect(
    context: Context,
    now: dt.datetime,
    listener: Listener,
    *,
    sites: Sequence[str] = (),
    names: Sequence[str] = (),
    stop: Stop | None = None,
) -> NightResult:
    """Ask the targets now and store what they say; ``sites`` and ``names`` narrow them.

    Raises:
        EstateError: when nothing could begin: settings, targets, credentials or the database cannot be used.
    """
    folder, settings = context.folder, context.settings
    targets = select(read_targets(folder), sites, names)
    database = open_database(context.database)
    try:
        with database.writing() as session:
            run_id = store.claim(session, JOB, now, this_host(), now)
        if run_id is None:
            raise EstateError("another collection began at this very instant: try again")
        result = NightResult(run_id, now.astimezone(ZoneInfo(settings.schedule.zone)).date(), now)
        steps = Steps(database, run_id, listener, stop or Stop())
        asking = Asking(folder, settings, steps, result)
        with structlog.contextvars.bound_contextvars(run=run_id):
            steps.do("collect", lambda: asking.ask(targets))
            steps.finish(result)
        return result
    finally:
        database.close()


def read_targets(folder: Path) -> list[Target]:
    """The rows of targets.csv.

    Raises:
        InputError: with every problem of it, and of how it fits to credentials.toml.
    """
    targets = Folder(folder).rows(TARGETS)
    problems = [*check_targets(targets, load_credentials(folder)), *check_names(targets)]
    if errors := [problem for problem in problems if not problem.warning]:
        raise InputError(errors)
    return targets


@dataclass(frozen=True, slots=True)
class Asking:
    """The step that asks devices; what it collected stands in the result also when it was stopped half way."""

    folder: Path
    settings: Settings
    steps: Steps
    result: NightResult

    def ask(self, targets: Sequence[Target]) -> Ended:
        """Ask the targets from this process."""
        settings, steps = self.settings, self.steps
        with steps.database.reading() as session:
            known = hints(session)
        credentials = load_credentials(self.folder)
        poller = Poller(load_rules(), credentials, self.folder, settings.snmp, settings.ssh, known)
        runner: Runner = LocalRunner(settings.snmp.at_once)
        self.result.collected = collected = Collected(len(targets))
        listed = frozenset(target.name for target in Folder(self.folder).rows(TARGETS))
        Collection(
            steps.database, steps.run_id, runner, poller, steps.listener, steps.stop, settings.stale_after_days, listed
        ).run(_largest_first(targets, known), collected)
        return Ended(store.PART if collected.incomplete else store.DONE, collected.sentence())


def _largest_first(targets: Sequence[Target], known: Mapping[str, Mapping[str, Any]]) -> list[Target]:
    """The targets with those first that took most requests last time: none of them shall begin when all are done."""
    return sorted(targets, key=lambda target: requests_of(known.get(target.name, {})), reverse=True)
