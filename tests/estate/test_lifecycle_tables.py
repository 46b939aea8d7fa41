"""Vendors' tables, saved or pasted: dates in every spelling, cells that hold several parts, hostile files."""

from __future__ import annotations

import calendar
import datetime as dt
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from config.errors import EstateError, UsageError
from estate.cli import estate
from estate.lifecycle.milestones import MILESTONES
from estate.lifecycle.sources.dates import EPOCH, FORMATS, Day, read_date
from estate.lifecycle.sources.grids import Grid, read_grids
from estate.lifecycle.sources.html_tables import tables_of
from estate.lifecycle.sources.layouts import LEAD, MODELS, PARTS, layouts
from estate.lifecycle.sources.packfile import key_of
from estate.lifecycle.sources.vendor_table import Reading, read_tables

DAY = dt.date(2026, 11, 28)
days = st.dates(dt.date(1990, 1, 1), dt.date(2199, 12, 31))


# ------------------------------------------------------------------------------------------------------------ dates


@given(days)
def test_a_date_is_read_back_as_it_was_written(day: dt.date) -> None:
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10 if day.day not in {11, 12, 13} else 0, "th")
    for written, name in (
        (day.isoformat(), "iso"),
        (f"{day.month}/{day.day}/{day.year}", "us"),
        (day.strftime("%m/%d/%Y"), "us"),
        (day.strftime("%d/%m/%Y"), "uk"),
        (day.strftime("%b %d, %Y"), "name-first"),
        (f"{day.strftime('%B')} {day.day}{suffix}, {day.year}", "name-first"),
        (day.strftime("%d-%b-%Y"), "day-first"),
        (f"{day.day} {day.strftime('%B')} {day.year}", "day-first"),
        (str((day - EPOCH).days), "excel"),
    ):
        assert read_date(f" {written.upper()} ", [name]) == Day(day), written


@given(days)
def test_a_month_stands_for_its_last_day_and_says_so(day: dt.date) -> None:
    last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    for written in (day.strftime("%b-%Y"), day.strftime("%b %Y"), day.strftime("%B %Y")):
        assert read_date(written, ["month"]) == Day(last, whole_month=True)


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_none_or_refused(text: str) -> None:
    try:
        found = read_date(text, [*FORMATS, "excel"])
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either outcome is right
    else:
        assert found is None or isinstance(found.date, dt.date)


@pytest.mark.parametrize("text", ["13/13/2027", "2027-02-30", "Feb 30, 2027", "31 Foo 2027", "59", "1", "soon", "2027",
                                  "3/4/27", "99999999"])  # fmt: skip
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_date(text, [*FORMATS, "excel"])


def test_blank_words_and_short_september() -> None:
    assert read_date("n/a", ["iso"], ["N/A"]) is None
    assert read_date(" \N{NO-BREAK SPACE} ", ["iso"]) is None
    assert read_date("Sept-2020", ["month"]) == Day(dt.date(2020, 9, 30), whole_month=True)


# ------------------------------------------------------------------------------------------------------------- pages


def test_spans_line_breaks_and_unclosed_cells() -> None:
    page = """<p>before</p><table><tr><th rowspan=2>a<th colspan="2">b</tr><tr><td>c<br>d<td>e &amp; <b>f</b></table>
    <script>document.write("<table><tr><td>x</table>")</script>"""
    assert tables_of(page) == [[["a", "b", "b"], ["a", "c\nd", "e & f"]]]


def test_tables_in_tables_and_pages_that_were_cut_off() -> None:
    assert tables_of("<table><tr><td>1<table><tr><td>in</table>2</table>") == [[["in"]], [["12"]]]
    assert tables_of("<table><tr><td>1<td>2<tr><td>3") == [[["1", "2"], ["3"]]]


def test_spans_are_bounded() -> None:
    (rows,) = tables_of('<table><tr><td colspan="999999999" rowspan="999999999">x<tr><td>y</table>')
    assert len(rows[0]) == 60
    assert len(rows) == 2


@given(st.text(alphabet="<>/tabledrh =\"'12\n&;x", max_size=200))
def test_no_page_breaks_the_reader(page: str) -> None:
    tables_of(f"<table>{page}")


