"""policy.csv and decisions.csv: which row covers a unit, and which rows are refused."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.folder import Folder
from estate.inventory.unit import Unit
from estate.policy.decisions import DECISIONS, Decision, decisions_for
from estate.policy.policies import POLICIES, Policy, like, policy_for

CORE = Unit(
    "FOX1", "switch", device="core1", serial="FOX1", vendor="Cisco", part_number="WS-C3850-24T-S", site="Town Hall",
    role="core",
)  # fmt: skip
AS_OF = dt.date(2026, 11, 22)


def policies(tmp_path: Path, rows: str, header: str = "policy,kind,role,vendor,part_number,age_mode") -> list[Policy]:
    (tmp_path / "policy.csv").write_text(f"{header}\n{rows}", encoding="utf-8")
    return Folder(tmp_path).rows(POLICIES)


def decisions(tmp_path: Path, rows: str) -> list[Decision]:
    (tmp_path / "decisions.csv").write_text(rows, encoding="utf-8")
    return Folder(tmp_path).rows(DECISIONS)


# ------------------------------------------------------------------------------------------------------------ policy


def test_the_first_row_that_matches_wins(tmp_path: Path) -> None:
    rows = policies(
        tmp_path,
        "fibre,switch,,Cisco,*-12XS-*,\ncore,switch,CORE,,,\ncisco,,,cisco,,\nother,switch,,,,\n",
    )
    named = [policy_for(unit, rows) for unit in (
        replace(CORE, part_number="WS-C3850-12XS-S"),
        CORE,
        replace(CORE, role=None),
        replace(CORE, role=None, vendor=None),
        replace(CORE, kind="router", vendor="Juniper"),
    )]  # fmt: skip
    assert [row.policy if row else None for row in named] == ["fibre", "core", "cisco", "other", None]


def test_a_blank_role_matches_only_a_blank_role(tmp_path: Path) -> None:
    rows = policies(tmp_path, "any,switch,*,,,\n")
    assert policy_for(CORE, rows) is rows[0]
    assert policy_for(replace(CORE, role=None), rows) is None


def test_blank_cells_and_the_window(tmp_path: Path) -> None:
    (row,) = policies(tmp_path, "edge,42,30,30\n", "policy,lead_days,install_days,buffer_days")
    assert row.window_days == 102
    assert (row.age_mode, row.ratio_new, row.ratio_old, row.tier, row.exposure) == (
        "ignore", 1, 1, "other", "internal",
    )  # fmt: skip
    assert row.source == "policy.csv:2"
    (blank,) = policies(tmp_path, "edge\n", "policy")
    assert blank.window_days == 0


def test_only_a_kind_or_part_number_names_a_unit_below(tmp_path: Path) -> None:
    rows = policies(tmp_path, "a,module,,,,\nb,,,,X2-*,\nc,,core,Cisco,*,\nd,,,,,\n")
    assert [row.names_unit_below for row in rows] == [True, True, False, False]


@pytest.mark.parametrize(
    ("header", "row", "column"),
    [
        ("policy,kind", "core,toaster", "kind"),
        ("policy,kind", ",switch", "policy"),
        ("policy,age_mode", "core,soft", "policy_age_years"),
        ("policy,age_mode,policy_age_years", "core,hard,0", "policy_age_years"),
        ("policy,age_mode,policy_age_years,buffer_days,install_days", "core,hard,1,345,20", "buffer_days"),
        ("policy,ratio_old", "core,0", "ratio_old"),
        ("policy,accounting_life_years", "core,0", "accounting_life_years"),
        ("policy,contingency_pct", "core,-5", "contingency_pct"),
        ("policy,lead_days", "core,-1", "lead_days"),
        ("policy,exposure", "core,dmz", "exposure"),
    ],
)
def test_policy_rows_that_are_refused(tmp_path: Path, header: str, row: str, column: str) -> None:
    (tmp_path / "policy.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    rows, (problem,) = Folder(tmp_path).read(POLICIES)
    assert rows == []
    assert (problem.file, problem.row, problem.column) == ("policy.csv", 2, column)


@pytest.mark.parametrize("cell", ["lead_days", "install_days", "buffer_days"])
def test_times_that_leave_the_calendar_are_refused(tmp_path: Path, cell: str) -> None:
    (tmp_path / "policy.csv").write_text(f"policy,{cell},policy_age_years\ncore,999999999,9999\n", encoding="utf-8")
    rows, problems = Folder(tmp_path).read(POLICIES)
    assert rows == []
    assert [problem.column for problem in problems] == [cell, "policy_age_years"]


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        (None, None, True),
        (None, "x", True),
        ("*", None, False),
        ("ws-c3850-*", "WS-C3850-24T", True),
        ("*24T", "WS-C3850-24T-S", False),
        ("WS-C2960+24TC-L", "WS-C2960+24TC-L", True),
        ("X[1]?", "X[1]?", True),
        ("X[1]?", "X1a", False),
    ],
)
def test_matching_cells(pattern: str | None, value: str | None, *, expected: bool) -> None:
    assert like(pattern, value) is expected


@given(st.text(max_size=30))
def test_a_cell_covers_itself(value: str) -> None:
    assert like(value, value)


# --------------------------------------------------------------------------------------------------------- decisions


def test_which_decisions_are_about_a_unit(tmp_path: Path) -> None:
    rows = decisions(
        tmp_path,
        "decision,kind,line,date,serial,device,site,part_number,policy,fy,expires,approver,decided_on\n"
        "D1,waiver,,,fox1,,,,,,2027-03-31,Head of ICT,2026-09-01\n"
        "D2,override_fy,,,,,,ws-c3850-*,,2028/29,,Head of ICT,\n"
        "D3,deadline,,2027-06-30,,,Town Hall,,core,,,,\n"
        "D4,project,DCCN,,,core1,,,,,,,\n"
        "D5,cloud,EDGE,,,,,,,,,Cabinet,\n"
        "D6,retire,,2027-01-01,FOX2,,,,,,,,\n"
        "D7,waiver,,,FOX1,,,,,,2026-11-21,Head of ICT,\n"
        "D8,defer,,,FOX1,,,,,2028/29,,Head of ICT,2026-11-23\n",
    )
    found = decisions_for(CORE, "core", "CORE", rows, AS_OF)
    assert [item.decision for item in found] == ["D1", "D2", "D3", "D4"]
    assert found[0].source == "decisions.csv:2"
    assert [item.decision for item in decisions_for(CORE, None, "EDGE", rows, AS_OF)] == ["D1", "D2", "D4", "D5"]
    assert decisions_for(CORE, None, None, rows, dt.date(2027, 3, 31))[0].decision == "D1"
    assert "D1" not in {item.decision for item in decisions_for(CORE, None, None, rows, dt.date(2027, 4, 1))}


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("D,waiver,,,FOX1,,,,Head of ICT", "expires", "last day"),
        ("D,waiver,,,FOX1,,,2027-01-01,", "approver", "name who"),
        ("D,defer,,,FOX1,,,,Head of ICT", "date", "to when"),
        ("D,override_fy,,,FOX1,,,,Head of ICT", "fy", "which financial year"),
        ("D,override_fy,,,FOX1,,2027/29,,Head of ICT", "fy", "after 2027 comes 28"),
        ("D,override_fy,,,FOX1,,2027-28,,Head of ICT", "fy", "2026/27"),
        ("D,project,,,FOX1,,,,", "line", "which line"),
        ("D,deadline,,,FOX1,,,,", "date", "by which day"),
        ("D,retire,,,FOX1,,,,", "date", "who decided"),
        ("D,cloud,,,FOX1,,,,", "approver", "who decided"),
        ("D,no_replacement,,,FOX1,,,,", "approver", "who decided"),
        ("D,project,DCCN,,,,,,", "serial", "about everything"),
        ("D,deadline,,2027-01-01,,*,,,", "serial", "about everything"),
        ("D,party,,,FOX1,,,,", "kind", "not one of"),
        (",cloud,,,FOX1,,,,Cabinet", "decision", "blank"),
    ],
)
def test_decisions_that_are_refused(tmp_path: Path, row: str, column: str, reason: str) -> None:
    header = "decision,kind,line,date,serial,site,fy,expires,approver"
    (tmp_path / "decisions.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    rows, problems = Folder(tmp_path).read(DECISIONS)
    assert rows == []
    assert [(problem.row, problem.column) for problem in problems] == [(2, column)]
    assert reason in problems[0].text


def test_a_decision_does_not_expire_before_it_is_taken(tmp_path: Path) -> None:
    content = "decision,kind,serial,expires,approver,decided_on\nD,waiver,FOX1,2026-01-01,Head of ICT,2026-02-01\n"
    (tmp_path / "decisions.csv").write_text(content, encoding="utf-8")
    _, (problem,) = Folder(tmp_path).read(DECISIONS)
    assert problem.column == "expires"
