"""``estate.toml``: the settings, their defaults, and where the estate folder is.

Unknown keys are refused by name; every key can be overridden by the environment variable ``ESTATE_SECTION__KEY``
(``ESTATE_SNMP__TIMEOUT=5``). Secrets never stand here: they are references (``env:``, ``file:``, ``keyring:``).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.addresses import Address, Reference, Url, WebAddress, is_loopback
from config.errors import EstateError, InputError, Problem
from config.toml import read_toml

FILE = "estate.toml"


def _no_float(value: object) -> object:
    """TOML floats reach us as binary; their shortest text is what the person typed."""
    return str(value) if isinstance(value, float) else value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{value!r} is no time zone; write one such as Europe/London") from None
    return value


def _month_day(value: str) -> str:
    if not re.fullmatch(r"\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("write month and day, such as 04-01")
    try:
        dt.date.fromisoformat(f"2001-{value}")
    except ValueError:
        raise ValueError(f"{value} is not a day of every year") from None
    return value


Exact = Annotated[Decimal, BeforeValidator(_no_float), Field(ge=0)]
Rate = Annotated[Decimal, BeforeValidator(_no_float), Field(ge=0, le=100)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Snmp(_Section):
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


class Ssh(_Section):
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


class Schedule(_Section):
    """When the nightly job runs."""

    at: str = Field("02:15", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    zone: Annotated[str, AfterValidator(_zone)] = "Europe/London"
    grace_hours: int = Field(6, ge=1, le=24, description="how late a missed run may still start")
    report_dir: str = Field("reports", description="where nightly writes, relative to the estate folder")


class Mail(_Section):
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


class Webhook(_Section):
    """Where notices go as JSON; nothing is sent while ``url`` is empty."""

    url: WebAddress = Field(
        "", description="https, or http to this machine; or a reference, where the address itself is a secret"
    )
    secret: Reference = Field("", description="reference to the key that signs what is sent; blank: unsigned")
    ca_file: str = Field("", description="PEM file of the authorities to trust instead of the system's")
    timeout: float = Field(15.0, gt=0, le=300, description="seconds that one attempt may take in all")


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as error:
        raise ValueError(f"{value!r} is no network such as 10.20.0.0/16: {error}") from None


class Discovery(_Section):
    """What may be probed for devices that no file names; nothing is while ``ranges`` is empty."""

    ranges: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        (), description="networks that may ever be probed; no address outside them is"
    )
    credentials: tuple[str, ...] = Field((), description="names of credentials.toml to try, in this order")
    rate: float = Field(20.0, gt=0, le=1000, description="questions a second to addresses that are not known yet")
    max_addresses: int = Field(4096, ge=1, le=1_000_000, description="addresses that one discovery may probe")


class CiscoEox(_Section):
    """Cisco's EoX API v5, which a support contract entitles to; it is asked only once it has both references."""

    token_url: Url = "https://id.cisco.com/oauth2/default/v1/token"  # noqa: S105 - an address, not a secret
    base_url: Url = "https://apix.cisco.com/supporttools/eox/rest/5/"
    client_id: Reference = Field("", description="reference to the client's id: env:, file: or keyring:")
    client_secret: Reference = Field("", description="reference to the client's secret")
    refresh_after_days: int = Field(30, ge=1, le=3650, description="age at which an answer is asked for again")


class EndOfLifeDate(_Section):
    """The API of endoflife.date, which is open to everybody."""

    base_url: Url = "https://endoflife.date/api/v1/"
    redirect_hosts: tuple[str, ...] = Field((), description="hosts beside its own that it may send us to")
    max_wait: int = Field(60, ge=0, le=3600, description="seconds to wait, once, where it asks for patience")
    refresh_after_days: int = Field(7, ge=1, le=3650, description="age at which a product is asked for again")


