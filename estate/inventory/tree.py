"""The components of a device as a tree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from estate.inventory.sections import sections_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.observation import Component, Observation
    from estate.inventory.seen import SeenUnit


class Tree:
    """The components of an observation by index, in an order in which parents come first."""

    def __init__(self, observation: Observation) -> None:
        read = {section.name for section in observation.sections}
        self.sections = {item.index: sections_of(item, read) for item in observation.components}
        self.by_index = {item.index: item for item in observation.components if self.sections[item.index]}
        self.depth = {index: len(self.above(item)) for index, item in self.by_index.items()}
        self.order = sorted(self.by_index.values(), key=lambda item: (self.depth[item.index], _natural(item.index)))

    def above(self, item: Component) -> list[Component]:
        """The components around one, nearest first; a device that draws a circle is cut where it closes."""
        chain: list[Component] = []
        seen = {item.index}
        while item.parent is not None and item.parent not in seen and item.parent in self.by_index:
            seen.add(item.parent)
            item = self.by_index[item.parent]
            chain.append(item)
        return chain

    def nearest(self, item: Component, units: Mapping[str, SeenUnit]) -> SeenUnit | None:
        """The nearest unit above a component."""
        return next((units[around.index] for around in self.above(item) if around.index in units), None)


def _natural(index: str) -> tuple[tuple[int, int, str], ...]:
    if index.isdecimal():
        return ((0, int(index), ""),)
    parts = re.split(r"(\d+)", index)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part)
