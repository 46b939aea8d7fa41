"""The simulated agents, asked by pysnmp's client side: v2c, v3, and a walk that is cut off."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collectors.lab import captures
from collectors.lab.agent import ENT_PHYSICAL_ENTRY, Agent, User, serve
from collectors.lab.captures import Typed
from tests.collectors.lab_fixtures import bulk, community, get, user

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
SYS_NAME = "1.3.6.1.2.1.1.5.0"
UPTIME = "1.3.6.1.2.1.1.3.0"
SERIAL = f"{ENT_PHYSICAL_ENTRY}.11"


def _rows(count: int) -> dict[str, bytes | int | str]:
    """A device with so many physical entities."""
    objects: dict[str, bytes | int | str] = {
        SYS_DESCR: b"A switch",
        SYS_NAME: b"sw-1",
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.9.1.1",
    }
    for index in range(1, count + 1):
        objects |= {f"{ENT_PHYSICAL_ENTRY}.5.{index}": 3, f"{SERIAL}.{index}": b"SERIAL%04d" % index}
    return objects


def test_v2c_answers_get_and_getbulk_and_is_silent_to_strangers() -> None:
    async def ask() -> None:
        objects = _rows(150) | {UPTIME: Typed(captures.TIME_TICKS, 99)}
        async with serve([Agent("sw-1", objects, community="open sesame")]) as (agent,):
            right = community("open sesame"), agent.address, agent.port
            error, values = await get(*right, [SYS_DESCR, UPTIME, "1.3.6.1.2.1.1.99.0"])
            assert not error
            assert [type(value).__name__ for value in values] == ["OctetString", "TimeTicks", "NoSuchInstance"]
            error, binds = await bulk(*right, [f"{ENT_PHYSICAL_ENTRY}.5", SERIAL], 120)
            assert not error
            assert len(binds) == 240, "a GETBULK is not cut at pysnmp's 64"
            assert binds[3] == (f"{SERIAL}.2", b"SERIAL0002")
            error, binds = await bulk(*right, [f"{SERIAL}.150"], 1)
            assert type(binds[0][1]).__name__ == "EndOfMibView"
            error, _ = await get(community("public"), agent.address, agent.port, [SYS_DESCR], patience=0.3)
            assert "No SNMP response" in error

    asyncio.run(ask())


def test_v3_answers_its_user_and_says_wrong_digest_to_a_wrong_password() -> None:
    async def ask() -> None:
        known = User("estate", "authentic-words", "private-words")
        async with serve([Agent("fw-1", _rows(3), user=known)]) as (agent,):
            place = agent.address, agent.port
            error, values = await get(user("estate", "authentic-words", "private-words"), *place, [SYS_NAME])
            assert (error, bytes(values[0])) == ("", b"sw-1")
            error, binds = await bulk(user("estate", "authentic-words", "private-words"), *place, [SERIAL], 10)
            assert len(binds) == 10
            error, _ = await get(user("estate", "wrong-words", "private-words"), *place, [SYS_NAME])
            assert "Wrong SNMP PDU digest" in error
            error, _ = await get(user("stranger", "wrong-words", "private-words"), *place, [SYS_NAME])
            assert "Unknown USM user" in error
            error, _ = await get(community(), *place, [SYS_NAME], patience=0.3)
            assert "No SNMP response" in error

    asyncio.run(ask())


def test_a_device_that_is_cut_off_answers_the_first_rows_and_everything_else() -> None:
    async def ask() -> None:
        objects = _rows(30) | {"1.3.6.1.4.1.9.3.6.3.0": b"beyond the table"}
        async with serve([Agent("cut-1", objects, drop_after=10)]) as (agent,):
            right = community(), agent.address, agent.port
            for _ in range(2):
                error, binds = await bulk(*right, [f"{ENT_PHYSICAL_ENTRY}.5", SERIAL], 10)
                assert (error, len(binds)) == ("", 20)
                error, _ = await bulk(*right, [f"{SERIAL}.10"], 5, patience=0.3)
                assert "No SNMP response" in error
            error, values = await get(*right, [SYS_NAME, "1.3.6.1.4.1.9.3.6.3.0"])
            assert [bytes(value) for value in values] == [b"sw-1", b"beyond the table"]

    asyncio.run(ask())


def test_nothing_but_loopback_is_ever_bound() -> None:
    async def ask(address: str) -> None:
        async with serve([Agent("sw-1", {}, address=address)]):
            pass

    for address in ("0.0.0.0", "192.0.2.1", "::"):  # noqa: S104 - the point is that it is refused
        with pytest.raises(ValueError, match="not a loopback address"):
            asyncio.run(ask(address))


def _boots(folder: Path) -> list[int]:
    return [int(path.read_text(encoding="utf-8")) for path in folder.rglob("boots")]


def test_the_engines_boots_are_kept_in_a_private_folder_and_grow(tmp_path: Path) -> None:
    async def start() -> list[int]:
        async with serve([Agent("sw-1", _rows(1))], tmp_path):
            return _boots(tmp_path)

    first, second = asyncio.run(start()), asyncio.run(start())
    assert len(first) == 1
    assert second[0] > first[0]
