"""Things of one device together, by what they share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

Item = TypeVar("Item")


def grouped(
    items: Iterable[Item], strong: Callable[[Item], set[Hashable]], weak: Callable[[Item], Hashable]
) -> list[list[Item]]:
    """Items that share a strong key together.

    One without any joins the only group of its weak key, or those like itself; a weak key of None is shared by none.
    """
    listed = list(items)
    groups = _by_strong([item for item in listed if strong(item)], strong)
    named: dict[Hashable, list[list[Item]]] = {}
    for group in groups:
        for key in {weak(item) for item in group} - {None}:
            named.setdefault(key, []).append(group)
    for item in listed:
        if strong(item):
            continue
        same = named.get(weak(item), [])
        if len(same) == 1:
            same[0].append(item)
            continue
        groups.append([item])
        if weak(item) is not None and not same:
            named[weak(item)] = [groups[-1]]
    return groups


def _by_strong(items: Iterable[Item], strong: Callable[[Item], set[Hashable]]) -> list[list[Item]]:
    held: dict[Hashable, list[Item]] = {}
    for item in items:
        keys = strong(item)
        # those that this one joins become one group
        joined = list({id(group): group for key in keys if (group := held.get(key)) is not None}.values())
        mine = joined[0] if joined else []
        for other in joined[1:]:
            mine += other
            held |= {key: mine for key, group in held.items() if group is other}
        mine.append(item)
        held |= dict.fromkeys(keys, mine)
    return list({id(group): group for group in held.values()}.values())
