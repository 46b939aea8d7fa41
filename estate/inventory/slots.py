"""Where a unit sits inside its device, as a path that a person can follow."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.observation import Component
    from estate.inventory.tree import Tree

# Levels that say where something sits without being a thing of their own in a path.
_UNNAMED_LEVELS = frozenset({"container", "backplane", "stack"})
MAX_LABEL = 80


def slots_of(tree: Tree, chosen: Sequence[Component], boxes: Sequence[Component]) -> dict[str, str]:
    """A path for each unit that a person can follow; what still shares one is told apart by its index."""
    paths = {item.index: _path(tree, item, boxes) for item in chosen}
    shared = Counter(paths.values())
    return {index: path if shared[path] == 1 else f"{path} #{index}" for index, path in paths.items()}


def _path(tree: Tree, item: Component, boxes: Sequence[Component]) -> str:
    path: list[str] = []
    for level in [item, *tree.above(item)]:
        if level in boxes:
            if level is item or len(boxes) != 1:
                path.append("chassis" if len(boxes) == 1 else member_name(level))
            break
        if level is not item and (level.cls in _UNNAMED_LEVELS or path[-1].startswith(_label(level))):
            continue
        path.append(_label(level))
    return "/".join(reversed(path))


def member_name(item: Component) -> str:
    """What a member of a stack is called: its number, its label, else its place."""
    name = item.name or ""
    if name.isdecimal():
        return f"member {name}"
    return _label(item) if name else f"member {item.index if item.position is None else item.position}"


def _label(item: Component) -> str:
    text = item.name or item.description or item.cls
    if not item.name and item.position is not None and item.position >= 0:
        text = f"{text} {item.position}"
    return " ".join(text.split())[:MAX_LABEL]
