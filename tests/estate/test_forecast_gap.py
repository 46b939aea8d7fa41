"""Funding against need, envelopes, events, spending and claims (forecast-model.md 2.6; S4-S7, S10-S28)."""

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import config
from config.folder import Folder
from estate.cli import estate
from estate.forecast.actuals import Actual, Spent
from estate.forecast.budget import Programme, overfunded, table
from estate.forecast.claims import Claim, claims, conflict, misquotes, quoted
from estate.forecast.envelopes import Event, envelopes, events, unbalanced
from estate.forecast.gap import cells, lost_grants, overspent, source_of, totals
from estate.forecast.lines import BUDGET, CONTROLS, FUNDING, LINES, Budget, Control, Funding, Line, Site
from estate.forecast.projects import Project, count
from estate.forecast.sharing import Part, Share, divide, unknown_scopes
from estate.forecast.spending import by_line
from estate.forecast.waiting import payback_years, quantified
from tests.estate.forecast_kit import forecast, fy, match, price, unit

SAMPLE = Path(config.__file__).parent / "samples" / "havering"
PLUMBING = "Evergreening Capital"


def funding(year: str, pounds: int | str, **changes: Any) -> Funding:
    """Released, approved money for the portfolio."""
    given: dict[str, Any] = {
        "line": "", "source": "reserve", "kind": "allocated", "level": "released", "recurrent": False,
        "status": "approved", "decision": "", "place": "funding.csv:2",
    }  # fmt: skip
    return Funding(fy=fy(year), amount=Decimal(pounds), **{**given, **changes})


def actual(kind: str, year: str, pounds: int | str, **changes: Any) -> Actual:
    given: dict[str, Any] = {
        "line": PLUMBING,
        "bundle": "",
        "serial": "",
        "on": None,
        "order": "",
        "source": "actuals.csv:2",
    }
    return Actual(fy=fy(year), kind=kind, amount=Decimal(pounds), **{**given, **changes})


ENVELOPE = [
    funding("2021/22", 6_300_000, decision="CAB"),
    *(funding(f"20{year}/{year + 1}", 5_000_000, decision="CAB", level="in_principle") for year in range(21, 27)),
]


def test_s4_an_envelope_in_principle_is_not_money_to_spend() -> None:
    (item,) = envelopes(ENVELOPE)
    assert (item.pence, item.released, item.remaining) == (30_000_000_00, 6_300_000_00, 23_700_000_00)
    assert (item.mean, len(item.open_years)) == (4_740_000_00, 5)
    assert sum(cell.released for cell in totals(cells({}, ENVELOPE))) == 6_300_000_00


def test_s5_the_years_of_an_envelope_are_listed_and_the_doubt_is_kept() -> None:
    (six,) = envelopes(ENVELOPE)
    (five,) = envelopes([row for row in ENVELOPE if row.level == "released" or row.fy > fy("2021/22")])
    assert [(len(item.years), item.includes_year1) for item in (six, five)] == [(6, True), (5, False)]
    assert five.remaining == five.pence == 25_000_000_00


def test_s6_prose_that_does_not_add_up_is_a_conflict_and_no_total() -> None:
    plumbing, unleashing, whole = claims("nearly £30m for Plumbing, £1m for Unleashing, up to £30 million in all")
    assert (plumbing.precision, unleashing.precision, whole.precision) == ("nearly", "exact", "up to")
    assert conflict([plumbing, unleashing], whole) == (
        "nearly £30m and £1m are quoted as parts of up to £30 million: prose, not a total"
    )
    assert conflict([Claim("£1", 100), Claim("£2", 200)], Claim("£3", 300)) is None


def test_s7_a_quotation_that_lost_its_million_is_found() -> None:
    (found,) = misquotes("£6.3 in Year 1", 6_300_000_00)
    assert found.factor == 1_000_000
    assert not list(misquotes("£6.3 million, of £30m", 6_300_000_00))
    assert list(quoted([("£250 for cabling", 250_000_00, "budget.csv:9")])) == [
        "budget.csv:9 quotes £250 where the amount is £250,000: a factor of 1,000 is missing"
    ]
    assert [claim.pence for claim in claims("£1,120,000 and £0.930m, not 5 million")] == [1_120_000_00, 930_000_00]


