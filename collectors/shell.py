"""From screens to an Observation: runs the show commands of a platform's ``ssh`` table and reads what they print.

What the table says is explained in :mod:`collectors.shell_table`; screens become rows by ntc-templates.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from collectors.observation import SSH_SECTION, Component, Observation, Outcome, Section
from collectors.platforms import Platform
from collectors.screens import evidence
from collectors.shell_table import Part, Screen, shell_of
from collectors.text import clean, clean_name, clean_serial
from collectors.transport import ShellTransport, TransportError

# A device with more parts than this on one screen is not one.
MAX_PARTS: Final = 10_000
# What a pattern is looked for in; who a device is stands near the top.
MAX_TEXT: Final = 100_000

# What devices print in place of a screen. Many say of a command that is above the login's level only that they do not
# know it.
_REFUSALS: Final = (
    (
        re.compile(
            r"(?i)not authori[sz]ed|authori[sz]ation (?:failed|denied|rejected)|permission denied|access denied"
            r"|privileged mode required|(?:no|not have|insufficient) (?:the )?(?:permission|privilege|rights)"
        ),
        "is not allowed to this login (privilege missing)",
    ),
    (
        re.compile(
            r"(?i)(?:invalid|unknown|unrecogni[sz]ed|incomplete|ambiguous|bad)"
            r" (?:input|command|syntax|action|parameter)|syntax error|command (?:fail|not found)"
        ),
        "is unknown to the device, or not allowed to this login (privilege missing)",
    ),
)
_REFUSAL_CHARS: Final = 500

_CLEAN: Final = {"serial": clean_serial, "name": clean, "description": clean, "location": clean, "sys_name": clean}


@dataclass(slots=True)
class _Found:
    fields: dict[str, str] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    parts: list[Component] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    screens: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    refused: bool = False


def survey_shell(
    transport: ShellTransport, platform: Platform, *, target: str, address: str, at: dt.datetime
) -> Observation:
    """Ask a device for its screens and say what it is. Blocks.

    Args:
        transport: what to ask through.
        platform: a platform with an ``ssh`` table.
        target: the name of the target.
        address: where it was asked.
        at: when (UTC, aware).

    Returns:
        An Observation: ANSWERED where every screen was read, PARTIAL where some were or one was cut off, DENIED where
        none was because the device refused the commands, FAILED where none can be read.

    Raises:
        TransportError: when there is no session, or a command is not permitted.
        ValueError: when the platform has no usable ``ssh`` table.
    """
    shell = shell_of(platform)
    if shell is None:
        raise ValueError(f"the platform {platform.name} has no ssh table")
    found = _Found()
    for screen in shell.screens:
        try:
            text = transport.show(screen.command)
            found.screens[screen.command] = evidence(text)
            _read(shell.templates, screen, text, found)
        except TransportError as error:
            if error.outcome is not Outcome.PARTIAL:
                raise
            # what follows a screen that was cut off may be the rest of it
            found.reasons.append(error.reason)
            found.cut = True
            break
    return _observation(platform, found, transport.name, target=target, address=address, at=at)


def _observation(
    platform: Platform, found: _Found, transport: str, *, target: str, address: str, at: dt.datetime
) -> Observation:
    parts = _placed(found.parts)
    case = next((part for part in parts if part.cls == "chassis"), None)
    for name in ("model", "part_number", "serial"):
        if case is not None and name not in found.fields and (value := getattr(case, name)):
            found.fields[name] = value
            found.evidence[name] = case.where[name]
    model = found.fields.get("model")
    kind = next((kind for pattern, kind in platform.kinds if model and pattern.search(model)), platform.kind)
    found.evidence["kind"] = f"platform rule {platform.name}"
    reason = "; ".join(found.reasons)
    something = found.fields or parts or found.cut
    nothing = Outcome.DENIED if found.refused else Outcome.FAILED
    outcome = Outcome.ANSWERED if not reason else Outcome.PARTIAL if something else nothing
    return Observation(
        target=target,
        address=address,
        at=at,
        outcome=outcome,
        reason=reason,
        transport=transport,
        platform=platform.name,
        kind=kind,
        vendor=platform.vendor,
        os=platform.os,
        components=parts,
        sections=(Section(SSH_SECTION, not reason, reason, len(parts)),),
        evidence=found.evidence,
        screens=found.screens,
        **found.fields,  # type: ignore[arg-type] # only the text fields of DEVICE_FIELDS
    )


def _read(templates: str, screen: Screen, text: str, found: _Found) -> None:
    """Add what a screen says; a screen that says nothing we can read is named as incomplete, never as empty."""
    rows = [{}] if screen.plain else _rows(templates, screen.command, text)
    said = dict(_said(screen, rows, text.replace("\r", "")[:MAX_TEXT]))
    if not rows or (screen.plain and not said):
        # what the device printed instead, for the person who mends the rule
        first = next((line.strip() for line in text.splitlines() if line.strip()), "nothing")
        why = next((why for pattern, why in _REFUSALS if pattern.search(text[:_REFUSAL_CHARS])), None)
        found.refused = found.refused or why is not None
        printed = clean(first) or "no text"
        found.reasons.append(f"{screen.command!r} {why or 'cannot be read'}: it printed {printed!r}"[:300])
        return
    for name, value in said.items():
        if name not in found.fields:
            found.fields[name] = value
            found.evidence[name] = screen.command
    for part in screen.parts:
        found.parts += (item for row in rows[:MAX_PARTS] if (item := _component(part, row, screen.command)))


def _said(screen: Screen, rows: list[dict[str, Any]], text: str) -> Iterator[tuple[str, str]]:
    """The fields of the device that a screen says."""
    for name, pick in screen.picks.items():
        if value := next((value for row in rows if (value := _cleaned(name, pick.read(row, text)))), None):
            yield name, value


def _rows(templates: str, command: str, text: str) -> list[dict[str, Any]]:
    from ntc_templates.parse import ParsingException, parse_output  # noqa: PLC0415 - only a shell pays for it
    from textfsm.parser import TextFSMError  # noqa: PLC0415 - only a shell pays for it

    try:
        rows: list[dict[str, Any]] = parse_output(templates, command, text)  # type: ignore[no-untyped-call] # ships no types
    except (ParsingException, TextFSMError):
        return []
    return rows


def _component(part: Part, row: Mapping[str, Any], command: str) -> Component | None:
    """The component of a row; None where the row holds no such thing."""
    texts = {name: _cleaned(name, pick.read(row)) for name, pick in part.picks.items()}
    if part.needs and not row.get(part.needs):
        return None
    if not any(texts.get(name) for name in ("description", "model", "part_number", "serial")):
        return None
    texts["name"] = f"{part.label} {texts.get('name') or ''}".strip() or None
    said = "\n".join(texts.get(name) or "" for name in ("name", "description", "model"))
    cls = next((cls for pattern, cls in part.classes if pattern.search(said)), part.cls)
    where = {name: command for name, value in texts.items() if value}
    return Component(index="", cls=cls, fru=None, where=where, **texts)  # type: ignore[arg-type] # PART_FIELDS are texts


def _placed(parts: list[Component]) -> tuple[Component, ...]:
    """Each part once, with an index that is the same every night (its class and name), below the one chassis."""
    unique = list({(part.cls, part.name, part.model, part.part_number, part.serial): part for part in parts}.values())
    seen: dict[str, int] = {}
    placed: list[Component] = []
    for part in unique:
        base = f"{part.cls}:{part.name or part.model or part.description or ''}"
        seen[base] = seen.get(base, 0) + 1
        placed.append(replace(part, index=base if seen[base] == 1 else f"{base}#{seen[base]}"))
    cases = [part.index for part in placed if part.cls == "chassis"]
    if len(cases) != 1:
        return tuple(placed)
    return tuple(part if part.index == cases[0] else replace(part, parent=cases[0]) for part in placed)


def _cleaned(name: str, text: str) -> str | None:
    return _CLEAN.get(name, clean_name)(text)
