"""The clock: fires the nightly job at its time, once a due instant, whoever else tries.

APScheduler keeps the time (one process, its job store in memory); that a night runs exactly once is the ledger's
UNIQUE claim of (job, due instant in UTC), so a second scheduler, a systemd timer or a CronJob beside this one is
harmless. The scheduler works in a thread and the main thread waits for a signal: a signal handler then only sets a
flag, and no lock of the scheduler is ever taken inside one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from config.errors import EstateError
from schedules import due
from schedules.steps import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from schedules.due import Daily
    from schedules.stop import Stop

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Clock:
    """Calls ``job`` with each due instant (UTC), one at a time.

    ``grace`` is how late a due instant may still be served: after a sleep of the machine, a long run before it, or a
    start of this process; what is missed by more is left to the next night.
    """

    daily: Daily
    grace: dt.timedelta
    job: Callable[[dt.datetime], object]

    def run(self, stop: Stop) -> None:
        """Serve until an end is asked for; a job at work is waited for."""
        scheduler = BackgroundScheduler(timezone=self.daily.zone)
        now = utc_now()
        catch_up = due.missed(self.daily, now, self.grace)
        scheduler.add_job(
            self.fire,
            CronTrigger(
                hour=self.daily.at.hour,
                minute=self.daily.at.minute,
                second=self.daily.at.second,
                timezone=self.daily.zone,
            ),
            # the first firing is now where the last due instant may have been missed: the claim says whether it was
            next_run_time=now if catch_up else self.daily.next(now),
            misfire_grace_time=int(self.grace.total_seconds()),
            coalesce=True,
            max_instances=1,
        )
        scheduler.start()
        log.info("scheduler started", next_due=self.daily.next(now).isoformat(), catching_up=catch_up is not None)
        stop.wait()
        scheduler.shutdown(wait=True)
        log.info("scheduler stopped", reason=stop.reason)

    def fire(self) -> None:
        """Serve the latest due instant, if it is within the grace."""
        instant = due.missed(self.daily, utc_now(), self.grace)
        if instant is None:
            log.warning("fired too late", grace_hours=self.grace.total_seconds() / 3600)
            return
        try:
            self.job(instant)
        except EstateError as error:
            # tonight failed (a file that cannot be read, a database that is away); tomorrow is another night
            log.error("job failed", due_at=instant.isoformat(), reason=str(error))  # noqa: TRY400 - the message says all
