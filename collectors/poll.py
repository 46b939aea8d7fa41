"""One target to one Observation, whatever happens: every failure of a device or the network is an outcome.

The libraries that speak SNMP and SSH are imported when the first target needs them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import stamina
import structlog

from collectors.credentials import Credential, asked_over, platform_of
from collectors.folding import fold_transports, missing
from collectors.known_hosts import file_of
from collectors.logins import Logins
from collectors.observation import Observation, Outcome
from collectors.platforms import Platform, Rules
from collectors.secrets import SecretError, resolve
from collectors.sessions import SnmpSessions
from collectors.shell import survey_shell
from collectors.shell_table import shell_of
from collectors.survey import survey
from collectors.targets import Target
from collectors.transport import TransportError
from config.sections.asking import Snmp, Ssh

if TYPE_CHECKING:
    from collectors.ssh import NetmikoTransport

# The transport ends by itself when a device's time is used up, keeping what it read; this is for what does not.
_GRACE = 5.0
# A device may take so many times the SSH timeout: the login, and a screen of four timeouts for each command.
_SSH_DEVICE = 16

# The key of what the SNMP engine learnt, among an observation's hints; and the tag of a target that may answer from
# another address than the one it is asked at.
SNMP: Final = "snmp"
MULTI_HOMED: Final = "multi-homed"

_log = structlog.get_logger()


class Poller:
    """Polls targets; one for a run, because it counts refused logins and shares SNMPv3 engines.

    It belongs to one event loop. How many targets are polled at once over SNMP is the caller's affair
    (``snmp.in_flight``); over SSH no more than ``ssh.in_flight`` are.
    """

    def __init__(
        self,
        rules: Rules,
        credentials: Mapping[str, Credential],
        folder: Path,
        snmp: Snmp,
        ssh: Ssh,
        known: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Prepare to poll.

        Args:
            rules: the platform rules.
            credentials: by name, from :func:`collectors.credentials.load_credentials`.
            folder: the estate folder, beside which known_hosts and secret files lie.
            snmp: how to ask over SNMP.
            ssh: how to ask over SSH.
            known: the hints of earlier polls, by target.
        """
        self._rules = rules
        self._credentials = credentials
        self._folder = folder
        self._snmp = snmp
        self._ssh = ssh
        self._known = known or {}
        self._logins = Logins()
        self._snmp_sessions = SnmpSessions(folder, snmp)
        self._threads = ThreadPoolExecutor(ssh.in_flight, thread_name_prefix="ssh")
        self._sessions = asyncio.Semaphore(ssh.in_flight)

    async def poll(self, target: Target) -> Observation:
        """Ask a target what it is.

        Nothing that a device, the network, a secret or a credential does makes this raise: it is in ``outcome`` and
        ``reason``. ``duration`` is in seconds.
        """
        over_snmp = asked_over(target, "snmp", self._credentials)
        over_ssh = asked_over(target, "ssh", self._credentials)
        if over_snmp and over_ssh:
            return await self._poll_both(over_snmp, over_ssh)
        # what neither fits is asked as it stands, and says why it cannot be
        return await self._poll_one(over_snmp or over_ssh or target)

    async def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _poll_both(self, over_snmp: Target, over_ssh: Target) -> Observation:
        """Ask over SNMP, then over SSH where that has more to say (``ssh.beside_snmp``), and fold the two."""
        snmp = await self._poll_one(over_snmp)
        when = self._ssh.beside_snmp
        if when == "never" or (when == "missing" and not missing(snmp)):
            return snmp
        return fold_transports(snmp, await self._poll_one(over_ssh, snmp))

    async def _poll_one(self, target: Target, beside: Observation | None = None) -> Observation:
        if target.transport == "ssh":
            async with self._sessions:
                return await self._poll(target, beside)
        return await self._poll(target, beside)

    async def _poll(self, target: Target, beside: Observation | None) -> Observation:
        """One target over one transport; ``beside`` is what it said over SNMP before."""
        started, at = time.monotonic(), dt.datetime.now(dt.UTC)
        transport = "" if target.transport == "auto" else target.transport
        try:
            credential = self._credential(target)
            transport = credential.transport
            if transport == "ssh":
                seen = await self._ask_ssh(target, credential, at, beside)
            else:
                seen = await self._ask_snmp(target, credential, at)
        except TransportError as error:
            seen = self._nothing(target, at, error.outcome, error.reason)
        except SecretError as error:
            seen = self._nothing(target, at, Outcome.FAILED, str(error))
        except TimeoutError:
            seen = self._nothing(target, at, Outcome.SILENT, "it took longer than one device may: given up")
        except Exception as error:  # noqa: BLE001 - one device's surprise must not end the night for the others
            # neither its message nor its traceback is kept: both may hold what was sent
            _log.error("poll failed", target=target.name, error=type(error).__name__, at=_line(error))
            text = f"estate itself failed on what this device said ({type(error).__name__} at {_line(error)})"
            seen = self._nothing(target, at, Outcome.FAILED, text)
        return replace(seen, transport=transport, duration=round(time.monotonic() - started, 3))

    def _credential(self, target: Target) -> Credential:
        credential = self._credentials.get(target.credential or "")
        if credential is None:
            raise TransportError(Outcome.FAILED, f"credentials.toml has no credential {target.credential!r}")
        if target.transport not in ("auto", credential.transport):
            text = f"{target.transport} cannot use the credential {credential.name!r}, which is {credential.kind}"
            raise TransportError(Outcome.FAILED, text)
        return credential

    @staticmethod
    def _nothing(target: Target, at: dt.datetime, outcome: Outcome, reason: str) -> Observation:
        return Observation(target=target.name, address=target.address, at=at, outcome=outcome, reason=reason)

    # ------------------------------------------------------------------------------------------------------- SNMP

    async def _ask_snmp(self, target: Target, credential: Credential, at: dt.datetime) -> Observation:
        async with asyncio.timeout(self._snmp.device_seconds + _GRACE):
            known, settings = self._known.get(target.name, {}).get(SNMP, {}), self._snmp
            if MULTI_HOMED in target.tags:
                settings = settings.model_copy(update={"any_source": True})
            async with self._snmp_sessions.open(target.address, target.port, credential, settings, known) as session:
                seen = await survey(session, self._rules, target=target.name, address=target.address, at=at)
                return replace(seen, hints={SNMP: session.hints} if session.hints else {})

    # -------------------------------------------------------------------------------------------------------- SSH

    async def _ask_ssh(
        self, target: Target, credential: Credential, at: dt.datetime, beside: Observation | None
    ) -> Observation:
        from collectors.ssh import NetmikoTransport  # noqa: PLC0415 - netmiko is slow to import

        platform, driver = self._platform(target, beside)
        password = resolve(credential.secrets["password"], self._folder)
        async for attempt in stamina.retry_context(on=_passing, attempts=2, timeout=None, wait_initial=1.0):
            with attempt:
                transport = NetmikoTransport(
                    target.address,
                    target.port,
                    user=credential.user or "",
                    password=password,
                    device_type=driver,
                    approved=file_of(self._folder, self._ssh.known_hosts, target.site),
                    settings=self._ssh,
                    legacy=credential.legacy,
                )
                return await self._session(transport, platform, target, credential, at)
        raise AssertionError("stamina returns or raises")

    async def _session(
        self, transport: NetmikoTransport, platform: Platform, target: Target, credential: Credential, at: dt.datetime
    ) -> Observation:
        """Log in once and read the screens, in a thread."""
        run = asyncio.get_running_loop().run_in_executor
        name, address = target.name, target.address
        try:
            async with asyncio.timeout(self._ssh.timeout * _SSH_DEVICE):
                async with self._logins.attempt(target.site, credential.name):
                    await run(self._threads, transport.open)
                work = partial(survey_shell, transport, platform, target=name, address=address, at=at)
                return await run(self._threads, work)
        finally:
            # from here, so that a thread that still waits for the device ends as well
            transport.close()

    def _platform(self, target: Target, beside: Observation | None) -> tuple[Platform, str]:
        """The platform to log in to, and netmiko's driver for it: the tag's, else what SNMP recognised; never tried."""
        name = platform_of(target) or (beside.platform if beside else None)
        platform = self._rules.platform(name) if name else None
        shell = shell_of(platform) if platform else None
        if platform is None or shell is None:
            known = ", ".join(sorted(known for known, item in self._rules.platforms.items() if item.ssh))
            unnamed = "its tags name no platform" + (", and SNMP recognised none" if beside else "")
            what = f"the platform {name!r} cannot be asked over SSH" if name else unnamed
            raise TransportError(Outcome.FAILED, f"{what}: write platform=NAME in its tags, NAME being one of {known}")
        return platform, shell.driver


def requests_of(hints: Mapping[str, Any]) -> int:
    """How many requests a device took when it gave these hints; 0 where nobody knows."""
    found = hints.get(SNMP, {}).get("requests", 0)
    return found if isinstance(found, int) else 0


def _passing(error: Exception) -> bool:
    """Whether asking again may help: only where the network or the device was silent, never after a refusal."""
    return isinstance(error, TransportError) and error.outcome is Outcome.SILENT


def _line(error: BaseException) -> str:
    """Where in our code an error came up."""
    ours = Path(__file__).parent
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent == ours]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