def test_s15_and_s23_unknown_benefits_are_left_out_and_counted() -> None:
    assert quantified([100, None]) == (100, 1)
    assert payback_years(100_00, None) is None
    assert payback_years(100_00, 0) is None
    assert payback_years(100_00, 40_00) == Decimal("2.5")


def test_s16_a_direction_of_travel_grants_nothing() -> None:
    (cell,) = cells({}, [funding("2026/27", 1_000_000, level="in_principle", decision="direction of travel")])
    assert (cell.released, cell.in_principle) == (0, 1_000_000_00)


def test_s17_one_off_is_not_recurrent_and_pending_is_not_approved() -> None:
    first, second = cells(
        {},
        [
            funding("2017/18", 1_055_000),
            funding("2018/19", 930_000, source="base_revenue", recurrent=True, status="pending"),
        ],
    )
    assert (first.released, first.recurrent) == (1_055_000_00, 0)
    assert (second.released, second.pending, second.recurrent) == (0, 930_000_00, 930_000_00)
    assert second.pending - first.released == -125_000_00


def test_s26_a_penny_beyond_what_is_released_is_too_much() -> None:
    released = [funding("2026/27", 1000, line=PLUMBING), funding("2026/27", 50)]
    exactly = by_line([actual("committed", "2026/27", "400"), actual("received", "2026/27", 600, order="PO2")], _line)
    assert not list(overspent(cells({}, released, exactly)))
    over = by_line([actual("committed", "2026/27", "1000.01")], _line)
    assert [(item.line, item.spent - item.released) for item in overspent(cells({}, released, over))] == [(PLUMBING, 1)]
    pot = by_line([actual("committed", "2026/27", 30, line="A"), actual("received", "2026/27", 21, line="B")], _line)
    assert [(item.line, item.spent, item.released) for item in overspent(cells({}, released, pot))] == [
        ("", 51_00, 50_00)
    ]


def _line(item: Spent) -> str:
    return item.line


def test_s28_new_money_and_existing_budgets_are_told_apart() -> None:
    rows = [funding("2019/20", 619_800, kind="existing")]
    rows += [funding(year, 100_000) for year in ("2019/20", "2020/21", "2021/22")]
    years = totals(cells({}, rows))
    assert (sum(cell.allocated for cell in years), sum(cell.existing for cell in years)) == (300_000_00, 619_800_00)
    assert sum(cell.released for cell in years) == 919_800_00


def test_the_gap_is_what_may_be_spent_less_what_is_needed() -> None:
    need = {(PLUMBING, fy("2026/27")): 1_496_000_00}
    sources = (("reserve", 995_000), ("grant", 144_000), ("Borrowing", 357_000))
    rows = [funding("2026/27", pounds, line=PLUMBING, source=name, kind="alternate") for name, pounds in sources]
    (cell,) = cells(need, rows)
    assert (cell.gap, cell.request) == (0, 0)
    assert cell.sources == {"reserve": 995_000_00, "grant": 144_000_00, "borrowing": 357_000_00}
    (short,) = cells(need, rows[1:])
    assert (short.gap, short.request) == (-995_000_00, 995_000_00)
    ask = Budget(PLUMBING, fy("2026/27"), Decimal(1_496_000), "", False, "", "budget.csv:2")
    line = Line(PLUMBING, "", "", "", "", "", "", "lines.csv:2")
    more = [*rows, funding("2026/27", 1, kind="existing")]
    assert [*overfunded(Programme([line], [ask], rows, []))] == []
    assert [*overfunded(Programme([line], [ask], more, []))] == [fy("2026/27")]


def test_a_carry_forward_and_a_virement_are_events_and_edit_nothing() -> None:
    rows = [
        funding("2026/27", 100, line="A"),
        funding("2026/27", -40, line="A", decision="CF1"),
        funding("2027/28", 40, line="A", decision="CF1"),
        funding("2026/27", -10, line="A", decision="V1"),
        funding("2026/27", 10, line="B", decision="V1"),
        funding("2027/28", -5, line="A", source="base_revenue", decision="R1"),
        funding("2027/28", 5, line="A", source="grant", decision="R1"),
        funding("2027/28", -7, line="A", decision="lost", place="funding.csv:9"),
    ]
    found = list(events(rows))
    assert Event("carry_forward", "CF1", 40_00, "A", fy("2026/27"), "A", fy("2027/28")) in found
    assert [event.kind for event in found] == ["carry_forward", "capital_revenue", "virement"]
    assert [row.place for row in unbalanced(rows)] == ["funding.csv:9"]
    left = {(cell.line, str(cell.fy)): cell.released for cell in cells({}, rows)}
    assert (left["A", "2026/27"], left["A", "2027/28"], left["B", "2026/27"]) == (50_00, 33_00, 10_00)


