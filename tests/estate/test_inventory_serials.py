"""When a thing was made, by its serial number: real numbers, what cannot be true, and every encoding both ways."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import EstateError
from estate.inventory.population import population
from estate.inventory.serials import Encoding, encodings, made_on, read_encodings
from estate.inventory.unit import Unit

DAY = dt.date(2026, 11, 22)
# A number of each encoding around its date; {year}, {month}, {week} and {day} are the codes.
SHAPES = {
    "Cisco LLLYYWWSSSS": "FOC{year}{week}X0AB",
    "APC xxYYWW": "AS{year}{week}123456",
    "Huawei 21 + 8 + vendor + YM, 20 characters": "210235201910{year}{month}000123",
    "Huawei 02 or 03 + 4 + vendor + YM, 16 characters": "022MLM10{year}{month}614782",
    "Extreme access points XXXXYYMMDDnnnn": "0305{year}{month}{day}0001",
    "Aruba CX CCYMPPPZZZ": "SG{year}{month}KMX0MQ",
}
VENDORS = {"Cisco": "Cisco", "APC": "APC", "Huawei": "Huawei", "Extreme": "Aerohive", "Aruba": "Aruba"}


def made(vendor: str, serial: str, model: str = "", by: dt.date = DAY) -> str | None:
    found = made_on(vendor, serial, by, model)
    return str(found.date) if found else None


@pytest.mark.parametrize(
    ("vendor", "serial", "model", "date"),
    [
        # beside each: the date of manufacture that the device itself gives
        ("CISCO-FINISAR", "FNS16301LP8", "", "2012-07-23"),  # 2012-07-28
        ("Cisco Systems, Inc.", "AGT1105U2N2", "", "2007-01-29"),  # 2007-01-31
        ("APC", "JK1323004050", "ACRC103", "2013-06-03"),  # 2013-06-08
        ("APC", "ZA0604022112", "AP9320", "2006-01-23"),  # 2006-01-20
        ("Huawei", "021VDE6TE6602700", "", "2014-06-01"),  # 2014-06-11
        ("Huawei", "022MLMDMJ5607258", "", "2018-05-01"),  # 2018-05-30; there is no I between H and J
        ("Huawei", "2102113374P0F4000046", "", "2015-04-01"),
        # and some that tell no date of their own
        ("Aerohive", "16501810030163", "AP650X", "2018-10-03"),
        ("Aruba", "SG35L510BP", "JL659A 6300M 48p HPE Smart Rate", "2023-05-01"),
        ("Cisco", "tED2444JJ9A-A ", "", "2020-10-26"),
    ],
)
def test_real_serial_numbers(vendor: str, serial: str, model: str, date: str) -> None:
    assert made(vendor, serial, model) == date


@pytest.mark.parametrize(
    ("vendor", "serial", "model"),
    [
        ("Cisco", "FOC9912X0AB", ""),  # 2095
        ("Cisco", "FOC3055X0AB", ""),  # there is no week 55
        ("Cisco", "FOC0012X0AB", ""),  # 1996: the first year is 1997
        ("Arista", "FOC1234X0AB", ""),  # another vendor's
        ("Ciscoid", "FOC1234X0AB", ""),
        ("Cisco", "Q2XX-ABCD-1234", ""),
        ("APC", "3F3452A52295", ""),
        ("Huawei", "2102113374P0I4000046", ""),  # I is no year
        ("Aruba", "CN43KGC5VX", "JL600A"),  # 2014 or 2024: of this product nobody says which
        ("HPE", "CZ162913BZ", "ProLiant DL380p Gen8"),
        ("Cisco", "FOC\u0661\u0662\u0663\u0664X0AB", ""),  # digits, but not ours
    ],
)
def test_what_cannot_be_true_or_is_not_certain_is_unknown(vendor: str, serial: str, model: str) -> None:
    assert made(vendor, serial, model) is None


def test_nothing_is_made_after_it_was_seen() -> None:
    assert made("Cisco", "FOC2034X0AB", by=dt.date(2016, 8, 22)) == "2016-08-22"
    assert made("Cisco", "FOC2034X0AB", by=dt.date(2016, 8, 21)) is None


def test_a_digit_that_has_come_round_again_says_nothing() -> None:
    assert made("Aruba", "CN75AB0123", "CX 6300", by=dt.date(2027, 4, 30)) == "2017-05-01"
    assert made("Aruba", "CN75AB0123", "CX 6300", by=dt.date(2027, 5, 1)) is None


def test_nothing_known_is_nothing_said() -> None:
    assert made_on(None, "FOC2034X0AB", DAY) is None
    assert made_on("Cisco", None, DAY) is None


@given(st.sampled_from(encodings()), st.dates(dt.date(1997, 1, 6), dt.date(2031, 12, 31)), st.integers(0, 4000))
def test_what_a_vendor_writes_is_read_back(encoding: Encoding, date: dt.date, later: int) -> None:
    year = date.isocalendar().year if "week" in encoding.pattern.groupindex else date.year
    if year < encoding.first or (encoding.repeats and later >= 3652):
        return
    code = (year - encoding.base) % (encoding.repeats or 1000)
    months = encoding.month_codes
    serial = SHAPES[encoding.name].format(
        year=encoding.year_codes[code] if encoding.year_codes else f"{code:02}",
        week=f"{date.isocalendar().week:02}",
        month=months[date.month - 1] if months else f"{date.month:02}",
        day=f"{date.day:02}",
    )
    found = made_on(VENDORS[encoding.name.split()[0]], serial, date + dt.timedelta(days=later), "CX 6300")
    if found is None:
        assert encoding.repeats  # another year was possible too
        return
    assert (found.rule, found.source, found.confidence) == (encoding.name, encoding.source, encoding.confidence)
    assert found.date <= date
    assert date - found.date < dt.timedelta(days=7 if "week" in encoding.pattern.groupindex else 31)


@given(
    st.sampled_from(["Cisco", "APC", "Huawei", "Aerohive", "Aruba", "Acme", ""]),
    st.one_of(st.text(max_size=80), st.from_regex(r"[A-Z0-9]{8,22}", fullmatch=True)),
    st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31)),
)
def test_no_serial_number_is_too_strange_and_none_is_from_the_future(vendor: str, serial: str, by: dt.date) -> None:
    found = made_on(vendor, serial, by, serial)
    assert found is None or dt.date(1997, 1, 1) <= found.date <= by


def test_every_encoding_has_a_source_and_a_confidence_that_the_forecast_knows() -> None:
    assert {encoding.name for encoding in encodings()} == SHAPES.keys()
    for encoding in encodings():
        assert encoding.confidence in {"estimated", "assumed"}
        assert encoding.source
        assert len(encoding.pattern.groupindex) >= 2


ENTRY = """\
[[encoding]]
name = "Acme"
vendors = ["acme"]
pattern = '(?P<year>\\d\\d)'
base = 2000
first = 2000
source = "here"
confidence = "assumed"
"""


@pytest.mark.parametrize(
    ("right", "wrong"), [("base = 2000", "years = 3"), ("?P<year>", ""), ('vendors = ["acme"]', "vendors = []")]
)
def test_an_entry_that_is_wrong_is_named(right: str, wrong: str) -> None:
    assert read_encodings(ENTRY)[0].name == "Acme"
    with pytest.raises(EstateError, match="Acme"):
        read_encodings(ENTRY.replace(right, wrong))


def test_the_population_reads_the_serial_numbers_of_what_was_seen_and_says_why() -> None:
    facts = {"kind": "switch", "vendor": "Cisco", "first_seen": dt.date(2020, 1, 1)}
    serials = ("FOC2034X0AB", "FOC2534X0AC")
    units = population([Unit(name, serial=name, **facts) for name in serials], [], DAY).units  # type: ignore[arg-type] # a test names the fields it is about
    assert [str(unit.serial_made.date) if unit.serial_made else None for unit in units] == ["2016-08-22", None]
    assert units[0].evidence["serial_made"].startswith("serials.toml: Cisco LLLYYWWSSSS, https://community.cisco.com/")
    assert units[0].age_from == units[0].made_or_bought == (dt.date(2016, 8, 22), "serial")


def test_the_best_record_counts_but_never_one_from_after_it_was_seen() -> None:
    seen = dt.date(2020, 5, 1)
    bought, built = dt.date(2019, 6, 1), dt.date(2018, 1, 1)
    code = made_on("Cisco", "FOC2034X0AB", DAY)
    unit = Unit("A1", "switch", serial_made=code, first_seen=seen, manufactured_on=built, purchased_on=bought)
    assert unit.made_or_bought == (bought, "purchased_on")
    assert unit.age_from == (dt.date(2016, 8, 22), "serial")  # the forecast takes the earliest
    later = Unit("A1", "switch", serial_made=code, first_seen=seen, manufactured_on=DAY, purchased_on=DAY)
    assert later.made_or_bought == (dt.date(2016, 8, 22), "serial")
    assert Unit("A1", "switch", first_seen=seen, purchased_on=DAY).made_or_bought == (seen, "first_seen")
    assert Unit("A1", "switch", first_seen=seen, installed_on=DAY).made_or_bought == (DAY, "installed_on")
    assert Unit("A1", "switch").made_or_bought == (None, "unknown")
    facts = ("installed_on", "manufactured_on", "serial", "first_seen", "unknown")
    assert [unit.age_confidence(fact) for fact in facts] == ["dated", "estimated", "estimated", "assumed", "unknown"]
