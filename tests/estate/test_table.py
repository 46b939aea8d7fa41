"""Tables on a terminal: words stay whole, and what there is no room for is named."""

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from estate.forecast.money_cli import GAP_SHOWN
from estate.table import draw, fit

HEADINGS = ("device", "kind", "part number", "state", "date", "note", "bulletin")
ROWS = [
    ("cc-core-1", "management-controller", "WS-C6509-E", "unsupported", "2025-10-31", "", "EOL12308"),
    ("cc-wan-1", "switch", "WS-C3750X-48P", "supported", "", "", ""),
]


def drawn(width: int, *, all_of_them: bool = False) -> tuple[list[str], list[str]]:
    table, left_out = draw(HEADINGS, ROWS, [False] * len(HEADINGS), width, all_of_them=all_of_them)
    console = Console(width=width, force_terminal=False, color_system=None)
    with console.capture() as captured:
        console.print(table)
    return captured.get().splitlines(), left_out


def test_a_wide_terminal_shows_everything_on_one_line_a_record() -> None:
    lines, left_out = drawn(200)
    assert (len(lines), left_out) == (4, [])
    assert lines[2].split() == ["cc-core-1", "management-controller", *ROWS[0][2:5], "EOL12308"]


def test_a_narrow_terminal_leaves_out_what_is_blank_and_then_the_last_rather_than_cut_words() -> None:
    lines, left_out = drawn(58)
    assert left_out == ["note", "bulletin"]
    text = "\n".join(lines)
    for word in ("cc-core-1", "management-", "controller", "WS-C3750X-48P", "unsupported", "2025-10-31"):
        assert word in text
    assert drawn(70)[1] == ["note"]


def test_eighty_columns_have_room_for_the_gap_itself() -> None:
    amounts = ["470,634", "350,000", "120,634", "350,000", "-120,634", "0", "0"]
    fitted = fit(GAP_SHOWN, [["2026/27", "Data Centre & Core Network Refresh", *amounts]], 80, all_of_them=False)
    assert "gap" in {GAP_SHOWN[place] for place in fitted.places}


def test_columns_that_were_asked_for_by_name_are_all_there() -> None:
    lines, left_out = drawn(40, all_of_them=True)
    assert left_out == []
    assert max(map(len, lines)) <= 40


def test_one_very_long_word_pushes_no_column_away() -> None:
    rows = [(f"device-{number}", f"SERIAL{number}") for number in range(10)] + [("device-x", "S" * 200)]
    fitted = fit(("device", "serial"), rows, 30, all_of_them=False)
    assert (fitted.places, fitted.widths) == ((0, 1), (8, 20))


@given(
    rows=st.lists(st.tuples(st.text(), st.text(), st.text()), min_size=1, max_size=4),
    width=st.integers(20, 200),
    all_of_them=st.booleans(),
)
def test_it_always_fits(rows: list[tuple[str, str, str]], width: int, *, all_of_them: bool) -> None:
    fitted = fit(("one", "two", "three"), rows, width, all_of_them=all_of_them)
    assert fitted.places[0] == 0
    assert sum(fitted.widths) + fitted.gap * (len(fitted.widths) - 1) <= max(width, 24)
