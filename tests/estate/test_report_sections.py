"""The sections of the page one by one: what they say, to the penny, and what they say where something is missing."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

import config
from estate.cli import estate
from estate.forecast.version import FundingRow
from estate.reports import (
    ask,
    assumed,
    choices,
    debts,
    evidence,
    identities,
    ledger,
    needed,
    revenues,
    story,
    waterfall,
)
from estate.reports.page import NO_BRIDGE, draw, render
from estate.reports.report import Report
from tests.estate.report_factory import BASE, report_of
from tests.estate.report_whole import chosen, whole

SAMPLE = Path(config.__file__).parent / "samples" / "havering"


@pytest.fixture(scope="module")
def report() -> Report:
    version, status = report_of()
    version = whole(version)
    return Report(version, status, None, chosen(version))


@pytest.fixture(scope="module")
def bare() -> Report:
    """A version of an earlier release: rows, and nothing of what is worked out beside them."""
    return Report(*report_of())


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_table_of_the_sample_programme_is_the_printed_one(tmp_path: Path) -> None:
    folder = shutil.copytree(SAMPLE, tmp_path / "havering")
    for words in (["forecast", "run", "--as-of", "2020-11-01"], ["report", str(tmp_path / "out")]):
        done = CliRunner().invoke(estate, ["--config", str(folder), *words], catch_exceptions=False)
        assert done.exit_code == 0
    html = (tmp_path / "out" / "estate.html").read_text()
    table = plain(html[html.index("Need by budget line and year, and the request") :])
    for row in (
        "Portfolio Overhead 70 518 0 0 0 588", "Portfolio Team New funding 70 518",
        "Fixing the Plumbing 3,908 10,260 0 0 0 14,167", "Unleashing Havering 0 365",
        "Portfolio total 3,978 11,142 0 0 0 15,120", "less existing commitment 0 1,120",
        "less alternate funding 3,978 3,722", "REQUEST 0 6,300 0 0 0 6,300",
    ):  # fmt: skip
        assert row in table
    text = plain(html)
    assert (
        "Approve the release of £6,300,000 in 2021/22 (need £11,142,075, released £4,842,075); at £500k or more" in text
    )
    assert "No equipment is known" in text
    assert "No unit in scope is past its replacement date" in text


def test_the_request_is_the_need_less_what_is_funded_already(report: Report) -> None:
    need = [report.by_year[year] for year in report.years]
    assert ledger.request(report) == (need[0] - 6_000_000, *need[1:])
    rows = {row.name: row for row in ledger.rows(report)}
    assert rows["Fixing the plumbing"].pence == tuple(need)
    assert all(one == other for _, one, other in identities.identities(report))


def test_a_theme_without_money_stays_with_nothing_in_it(report: Report) -> None:
    more = {"line": "X", "name": "", "theme": "Pushing the Boundaries"}
    header = {**report.version.header, "lines": [*report.version.header["lines"], more]}
    table = ledger.table(replace(report, version=replace(report.version, header=header)))
    assert ("Pushing the Boundaries", "no line", *("0" for _ in report.years), "0") in table.rows


def test_what_moves_from_one_year_to_another_keeps_its_line(report: Report) -> None:
    """Put off, a line comes to nothing over all years, and yet the totals of two years hold it."""
    one = replace(report.version.rows[0], scenario=report.scenario, line_code="POWER", bundle_id="", asset_id="")
    moved = [replace(one, fy=BASE + place, amount_pence=pence) for place, pence in ((0, -700_000), (1, 700_000))]
    rows = [row for row in report.version.rows if row.line_code != "POWER"]
    shown = replace(report, version=replace(report.version, rows=(*rows, *moved)))
    for table in (ledger.table(shown), story.line_table(shown)):
        row = next(row for row in table.rows if str(row[0]).startswith("POWER"))
        assert [cell for cell in row if cell in {"\N{MINUS SIGN}7", "7"}] == ["\N{MINUS SIGN}7", "7"]


def test_what_is_asked(report: Report) -> None:
    release, principle, waivers, left = ask.requests(report)
    assert re.fullmatch(
        r"Approve the release of £[\d,]+ in 2026/27 \(need £[\d,]+, released £190,000\); at £500k or more it would be "
        r"a key decision, which this is not\.",
        release,
    )
    assert principle.endswith("to be released year by year; £200k of funding is agreed in principle for then.")
    assert waivers == "Note 2 waivers in force, which expire, the first of them on 31 Mar 2027."
    assert left == "Note that 7 entries have no money and are in no total here."


def test_what_is_asked_where_all_is_released(report: Report) -> None:
    plenty = tuple(FundingRow("", year, "reserve", "approved", "released", 10**12, "X") for year in report.years)
    rich = replace(report, version=replace(report.version, funding=plenty))
    assert ask.requests(rich)[0].startswith("Note that no further release is needed")
    assert "Released funding covers the need of every year." in ask.opening(rich)


def test_the_opening_says_what_waiting_costs(report: Report) -> None:
    assert ask.opening(report) == (
        "Kit that costs £380k to replace is past its replacement date (9.1% of replacement value).",
        "Keeping pace costs £71k a year.",
        next(text for text in ask.opening(report) if text.startswith("Released funding leaves")),
        "Waiting a year on the C9606R at Town Hall costs £7,486 and adds risk.",
    )


def test_debt_has_a_line_for_each_scenario_and_says_whether_the_core_is_clear(report: Report) -> None:
    assert [*debts.paths(report)] == ["do_nothing", "capped", "need"]
    assert "£12k (2 units) is left" in debts.milestone(report)
    svg = draw(report)["technology-debt"]
    assert "Core and data centre: £12k left" in svg
    assert "Capped plan" in svg
    assert debts.capped_note(report) == ""


def test_need_is_drawn_against_its_funding_and_p80(report: Report) -> None:
    svg = needed.need_by_year(report)
    assert all(words in svg for words in ("Released funding", "With in principle", "P80 (simulated)"))
    assert story.need_table(report).columns[-2:] == ("#In principle", "#P80")


def test_options_say_what_slips(report: Report) -> None:
    table = choices.table(report)
    assert table is not None
    assert table.columns == ("", "#Do nothing", "#Minimum compliance", "#Capped", "#Full")
    assert {row[0]: row[1] for row in table.rows}["Technology debt at the end, £000"] == "600 and 2 unpriced"
    assert "1 purchase comes later than due" in choices.held_up(report)
    first = report.version.header["plan"]["displaced"][0]["bundle_id"]
    assert choices.slips(report, first) == "to 2027/28 under the cap"


def test_a_version_that_lacks_a_piece_says_so_and_how_to_get_it(bare: Report) -> None:
    text = plain(render(bare, draw(bare)))
    for words in (
        debts.MISSING, ledger.MISSING, NO_BRIDGE, next(iter(revenues.sentences(bare))),
        "This version was not simulated", "The options were not compared for this report",
        "'estate forecast simulate 12' gives P50 and P80", "The waivers in force are not known to this report",
    ):  # fmt: skip
        assert words in text.replace("&#39;", "'")
    assert "technology-debt" not in draw(bare)


def test_borrowing_without_a_rate_is_unknown_and_not_nothing(report: Report) -> None:
    found = report.version.header["revenue"]
    years = [{**row, "interest_pence": None, "effect_pence": None, "cumulative_pence": None} for row in found["years"]]
    lacking = {**found, "rate_pct": None, "years": years}
    version = replace(report.version, header={**report.version.header, "revenue": lacking})
    unsure = replace(report, version=version)
    table = revenues.table(unsure)
    assert table is not None
    assert {row[0]: row[1] for row in table.rows}["Interest"] == "unknown"
    assert "Set borrowing_rate_pct in estate.toml" in " ".join(revenues.sentences(unsure))


def test_a_plan_that_was_not_made_is_named(report: Report) -> None:
    assert report.extras
    some = tuple(option for option in report.extras.options if option.scenario != "capped")
    version = replace(report.version, header={key: it for key, it in report.version.header.items() if key != "plan"})
    fewer = replace(report, version=version, extras=replace(report.extras, options=some))
    assert "'estate forecast plan 12 --cap released'" in choices.sentence(fewer)
    assert "makes one, and with it a third line" in debts.capped_note(fewer)
    first = version.header["waiting"][0]["bundle_id"]
    assert choices.slips(fewer, first) == "a year's wait costs £7,486"


def test_what_has_no_price_is_bounded_and_what_was_not_simulated_is_not_guessed(report: Report, bare: Report) -> None:
    assert evidence.confidence(report)[2].detail == "in no total; priced as others of their kind, £100k to £240k"
    assert evidence.confidence(report)[3].value == "£550k"
    assert evidence.confidence(bare)[3].value == "no P80"


def test_an_axis_that_starts_high_tells_its_levels_apart(report: Report) -> None:
    assert report.bridge
    svg = waterfall.picture(report.bridge)
    assert "the axis starts at" in svg
    assert len(set(re.findall(r">(£[\d,]+k)<", svg))) > 3


def test_the_first_year_to_be_paid_is_the_base_year(report: Report) -> None:
    assert next(iter(ask.shortfalls(report))) == BASE


def test_professional_knowledge_is_told_as_an_assumption(report: Report, bare: Report) -> None:
    *_, plan, drawn = assumed.assumptions(report)
    assert plan.startswith("PROFESSIONAL KNOWLEDGE: the plan discounts later cost at 3.5% a year")
    assert "all prices together, per cent: 15" in drawn
    assert "years by which a delivery slips: +1 (in 30 of 100) or +2 (in 10 of 100)" in drawn
    table = assumed.sensitivity(report)
    assert table is not None
    assert table.rows == (("Lead time", "258 days", "410", "390", "20"),)
    assert "'estate forecast simulate 12 --sensitivity' does" in plain(render(bare, draw(bare))).replace("&#39;", "'")
