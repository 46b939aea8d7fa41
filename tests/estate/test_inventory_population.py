"""The population: what is seen and what assets.csv says, counted once, with every contradiction listed."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.folder import Folder
from estate.inventory.declared import ASSETS, Asset
from estate.inventory.population import population
from estate.inventory.unit import Population, Unit

DAY = dt.date(2026, 11, 22)


def seen(serial: str | None = "FOC1", device: str = "core-1", **values: object) -> Unit:
    facts: dict[str, object] = {
        "asset_id": serial or f"device:{device}",
        "kind": "switch",
        "device": device,
        "serial": serial,
        "vendor": "Cisco",
        "part_number": "WS-C3750X-48P",
        "site": "town-hall",
    }
    return Unit(**{**facts, **values})  # type: ignore[arg-type] # a test names the fields it is about


def declared(tmp_path: Path, *lines: str) -> list[Asset]:
    (tmp_path / "assets.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Folder(tmp_path).rows(ASSETS)


def ids(people: Population) -> tuple[list[str], list[str]]:
    return [unit.asset_id for unit in people.units], [item.unit.asset_id for item in people.excluded]


def test_what_is_seen_and_what_is_declared_each_win_their_own_fields(tmp_path: Path) -> None:
    rows = declared(
        tmp_path,
        "serial,asset_tag,vendor,part_number,site,device,role,tenure,purchased_on,note",
        "foc1,T-1,cisco,WRONG,elsewhere,other,edge,leased,2020-02-29,kept",
    )
    (unit,) = population([seen(role="core")], rows, DAY).units
    assert (unit.vendor, unit.part_number, unit.site, unit.device) == ("Cisco", "WS-C3750X-48P", "town-hall", "core-1")
    assert (unit.asset_tag, unit.role, unit.tenure, unit.purchased_on) == (
        "T-1",
        "edge",
        "leased",
        dt.date(2020, 2, 29),
    )
    assert (unit.serial, unit.asset_id, unit.origin, unit.note) == ("FOC1", "FOC1", "both", "kept")
    assert unit.evidence == dict.fromkeys(("asset_tag", "role", "tenure", "purchased_on", "note"), "assets.csv:2")


def test_blank_never_overwrites(tmp_path: Path) -> None:
    rows = declared(tmp_path, "serial,site,role,tenure,state", "FOC1,,,,")
    (unit,) = population([seen(role="core", site=None)], rows, DAY).units
    assert (unit.role, unit.site, unit.tenure, unit.state) == ("core", None, "owned", "in_service")
    (unit,) = population([seen(site=None)], declared(tmp_path, "serial,site", "FOC1,depot"), DAY).units
    assert (unit.site, unit.evidence["site"]) == ("depot", "assets.csv:2")


@pytest.mark.parametrize("state", ["retired", "spare", "ordered"])
def test_what_answers_stays_in_scope_whatever_the_file_says(tmp_path: Path, state: str) -> None:
    rows = declared(tmp_path, "serial,state", f"FOC1,{state}")
    people = population([seen()], rows, DAY)
    assert ids(people) == (["FOC1"], [])
    assert people.units[0].state == "in_service"
    assert f"calls it {state}" in people.conflicts[0].reason


def test_what_no_longer_answers_is_what_the_file_says(tmp_path: Path) -> None:
    people = population([seen(stale=True)], declared(tmp_path, "serial,state", "FOC1,retired"), DAY)
    assert ids(people) == ([], ["FOC1"])
    assert people.excluded[0].reason == "retired in assets.csv"
    assert not people.conflicts


def test_declared_only_units_are_counted_with_quantity_and_excluded_by_state(tmp_path: Path) -> None:
    rows = declared(
        tmp_path,
        "serial,asset_tag,kind,quantity,state,tenure",
        ",BATT-1,ups-battery,8,,",
        "SP1,,switch,,spare,",
        "OR1,,switch,,ordered,",
        "RE1,,switch,,retired,",
        "LE1,,switch,,,leased",
    )
    people = population([], rows, DAY)
    assert ids(people) == (["LE1", "tag:BATT-1"], ["OR1", "RE1", "SP1"])
    assert (people.units[1].quantity, people.units[1].origin) == (8, "declared")


def test_rows_hold_from_installation_else_purchase_else_always(tmp_path: Path) -> None:
    rows = declared(
        tmp_path,
        "serial,purchased_on,installed_on",
        "A,2026-01-01,2026-06-01",
        "B,2026-01-01,",
        "C,,",
    )
    on = {day: ids(population([], rows, day))[0] for day in (dt.date(2025, 1, 1), dt.date(2026, 3, 1), DAY)}
    assert list(on.values()) == [["C"], ["B", "C"], ["A", "B", "C"]]


def test_one_serial_on_two_devices_counts_once_and_is_asked_about() -> None:
    people = population([seen(device="a"), seen(device="b", claim=True)], [], DAY)
    assert ids(people) == (["FOC1"], ["FOC1"])
    assert people.units[0].device == "a"
    assert people.conflicts[0].reason == "serial FOC1 answers on a and on b"


def test_the_same_serial_of_two_vendors_is_two_units_with_ids_of_their_own(tmp_path: Path) -> None:
    two = [seen("123", "a"), seen("123", "b", vendor="APC")]
    people = population(two, [], DAY)
    assert len({unit.asset_id for unit in people.units}) == 2
    assert len(people.conflicts) == 1
    # a row without a vendor does not say which of the two it is about
    people = population(two, declared(tmp_path, "serial,purchased_on", "123,2020-01-01"), DAY)
    assert [unit.purchased_on for unit in people.units] == [None, None]
    assert len(people.excluded) == 1
    people = population(two, declared(tmp_path, "serial,vendor,purchased_on", "123,apc,2020-01-01"), DAY)
    assert {unit.vendor: unit.purchased_on for unit in people.units} == {"Cisco": None, "APC": dt.date(2020, 1, 1)}


def test_a_vendor_that_contradicts_holds_the_row_back_and_a_longer_name_does_not(tmp_path: Path) -> None:
    people = population([seen()], declared(tmp_path, "serial,vendor", "FOC1,Juniper"), DAY)
    assert ids(people) == (["FOC1"], ["FOC1"])
    assert "of vendor Cisco" in people.conflicts[0].reason
    people = population([seen()], declared(tmp_path, "serial,vendor,asset_tag", "FOC1,Cisco Systems,T"), DAY)
    assert [unit.asset_tag for unit in people.units] == ["T"]


def test_duplicate_rows_and_tags(tmp_path: Path) -> None:
    rows = declared(tmp_path, "serial,asset_tag", "A,T1", "a,T2", ",T1", "B,T1")
    people = population([], rows, DAY)
    assert ids(people) == (["A", "B"], ["a", "tag:T1"])
    assert sorted(conflict.asset_ids for conflict in people.conflicts) == [("A", "B"), ("A", "B", "tag:T1"), ("A", "a")]


def test_a_row_that_names_the_device_gives_a_nameless_box_its_dates(tmp_path: Path) -> None:
    rows = declared(tmp_path, "asset_tag,device,kind,installed_on", "T1,core-1,switch,2020-01-01", "T2,core-1,ups,")
    people = population([seen(None)], rows, DAY)
    assert ids(people) == (["device:core-1", "tag:T2"], [])
    assert people.units[0].installed_on == dt.date(2020, 1, 1)


def test_stacks_pairs_and_parents(tmp_path: Path) -> None:
    rows = declared(
        tmp_path,
        "serial,pair,parent_serial",
        "F1,dc-firewalls,",
        "F2,dc-firewalls,",
        "CARD,,m1",
        "LOST,,NOWHERE",
        "X,,Y",
        "Y,,X",
    )
    observed = [seen("M1", slot="member 1"), seen("M2", slot="member 2"), seen("P", kind="power-supply", parent="M1")]
    people = population(observed, rows, DAY)
    by_id = {unit.asset_id: unit for unit in people.units}
    assert {name: by_id[name].group for name in ("M1", "M2", "P", "F1", "F2")} == {
        "M1": "core-1", "M2": "core-1", "P": None, "F1": "pair:dc-firewalls", "F2": "pair:dc-firewalls",
    }  # fmt: skip
    assert (by_id["CARD"].parent, by_id["LOST"].parent) == ("M1", None)
    assert {by_id["X"].parent, by_id["Y"].parent} == {None, "Y"}
    assert len(people.conflicts) == 2


def test_virtual_appliances_are_excluded() -> None:
    people = population([seen("VMware-42", virtual=True)], [], DAY)
    assert ids(people) == ([], ["VMware-42"])
    assert people.excluded[0].reason.startswith("virtual")


def test_mistakes_in_assets_are_named(tmp_path: Path) -> None:
    (tmp_path / "assets.csv").write_text(
        "serial,asset_tag,quantity,tenure,lease_end,purchased_on,installed_on,parent_serial,kind\n"
        ",,,,,,,,\n,,,,,,,,switch\nA,,2,,,,,,\nB,,,,2027-01-01,,,,\nC,,,,,2027-01-01,2026-01-01,,\nD,,,,,,,d,\n",
        encoding="utf-8",
    )
    rows, problems = Folder(tmp_path).read(ASSETS)
    assert not rows
    assert [(problem.row, problem.column) for problem in problems] == [
        (3, "serial"), (4, "quantity"), (5, "lease_end"), (6, "installed_on"), (7, "parent_serial"),
    ]  # fmt: skip


def test_the_vendor_of_a_row_says_which_of_two_things_it_is_about() -> None:
    """Two makers used one serial; a row that also names a device is not taken for the other maker's unit there."""
    blank = {column.name: column.blank for column in ASSETS.columns}
    rows = [
        Asset(**{**blank, "serial": "S2", "vendor": vendor, "device": device, "source": f"a:{number}"})
        for number, (vendor, device) in enumerate([("Cisco", "d1"), ("APC", None), ("APC", "d1")], start=2)
    ]
    people = population([], rows, DAY)
    assert sorted(unit.asset_id for unit in people.units) == ["S2", "S2@APC"]
    assert [item.unit.vendor for item in people.excluded] == ["APC"]
    assert "two-rows" in {conflict.kind for conflict in people.conflicts}


