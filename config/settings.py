"""``estate.toml``: all settings with their defaults, read from the file and the environment.

Unknown keys are refused by name; every key can be overridden by the environment variable ``ESTATE_SECTION__KEY``
(``ESTATE_SNMP__TIMEOUT=5``; lists and tables in JSON). Secrets never stand here: see :mod:`config.sections`.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from config.errors import InputError, Problem
from config.folder import FILE
from config.sections import Exact, Rate
from config.sections.asking import Discovery, Snmp, Ssh
from config.sections.forecast import RiskWeight, Shock, Simulation
from config.sections.lifecycle import Lifecycle
from config.sections.night import Mail, Schedule, Webhook
from config.toml import read_toml


def _month_day(value: str) -> str:
    if not re.fullmatch(r"\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("write month and day, such as 04-01")
    try:
        dt.date.fromisoformat(f"2001-{value}")
    except ValueError:
        raise ValueError(f"{value} is not a day of every year") from None
    return value


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
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file; nothing else is read."""
        return env_settings, init_settings


def load(folder: Path) -> Settings:
    """The settings of an estate folder; all defaults where it has no ``estate.toml``.

    Raises:
        InputError: for a file or TOML that cannot be read, unknown keys and values out of range, all at once.
    """
    values = read_toml(folder / FILE) or {}
    try:
        return Settings(**values)
    except ValidationError as error:
        raise InputError([_problem(item) for item in error.errors()]) from error
    except SettingsError as error:
        # it names the key in its text alone; the value, which may be a secret, stays in its cause
        reason = 'write the value as JSON: a list as ["a", "b"], a table as {"key": "value"}'
        raise InputError([Problem("environment (ESTATE_...)", 0, "", f"{error}; {reason}")]) from None


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
