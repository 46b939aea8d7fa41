"""The SNMP transport against real agents on loopback: pysnmp's own, and one of 40 lines that misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import pytest
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto.api import v2c

from collectors.lab.agent import Agent, Serving, User, serve
from collectors.observation import Outcome
from collectors.secrets import Secret
from collectors.snmp import PysnmpTransport
from collectors.snmp_message import (
    CommunityMessages,
    Oid,
    ReportError,
    UnreadableError,
    UserEngine,
    UserMessages,
    bulk_pdu,
)
from collectors.snmp_walk import parse
from collectors.transport import TransportError, Value, Walk
from config.sections.asking import Snmp

DESCR, OBJECT_ID, UPTIME, CONTACT = (f"1.3.6.1.2.1.1.{leaf}.0" for leaf in (1, 2, 3, 4))
ENTRY = "1.3.6.1.2.1.47.1.1.1.1"
COLUMNS = tuple(f"{ENTRY}.{column}" for column in (2, 5, 11, 13, 16))
USER = User("estate", "auth-canary-1", "priv-canary-1")
CANARY = "canary"

QUICK = Snmp(timeout=0.2, retries=1)


def table(rows: int) -> dict[str, bytes | int | str]:
    objects: dict[str, bytes | int | str] = {DESCR: b"a device", OBJECT_ID: "1.3.6.1.4.1.9.1.516", UPTIME: 4711}
    for row in range(1, rows + 1):
        objects |= {f"{ENTRY}.2.{row}": b"part", f"{ENTRY}.5.{row}": 9, f"{ENTRY}.11.{row}": b"SN%d" % row}
        if row % 3 == 0:  # a column with holes
            objects[f"{ENTRY}.13.{row}"] = b"M%d" % row
    objects["1.3.6.1.2.1.47.1.2.1.1.2.1"] = b"behind the table"
    return objects


def engine(name: str = "estate", auth: str = USER.auth_password, priv: str | None = USER.priv_password) -> UserEngine:
    password = Secret(priv) if priv else None
    return UserEngine(name, "SHA-256", Secret(auth), "AES-128" if priv else None, password)


Question = Callable[[PysnmpTransport], Awaitable[Any]]


async def everything(transport: PysnmpTransport) -> tuple[Mapping[str, Value], Walk]:
    return await transport.get([DESCR, OBJECT_ID, CONTACT]), await transport.walk(COLUMNS)


async def asked(place: Serving | Rogue, access: Secret | UserEngine, question: Question, settings: Snmp = QUICK) -> Any:
    transport = await PysnmpTransport.open(place.address, place.port, access, settings)
    try:
        return await question(transport)
    finally:
        transport.close()


def ask(
    agent: Agent, access: Callable[[], Secret | UserEngine], question: Question = everything, settings: Snmp = QUICK
) -> Any:
    async def run() -> Any:
        async with serve([agent]) as (serving,):
            return await asked(serving, access(), question, settings)

    return asyncio.run(run())


def failure(agent: Agent, access: Callable[[], Secret | UserEngine]) -> TransportError:
    with pytest.raises(TransportError) as caught:
        ask(agent, access)
    return caught.value


def public() -> Secret:
    return Secret("public")


# ------------------------------------------------------------------------------------------------------ good devices


@pytest.mark.parametrize(
    ("agent", "access"),
    [
        (Agent("v2c", table(60)), public),
        (Agent("v3", table(60), community=None, user=USER), engine),
    ],
    ids=["v2c", "v3"],
)
def test_a_device_is_read_to_its_end(agent: Agent, access: Callable[[], Secret | UserEngine]) -> None:
    scalars, walk = ask(agent, access)
    assert scalars == {DESCR: b"a device", OBJECT_ID: "1.3.6.1.4.1.9.1.516"}
    assert walk.complete
    assert {column: len(values) for column, values in walk.columns.items()} == dict(
        zip(COLUMNS, (60, 60, 60, 20, 0), strict=True)
    )
    assert walk.columns[COLUMNS[2]]["60"] == b"SN60"
    assert walk.columns[COLUMNS[1]]["1"] == 9


def test_all_columns_stand_in_one_request() -> None:
    async def run() -> int:
        async with serve([Agent("v2c", table(60))]) as (serving,):
            await asked(serving, public(), lambda transport: transport.walk(COLUMNS))
            return serving.requests

    # pysnmp's agent counts a repetition as a request: 60 rows and not much more, where five columns need 300
    assert asyncio.run(run()) < 100


def test_one_engine_serves_many_devices() -> None:
    async def run() -> list[tuple[Mapping[str, Value], Walk]]:
        shared = engine()
        agents = [Agent(f"d{number}", table(3 * number), community=None, user=USER) for number in range(1, 5)]
        async with serve(agents) as devices:
            return list(await asyncio.gather(*(asked(device, shared, everything) for device in devices)))

    assert [walk.rows for _, walk in asyncio.run(run())] == [3, 6, 9, 12]


def test_the_first_instance_behind_an_oid() -> None:
    async def behind(transport: PysnmpTransport) -> list[str | None]:
        return [await transport.after(oid) for oid in (ENTRY, f"{ENTRY}.3", f"{ENTRY}.14", "1.3.6.1.4.1")]

    found = ask(Agent("v2c", table(2)), public, behind)
    assert found == [f"{ENTRY}.2.1", f"{ENTRY}.5.1", "1.3.6.1.2.1.47.1.2.1.1.2.1", None]


def test_many_scalars_are_asked_in_portions() -> None:
    objects = {f"1.3.6.1.4.1.9.9.{leaf}.0": leaf for leaf in range(45)}
    found = ask(Agent("v2c", objects), public, lambda transport: transport.get([*objects, CONTACT]))
    assert found == objects


# ------------------------------------------------------------------------------------------ devices that say nothing


def test_nobody_listens() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(TransportError, match="nothing listens") as caught:
        asyncio.run(asked(Rogue("127.0.0.1", port), public(), everything))
    assert caught.value.outcome is Outcome.SILENT


def test_a_wrong_community_looks_like_silence_and_says_so() -> None:
    error = failure(Agent("v2c", table(1)), lambda: Secret(CANARY))
    assert error.outcome is Outcome.SILENT
    assert "community is wrong" in error.reason
    assert CANARY not in error.reason


def test_a_name_that_does_not_resolve() -> None:
    with pytest.raises(TransportError) as caught:
        asyncio.run(asked(Rogue("no-such-host.invalid", 161), public(), everything))
    assert caught.value.outcome is Outcome.FAILED


# ----------------------------------------------------------------------------------------------- SNMPv3 that refuses


@pytest.mark.parametrize(
    ("access", "text"),
    [
        (lambda: engine(name="nobody"), "wrong user name"),
        (lambda: engine(auth="canary-wrong-auth"), "wrong password"),
        (lambda: engine(priv="canary-wrong-priv"), "priv password"),
        (lambda: engine(priv=None), "security level"),
    ],
    ids=["user", "auth", "priv", "level"],
)
def test_a_wrong_v3_credential_is_refused_in_plain_words(
    access: Callable[[], UserEngine], text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        error = failure(Agent("v3", table(1), community=None, user=USER), access)
    assert error.outcome is Outcome.REFUSED
    assert text in error.reason
    assert CANARY not in f"{error!r}{error.reason}{caplog.text}"


def test_a_pass_phrase_that_no_agent_takes_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="shorter than 8") as caught:
        engine(auth=CANARY)
    assert CANARY not in str(caught.value)
    assert "auth-canary" not in repr(engine())


# ------------------------------------------------------------------------------------------- devices that stop or lie


def test_a_walk_that_stops_half_way_keeps_what_it_read() -> None:
    _, walk = ask(Agent("cut", table(60), drop_after=20), public)
    assert not walk.complete
    assert "stopped answering" in walk.reason
    assert 0 < walk.rows <= 20


def test_the_rows_of_a_table_are_bounded() -> None:
    _, walk = ask(Agent("long", table(150)), public, settings=Snmp(timeout=0.2, retries=1, max_rows=100))
    assert not walk.complete
    assert walk.reason == f"more than 100 rows below {COLUMNS[0]} and 2 more columns"
    assert max(len(values) for values in walk.columns.values()) == 100


class Rogue:
    """An agent that answers each request with whatever ``answer`` makes of it; None is silence."""

    def __init__(self, address: str, port: int) -> None:
        self.address, self.port = address, port


Answer = Callable[[str, list[Oid], Any], bytes | None]


@contextlib.asynccontextmanager
async def rogue(answer: Answer) -> AsyncIterator[Rogue]:
    class Protocol(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: Any) -> None:
            message, _ = decoder.decode(data, asn1Spec=v2c.Message())
            pdu = v2c.apiMessage.get_pdu(message)
            oids = [tuple(oid) for oid, _ in v2c.apiPDU.get_varbinds(pdu)]
            reply = answer(type(pdu).__name__.removesuffix("PDU"), oids, message)
            if reply is not None:
                self.transport.sendto(reply, addr)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Protocol, ("127.0.0.1", 0))
    try:
        yield Rogue(*transport.get_extra_info("sockname"))
    finally:
        transport.close()


def response(message: Any, variables: list[tuple[Oid, Any]], *, status: int = 0, community: str = "public") -> bytes:
    pdu = v2c.apiPDU.get_response(v2c.apiMessage.get_pdu(message))
    v2c.apiPDU.set_varbinds(pdu, variables)
    v2c.apiPDU.set_error_status(pdu, status)
    reply = v2c.apiMessage.get_response(message)
    v2c.apiMessage.set_community(reply, community)
    v2c.apiMessage.set_pdu(reply, pdu)
    return bytes(encoder.encode(reply))


def fool(answer: Answer, question: Question, settings: Snmp = QUICK) -> Any:
    async def run() -> Any:
        async with rogue(answer) as place:
            return await asked(place, public(), question, settings)

    return asyncio.run(run())


def walk_one(transport: PysnmpTransport) -> Awaitable[Walk]:
    return transport.walk([COLUMNS[0]])


def walk_two(transport: PysnmpTransport) -> Awaitable[Walk]:
    return transport.walk(COLUMNS[:2])


def rows_of(oids: list[Oid], repetitions: int, last: int = 30) -> list[tuple[Oid, Any]]:
    """An honest reply to a bulk request over tables of ``last`` rows."""
    variables: list[tuple[Oid, Any]] = []
    cursors = list(oids)
    for _ in range(repetitions):
        for place, cursor in enumerate(cursors):
            row = cursor[-1] + 1 if len(cursor) > len(parse(COLUMNS[0])) else 1
            prefix = cursor[: len(parse(COLUMNS[0]))]
            cursors[place] = (*prefix, row) if row <= last else (*prefix[:-1], prefix[-1] + 50, 1)
            variables.append((cursors[place], v2c.OctetString("x")))
    return variables


def repetitions_of(message: Any) -> int:
    return int(v2c.apiBulkPDU.get_max_repetitions(v2c.apiMessage.get_pdu(message)))


def test_too_big_is_answered_by_asking_for_less() -> None:
    sizes: list[tuple[str, int, int]] = []

    def answer(kind: str, oids: list[Oid], message: Any) -> bytes:
        repetitions = repetitions_of(message) if kind == "GetBulkRequest" else 1
        sizes.append((kind, len(oids), repetitions))
        if len(oids) * repetitions > 6:
            return response(message, [], status=1)
        return response(message, rows_of(oids, repetitions))

    walk = fool(answer, walk_two)
    assert walk.complete
    assert walk.rows == 30
    assert sizes[:5] == [("GetBulkRequest", 2, n) for n in (25, 12, 6, 3, 3)]


def test_an_agent_without_getbulk_is_asked_by_getnext() -> None:
    def answer(kind: str, oids: list[Oid], message: Any) -> bytes:
        if kind == "GetBulkRequest":
            return response(message, [], status=5)
        return response(message, rows_of(oids, 1, last=5))

    walk = fool(answer, walk_two)
    assert walk.complete
    assert [len(values) for values in walk.columns.values()] == [5, 5]


def test_a_column_that_only_fails_does_not_cost_the_others() -> None:
    def answer(kind: str, oids: list[Oid], message: Any) -> bytes:
        if any(oid[: len(parse(COLUMNS[0]))] == parse(COLUMNS[0]) for oid in oids):
            return response(message, [], status=5)
        return response(message, rows_of(oids, repetitions_of(message) if kind == "GetBulkRequest" else 1, last=5))

    walk = fool(answer, walk_two)
    assert not walk.complete
    assert "error-status 5" in walk.reason
    assert [len(values) for values in walk.columns.values()] == [0, 5]


def test_a_reply_that_stops_in_the_middle_of_a_row() -> None:
    def answer(_kind: str, oids: list[Oid], message: Any) -> bytes:
        return response(message, rows_of(oids, repetitions_of(message))[:7])

    walk = fool(answer, walk_two)
    assert walk.complete
    assert [len(values) for values in walk.columns.values()] == [30, 30]


def test_oids_that_do_not_increase_end_the_walk() -> None:
    def answer(_kind: str, _oids: list[Oid], message: Any) -> bytes:
        return response(message, [((*parse(COLUMNS[0]), row), v2c.OctetString("x")) for row in (1, 2, 2, 1)])

    walk = fool(answer, walk_one)
    assert not walk.complete
    assert "do not increase" in walk.reason
    assert walk.rows == 2


def test_a_table_that_never_ends_is_cut_by_time() -> None:
    def answer(_kind: str, oids: list[Oid], message: Any) -> bytes:
        return response(message, rows_of(oids, repetitions_of(message), last=1 << 31))

    walk = fool(answer, walk_one, Snmp(timeout=0.2, retries=1, device_seconds=0.5))
    assert not walk.complete
    assert "0.5 seconds" in walk.reason
    assert walk.rows > 100


def test_empty_replies_do_not_make_an_empty_table() -> None:
    walk = fool(lambda _kind, _oids, message: response(message, []), walk_one)
    assert not walk.complete
    assert walk.rows == 0


def test_what_is_not_ber_is_named() -> None:
    for noise in (b"\x30", b"\x30\x84\x00\x40\x00\x00\x02\x01\x01", b"\x00" * 40, b"\xff" * 500, b"\x30\x80" * 300):
        with pytest.raises(TransportError, match="not with SNMP that can be read") as caught:
            fool(lambda _kind, _oids, _message, noise=noise: noise, everything)  # type: ignore[misc] # bound by name
        assert caught.value.outcome is Outcome.FAILED


def test_another_community_or_request_is_not_an_answer() -> None:
    def stranger(_kind: str, oids: list[Oid], message: Any) -> bytes:
        return response(message, [(oids[0], v2c.OctetString("x"))], community="private")

    def late(_kind: str, oids: list[Oid], message: Any) -> bytes:
        v2c.apiPDU.set_request_id(v2c.apiMessage.get_pdu(message), 1)
        return response(message, [(oids[0], v2c.OctetString("x"))])

    for answer in (stranger, late):
        with pytest.raises(TransportError):
            fool(answer, everything)


def test_a_get_that_answers_one_of_many_is_asked_again_for_the_rest() -> None:
    def answer(_kind: str, oids: list[Oid], message: Any) -> bytes:
        return response(message, [(oids[0], v2c.Integer32(len(oids)))])

    found = fool(answer, lambda transport: transport.get([DESCR, OBJECT_ID, UPTIME]))
    assert found == {DESCR: 3, OBJECT_ID: 1, UPTIME: 1}


def test_values_of_every_type_and_none() -> None:
    values = [
        v2c.Integer32(-1), v2c.Counter64(1 << 63), v2c.TimeTicks(5), v2c.IpAddress("192.0.2.1"), v2c.Opaque(b"\x9f"),
        v2c.ObjectIdentifier((1, 3, 6)), v2c.Null(""), v2c.NoSuchInstance(""),
    ]  # fmt: skip
    oids = [f"1.3.6.1.4.1.9.{leaf}.0" for leaf in range(len(values))]

    def answer(_kind: str, asked_for: list[Oid], message: Any) -> bytes:
        return response(message, list(zip(asked_for, values, strict=True)))

    found = fool(answer, lambda transport: transport.get(oids))
    assert list(found.values()) == [-1, 1 << 63, 5, bytes([192, 0, 2, 1]), b"\x9f", "1.3.6"]


# ------------------------------------------------------------------------------------------------- hostile datagrams


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """A datagram with some of its bytes changed, and sometimes its end cut off."""
    noise = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        noise[chance.randrange(len(noise))] = chance.randrange(256)
    return bytes(noise[: chance.randint(2, len(noise))] if chance.random() < 0.2 else noise)


async def heard(place: Serving, datagram: bytes) -> bytes:
    """What an agent answers to a datagram."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.setblocking(False)
        await loop.sock_sendto(plain, datagram, (place.address, place.port))
        return await asyncio.wait_for(loop.sock_recv(plain, 65535), 2)