# -------------------------------------------------------------------------------------------------------- the layouts


def grid(*rows: tuple[str, ...]) -> Grid:
    return Grid("table 1", tuple(enumerate(rows, start=1)))


def read(layout: str, *rows: tuple[str, ...]) -> Reading:
    return read_tables([grid(*rows)], layouts()[layout], DAY, "the page")


JUNIPER = ("Product/SKU(s)", "EOL Announced", "Last Order", "Last Date to Convert Warranty",
           "Same Day Support Discontinued", "Next Day Support Discontinued", "End of Support")  # fmt: skip


def test_what_ships_can_be_used() -> None:
    for layout in layouts().values():
        assert {*layout.dates} <= {*FORMATS, "excel"}, layout.name
        assert layout.names in {PARTS, MODELS, LEAD}, layout.name
        assert layout.columns.keys() <= {*MILESTONES, "product", "model", "replacement_part"}, layout.name
        assert "product" in layout.columns, layout.name


def test_juniper_lists_brackets_and_transformations() -> None:
    found = read(
        "juniper",
        JUNIPER,
        ("EX2200-24T-4G, EX2200-24P-4G (note 1)", "12/31/2017", "6/30/2018", "6/30/2019", "", "6/30/2022", "6/30/2023"),
        ("SKU Transformation Announcement: EX4300-48T", "1/1/2020", "", "", "", "", ""),
        ("SRX240H2", "", "", "", "", "", ""),
        ("SRX100H2", "13/31/2017", "", "", "", "", "5/1/2021"),
        JUNIPER,
        ("all accessories of it", "", "05/10/2014", "", "", "", "05/10/2019"),
    )  # fmt: skip
    assert sorted(row["part_number"] for row in found.rows.values()) == ["EX2200-24P-4G", "EX2200-24T-4G"]
    row = next(iter(found.rows.values()))
    assert (row["eox_announced"], row["end_of_sale"], row["end_of_support"]) == (
        "2017-12-31",
        "2018-06-30",
        "2023-06-30",
    )
    assert row["note"] == "Last Date to Convert Warranty 2019-06-30; Next Day Support Discontinued 2022-06-30; note 1"
    assert [where for where, _ in found.left_out] == ["table 1, row 3", "table 1, row 4"]
    assert [where for where, _ in found.refused] == ["table 1, row 5", "table 1, row 7"]
    assert "eox announced: '13/31/2017'" in found.refused[0][1]


def test_palo_alto_lines_with_their_parts() -> None:
    headings = ("End-of-Sale Product", "End-of-Sale Date", "End-of-Life Date", "Resources", "Last Supported OS ^",
                "Recommended Replacement")  # fmt: skip
    found = read(
        "palo-alto",
        headings,
        ("PA-3200 Series\n(PA-3220, PA-3250,\nPA-3260)", "Aug 31, 2023", "August 31st, 2028", "", "11.1", "PA-1400"),
        ("ION 1000", "Feb 1, 2024", "Feb 1, 2029", "", "", ""),
        ("PA-200 (EOL)", "Oct 31, 2018", "October 31, 2023 (EOL)", "", "8.1", ""),
        ("M-200 and M-600", "TBD", "Dec 31, 2030", "", "", ""),
    )
    assert found.refused == []
    rows = {row.get("part_number") or row["model"]: row for row in found.rows.values()}
    assert sorted(rows) == ["ION 1000", "M-200 and M-600", "PA-200", "PA-3220", "PA-3250", "PA-3260"]
    assert rows["PA-3250"]["model"] == "PA-3200 Series"
    assert rows["PA-3250"]["end_of_support"] == "2028-08-31"
    assert rows["PA-3250"]["note"] == "Last Supported OS: 11.1"
    assert rows["PA-200"]["end_of_support"] == "2023-10-31"


