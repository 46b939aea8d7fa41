"""Probing addresses that nobody listed: what may be, how fast, and with which credentials."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from collectors.credentials import Credential
from collectors.discovery import Ranges, Sweep, addresses_of
from collectors.observation import Observation
from collectors.sessions import SnmpSessions
from collectors.targets import Target
from config.errors import EstateError, InputError, UsageError
from config.sections.asking import Discovery, Snmp
from config.settings import load


class Nobody:
    """Says what a device is; it is never asked here."""

    async def poll(self, target: Target) -> Observation:
        """Fail."""
        raise AssertionError(target)


def allowed(*ranges: str, most: int = 4096) -> Discovery:
    return Discovery(ranges=ranges, max_addresses=most)


def test_every_address_of_a_network_once_and_in_order() -> None:
    assert addresses_of(["10.0.0.0/30", "10.0.0.2/31", "10.0.0.9/32"], allowed("10.0.0.0/8")) == [
        "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.9",
    ]  # fmt: skip
    assert addresses_of(["2001:db8::/126"], allowed("2001:db8::/32")) == ["2001:db8::1", "2001:db8::2", "2001:db8::3"]
    assert addresses_of([], allowed()) == []


def test_ranges_that_adjoin_hold_a_network_that_spans_them() -> None:
    assert addresses_of(["10.0.0.0/29"], allowed("10.0.0.0/30", "10.0.0.4/30"))
    assert str(Ranges(allowed("10.0.0.0/25", "10.0.0.128/25", "2001:db8::/32"))) == "10.0.0.0/24, 2001:db8::/32"


@pytest.mark.parametrize("network", ["10.0.0.0/23", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::/64"])
def test_a_network_outside_is_refused_by_name(network: str) -> None:
    with pytest.raises(EstateError, match=f"{network} lies outside .* \\(10.0.0.0/24\\): nothing was sent"):
        addresses_of(["10.0.0.0/25", network], allowed("10.0.0.0/24"))


def test_nothing_is_allowed_at_first(tmp_path: Path) -> None:
    with pytest.raises(EstateError, match="may be probed \\(none\\)"):
        addresses_of(["127.0.0.0/30"], load(tmp_path).discovery)


def test_bounds_and_mistakes(tmp_path: Path) -> None:
    with pytest.raises(EstateError, match="hold 18446744073709551616 addresses"):
        addresses_of(["2001:db8::/64"], allowed("2001:db8::/32"))
    for text in ("10.0.0.1/24", "core-1", "10.0.0.0/33"):
        with pytest.raises(UsageError, match="is no network such as"):
            addresses_of([text], allowed("10.0.0.0/8"))
    (tmp_path / "estate.toml").write_text('[discovery]\nranges = ["10.0.0.1/8"]\nrate = 0\n')
    with pytest.raises(InputError) as caught:
        load(tmp_path)
    assert {problem.column for problem in caught.value.problems} == {"discovery.ranges.0", "discovery.rate"}


def test_questions_come_at_the_rate_that_was_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_TEST", "of-the-test")
    credential = Credential("lab", "snmpv2c", secrets={"community": "env:OF_THE_TEST"})
    snmp, heard = Snmp(timeout=0.2), list[int]()

    async def work() -> int:
        sweep = Sweep(Nobody(), SnmpSessions(tmp_path, snmp), [credential], snmp, 20.0)
        # the discard port: nothing listens there, so each of the three addresses is asked twice
        answers = await sweep.run(["127.0.5.1", "127.0.5.2", "127.0.5.3"], 9, lambda done, _: heard.append(done))
        return len(answers) + len(sweep.given_up)

    began = time.monotonic()
    assert asyncio.run(work()) == 0
    assert time.monotonic() - began >= 5 / 20
    assert heard == [1, 2, 3]
