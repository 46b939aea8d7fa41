"""The runner seam: how many devices are asked at once, and where.

A failing device is an Observation, never the end of the run. Answers come as devices give them, not in the order of
the targets.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import structlog

from collectors.observation import Observation, Outcome
from collectors.targets import Target

# Answers handed over at once, at most: what is asked of a thread for each of them would cost as much as storing it.
TOGETHER = 32

Poll = Callable[[Target], Awaitable[Observation]]

log = structlog.get_logger(__name__)


class Runner(Protocol):
    """Polls targets somewhere, some at once."""

    def run(self, targets: Iterable[Target], poll: Poll) -> AsyncGenerator[list[Observation]]:
        """One observation a target, each time those that have arrived; closing the iterator stops the asking."""
        ...


@dataclass(frozen=True, slots=True)
class LocalRunner:
    """Asks from this process: one event loop, at most ``in_flight`` devices at the same time.

    Answers wait in a queue of that same length, so a slow database slows the asking instead of filling the memory.
    """

    in_flight: int

    async def run(self, targets: Iterable[Target], poll: Poll) -> AsyncGenerator[list[Observation]]:
        """One observation a target, each time those that have arrived: at least one, and at most :data:`TOGETHER`."""
        waiting = list(targets)
        todo = iter(waiting)
        answers: asyncio.Queue[Observation] = asyncio.Queue(self.in_flight)
        workers = [asyncio.create_task(_work(todo, poll, answers)) for _ in range(min(self.in_flight, len(waiting)))]
        try:
            left = len(waiting)
            while left:
                arrived = [await answers.get()]
                while len(arrived) < TOGETHER and not answers.empty():
                    arrived.append(answers.get_nowait())
                left -= len(arrived)
                yield arrived
        finally:
            for worker in workers:
                worker.cancel()
            for worker in workers:
                with contextlib.suppress(asyncio.CancelledError):
                    await worker


async def _work(todo: Iterator[Target], poll: Poll, answers: asyncio.Queue[Observation]) -> None:
    for target in todo:
        await answers.put(await ask(target, poll))


async def ask(target: Target, poll: Poll) -> Observation:
    """Poll one target; whatever goes wrong in our own code becomes an observation that says so."""
    began = dt.datetime.now(dt.UTC)
    # every log line that is written while it is asked names it
    structlog.contextvars.bind_contextvars(device=target.name, site=target.site)
    try:
        return await poll(target)
    except Exception as error:
        # what one device makes our code stumble over must not end the night for the others
        log.exception("poll failed")
        return Observation(
            target=target.name,
            address=target.address,
            at=began,
            outcome=Outcome.FAILED,
            reason=f"internal error: {type(error).__name__}: {error}"[:500],
            duration=(dt.datetime.now(dt.UTC) - began).total_seconds(),
            transport=target.transport,
        )
