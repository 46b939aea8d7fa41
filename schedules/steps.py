"""The steps of a run: each is recorded when it begins and when it ends, and what depends on a failed one is skipped."""

from __future__ import annotations

import datetime as dt
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from config.errors import EstateError
from schedules import store
from schedules.step import Ended, StepResult, first_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from estate.store.database import Database
    from schedules.progress import Listener
    from schedules.result import NightResult
    from schedules.stop import Stop

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Steps:
    """Runs the steps of one run, one after the other."""

    database: Database
    run_id: int
    listener: Listener
    stop: Stop
    results: list[StepResult] = field(default_factory=list)

    def do(self, name: str, work: Callable[[], Ended], *, after: Sequence[str] = ()) -> bool:
        """Run a step, unless one that it builds on has failed; True when it ended well or in part.

        Args:
            name: what the ledger calls it.
            work: the step itself; an :class:`EstateError` is its failure and the reason.
            after: the steps without which it makes no sense.
        """
        began, position = time.monotonic(), len(self.results) + 1
        with self.database.writing() as session:
            store.begin_step(session, self.run_id, position, name, utc_now())
        outcome, detail = self._outcome(name, work, after)
        result = StepResult(name, outcome, time.monotonic() - began, detail)
        with self.database.writing() as session:
            store.end_step(session, self.run_id, position, outcome, detail, utc_now())
        self.results.append(result)
        self.listener.ended(name, outcome, result.seconds, detail)
        log.info("step ended", step=name, outcome=outcome, seconds=round(result.seconds, 3), detail=detail)
        return outcome in {store.DONE, store.PART}

    def _outcome(self, name: str, work: Callable[[], Ended], after: Sequence[str]) -> Ended:
        ended = {result.name: result.outcome for result in self.results}
        if missing := [step for step in after if ended.get(step) not in {store.DONE, store.PART}]:
            return Ended(store.SKIPPED, f"{', '.join(missing)} did not succeed")
        if self.stop.is_set():
            return Ended(store.SKIPPED, self.stop.reason)
        try:
            return work()
        except EstateError as error:
            return Ended(store.FAILED, str(error))
        except Exception as error:
            # a mistake in one step must end in the ledger with its reason, not leave a run that never ended
            log.exception("step failed", step=name)
            return Ended(store.FAILED, f"internal error: {type(error).__name__}: {error}")

    def finish(self, result: NightResult) -> None:
        """Close the run in the ledger, and write in the result how it ended."""
        result.steps = tuple(self.results)
        result.outcome, result.reason = self.outcome()
        with self.database.writing() as session:
            store.finish(session, self.run_id, result.outcome, result.reason, utc_now(), result.counts())

    def outcome(self) -> tuple[str, str]:
        """How the run ended by its steps, and why: the first that failed, else the first that was done in part."""
        for kinds, outcome in (({store.FAILED, store.SKIPPED}, store.FAILED), ({store.PART}, store.PART)):
            for result in self.results:
                if result.outcome in kinds:
                    return outcome, f"{result.name}: {first_line(result.detail)}"
        return store.DONE, ""


def utc_now() -> dt.datetime:
    """This instant."""
    return dt.datetime.now(dt.UTC)


def this_host() -> str:
    """The name of this machine, as the ledger shows it."""
    return socket.gethostname()
