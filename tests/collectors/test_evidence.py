"""Screens as evidence: bounded, printable, without secrets."""

from __future__ import annotations

import pytest

from collectors.screens import CUT, LEFT_OUT, MAX_CHARS, evidence


@pytest.mark.parametrize(
    "line",
    [
        "enable secret 5 $1$abcd$canary", "snmp-server community canary RO", "snmp-server user estate v3 auth sha c",
        "username estate password 7 canary", " key-string canary", "crypto isakmp key canary address 192.0.2.1",
        "set vpn ipsec pre-shared-key canary", "-----BEGIN RSA PRIVATE KEY-----", "Q" * 64, "API token: canary",
        "username estate role admin 5 canary00canary",
    ],
)  # fmt: skip
def test_a_line_with_a_secret_is_left_out(line: str) -> None:
    assert evidence(f"Version 1.2\r\n{line}\r\nSerial ABC123") == f"Version 1.2\n{LEFT_OUT}\nSerial ABC123"


@pytest.mark.parametrize(
    "line", ["Processor board ID FDO1634A0QQ", "PID: WS-C3750X-48P , VID: V02 , SN: FDO1634A0QQ", "sw1 uptime is 1 day"]
)
def test_what_says_who_a_device_is_stays(line: str) -> None:
    assert evidence(line) == line


def test_a_screen_is_bounded_and_harmless() -> None:
    kept = evidence("\x1b[2Jhello\n" + "x" * 200_000)
    assert len(kept) < MAX_CHARS + 100
    assert kept.endswith(CUT)
    assert kept.startswith(" [2Jhello")
