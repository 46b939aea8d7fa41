"""One SNMP client asks many simulated devices, and says what that took: a process of its own for each measurement.

    python benchmarks/snmp_clients.py CLIENT PORT IN_FLIGHT OCTET=DEVICES[,OCTET=DEVICES ...]

A device is asked for six scalars of the system group and eleven columns of entPhysicalTable, at 127.OCTET.x.y. Printed
is ``{"cpu": seconds, "wall": seconds, "queued": seconds, "variables": N, "incomplete": N, "dropped": N}``, where CPU is
the client's own, from after its imports, and *queued* how long it could have run but others had the processor. Every
client is used as its documentation or its fastest interface has it, which is said at each. Exit status 5: this client
is not installed here.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from snmp_exporter import Exporter

ABSENT = 5
SYSTEM = [f"1.3.6.1.2.1.1.{leaf}.0" for leaf in range(1, 7)]
COLUMNS = [f"1.3.6.1.2.1.47.1.1.1.1.{leaf}" for leaf in (2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13)]
REPETITIONS = 25
TIMEOUT = 2.0
PROCESSES = 8  # of net-snmp's programs at once: on a few cores more only wait for each other

Counted = tuple[int, bool]  # the variables of one device, and whether it was read to its end
Client = tuple[Callable[[str], Awaitable[Counted]], Callable[[], dict[str, float]]]


def nothing_more() -> dict[str, float]:
    """A client that tells nothing of its own."""
    return {}


# ------------------------------------------------------------------------------------------------------------- clients


async def engine(port: int) -> Client:
    """The engine, through the interface by which the collectors ask."""
    from collectors.engine.hub import Hub
    from collectors.engine.message import Community
    from collectors.engine.transport import EngineTransport
    from config.sections.asking import Snmp

    hub, settings, access = Hub(), Snmp(timeout=TIMEOUT, max_repetitions=REPETITIONS), Community(b"public")

    async def ask(address: str) -> Counted:
        session = await EngineTransport.open(hub, address, port, access, settings)
        try:
            scalars, walk = await session.get(SYSTEM), await session.walk(COLUMNS)
        finally:
            session.close()
        return len(scalars) + sum(map(len, walk.columns.values())), walk.complete

    return ask, lambda: {"dropped": hub.counts.dropped}


async def pysnmp_best(port: int) -> Client:
    """pysnmp without its engine (v1arch), raw tuples instead of MIB objects, all columns in one GETBULK."""
    from pysnmp.hlapi.v1arch.asyncio import CommunityData, SnmpDispatcher, UdpTransportTarget, bulk_cmd, get_cmd
    from pysnmp.proto.api import v2c

    dispatcher, community = SnmpDispatcher(), CommunityData("public", mpModel=1)
    prefixes = [tuple(map(int, oid.split("."))) for oid in COLUMNS]

    def raw(oid: Any) -> Any:
        return v2c.ObjectIdentifier(oid), v2c.null

    async def ask(address: str) -> Counted:
        target = await UdpTransportTarget.create((address, port), timeout=TIMEOUT, retries=2)
        error, _, _, variables = await get_cmd(dispatcher, community, target, *map(raw, SYSTEM), lookupMib=False)
        count = len(variables)
        cursors = dict(enumerate(prefixes))
        while cursors and not error:
            repetitions = min(REPETITIONS, 100 // len(cursors))
            names = [raw(oid) for oid in cursors.values()]
            error, _, _, variables = await bulk_cmd(
                dispatcher, community, target, 0, repetitions, *names, lookupMib=False
            )
            places = list(cursors)
            for place, (name, _) in enumerate(variables):
                column = places[place % len(places)]
                found = tuple(name)
                if column not in cursors:
                    continue
                if found[: len(prefixes[column])] == prefixes[column] and found > cursors[column]:
                    cursors[column] = found
                    count += 1
                else:
                    del cursors[column]
        return count, not error

    return ask, nothing_more


async def pysnmp_documented(port: int) -> Client:
    """pysnmp as its documentation shows it: v3arch, one engine, ``bulk_walk_cmd`` a column."""
    from pysnmp.hlapi.v3arch.asyncio import (
        CommunityData,
        ContextData,
        ObjectIdentity,
        ObjectType,
        SnmpEngine,
        UdpTransportTarget,
        bulk_walk_cmd,
        get_cmd,
    )

    own, community = SnmpEngine(), CommunityData("public", mpModel=1)

    async def ask(address: str) -> Counted:
        target = await UdpTransportTarget.create((address, port), timeout=TIMEOUT, retries=2)
        names = [ObjectType(ObjectIdentity(oid)) for oid in SYSTEM]
        error, _, _, variables = await get_cmd(own, community, target, ContextData(), *names)
        count, whole = len(variables), not error
        for column in COLUMNS:
            start = ObjectType(ObjectIdentity(column))
            async for error, _, _, rows in bulk_walk_cmd(
                own, community, target, ContextData(), 0, REPETITIONS, start, lexicographicMode=False
            ):
                whole = whole and not error
                count += len(rows)
        return count, whole

    return ask, nothing_more


async def gufo(port: int) -> Client:
    """gufo_snmp (Rust), a column at a time, which is all it can."""
    from gufo.snmp import SnmpVersion
    from gufo.snmp.aio import SnmpSession

    async def ask(address: str) -> Counted:
        options: dict[str, Any] = {"version": SnmpVersion.v2c, "community": "public", "max_repetitions": REPETITIONS}
        count, whole = 0, True
        async with SnmpSession(addr=address, port=port, timeout=TIMEOUT * 4, **options) as session:
            try:
                count += len(await session.get_many(SYSTEM))
                for column in COLUMNS:
                    async for _ in session.getbulk(column):
                        count += 1
            except TimeoutError:
                whole = False
        return count, whole

    return ask, nothing_more


async def net_snmp(port: int) -> Client:
    """net-snmp's programs, a process for the scalars and one for each column."""
    get, walk = shutil.which("snmpget"), shutil.which("snmpbulkwalk")
    if not get or not walk:
        raise ImportError("snmpget and snmpbulkwalk")
    gate = asyncio.Semaphore(PROCESSES)
    common = ["-v2c", "-c", "public", "-On", "-m", "", "-t", str(TIMEOUT), "-r", "2"]

    async def run(program: str, *words: str) -> Counted:
        async with gate:
            process = await asyncio.create_subprocess_exec(
                program, *common, *words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            out, _ = await process.communicate()
        return out.count(b"\n.1.") + out.startswith(b".1."), process.returncode == 0

    async def ask(address: str) -> Counted:
        place = f"{address}:{port}"
        found = [await run(get, place, *SYSTEM)]
        for column in COLUMNS:
            found.append(await run(walk, f"-Cr{REPETITIONS}", place, column))  # noqa: PERF401 - one after the other
        return sum(count for count, _ in found), all(whole for _, whole in found)

    return ask, nothing_more


async def ezsnmp(port: int) -> Client:
    """ezsnmp (net-snmp's library) in threads, a column at a time."""
    from ezsnmp import Session

    loop, pool = asyncio.get_running_loop(), ThreadPoolExecutor(PROCESSES)

    def work(address: str) -> Counted:
        session = Session(
            hostname=address, port_number=str(port), version="2c", community="public", timeout=str(TIMEOUT)
        )
        count = len(session.get(SYSTEM))
        for column in COLUMNS:
            count += len(session.bulk_walk([column]))
        return count, True

    async def ask(address: str) -> Counted:
        return await loop.run_in_executor(pool, work, address)

    return ask, nothing_more


async def exporter(port: int) -> Client:
    """snmp_exporter (Go), a column at a time, which is all it can; asked over HTTP, and only its own CPU counts."""
    running = Exporter.installed(SYSTEM, COLUMNS, REPETITIONS, TIMEOUT)
    await running.start()

    async def ask(address: str) -> Counted:
        text = await running.scrape(f"{address}:{port}")
        found = re.search(r"^snmp_scrape_pdus_returned(?:{[^}]*})? (\d+)", text, re.MULTILINE)
        return int(found[1]) if found else 0, found is not None

    return ask, running.ended


CLIENTS: dict[str, Callable[[int], Coroutine[Any, Any, Client]]] = {
    "engine": engine,
    "pysnmp at its best": pysnmp_best,
    "pysnmp as documented": pysnmp_documented,
    "gufo_snmp": gufo,
    "snmp_exporter": exporter,
    "snmpbulkwalk": net_snmp,
    "ezsnmp": ezsnmp,
}

# ------------------------------------------------------------------------------------------------------------- running


def addresses(plan: str) -> list[str]:
    """The addresses of ``OCTET=DEVICES,...``, in that order."""
    found = []
    for group in plan.split(","):
        octet, count = map(int, group.split("="))
        found += [f"127.{octet}.{place // 250}.{place % 250 + 1}" for place in range(count)]
    return found


def used() -> float:
    """CPU seconds of this process and of those that it waited for."""
    whole = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(item.ru_utime + item.ru_stime for item in whole)


def queued() -> float:
    """Seconds that this process waited for a processor, as Linux counts them (proc(5), schedstat); else 0."""
    try:
        return int(Path("/proc/self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


async def measure(name: str, port: int, in_flight: int, plan: str) -> dict[str, float]:
    """Ask every address once, so many at the same time."""
    ask, more = await CLIENTS[name](port)
    todo, variables, incomplete = iter(addresses(plan)), 0, 0

    async def work() -> None:
        nonlocal variables, incomplete
        for address in todo:
            try:
                count, whole = await ask(address)
            except Exception as error:  # noqa: BLE001 - of whatever client this is
                print(f"{name}, {address}: {error!r}"[:200], file=sys.stderr)
                count, whole = 0, False
            variables += count
            incomplete += not whole

    cpu, wall, waited = used(), time.monotonic(), queued()
    await asyncio.gather(*(work() for _ in range(in_flight)))
    spent = {"cpu": used() - cpu, "wall": time.monotonic() - wall, "queued": queued() - waited}
    return {**spent, "variables": variables, "incomplete": incomplete, "dropped": 0, **more()}


def main() -> None:
    """The command line."""
    _, name, port, in_flight, plan = sys.argv
    try:
        found = asyncio.run(measure(name, int(port), int(in_flight), plan))
    except ImportError as error:
        print(error, file=sys.stderr)
        sys.exit(ABSENT)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