def test_a_grant_without_a_need_in_its_year_is_lost_and_said() -> None:
    need = {(PLUMBING, fy("2026/27")): 30_00}
    rows = [funding("2026/27", 100, line=PLUMBING, source="grant"), funding("2026/27", 20, line=PLUMBING)]
    assert lost_grants(cells(need, rows)) == {fy("2026/27"): 90_00}


def test_stages_of_an_order_are_the_same_money() -> None:
    rows = [
        actual("committed", "2026/27", 60, order="PO1"),
        actual("committed", "2027/28", 40, order="PO3"),
        actual("received", "2026/27", 50, order="PO1"),
        actual("invoiced", "2026/27", 49, order="PO1"),
        actual("invoiced", "2026/27", 7, order="PO2"),
    ]
    assert by_line(rows, _line) == {(PLUMBING, fy("2026/27")): (10_00, 57_00), (PLUMBING, fy("2027/28")): (40_00, 0)}
    assert source_of("S106_CIL") == "s106_cil"


def test_s10_a_theme_without_lines_is_nil_and_changes_no_total() -> None:
    files = Folder(SAMPLE)

    plain = Programme(files.rows(LINES), files.rows(BUDGET), files.rows(FUNDING), files.rows(CONTROLS))
    nil = Control("theme:Pushing the Boundaries", fy("2021/22"), Decimal(0), "", "controls.csv:99")
    more = Programme(plain.lines, plain.budget, plain.funding, [*plain.controls, nil])
    (empty,) = [row for row in table(more, 0) if row.theme == "Pushing the Boundaries"]
    assert (empty.status, set(empty.amounts.values())) == ("no line", {0})
    assert [row for row in table(more, 0) if row is not empty and row.theme != empty.theme] == table(plain, 0)


def test_s12_the_shares_of_a_line() -> None:
    evergreening, portfolio, asking, core = 1_107_500, 11_142_075, 7_420_000, 3_500_000
    percent = [round(Decimal(part) * 100 / whole, 2) for part, whole in (
        (evergreening, portfolio), (evergreening, asking), (core, portfolio))]  # fmt: skip
    assert percent == [Decimal("9.94"), Decimal("14.93"), Decimal("31.41")]
    assert evergreening - 300_000 == 807_500


def programmes() -> list[Project]:
    """South and Vale's register: Scheduled, Active, Complete by programme; one manager to be confirmed."""
    counts = {"Platform": (2, 2, 1), "Corporate": (2, 2, 0), "Customer": (3, 4, 1), "Place & People": (1, 2, 2)}
    made: list[Project] = []
    for programme, figures in counts.items():
        for status, many in zip(("Scheduled", "Active", "Complete"), figures, strict=True):
            for _ in range(many):
                number = len(made) + 1
                manager = "TBC" if number == 22 else "a manager"
                made.append(Project(f"P{number}", programme, "", status, "a sponsor", manager, ""))
    return made


def test_s21_projects_are_counted_by_programme_and_status() -> None:
    found = count(programmes())
    statuses = ("Scheduled", "Active", "Complete")
    assert {name: tuple(cell[status] for status in statuses) for name, cell in found.items()} == {
        "Platform": (2, 2, 1), "Corporate": (2, 2, 0), "Customer": (3, 4, 1), "Place & People": (1, 2, 2),
    }  # fmt: skip
    whole = [sum(cell[status] for cell in found.values()) for status in statuses]
    assert (whole, sum(whole)) == ([8, 10, 4], 22)
    assert [item.project for item in programmes() if item.unnamed] == ["P22"]


def shared(scope: str, entity: str, weight: str) -> Share:
    return Share(scope, entity, Decimal(weight), "sharing.csv:2")


