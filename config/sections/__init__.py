"""The sections of ``estate.toml``, one module a subject, and what their keys have in common.

Unknown keys are refused by name. Secrets never stand here: they are references (``env:``, ``file:``, ``keyring:``).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _no_float(value: object) -> object:
    """TOML floats reach us as binary; their shortest text is what the person typed."""
    return str(value) if isinstance(value, float) else value


Exact = Annotated[Decimal, BeforeValidator(_no_float), Field(ge=0)]
Rate = Annotated[Decimal, BeforeValidator(_no_float), Field(ge=0, le=100)]


class Section(BaseModel):
    """One section: its keys are those that it declares, and nothing changes them once they are read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
