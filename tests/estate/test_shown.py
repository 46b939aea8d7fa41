"""Text of a device can do no harm where it is shown."""

from hypothesis import given
from hypothesis import strategies as st

from estate.shown import csv_cell, safe


@given(st.text())
def test_no_text_moves_the_terminal_or_starts_a_formula(text: str) -> None:
    shown = safe(text)
    assert len(shown) == len(text)
    assert all(char.isprintable() or char.isspace() or ord(char) > 159 for char in shown)
    assert not any(char in shown for char in "\x1b\x07\r\n\t\u202e\u2066")
    assert csv_cell(text).lstrip()[:1] not in {"=", "+", "-", "@"}
