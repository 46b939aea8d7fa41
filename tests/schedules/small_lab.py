"""A few devices of the simulated estate on loopback, in a thread of their own, and the folder that describes them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from collectors.lab.agent import Agent, Serving, serve
from collectors.lab.captures import Typed
from collectors.lab.plan import load_plan

COMMUNITY = "of-the-test"
CREDENTIALS = '[lab]\nkind = "snmpv2c"\ncommunity = "env:LAB_COMMUNITY"\n'
NOBODY = 9  # the discard port: nothing listens there

Objects = Mapping[str, Typed | bytes | int | str]


def devices(names: tuple[str, ...], cache: Path) -> dict[str, Agent]:
    """Agents that answer as these devices of the plan do; a device that the plan calls cut falls silent half way."""
    plan = load_plan()
    planned = {device.name: device for device in plan.devices}
    return {
        name: Agent(
            name,
            plan.objects(planned[name], cache),
            community=COMMUNITY,
            drop_after=5 if planned[name].fault == "cut" else None,
        )
        for name in names
    }


@contextlib.contextmanager
def running(agents: Mapping[str, Agent]) -> Iterator[list[Serving]]:
    """Run agents for as long as the block lasts."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop, started = asyncio.Event(), list[Serving]()

    async def work() -> None:
        async with serve([replace(agent, name=name) for name, agent in agents.items()]) as serving:
            started.extend(serving)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(work(),))
    thread.start()
    try:
        assert ready.wait(30)
        yield started
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


def describe(folder: Path, serving: list[Serving], dead: tuple[str, ...] = ()) -> None:
    """Write targets.csv and credentials.toml for running agents, and for devices that are not there."""
    rows = [("127.0.0.1", device.port, device.name) for device in serving]
    rows += [("127.0.0.1", NOBODY, name) for name in dead]
    lines = [f"{address},{port},{name},lab,{name.split('-')[0]}" for address, port, name in rows]
    (folder / "targets.csv").write_text("address,port,name,credential,site\n" + "\n".join(lines) + "\n")
    (folder / "credentials.toml").write_text(CREDENTIALS)
