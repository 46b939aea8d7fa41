"""Matching products to rows: exact, named aliases, series, none; never by likeness."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.tables import parse
from estate.lifecycle.entries import HARDWARE
from estate.lifecycle.match import attempts, match
from estate.lifecycle.milestones import Grade, Match
from estate.lifecycle.packs import Catalogue, load_packs, pack_of

SHIPPED = load_packs(None)


def catalogue(*rows: str) -> Catalogue:
    header = ["vendor", "part_number", "model", "eox_announced", "end_of_support", "source", "source_type"]
    entries, problems = parse(HARDWARE, "lifecycle/t.csv", [header, *(row.split(",") for row in rows)])
    assert problems == []
    pack = pack_of("", entries, SHIPPED.vendors)
    return Catalogue("test", (pack,), SHIPPED.series, SHIPPED.vendors, aliases=SHIPPED.aliases)


def support(found: Match) -> str:
    return found.dates["end_of_support"].isoformat()


@pytest.mark.parametrize(
    ("vendor", "part_number", "grade", "end"),
    [
        # a copper model that the bulletin names; one that it does not name in this spelling; a fibre model
        ("Cisco", "WS-C3850-24T-S", Grade.EXACT, "2025-10-31"),
        ("Cisco Systems", "WS-C3850-48U-X", Grade.SERIES, "2025-10-31"),
        ("Cisco", "WS-C3850-12XS-S", Grade.SERIES, "2027-04-30"),
        ("Cisco", "WS-C3850-48XS-E", Grade.SERIES, "2027-04-30"),
        # the 5500 ended two years before the 5600, which the page of the Nexus 5000 series is about
        ("Cisco", "N5K-C5548UP", Grade.EXACT, "2024-05-31"),
        ("Cisco", "N5K-C5596UP-FA", Grade.SERIES, "2024-05-31"),
        ("Cisco", "N5K-C5672UP", Grade.SERIES, "2026-05-31"),
        # the narrower series
        ("Cisco", "WS-C2960S-F48TS-L", Grade.SERIES, "2021-11-06"),
        ("Cisco", "WS-C2960S-48TS-L", Grade.SERIES, "2020-11-30"),
        ("Cisco", "WS-C3560-24PS-S", Grade.SERIES, "2015-07-31"),
        ("Cisco", "WS-C3560-8PC-S", Grade.SERIES, "2021-05-31"),
        # two products, two dates
        ("Cisco", "PWR-4330-AC", Grade.EXACT, "2028-11-30"),
        ("Cisco", "PWR-4330-AC=", Grade.EXACT, "2029-01-31"),
        ("Palo Alto", "PA-5050", Grade.EXACT, "2024-01-31"),
    ],
)
def test_shipped_packs(vendor: str, part_number: str, grade: Grade, end: str) -> None:
    found = match(SHIPPED, vendor, part_number, None)
    assert (found.grade, support(found)) == (grade, end)
    assert found.latest_possible == (grade is Grade.SERIES)
    assert found.row.startswith("config/lifecycle/")
    assert found.source


@pytest.mark.parametrize("part_number", ["C9300-24T", "C9300L-48P-4G-E", "C9200L-24P-4G-E", "C9800-40-K9"])
def test_not_announced_is_a_statement_with_a_day(part_number: str) -> None:
    found = match(SHIPPED, "Cisco", part_number, None)
    assert found.grade is Grade.SERIES
    assert found.dates == {}
    assert found.not_announced_on == dt.date(2024, 11, 9)


@pytest.mark.parametrize(
    ("vendor", "part_number", "model"),
    [
        ("Cisco", "C9300-NM-8X", None),  # a network module, not the switch of that series
        ("Juniper", "WS-C3850-24T-S", None),
        ("Cisco", "WS-C3850-24", None),  # no row for it, and it is not filled up to fit one
        ("Cisco", "S-C3850-24T-S", None),
        ("Cisco", "", ""),
        ("Cisco", None, "Unspecified"),
        (None, "PA-505", None),
    ],
)
def test_never_fuzzy(vendor: str | None, part_number: str | None, model: str | None) -> None:
    found = match(SHIPPED, vendor, part_number, model)
    assert found.grade in {Grade.NONE, Grade.SERIES}
    if found.grade is Grade.SERIES:
        assert part_number == "WS-C3850-24"


@pytest.mark.parametrize(
    ("vendor", "part_number", "model", "rule"),
    [
        ("Cisco", "A-1=", None, "spare suffix = dropped"),
        ("Cisco", "A-1++", None, "trade-agreement suffix ++ dropped"),
        ("Cisco", "a-1++=", None, "spare suffix = dropped and trade-agreement suffix ++ dropped"),
        ("Cisco", None, "A-1", "model read as part number"),
        ("Cisco", "unknown", "A-1=", "model read as part number, spare suffix = dropped"),
        ("Cisco", None, "Alpha One", "model name"),
        ("Cisco", "alpha-one", None, "model name"),
        (None, "A-1", None, "vendor not given: only one has this part number"),
    ],
)
def test_an_alias_names_its_rule(vendor: str | None, part_number: str | None, model: str | None, rule: str) -> None:
    found = match(catalogue("Cisco,A-1,Alpha One,,2026-01-31,page,"), vendor, part_number, model)
    assert (found.grade, found.rule, found.matched) == (Grade.ALIAS, rule, "A-1")


@pytest.mark.parametrize(
    ("row", "vendor", "part_number", "rule"),
    [
        ("Cisco,WS-C3850-48P-S,,,2025-10-31,page,", "Cisco", "WS-C3850-48P", "licence suffix -S -L or -E added"),
        ("Cisco,C9300-48P-A,,,2030-10-31,page,", "Cisco", "C9300-48P", "licence suffix -A or -E added"),
        ("Cisco,CISCO2921/K9,,,2022-12-31,page,", "Cisco", "ISR2921/K9", "ISR name written as the order writes it"),
        ("HPE,J9775B,,,2030-12-31,page,", "HP", "J9775A", "revision letter of a J number"),
        ("Juniper,SRX340,,,2029-12-31,page,", "Juniper Networks", "SRX340-SYS-JB", "bundle of the device"),
        ("Palo Alto Networks,PA-5050,,,2024-01-31,page,", "Palo Alto Networks", "PAN-PA-5050", "PAN- in front"),
        ("Fortinet,FG-60E,,,2026-11-08,page,", "Fortinet", "FG-60E-BDL-950-36", "bundle of the device with a contract"),
    ],
)
def test_the_rules_of_each_vendor(row: str, vendor: str, part_number: str, rule: str) -> None:
    found = match(catalogue(row), vendor, part_number, None)
    assert (found.grade, found.matched) == (Grade.ALIAS, row.split(",")[1])
    assert rule in found.rule


def test_spellings_that_do_not_agree_are_no_match() -> None:
    both = catalogue("Cisco,WS-C3850-9P-S,,,2025-10-31,page,", "Cisco,WS-C3850-9P-E,,,2026-10-31,page,")
    assert match(both, "Cisco", "WS-C3850-9P", None).grade is not Grade.ALIAS


def test_every_step_is_told_and_the_first_with_rows_decides() -> None:
    steps = list(attempts(catalogue("Cisco,A-1,,,2026-01-31,page,"), "Cisco", "A-1=", "Alpha"))
    assert (steps[0].grade, steps[0].tried, len(steps[0].found)) == (Grade.EXACT, "A-1=", 0)
    decisive = next(step for step in steps if step.found)
    assert (decisive.tried, decisive.rule) == ("A-1", "spare suffix = dropped")


def test_the_exact_spare_wins_over_the_stripped_one() -> None:
    both = catalogue("Cisco,A-1,,,2026-01-31,page,", "Cisco,A-1=,,,2026-03-31,page,")
    assert support(match(both, "Cisco", "A-1=", None)) == "2026-03-31"


def test_a_part_number_of_two_vendors_is_not_guessed() -> None:
    both = catalogue("Cisco,A-1,,,2026-01-31,page,", "Juniper,A-1,,,2027-01-31,page,")
    assert match(both, None, "A-1", None).grade is Grade.NONE
    assert support(match(both, "Juniper Networks", "A-1", None)) == "2027-01-31"


def test_of_two_rows_the_more_trusted_then_the_later_announced_wins_and_the_other_is_noted() -> None:
    rows = (
        "Cisco,A-1,,2021-01-01,2026-01-31,page,aggregator",
        "Cisco,A-1,,2020-01-01,2027-01-31,page,eox-api-record",
        "Cisco,A-1,,2022-01-01,2028-01-31,page,eox-api-record",
    )
    for order in (rows, rows[::-1]):
        found = match(catalogue(*order), "Cisco", "A-1", None)
        assert support(found) == "2028-01-31"
        assert "2026-01-31" in found.note
        assert "2027-01-31" in found.note


def test_a_model_of_several_parts_that_differ_gives_only_the_latest_possible_date() -> None:
    rows = ("Cisco,A-1,Alpha,,2026-01-31,page,", "Cisco,A-2,Alpha,,2027-01-31,page,")
    found = match(catalogue(*rows), "Cisco", None, "Alpha")
    assert (found.grade, support(found), found.latest_possible) == (Grade.SERIES, "2027-01-31", True)
    agreed = match(catalogue(rows[0], rows[0].replace("A-1", "A-2")), "Cisco", None, "Alpha")
    assert agreed.grade is Grade.ALIAS
    own = match(catalogue(*rows, "Cisco,,Alpha,,2025-01-31,page,"), "Cisco", None, "Alpha")
    assert (own.grade, support(own)) == (Grade.ALIAS, "2025-01-31")


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_whatever_a_device_says_there_is_an_answer(vendor: str, part_number: str, model: str) -> None:
    assert match(SHIPPED, vendor, part_number, model).grade in Grade
    assert match(SHIPPED, "Cisco", part_number, model).grade in Grade
