"""Versions in the database: saved once, whole, with the files they were made from; nothing updates one."""

from estate.forecast.store.documents import content, contents
from estate.forecast.store.listing import Summary, header, latest, newest_plan, versions
from estate.forecast.store.loading import cells, costed_units, load, reading_times
from estate.forecast.store.saving import save

__all__ = [
    "Summary",
    "cells",
    "content",
    "contents",
    "costed_units",
    "header",
    "latest",
    "load",
    "newest_plan",
    "reading_times",
    "save",
    "versions",
]
