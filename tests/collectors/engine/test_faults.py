"""Whatever an agent does wrong, a poll ends in time, keeps what was read, and says what happened."""

from __future__ import annotations

import asyncio
import os
import random
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from pysnmp.proto.api import v2c

from collectors.credentials import Credential
from collectors.observation import Observation, Outcome
from collectors.poll import Poller
from collectors.rule_files import load_rules
from collectors.targets import Target
from config.sections.asking import Snmp, Ssh
from tests.collectors.engine.scripted import ENTRY, Answer, Asked, Objects, device, response, scripted

QUICK = Snmp(timeout=0.1, retries=2, device_seconds=20)
CREDENTIAL = Credential("lab", "snmpv2c", secrets={"community": "env:LAB"})
ROWS = 30

HONEST = Objects(device(ROWS))


def polled(
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
    settings: Snmp = QUICK,
    *,
    tags: tuple[str, ...] = (),
    known: dict[str, Any] | None = None,
    **agent: Any,
) -> tuple[Observation, list[Asked]]:
    """What a poll of an agent comes to, and what the agent was asked."""
    monkeypatch.setitem(os.environ, "LAB", "public")

    async def run() -> tuple[Observation, list[Asked]]:
        async with scripted(answer, **agent) as place:
            poller = Poller(load_rules(), {"lab": CREDENTIAL}, Path(), settings, Ssh(), {"sw1": known or {}})
            try:
                target = Target(place.address, "sw1", None, None, "lab", "snmp", place.port, tags, "")
                return await poller.poll(target), place.questions
            finally:
                await poller.close()

    return asyncio.run(run())


@dataclass(frozen=True)
class Fault:
    """What an agent does, and what a poll of it shall come to."""

    answer: Answer
    outcome: Outcome
    parts: int = ROWS
    reason: str = ""
    settings: Snmp = QUICK
    requests: int = 150


def spoilt(spoil: Callable[[bytes], bytes | Sequence[bytes] | None]) -> Answer:
    return lambda question: spoil(HONEST.reply(question))


def bulk(answer: Answer) -> Answer:
    """Another answer to GETBULK than an honest one."""
    return lambda question: answer(question) if question.kind == "GetBulkRequest" else HONEST.reply(question)


def lossy(share: float) -> Answer:
    chance = random.Random(4)
    return lambda question: HONEST.reply(question) if chance.random() > share else None


def noise(size: int) -> Answer:
    chance = random.Random(5)
    return lambda _question: chance.randbytes(size)


def unknown_tag(reply: bytes) -> bytes:
    """One serial number of a value type that SNMP does not have."""
    return reply.replace(b"\x04\x0bFDO1634A005", b"\x47\x0bFDO1634A005")


def looping(question: Asked) -> bytes:
    """Rows after the 20th are the first ones again."""
    turned = [
        (oid if len(oid) < 13 or oid[-1] <= 20 else (*oid[:-1], oid[-1] - 20), value)
        for oid, value in HONEST.variables(question)
    ]
    return response(question, turned)


def endless(question: Asked) -> bytes:
    variables = [
        ((*oid[:12], (oid[12] if len(oid) > 12 else 0) + row), v2c.OctetString("x"))
        for row in range(1, question.repetitions + 1)
        for oid in question.oids
    ]
    return response(question, variables)


def half(question: Asked) -> bytes:
    """Nothing behind the 15th row but silence would be honest: this one answers without variables."""
    if any(oid[-1] > 14 for oid in question.oids if len(oid) == 13):
        return response(question, [])
    return HONEST.reply(question)


def first_only(question: Asked) -> bytes:
    return response(question, HONEST.variables(question)[:1])


TOO_BIG = bulk(
    lambda question: response(question, [], status=1) if question.repetitions > 3 else HONEST.reply(question)
)
PATIENT = QUICK.model_copy(update={"device_seconds": 1.0})
DESCRIPTION = Objects(device(ROWS) | {"1.3.6.1.2.1.1.1.0": b"A" * 60_000})

