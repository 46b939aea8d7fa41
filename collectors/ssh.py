"""The SSH transport on netmiko: one device's show screens, read only, with host keys that a person has approved."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import netmiko
import paramiko
from netmiko.exceptions import NetmikoBaseException, ReadTimeout

from collectors import known_hosts
from collectors.known_hosts import HostKey, KnownHosts, Standing
from collectors.observation import Outcome
from collectors.secrets import Secret
from collectors.ssh_drivers import GuardedChannel, driver, permitted
from collectors.ssh_offer import offered_algorithms
from collectors.transport import TransportError
from config.errors import EstateError
from config.sections.asking import Ssh

PORT = 22
# What paramiko and netmiko raise of their own.
_LIBRARY_ERRORS = (paramiko.SSHException, NetmikoBaseException, OSError, EOFError, ValueError)
# A chassis with many line cards takes a minute to list them.
SCREEN_TIMEOUTS = 4

# What a modern device must not be talked down to; a credential with `legacy = true` allows it for kit that has
# nothing else (RFC 9142 deprecates the SHA-1 exchanges, RFC 8332 ssh-rsa signatures, both for their SHA-1).
MODERN = {
    "kex": ["diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"],
    "keys": ["ssh-rsa"],
    "pubkeys": ["ssh-rsa"],
    "ciphers": ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"],
    "macs": ["hmac-md5", "hmac-sha1-96", "hmac-md5-96"],
}

# paramiko's transport thread writes a traceback for every failed handshake; here each of them is an outcome
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


class _HostKeyError(paramiko.SSHException):  # type: ignore[misc] # paramiko ships no types
    def __init__(self, key: HostKey, standing: Standing) -> None:
        super().__init__("host key")
        self.key = key
        self.standing = standing


class _ApprovedOnly(paramiko.MissingHostKeyPolicy):  # type: ignore[misc] # paramiko ships no types
    """Refuses every host key that our file does not approve; paramiko has no keys of its own, so it always asks."""

    def __init__(self, known: KnownHosts, place: str) -> None:
        self._known = known
        self._place = place

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:  # noqa: ARG002 - the signature is paramiko's
        """Return for an approved key.

        Raises:
            _HostKeyError: for every other.
        """
        offered = HostKey(key.get_name(), key.asbytes())
        standing = self._known.standing(self._place, offered)
        if standing is not Standing.APPROVED:
            raise _HostKeyError(offered, standing)

    def transport(self, sock: Any, **options: Any) -> paramiko.Transport:
        """A transport that asks first for a key of the types that are approved: a device may have several."""
        transport = paramiko.Transport(sock, **options)
        types = {key.algorithm for key in self._known.approved(self._place)}
        if "ssh-rsa" in types:
            types |= {"rsa-sha2-512", "rsa-sha2-256"}
        security = transport.get_security_options()
        security.key_types = sorted(security.key_types, key=lambda name: name not in types)
        return transport


class NetmikoTransport:
    """Asks one device for show screens over SSH. Blocks: it is made, used and closed in one thread.

    Only :meth:`close` may be called from another thread, to end what takes too long.
    """

    name = "ssh"

    def __init__(
        self,
        address: str,
        port: int | None,
        *,
        user: str,
        password: Secret,
        device_type: str,
        approved: Path,
        settings: Ssh,
        legacy: bool = False,
    ) -> None:
        """Prepare a session; nothing is sent yet.

        Args:
            address: IPv4, IPv6 or a name, as it stands in known_hosts.
            port: TCP port; 22 by default.
            user: whom to log in as.
            password: its password.
            device_type: netmiko's name of the driver.
            approved: the file of approved host keys (sshd(8)).
            settings: time and size limits.
            legacy: allow SHA-1 exchanges, ssh-rsa and CBC.
        """
        self._address, self._port = address, port or PORT
        self._known_hosts = approved
        self._settings = settings
        self._legacy = legacy
        self._known = KnownHosts()
        self._guard: GuardedChannel | None = None
        self._connection = driver(device_type)(
            host=address,
            port=self._port,
            username=user,
            password=password.reveal(),
            device_type=device_type,
            auto_connect=False,
            allow_auto_change=False,
            disabled_algorithms=None if legacy else MODERN,
            ssh_strict=True,
            conn_timeout=settings.timeout,
            auth_timeout=settings.timeout,
            banner_timeout=settings.timeout,
        )

    def open(self) -> None:
        """Log in.

        Raises:
            TransportError: SILENT, HOSTKEY, NO_ALGORITHM, REFUSED, NO_PROMPT or FAILED, with the reason.
        """
        connection, settings = self._connection, self._settings
        self._approve_only()
        greet = connection.special_login_handler

        def guarded() -> None:
            # the first moment in which a driver may type: after the login, before the first prompt
            self._guard = connection.channel = GuardedChannel(
                connection.channel, settings.max_screen_bytes, settings.timeout
            )
            greet()

        connection.special_login_handler = guarded
        connection.read_timeout_override = settings.timeout
        try:
            # netmiko's own three steps, with the guard in place before it types anything
            connection._modify_connection_params()  # noqa: SLF001 - there is no public hook between them
            connection.establish_connection()
            connection._try_session_preparation()  # noqa: SLF001 - netmiko has no public way
        except (TransportError, *_LIBRARY_ERRORS) as error:
            raise (self._no_prompt(self._guard, error) if self._guard else self._failure(error)) from None
        connection.read_timeout_override = None

    def show(self, command: str) -> str:
        """The screen that a read-only command prints.

        Raises:
            TransportError: when the command is not permitted (FAILED), or its screen is cut off (PARTIAL).
        """
        if not permitted(command):
            raise TransportError(Outcome.FAILED, f"{command[:80]!r} is not a command that only shows: refused")
        if self._guard is None:
            self.open()
        else:
            self._guard.renew()
        try:
            limit = self._settings.timeout * SCREEN_TIMEOUTS
            return str(self._connection.send_command(command, read_timeout=limit))
        except TransportError as error:
            raise TransportError(error.outcome, f"{command!r}: {error.reason}") from None
        except ReadTimeout:
            raise TransportError(Outcome.PARTIAL, f"{command!r} did not end within {limit:g} s") from None
        except _LIBRARY_ERRORS as error:
            raise TransportError(Outcome.PARTIAL, f"{command!r} was cut off ({type(error).__name__})") from None

    def close(self) -> None:
        """End the session; from another thread too."""
        client = getattr(self._connection, "remote_conn_pre", None)
        if client is not None:
            client.close()
        # netmiko leaves the password in a filter of its logger for as long as nobody calls disconnect(), which would
        # type once more
        netmiko.log.removeFilter(self._connection._secrets_filter)  # noqa: SLF001 - netmiko has no public way

    def _approve_only(self) -> None:
        """Have host keys judged by our file alone."""
        try:
            known = known_hosts.read(self._known_hosts)
        except EstateError as error:
            raise TransportError(Outcome.FAILED, str(error)) from None
        self._known = known
        policy = _ApprovedOnly(known, self._host)
        connection = self._connection
        connection.key_policy = policy
        parameters = connection._connect_params_dict  # noqa: SLF001 - netmiko passes no transport on otherwise
        connection._connect_params_dict = lambda: parameters() | {"transport_factory": policy.transport}  # noqa: SLF001 - netmiko has no public way

    def _no_prompt(self, guard: GuardedChannel, error: Exception) -> TransportError:
        """What it means that a session cannot be used although the login was taken."""
        causes = list(_causes(error))
        if refused := next((cause for cause in causes if isinstance(cause, TransportError)), None):
            return refused
        said = guard.last_line
        printed = f"; last it printed {said!r}" if said else ""
        if any(isinstance(cause, EOFError | OSError) for cause in causes):
            text = f"{self._place}: it took the login and closed the session"
        else:
            text = f"{self._place}: it took the login, but no prompt came within {self._settings.timeout:g} s"
        return TransportError(Outcome.NO_PROMPT, text + printed)

    def _failure(self, error: Exception) -> TransportError:
        """What an error of netmiko means; netmiko puts most into one class, and what happened is behind it."""
        causes = list(_causes(error))[::-1]
        answers = [answer for cause in causes if (answer := self._said_no(cause))]
        return (answers or [self._said_nothing(causes)])[0]

    def _said_no(self, cause: BaseException) -> TransportError | None:
        """The outcome where the device, or our own rules, refused."""
        match cause:
            case TransportError():
                return cause
            case _HostKeyError():
                return self._host_key(cause.key, cause.standing)
            case paramiko.ssh_exception.IncompatiblePeer():
                return self._no_algorithm()
            case paramiko.AuthenticationException() if "imeout" not in str(cause):
                none_taken = isinstance(cause, paramiko.BadAuthenticationType)
                why = "it takes no passwords" if none_taken else "wrong user or password"
                return TransportError(Outcome.REFUSED, f"{self._place}: login refused ({why})")
        return None

    def _said_nothing(self, causes: list[BaseException]) -> TransportError:
        """The outcome where no session came to be for another reason."""
        refused = (ConnectionRefusedError, paramiko.ssh_exception.NoValidConnectionsError)
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            return TransportError(Outcome.FAILED, f"the name {self._address} does not resolve")
        if any(isinstance(cause, refused) for cause in causes):
            return TransportError(Outcome.SILENT, f"{self._place}: connection refused, no SSH there")
        name = type(causes[0]).__name__
        if any(isinstance(cause, OSError | EOFError | ReadTimeout | paramiko.SSHException) for cause in causes):
            text = "no session in time: it is down, filtered, or too busy"
            return TransportError(Outcome.SILENT, f"{self._place}: {text} ({name})")
        return TransportError(Outcome.FAILED, f"{self._place}: no usable session ({name})")

    @property
    def _place(self) -> str:
        return f"{self._address} port {self._port}"

    @property
    def _host(self) -> str:
        return known_hosts.place_of(self._address, self._port)

    def _host_key(self, key: HostKey, standing: Standing) -> TransportError:
        offered = f"{self._place} offers the host key {key.algorithm} {key.fingerprint}"
        approve = f"'estate hostkeys approve {self._address}'"
        if standing is Standing.CHANGED:
            approved = ", ".join(old.fingerprint for old in self._known.approved(self._host))
            text = (
                f"{offered}, but approved is {approved}: the device was replaced or reset, or somebody stands in "
                f"between. Make sure which, then {approve}"
            )
        elif standing is Standing.REVOKED:
            text = f"{offered}, which {self._known_hosts.name} revokes: somebody holds that key who should not"
        else:
            text = f"{offered}, which nobody has approved: check it, then {approve}"
        return TransportError(Outcome.HOSTKEY, text)

    def _no_algorithm(self) -> TransportError:
        offered = offered_algorithms(self._address, self._port, self._settings.timeout)
        advice = "" if self._legacy else "; 'legacy = true' in its credential allows the old ones"
        text = f"{self._place}: no algorithm in common; it offers {offered or 'nothing that can be read'}{advice}"
        return TransportError(Outcome.NO_ALGORITHM, text)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what was behind it, to the first."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