class Lifecycle(_Section):
    """Where lifecycle dates are refreshed from, and how politely."""

    timeout: float = Field(30.0, gt=0, le=300, description="seconds to wait for a source to say anything")
    rate: float = Field(2.0, gt=0, le=1000, description="questions a second to one source")
    max_response_bytes: int = Field(10_000_000, ge=10_000, description="a longer answer is refused")
    cisco_eox: CiscoEox = CiscoEox()
    endoflife_date: EndOfLifeDate = EndOfLifeDate()


class RiskWeight(_Section):
    """What a year's delay weighs by the band of a unit (forecast-model.md 2.8, 2.9): a stated preference."""

    high: int = Field(10, ge=0)
    significant: int = Field(6, ge=0)
    moderate: int = Field(4, ge=0)
    low: int = Field(3, ge=0)


# Days from order to delivery when supply is short, by kind (forecast-model.md 2.18); what is not listed takes 300.
SHOCK_LEAD_DAYS = {
    "server": 200, "hypervisor": 200, "storage": 200, "ups": 120, "ups-battery": 120, "cabling": 90,
}  # fmt: skip


class Shock(_Section):
    """Scenario ``shock``: supply as short and dear as in 2021 and 2022, for the whole horizon; every cell a setting."""

    price_pct: Rate = Field(Decimal(7), description="by how much list prices rise")
    fx_factor: Exact = Field(Decimal("1.20"), ge=1, le=10, description="how many times dearer foreign currency becomes")
    lead_days: dict[str, Annotated[int, Field(ge=0, le=3650)]] = Field(
        SHOCK_LEAD_DAYS, description="days from order to delivery by kind"
    )
    other_lead_days: int = Field(300, ge=0, le=3650, description="the same for every kind that is not listed")


Chance = tuple[Annotated[int, Field(ge=-3650, le=3650)], Annotated[int, Field(ge=0, le=100)]]


def _chances(value: tuple[Chance, ...]) -> tuple[Chance, ...]:
    if sum(chance for _, chance in value) > 100:  # noqa: PLR2004 - per cent
        raise ValueError("the chances come to more than 100 per cent")
    return value


def _not_back(value: tuple[Chance, ...]) -> tuple[Chance, ...]:
    if any(shift < 0 for shift, _ in value):
        raise ValueError("nothing arrives before it is due: write 0 or more")
    return value


Chances = Annotated[tuple[Chance, ...], AfterValidator(_chances)]
Delays = Annotated[Chances, AfterValidator(_not_back)]


class Simulation(_Section):
    """What ``estate forecast simulate`` draws from: wide priors, to be narrowed by a council's own outturn.

    A spread of 15 stands for a factor between 0.85 and 1.15, the middle being likeliest (the sum of two even draws). A
    list has pairs of a shift and its chance in per cent; what is left to 100 is no shift.
    """

    price_pct: int = Field(15, ge=0, le=90, description="spread of all prices together")
    own_price_pct: int = Field(20, ge=0, le=90, description="spread of each bundle's price beside it")
    stale_price_pct: int = Field(30, ge=0, le=90, description="the same where the price is stale or an assumption")
    index_points: int = Field(2, ge=0, le=20, description="spread of each year's inflation, in percentage points")
    fx_pct: int = Field(15, ge=0, le=90, description="spread of what foreign currency costs")
    ratio_pct: int = Field(10, ge=0, le=90, description="spread of how many new ones replace the old")
    lead_days: Delays = Field(((60, 15), (150, 10), (258, 5)), description="days by which all deliveries take longer")
    date_days: Chances = Field(((-180, 5), (180, 10), (365, 5)), description="days by which a vendor moves a date")
    unsure_date_days: Chances = Field(
        ((-365, 20), (365, 20)), description="the same where the date is estimated or assumed"
    )
    slip_years: Delays = Field(((1, 30), (2, 10)), description="financial years by which a delivery slips")


