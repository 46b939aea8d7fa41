"""The sections on how devices are asked, and where unknown ones are looked for."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from config.sections import Section


class Snmp(Section):
    """How devices are asked over SNMP."""

    timeout: float = Field(2.0, gt=0, le=60, description="seconds to wait for the first answer; it grows by retry")
    retries: int = Field(2, ge=0, le=10)
    in_flight: int = Field(200, ge=1, le=800, description="devices asked at the same time")
    rate: float = Field(
        5000.0, ge=0, le=1_000_000, description="requests a second to all devices together; 0: no limit"
    )
    max_repetitions: int = Field(25, ge=1, le=100)
    max_rows: int = Field(100_000, ge=100, description="rows of one table after which a device is cut off")
    device_seconds: float = Field(300.0, gt=0, le=3600, description="wall time a device may take in all")
    any_source: bool = Field(
        default=False, description="take answers from another address than the one asked (the tag multi-homed: of one)"
    )
    engine: Literal["estate", "pysnmp"] = Field("estate", description="whose SNMP; pysnmp is slow, and the reference")

    @property
    def at_once(self) -> int:
        """How many devices are asked at the same time: pysnmp takes healthy ones for dead beyond 50."""
        return min(self.in_flight, 50) if self.engine == "pysnmp" else self.in_flight


def _site_only(value: str) -> str:
    if re.search(r"[{}]", value.replace("{site}", "")):
        raise ValueError("only {site} may stand in braces")
    return value


class Ssh(Section):
    """How devices are asked over SSH."""

    timeout: float = Field(15.0, gt=0, le=300)
    in_flight: int = Field(10, ge=1, le=200)
    known_hosts: Annotated[str, AfterValidator(_site_only)] = Field(
        "known_hosts",
        min_length=1,
        description="file of approved host keys, beside estate.toml; with {site} in it each site has its own",
    )
    max_screen_bytes: int = Field(2_000_000, ge=10_000)
    beside_snmp: Literal["missing", "always", "never"] = Field(
        "missing", description="when a target that names a credential for each is asked over SSH too"
    )


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as error:
        raise ValueError(f"{value!r} is no network such as 10.20.0.0/16: {error}") from None


class Discovery(Section):
    """What may be probed for devices that no file names; nothing is while ``ranges`` is empty."""

    ranges: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        (), description="networks that may ever be probed; no address outside them is"
    )
    credentials: tuple[str, ...] = Field((), description="names of credentials.toml to try, in this order")
    rate: float = Field(20.0, gt=0, le=1000, description="questions a second to addresses that are not known yet")
    max_addresses: int = Field(4096, ge=1, le=1_000_000, description="addresses that one discovery may probe")
