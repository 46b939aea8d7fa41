"""Captures of real devices as the simulated agents serve them, and their cache."""

from __future__ import annotations

import bz2
import io
import json
import stat
import sys
from pathlib import Path

import pytest

from collectors.lab import captures
from collectors.lab.captures import Typed
from config.errors import EstateError


def test_a_capture_keeps_its_types_and_passes_over_what_is_damaged() -> None:
    text = b"""#a comment
1.3.6.1.2.1.1.1.0|4|plain | text
1.3.6.1.2.1.1.2.0|6|.1.3.6.1.4.1.9.1.617
1.3.6.1.2.1.1.3.0|67|12345
1.3.6.1.2.1.1.5.0|4x|00ff
1.3.6.1.2.1.1.6.0|4x|0g
1.3.6.1.2.1.1.7.0|2|seven
1.3.6.1.2.1.1.8.0|4:writecache|value=from the device
1.3.6.1.2.1.1.9.0|64|192.0.2.1
1.3.6.1.2.1.1.10.0|70
1.3.6.1.2.1.10.1.0|2|7
"""
    assert captures.read(io.BytesIO(text), ["1.3.6.1.2.1.1"]) == {
        "1.3.6.1.2.1.1.1.0": Typed(captures.OCTETS, b"plain | text"),
        "1.3.6.1.2.1.1.2.0": Typed(captures.OBJECT_ID, "1.3.6.1.4.1.9.1.617"),
        "1.3.6.1.2.1.1.3.0": Typed(captures.TIME_TICKS, 12345),
        "1.3.6.1.2.1.1.5.0": Typed(captures.OCTETS, b"\x00\xff"),
        "1.3.6.1.2.1.1.8.0": Typed(captures.OCTETS, b"from the device"),
        "1.3.6.1.2.1.1.9.0": Typed(captures.IP_ADDRESS, b"\xc0\x00\x02\x01"),
    }


def test_the_second_load_comes_from_the_cache(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    first = captures.load("cisco-c3560", ["1.3.6.1.2.1.1"], folder)
    (file,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    # something that only the cache can know
    lines = json.loads(file.read_text(encoding="utf-8").splitlines()[1])
    assert len(lines) == len(first)
    before = file.stat().st_mtime_ns
    assert captures.load("cisco-c3560", ["1.3.6.1.2.1.1"], folder) == first
    assert file.stat().st_mtime_ns == before
    captures.load("cisco-c3560", ["1.3.6.1.2.1.1", "1.3.6.1.2.1.2.1"], folder)
    assert len(list(folder.iterdir())) == 2, "other prefixes are another cache"


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"0123\n[]\n", None])
def test_a_damaged_cache_is_rebuilt(tmp_path: Path, damage: bytes | None) -> None:
    first = captures.load("cisco-c3560", ["1.3.6.1.2.1.1"], tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-20] if damage is None else damage)
    assert captures.load("cisco-c3560", ["1.3.6.1.2.1.1"], tmp_path) == first
    assert file.read_bytes() == whole


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    assert captures.load("cisco-c3560", ["1.3.6.1.2.1.1"], blocked / "cache")


def test_compressed_captures_are_read(tmp_path: Path) -> None:
    path = tmp_path / "box.snmprec.bz2"
    path.write_bytes(bz2.compress(b"1.3.6.1.2.1.1.7.0|2|6\n"))
    with captures.open_capture(path) as stream:
        assert captures.read(stream, ["1.3.6.1.2.1.1"]) == {"1.3.6.1.2.1.1.7.0": Typed(captures.INTEGER, 6)}


def test_without_the_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "snmpsim_data", None)
    with pytest.raises(EstateError, match=r"estate-evergreen\[lab\]"):
        captures.package_captures()


def test_an_unknown_capture_is_named(tmp_path: Path) -> None:
    with pytest.raises(EstateError, match="no-such-box"):
        captures.load("no-such-box", ["1.3.6.1.2.1.1"], tmp_path)