class Settings(BaseSettings):
    """The keys of ``estate.toml`` (forecast-model.md section 4), each with its default."""

    model_config = SettingsConfigDict(
        env_prefix="ESTATE_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    database: str = Field(
        "sqlite:///estate.db", description="SQLAlchemy URL; a relative SQLite path is beside the file"
    )
    entity: str = Field("Council", description="who the money belongs to where assets.csv does not say")
    fiscal_year_start: Annotated[str, AfterValidator(_month_day)] = "04-01"
    horizon: int = Field(5, ge=1, le=30, description="financial years a forecast covers")
    max_pull_forward: int = Field(0, ge=0, le=10)
    de_minimis_gbp: Exact = Decimal(10_000)
    key_decision_gbp: Exact = Decimal(500_000)
    cyber_essentials: bool = True
    irrecoverable_vat_pct: Rate = Decimal(0)
    borrowing_rate_pct: Rate | None = None
    mrp_method: Literal["equal_instalments", "annuity"] = "equal_instalments"
    interest_half_year: bool = True
    stale_after_days: int = Field(14, ge=1, le=3650)
    price_stale_months: int = Field(18, ge=1, le=120)
    unpriced_tolerance_pct: Rate = Decimal(2)
    spares_ratio: Exact = Decimal(0)
    risk_weight: RiskWeight = RiskWeight()
    shock: Shock = Shock()
    simulation: Simulation = Simulation()
    keep_drafts_days: int = Field(35, ge=1, le=3650, description="days for which every nightly draft is kept ...")
    keep_drafts_months: int = Field(13, ge=0, le=240, description="... and months for which the last of each month is")
    snmp: Snmp = Snmp()
    ssh: Ssh = Ssh()
    schedule: Schedule = Schedule()
    mail: Mail = Mail()
    webhook: Webhook = Webhook()
    discovery: Discovery = Discovery()
    lifecycle: Lifecycle = Lifecycle()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file; nothing else is read."""
        return env_settings, init_settings


def find_folder(chosen: str | None = None) -> Path:
    """The estate folder: what ``--config`` says, else ``ESTATE_CONFIG``, else the nearest ``estate.toml`` upwards.

    After those come the user's and the system's configuration folders.

    Raises:
        EstateError: when there is none; the message says how to make one.
    """
    named = chosen or os.environ.get("ESTATE_CONFIG")
    if named:
        folder = Path(named)
        if not folder.is_dir():
            raise EstateError(f"{named} is not a folder; 'estate init {named}' makes one with starter files")
        return folder.resolve()
    here = Path.cwd()
    places = [here, *here.parents, *_configuration_folders()]
    for place in places:
        if (place / FILE).is_file():
            return place.resolve()
    raise EstateError(
        "no estate folder: there is no estate.toml here or above. Name one with --config DIR or ESTATE_CONFIG, "
        "or make one with 'estate init DIR'"
    )


def _configuration_folders() -> list[Path]:
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    system = [] if sys.platform == "win32" else [Path("/etc/estate")]
    return [Path(home) / "estate", *system]


def load(folder: Path) -> Settings:
    """The settings of an estate folder; all defaults where it has no ``estate.toml``.

    Raises:
        InputError: for TOML that cannot be read, unknown keys and values out of range, all at once.
    """
    values = read_toml(folder / FILE) or {}
    try:
        return Settings(**values)
    except ValidationError as error:
        raise InputError([_problem(item) for item in error.errors()]) from error


def _problem(item: Any) -> Problem:
    key = ".".join(str(part) for part in item["loc"])
    reason = "unknown key" if item["type"] == "extra_forbidden" else item["msg"]
    return Problem(FILE, 0, key, reason)


def database_url(settings: Settings, folder: Path) -> str:
    """The database's URL, with a relative SQLite path made absolute beside ``estate.toml``."""
    prefix = "sqlite:///"
    url = settings.database
    if url.startswith(prefix) and not url.startswith("sqlite:////") and url != "sqlite:///:memory:":
        return prefix + str(folder / url.removeprefix(prefix))
    return url
