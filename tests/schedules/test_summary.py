"""The summary at the end of a night: what it says, and that it fits."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from collectors.observation import Outcome
from estate.forecast.calendar import FinancialYear
from estate.forecast.version import Version
from estate.inventory.store import Changed
from estate.inventory.unit import Population
from estate.lifecycle.service import EstateStatus
from estate.notices.detail import Detail
from estate.notices.store import Record
from estate.pounds import whole_pounds
from schedules.collecting import Collected, DeviceResult
from schedules.result import NightResult
from schedules.step import StepResult
from schedules.summary import render
from schedules.telling import Noticed
from tests.estate.report_factory import AS_OF, report_of

AT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


def change(what: str, subject: str, field: str = "", before: str | None = None, after: str | None = None) -> Changed:
    return Changed(AT, "core-1", subject, what, field, before, after, 7)


def device(name: str, outcome: Outcome, reason: str) -> DeviceResult:
    return DeviceResult(name, "192.0.2.1", "town-hall", outcome, reason, 1.0)


def night() -> NightResult:
    version, status = report_of()
    collected = Collected(
        4,
        [
            device("core-1", Outcome.ANSWERED, ""),
            device("core-2", Outcome.ANSWERED, ""),
            device("edge-9", Outcome.SILENT, "nothing came back in three tries of 2, 3 and 4 seconds"),
            device("dist-12", Outcome.PARTIAL, "entity: it stopped answering after 120 rows"),
        ],
        [
            *(change("discovered", f"FOC{number}", after="core-1: slot 1") for number in range(12)),
            change("changed", "core-1", "version", "17.3.4", "17.9.5"),
            change("removed", "FOC99", before="core-1: slot 2"),
        ],
    )
    folder = Path("/srv/estate/reports/2026-11-22-run7")
    return NightResult(
        run_id=7,
        as_of=AS_OF,
        started_at=AT,
        outcome="part",
        steps=(StepResult("collect", "part", 41.5, ""), StepResult("report", "done", 2.0, "")),
        collected=collected,
        status=EstateStatus(AS_OF, Population(tuple(item.unit for item in status)), tuple(status)),
        version=version,
        folder=folder,
        latest=folder.parent / "latest",
        paths=[folder / "estate.xlsx", folder / "feed" / "manifest.json"],
    )


def section(text: str, word: str) -> list[str]:
    """The lines of one section, without the word."""
    [found] = [part for part in text.split("\n\n") if part.startswith(word)]
    return [line[11:] for line in found.splitlines()]


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_it_fits(width: int) -> None:
    for line in render(night(), width).splitlines():
        # a path is never broken, so that it can be copied
        assert len(line) <= width or line.startswith("Files"), line
        assert line == line.rstrip()


def test_every_device_that_did_not_answer_is_named_with_its_reason() -> None:
    text = render(night(), 200)
    assert text.splitlines()[0] == "Run 7 of 2026-11-22: done in part in 43.5 s"
    assert section(text, "Devices") == [
        "2 of 4 devices answered, 1 in part, 1 not",
        "  dist-12  partial  entity: it stopped answering after 120 rows",
        "  edge-9   silent   nothing came back in three tries of 2, 3 and 4 seconds",
    ]


def test_what_hands_did_comes_first_among_the_changes() -> None:
    lines = section(render(night(), 100), "Changes")
    assert lines == [
        "14: 1 removed, 1 changed, 12 discovered",
        "  core-1: FOC99 removed from slot 2",
        "  core-1: version: 17.3.4 -> 17.9.5",
        "  and 12 more: estate changes",
    ]


def test_what_is_past_support_is_named_by_product() -> None:
    lines = section(render(night(), 200), "Support")
    assert "unsupported" in lines[0]
    nine = next(line for line in lines if "WS-C3750X-48P-S" in line)
    assert nine.startswith("  9 Cisco WS-C3750X-48P-S unsupported, ")
    assert "2021-10-31" in nine


def test_the_money_adds_up() -> None:
    result = night()
    assert result.version
    text = render(result, 100)
    [money] = [part for part in text.split("\n\n") if part.startswith("Forecast")]
    lines = money.splitlines()
    assert lines[0].endswith("version 12, scenario need, cash, whole pounds")
    assert lines[1].split() == ["2026/27", "2027/28", "2028/29", "2029/30", "2030/31", "total"]
    need = [row for row in result.version.rows if row.scenario == "need"]
    by_year = [sum(row.amount_pence for row in need if row.fy == FinancialYear(2026 + offset)) for offset in range(5)]
    total = [whole_pounds(pence) for pence in (*by_year, sum(by_year))]
    assert lines[-1].split() == ["total", *total]
    assert [line.strip() for line in lines if line.strip() in {"capital", "revenue"}] == ["capital", "revenue"]


def test_years_that_do_not_fit_stand_in_a_further_block() -> None:
    result = night()
    assert result.version
    wide = replace(result, version=replace(result.version, years=12))
    text = render(wide, 80)
    assert all(len(line) <= 80 for line in text.splitlines())
    assert text.count("2026/27") >= 1
    assert "2037/38" in text
    assert text.count("capital total") == 2


def test_half_a_pound_goes_away_from_zero() -> None:
    assert [whole_pounds(pence) for pence in (0, 49, 50, -50, 123_456_750)] == ["0", "0", "1", "-1", "1,234,568"]


def test_what_has_no_money_is_named_beside_the_total() -> None:
    lines = section(render(night(), 100), "Unknown")
    assert "without money in the table above" in lines[0]
    assert any("no price, such as " in line for line in lines)
    assert "2 storage units have no price." in lines


def test_where_the_files_are() -> None:
    lines = render(night(), 100).split("\n\n")[-1].splitlines()
    assert lines[0] == "Files      /srv/estate/reports/2026-11-22-run7 (also as latest)"
    assert lines[1].strip() == "estate.xlsx, feed/manifest.json"


def test_an_empty_estate_says_so() -> None:
    version = replace(report_of()[0], rows=(), exceptions=(), header={}, units=())
    empty = NightResult(1, AS_OF, AT, outcome="done", collected=Collected(0), version=version)
    empty.status = EstateStatus(AS_OF, Population(()), ())
    text = render(empty, 80)
    assert section(text, "Devices") == ["none asked: targets.csv names none"]
    assert "Changes" not in text
    assert "nothing to replace, £0" in text


def test_a_failed_step_shows_every_problem() -> None:
    steps = (
        StepResult("forecast", "failed", 0.1, "2 problems in the estate folder:\n  prices.csv, row 4: a\n  b.csv: c"),
        StepResult("report", "skipped", 0.0, "forecast did not succeed"),
    )
    text = render(NightResult(1, AS_OF, AT, outcome="failed", steps=steps), 80)
    assert text.splitlines()[0] == "Run 1 of 2026-11-22: failed in 0.1 s"
    assert section(text, "Failed") == [
        "forecast: 2 problems in the estate folder:",
        "    prices.csv, row 4: a",
        "    b.csv: c",
        "report: forecast did not succeed",
    ]


def test_a_version_without_the_need_scenario_is_no_failure() -> None:
    version: Version = report_of()[0]
    rows = tuple(replace(row, scenario="do_nothing") for row in version.rows)
    result = NightResult(1, AS_OF, AT, outcome="done", version=replace(version, rows=rows))
    assert "nothing to replace" in render(result, 80)


def test_notices_are_told_by_product_and_a_mail_that_failed_is_a_warning() -> None:
    result = night()
    assert "Notices" not in render(result, 100)
    details = [
        Detail(device=f"edge-{number}", vendor="Cisco", part_number=f"P{number // 2}", milestone="end_of_support",
               date="2026-11-21", was="ending") for number in range(40)
    ]  # fmt: skip
    result.noticed = Noticed(tuple(Record(1, 7, AS_OF, "unsupported", detail) for detail in details), back=1)
    result.steps = (*result.steps, StepResult("mail", "part", 1.0, "not sent: relay port 25 cannot be reached"))
    text = render(result, 100)
    lines = section(text, "Notices")
    assert lines[:2] == [
        "40 notices: 40 unsupported; 1 back, their acknowledgement over",
        "  2 Cisco P0 unsupported, end of support was 2026-11-21: edge-0, edge-1",
    ]
    assert lines[-1] == "  and 10 more: estate notices"
    assert section(text, "Warning") == ["mail: not sent: relay port 25 cannot be reached"]
