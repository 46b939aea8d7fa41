"""Walking without a socket: whatever an honest agent's replies are cut to, all rows come, in few requests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.engine import ber, message
from collectors.engine.message import BULK, NEXT, V1, V2C, Community, Reply, Request
from collectors.engine.question import Silence
from collectors.engine.walker import Manner, Walker
from collectors.transport import Value, Walk
from tests.collectors.engine.scripted import ENTRY, Objects, asked, device

COLUMNS = tuple(f"{ENTRY}.{column}" for column in (2, 4, 5, 6, 7, 11, 13, 14))
TABLE = device(40)
# a column with holes, one with indexes of several numbers, and one whose numbers need one, two and five octets
HOLES = {f"{ENTRY}.14.{row}": row for row in range(3, 40, 7)}
DEEP: dict[str, bytes | int | str] = {f"{ENTRY}.6.1.{row}.{row * 200}": row for row in range(1, 9)}
WIDE: dict[str, bytes | int | str] = {f"{ENTRY}.13.{row}": b"x" for row in (127, 128, 16383, 16384, (1 << 32) - 1)}
OBJECTS = Objects(TABLE | HOLES | DEEP | WIDE)
ALL = TABLE | HOLES | DEEP | WIDE
PUBLIC = Community(b"public")


def expected() -> dict[str, dict[str, Value]]:
    found: dict[str, dict[str, Value]] = {column: {} for column in COLUMNS}
    for oid, value in ALL.items():
        for column in COLUMNS:
            if oid.startswith(f"{column}."):
                found[column][oid.removeprefix(f"{column}.")] = value
    return found


def exchanged(request: Request, version: int) -> Reply:
    """What an honest agent answers to a request."""
    data = OBJECTS.reply(asked(message.encode(version, PUBLIC, 1 << 30, request)))
    return message.decode(PUBLIC, message.opened(data), data)


def walked(walker: Walker, version: int = V2C, cuts: Iterator[int] | None = None) -> list[Request]:
    """The requests until a walk is at its end; each reply is cut to so many variables."""
    requests = []
    while not walker.finished:
        requests.append(walker.request(version))
        reply = exchanged(requests[-1], version)
        if cuts is not None and not reply.status:
            size = next(cuts)
            reply = reply._replace(names=reply.names[:size], values=reply.values[:size])
        walker.take(reply)
        assert len(requests) < 2000
    return requests


def result(walker: Walker) -> Walk:
    found = walker.result()
    assert found.complete, found.reason
    return found


@pytest.mark.parametrize("version", [V1, V2C])
def test_all_rows_come(version: int) -> None:
    walker = Walker(COLUMNS, Manner(25), 1000)
    requests = walked(walker, version)
    assert result(walker).columns == expected()
    assert {request.kind for request in requests} == {NEXT if version == V1 else BULK}


def test_all_columns_stand_in_one_request_and_leave_it_when_they_end() -> None:
    requests = walked(Walker(COLUMNS, Manner(25), 1000))
    sizes = [len(request.names) for request in requests]
    assert sizes[0] == len(COLUMNS)
    assert sizes == sorted(sizes, reverse=True)
    assert all(len(request.names) * request.repetitions <= 100 for request in requests)
    assert len(requests) < 12


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 120), min_size=1, max_size=8), st.integers(1, 25), st.integers(1, 8))
def test_a_reply_may_stop_anywhere(cuts: list[int], repetitions: int, width: int) -> None:
    def again() -> Iterator[int]:
        while True:
            yield from cuts

    walker = Walker(COLUMNS, Manner(repetitions, width), 1000)
    walked(walker, cuts=again())
    assert result(walker).columns == expected()


@settings(deadline=None)
@given(st.lists(st.sampled_from(["answer", "answer", "silence", "tooBig", "genErr", "garbage", "empty"]), max_size=40))
def test_whatever_goes_wrong_what_is_called_complete_is(events: list[str]) -> None:
    """And nothing that was read is ever wrong."""
    walker, todo = Walker(COLUMNS, Manner(25), 1000), iter(events)
    count = 0
    while not walker.finished:
        count += 1
        request = walker.request(V2C)
        match next(todo, "answer"):
            case "answer":
                walker.take(exchanged(request, V2C))
            case "silence":
                walker.silence(Silence(answered=True))
            case "garbage":
                walker.silence(Silence(garbage=True, answered=True))
            case "tooBig":
                walker.take(Reply(1, 0, [], [], whole=True))
            case "genErr":
                walker.take(Reply(5, 1, request.names, [None] * len(request.names), whole=False))
            case "empty":
                walker.take(Reply(0, 0, [], [], whole=True))
        assert count < 1000
    found, whole = walker.result(), expected()
    for column, rows in found.columns.items():
        assert rows.items() <= whole[column].items()
    assert not found.complete or found.columns == whole
    assert found.complete == (not found.reason)


def test_one_silence_is_not_learnt_and_two_are() -> None:
    walker = Walker(COLUMNS, Manner(12), 1000)
    learnt = []
    while not walker.finished:
        request = walker.request(V2C)
        if request.repetitions > 4:
            walker.silence(Silence(answered=True))
        else:
            walker.take(exchanged(request, V2C))
        learnt.append(walker.learnt.repetitions)
    assert learnt[0] == 12
    assert learnt[-1] <= 4
    assert result(walker).columns == expected()


def test_a_limit_of_rows_cuts_a_column_and_says_so() -> None:
    walker = Walker(COLUMNS[:3], Manner(25), 7)
    walked(walker)
    found = walker.result()
    assert found.reason == f"more than 7 rows below {COLUMNS[0]} and 2 more columns"
    assert {len(rows) for rows in found.columns.values()} == {7}


def test_a_stopped_walk_keeps_what_it_read() -> None:
    walker = Walker(COLUMNS, Manner(5), 1000)
    walker.take(exchanged(walker.request(V2C), V2C))
    assert walker.stop("enough")
    found = walker.result()
    assert (found.complete, found.reason, found.rows > 4) == (False, "enough", True)


def test_names_are_compared_as_numbers() -> None:
    """128 is written with octets that are larger than those of 16384."""
    assert ber.arcs_octets((16383,)) > ber.arcs_octets((16384,))
    assert ber.ARCS[ber.arcs_octets((16383,))] < ber.ARCS[ber.arcs_octets((16384,))]
