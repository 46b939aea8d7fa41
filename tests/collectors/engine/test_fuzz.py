"""Real replies with octets changed, cut off or put in: nothing but a clean outcome ever comes out.

Each example spoils a hundred replies in a few ways each, so that ``make test`` reads more than 20,000 of them and
``make fuzz`` a few millions.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.engine import ber, message
from collectors.engine.ber import UnreadableError
from collectors.engine.conversation import Conversation, SilenceError
from collectors.engine.hub import Hub
from collectors.engine.message import BULK, GET, V2C, V3, Community, Request
from collectors.engine.question import Question
from collectors.engine.scalars import Following, Scalars
from collectors.engine.usm import Clock, EngineError, Keys, ReportError, User, UserMessages
from collectors.engine.walker import Manner, Walker
from collectors.secrets import Secret
from collectors.transport import TransportError
from tests.collectors.engine.scripted import ENTRY, Objects, asked, device

MUTANTS = 100  # of one example
EXAMPLES = int(os.environ.get("ESTATE_FUZZ_EXAMPLES", "250"))
PUBLIC = Community(b"public")
COLUMNS = tuple(f"{ENTRY}.{column}" for column in (2, 4, 5, 7, 11))
SYSTEM = tuple(f"1.3.6.1.2.1.1.{leaf}.0" for leaf in range(1, 7))
OBJECTS = Objects(device(30))
IDENTITY = 1 << 30
USER = User("estate", "SHA-256", Secret("auth-secret"), "AES-128", Secret("priv-secret"))
ENGINE = b"\x80\x00\xff\xff\x05engine"


def replies() -> Iterator[bytes]:
    """Honest answers of every kind."""
    columns = [ber.name_octets(oid) for oid in COLUMNS]
    for request in (
        Request(GET, [ber.name_octets(oid) for oid in SYSTEM]),
        Request(BULK, columns, 20),
        Request(BULK, [ber.name_octets("1.3.6.1.2.1.47.1.2")], 20),
        Request(message.NEXT, columns),
    ):
        yield OBJECTS.reply(asked(message.encode(V2C, PUBLIC, IDENTITY, request)))


def v3_replies() -> Iterator[bytes]:
    """A response of a v3 engine, encrypted, and a report, in clear."""
    # its clock is far ahead of ours, so that it is no old message after an hour of this either
    there = UserMessages(USER, ENGINE, Clock(3, -1e6))
    yield there.encode(IDENTITY, Request(message.RESPONSE, [ber.name_octets(oid) for oid in COLUMNS]))
    report = Request(message.REPORT, [ber.name_octets("1.3.6.1.6.3.15.1.1.4.0")])
    yield there._message(IDENTITY, 0, b"", there._scoped(message.pdu(IDENTITY, report)), Keys(b"", b""))


HONEST = [*replies()]
HONEST_V3 = [*v3_replies()]


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """A datagram with some octets changed, taken out, doubled or put in."""
    octets = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        place = chance.randrange(len(octets)) if octets else 0
        match chance.randrange(6):
            case 0 | 1 | 2:
                octets[place : place + 1] = bytes((chance.choice((0, 1, 127, 128, 255, chance.randrange(256))),))
            case 3:
                del octets[place : place + chance.randrange(1, 9)]
            case 4:
                octets[place:place] = octets[place : place + chance.randrange(1, 30)]
            case 5:
                octets[place:place] = chance.randbytes(chance.randrange(1, 9))
    return bytes(octets if chance.random() < 0.9 else octets[: chance.randrange(len(octets) + 1)])


FUZZED = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])


@FUZZED
@given(st.integers(0, 1 << 63))
def test_a_spoilt_reply_is_read_or_refused(seed: int) -> None:
    """And what is read of it keeps its rules: values of their types, and as many as names."""
    chance = random.Random(seed)
    for _ in range(MUTANTS):
        data = spoilt(chance.choice(HONEST), chance)
        try:
            reply = message.decode(PUBLIC, message.opened(data), data)
        except UnreadableError:
            continue
        assert len(reply.names) == len(reply.values)
        for question in questions():
            question.request(V2C)
            try:
                question.take(reply)
            except UnreadableError:
                continue


def questions() -> list[Question]:
    return [Walker(COLUMNS, Manner(20), 100), Scalars(SYSTEM), Following("1.3.6.1.2.1.47")]


@FUZZED
@given(st.integers(0, 1 << 63))
def test_a_spoilt_v3_message_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(MUTANTS):
        here = UserMessages(USER, ENGINE, Clock(3, 0.0)) if chance.random() < 0.7 else UserMessages(USER)
        data = spoilt(chance.choice(HONEST_V3), chance)
        try:
            here.decode(message.opened(data), data)
        except (UnreadableError, ReportError, EngineError):
            assert here.encode(IDENTITY, Request(GET, [b"\x2b\x06"]))


class _Table(Hub):
    """A hub whose datagrams stay on the table: the answer to each is what a script makes of it."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._answer = answer
        self.laps = 0.0
        self.time = lambda: self.laps  # a clock of its own: nobody waits

    def _transmit(self, caller: Any, _identity: int, datagrams: list[bytes], wait: float, now: float) -> None:
        caller.deadline = min(now + wait, caller.ends)
        self._loop.call_soon(self._deliver, caller, self._answer(datagrams[0]))

    def _deliver(self, caller: Any, data: bytes) -> None:
        self.laps += 0.001
        self._datagram(data, caller.address, self.laps)
        if self._waiting:
            # whatever came, if it did not settle the request then its time is over
            self._loop.call_soon(self._overdue, caller)

    def _overdue(self, caller: Any) -> None:
        if caller in self._waiting.values():
            self.laps = max(self.laps, caller.deadline)
            caller.expired(self.laps)


@settings(max_examples=max(30, EXAMPLES // 10), deadline=None, database=None)
@given(st.integers(0, 1 << 63), st.floats(0, 1))
def test_a_conversation_in_which_replies_are_spoilt_ends(seed: int, share: float) -> None:
    """Every question comes to an end, with an answer, an honest incomplete one, or an error of the transport."""
    chance = random.Random(seed)

    def answer(data: bytes) -> bytes:
        reply = OBJECTS.reply(asked(data))
        return spoilt(reply, chance) if chance.random() < share else reply

    async def run() -> None:
        hub = _Table(answer)
        conversation = Conversation(hub, ("192.0.2.1", 161), PUBLIC, V2C, (1.0, 2.0), 300.0)
        for question in questions():
            try:
                async with asyncio.timeout(20):
                    await conversation.ask(question)
            except (SilenceError, TransportError):
                continue
            assert question.finished

    asyncio.run(run())


def test_the_honest_replies_are_read() -> None:
    for data in HONEST:
        assert message.decode(PUBLIC, message.opened(data), data).names
    here = UserMessages(USER, ENGINE, Clock(3, 0.0))
    assert here.decode(message.opened(HONEST_V3[0]), HONEST_V3[0]).names
    with pytest.raises(ReportError, match="engine id"):
        here.decode(message.opened(HONEST_V3[1]), HONEST_V3[1])
    assert message.opened(HONEST_V3[0]).version == V3
