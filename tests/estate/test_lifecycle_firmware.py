"""What a device's software dates from: its build date as real devices write it, else the packs' release dates."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estate.lifecycle.entries import Release
from estate.lifecycle.firmware import Built, build_date, firmware, released
from estate.lifecycle.packs import Catalogue, load_packs

DAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        (
            "RELEASE SOFTWARE (fc2) Copyright (c) 1986-2015 Cisco Systems, Inc. Compiled Thu 26-Mar-15 07:36",
            "2015-03-26",
        ),
        ("Juniper mx960, kernel JUNOS 12.3R6.6, Build date: 2014-03-13 07:12:28 UTC Copyright", "2014-03-13"),
        ("Cisco SAN-OS(tm) m9100 Copyright (c) 2002-2005 by Cisco. Compiled 10/3/2008 11:00:00", "2008-10-03"),
        ("IronWare Version 08.0.30tT311 Compiled on Feb 13 2019 at 17:44:50 labeled as X", "2019-02-13"),
        ("DCRS-5980-28T-DC Device, Compiled Mar 27 14:45:44 2015 SoftWare Version", "2015-03-27"),
        ("ZXR10 by ZTE Corporation Compiled Oct 12 2011, 11:04:37", "2011-10-12"),
        ("TiMOS-C-12.0.R16 Built on Wed Feb 17 13:45:20 PST 2016 by builder in /rel12.0", "2016-02-17"),
        ("Series: S4048-ON Build Time: Thu Feb  4 06:57:34 2016", "2016-02-04"),
        ("Vigor2920, Version: 3.8.8.2, Build Date/Time:May 21 2018 16:45:55", "2018-05-21"),
        ("ArrayOS Rel.APV.8.5.0.92 build on Tue Jun 28 16:20:47 2016", "2016-06-28"),
        ("Cisco Model S390, AsyncOS Version: 10.1.1-230, Build Date: 2017-03-15, Serial #: 1", "2017-03-15"),
        ("NetScaler NS11.1: Build 51.26.nc, Date: Jan 31 2017, 00:12:01", "2017-01-31"),
        ("NetApp Release 8.2.3 7-Mode: Thu Jan 15 21:30:45 PST 2015", "2015-01-15"),
        ("Integrated Lights-Out 4 2.50 Sep 23 2016", "2016-09-23"),
        ("Alcatel-Lucent OS6850-U24X 6.4.3.520.R01 GA, April 08, 2010", "2010-04-08"),
        ("0.9.1 0.2 v0076.0 Build 170919 Rel.61201n", "2017-09-19"),
        ("  BIOS compile time:  06/14/2018\n  NXOS compile time:  7/29/2018 12:00:00 [07/29/2018]", "2018-07-29"),
        ("v7.2.6,build1575,230926 (GA.F)", "2023-09-26"),
        ("10.72.0484RU6 / 10.11.2023", "2023-11-10"),
        ("Compiled Thu 26-Mar-98", "1998-03-26"),
        # a kernel, a copyright and another program have dates of their own
        ("Linux gw 2.6.27 #591 Wed Sep 4 16:10:51 CST 2013 armv5tejl", None),
        ("Copyright (c) 2004-2017 New H3C Technologies", None),
        ("Cisco NX-OS Device Manager Version 6.2(1), Compiled 12/17/2013 2:00:00", None),
        ("Windows Version 6.3 (Build 9600 Multiprocessor Free)", None),
        ("Compiled Thu 31-Feb-15", None),
        ("Compiled 1970-01-01", None),
        ("Compiled 2027-01-01", None),
        ("", None),
    ],
)
def test_a_build_date_stands_beside_a_word_that_says_so(text: str, date: str | None) -> None:
    found = build_date(text, DAY)
    assert (str(found) if found else None) == date


@given(st.text(max_size=300), st.sampled_from(["Compiled ", "Build date: ", "", "Built on Tue "]))
def test_no_text_is_too_strange(text: str, before: str) -> None:
    found = build_date(before + text, DAY)
    assert found is None or dt.date(1990, 1, 1) <= found <= DAY


@given(st.dates(dt.date(1990, 1, 1), DAY), st.sampled_from(["%Y-%m-%d", "%a %d-%b-%y 10:11", "%b %d %Y", "%m/%d/%Y"]))
def test_every_day_is_read_back(day: dt.date, form: str) -> None:
    assert build_date(f"Version 1, Compiled {day:{form}} by builder", DAY) == day


def release(name: str, day: str | None = "2023-05-11", os: str = "FortiOS", vendor: str = "Fortinet") -> Release:
    date = dt.date.fromisoformat(day) if day else None
    return Release(vendor, os, name, "https://example.net/", "software.csv:2", released=date)


def test_the_release_itself_else_the_longest_train() -> None:
    known = Catalogue("", releases=(release("7.4"), release("7.4.3", "2024-02-07"), release("7.6", None), release("7")))

    def of(version: str, vendor: str = "fortinet", os: str = "FORTIOS") -> Built | None:
        return released(known, vendor, os, version, DAY)

    assert of("v7.4.3") == Built(dt.date(2024, 2, 7), "release 7.4.3: https://example.net/")
    assert of("7.04.10-h2") == Built(dt.date(2023, 5, 11), "first release of train 7.4: https://example.net/")
    assert of("7.40.1") is None
    assert of("7.6.1") is None  # its train has no date, and 7 alone is no train
    assert of("7.4.3", vendor="Acme") is None
    assert of("7.4.3", os="FortiSwitchOS") is None
    assert of("") is None
    assert released(known, "Fortinet", "FortiOS", "7.4.3", dt.date(2024, 2, 6)) is None


def test_a_vendor_of_two_names_and_an_operating_system_filed_under_another() -> None:
    known = Catalogue(
        "",
        releases=(release("7.0", os="ESXi", vendor="VMware/Broadcom"), release("17.1", os="BIG-IP", vendor="F5")),
    )
    for vendor, os, version in (("VMware", "ESXi", "7.0.0.10100"), ("F5", "TMOS", "17.1.1")):
        assert released(known, vendor, os, version, DAY) is not None


def test_the_device_knows_better_than_the_packs() -> None:
    known = Catalogue("", releases=(release("7.4"),))
    said = {"show version": "FortiGate v7.4.3, Build date: 2024-02-01"}
    assert firmware(known, "Fortinet", "FortiOS", "7.4.3", said, DAY) == Built(
        dt.date(2024, 2, 1), "build date in show version"
    )
    assert firmware(known, "Fortinet", "FortiOS", "v7.4.3,build2573,240201", {}, DAY) == Built(
        dt.date(2024, 2, 1), "build date in version"
    )
    assert firmware(known, "Fortinet", "FortiOS", "7.4.3", {"sysDescr": "a firewall"}, DAY) == Built(
        dt.date(2023, 5, 11), "first release of train 7.4: https://example.net/"
    )
    assert firmware(known, None, None, None, {}, DAY) is None


def test_the_shipped_packs_date_what_runs_here() -> None:
    found = released(load_packs(None), "Cisco", "IOS XE", "17.09.04a", DAY)
    assert found is not None
    assert found.source.startswith("first release of train 17.9: ")
