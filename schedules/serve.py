"""The nightly job under a clock: what fires, what it prints, and how it ends."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import structlog

from estate.command import DONE
from estate.console import say
from schedules import due, summary
from schedules.clock import Clock
from schedules.nightly import nightly
from schedules.progress import Quiet
from schedules.steps import utc_now

if TYPE_CHECKING:
    from estate.command import Context
    from schedules.due import Daily
    from schedules.stop import Stop

log = structlog.get_logger(__name__)


def serve(context: Context, stop: Stop) -> int:
    """Run the night at its time until an end is asked for.

    Raises:
        InputError: when the configured time is skipped or happens twice on some day of the next two years.
    """
    daily, grace = _times(context)
    Clock(daily, grace, lambda due_at: _say_night(context, due_at, stop)).run(stop)
    return DONE


def serve_once(context: Context, stop: Stop) -> int:
    """Run the night that is due now, if it is within the grace and nobody has it; then end.

    Raises:
        InputError: as :func:`serve`.
    """
    daily, grace = _times(context)
    instant = due.missed(daily, utc_now(), grace)
    if instant is None:
        log.info("nothing is due", next_due=daily.next(utc_now()).isoformat())
        return DONE
    return _say_night(context, instant, stop)


def _times(context: Context) -> tuple[Daily, dt.timedelta]:
    schedule = context.settings.schedule
    daily = due.check(schedule, utc_now().date())
    return daily, dt.timedelta(hours=schedule.grace_hours)


def _say_night(context: Context, due_at: dt.datetime, stop: Stop) -> int:
    """Run one night with the files and settings as they are now; print its summary and return its exit status."""
    context.forget()
    result = nightly(context, utc_now(), None, Quiet(), due_at=due_at, stop=stop)
    if result is None:
        log.info("this night is another process's", due_at=due_at.isoformat())
        return DONE
    log.info("night ended", run=result.run_id, outcome=result.outcome, reason=result.reason)
    say(summary.render(result, summary.columns()))
    return result.exit_status