def test_spoilt_v2c_answers_do_not_surprise_us() -> None:
    chance, messages = random.Random(7), CommunityMessages(public())

    async def run() -> bytes:
        async with serve([Agent("v2c", table(3))]) as (serving,):
            return await heard(serving, messages.encode(bulk_pdu([parse(ENTRY)], 9)))

    good = asyncio.run(run())
    assert len(messages.decode(good).variables) == 9
    for _ in range(400):
        with contextlib.suppress(UnreadableError):
            messages.decode(spoilt(good, chance))


def test_spoilt_v3_answers_do_not_surprise_us() -> None:
    chance, user = random.Random(7), engine()

    async def run() -> tuple[bytes, bytes]:
        async with serve([Agent("v3", table(3), community=None, user=USER)]) as (serving,):
            messages = UserMessages(user, (serving.address, serving.port))
            report = await heard(serving, messages.encode(bulk_pdu([parse(ENTRY)], 9)))
            with pytest.raises(ReportError):
                messages.decode(report)
            answer = await heard(serving, messages.encode(bulk_pdu([parse(ENTRY)], 9)))
            assert len(messages.decode(answer).variables) == 9
            return report, answer

    for good in asyncio.run(run()):
        for number in range(150):
            messages = UserMessages(user, ("192.0.2.1", number))
            with contextlib.suppress(UnreadableError, ReportError):
                messages.decode(spoilt(good, chance))
            with contextlib.suppress(TransportError):
                assert messages.encode(bulk_pdu([parse(ENTRY)], 9))
            messages.forget()
