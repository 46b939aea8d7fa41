"""Sockets, ids and the rate that all devices share."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pysnmp.proto.api import v2c

from collectors.engine.hub import MOST_SOCKETS, SHARED_BY, Hub
from collectors.engine.message import Community, Reply
from collectors.engine.scalars import Scalars
from collectors.engine.transport import EngineTransport
from collectors.transport import TransportError
from config.sections.asking import Snmp
from tests.collectors.engine.scripted import ENTRY, SYSTEM, Objects, device, scripted

OBJECTS = Objects(device(12))
PUBLIC = Community(b"public")
QUICK = Snmp(timeout=0.3, retries=2)
NAMES = tuple(SYSTEM)
COLUMNS = (f"{ENTRY}.2", f"{ENTRY}.11")


def run(work: Callable[[Hub], Awaitable[Any]], rate: float = 0) -> Any:
    async def inside() -> Any:
        return await work(Hub(rate))

    return asyncio.run(inside())


async def session(hub: Hub, port: int, address: str = "127.0.0.1", settings: Snmp = QUICK) -> EngineTransport:
    return await EngineTransport.open(hub, address, port, PUBLIC, settings)


def test_fifty_devices_share_a_socket_and_all_sockets_are_closed_at_the_end() -> None:
    async def work(hub: Hub) -> tuple[int, int, int]:
        sessions = [await session(hub, 9) for _ in range(SHARED_BY * 3)]
        some = len(hub._lines[socket.AF_INET])
        sessions += [await session(hub, 9) for _ in range(SHARED_BY * MOST_SOCKETS)]
        most = len(hub._lines[socket.AF_INET])
        for one in sessions:
            one.close()
            one.close()
        return some, most, len(hub._lines)

    assert run(work) == (3, MOST_SOCKETS, 0)


def test_many_devices_are_asked_at_once_each_with_an_id_of_its_own() -> None:
    async def work(hub: Hub) -> tuple[list[int], int, int]:
        async def ask(port: int) -> int:
            # the agents share this loop: they need time for all of them
            one = await session(hub, port, settings=Snmp(timeout=20))
            try:
                found = await one.walk(COLUMNS)
                return found.rows if found.complete else 0
            finally:
                one.close()

        async with scripted(OBJECTS.reply) as first, scripted(OBJECTS.reply) as second:
            rows = await asyncio.gather(*(ask(place.port) for place in (first, second) for _ in range(40)))
        return rows, len(hub._waiting), hub.dropped

    assert run(work) == ([12] * 80, 0, 0)


def test_the_rate_holds_back_what_is_too_much_and_loses_nothing() -> None:
    async def work(hub: Hub) -> tuple[int, list[int]]:
        async with scripted(OBJECTS.reply) as place:
            sessions = [await session(hub, place.port) for _ in range(40)]
            asking = [asyncio.create_task(one.get(NAMES)) for one in sessions]
            await asyncio.sleep(0)
            at_once = hub.counts.sent
            found = await asyncio.gather(*asking)
            for one in sessions:
                one.close()
            return at_once, [len(values) for values in found]

    at_once, found = run(work, rate=100)
    assert at_once <= 12
    assert found == [len(NAMES)] * 40


def test_duplicates_and_strangers_are_counted_and_change_nothing() -> None:
    async def work(hub: Hub) -> tuple[int, int]:
        async with scripted(lambda question: [OBJECTS.reply(question)] * 3) as place:
            one = await session(hub, place.port)
            assert (await one.walk(COLUMNS)).rows == 12
            await asyncio.sleep(0.05)
            one.close()
        return hub.counts.stray, hub.counts.sent

    stray, sent = run(work)
    assert stray == 2 * sent


def test_who_stops_waiting_is_forgotten() -> None:
    async def work(hub: Hub) -> int:
        async with scripted(lambda _question: None) as place:
            one = await session(hub, place.port)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await one.get(NAMES)
            waiting = len(hub._waiting)
            with pytest.raises(TransportError):
                await one.get(NAMES)
            one.close()
        return waiting

    assert run(work) == 0


def test_a_request_is_repeated_with_the_same_id() -> None:
    """So that an answer that comes after its timeout still counts."""

    async def work(hub: Hub) -> list[int]:
        async with scripted(lambda _question: None) as place:
            one = await session(hub, place.port)
            with pytest.raises(TransportError):
                await one.get(NAMES)
            one.close()
            return [int(v2c.apiPDU.get_request_id(v2c.apiMessage.get_pdu(item.message))) for item in place.questions]

    identities = run(work)
    assert len(identities) == 4
    assert len(set(identities)) == 1


def test_a_question_that_fails_in_our_own_code_is_told_to_who_asks_it() -> None:
    class Broken(Scalars):
        def take(self, _reply: Reply) -> None:
            raise ZeroDivisionError

    async def work(hub: Hub) -> None:
        async with scripted(OBJECTS.reply) as place:
            one = await session(hub, place.port)
            with pytest.raises(ZeroDivisionError):
                await one._conversation.ask(Broken(NAMES))
            assert len(await one.get(NAMES)) == len(NAMES)
            one.close()

    run(work)
