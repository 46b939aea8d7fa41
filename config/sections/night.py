"""The sections on when the night runs, and whom it tells."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from config.addresses import Address, Reference, WebAddress, is_loopback
from config.sections import Section


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones, such as Europe, is an OSError
        raise ValueError(f"{value!r} is no time zone; write one such as Europe/London") from None
    return value


class Schedule(Section):
    """When the nightly job runs."""

    at: str = Field("02:15", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    zone: Annotated[str, AfterValidator(_zone)] = "Europe/London"
    grace_hours: int = Field(6, ge=1, le=24, description="how late a missed run may still start")
    report_dir: str = Field("reports", description="where nightly writes, relative to the estate folder")


class Mail(Section):
    """Where notices and the nightly summary go by mail; nothing is sent while ``to`` is empty."""

    host: str = Field("localhost", min_length=1, pattern=r"^[A-Za-z0-9.:_-]+$")
    port: int = Field(25, ge=1, le=65535)
    tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="upgraded on the usual port, from the first byte (port 465), or in clear"
    )
    ca_file: str = Field("", description="PEM file of the authorities to trust instead of the system's")
    sender: Address = ""
    to: tuple[Address, ...] = ()
    user: str = ""
    password: Reference = Field("", description="reference to the secret of user")
    timeout: float = Field(30.0, gt=0, le=300, description="seconds that one attempt may take in all")
    every_night: bool = Field(default=False, description="send the summary also when there is nothing new")

    @model_validator(mode="after")
    def _whole(self) -> Mail:
        if self.to and not self.sender:
            raise ValueError("mail.to is given and mail.sender is not: say from whom the mail is")
        if bool(self.user) != bool(self.password):
            raise ValueError("mail.user and mail.password belong together: give both or neither")
        if self.user and self.tls == "none" and not is_loopback(self.host):
            raise ValueError("mail.password would cross the network in clear: set tls to starttls or tls")
        return self


class Webhook(Section):
    """Where notices go as JSON; nothing is sent while ``url`` is empty."""

    url: WebAddress = Field(
        "", description="https, or http to this machine; or a reference, where the address itself is a secret"
    )
    secret: Reference = Field("", description="reference to the key that signs what is sent; blank: unsigned")
    ca_file: str = Field("", description="PEM file of the authorities to trust instead of the system's")
    timeout: float = Field(15.0, gt=0, le=300, description="seconds that one attempt may take in all")
