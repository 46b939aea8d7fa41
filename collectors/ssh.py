"""The SSH transport on netmiko: one device's show screens, read only, with host keys that a person has approved."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import netmiko
import paramiko
from netmiko.exceptions import NetmikoBaseException, ReadTimeout

from collectors.observation import Outcome
from collectors.secrets import Secret
from collectors.ssh_drivers import GuardedChannel, driver, permitted
from collectors.ssh_offer import offered_algorithms
from collectors.transport import TransportError
from config.settings import Ssh

PORT = 22
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


class _UnknownHostKeyError(paramiko.SSHException):  # type: ignore[misc] # paramiko ships no types
    def __init__(self, key: paramiko.PKey, approved: list[str]) -> None:
        super().__init__("host key")
        self.key = key
        self.approved = approved


class _ApprovedOnly(paramiko.MissingHostKeyPolicy):  # type: ignore[misc] # as above
    """Refuses every host key that is not in our file, and remembers what was offered."""

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        known = client.get_host_keys().lookup(hostname) or {}
        raise _UnknownHostKeyError(key, [fingerprint(approved) for approved in known.values()])


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
        known_hosts: Path,
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
            known_hosts: the file of approved host keys (sshd(8)).
            settings: time and size limits.
            legacy: allow SHA-1 exchanges, ssh-rsa and CBC.
        """
        self._address, self._port = address, port or PORT
        self._known_hosts = known_hosts
        self._settings = settings
        self._legacy = legacy
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
            alt_host_keys=True,
            alt_key_file=str(known_hosts),
            conn_timeout=settings.timeout,
            auth_timeout=settings.timeout,
            banner_timeout=settings.timeout,
        )
        self._connection.key_policy = _ApprovedOnly()

    def open(self) -> None:
        """Log in.

        Raises:
            TransportError: SILENT, HOSTKEY, NO_ALGORITHM, REFUSED or FAILED, with the reason.
        """
        connection = self._connection
        try:
            # netmiko's own three steps, with the guard in place before it types anything
            connection._modify_connection_params()  # noqa: SLF001 - there is no public hook between them
            connection.establish_connection()
            self._guard = GuardedChannel(connection.channel, self._settings.max_screen_bytes)
            connection.channel = self._guard
            connection._try_session_preparation()  # noqa: SLF001 - as above
        except (paramiko.SSHException, NetmikoBaseException, OSError, EOFError, ValueError) as error:
            raise self._failure(error) from None

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
        except ReadTimeout:
            raise TransportError(Outcome.PARTIAL, f"{command!r} did not end within {limit:g} s") from None
        except (paramiko.SSHException, NetmikoBaseException, OSError, EOFError, ValueError) as error:
            raise TransportError(Outcome.PARTIAL, f"{command!r} was cut off ({type(error).__name__})") from None

    def close(self) -> None:
        """End the session; from another thread too."""
        client = getattr(self._connection, "remote_conn_pre", None)
        if client is not None:
            client.close()
        # netmiko leaves the password in a filter of its logger for as long as nobody calls disconnect(), which would
        # type once more
        netmiko.log.removeFilter(self._connection._secrets_filter)  # noqa: SLF001 - as above

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
            case paramiko.BadHostKeyException():
                return self._host_key(cause.key, [fingerprint(cause.expected_key)])
            case _UnknownHostKeyError():
                return self._host_key(cause.key, cause.approved)
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

    def _host_key(self, key: paramiko.PKey, approved: list[str]) -> TransportError:
        offered = f"{key.get_name()} {fingerprint(key)}"
        name = self._known_hosts.name
        if approved:
            text = (
                f"{self._place} offers the host key {offered}, but approved is {', '.join(approved)}: the device was "
                f"replaced or reset, or somebody stands in between. Make sure which, then change {name}"
            )
        else:
            text = f"{self._place} offers the host key {offered}, which nobody has approved: check it, add it to {name}"
        return TransportError(Outcome.HOSTKEY, text)

    def _no_algorithm(self) -> TransportError:
        offered = offered_algorithms(self._address, self._port, self._settings.timeout)
        advice = "" if self._legacy else "; 'legacy = true' in its credential allows the old ones"
        text = f"{self._place}: no algorithm in common; it offers {offered or 'nothing that can be read'}{advice}"
        return TransportError(Outcome.NO_ALGORITHM, text)


def fingerprint(key: paramiko.PKey) -> str:
    """The fingerprint of a host key as OpenSSH shows it (``SHA256:...``)."""
    return str(key.fingerprint)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what was behind it, to the first."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
