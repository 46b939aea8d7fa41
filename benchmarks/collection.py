"""What a whole collection costs beside its SNMP: recognition, the Observation and the database, all included.

    python benchmarks/collection.py [--captures FOLDER] [--devices N] [--nights N] [--profile ORDER]

Many devices that answer as one capture does, each with serial numbers of its own, are collected into a new database,
night after night. Then the engine alone asks them the same questions. Printed are CPU ms a device; the second figure
may be three times the first at most. The capture is the medium one that ``benchmarks/snmp.py`` takes.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import datetime as dt
import json
import logging
import os
import pstats
import re
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog
from snmp import Agent, below, built, chosen, opened
from snmp_clients import used

from collectors.capture import CaptureTransport
from collectors.engine.hub import Hub
from collectors.engine.message import Community
from collectors.engine.transport import EngineTransport
from collectors.rule_files import load_rules
from collectors.survey import survey
from collectors.transport import SnmpTransport, Value, Walk
from config.sections.asking import Snmp
from estate.command import Context
from schedules.collect import collect
from schedules.progress import Quiet

MOST = 3.0
SERIAL = re.compile(rb"(?m)^(1\.3\.6\.1\.2\.1\.47\.1\.1\.1\.1\.11\.\d+\|4\|)([^\r\n]{4,})$")
SETTINGS = Snmp(rate=0)


class Recorder:
    """A transport that notes what it is asked."""

    name = "snmp"

    def __init__(self, inner: SnmpTransport) -> None:
        self._inner = inner
        self.questions: list[tuple[str, tuple[Any, ...]]] = []

    @property
    def subtrees(self) -> tuple[str, ...]:
        """What lies above all instances that it was asked for."""
        asked = [words[0] for _, words in self.questions]
        oids = [oid for some in asked for oid in ([some] if isinstance(some, str) else some)]
        return tuple(dict.fromkeys(oid.removesuffix(".0") for oid in oids))

    async def get(self, oids: Sequence[str]) -> Mapping[str, Value]:
        """As the seam has it."""
        self.questions.append(("get", (tuple(oids),)))
        return await self._inner.get(oids)

    async def after(self, oid: str) -> str | None:
        """As the seam has it."""
        self.questions.append(("after", (oid,)))
        return await self._inner.after(oid)

    async def walk(self, columns: Sequence[str], max_rows: int | None = None) -> Walk:
        """As the seam has it."""
        self.questions.append(("walk", (tuple(columns), max_rows)))
        return await self._inner.walk(columns, max_rows)


async def recorded(transport: SnmpTransport) -> Recorder:
    """What a survey asks of a device."""
    recorder = Recorder(transport)
    await survey(recorder, load_rules(), target="x", address="", at=dt.datetime.now(dt.UTC))
    return recorder


async def alone(port: int, devices: int) -> float:
    """CPU ms a device of the engine alone, asking what a survey asks."""
    hub, access = Hub(), Community(b"public")

    async def open_device(number: int) -> EngineTransport:
        return await EngineTransport.open(hub, f"127.{number + 1}.0.1", port, access, SETTINGS)

    first = await open_device(0)
    recorder = await recorded(first)
    first.close()
    todo = iter(range(devices))

    async def work() -> None:
        for number in todo:
            session = await open_device(number)
            for method, words in recorder.questions:
                await getattr(session, method)(*words)
            session.close()

    before = used()
    await asyncio.gather(*(work() for _ in range(50)))
    return 1000 * (used() - before) / devices


def whole(context: Context, devices: int) -> float:
    """CPU ms a device of a collection."""
    before = used()
    collected = collect(context, dt.datetime.now(dt.UTC), Quiet()).collected
    if collected is None or collected.answered != devices:
        sys.exit(f"not every device answered: {collected and collected.sentence()}")
    return 1000 * (used() - before) / devices


def prepared(folder: Path, text: bytes, devices: int) -> dict[str, Path]:
    """A capture for each device, with serial numbers of its own."""
    files = {}
    for number in range(devices):
        path = folder / f"{number}.snmprec"
        path.write_bytes(SERIAL.sub(lambda found, at=number: found[1] + found[2][:-3] + b"%03d" % at, text))  # type: ignore[misc] # bound by name
        files[str(number + 1)] = path
    return files


def describe(folder: Path, port: int, devices: int) -> None:
    """The estate folder of these devices."""
    (folder / "estate.toml").write_text("[snmp]\nrate = 0\n", encoding="utf-8")
    (folder / "credentials.toml").write_text('[lab]\nkind = "snmpv2c"\ncommunity = "env:BENCH"\n', encoding="utf-8")
    rows = [f"127.{number + 1}.0.1,device-{number},lab,{port},site\n" for number in range(devices)]
    (folder / "targets.csv").write_text("address,name,credential,port,site\n" + "".join(rows), encoding="utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--captures", type=Path, help="a folder of .snmprec files; by default those of snmpsim-data")
    parser.add_argument("--devices", type=int, default=100, choices=range(1, 201), metavar="1..200")
    parser.add_argument("--nights", type=int, default=5)
    parser.add_argument("--profile", help="profile one more night, in this order of pstats")
    options = parser.parse_args()
    os.environ["BENCH"] = "public"
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    capture, _ = chosen(options.captures)["medium"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subtrees = asyncio.run(recorded(CaptureTransport(capture))).subtrees
        files = prepared(folder, below(opened(capture), subtrees), options.devices)
        agent = Agent(built("replay_agent", folder), files, octets={key: int(key) for key in files})
        try:
            describe(folder, agent.port, options.devices)
            context = Context(str(folder))
            first = whole(context, options.devices)
            nights = [whole(context, options.devices) for _ in range(options.nights)]
            engine = [asyncio.run(alone(agent.port, options.devices)) for _ in range(options.nights)]
            if options.profile:
                profile = cProfile.Profile()
                profile.runcall(whole, context, options.devices)
                pstats.Stats(profile).sort_stats(options.profile).print_stats(40)
        finally:
            agent.process.terminate()
            agent.process.wait(10)
    found = {"engine": statistics.median(engine), "night": statistics.median(nights), "first night": first}
    ratio = found["night"] / found["engine"]
    print(json.dumps({key: round(value, 3) for key, value in found.items()} | {"ratio": round(ratio, 2)}))
    verdict = "holds" if ratio <= MOST else "FAILS"
    print(f"{verdict}: a whole collection takes {ratio:.2f} times the engine's CPU (bar {MOST:g})")


if __name__ == "__main__":
    main()
