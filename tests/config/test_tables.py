"""Tables that people edit: what is read, and that every mistake is named with file, row and column at once."""

import errno
import os
import zipfile
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.cells import date, decimal, money, whole
from config.errors import InputError
from config.folder import Folder
from config.tables import Column, Table

PRICES = Table(
    "prices",
    SimpleNamespace,
    (Column("vendor", required=True), Column("amount", money), Column("days", whole, 0), Column("on", date)),
)


def folder(tmp_path: Path, content: str | bytes) -> Folder:
    (tmp_path / "prices.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    return Folder(tmp_path)


def test_reads_typed_rows_with_their_place(tmp_path: Path) -> None:
    rows = folder(tmp_path, "\ufeffvendor,amount,on\nCisco,1234.50,2027-03-31\n\nJuniper,,\n").rows(PRICES)
    assert [(row.vendor, row.amount, row.days, row.source) for row in rows] == [
        ("Cisco", Decimal("1234.50"), 0, "prices.csv:2"),
        ("Juniper", None, 0, "prices.csv:4"),
    ]


def test_all_problems_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        folder(tmp_path, 'vendor,amount,days,colour\nCisco,"1,234",x,red\n,1.005,3,\n').rows(PRICES)
    places = [(problem.row, problem.column) for problem in caught.value.problems]
    assert places == [(1, "colour"), (2, "amount"), (2, "days"), (3, "amount"), (3, "vendor")]


@pytest.mark.parametrize("cell", ["1,234", "1.234,56", "1e3", "£5", "١٢", "0x10", " ", "--1", "1_000", "NaN", "inf"])
def test_ambiguous_money_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="not a plain number"):
        decimal(cell)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_money_is_exact(value: Decimal) -> None:
    assert money(format(value, "f")) == value


def test_wrong_encoding_unclosed_quote_and_spare_cells(tmp_path: Path) -> None:
    for content, reason in (
        (b"vendor\nCaf\xe9\n", "not UTF-8"),
        (b'vendor\n"Cisco\n', "not CSV"),
        (b"vendor\nCisco,Inc\n", "more cells"),
        (b"", "is empty"),
    ):
        _, problems = folder(tmp_path, content).read(PRICES)
        assert [reason in str(problem) for problem in problems] == [True], problems


def test_the_same_table_as_a_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "prices"
    sheet.append(["vendor", "amount", "days"])
    sheet.append(["Cisco", 0.1 + 0.2, 3])
    book.save(tmp_path / "estate.xlsx")
    rows = Folder(tmp_path).rows(PRICES)
    assert [(row.vendor, row.amount, row.days, row.source) for row in rows] == [
        ("Cisco", Decimal("0.3"), 3, "estate.xlsx#prices:2")
    ]
    _, problems = folder(tmp_path, "vendor\nCisco\n").read(PRICES)
    assert "keep one of the two" in str(problems[0])


@pytest.mark.parametrize(("stored", "shown"), [(0.03, "3%"), (0.025, "2.5%"), (1, "100%"), (-0.075, "-7.5%")])
def test_a_cell_that_shows_per_cent_is_refused(tmp_path: Path, stored: float, shown: str) -> None:
    """A spreadsheet stores 3 % as 0.03: taken as a rate in per cent that would be a hundredth of it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "prices"
    sheet.append(["vendor", "amount"])
    sheet.append(["Cisco", stored])
    sheet["B2"].number_format = "0.0%"
    book.save(tmp_path / "estate.xlsx")
    rows, problems = Folder(tmp_path).read(PRICES)
    assert rows == []
    assert f"{shown!r} is not a plain number" in str(problems[0])


def test_a_formula_that_was_never_calculated_is_not_blank_and_one_that_came_to_nothing_is(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "prices"
    sheet.append(["vendor", "amount"])
    sheet.append(["Cisco", "=1000+1"])
    path = tmp_path / "estate.xlsx"
    book.save(path)
    rows, problems = Folder(tmp_path).read(PRICES)
    assert (rows, "'=1000+1' is not a plain number" in str(problems[0])) == ([], True)
    with zipfile.ZipFile(path) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b'<c r="B2">', b'<c r="B2" t="str">')  # as a spreadsheet stores an empty text
    with zipfile.ZipFile(path, "w") as changed:
        for part, content in parts.items():
            changed.writestr(part, content)
    assert [(row.vendor, row.amount) for row in Folder(tmp_path).rows(PRICES)] == [("Cisco", None)]


def test_contents_are_remembered_for_pinning(tmp_path: Path) -> None:
    files = folder(tmp_path, "vendor\nCisco\n")
    files.rows(PRICES)
    assert list(files.hashes()) == ["prices.csv"]


def test_a_row_without_a_column_that_must_be_there_is_no_row(tmp_path: Path) -> None:
    rows, problems = folder(tmp_path, "amount,days\n5,x\n6,7\n").read(PRICES)
    assert rows == []
    assert [(problem.row, problem.column) for problem in problems] == [(1, "vendor"), (2, "days")]


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_separators_are_said_in_one_line(mark: str, name: str, tmp_path: Path) -> None:
    rows, problems = folder(tmp_path, mark.join(["vendor", "amount"]) + "\n" + mark.join(["Cisco", "5"]) + "\n").read(
        PRICES
    )
    assert rows == []
    assert [(problem.row, problem.text) for problem in problems] == [
        (1, f"its columns are separated by {name}: save it as 'CSV UTF-8', with commas")
    ]


@pytest.mark.parametrize("what", ["folder", "pipe", "loop", "nowhere"])
def test_what_is_no_file_is_not_taken_for_no_file(what: str, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path if what == "loop" else tmp_path / "gone.csv")
    rows, problems = Folder(tmp_path).read(PRICES)
    assert rows == []
    assert len(problems) == 1
    assert "cannot be read: it is " in problems[0].text


def test_a_file_that_may_not_be_read_is_a_problem_of_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    files = folder(tmp_path, "vendor\nCisco\n")
    monkeypatch.setattr(Path, "read_bytes", refused)  # the superuser, who may run the tests, may read everything
    assert [str(problem) for problem in files.read(PRICES)[1]] == ["prices.csv: cannot be read: Permission denied"]
