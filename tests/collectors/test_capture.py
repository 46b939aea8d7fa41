"""Captures of devices as a transport."""

from __future__ import annotations

import asyncio
import bz2
import lzma
from pathlib import Path

import pytest

from collectors import capture
from collectors.capture import CaptureError, CaptureTransport, load_capture

SNMPREC = b"""1.3.6.1.2.1.1.3.0|67|205301818
1.3.6.1.2.1.1.1.0|4|Acme | Switch
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.1
.1.3.6.1.2.1.4.20.1.1.10|64|10.1.2.3
1.3.6.1.2.1.4.20.1.1.11|64x|0a010204
1.3.6.1.2.1.2.2.1.6.10|4x|0002990408d6
1.3.6.1.2.1.2.2.1.6.9|4x|zz
1.3.6.1.2.1.2.2.1.10.1|65:numeric|rate=1
1.3.6.1.2.1.2.2.1.5.2|2|-4
this is no line
"""
SNMPWALK = """.1.3.6.1.2.1.1.1.0 = STRING: "Acme Switch
second \\"line\\""
.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.9.1.1
.1.3.6.1.2.1.1.3.0 = Timeticks: (205301818) 23 days, 18:16:58.18
.1.3.6.1.2.1.1.6.0 = ""
.1.3.6.1.2.1.2.2.1.3.1 = INTEGER: ipv4(2)
.1.3.6.1.2.1.2.2.1.5.1 = Gauge32: 1000
.1.3.6.1.2.1.2.2.1.6.1 = Hex-STRING: 00 1B 54
AA BB CC
.1.3.6.1.2.1.4.20.1.1.1 = IpAddress: 10.1.2.3
.1.3.6.1.2.1.9.9.0 = No Such Object available on this agent at this OID
"""


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_an_snmprec_file_in_any_order_and_dress(tmp_path: Path) -> None:
    plain = load_capture(written(tmp_path, "a.snmprec", SNMPREC))
    assert list(plain) == [
        "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.2.2.1.5.2",
        "1.3.6.1.2.1.2.2.1.6.10", "1.3.6.1.2.1.4.20.1.1.10", "1.3.6.1.2.1.4.20.1.1.11",
    ]  # fmt: skip
    assert plain["1.3.6.1.2.1.1.1.0"] == b"Acme | Switch"
    assert plain["1.3.6.1.2.1.1.2.0"] == "1.3.6.1.4.1.9.1.1"
    assert plain["1.3.6.1.2.1.1.3.0"] == 205301818
    assert plain["1.3.6.1.2.1.2.2.1.5.2"] == -4
    assert plain["1.3.6.1.2.1.4.20.1.1.10"] == bytes([10, 1, 2, 3])
    assert plain["1.3.6.1.2.1.2.2.1.6.10"] == bytes.fromhex("0002990408d6")
    assert load_capture(written(tmp_path, "a.snmprec.bz2", bz2.compress(SNMPREC))) == plain
    assert load_capture(written(tmp_path, "a.snmprec.xz", lzma.compress(SNMPREC))) == plain


def test_what_snmpwalk_printed(tmp_path: Path) -> None:
    values = load_capture(written(tmp_path, "walk.txt", SNMPWALK.encode()))
    assert values == {
        "1.3.6.1.2.1.1.1.0": b'Acme Switch\nsecond "line"',
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.9.1.1",
        "1.3.6.1.2.1.1.3.0": 205301818,
        "1.3.6.1.2.1.1.6.0": b"",
        "1.3.6.1.2.1.2.2.1.3.1": 2,
        "1.3.6.1.2.1.2.2.1.5.1": 1000,
        "1.3.6.1.2.1.2.2.1.6.1": bytes.fromhex("001b54aabbcc"),
        "1.3.6.1.2.1.4.20.1.1.1": bytes([10, 1, 2, 3]),
    }


@pytest.mark.parametrize("data", [SNMPREC, SNMPWALK.encode()])
def test_only_what_lies_below_the_prefixes(tmp_path: Path, data: bytes) -> None:
    values = load_capture(written(tmp_path, "a.txt", data), ["1.3.6.1.2.1.1", "1.3.6.1.2.1.2.2.1.1"])
    assert values
    assert all(oid.startswith("1.3.6.1.2.1.1.") for oid in values)


def test_a_capture_answers_as_the_device_did(tmp_path: Path) -> None:
    transport = CaptureTransport(written(tmp_path, "a.snmprec", SNMPREC))
    got = asyncio.run(transport.get(["1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.99.0"]))
    assert got == {"1.3.6.1.2.1.1.3.0": 205301818}
    walk = asyncio.run(transport.walk(["1.3.6.1.2.1.4.20.1.1", "1.3.6.1.2.1.2.2.1.6", "1.3.6.1.9"]))
    assert walk.complete
    assert list(walk.columns["1.3.6.1.2.1.4.20.1.1"]) == ["10", "11"]
    assert walk.columns["1.3.6.1.2.1.2.2.1.6"] == {"10": bytes.fromhex("0002990408d6")}
    assert walk.columns["1.3.6.1.9"] == {}


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.snmprec", b""), ("a.snmprec", b"\x00\xff" * 5000), ("a.snmprec.bz2", b"no bzip2"), ("a.xz", b"no xz either")],
)
def test_what_is_no_capture_is_named(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(CaptureError, match=name):
        load_capture(written(tmp_path, name, data))
    with pytest.raises(CaptureError, match="No such file"):
        load_capture(tmp_path / "absent.snmprec")


def test_too_long_lines_and_too_much_text_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = b"1.3.6.1.2.1.1.1.0|4|" + b"a" * 100_000 + b"\n1.3.6.1.2.1.1.5.0|4|name\n"
    assert load_capture(written(tmp_path, "long.snmprec", long)) == {"1.3.6.1.2.1.1.5.0": b"name"}
    bomb = written(tmp_path, "bomb.snmprec.bz2", bz2.compress(b"\n" * 3_000_000))
    monkeypatch.setattr(capture, "MAX_BYTES", 1_000_000)
    with pytest.raises(CaptureError, match="more than"):
        load_capture(bomb)