def test_check_point_months_and_models_without_an_end() -> None:
    headings = ("Appliance Product/Model", "Status", "General Availability", "End of Sale", "Successor Model",
                "Successor Availability", "End of Engineering Support", "End of Support", "Versions")  # fmt: skip
    found = read(
        "check-point",
        headings,
        ("5800 Appliance", "Active", "May-2016", "Sept-2020", "9400", "Feb-2024", "Jun-2024", "Sept-2025", "R77.30*"),
        ("3600 Appliance", "Active", "Jan-2020", "N/A", "3920", "May-2025", "Feb 2030", "Feb 2032", "R80.30"),
        ("3920 Appliance", "Active", "May-2025", "", "", "", "", "", "R82.10"),
    )
    rows = {row["model"]: row for row in found.rows.values()}
    assert rows["5800 Appliance"]["end_of_support"] == "2025-09-30"
    assert rows["5800 Appliance"]["note"].startswith("MONTH PRECISION")
    assert rows["3600 Appliance"]["end_of_sw_maintenance"] == "2030-02-28"
    assert rows["3920 Appliance"]["not_announced_on"] == "2026-11-28"
    assert "end_of_support" not in rows["3920 Appliance"]


def test_meraki_parts() -> None:
    found = read(
        "meraki",
        ("Product", "Announcement", "End-of-Sale Date", "End-of-Support Date"),
        ("MX100-HW", "Aug 10, 2021", "Feb 1, 2022", "Feb 1, 2027"),
        ("MX64-HW, MX64W-HW", "Jan 26, 2022", "Jul 26, 2022", "Jul 26, 2027"),
    )
    assert {row["part_number"]: row["end_of_support"] for row in found.rows.values()} == {
        "MX100-HW": "2027-02-01", "MX64-HW": "2027-07-26", "MX64W-HW": "2027-07-26",
    }  # fmt: skip


def test_what_cannot_be_true_and_what_contradicts_itself_is_named() -> None:
    found = read(
        "juniper",
        JUNIPER,
        ("EX1-A", "", "06/30/2018", "", "", "", "06/30/2017"),
        ("EX1-B", "", "06/30/2018", "", "", "", "06/30/2023"),
        ("EX1-B", "", "06/30/2018", "", "", "", "06/30/2024"),
        ("EX1-C", "", "12/31/1969", "", "", "", ""),
        ("EX1-B", "01/01/2018", "06/30/2018", "", "", "", ""),
        ("=EX1-D", "", "06/30/2018", "", "", "", ""),
    )
    assert [where for where, _ in found.refused] == [f"table 1, row {number}" for number in (2, 4, 5, 7)]
    assert "before the end of sale" in found.refused[0][1]
    assert "table 1, row 3 gives it other dates" in found.refused[1][1]
    (row,) = found.rows.values()
    assert (row["eox_announced"], row["end_of_support"]) == ("2018-01-01", "2023-06-30")


def test_other_tables_are_left_out_and_named() -> None:
    found = read("juniper", ("Name", "Price"), ("EX1", "2"))
    assert (found.tables, found.left_out) == (0, [("table 1", "without the headings of this layout")])
    assert key_of({"vendor": "A", "model": "B"}) == ("a", "b", "")


# --------------------------------------------------------------------------------------------------------- the files


def workbook(path: Path, *rows: tuple[object, ...]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append([*row])
    book.save(path)
    return path


EXTREME = ("Marketing Part Number", "Product Name", "Product Short Description", "EOS date", "EOSM date", "EOSL date")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "estate").mkdir()
    (tmp_path / "estate" / "estate.toml").write_text("", encoding="utf-8")
    return tmp_path / "estate"


def imported(folder: Path, file: Path, layout: str, *arguments: str) -> Result:
    words = ["--config", str(folder), "lifecycle", "import", str(file), "--layout", layout, "-o", "jsonl", *arguments]
    return CliRunner().invoke(estate, words, catch_exceptions=False, standalone_mode=False)


def test_a_workbook_with_serial_numbers(folder: Path, tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [("Run date December 16, 2025",), EXTREME]
    rows += [("RPS9DC-I", "RPS9DC", "", 40967, 45869, 46599), ("RPS9DC+I", "RPS9DC", "", dt.date(2025, 7, 31), None, 0),
             ("X440", "X440", "x", 40967, 12, 46599)]  # fmt: skip
    result = imported(folder, workbook(tmp_path / "eos.xlsx", *rows), "extreme", "--read-on", "2026-09-26")
    assert result.return_value == 3
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["kind"], one["subject"]) for one in told] == [
        ("new", "RPS9DC-I"), ("new", "RPS9DC+I"), ("refused", "Sheet, row 5"),
    ]  # fmt: skip
    text = (folder / "lifecycle" / "extreme.csv").read_text(encoding="utf-8")
    assert "RPS9DC-I,RPS9DC,,2012-02-28,2025-07-31,,,2027-07-31" in text
    assert "(saved 2026-09-26)" in text


