"""The simulated estate as a whole: the files it writes, and the command that runs it."""

from __future__ import annotations

import asyncio
import csv
import os
import signal
import stat
import subprocess
import sys
import time
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from collectors.lab import captures, files
from collectors.lab.estate import Started, run, running
from collectors.lab.plan import Plan, load_plan
from config.errors import EstateError
from tests.collectors.lab_fixtures import community, get, new_engine, user

SYS_NAME = "1.3.6.1.2.1.1.5.0"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of captures for this test run only."""
    return tmp_path_factory.mktemp("captures")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan()


def _targets(folder: Path) -> list[dict[str, str]]:
    with (folder / "targets.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_lab_describes_itself_and_answers(tmp_path: Path, cache: Path, plan: Plan) -> None:
    async def ask() -> list[Started]:
        async with running(tmp_path, cache=cache) as started:
            targets = {row["name"]: row for row in _targets(tmp_path)}
            logins = tomllib.loads((tmp_path / "credentials.toml").read_text(encoding="utf-8"))
            faults = {device.name: device.fault for device in started}
            engine = new_engine()

            def held(login: str, key: str) -> str:
                reference: str = logins[login][key]
                path = tmp_path / reference.removeprefix("file:")
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
                return path.read_text(encoding="utf-8").strip()

            for name, row in targets.items():
                login = logins[row["credential"]]
                if login["kind"] == "ssh":
                    continue
                if login["kind"] == "snmpv2c":
                    auth = community(held(row["credential"], "community"))
                else:
                    words = [held(row["credential"], key) for key in ("auth_password", "priv_password")]
                    auth = user(login["user"], *words)
                patience = 0.3 if faults[name] == "dead" else 5
                error, values = await get(
                    auth, row["address"], int(row["port"]), [SYS_NAME], patience=patience, engine=engine
                )
                expected = {"dead": "No SNMP response", "wrong password": "Wrong SNMP PDU digest"}.get(faults[name], "")
                assert expected in error, name
                assert expected or bytes(values[0]) == name.encode()
            return started

    started = asyncio.run(ask())
    assert [device.name for device in started] == [device.name for device in plan.devices]
    assert Counter(device.fault for device in started if device.fault) == {"dead": 1, "cut": 1, "wrong password": 1}
    hosts = (tmp_path / "known_hosts").read_text(encoding="utf-8").splitlines()
    assert len(hosts) == sum(bool(device.screens) for device in plan.devices)
    for path in (tmp_path / files.STATE, tmp_path / "secrets"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_two_labs_run_side_by_side(tmp_path: Path, cache: Path) -> None:
    async def start() -> tuple[str, str]:
        async with running(tmp_path / "a", 1, cache) as (first,), running(tmp_path / "b", 1, cache) as (second,):
            return first.address, second.address

    first, second = asyncio.run(start())
    assert first != second


def test_files_of_somebody_are_not_overwritten(tmp_path: Path, cache: Path) -> None:
    async def start() -> None:
        async with running(tmp_path, 1, cache):
            pass

    (tmp_path / "targets.csv").write_text("address,name\n192.0.2.1,mine\n", encoding="utf-8")
    with pytest.raises(EstateError, match=r"targets\.csv of your own"):
        asyncio.run(start())
    assert not (tmp_path / "credentials.toml").exists()
    (tmp_path / "targets.csv").unlink()
    asyncio.run(start())
    asyncio.run(start())
    with (tmp_path / "credentials.toml").open("a", encoding="utf-8") as stream:
        stream.write("# edited\n")
    with pytest.raises(EstateError, match=r"credentials\.toml of your own"):
        asyncio.run(start())
    (tmp_path / files.MARKER).write_text("{", encoding="utf-8")
    with pytest.raises(EstateError, match="of your own"):
        asyncio.run(start())


def test_files_of_the_starter_set_are_replaced_while_untouched(tmp_path: Path, cache: Path) -> None:
    starter = Path(files.__file__).parents[2] / "config" / "starter"
    for name in ("targets.csv", "credentials.toml", "assets.csv"):
        (tmp_path / name).write_bytes((starter / name).read_bytes())

    async def start() -> None:
        async with running(tmp_path, 2, cache):
            pass

    asyncio.run(start())
    assert len(_targets(tmp_path)) == 2
    plan = load_plan()
    assert "assets.csv" in files.write_decided(tmp_path, plan)
    assert "assets.csv" in files.write_decided(tmp_path, plan), "its own may be written again"
    (tmp_path / "assets.csv").write_text("serial\nMINE1234\n", encoding="utf-8")
    assert "assets.csv" not in files.write_decided(tmp_path, plan)
    assert (tmp_path / "assets.csv").read_text(encoding="utf-8") == "serial\nMINE1234\n"


def test_every_serial_of_the_purchase_records_is_one_that_a_device_says(plan: Plan, cache: Path) -> None:
    devices = {device.name: device for device in plan.devices}
    with (plan.folder / "assets.csv").open(encoding="utf-8", newline="") as stream:
        records = [row for row in csv.DictReader(stream) if row["device"]]
    assert len(records) >= 30
    assert len(records) < len(plan.devices), "of some devices nobody recorded a purchase"
    for record in records:
        device = devices[record["device"]]
        assert (record["site"], record["role"]) == (device.site, device.role), record
        if device.capture:
            said = captures_text(plan.objects(device, cache))
        else:
            said = set(" ".join(plan.screens(device).values()).split())
        assert record["serial"] in said, record


def captures_text(objects: captures.Objects) -> set[str]:
    return {value.decode("latin-1").strip(" \x00") for _, value in objects.values() if isinstance(value, bytes)}


def test_the_estate_folder_passes_the_check(tmp_path: Path) -> None:
    """Everything that ships for the demonstration is a valid file of an estate folder."""
    command = [sys.executable, "-m", "estate"]
    subprocess.run([*command, "init", str(tmp_path / "e")], check=True, capture_output=True)  # noqa: S603 - our own command line
    check = [*command, "lab", str(tmp_path / "e"), "--devices", "2", "--with-assets", "--", *command, "check"]
    ended = subprocess.run(check, check=False, capture_output=True, text=True)  # noqa: S603 - our own command line
    assert ended.returncode == 0, ended.stdout + ended.stderr


def _lab(folder: Path, *arguments: str) -> list[str]:
    # two devices: starting all of them is tried above
    return [sys.executable, "-m", "estate", "lab", str(folder), "--devices", "2", *arguments]


def _environment(cache: Path) -> dict[str, str]:
    return os.environ | {"XDG_CACHE_HOME": str(cache)}


def test_the_command_gets_the_estate_folder_and_its_exit_status_comes_back(tmp_path: Path, cache: Path) -> None:
    code = "import os, sys; print(os.environ['ESTATE_CONFIG']); print(open('/dev/null').read(), end=''); sys.exit(3)"
    ended = subprocess.run(  # noqa: S603 - our own command line
        _lab(tmp_path / "e", "--", sys.executable, "-c", code),
        env=_environment(cache), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 3, ended.stderr
    assert ended.stdout.split() == [str(tmp_path / "e")]
    assert "2 simulated devices on loopback" in ended.stderr


def test_a_command_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EstateError, match="cannot run no-such-command"):
        asyncio.run(run(tmp_path, ["no-such-command"], lambda _: None, 1))


def test_a_command_that_a_signal_ends_gives_what_a_shell_says(tmp_path: Path) -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert asyncio.run(run(tmp_path, [sys.executable, "-c", code], lambda _: None, 1)) == 128 + signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_until_it_is_told_to_stop(tmp_path: Path, cache: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own command line
        _lab(tmp_path), env=_environment(cache), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout
        header = process.stdout.readline().split()
        assert header == ["name", "address", "port", "protocol", "answers_from", "fault"]
        assert process.stdout.readline().startswith("cc-core-1\t127.")
        time.sleep(0.3)
        process.send_signal(number)
        assert process.wait(10) == 0


def test_assets_are_written_only_when_asked_for(tmp_path: Path) -> None:
    assert asyncio.run(run(tmp_path, ["true"], lambda _: None, 1)) == 0
    assert not (tmp_path / "assets.csv").exists()
    assert asyncio.run(run(tmp_path, ["true"], lambda _: None, 1, with_assets=True)) == 0
    assert (tmp_path / "assets.csv").exists()


def test_a_request_to_stop_is_passed_on_to_the_command(tmp_path: Path, cache: Path) -> None:
    code = "import time; print('up', flush=True); time.sleep(60)"
    process = subprocess.Popen(  # noqa: S603 - our own command line
        _lab(tmp_path, "--", sys.executable, "-c", code), env=_environment(cache), stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 128 + signal.SIGTERM
