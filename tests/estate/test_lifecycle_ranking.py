"""Which of several rows about one thing counts, and what is said of the others."""

import datetime as dt
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estate.lifecycle.entries import Entry
from estate.lifecycle.ranking import TRUST, conflicts, known_on, ranked, why_lost

DAY = dt.date(2024, 1, 1)
ROW = Entry("Cisco", "page", "config/lifecycle/a.csv:2", "A-1", source_type=TRUST[3], end_of_support=DAY, as_of=DAY)
dates = st.none() | st.dates(dt.date(1990, 1, 1), dt.date(2035, 12, 31))
rows = st.builds(
    Entry,
    vendor=st.just("Cisco"),
    source=st.just("page"),
    place=st.sampled_from(["config/lifecycle/a.csv:2", "config/lifecycle/b.csv:9", "lifecycle/ours.csv:2"]),
    part_number=st.just("A-1"),
    eox_announced=dates,
    end_of_support=dates,
    not_announced_on=dates,
    source_type=st.sampled_from([*TRUST, "hearsay"]) | st.none(),
    as_of=dates,
)


@pytest.mark.parametrize(
    ("better", "why"),
    [
        (replace(ROW, place="lifecycle/ours.csv:2", source_type="hearsay", as_of=None), "the council's own row counts"),
        (replace(ROW, source_type=TRUST[0], as_of=None), f"{TRUST[0]} is trusted more than {TRUST[3]}"),
        (replace(ROW, as_of=dt.date(2025, 1, 1)), "the other one is newer: 2025-01-01, this one 2024-01-01"),
    ],
)
def test_why_a_row_lost(better: Entry, why: str) -> None:
    assert ranked([ROW, better]) == ranked([better, ROW]) == [better, ROW]
    assert why_lost(better, ROW) == why


def test_an_announced_end_counts_before_a_list_that_shows_none() -> None:
    silent = replace(ROW, source_type=TRUST[0], end_of_support=None, not_announced_on=dt.date(2026, 1, 1))
    assert ranked([silent, ROW]) == [ROW, silent]
    assert "only says that no end was announced" in why_lost(ROW, silent)
    assert conflicts([ROW, silent]) == [f"conflict: {ROW.place} says no end announced as of 2026-01-01"]


def test_how_new_the_knowledge_of_a_row_is() -> None:
    assert known_on(ROW) == DAY
    assert known_on(replace(ROW, as_of=None)) is None
    assert known_on(replace(ROW, as_of=None, eox_announced=DAY)) == DAY
    assert known_on(replace(ROW, as_of=None, eox_announced=DAY, not_announced_on=dt.date(2025, 1, 1))) == dt.date(
        2025, 1, 1
    )


def test_a_row_that_says_less_is_no_conflict() -> None:
    more = replace(ROW, end_of_security_support=dt.date(2023, 1, 1))
    assert conflicts([more, ROW]) == []
    assert conflicts([ROW, more]) == [
        f"conflict: {ROW.place} says end of security support 2023-01-01, end of support 2024-01-01"
    ]


@given(st.lists(rows, min_size=2, max_size=6), st.randoms())
def test_no_order_of_files_changes_who_counts_and_every_loser_has_a_reason(
    found: list[Entry], chance: random.Random
) -> None:
    first, *others = ranked(found)
    mixed = list(found)
    chance.shuffle(mixed)
    again = ranked(mixed)[0]
    assert (again.source_type in TRUST, known_on(again)) == (first.source_type in TRUST, known_on(first))
    for loser in others:
        assert why_lost(first, loser)
    if any(not row.place.startswith("config/") for row in found):
        assert not first.place.startswith("config/")
