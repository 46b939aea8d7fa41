"""The day of manufacture that vendors keep in objects of their own, or in sysDescr."""

import asyncio
import datetime as dt
from pathlib import Path

import pytest
import snmpsim_data

from collectors.capture import CaptureTransport
from collectors.observation import Observation
from collectors.rule_files import load_rules
from collectors.survey import PREFIXES, survey
from collectors.text import clean_day
from estate.inventory.units import units_of

APC = Path(snmpsim_data.__file__).parent / "data" / "UPS" / "apc-8641.snmprec"
CARD = "APC Web/SNMP Management Card (MB:v4.1.1 PF:v3.9.2 AF1:v3.8.0 MN:{} HR:04 SN: JK1323004050 MD:06/08/2013)"


def said_by(path: Path) -> Observation:
    at = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    transport = CaptureTransport(path, PREFIXES)
    return asyncio.run(survey(transport, load_rules(), target="it", address="it", at=at))


def test_an_object_of_the_vendor_dates_the_device_and_its_unit() -> None:
    seen = said_by(APC)
    assert (seen.platform, seen.manufactured_on) == ("apc-pdu", dt.date(2019, 4, 16))
    (unit,) = units_of(seen)
    assert unit.manufactured_on == seen.manufactured_on
    assert unit.evidence["manufactured_on"] == "1.3.6.1.4.1.318.1.1.12.1.4.0"
    assert Observation.from_dict(seen.to_dict()) == seen


@pytest.mark.parametrize(
    ("sys_object_id", "model", "day"),
    [
        ("1.3.6.1.4.1.318.1.3.14.1", "ACRC103", dt.date(2013, 6, 8)),
        ("1.3.6.1.4.1.318.1.3.14.1", "AP9630", None),  # the card's own date is not the device's
        ("1.3.6.1.4.1.674.10903.200.2.200.100.1", "DELL6606", dt.date(2013, 9, 19)),
    ],
)
def test_sys_descr_dates_the_device_where_the_card_is_built_in(
    tmp_path: Path, sys_object_id: str, model: str, day: dt.date | None
) -> None:
    text = CARD.format(model).replace("06/08/2013", "09/19/2013" if model.startswith("DELL") else "06/08/2013")
    capture = tmp_path / "card.snmprec"
    capture.write_text(f"1.3.6.1.2.1.1.1.0|4|{text}\n1.3.6.1.2.1.1.2.0|6|{sys_object_id}\n", encoding="ascii")
    seen = said_by(capture)
    assert seen.manufactured_on == day
    assert ("manufactured_on" in seen.evidence) == (day is not None)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("04/16/2019", "2019-04-16"),
        ("4/6/09", "2009-04-06"),
        ("01/02/97", "1997-01-02"),
        ("2014-03-13", "2014-03-13"),
        ("20140313", "2014-03-13"),
        ("16/04/2019", None),  # the month comes first
        ("00/00/0000", None),
        ("01/01/1970", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_day_is_read_as_the_vendor_writes_it(text: str, day: str | None) -> None:
    assert clean_day(text.encode()) == day
