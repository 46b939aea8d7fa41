"""Secrets by reference: where one is kept is written in a file, the secret itself never is.

A reference is ``env:NAME``, ``file:PATH`` or ``keyring:SERVICE/NAME``. It is resolved when a device is asked, and what
comes out is a :class:`Secret`, which shows itself as ``***`` wherever text is made of it by accident.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import NoReturn

from config.errors import EstateError

SCHEMES = ("env", "file", "keyring")
# Longer than any password, community or key phrase: a reference to the wrong file is an error, not a secret.
MAX_BYTES = 4096

_NAMES = {
    "env": re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII),
    "file": re.compile(r"[^\x00-\x1f]+"),
    "keyring": re.compile(r"[^\x00-\x1f/]+/[^\x00-\x1f]+"),
}


class SecretError(EstateError):
    """A secret cannot be had; the message names the reference and never the value."""


class Secret:
    """A secret value that never shows itself: only :meth:`reveal` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: a secret stays in the process that resolved it."""
        raise TypeError("a secret is not sent elsewhere: send the name of its credential")


def check_reference(text: str) -> str:
    """The text, where it is a reference.

    Raises:
        ValueError: where it is not, without repeating it: it may be the secret itself.
    """
    scheme, _, name = text.partition(":")
    if scheme not in SCHEMES or not _NAMES[scheme].fullmatch(name):
        raise ValueError(
            "is not a reference to a secret: write env:NAME, file:PATH or keyring:SERVICE/NAME; "
            "if a secret stood here, change it, because files are copied"
        )
    return text


def resolve(reference: str, folder: Path) -> Secret:
    """The secret that a reference of the estate folder names.

    A ``file:`` path is looked up in ``CREDENTIALS_DIRECTORY`` (systemd's LoadCredential) first, then in ``folder``.

    Raises:
        SecretError: when it is not there, empty, or readable by others.
    """
    scheme, _, name = reference.partition(":")
    value = {"env": _env, "file": _file, "keyring": _keyring}[scheme](name, folder)
    if not value:
        raise SecretError(f"{reference} is empty: put the secret there")
    return Secret(value)


def _env(name: str, _folder: Path) -> str:
    value = os.environ.get(name)
    if value is None:
        raise SecretError(f"env:{name} is not set: set it in the environment of the process that asks the devices")
    return value


def _file(name: str, folder: Path) -> str:
    path, forbidden = folder / name, 0o077
    granted = os.environ.get("CREDENTIALS_DIRECTORY")
    if granted and (Path(granted) / name).is_file():
        # systemd lets the service in by an access list, which shows as the group's bits
        path, forbidden = Path(granted) / name, 0o007
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise SecretError(f"file:{name} is not a file")
            if mode & forbidden:
                raise SecretError(f"file:{name} can be read by others on this machine: chmod 600 it")
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SecretError(f"file:{name} cannot be read ({error.strerror})") from None
    if len(data) > MAX_BYTES:
        raise SecretError(f"file:{name} is longer than {MAX_BYTES} bytes: is it the right file?")
    try:
        return data.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        # `from None`: the decoder's error carries the bytes
        raise SecretError(f"file:{name} is not UTF-8 text") from None


def _keyring(name: str, _folder: Path) -> str:
    service, _, user = name.partition("/")
    try:
        import keyring  # noqa: PLC0415 - an extra, and slow to import
        import keyring.errors  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise SecretError(
            f"keyring:{name} needs the package keyring: install estate-evergreen[keyring], or use env: or file:"
        ) from None
    try:
        value = keyring.get_password(service, user)
    except keyring.errors.KeyringError as error:
        raise SecretError(f"keyring:{name} cannot be read ({type(error).__name__}): is the keyring unlocked?") from None
    if value is None:
        raise SecretError(f"keyring:{name} is not in the keyring: 'keyring set {service} {user}' puts it there")
    return value
