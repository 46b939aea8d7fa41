"""Progress: what a run tells whoever watches. The run knows only the interface; all of it goes to standard error."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Protocol

from collectors.observation import Outcome
from estate.console import Bar, note
from schedules.step import first_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.observation import Observation

# Without a terminal: at most one line in so many seconds about devices that answered; trouble is always told.
SECONDS_BETWEEN_LINES = 5.0
MAX_REASON = 160


class Listener(Protocol):
    """What a run tells; none of it may raise or take long."""

    def asking(self, total: int) -> None:
        """So many devices are asked from now on."""
        ...

    def device(self, observation: Observation, done: int, total: int) -> None:
        """A device has ended, and what it said is stored."""
        ...

    def ended(self, step: str, outcome: str, seconds: float, detail: str) -> None:
        """A step has ended."""
        ...


class Quiet:
    """Tells nothing."""

    def asking(self, total: int) -> None:
        """Say nothing."""

    def device(self, observation: Observation, done: int, total: int) -> None:
        """Say nothing."""

    def ended(self, step: str, outcome: str, seconds: float, detail: str) -> None:
        """Say nothing."""


class Lines:
    """Plain lines, bounded: every step, every device in trouble, and now and then how far it is."""

    def __init__(self, write: Callable[[str], None] = note, clock: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._clock = clock
        self._told = 0.0

    def asking(self, total: int) -> None:
        """``asking 33 devices``."""
        self._told = self._clock()
        self._write(f"asking {total} device{'s' if total != 1 else ''}")

    def device(self, observation: Observation, done: int, total: int) -> None:
        """A line for trouble, and one every few seconds."""
        if observation.outcome is not Outcome.ANSWERED:
            self._write(f"  {trouble(observation)}")
        if done < total and self._clock() - self._told >= SECONDS_BETWEEN_LINES:
            self._told = self._clock()
            self._write(f"  {done} of {total}")

    def ended(self, step: str, outcome: str, seconds: float, detail: str) -> None:
        """``forecast: done in 1.2 s (...)``."""
        self._write(step_line(step, outcome, seconds, detail))


class OnTerminal:
    """A bar while devices are asked; steps and devices in trouble as lines above it."""

    def __init__(self) -> None:
        self._bar: Bar | None = None

    def asking(self, total: int) -> None:
        """Draw the bar."""
        self._bar = Bar("asking", total)

    def device(self, observation: Observation, done: int, total: int) -> None:
        """Move the bar on."""
        del total
        if observation.outcome is not Outcome.ANSWERED:
            note(f"  {trouble(observation)}")
        if self._bar:
            self._bar.move(done, observation.target)

    def ended(self, step: str, outcome: str, seconds: float, detail: str) -> None:
        """Take the bar away and leave a line."""
        if self._bar:
            self._bar.close()
            self._bar = None
        note(step_line(step, outcome, seconds, detail))


def watcher() -> Listener:
    """The listener that fits standard error: a bar on a terminal, plain lines elsewhere."""
    return OnTerminal() if sys.stderr.isatty() else Lines()


def trouble(observation: Observation) -> str:
    """``core-1 (127.0.0.1): silent: nothing came back``, bounded."""
    reason = observation.reason[:MAX_REASON]
    where = f" ({observation.address})" if observation.address != observation.target else ""
    return f"{observation.target}{where}: {observation.outcome}{': ' if reason else ''}{reason}"


def step_line(step: str, outcome: str, seconds: float, detail: str) -> str:
    """``forecast: done in 1.2 s, version 4``; the detail's first line only, the ledger has the rest."""
    first = first_line(detail)[: 2 * MAX_REASON]
    return f"{step}: {outcome} in {seconds:.1f} s{'; ' if first else ''}{first}"
