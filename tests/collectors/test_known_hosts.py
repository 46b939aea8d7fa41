"""OpenSSH's file of approved host keys: read as OpenSSH reads it, and revised without losing anything."""

from __future__ import annotations

import base64
import hashlib
import hmac
import stat
import struct
from pathlib import Path

import pytest

from collectors.known_hosts import HostKey, Standing, file_of, parse, place_of, read, revised, save
from config.errors import EstateError


def key(seed: str, algorithm: str = "ssh-ed25519") -> HostKey:
    name = algorithm.encode()
    return HostKey(algorithm, struct.pack(">I", len(name)) + name + seed.encode())


OLD, NEW, OTHER = key("old"), key("new"), key("other", "ecdsa-sha2-nistp256")


def hashed(place: str) -> str:
    salt = b"0123456789abcdefghij"
    digest = hmac.new(salt, place.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


def test_a_fingerprint_is_openssh_s() -> None:
    text = "AAAAC3NzaC1lZDI1NTE5AAAAIJmC6DpIb5bVdOxcGWmxNMVV5mQsy5hBXpQ3QC9pBxBM"
    blob = base64.b64decode(text)
    found = parse(f"sw {HostKey('ssh-ed25519', blob).text}").entries[0].key
    assert found.fingerprint == f"SHA256:{base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip('=')}"
    assert text in found.text


@pytest.mark.parametrize(
    ("hosts", "place", "covered"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.10", False),
        ("192.0.2.1", "[192.0.2.1]:2222", False),
        ("[192.0.2.1]:2222", "[192.0.2.1]:2222", True),
        ("sw1,SW2.example", "sw2.example", True),
        ("192.0.2.*", "192.0.2.77", True),
        ("192.0.2.?", "192.0.2.77", False),
        ("192.0.2.*,!192.0.2.7", "192.0.2.7", False),
        (hashed("192.0.2.1"), "192.0.2.1", True),
        (hashed("192.0.2.1"), "192.0.2.2", False),
        (hashed("[192.0.2.1]:830"), "[192.0.2.1]:830", True),
        ("|1|broken", "192.0.2.1", False),
    ],
)
def test_whom_a_line_covers(hosts: str, place: str, *, covered: bool) -> None:
    assert parse(f"{hosts} {OLD.text} a comment").entries[0].covers(place) is covered


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("", Standing.NEW),
        (f"elsewhere {NEW.text}", Standing.NEW),
        (f"sw {NEW.text}", Standing.APPROVED),
        (f"sw {OLD.text}\nsw {NEW.text}", Standing.APPROVED),
        (f"sw {OLD.text}", Standing.CHANGED),
        (f"sw {OTHER.text}", Standing.CHANGED),
        (f"sw {NEW.text}\n@revoked * {NEW.text}", Standing.REVOKED),
        (f"@revoked other {NEW.text}\nsw {NEW.text}", Standing.APPROVED),
        (f"@revoked sw {OLD.text}\nsw {OLD.text}", Standing.NEW),
        (f"@cert-authority sw {NEW.text}", Standing.NEW),
        (f"# sw {NEW.text}\n\n", Standing.NEW),
    ],
)
def test_what_a_file_says_of_a_key(text: str, standing: Standing) -> None:
    assert parse(text).standing("sw", NEW) is standing


def test_a_key_of_another_type_beside_an_approved_one_is_no_change() -> None:
    known = parse(f"sw {OLD.text}")
    assert known.standing("sw", OTHER, (OLD, OTHER)) is Standing.NEW
    assert known.standing("sw", OTHER, (NEW, OTHER)) is Standing.CHANGED


@pytest.mark.parametrize(
    "line",
    ["sw ssh-ed25519", "sw ssh-ed25519 !!!", f"sw ssh-rsa {OLD.text.split()[1]}", f"@who sw {OLD.text}", "@revoked"],
)
def test_a_line_that_cannot_be_read_is_counted(line: str) -> None:
    known = parse(f"# mine\n{line}\n")
    assert (known.entries, known.unread) == ((), (2,))


def test_places_and_files() -> None:
    assert place_of("SW1", 22) == "sw1"
    assert place_of("2001:db8::1", 830) == "[2001:db8::1]:830"
    folder = Path("estate")
    assert file_of(folder, "known_hosts", "town-hall") == folder / "known_hosts"
    assert file_of(folder, "known/{site}", "town-hall") == folder / "known" / "town-hall"
    assert file_of(folder, "known/{site}", None) == folder / "known" / "default"
    assert file_of(folder, "known/{site}", "../up") == folder / "known" / "_._up"


def test_a_revision_keeps_everything_else() -> None:
    text = f"# ours\r\n\nsw,sw2 {OLD.text} note\nother {OLD.text}\n@revoked sw {OLD.text}"
    assert revised(text, "sw", [NEW], [OLD]) == (
        f"# ours\r\n\nsw2 {OLD.text} note\nother {OLD.text}\n@revoked sw {OLD.text}\nsw {NEW.text}\n"
    )
    assert revised(f"{hashed('sw')} {OLD.text}\n", "sw", [NEW], [OLD]) == f"sw {NEW.text}\n"
    assert revised("", "sw", [NEW]) == f"sw {NEW.text}\n"


def test_a_pattern_is_a_person_s_to_change() -> None:
    with pytest.raises(EstateError, match=r"line 2 approves the old key of sw by the pattern 's\*'"):
        revised(f"\ns* {OLD.text}\n", "sw", [NEW], [OLD])


def test_a_file_is_written_whole_with_its_own_mode(tmp_path: Path) -> None:
    file = tmp_path / "known" / "town-hall"
    save(file, "sw a\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o640)
    link = tmp_path / "known_hosts"
    link.symlink_to(file)
    save(link, "sw b\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert file.read_text(encoding="utf-8") == "sw b\n"
    assert [path.name for path in file.parent.iterdir()] == ["town-hall"]


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    assert read(tmp_path / "absent").entries == ()
    with pytest.raises(EstateError, match="cannot be read"):
        read(tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(EstateError, match="cannot be written"):
        save(tmp_path / "file" / "known_hosts", "")
