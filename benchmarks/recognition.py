"""How well devices are recognised, on a folder of captures that says what they are.

    python benchmarks/recognition.py FOLDER [--errors model|version|serial] [--without-rules]

FOLDER holds ``cases.jsonl`` (a line a capture: ``case``, ``capture``, ``type``, ``expected``, ``visible``, ``flags``,
``device_group``, ``entPhysical``) and ``captures/``. Such captures are reference data under terms of their own: they
are pointed at, never copied into this repository.

A field counts where its label can be read in the capture and is not flagged as doubtful, once a device. *exact*: equal
but for case, spaces, punctuation, the vendor's name before it and zeros before a number; *contained*: one holds the
other; *wrong*: neither. Module serials: of those that a label lists, how many were found (recall), and of those found
on such devices, how many are listed (precision; a lower bound, since a label need not list every part).

``real serial`` leaves out the labels that are none: what somebody wrote over a serial number before sharing the capture
(``XXXX``, ``SERIALNUMBER``), placeholders of firmware, MAC addresses; these are refused on purpose. With
``--without-rules`` every device fares as one whose vendor no rule knows.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import functools
import json
import re
import sys
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any

from collectors.capture import CaptureError, CaptureTransport
from collectors.observation import Observation
from collectors.platforms import Rules
from collectors.rule_files import load_rules, parse_rules
from collectors.survey import PREFIXES, survey
from collectors.text import clean_serial
from collectors.transport import TransportError
from config.errors import EstateError

# The types of a data-centre and core-network estate.
TYPES = ("appliance", "firewall", "loadbalancer", "management", "network", "power", "server", "storage", "wireless")
FIELDS = {"model": "hardware", "version": "version", "serial": "serial"}
TARGETS = {"model": (80, 5), "version": (88, 4), "serial": (95, 2)}  # per cent exact at least, wrong at most
UNREADABLE = ("part", "no")
HARMLESS = {"anonymised"}  # a flag that leaves the label as right as it was
SHORTEST = 4  # a shorter text inside another one is chance


@functools.cache
def rules_of(*, bare: bool) -> Rules:
    """The rules that ship, or those of no vendor: the standard MIBs and the operating systems that others build on."""
    if not bare:
        return load_rules()
    folder = files("config") / "platforms"
    texts = {"generic.toml": (folder / "generic.toml").read_text(encoding="utf-8")}
    return parse_rules(texts, (folder / "enterprises.csv").read_text(encoding="utf-8"))


def recognised(file: Path, *, bare: bool = False) -> Observation | None:
    """What the night would make of a capture; None where it holds nothing that can be asked."""
    now = dt.datetime.now(dt.UTC)
    try:
        transport = CaptureTransport(file, PREFIXES)
        return asyncio.run(survey(transport, rules_of(bare=bare), target=file.stem, address="", at=now))
    except (CaptureError, TransportError, EstateError):
        return None


def plain(text: object, vendor: str | None = None) -> str:
    """A text without what does not tell two of them apart."""
    words = re.sub(r"(?<![0-9a-z])0+(?=\d)", "", str(text or "").casefold())
    words = re.sub(r"^(version|release|v)\s*(?=\d)", "", words)
    short = re.sub(r"[^0-9a-z]", "", words)
    maker = re.sub(r"[^0-9a-z]", "", (vendor or "").casefold())
    return short.removeprefix(maker) or short


def verdict(expected: str, answers: list[str | None], vendor: str | None) -> str:
    """``exact``, ``contained``, ``wrong`` or ``empty`` for one label and what was answered."""
    wanted = plain(expected, vendor)
    given = [plain(answer, vendor) for answer in answers if answer]
    if not given:
        return "empty"
    if wanted in given:
        return "exact"
    near = any(min(len(wanted), len(one)) >= SHORTEST and (wanted in one or one in wanted) for one in given)
    return "contained" if near else "wrong"


def readable(case: dict[str, Any], label: str) -> str | None:
    """The label of a case, where it has one that can be read in the capture and that nobody doubts."""
    expected = case["expected"].get(label)
    expected = expected[0] if isinstance(expected, list) and expected else expected
    doubts = set((case.get("flags") or {}).get(label) or ()) - HARMLESS
    hidden = case["visible"].get(label) in UNREADABLE
    return None if not expected or doubts or hidden or case["level"] != "full" else str(expected)


def answers(found: Observation, field: str) -> list[str | None]:
    """What a capture was recognised as, in one field; a model may be told by its part number."""
    return [found.model, found.part_number] if field == "model" else [getattr(found, field)]


def modules(case: dict[str, Any], found: Observation) -> tuple[int, int, int]:
    """Module serials of one device: listed, of these found, and found though not listed."""
    listed = {plain(row.get("serial")) for row in case.get("entPhysical") or ()} - {""}
    if not listed:
        return 0, 0, 0
    ours = {plain(part.serial) for part in found.components if part.serial}
    own = {plain(found.serial)}
    return len(listed), len(listed & (ours | own)), len(ours - listed - own)


def score(folder: Path, errors: str | None, *, bare: bool) -> None:
    """Recognise every capture of the folder and print the table."""
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    cases = [case for case in cases if case["type"] in TYPES and case.get("device_group", case["case"]) == case["case"]]
    with ProcessPoolExecutor() as pool:
        captures = [folder / "captures" / case["capture"] for case in cases]
        found = list(pool.map(functools.partial(recognised, bare=bare), captures, chunksize=20))
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    parts = Counter[str]()
    for case, observation in zip(cases, found, strict=True):
        for field, label in FIELDS.items():
            expected = readable(case, label)
            if expected is None:
                continue
            said = answers(observation, field) if observation else []
            outcome = verdict(expected, said, case.get("vendor"))
            counts[field][outcome] += 1
            if field == "serial" and clean_serial(expected) is not None and "<" not in expected:
                counts["real serial"][outcome] += 1
            if errors == field and outcome in {"wrong", "empty"}:
                print(f"{outcome:6} {case['case']:34} expected {expected!r}, answered {said}")
        if observation:
            listed, hit, spare = modules(case, observation)
            parts.update(listed=listed, hit=hit, spare=spare)
    print(f"{len(cases)} devices of {len(TYPES)} types\n")
    print(f"{'field':12}{'labels':>7}{'exact %':>9}{'target':>8}{'contained %':>13}{'wrong %':>9}{'at most':>9}")
    for field, (least, most) in (*TARGETS.items(), ("real serial", TARGETS["serial"])):
        tally = counts[field]
        total = tally.total() or 1
        shares = {outcome: 100 * tally[outcome] / total for outcome in ("exact", "contained", "wrong")}
        print(
            f"{field:12}{tally.total():7}{shares['exact']:9.1f}{least:8}{shares['contained']:13.1f}"
            f"{shares['wrong']:9.1f}{most:9}"
        )
    answered = parts["hit"] + parts["spare"]
    print(
        f"\nmodule serials: {parts['listed']} listed, recall {100 * parts['hit'] / (parts['listed'] or 1):.1f} % "
        f"(target 97), precision {100 * parts['hit'] / (answered or 1):.1f} % (target 99)"
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--errors", choices=sorted(FIELDS), help="also name every capture that this field misses")
    parser.add_argument("--without-rules", action="store_true", help="recognise as if no rule knew any vendor")
    options = parser.parse_args()
    if not (options.folder / "cases.jsonl").is_file():
        sys.exit(f"{options.folder} holds no cases.jsonl: name a folder of captures that says what they are")
    score(options.folder, options.errors, bare=options.without_rules)


if __name__ == "__main__":
    main()
