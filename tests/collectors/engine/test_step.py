"""Columns read together come to what the same columns come to one by one, whatever a reply holds."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.engine.ber import Read, name_octets
from collectors.engine.column import Column
from collectors.engine.step import Step

# Two tables, one of them with numbers of two octets in the last place of its columns' names.
COLUMNS = ("1.3.6.1.2.1.47.1.1.1.1.2", "1.3.6.1.2.1.47.1.1.1.1.5", "1.3.6.1.4.1.9.1.200", "1.3.6.1.4.1.9.1.201")
LIMIT = 6

Variables = list[tuple[bytes, Read]]


def honest(cursors: Sequence[bytes], columns: Sequence[Column], rows: int) -> Variables:
    """What a device with so many more rows answers, row by row: each row's index is one more than the last."""
    found: Variables = []
    for more in range(1, rows + 1):
        for cursor, column in zip(cursors, columns, strict=True):
            last = cursor[len(column.prefix) :]
            index = (last[0] if last else 0) + more
            found.append((column.prefix + bytes((index,)), b"%d" % index))
    return found


@st.composite
def lies(draw: st.DrawFn) -> tuple[str, int, int]:
    """Something that a reply may have wrong, at one place or between two."""
    kinds = ("drop", "swap", "repeat", "cut", "longer", "shorter", "other")
    return draw(st.sampled_from(kinds)), draw(st.integers(0, 30)), draw(st.integers(0, 30))


def told(variables: Variables, some: Sequence[tuple[str, int, int]]) -> Variables:
    """The variables of a reply with these lies."""
    found = list(variables)
    for kind, first, second in some:
        if not found:
            break
        at, other = first % len(found), second % len(found)
        name, value = found[at]
        if kind == "drop":
            del found[at]
        elif kind == "swap":
            found[at], found[other] = found[other], found[at]
        elif kind == "repeat":
            found.insert(at, found[at])
        elif kind == "cut":
            del found[at + 1 :]
        elif kind == "longer":
            found[at] = (name + b"\x81", value)
        elif kind == "shorter":
            found[at] = (name[:-1], value)
        else:
            found[at] = (name_octets("1.3.6.1.6.3"), value)
    return found


def read(columns: Sequence[Column]) -> list[tuple[object, ...]]:
    """All that is known of some columns."""
    return [(column.oid, column.rows, column.end, column.done, column.fault) for column in columns]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.integers(1, 4), st.lists(lies(), max_size=3)), max_size=4))
def test_together_is_as_one_by_one(replies: list[tuple[int, list[tuple[str, int, int]]]]) -> None:
    together = [Column(oid) for oid in COLUMNS]
    singly = {oid: Column(oid) for oid in COLUMNS}
    step = Step(together, LIMIT)
    for rows, wrong in replies:
        asked = step.columns
        assert step.cursors == [singly[column.oid].cursor for column in asked]
        variables = told(honest(step.cursors, asked, rows), wrong)
        taken = step.take([name for name, _ in variables], [value for _, value in variables])
        for place, column in enumerate(asked):
            singly[column.oid].take(variables[place :: len(asked)], LIMIT)
        if taken < len(variables):
            step.share()
            rest, turn = variables[taken:], taken % len(asked)
            for place, column in enumerate(asked[turn:] + asked[:turn]):
                column.take(rest[place :: len(asked)], LIMIT)
            if any(column.done for column in asked):
                assert read(together) == read(list(singly.values()))
                return
            step = Step(together, LIMIT)
    step.share()
    assert read(together) == read(list(singly.values()))
