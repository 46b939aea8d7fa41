"""When a nightly time is due: pure arithmetic on wall-clock time in a zone, and the nights on which it would not work.

A wall-clock time is *skipped* on the day on which clocks go forward over it, and *ambiguous* (it happens twice) on
the day on which they go back over it. Such a time is refused at start, not explained after the night it broke.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from config.errors import InputError, Problem
from config.folder import FILE
from config.sections.night import Schedule

DAYS_AHEAD = 2 * 366
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Daily:
    """A time of day in a zone, once a day."""

    at: dt.time
    zone: ZoneInfo

    @classmethod
    def of(cls, schedule: Schedule) -> Daily:
        """From the table ``schedule`` of estate.toml."""
        return cls(dt.time.fromisoformat(schedule.at), ZoneInfo(schedule.zone))

    def on(self, day: dt.date) -> dt.datetime:
        """The instant (UTC) at which it is due on a day of its zone."""
        return dt.datetime.combine(day, self.at, self.zone).astimezone(dt.UTC)

    def last(self, now: dt.datetime) -> dt.datetime:
        """The latest due instant (UTC) that is not after ``now``."""
        today = now.astimezone(self.zone).date()
        due = self.on(today)
        return due if due <= now else self.on(today - _DAY)

    def next(self, now: dt.datetime) -> dt.datetime:
        """The first due instant (UTC) after ``now``."""
        today = now.astimezone(self.zone).date()
        due = self.on(today)
        return due if due > now else self.on(today + _DAY)


def missed(daily: Daily, now: dt.datetime, grace: dt.timedelta) -> dt.datetime | None:
    """The last due instant, when it is no longer ago than the grace; None when it is too late to catch up."""
    due = daily.last(now)
    return due if now - due <= grace else None


def check(schedule: Schedule, today: dt.date) -> Daily:
    """The daily time of the settings.

    Raises:
        InputError: when on a day of the next two years that time does not exist or happens twice; the message says
            which day, and which times near it are safe.
    """
    daily = Daily.of(schedule)
    if (found := trouble(daily, today)) is None:
        return daily
    day, what = found
    safe = " or ".join(near.strftime("%H:%M") for near in _safe_times(daily, today))
    raise InputError(
        [
            Problem(
                FILE,
                0,
                "schedule.at",
                f"{schedule.at} {what} on {day:%A} {day.isoformat()} in {schedule.zone}, when the clocks change: "
                f"choose {safe or 'another time'}",
            )
        ]
    )


def trouble(daily: Daily, today: dt.date) -> tuple[dt.date, str] | None:
    """The first day of the next two years on which the time is skipped or ambiguous, and which of the two."""
    for offset in range(DAYS_AHEAD):
        day = today + offset * _DAY
        first = dt.datetime.combine(day, daily.at, daily.zone)
        if first.utcoffset() == first.replace(fold=1).utcoffset():
            continue
        there_and_back = first.astimezone(dt.UTC).astimezone(daily.zone)
        exists = there_and_back.replace(tzinfo=None) == first.replace(tzinfo=None)
        return day, "happens twice" if exists else "does not exist"
    return None


def _safe_times(daily: Daily, today: dt.date) -> list[dt.time]:
    """The nearest safe quarter-hours before and after, on the same day."""
    asked = daily.at.hour * 4 + daily.at.minute // 15
    found = []
    for step in (-1, 1):
        for quarter in range(asked if step < 0 else asked + 1, -1 if step < 0 else 96, step):
            near = dt.time(quarter // 4, quarter % 4 * 15)
            if trouble(Daily(near, daily.zone), today) is None:
                found.append(near)
                break
    return found
