"""What may be written to a device over SSH, and the netmiko drivers that write no more than that.

Nothing reaches a device unless :func:`permitted` or the list of what steadies a session says so, whoever wants to
write it: our rules, or netmiko's own preparation. Some of its drivers prepare a session by changing the configuration
(ASA the terminal width, FortiOS the paging, EXOS the prompting): they are replaced here.
"""

from __future__ import annotations

import re
import time
from typing import Any

from netmiko.cisco import CiscoAsaSSH
from netmiko.extreme import ExtremeExosSSH
from netmiko.fortinet import FortinetSSH
from netmiko.ssh_dispatcher import CLASS_MAPPER

from collectors.observation import Outcome
from collectors.text import clean
from collectors.transport import TransportError

_SHOW = re.compile(
    r"(show|display) [A-Za-z0-9][A-Za-z0-9 .:/_-]*|get (system|hardware) status|/system (resource|routerboard) print",
    re.ASCII,
)
# What netmiko types to prepare, steady and end a session: the width and paging of this session, a question whether
# we are privileged, and the answers to "press any key" (also Ctrl-Y), "accept the banner (a)", "change the password?
# (N)" and "log out / save (y/n)".
_SESSION = re.compile(
    r"|terminal (length|width|pager) \d+|terminal (datadump|more disable)|set terminal (length|width) \d+"
    r"|set cli [a-z0-9 -]+|set clienv rows 0|no (page|paging)|skip-page-display|disable clipaging session"
    r"|screen-length (disable|0 temporary)|(//)?environment (no more|more false)|environment console width \d+"
    r"|environment command-completion space false|cli|enable|exit|quit|logout|[ynaN\x19]",
    re.ASCII,
)

# How pagers ask for a key, at the end of what they print.
_PAGER = re.compile(r"(?i)-- ?more ?--|<-+ ?more ?-+>|\(more[^)]*\)|press any key|^lines \d+-\d+|next page:")
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x08\x00]")
_TAIL, _SHOWN = 400, 120


def permitted(command: str) -> bool:
    """Whether a command only shows something: the one place that decides what our rules may send."""
    return _SHOW.fullmatch(command) is not None


class GuardedChannel:
    """netmiko's channel, which writes only what is permitted and reads only so much."""

    def __init__(self, channel: Any, limit: int, patience: float) -> None:
        """Guard a channel; ``limit`` is in bytes a screen, ``patience`` the seconds that a pager is waited for."""
        self._channel = channel
        self._limit = limit
        self._patience = patience
        self.renew()

    def renew(self) -> None:
        """Start a new screen."""
        self._left = self._limit
        self._tail = ""
        self._heard = time.monotonic()

    @property
    def last_line(self) -> str:
        """The end of what the device printed last, as text that can be shown."""
        lines = [line for line in _ESCAPE.sub("", self._tail).splitlines() if line.strip()]
        return clean(lines[-1][-_SHOWN:]) or "" if lines else ""

    def write_channel(self, out_data: str) -> None:
        """Write what is permitted.

        Raises:
            TransportError: for anything else.
        """
        for line in re.split(r"[\r\n]+", out_data):
            if not permitted(line.strip(" ")) and not _SESSION.fullmatch(line.strip(" ")):
                # the line itself is not repeated: a driver that answers a password prompt would show it
                raise TransportError(Outcome.FAILED, "the driver wanted to write what does not only read: refused")
        self._channel.write_channel(out_data)

    def read_buffer(self) -> str:
        """Read what has come, once."""
        return self._count(self._channel.read_buffer())

    def read_channel(self) -> str:
        """Read all that has come."""
        return self._count(self._channel.read_channel())

    def _count(self, text: str) -> str:
        if not text and self._channel.remote_conn.closed:
            # netmiko would wait for a prompt that can no longer come
            raise EOFError("the device closed the session")
        if text:
            self._tail = (self._tail + text)[-_TAIL:]
            self._heard = time.monotonic()
        elif time.monotonic() - self._heard > self._patience and _PAGER.search(self.last_line):
            # more is there, and nobody turns the page
            raise TransportError(Outcome.PARTIAL, f"the pager is on, it waits at {self.last_line!r}: cut off")
        self._left -= len(text)
        if self._left < 0:
            raise TransportError(Outcome.PARTIAL, f"a screen is longer than {self._limit} bytes: cut off")
        return text


class _ReadOnlyAsa(CiscoAsaSSH):
    """ASA without `login` (which types the password again) and without a change of the terminal's width."""

    def session_preparation(self) -> None:
        """Find the prompt, without changing anything but this session."""
        self._test_channel_read(pattern=r"[>#]")
        self.set_base_prompt()
        self.global_cmd_verify = False
        self.disable_paging(command="terminal pager 0")


class _ReadOnlyFortinet(FortinetSSH):
    """FortiOS with its paging left as it is configured: pages are turned instead."""

    def session_preparation(self) -> None:
        """Find the prompt, without changing anything but this session."""
        data = self._test_channel_read(pattern=f"to accept|{self.prompt_pattern}")
        if "to accept" in data:
            self.write_channel("a\r")
            self._test_channel_read(pattern=self.prompt_pattern)
        self.set_base_prompt()

    def send_command(self, command_string: str, *, read_timeout: float) -> str:  # type: ignore[override] # all we use
        """The screen of a command, its pages joined."""
        ends = rf"--More--|{re.escape(self.base_prompt)}"
        screen = super().send_command(command_string, expect_string=ends, read_timeout=read_timeout, strip_prompt=False)
        while (turned := re.sub(r"--More--\s*$", "", str(screen))) != screen:
            self.write_channel(" ")
            screen = turned + self.read_until_pattern(pattern=ends, read_timeout=read_timeout).lstrip("\r ")
        return str(self.strip_prompt(screen))

    def cleanup(self, command: str = "exit") -> None:
        """Leave."""
        self.write_channel(command + self.RETURN)


class _ReadOnlyExos(ExtremeExosSSH):
    """EXOS with the paging of this session off, and without a change of its prompting for everybody."""

    def session_preparation(self) -> None:
        """Find the prompt, without changing anything but this session."""
        self._test_channel_read(pattern=r"[>\#]")
        self.set_base_prompt()
        self.disable_paging(command="disable clipaging session")


_DRIVERS = {
    "cisco_asa": _ReadOnlyAsa,
    "extreme_exos": _ReadOnlyExos,
    "fortinet": _ReadOnlyFortinet,
}


def driver(device_type: str) -> Any:
    """Netmiko's driver of that name, or ours in its place.

    Raises:
        KeyError: when netmiko has none.
    """
    return _DRIVERS.get(device_type) or CLASS_MAPPER[device_type]
