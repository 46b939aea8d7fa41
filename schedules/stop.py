"""Asking work to stop: a signal sets a flag, and the work ends at its next safe point.

The second signal ends the process at once, as it would without us.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING

from config.errors import EstateError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StoppedError(EstateError):
    """The work was asked to stop and did so at a safe point: what was done until then is kept."""


class Stop:
    """A flag that any thread may set, and which says who set it."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.reason = ""

    def set(self, reason: str) -> None:
        """Ask for an end."""
        self.reason = reason
        self._event.set()

    def is_set(self) -> bool:
        """Whether an end was asked for."""
        return self._event.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until an end is asked for; False when the seconds passed first."""
        return self._event.wait(seconds)

    def check(self) -> None:
        """Go on, or end here.

        Raises:
            StoppedError: when an end was asked for.
        """
        if self.is_set():
            raise StoppedError(self.reason)


@contextlib.contextmanager
def on_signals() -> Iterator[Stop]:
    """A flag that SIGINT and SIGTERM set for as long as the block runs; only the main thread may call this."""
    stop = Stop()
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def handle(number: int, _frame: FrameType | None) -> None:
        for each, handler in before.items():
            signal.signal(each, handler)
        stop.set(f"stopped by {signal.Signals(number).name}")

    for number in SIGNALS:
        signal.signal(number, handle)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
