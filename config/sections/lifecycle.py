"""The section on the sources of lifecycle dates."""

from __future__ import annotations

from pydantic import Field

from config.addresses import Reference, Url
from config.sections import Section


class CiscoEox(Section):
    """Cisco's EoX API v5, which a support contract entitles to; it is asked only once it has both references."""

    token_url: Url = "https://id.cisco.com/oauth2/default/v1/token"  # noqa: S105 - an address, not a secret
    base_url: Url = "https://apix.cisco.com/supporttools/eox/rest/5/"
    client_id: Reference = Field("", description="reference to the client's id: env:, file: or keyring:")
    client_secret: Reference = Field("", description="reference to the client's secret")
    refresh_after_days: int = Field(30, ge=1, le=3650, description="age at which an answer is asked for again")


class EndOfLifeDate(Section):
    """The API of endoflife.date, which is open to everybody."""

    base_url: Url = "https://endoflife.date/api/v1/"
    redirect_hosts: tuple[str, ...] = Field((), description="hosts beside its own that it may send us to")
    max_wait: int = Field(60, ge=0, le=3600, description="seconds to wait, once, where it asks for patience")
    refresh_after_days: int = Field(7, ge=1, le=3650, description="age at which a product is asked for again")


class Lifecycle(Section):
    """Where lifecycle dates are refreshed from, and how politely."""

    timeout: float = Field(30.0, gt=0, le=300, description="seconds to wait for a source to say anything")
    rate: float = Field(2.0, gt=0, le=1000, description="questions a second to one source")
    max_response_bytes: int = Field(10_000_000, ge=10_000, description="a longer answer is refused")
    cisco_eox: CiscoEox = CiscoEox()
    endoflife_date: EndOfLifeDate = EndOfLifeDate()