def test_a_second_table_without_a_column_leaves_it_as_it_was(folder: Path, tmp_path: Path) -> None:
    imported(folder, workbook(tmp_path / "eos.xlsx", EXTREME, ("AB-1", "AB", "x", 40967, 45869, 46599)), "extreme")
    second = workbook(tmp_path / "eosl.xlsx", (*EXTREME[:4], EXTREME[5]), ("AB-1", "AB", "x", 40967, 46600))
    told = [json.loads(line) for line in imported(folder, second, "extreme").stdout.splitlines()]
    assert [(one["kind"], one["milestone"], one["before"], one["after"]) for one in told] == [
        ("moved", "end_of_support", "2027-07-31", "2027-08-01")
    ]
    assert "2025-07-31" in (folder / "lifecycle" / "extreme.csv").read_text(encoding="utf-8")


def test_a_saved_page_and_a_pasted_table_say_the_same(folder: Path, tmp_path: Path) -> None:
    cells = ("EX9999-24T", "12/31/2017", "06/30/2018", "", "", "", "06/30/2023")
    body = "".join(f"<tr>{''.join(f'<td>{cell}' for cell in row)}" for row in (JUNIPER, cells))
    page, pasted = tmp_path / "page.html", tmp_path / "pasted.txt"
    page.write_text(f"<html><body><table><tr><td>menu</table><table>{body}</table>", encoding="utf-8")
    pasted.write_text("\n".join("\t".join(row) for row in (JUNIPER, cells)), encoding="utf-16")
    assert imported(folder, page, "juniper", "--dry-run").return_value == 0
    assert not (folder / "lifecycle").exists()
    first = imported(folder, page, "juniper")
    assert '"kind": "new"' in first.stdout
    assert '"table 1"' in first.stdout
    assert imported(folder, pasted, "juniper").stdout == ""


def test_a_row_that_the_council_typed_stands(folder: Path, tmp_path: Path) -> None:
    (folder / "lifecycle").mkdir()
    (folder / "lifecycle" / "ours.csv").write_text(
        "vendor,part_number,end_of_support,source\nJuniper Networks,EX1-A,2030-01-31,a letter\n", encoding="utf-8"
    )
    pasted = tmp_path / "pasted.csv"
    pasted.write_text(f"{','.join(JUNIPER)}\nEX1-A,,,,,,06/30/2023\n", encoding="utf-8")
    told = [json.loads(line) for line in imported(folder, pasted, "juniper").stdout.splitlines()]
    assert [one["kind"] for one in told] == ["conflict"]
    assert "lifecycle/ours.csv:2 says end of support 2030-01-31, which is kept" in told[0]["note"]


def test_files_that_are_none(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    for data, said in (
        (b"", "holds no table"),
        (b"PK\x03\x04 broken", "cannot be read as a workbook"),
        (b"\xd0\xcf\x11\xe0 old", r"\.xlsx"),
        (b"a,b\n1,2\n", "no table with the headings of juniper"),
    ):
        file.write_bytes(data)
        with pytest.raises(EstateError, match=said):
            imported(folder, file, "juniper")
    with pytest.raises(UsageError, match="no layout nobody"):
        imported(folder, file, "nobody")


def test_a_workbook_that_would_fill_the_machine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("estate.lifecycle.sources.grids.MAX_UNPACKED", 3_000_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 3_000_001)
    bomb = tmp_path / "bomb.xlsx"
    bomb.write_bytes(packed.getvalue())
    with pytest.raises(EstateError, match="far larger"):
        read_grids(bomb)
    many = tmp_path / "many.xlsx"
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(2001):
            archive.writestr(str(number), b"")
    with pytest.raises(EstateError, match="far larger"):
        read_grids(many)


def test_a_file_that_is_not_there_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EstateError, match=r"nothing\.html cannot be read"):
        imported(folder, tmp_path / "nothing.html", "juniper")
