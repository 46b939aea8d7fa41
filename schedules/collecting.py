"""Asking all targets and folding what they say into the inventory, each in one transaction, as they arrive."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import structlog

from collectors.observation import Observation, Outcome
from config.errors import EstateError
from estate.inventory.store import STALE_AFTER_DAYS, Changed, Recorded, changes, record, release, tell_stale

if TYPE_CHECKING:
    from collectors.targets import Target
    from estate.store.database import Database
    from schedules.progress import Listener
    from schedules.runner import Runner
    from schedules.stop import Stop

log = structlog.get_logger(__name__)

# How often a collection looks whether it shall stop while no device answers.
STOP_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class DeviceResult:
    """How one device ended, without what it said."""

    target: str
    address: str
    site: str | None
    outcome: Outcome
    reason: str
    seconds: float
    disagreements: tuple[str, ...] = ()


@dataclass(slots=True)
class Collected:
    """What a collection came to, so far."""

    asked: int
    devices: list[DeviceResult] = field(default_factory=list)
    changes: list[Changed] = field(default_factory=list)

    @property
    def answered(self) -> int:
        """Devices whose every section was read to its end."""
        return self._count(Outcome.ANSWERED)

    @property
    def in_part(self) -> int:
        """Devices that answered, but not all."""
        return self._count(Outcome.PARTIAL)

    @property
    def silent(self) -> int:
        """Devices that gave nothing that can be used."""
        return len(self.devices) - self.answered - self.in_part

    @property
    def incomplete(self) -> list[DeviceResult]:
        """Every device that did not answer in full, by name."""
        return sorted(
            (device for device in self.devices if device.outcome is not Outcome.ANSWERED), key=lambda item: item.target
        )

    def _count(self, outcome: Outcome) -> int:
        return sum(device.outcome is outcome for device in self.devices)

    def sentence(self) -> str:
        """``30 of 33 devices answered, 1 in part, 2 not``; a stopped run adds how many were not asked any more."""
        if not self.asked:
            return "none asked: targets.csv names none"
        plural = "s" if self.asked != 1 else ""
        left = self.asked - len(self.devices)
        unasked = f", {left} not asked any more" if left else ""
        answers = f"{self.answered} of {self.asked} device{plural} answered, {self.in_part} in part, {self.silent} not"
        return answers + unasked


class Asks(Protocol):
    """Polls devices (:class:`collectors.poll.Poller`)."""

    async def poll(self, target: Target) -> Observation:
        """Ask one."""
        ...

    async def close(self) -> None:
        """Let go of what it holds."""
        ...


@dataclass(frozen=True, slots=True)
class Collection:
    """Everything a collection needs but the targets; ``listed`` names all of targets.csv, also those not asked."""

    database: Database
    run_id: int
    runner: Runner
    poller: Asks
    listener: Listener
    stop: Stop
    stale_after_days: int = STALE_AFTER_DAYS
    listed: frozenset[str] | None = None

    def run(self, targets: Sequence[Target], collected: Collected) -> None:
        """Ask the targets; an answer is folded in, and counted in ``collected``, before the next one is looked at.

        Raises:
            StoppedError: when an end was asked for; what was folded in until then stays.
        """
        if not targets:
            return
        self.listener.asking(len(targets))
        try:
            asyncio.run(self._run_and_close(targets, collected))
        finally:
            # a device that answers late may rewrite what an earlier one seemed to say (removed here, moved there):
            # only the ledger of the whole run tells what happened
            self._notice()
            with self.database.reading() as session:
                collected.changes += changes(session, run=self.run_id)
        if len(collected.devices) < collected.asked:
            self.stop.reason += f" after {len(collected.devices)} of {collected.asked} devices"
            self.stop.check()

    def _notice(self) -> None:
        """Tell what only the end of a collection shows: who has been silent too long, and who is listed no more."""
        now = dt.datetime.now(dt.UTC)
        with self.database.writing() as session:
            if self.listed is not None:
                release(session, self.run_id, self.listed, now)
            tell_stale(session, self.run_id, now, self.stale_after_days)

    async def _run_and_close(self, targets: Sequence[Target], collected: Collected) -> None:
        try:
            await self._run(targets, collected)
        finally:
            await self.poller.close()

    async def _run(self, targets: Sequence[Target], collected: Collected) -> None:
        by_name = {target.name: target for target in targets}
        async with contextlib.aclosing(self._until_stopped(targets)) as answers:
            async for arrived in answers:
                pairs = [(by_name[observation.target], observation) for observation in arrived]
                # in a thread, so that a slow disk does not stop the clock of those who are being asked
                await asyncio.to_thread(self._fold_all, pairs, collected)

    async def _until_stopped(self, targets: Sequence[Target]) -> AsyncGenerator[list[Observation]]:
        answers = self.runner.run(targets, self.poller.poll)
        following: asyncio.Task[list[Observation] | None] | None = None
        try:
            while not self.stop.is_set():
                following = following or asyncio.create_task(_next(answers))
                await asyncio.wait({following}, timeout=STOP_SECONDS)
                if following.done():
                    if (arrived := following.result()) is None:
                        return
                    following = None
                    yield arrived
        finally:
            if following and not following.done():
                following.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await following
            await answers.aclose()

    def _fold_all(self, answers: Sequence[tuple[Target, Observation]], collected: Collected) -> None:
        for target, observation in answers:
            if self.stop.is_set():
                return
            stored = self._fold(target, observation)
            collected.devices.append(_result(target, stored))
            self.listener.device(stored, len(collected.devices), collected.asked)

    def _fold(self, target: Target, observation: Observation) -> Observation:
        """Fold one observation in; one that our own code cannot fold is recorded as failed, and the rest goes on.

        Returns:
            the observation with the outcome that was recorded.
        """
        where = {"device": target.name, "site": target.site}
        try:
            recorded = self._record(target, observation)
        except EstateError:
            raise
        except Exception as error:
            # one device's data must not end the night; when this second record fails too, the database is at fault
            log.exception("observation could not be stored", **where)
            reason = f"what it said could not be stored: {type(error).__name__}: {error}"[:500]
            observation = replace(observation, outcome=Outcome.FAILED, reason=reason, components=(), sections=())
            recorded = self._record(target, observation)
        log.info("device ended", **where, outcome=recorded.outcome, reason=recorded.reason)
        return replace(observation, outcome=Outcome(recorded.outcome), reason=recorded.reason)

    def _record(self, target: Target, observation: Observation) -> Recorded:
        with self.database.writing_rows() as connection:
            return record(connection, self.run_id, target, observation, self.stale_after_days)


async def _next(answers: AsyncGenerator[list[Observation]]) -> list[Observation] | None:
    return await anext(answers, None)


def _result(target: Target, observation: Observation) -> DeviceResult:
    return DeviceResult(
        target=target.name,
        address=target.address,
        site=target.site,
        outcome=observation.outcome,
        reason=observation.reason,
        seconds=observation.duration,
        disagreements=tuple(item.sentence for item in observation.disagreements),
    )