def test_s25_shared_lines_sites_and_the_rest() -> None:
    keys = [shared("*", "Vale", "48"), shared("*", "South", "52"), shared("Site:Depot", "Vale", "1")]
    parts = [
        Part("L", "civic", fy("2026/27"), "Council", 90_705_29),
        Part("L", "depot", fy("2026/27"), "Council", 100),
    ]
    assert [(item.entity, item.scope, item.pence) for item in divide(parts, keys)] == [
        ("South", "*", 47_166_75),
        ("Vale", "*", 43_538_54),
        ("Vale", "site:depot", 100),
    ]
    assert [item.entity for item in divide(parts, [])] == ["Council"]
    gaps = divide(
        [Part("gap", "", fy("2021/22"), name, pence) for name, pence in (("S", 4_300_000_00), ("V", 2_600_000_00))], []
    )
    assert sum(item.pence for item in gaps) == 6_900_000_00


def test_a_scope_that_nobody_knows_and_one_that_nobody_pays_are_errors() -> None:
    known = Site("depot", "", "", None, "", "sites.csv:2")
    rows = [shared("site:depot", "A", "1"), shared("Nowhere", "A", "1"), shared("*", "A", "0")]
    assert [problem.column for problem in unknown_scopes(rows, [], [known])] == ["scope", "share"]


def test_shares_of_a_forecast_come_to_the_need() -> None:
    keys = (shared("*", "South", "52"), shared("*", "Vale", "48"))
    version = forecast([unit("A1"), unit("A2")], match(end_of_support="2027-07-31"), sharing=keys)
    found = version.header["entities"]
    assert [(item["entity"], item["pence"]) for item in found] == [("South", 1040_00), ("Vale", 960_00)]


def test_the_gap_of_a_forecast_stands_in_its_header() -> None:
    rows = (funding("2027/28", 600, line=PLUMBING), funding("2027/28", 100))
    orders = (actual("committed", "2027/28", 700, line="", serial="a1"),)
    version = forecast(
        [unit("A1")],
        match(end_of_support="2027-07-31"),
        prices=[price(support_new=Decimal(50))],
        funding=rows,
        actuals=orders,
    )
    gap = version.header["gap"]
    (total,) = [cell for cell in gap["total"] if cell["fy"] == "2027/28"]
    assert (total["need_pence"], total["released_pence"], total["gap_pence"]) == (1050_00, 700_00, -350_00)
    assert gap["overspent"] == [{"line": PLUMBING, "fy": "2027/28", "spent_pence": 700_00, "released_pence": 600_00}]
    assert gap["funded_pct"]["2027/28"] == "66.67"


# ------------------------------------------------------------------------------------------------------- on the screen


def budget(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), "budget", *arguments])


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "estate"))


def test_budget_check_fails_where_too_much_is_spent(copied: Path) -> None:
    rows = "line,fy,kind,amount,order\nCRM,2021/22,committed,4842075.00,PO1\n"
    (copied / "actuals.csv").write_text(rows, encoding="utf-8")
    assert budget(copied, "check").exit_code == 0
    (copied / "actuals.csv").write_text(rows.replace(".00", ".01"), encoding="utf-8")
    result = budget(copied, "check")
    assert result.exit_code == 1
    assert "the portfolio, 2021/22: £4,842,075.01 is spent or committed, and £4,842,075.00 released" in str(
        result.exception
    )


def test_budget_check_warns_of_a_misquotation(copied: Path) -> None:
    path = copied / "controls.csv"
    text = path.read_text(encoding="utf-8").replace(
        "request,2021/22,6300000,", 'request,2021/22,6300000,"£6.3 in Year 1, '
    )
    path.write_text(text.replace('Year 1, "', "Year 1, "), encoding="utf-8")
    result = budget(copied, "check")
    assert result.exit_code == 0, result.output
    assert "quotes £6.3 where the amount is £6,300,000: a factor of 1,000,000 is missing" in result.stderr


def test_budget_projects_lists_and_counts(tmp_path: Path) -> None:
    rows = [f"{p.project},{p.programme},{p.name},{p.status},{p.sponsor},{p.manager}" for p in programmes()]
    header = "project,programme,name,status,sponsor,manager"
    (tmp_path / "projects.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    result = budget(tmp_path, "projects", "-o", "json")
    assert result.exit_code == 0, result.output
    assert len(json.loads(result.stdout)) == 22
    assert "22 projects: 8 Scheduled, 10 Active, 4 Complete; 1 with somebody to be named" in result.stderr