FAULTS = {
    "silence": Fault(lambda _question: None, Outcome.SILENT, 0, "no answer", requests=4),
    "v1 only": Fault(lambda question: None if question.version else HONEST.reply(question), Outcome.ANSWERED),
    "wrong request-id": Fault(
        lambda question: response(question, HONEST.variables(question), identity=4711), Outcome.SILENT, 0, "no answer"
    ),
    "wrong community": Fault(
        lambda question: response(question, HONEST.variables(question), community="private"), Outcome.FAILED, 0
    ),
    "duplicates": Fault(spoilt(lambda reply: [reply, reply, reply]), Outcome.ANSWERED, requests=40),
    "loss of 20 %": Fault(lossy(0.2), Outcome.ANSWERED),
    "truncated": Fault(spoilt(lambda reply: reply[: len(reply) * 2 // 3]), Outcome.FAILED, 0, "can be read"),
    "truncated when long": Fault(spoilt(lambda reply: reply if len(reply) < 600 else reply[:600]), Outcome.ANSWERED),
    "random octets": Fault(noise(300), Outcome.FAILED, 0, "can be read"),
    "an outer length of 4 MiB": Fault(
        spoilt(lambda reply: b"\x30\x84\x00\x40\x00\x00" + reply[4:]), Outcome.FAILED, 0, "can be read"
    ),
    "deep nesting": Fault(lambda _question: b"\x30\x80" * 700, Outcome.FAILED, 0, "can be read"),
    "a description of 60 kB": Fault(DESCRIPTION.reply, Outcome.ANSWERED),
    "an unknown value type": Fault(spoilt(unknown_tag), Outcome.PARTIAL, ROWS, "unknown type"),
    "names that do not increase": Fault(bulk(looping), Outcome.PARTIAL, 20, "do not increase"),
    "a table that never ends": Fault(
        bulk(endless), Outcome.PARTIAL, 100, "more than", QUICK.model_copy(update={"max_rows": 100})
    ),
    "a table that never ends, by time": Fault(
        bulk(endless), Outcome.PARTIAL, 100, "seconds of one device", PATIENT, requests=100_000
    ),
    "tooBig": Fault(TOO_BIG, Outcome.ANSWERED),
    "genErr on GETBULK": Fault(bulk(lambda question: response(question, [], status=5, index=1)), Outcome.ANSWERED),
    "silence on GETBULK": Fault(bulk(lambda _question: None), Outcome.PARTIAL, 0, "stopped answering"),
    "silence on large GETBULK": Fault(
        bulk(lambda question: HONEST.reply(question) if question.repetitions < 4 else None), Outcome.ANSWERED
    ),
    "one variable of a GET": Fault(
        lambda question: (first_only if question.kind == "GetRequest" else HONEST.reply)(question), Outcome.ANSWERED
    ),
    "one variable of anything": Fault(first_only, Outcome.ANSWERED, requests=500),
    "no variables": Fault(lambda question: response(question, []), Outcome.PARTIAL, 0),
    "no variables half way": Fault(half, Outcome.PARTIAL, 14, "without going on"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_survived(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = FAULTS[name]
    seen, questions = polled(fault.answer, monkeypatch, fault.settings)
    assert (seen.outcome, fault.reason in seen.reason) == (fault.outcome, True), seen.reason
    assert len(seen.components) >= fault.parts
    assert len(questions) <= fault.requests
    if fault.outcome is Outcome.ANSWERED:
        assert seen.model == "WS-C3560-24TS-S"
        assert {part.serial for part in seen.components} == {f"FDO1634A0{row:02d}" for row in range(1, ROWS + 1)}


# --------------------------------------------------------------------------------------------------------- one by one


def test_an_answer_from_another_address_is_none_unless_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, _ = polled(HONEST.reply, monkeypatch, elsewhere="127.0.0.2")
    assert seen.outcome is Outcome.SILENT
    assert "127.0.0.2 answers in its place" in seen.reason
    allowed = QUICK.model_copy(update={"any_source": True})
    for seen, _ in (
        polled(HONEST.reply, monkeypatch, elsewhere="127.0.0.2", tags=("multi-homed",)),
        polled(HONEST.reply, monkeypatch, allowed, elsewhere="127.0.0.2"),
    ):
        assert seen.outcome is Outcome.ANSWERED
        assert len(seen.components) == ROWS


def test_an_answer_from_another_port_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, _ = polled(HONEST.reply, monkeypatch, elsewhere="127.0.0.1")
    assert (seen.outcome, seen.components) == (Outcome.SILENT, ())


def test_an_answer_that_is_later_than_its_timeout_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    few = Objects(device(5))
    seen, questions = polled(few.reply, monkeypatch, delay=0.15)
    assert seen.outcome is Outcome.ANSWERED
    assert len(seen.components) == 5
    assert len(questions) > 2


def test_nobody_listens_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "LAB", "public")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def run() -> Observation:
        poller = Poller(load_rules(), {"lab": CREDENTIAL}, Path(), QUICK, Ssh())
        return await poller.poll(Target("127.0.0.1", "sw1", None, None, "lab", "snmp", port, (), ""))

    seen = asyncio.run(run())
    assert seen.outcome is Outcome.SILENT
    assert "nothing listens" in seen.reason


def test_a_dead_device_costs_its_tries_and_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    _, questions = polled(lambda _question: None, monkeypatch)
    # v2c each time, and v1 beside the last one
    assert [(item.version, item.kind) for item in questions] == [(1, "GetRequest")] * 3 + [(0, "GetRequest")]


def test_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        seen, _ = polled(HONEST.reply, monkeypatch, host="::1")
    except OSError as error:
        pytest.skip(f"this machine has no IPv6 loopback: {error}")
    assert seen.outcome is Outcome.ANSWERED
    assert len(seen.components) == ROWS


def test_a_single_value_of_an_unknown_type_is_told_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(question: Asked) -> bytes:
        reply = HONEST.reply(question)
        return reply.replace(b"\x04\x03sw1", b"\x4f\x03sw1") if question.kind == "GetRequest" else reply

    with structlog.testing.capture_logs() as logs:
        seen, _ = polled(answer, monkeypatch)
    assert seen.sys_name is None
    told = [line["oids"] for line in logs if line["event"] == "snmp values of an unknown type"]
    assert told == [["1.3.6.1.2.1.1.5.0"]]


# -------------------------------------------------------------------------------------------------------------- hints


def test_what_was_learnt_is_used_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    first, asked_first = polled(TOO_BIG, monkeypatch)
    assert first.hints["snmp"]["version"] == "2c"
    assert first.hints["snmp"]["repetitions"] <= 3
    second, asked_second = polled(TOO_BIG, monkeypatch, known=first.hints)
    assert second.components == first.components
    assert len(asked_second) < len(asked_first)


def test_a_device_that_only_speaks_v1_is_asked_by_v1_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = FAULTS["v1 only"].answer
    first, _ = polled(answer, monkeypatch)
    assert first.hints["snmp"]["version"] == "1"
    second, questions = polled(answer, monkeypatch, known=first.hints)
    assert second.components == first.components
    assert {item.version for item in questions} == {0}


def test_a_device_that_no_longer_speaks_v1_is_asked_by_v2c(monkeypatch: pytest.MonkeyPatch) -> None:
    def newer(question: Asked) -> bytes | None:
        return HONEST.reply(question) if question.version else None

    seen, _ = polled(newer, monkeypatch, known={"snmp": {"version": "1"}})
    assert seen.outcome is Outcome.ANSWERED
    assert seen.hints["snmp"]["version"] == "2c"


def test_an_agent_of_both_versions_is_asked_by_v2c_although_datagrams_were_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard = list[int]()

    def sluggish(question: Asked) -> bytes | None:
        heard.append(question.version)
        return HONEST.reply(question) if question.version == 0 or len(heard) > 3 else None

    seen, _ = polled(sluggish, monkeypatch)
    assert seen.outcome is Outcome.ANSWERED
    assert seen.hints["snmp"]["version"] == "2c"


@pytest.mark.parametrize(
    "known", [{}, {"version": 7}, {"repetitions": -1, "width": "x", "bulk": 3}, {"engine": "zz"}, {"requests": "x"}]
)
def test_hints_that_are_none_do_no_harm(known: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    seen, _ = polled(HONEST.reply, monkeypatch, known={"snmp": known})
    assert seen.outcome is Outcome.ANSWERED


def test_one_column_that_fails_does_not_slow_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    poison = tuple(map(int, f"{ENTRY}.7".split(".")))

    def answer(question: Asked) -> bytes:
        if any(oid[: len(poison)] == poison for oid in question.oids):
            return response(question, [], status=5)
        return HONEST.reply(question)

    seen, questions = polled(answer, monkeypatch)
    assert seen.outcome is Outcome.PARTIAL
    assert "error-status 5" in seen.reason
    assert {part.serial for part in seen.components} == {f"FDO1634A0{row:02d}" for row in range(1, ROWS + 1)}
    assert len(questions) < 60
