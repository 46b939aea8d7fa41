"""Pence as pounds, for people and for files."""

from estate.pounds import decimal_pounds, pounds, whole_pounds


def test_money_for_people_and_for_files() -> None:
    assert [pounds(pence) for pence in (0, 5, -5, 123456789)] == ["£0.00", "£0.05", "-£0.05", "£1,234,567.89"]
    assert str(decimal_pounds(-105)) == "-1.05"


def test_half_a_pound_is_rounded_away_from_zero() -> None:
    assert [whole_pounds(pence) for pence in (49, 50, -50, 123450)] == ["0", "1", "-1", "1,235"]


def test_a_few_pence_less_than_nothing_are_no_negative_nothing() -> None:
    assert whole_pounds(-49) == "0"
