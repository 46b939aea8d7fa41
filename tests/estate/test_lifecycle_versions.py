"""The order of versions: as each vendor numbers, and total whatever a device says."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import EstateError
from estate.lifecycle.versions import newer, ordered, read_schemes, scheme_of, schemes

# Each row is in order, the oldest first.
ORDERS = {
    "IOS": ["12.2(55)SE", "12.2(55)SE12", "15.0(2)SE4", "15.0(2)SE11", "15.2(2)E9", "15.2(7)E", "15.2(7)E3"],
    "IOS XE": ["03.16.05.S", "3.16.10.S", "16.9.8", "16.12.5", "16.12.05b", "17.09.04", "17.09.04a", "17.9.5"],
    "NX-OS": ["5.2(1)N1(4)", "7.0(3)I4(8)", "7.0(3)I7(2)", "7.0(3)I7(9)", "7.0(3)I7(10)", "9.3(13)", "10.2(3)F"],
    "Junos": ["15.1R7-S9", "18.4R2-S4", "20.2R3", "20.2R3-S1", "20.2R3-S10", "21.4B1", "21.4R3-S5.4", "21.4R3-S6"],
    "EOS": ["4.9.8", "4.22.4M", "4.27.0F", "4.27.0.1F", "4.28.3M", "4.28.10M", "4.30.5M"],
    "PAN-OS": ["8.1.26-h1", "9.0.17", "10.1.6-b3", "10.1.6", "10.1.6-h3", "10.1.6-h10", "10.1.14", "11.0.0"],
    "FortiOS": ["6.4.15", "7.0.9,build0444", "7.2.5,build1517", "v7.2.10,build1706", "7.4.1"],
    "ONTAP": ["8.3.2P12", "9.1P2", "9.1P2D1", "9.8RC1", "9.8", "9.8P1", "9.8P19", "9.11.1P8", "9.11.1P10", "9.13.1"],
    "TMOS": ["11.6.5", "13.1.3 Build 0.0.6", "13.1.3.4", "15.1.2", "15.1.10.2", "16.1.3"],
    "ArubaOS": ["6.5.4.24", "8.6.0.4", "8.6.0.21", "8.10.0.6_87654", "8.10.0.6_90001"],
    "ArubaOS-CX": ["GL.10.09.0010", "FL.10.09.1000", "FL.10.13.1000", "ML.10.13.1010"],
    "Windows": ["6.1", "6.3", "10.0.14393", "10.0.17763", "10.0.20348"],
    "ESXi": ["6.5.0", "6.7.0 build-8169922", "6.7.0 build-17700523", "7.0 Update 3c", "7.0 Update 3d", "8.0.1"],
    "RouterOS": ["6.49.9", "6.49.10", "7.12beta4", "7.12rc3", "7.12", "7.12.1", "7.14"],
    "SomethingElse": ["V1.2", "1.10.3", "2.0-rc1", "2.0", "2.0.1b"],
}  # fmt: skip


@pytest.mark.parametrize("os", ORDERS)
def test_versions_are_ordered_as_their_vendor_numbers_them(os: str) -> None:
    versions = ORDERS[os]
    assert ordered(os, reversed(versions)) == versions
    assert all(newer(os, later, earlier) for earlier, later in pairwise(versions))


TRAINS = [
    ("IOS XE", "17.09.04a", ("17.9.4", "17.9")),
    ("IOS", "15.2(7)E3", ("15.2(7)e", "15.2e", "15.2")),
    ("IOS", "12.4(25)", ("12.4",)),
    ("NX-OS", "9.3(13)", ("9.3(13)", "9.3", "9.3x")),
    ("Junos", "21.4R3-S5.4", ("21.4r3", "21.4r", "21.4")),
    ("PAN-OS", "10.1.6-h3", ("10.1.6", "10.1")),
    ("FortiOS", "v7.2.5,build1517", ("7.2.5", "7.2")),
    ("ONTAP", "9.11.1P8", ("9.11.1", "9.11")),
    ("ESXi", "7.0.3 build-21930508", ("7.0",)),
    ("AOS-CX", "FL.10.13.1000", ("10.13.1000", "10.13")),
    ("EOS", "no version at all", ()),
]


@pytest.mark.parametrize(("os", "version", "trains"), TRAINS)
def test_a_version_belongs_to_its_trains(os: str, version: str, trains: tuple[str, ...]) -> None:
    assert scheme_of(os).trains_of(version) == trains


def test_leading_zeros_case_and_a_leading_v_make_no_release_newer() -> None:
    scheme = scheme_of("IOS XE")
    assert scheme.key("17.09.04a")[:-1] == scheme.key("17.9.4A")[:-1]
    assert scheme_of("FortiOS").key("v7.2.5") == scheme_of("FortiOS").key("7.2.5")


WRITTEN = st.sampled_from([version for versions in ORDERS.values() for version in versions])
ANYTHING = st.one_of(
    WRITTEN, st.text(max_size=40), st.from_regex(r"v?\d{1,3}(\.\d{1,3}){0,4}[a-z]{0,3}\d{0,3}", fullmatch=True)
)


@given(os=st.sampled_from(sorted(schemes())), one=ANYTHING, two=ANYTHING, three=ANYTHING)
def test_the_order_is_total(os: str, one: str, two: str, three: str) -> None:
    key = scheme_of(os).key
    assert (key(one) < key(two)) + (key(one) == key(two)) + (key(two) < key(one)) == 1
    first, second, third = sorted((one, two, three), key=key)
    assert key(first) <= key(second) <= key(third)
    assert not key(third) < key(first)


@given(os=st.sampled_from(sorted(schemes())), version=ANYTHING)
def test_a_train_names_only_what_was_read(os: str, version: str) -> None:
    digits = set("".join(char for char in version if char.isdecimal())) | {"0"}
    for train in scheme_of(os).trains_of(version):
        assert {char for char in train if char.isdecimal() and char.isascii()} <= digits


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[scheme]]\nos = ["A"]\npattern = "("\norder = []\ntrains = []\nsource = "s"', "A: "),
        ('[[scheme]]\nos = ["A"]\npattern = "(?P<x>.)"\norder = ["y"]\ntrains = []\nsource = "s"', "no group y"),
        ('[[scheme]]\nos = ["A"]\npattern = "(?P<x>.)"\norder = ["x"]\ntrains = []\nsource = "s"', "needs a scheme"),
    ],
)
def test_a_wrong_scheme_is_named(text: str, said: str) -> None:
    with pytest.raises(EstateError, match=said):
        read_schemes(text)
