"""A device is as its worst unit or its software is; all that is out of support is named, unknown is not supported."""

from __future__ import annotations

import datetime as dt

from estate.inventory.unit import Unit
from estate.lifecycle.milestones import Grade, Match, State, UnitState
from estate.lifecycle.rollup import BOX, PARTS, SOFTWARE, DeviceStatus, roll_up
from estate.lifecycle.status import SoftwareStatus, UnitStatus

DAYS = {
    State.UNSUPPORTED: dt.date(2020, 1, 31),
    State.ENDING: dt.date(2027, 1, 31),
    State.SUPPORTED: dt.date(2031, 1, 31),
}


def state(name: State) -> UnitState:
    milestone = "end_of_support" if name in DAYS else ""
    return UnitState(name, milestone, DAYS.get(name), confirmed=True, window_days=365, match=Match(Grade.NONE))


def unit(
    name: State, kind: str = "switch", serial: str = "BOX1", excluded: str = "", device: str = "core"
) -> UnitStatus:
    thing = Unit(asset_id=serial, serial=serial, kind=kind, device=device, part_number=f"P-{kind}", site="hall")
    return UnitStatus(thing, None, state(name), excluded)


def software(name: State) -> SoftwareStatus:
    return SoftwareStatus(Unit(asset_id="BOX1", kind="switch", device="core", os="OS", version="1.2"), state(name))


def rolled(*units: UnitStatus, runs: State | None = None) -> DeviceStatus:
    (found,) = roll_up(units, [software(runs)] if runs else [])
    return found


def test_every_unit_that_is_out_of_support_is_named_and_both_ways_to_mend_a_part() -> None:
    found = rolled(
        unit(State.SUPPORTED),
        unit(State.UNSUPPORTED, "module", "SUP1"),
        unit(State.UNSUPPORTED, "power-supply", "PSU1"),
        unit(State.UNKNOWN, "fan", "FAN1"),
    )
    assert (found.state, found.date) == (State.UNSUPPORTED, dt.date(2020, 1, 31))
    assert found.unsupported == ("P-module SUP1", "P-power-supply PSU1")
    assert (found.unknown, found.remedy) == (1, (PARTS, BOX))


def test_software_alone_can_decide() -> None:
    found = rolled(unit(State.SUPPORTED), runs=State.UNSUPPORTED)
    assert (found.state, found.decided_by, found.remedy) == (State.UNSUPPORTED, "OS 1.2", (SOFTWARE,))


def test_a_box_that_is_out_of_support_is_replaced_with_all_inside() -> None:
    assert rolled(unit(State.UNSUPPORTED), unit(State.UNSUPPORTED, "module", "M1")).remedy == (BOX,)


def test_an_unknown_box_is_unknown_whatever_is_known_of_its_software() -> None:
    for runs in (State.SUPPORTED, State.NOT_ANNOUNCED):
        found = rolled(unit(State.UNKNOWN), runs=runs)
        assert (found.state, found.decided_by, found.date) == (State.UNKNOWN, "P-switch BOX1", None)
    assert rolled(unit(State.UNKNOWN), runs=State.UNSUPPORTED).state is State.UNSUPPORTED


def test_what_is_unknown_inside_a_supported_box_is_counted_beside_it() -> None:
    found = rolled(unit(State.SUPPORTED), unit(State.UNKNOWN, "optic", "SFP1"))
    assert (found.state, found.unknown) == (State.SUPPORTED, 1)


def test_spares_and_what_is_retired_do_not_count_against_a_device() -> None:
    found = rolled(unit(State.SUPPORTED), unit(State.UNSUPPORTED, "module", "M1", excluded="a spare"))
    assert (found.state, found.unsupported, found.remedy) == (State.SUPPORTED, (), ())
