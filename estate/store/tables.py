"""Every table, imported in one place so that migrations and first use see the whole schema."""

from estate.store import forecast, inventory, ledger, lifecycle, notices
from estate.store.base import Base

__all__ = ["Base", "forecast", "inventory", "ledger", "lifecycle", "notices"]
