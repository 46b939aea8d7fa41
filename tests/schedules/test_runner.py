"""The local runner: so many at once, answers as they come, and no device ends the run."""

from __future__ import annotations

import asyncio
import datetime as dt

from collectors.observation import Observation, Outcome
from collectors.targets import Target
from schedules.runner import TOGETHER, LocalRunner

NOW = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


def target(number: int) -> Target:
    return Target(
        address=f"192.0.2.{number}", name=f"d{number}", site=None, role=None, credential="c", transport="snmp",
        port=None, tags=(), source=f"targets.csv:{number + 1}",
    )  # fmt: skip


def answer(asked: Target) -> Observation:
    return Observation(target=asked.name, address=asked.address, at=NOW, outcome=Outcome.ANSWERED)


def test_no_more_than_in_flight_are_asked_at_once() -> None:
    asking, most = 0, 0

    async def poll(asked: Target) -> Observation:
        nonlocal asking, most
        asking += 1
        most = max(most, asking)
        await asyncio.sleep(0.002)
        asking -= 1
        return answer(asked)

    async def run() -> list[str]:
        return [seen.target async for some in LocalRunner(4).run([target(n) for n in range(40)], poll) for seen in some]

    assert sorted(asyncio.run(run())) == sorted(f"d{n}" for n in range(40))
    assert most == 4


def test_answers_come_as_devices_give_them() -> None:
    async def poll(asked: Target) -> Observation:
        await asyncio.sleep(0.2 if asked.name == "d0" else 0)
        return answer(asked)

    async def run() -> list[str]:
        return [seen.target async for some in LocalRunner(2).run([target(n) for n in range(5)], poll) for seen in some]

    assert asyncio.run(run()) == ["d1", "d2", "d3", "d4", "d0"]


def test_a_failing_poll_is_an_observation() -> None:
    async def poll(asked: Target) -> Observation:
        if asked.name == "d1":
            raise ValueError("what is this?")
        return answer(asked)

    async def run() -> dict[str, Observation]:
        return {
            seen.target: seen async for some in LocalRunner(2).run([target(n) for n in range(3)], poll) for seen in some
        }

    seen = asyncio.run(run())
    assert [seen[name].outcome for name in ("d0", "d1", "d2")] == ["answered", "failed", "answered"]
    assert seen["d1"].reason == "internal error: ValueError: what is this?"


def test_closing_it_stops_what_is_still_asked() -> None:
    cancelled: list[str] = []

    async def poll(asked: Target) -> Observation:
        if asked.name == "d0":
            return answer(asked)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(asked.name)
            raise
        return answer(asked)

    async def run() -> None:
        answers = LocalRunner(3).run([target(n) for n in range(9)], poll)
        assert [seen.target for seen in await anext(answers)] == ["d0"]
        await asyncio.sleep(0.01)
        await answers.aclose()

    asyncio.run(run())
    assert sorted(cancelled) == ["d1", "d2", "d3"]


def test_no_targets() -> None:
    async def run() -> list[list[Observation]]:
        async def poll(asked: Target) -> Observation:
            return answer(asked)

        return [some async for some in LocalRunner(3).run([], poll)]

    assert asyncio.run(run()) == []


def test_answers_that_waited_are_handed_over_together_and_not_too_many() -> None:
    async def run() -> list[int]:
        async def poll(asked: Target) -> Observation:
            return answer(asked)

        sizes = []
        async for some in LocalRunner(50).run([target(n) for n in range(100)], poll):
            sizes.append(len(some))
            await asyncio.sleep(0.01)
        return sizes

    sizes = asyncio.run(run())
    assert sum(sizes) == 100
    assert max(sizes) == TOGETHER
