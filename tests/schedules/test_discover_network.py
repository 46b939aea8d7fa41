"""Discovery over real agents: Debian's lldpd and snmpd in network namespaces of their own, joined by veth links.

The manager asks from a namespace too, so nothing but what this test made can be reached::

    manager --- a --- b --- c        a is a target; b is in the ranges, c is not; e has no address at all
                      |
                      e
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.schedules.namespaces import COMMUNITY, Network, missing, network

ROOT = Path(__file__).parents[2]
WHY_NOT = missing() if sys.platform == "linux" else "needs Linux"
SECONDS = 30.0

pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


@pytest.fixture(scope="module")
def net() -> Iterator[Network]:
    with network() as made:
        for name in ("manager", "a", "b", "c", "e"):
            made.node(name)
        for number, name in enumerate("abc", start=1):
            made.link("manager", name, (f"10.88.{number}.1/30", f"10.88.{number}.2/30"))
        for one, other in (("a", "b"), ("b", "c"), ("b", "e")):
            made.link(one, other)
        for name in "abce":
            made.agents(name)
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ranges = '["10.88.1.0/24", "10.88.2.0/24"]'
    (tmp_path / "estate.toml").write_text(
        f'[snmp]\ntimeout = 0.5\nretries = 1\n[discovery]\nranges = {ranges}\ncredentials = ["lab"]\nrate = 200\n'
    )
    (tmp_path / "credentials.toml").write_text('[lab]\nkind = "snmpv2c"\ncommunity = "env:LAB_COMMUNITY"\n')
    (tmp_path / "targets.csv").write_text("address,name,credential,site\n10.88.1.2,a,lab,hall\n")
    return tmp_path


def discover(net: Network, folder: Path, *words: str) -> CompletedProcess[str]:
    environment = {"PYTHONPATH": str(ROOT), "LAB_COMMUNITY": COMMUNITY, "HOME": str(folder), "PATH": os.defpath}
    command = (sys.executable, "-m", "estate", "--config", str(folder), "discover", *words, "-o", "json")
    return net.call("manager", command, environment)


def found(net: Network, folder: Path, count: int, *words: str) -> dict[str, dict[str, object]]:
    """The answer by name, once so many are seen: agents take seconds until they know of each other."""
    until = time.monotonic() + SECONDS
    while True:
        net.tell()
        done = discover(net, folder, *words)
        rows = {str(row["name"]): row for row in json.loads(done.stdout)} if done.stdout else {}
        if len(rows) >= count or time.monotonic() > until:
            assert done.returncode == 0, done.stderr
            return rows
        time.sleep(0.5)


def test_what_a_target_sees_is_proposed_and_accepted(net: Network, folder: Path) -> None:
    first = found(net, folder, 1, "--neighbours")
    assert {name: row["state"] for name, row in first.items()} == {"b.example.org": "new"}
    b = first["b.example.org"]
    assert (b["address"], b["credential"], b["site"]) == ("10.88.2.2", "lab", "hall")
    assert (b["seen_by"], b["description"]) == (["a to-b"], "Linux b")

    accepted = discover(net, folder, "--neighbours", "--accept", "b.example.org")
    assert accepted.returncode == 0, accepted.stderr
    lines = (folder / "targets.csv").read_text().splitlines()
    assert lines[-1] == "10.88.2.2,b.example.org,lab,hall"

    second = found(net, folder, 4, "--neighbours")
    assert {name: row["state"] for name, row in second.items()} == {
        "a.example.org": "known", "b.example.org": "known", "c.example.org": "outside", "e.example.org": "no_address",
    }  # fmt: skip
    assert second["c.example.org"]["address"] == "10.88.3.2"
    assert second["c.example.org"]["credential"] is None
    assert second["e.example.org"]["seen_by"] == ["b.example.org to-e"]


def test_a_network_is_swept(net: Network, folder: Path) -> None:
    rows = found(net, folder, 2, "10.88.1.0/29", "10.88.2.0/29")
    assert {name: row["state"] for name, row in rows.items()} == {"a.example.org": "known", "b.example.org": "new"}
    refused = discover(net, folder, "10.88.3.0/29")
    assert refused.returncode == 1
    assert "outside the networks that may be probed" in refused.stderr
