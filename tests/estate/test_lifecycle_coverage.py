"""How much the lifecycle data speaks for: four answers that add up, and none of them more than it is."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from estate.inventory.unit import Unit
from estate.lifecycle.coverage import (
    Knowledge,
    by_count,
    cost_sentence,
    covered,
    knowledge,
    knowledge_of,
    sentence,
    share,
)
from estate.lifecycle.milestones import Grade, Match, State
from estate.lifecycle.states import unit_state
from estate.lifecycle.status import UnitStatus
from tests.estate.test_lifecycle_states import found_matches

DAY = dt.date(2026, 11, 28)


def item(found: Match, kind: str = "switch", quantity: int = 1, excluded: str = "") -> UnitStatus:
    unit = Unit(asset_id="A", kind=kind, quantity=quantity)
    return UnitStatus(unit, None, unit_state(found, None, DAY, None, cyber_essentials=True), excluded)


DATED = Match(Grade.EXACT, dates={"end_of_support": DAY})
LATEST = Match(Grade.SERIES, dates={"end_of_support": DAY})
SILENT = Match(Grade.SERIES, not_announced_on=DAY)
SOLD = Match(Grade.EXACT, dates={"end_of_sale": DAY})


def test_the_four_answers_by_count_with_the_parts_apart() -> None:
    items = [item(DATED, quantity=5), item(LATEST), item(SILENT), item(SOLD), item(DATED, excluded="retired")]
    assert by_count(items) == {
        Knowledge.DATED: 5, Knowledge.LATEST: 1, Knowledge.NOT_ANNOUNCED: 1, Knowledge.UNKNOWN: 1,
    }  # fmt: skip
    assert sentence([*items, item(Match(Grade.NONE), "module")]) == (
        "lifecycle data covers 88 % of the equipment (63 % dated, 13 % only the latest possible date, "
        "13 % no end announced), 13 % unknown; of the parts inside 0 %, 100 % unknown"
    )
    assert sentence([]) == ""


def test_by_cost_names_what_has_no_price() -> None:
    cells = {
        "dated": {"count": 2, "grc_pence": 750_00, "unpriced": 0},
        "unknown": {"count": 3, "grc_pence": 250_00, "unpriced": 2},
    }
    assert cost_sentence(cells) == (
        "by replacement cost (£1,000) it covers 75 % (75 % dated), 25 % unknown; 2 units without a price left out"
    )
    assert cost_sentence({}) == ""


@given(found_matches)
def test_what_is_covered_is_what_is_not_unknown(found: Match) -> None:
    whole = unit_state(found, None, DAY, None, cyber_essentials=True)
    state = whole.state
    assert knowledge(found) is knowledge_of(whole)
    assert (knowledge(found) is Knowledge.UNKNOWN) == (state is State.UNKNOWN)
    assert (knowledge(found) is Knowledge.NOT_ANNOUNCED) == (state is State.NOT_ANNOUNCED)
    assert covered(by_count([item(found)])) == (state is not State.UNKNOWN)


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_that_is_neither_nothing_nor_all_never_reads_so(part: int, whole: int) -> None:
    text = share(min(part, whole), whole)
    assert (text == "0 %") == (part == 0)
    assert (text == "100 %") == (part >= whole)
