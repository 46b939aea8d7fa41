"""The whole simulated estate: place the devices, write the files that describe them, run them until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from collectors.lab.agent import Agent, User, serve
from collectors.lab.captures import Objects
from collectors.lab.files import refuse_foreign, secret, state_folder, write_decided, write_files
from collectors.lab.nights import FIRST, Night, load_night
from collectors.lab.places import Held, Place, allocate
from collectors.lab.plan import Login, Plan, Planned, load_plan
from collectors.lab.sshd import SshDevice, serve_ssh
from config.errors import EstateError

# A device that is cut off answers with this many rows of entPhysicalTable and then falls silent.
CUT_AFTER_ROWS = 20


@dataclass(frozen=True, slots=True)
class Started:
    """A device of the running lab, as the table of `estate lab` shows it."""

    name: str
    address: str
    port: int
    protocol: str
    answers_from: str
    fault: str


@contextlib.asynccontextmanager
async def running(
    folder: Path,
    count: int | None = None,
    cache: Path | None = None,
    *,
    night: int = FIRST,
    names: Collection[str] | None = None,
) -> AsyncIterator[list[Started]]:
    """Run the simulated estate for as long as the block lasts; the estate folder describes it then.

    Args:
        folder: the estate folder; made where there is none.
        count: how many devices of the plan to start; by default all.
        cache: where the captures are cached; by default in the user's cache folder.
        night: 1 is the estate as planned; by night 2 some of it has been replaced, moved or fell silent.
        names: start only the devices with these names.

    Raises:
        EstateError: when a file of the folder is somebody's own, an extra is missing or no address is free.
    """
    plan = load_plan()
    async with contextlib.AsyncExitStack() as stack:
        try:
            wanted = [device for device in plan.devices[:count] if names is None or device.name in names]
            prepared = _prepare(folder, plan, wanted, cache, load_night(plan, night))
            for held in prepared.held.values():
                stack.callback(held.sock.close)
            ssh = await stack.enter_async_context(serve_ssh(prepared.shells, prepared.state))
            await stack.enter_async_context(serve(prepared.agents, prepared.state))
            places = {name: held.place for name, held in prepared.held.items()}
            write_files(folder, prepared.devices, places, [device.known_host for device in ssh])
        except OSError as error:
            raise EstateError(f"the simulated estate cannot start: {error}") from error
        yield [_started(device, places[device.name]) for device in prepared.devices]


@dataclass(frozen=True, slots=True)
class _Prepared:
    devices: Sequence[Planned]
    held: Mapping[str, Held]
    agents: Sequence[Agent]
    shells: Sequence[SshDevice]
    state: Path


def _prepare(folder: Path, plan: Plan, devices: Sequence[Planned], cache: Path | None, night: Night) -> _Prepared:
    """Everything up to listening: foreign files refused, secrets made, captures loaded, addresses held."""
    folder.mkdir(parents=True, exist_ok=True)
    refuse_foreign(folder)
    for device in devices:
        for key in device.login.secrets:
            secret(folder, device.login, key)
    devices = night.devices(devices)
    objects = night.answers({device.name: plan.objects(device, cache) for device in devices if device.capture})
    held = allocate(devices, plan.sites)
    for device in devices:
        if device.fault == "dead":
            held[device.name].sock.close()
    alive = [device for device in devices if device.fault != "dead"]
    agents = [_agent(folder, device, objects[device.name], held[device.name]) for device in alive if device.capture]
    shells = [_shell(folder, plan, device, held[device.name]) for device in alive if device.screens]
    return _Prepared(devices, held, agents, shells, state_folder(folder))


async def run(
    folder: Path,
    command: Sequence[str],
    announce: Callable[[list[Started]], None],
    count: int | None = None,
    *,
    with_assets: bool = False,
    night: int = FIRST,
    names: Collection[str] | None = None,
) -> int:
    """Run the simulated estate until Ctrl-C, or for as long as a command runs; the exit status.

    Args:
        folder: the estate folder, absolute, because the command finds it in ESTATE_CONFIG and may change its own.
        command: what to run; nothing means until Ctrl-C.
        announce: called once, when the devices answer.
        count: how many devices of the plan to start; by default all.
        with_assets: also write what people recorded of the simulated estate, such as purchase dates.
        night: which night of the simulated estate it is, 1 or 2.
        names: start only the devices with these names.

    Raises:
        EstateError: when the lab cannot start, or the command cannot.
    """
    async with running(folder, count, night=night, names=names) as started:
        if with_assets:
            write_decided(folder, load_plan())
        announce(started)
        if command:
            return await _command(command, os.environ | {"ESTATE_CONFIG": str(folder)})
        await _interrupt()
        return 0


async def _interrupt() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    stop = asyncio.Event()
    with _signals({signal.SIGINT: stop.set, signal.SIGTERM: stop.set}):
        await stop.wait()


async def _command(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command to its end. Ctrl-C reaches it by the terminal, SIGTERM is passed on; then we stop with it."""
    try:
        process = await asyncio.create_subprocess_exec(*command, env=environment)
    except OSError as error:
        raise EstateError(f"cannot run {command[0]}: {error.strerror}") from error

    def terminate() -> None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()

    with _signals({signal.SIGINT: lambda: None, signal.SIGTERM: terminate}):
        status = await process.wait()
    # what a shell says of a process that a signal ended
    return status if status >= 0 else 128 - status


@contextlib.contextmanager
def _signals(handlers: Mapping[signal.Signals, Callable[[], object]]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
    try:
        yield
    finally:
        for number in handlers:
            loop.remove_signal_handler(number)


def _agent(folder: Path, device: Planned, objects: Objects, held: Held) -> Agent:
    login = device.login
    return Agent(
        name=device.name,
        objects=objects,
        address=held.place.address,
        port=held.place.port,
        sock=held.sock,
        community=_device_secret(folder, login, "community") if login.kind == "snmpv2c" else None,
        user=_user(folder, login) if login.kind == "snmpv3" else None,
        drop_after=CUT_AFTER_ROWS if device.fault == "cut" else None,
    )


def _user(folder: Path, login: Login) -> User:
    words = [_device_secret(folder, login, key) for key in ("auth_password", "priv_password")]
    return User(login.user, *words)


def _shell(folder: Path, plan: Plan, device: Planned, held: Held) -> SshDevice:
    return SshDevice(
        name=device.name,
        platform=plan.shells[device.platform],
        screens=plan.screens(device),
        address=held.place.address,
        port=held.place.port,
        sock=held.sock,
        user=device.login.user,
        password=_device_secret(folder, device.login, "password"),
    )


def _device_secret(folder: Path, login: Login, key: str) -> str:
    """What the device itself takes: where the secret was changed, not what the collector's file holds."""
    held = secret(folder, login, key)
    return f"{held}-changed" if login.changed else held


def _started(device: Planned, place: Place) -> Started:
    protocol = {"snmpv2c": "SNMP v2c", "snmpv3": "SNMP v3", "ssh": "SSH"}[device.login.kind]
    fault = device.fault or ("wrong password" if device.login.changed else "")
    return Started(device.name, place.address, place.port, protocol, device.capture or device.screens, fault)
