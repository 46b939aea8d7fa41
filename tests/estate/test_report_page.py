"""The page: self-contained, accessible, inert, and right to the penny."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from estate.lifecycle.milestones import State
from estate.reports import evidence, story
from estate.reports.needed import need_by_year
from estate.reports.night import NightSummary
from estate.reports.page import Page
from estate.reports.pictures import kinds_shown, support_status
from estate.reports.report import Report
from estate.reports.totals import quantity, states
from estate.reports.wording import STATES, exact, in_words, per_cent, thousands
from estate.reports.workbook import Workbook
from tests.estate.report_factory import lots, night, report_of
from tests.estate.report_whole import chosen, whole


class Reader(HTMLParser):
    """What a browser would see: the tags with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every tag of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


def page(directory: Path, report: Report) -> str:
    names = Page().write(report, directory)
    drawn = ["need-by-year", "support-status"]
    drawn += ["technology-debt"] if "debt" in report.version.header else []
    drawn += ["bridge"] if report.bridge else []
    assert names == ("estate.html", *(f"{name}.{kind}" for name in drawn for kind in ("svg", "png")))
    assert (directory / "need-by-year.png").read_bytes().startswith(b"\x89PNG")
    return (directory / "estate.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def report() -> Report:
    version, status = report_of()
    version = whole(version)
    return Report(version, status, night(), chosen(version))


@pytest.fixture(scope="module")
def html(report: Report, tmp_path_factory: pytest.TempPathFactory) -> str:
    return page(tmp_path_factory.mktemp("page"), report)


def test_it_fetches_and_runs_nothing(html: str) -> None:
    reader = Reader(html)
    assert not {"script", "link", "img", "iframe", "object", "form"} & {tag for tag, _ in reader.tags}
    assert not [name for _, attributes in reader.tags for name in attributes if name.startswith("on")]
    assert "@import" not in html
    assert set(re.findall(r"url\(([^)]*)\)", html)) <= set(re.findall(r"url\((#[\w-]+)\)", html))
    assert "default-src 'none'" in str(reader.all("meta"))


def test_it_is_accessible(html: str) -> None:
    reader = Reader(html)
    assert reader.all("html")[0]["lang"] == "en-GB"
    assert len(reader.all("h1")) == 1
    assert len(reader.all("main")) == 1
    assert len(reader.all("caption")) == len(reader.all("table")) >= 8
    assert all(head.get("scope") in {"col", "row"} for head in reader.all("th"))
    pictures = [attributes for attributes in reader.all("div") if attributes.get("role") == "img"]
    assert len(pictures) == len(reader.all("svg")) == 4
    assert all("has the figures" in str(attributes["aria-label"]) for attributes in pictures)
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_state_is_shown_and_unknown_most_of_all(html: str, report: Report) -> None:
    text = Reader(html).text
    assert all(words in text for words in STATES.values())
    assert "The support dates of 5 units are unknown." in text
    assert states(report.population).total() == quantity(report.equipment) == 39
    assert "Unknown" in support_status(report)


def test_exact_pounds_add_up_to_the_feed(report: Report) -> None:
    table = story.line_table(report, to_the_penny=True)
    pence = [[int(str(cell).replace(",", "").replace(".", "")) for cell in row[1:]] for row in table.rows]
    totals = [int(cell.replace(",", "").replace(".", "")) for cell in table.totals[1:]]
    assert [sum(column) for column in zip(*pence, strict=True)] == totals
    assert totals[-1] == sum(row.amount_pence for row in report.version.rows)


def test_the_night_is_told_and_left_out_where_there_was_none(html: str, report: Report, tmp_path: Path) -> None:
    assert "33 devices asked: 30 answered in full, 1 in part, 2 not." in html
    assert "the credential was refused" in html
    assert "How it was collected" not in page(tmp_path, replace(report, night=None))
    assert evidence.collected(replace(report, night=NightSummary(2, 0, 0)))[1] is None


def test_hostile_text_is_inert(tmp_path: Path) -> None:
    version, status = report_of(
        device="<script>alert(1)</script>\u202egnp", serial='"><img src=x onerror=alert(1)>\x1b'
    )
    bad = replace(status[0].state.match, source="javascript:alert(1)", bulletin="{{ 7*7 }}<b>")
    status = (replace(status[0], state=replace(status[0].state, match=bad)), *status[1:])
    odd = replace(status[1].unit, kind="</text><script>")
    status = (status[0], replace(status[1], unit=odd), *status[2:])
    html = page(tmp_path, Report(version, status))
    reader = Reader(html)
    assert not {"script", "img", "b"} & {tag for tag, _ in reader.tags}
    assert not {"\u202e", "\x1b"} & set(html)
    assert "<script>alert(1)</script>" in reader.text
    assert "49" not in [part.strip() for part in reader.text.split("\n")]
    assert not [link for link in reader.all("a") if str(link.get("href")).startswith("javascript")]


def test_long_tables_are_bounded_and_say_so(tmp_path: Path) -> None:
    report = Report(*report_of(lots(200)))
    html = page(tmp_path, report)
    left = len(report.in_state(State.UNSUPPORTED, State.ENDING)) - evidence.MAX_ROWS
    assert f"{left:,} more are not shown here: see sheet Assets of estate.xlsx" in html
    assert len(html) < 250_000
    assert 0 < report.past_support_pence <= report.total


def test_a_crowd_of_kinds_keeps_every_unit_in_the_picture() -> None:
    version, status = report_of(lots(36))
    many = tuple(replace(item, unit=replace(item.unit, kind=f"kind-{place % 20}")) for place, item in enumerate(status))
    shown = kinds_shown(Report(version, many))
    assert len(shown) == 18
    assert sum(sum(counts.values()) for _, counts in shown) == len(many)


def test_excluded_units_are_not_counted_and_quantities_are() -> None:
    version, status = report_of()
    spare = replace(status[0], excluded="spare")
    six = replace(status[1], unit=replace(status[1].unit, quantity=6))
    report = Report(version, (spare, six, *status[2:]))
    assert quantity(report.population) == 39 - 1 + 5
    assert states(report.population)[State.UNSUPPORTED] == 17 - 1 + 5


def test_parts_inside_equipment_are_counted_apart_and_stand_last() -> None:
    version, status = report_of()
    optics = tuple(
        replace(item, unit=replace(item.unit, kind="optic", asset_id=f"optic-{item.unit.asset_id}")) for item in status
    )
    report = Report(version, (*optics, *status))
    assert (quantity(report.equipment), quantity(report.parts)) == (39, 39)
    assert "17 of 39 units of equipment (44%) are past support" in story.sentence(report)[1]
    assert [kind for kind, _ in kinds_shown(report)][-1] == "optic"
    assert story.status_table(report).note.endswith("Parts inside it: 17 of 39.")


def test_an_empty_estate_makes_a_page(tmp_path: Path) -> None:
    version, _ = report_of()
    html = page(tmp_path, Report(replace(version, rows=(), funding=(), exceptions=(), units=(), header={})))
    assert "No replacement is priced from 2026/27 to 2030/31." in html
    assert "Nothing to show." in html


def test_why_it_moved_is_told_in_words_a_picture_and_a_table(html: str) -> None:
    text = " ".join(Reader(html).text.split())
    assert "Compared with forecast 11 (draft, as of 22 Oct 2026). The need is £474k, £12k more than it was" in text
    assert "most of it by: estate added and removed (+£12k)" in text
    assert "Why the need moved, £000" in text


def test_pictures_are_the_same_each_time(report: Report) -> None:
    assert need_by_year(report) == need_by_year(report)
    assert support_status(report) == support_status(report)


@pytest.mark.parametrize(
    ("pence", "words", "in_thousands", "pounds"),
    [
        (0, "£0", "0", "0.00"),
        (4_999, "£50", "<1", "49.99"),
        (99_950, "£1,000", "1", "999.50"),
        (1_000_000, "£10k", "10", "10,000.00"),
        (99_949_999, "£999k", "999", "999,499.99"),
        (99_950_000, "£1.0m", "1,000", "999,500.00"),
        (10_040_000, "£100k", "100", "100,400.00"),
        (-123_456_789, "\N{MINUS SIGN}£1.2m", "\N{MINUS SIGN}1,235", "\N{MINUS SIGN}1,234,567.89"),
    ],
)
def test_amounts_read_as_people_write_them(pence: int, words: str, in_thousands: str, pounds: str) -> None:
    assert (in_words(pence), thousands(pence), exact(pence)) == (words, in_thousands, pounds)


def test_a_rounded_total_is_the_rounded_exact_total() -> None:
    """Three rows of 100,400.00 show 100 each and 301 in all (forecast-model.md 2.15, W6)."""
    assert [thousands(10_040_000)] * 3 == ["100"] * 3
    assert thousands(3 * 10_040_000) == "301"


def test_a_share_never_reads_as_all_or_nothing_when_it_is_not() -> None:
    assert [per_cent(1, 1000), per_cent(999, 1000), per_cent(0, 5), per_cent(5, 5)] == ["<1%", ">99%", "0%", "100%"]


def test_how_much_the_lifecycle_data_covers_by_count_and_by_cost(report: Report) -> None:
    figure = story.coverage(report)
    assert figure in story.headline(report)
    known = quantity(item for item in report.equipment if item.state.state is not State.UNKNOWN)
    assert (figure.value, figure.label) == (
        per_cent(known, quantity(report.equipment)),
        "of units covered by lifecycle data",
    )
    assert "cost" not in figure.detail  # a version of before that was counted
    cells = {
        "dated": {"count": 2, "grc_pence": 75_000_00, "unpriced": 0},
        "unknown": {"count": 1, "grc_pence": 25_000_00, "unpriced": 0},
    }
    header = {**report.version.header, "coverage": {"lifecycle": cells}}
    counted = Report(replace(report.version, header=header), report.status)
    assert story.coverage(counted).detail.endswith("; 75% of the replacement cost (£100k where priced)")


def test_the_list_of_purchases_may_break_over_pages_so_that_the_ask_stands_beside_its_figures(html: str) -> None:
    found = re.search(r'<div class="([^"]*)"[^>]*aria-label="(?:The 10 largest|Every) replacement', html)
    assert found
    assert found[1].split() == ["scroll"]


def test_texts_of_the_forecast_are_sentences_with_dates_that_people_read(tmp_path: Path) -> None:
    version, status = report_of()
    texts = ["scenario freeze: from 2026-11-28 on", "fx.csv has no rate", "part 2026-11-281 stays, and 2026-13-45"]
    text = page(tmp_path, Report(replace(version, header={**version.header, "assumptions": texts}), status))
    assert "<li>Scenario freeze: from 28 Nov 2026 on</li>" in text
    assert "<li>fx.csv has no rate</li>" in text
    assert "<li>Part 2026-11-281 stays, and 2026-13-45</li>" in text


def test_a_what_if_says_so_before_anything_else(html: str, tmp_path: Path) -> None:
    version, status = report_of()
    report = Report(replace(version, inputs={**version.inputs, "overlay/prices.csv": "0" * 64}), status)
    text = page(tmp_path, report)
    told = "WHAT IF: rows of overlay/prices.csv stand in for"
    assert text.index("</h1>") < text.index(told) < text.index('<p class="facts">')
    assert "WHAT IF" not in html
    book: Any = openpyxl.load_workbook(tmp_path / Workbook().write(report, tmp_path)[0])
    for name in ("About", "Summary"):
        assert str(book[name]["A2"].value).startswith(told)
    assert all(str(sheet.oddFooter.center.text).startswith("WHAT IF - Version 12") for sheet in book.worksheets)