ROWS = st.lists(
    st.builds(
        lambda serial, tag, vendor, state, device, parent: (serial, tag, vendor, state, device, parent),
        st.sampled_from(["", "S1", "s1", "S2", "S3"]),
        st.sampled_from(["T1", "T2", "T3"]),
        st.sampled_from(["", "Cisco", "Cisco Systems", "APC"]),
        st.sampled_from(["", "spare", "retired"]),
        st.sampled_from(["", "d1"]),
        st.sampled_from(["", "S2", "S3"]),
    ),
    max_size=8,
)
SEEN = st.lists(
    st.builds(
        lambda serial, device, vendor, stale: seen(serial, device, vendor=vendor, stale=stale),
        st.sampled_from(["S1", "S2", None]),
        st.sampled_from(["d1", "d2"]),
        st.sampled_from(["Cisco", "APC"]),
        st.booleans(),
    ),
    max_size=5,
    unique_by=lambda unit: (unit.asset_id, unit.device, unit.vendor),
)


@settings(max_examples=150, deadline=None)
@given(SEEN, ROWS, st.randoms(use_true_random=False))
def test_nothing_is_lost_nothing_counted_twice_whatever_the_order(
    observed: list[Unit], rows: list[tuple[str, ...]], random: object
) -> None:
    columns = ("serial", "asset_tag", "vendor", "state", "device", "parent_serial")
    blank = {column.name: column.blank for column in ASSETS.columns}
    assets = [
        Asset(
            **{**blank, **{name: value or None for name, value in zip(columns, row, strict=True)}, "source": f"a:{n}"}
        )
        for n, row in enumerate(rows, start=2)
    ]
    people = population(observed, assets, DAY)
    merged = sum(unit.origin == "both" for unit in (*people.units, *(item.unit for item in people.excluded)))
    assert len(people.units) + len(people.excluded) == len(observed) + len(assets) - merged
    in_scope = [unit.asset_id.casefold() for unit in people.units]
    assert len(in_scope) == len(set(in_scope))
    shuffled, mixed = list(observed), list(assets)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    random.shuffle(mixed)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    assert population(shuffled, mixed, DAY) == people
