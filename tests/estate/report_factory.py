"""A forecast version of a small council, as the model would return it, for the tests of the reports."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal

from estate.forecast.accuracy import Item, Outturn
from estate.forecast.bridge import Bridge, Effect, cells_of
from estate.forecast.calendar import Calendar, FinancialYear
from estate.forecast.version import CostedUnit, FeedRow, FundingRow, Unquantified, Version
from estate.inventory.unit import Unit
from estate.lifecycle.milestones import Grade, Match, State, UnitState
from estate.lifecycle.status import UnitStatus
from estate.policy.policies import Policy
from estate.reports.extras import Extras
from estate.reports.night import DeviceOutcome, NightSummary

AS_OF = dt.date(2026, 11, 22)
BASE = FinancialYear(2026)
COMPONENTS = ("hardware", "install", "fixed", "contingency", "training")
LINES = {
    "CORE": ("Data centre and core network refresh", "Fixing the plumbing"),
    "EDGE": ("Evergreening: campus network", "Fixing the plumbing"),
    "SEC": ("Cyber security", "Fixing the plumbing"),
    "POWER": ("Resilient power", "Fixing the plumbing"),
}


@dataclass(frozen=True, slots=True)
class Lot:
    """Some units of one product at one site: what they are, when they end, and what one of them costs in pence."""

    site: str
    device: str
    kind: str
    vendor: str
    part_number: str
    count: int
    state: State
    ends: dt.date | None
    replacement: str = ""
    unit_pence: int = 0
    line: str = "EDGE"
    driver: str = "support"
    fy: int = 2026
    priority: str = "medium"
    grade: Grade = Grade.EXACT


LOTS = (
    Lot("Town Hall", "th-core", "switch", "Cisco", "WS-C4507R+E", 2, State.UNSUPPORTED, dt.date(2023, 10, 31),
        "C9606R", 4_512_345, "CORE", "security", 2026, "high"),
    Lot("Data Centre", "dc-nexus", "switch", "Cisco", "N5K-C5548UP-FA", 2, State.UNSUPPORTED, dt.date(2024, 5, 31),
        "N9K-C93180YC-FX3", 2_218_555, "CORE", "security", 2026, "high"),
    Lot("Town Hall", "th-edge", "switch", "Cisco", "WS-C3750X-48P-S", 9, State.UNSUPPORTED, dt.date(2021, 10, 31),
        "C9300-48P-A", 512_833, "EDGE", "support", 2026, "medium"),
    Lot("Depot", "dp-edge", "switch", "HPE Aruba", "J9772A", 6, State.ENDING, dt.date(2027, 6, 30),
        "JL728B", 318_417, "EDGE", "support", 2027, "medium"),
    Lot("Data Centre", "dc-fw", "firewall", "Palo Alto", "PAN-PA-5050", 2, State.UNSUPPORTED, dt.date(2024, 1, 31),
        "PAN-PA-3430", 3_850_017, "SEC", "security", 2026, "high"),
    Lot("Library", "lib-edge", "switch", "Aruba", "JL256A", 4, State.SUPPORTED, dt.date(2030, 4, 30),
        "JL728B", 322_700, "EDGE", "support", 2029, "low"),
    Lot("Data Centre", "dc-mx", "router", "Juniper", "MX960BASE-AC", 1, State.ENDING, dt.date(2027, 12, 31),
        "MX10004", 9_873_211, "CORE", "support", 2027, "high"),
    Lot("Data Centre", "dc-ups", "ups", "APC", "SRT5KRMXLI", 3, State.NOT_ANNOUNCED, None,
        "SRT5KRMXLI-NMC", 411_999, "POWER", "age", 2028, "low"),
    Lot("Data Centre", "dc-filer", "storage", "NetApp", "FAS2552", 2, State.UNSUPPORTED, dt.date(2023, 1, 31),
        grade=Grade.SERIES),
    Lot("Depot", "dp-wlc", "wireless-controller", "Aruba", "7205", 1, State.SUPPORTED, dt.date(2029, 8, 31),
        "9240", 870_050, "EDGE", "support", 2028, "medium", Grade.SERIES),
    Lot("Town Hall", "th-mystery", "other", "", "", 5, State.UNKNOWN, None, grade=Grade.NONE),
    Lot("Data Centre", "dc-arista", "switch", "Arista", "DCS-7150S-52-CL", 2, State.SUPPORTED, dt.date(2028, 9, 30),
        "DCS-7050SX3-48YC8", 1_420_300, "CORE", "support", 2028, "medium"),
)  # fmt: skip

POLICY = Policy(
    "edge-switch", "switch", None, None, None, 10, "soft", 30, 42, 30, 7, 1, 1, Decimal(5), "EDGE", "edge", "internal",
    "policy.csv:3",
)  # fmt: skip


def night() -> NightSummary:
    """A night in which three of thirty-three devices did not answer in full."""
    return NightSummary(
        answered=30,
        in_part=1,
        failed=2,
        changes=4,
        incomplete=(
            DeviceOutcome("dp-edge-3", "partial", "stopped answering in the middle of the component table"),
            DeviceOutcome("lib-edge-9", "timeout", "no answer in 3 tries"),
            DeviceOutcome("dc-fw-3", "refused", "the credential was refused"),
        ),
        run_id=7,
    )


def extras_of(version: Version) -> Extras:
    """A bridge that closes at the version's need, and a year of an earlier forecast against what was spent."""
    after = cells_of(row for row in version.rows if row.scenario == "need")
    first, second = sorted(after)[:2]
    before = Counter(after)
    before[first] -= 1_234_567
    before[second] += 7_001
    effects = (
        Effect(3, first.line, first.fy, "b1", first.asset_id, first.component, 1_234_567),
        Effect(8, second.line, second.fy, "b2", second.asset_id, second.component, -7_001),
    )
    items = (
        Item("b1", "EDGE", "edge-switch", 10_000_000, 10_800_000, 0, 0, 800_000, 0, days_late=12),
        Item("b2", "EDGE", "edge-switch", 26_000_000, 0, -26_000_000, 0, 0, 0),
        Item("b4", "EDGE", "edge-switch", 0, 2_550_000, 0, 2_500_000, 50_000, 0),
    )
    return Extras(
        bridge=Bridge(11, version.id, "need", shapley=False, before=before, after=after, effects=effects),
        bridge_note="Compared with forecast 11 (draft, as of 22 Oct 2026).",
        outturns=(Outturn(3, dt.date(2025, 2, 20), BASE + -1, items),),
    )


def lots(number: int) -> tuple[Lot, ...]:
    """So many lots, with sites of their own beyond the first twelve."""
    return tuple(
        lot if turn == 0 else replace(lot, site=f"{lot.site} {turn}", device=f"{lot.device}-{turn}")
        for turn in range(number // len(LOTS) + 1)
        for lot in LOTS
    )[:number]


def report_of(
    chosen: tuple[Lot, ...] = LOTS, *, device: str | None = None, serial: str | None = None
) -> tuple[Version, tuple[UnitStatus, ...]]:
    """A version and the status of its units; the first unit's device and serial can be given."""
    units = [(lot, unit) for lot in chosen for unit in _units(lot)]
    if device is not None or serial is not None:
        lot, first = units[0]
        units[0] = (
            lot,
            replace(first, device=device or first.device, asset_id=serial or first.asset_id, serial=serial),
        )
    status = tuple(UnitStatus(unit, POLICY if lot.unit_pence else None, _state(lot)) for lot, unit in units)
    rows: list[FeedRow] = []
    bundles = []
    for number, lot in enumerate(chosen):
        if not lot.unit_pence:
            continue
        assets = sorted(unit.asset_id for owner, unit in units if owner is lot)
        bundle_id = f"{lot.site}|{POLICY.policy}|{lot.replacement}|{number + 1}"
        rows += _rows(lot, bundle_id, assets)
        bundles.append(_bundle(lot, bundle_id, len(assets)))
    version = Version(
        as_of=AS_OF,
        base_fy=BASE,
        years=5,
        entity="Borough Council",
        rows=tuple(rows),
        funding=(
            FundingRow("CORE", BASE, "borrowing", "approved", "released", 15_000_000, "CAB-2026-014"),
            FundingRow("EDGE", BASE, "reserve", "approved", "released", 4_000_000, "CAB-2026-014"),
            FundingRow("CORE", BASE + 1, "borrowing", "approved", "released", 6_000_000, "CAB-2026-014"),
            FundingRow("", BASE + 1, "borrowing", "approved", "in_principle", 20_000_000, "COU-2026-003"),
        ),
        exceptions=tuple(
            Unquantified(unit.asset_id, "no_price" if lot.part_number else "no_date", "no row of prices.csv")
            for lot, unit in units
            if not lot.unit_pence
        ),
        units=tuple(CostedUnit(unit.asset_id, "in_scope", "", _chain(lot)) for lot, unit in units),
        inputs={"prices.csv": "5f" * 32, "policy.csv": "a1" * 32},
        header={
            "scenarios": ["need", "do_nothing"],
            "lines": [{"line": code, "name": name, "theme": theme} for code, (name, theme) in LINES.items()],
            "bundles": bundles,
            "assumptions": [
                "No rate for hardware after 2026/27: 0 per cent is assumed.",
                "Policy ages are the starter values: the council has not set its own.",
            ],
            "warnings": ["2 storage units have no price."],
            "price_base": "cash",
            "settings": {"de_minimis_gbp": "10000", "horizon": "5"},
            "engine": "0.1.0",
        },
        id=12,
        created_at=dt.datetime(2026, 11, 22, 2, 41, tzinfo=dt.UTC),
    )
    return version, status


def _units(lot: Lot) -> list[Unit]:
    return [
        Unit(
            asset_id=f"{lot.part_number[-4:]}{lot.device.upper()}{number:04d}",
            serial=f"{lot.part_number[-4:]}{lot.device.upper()}{number:04d}",
            kind=lot.kind,
            device=f"{lot.device}-{number}",
            vendor=lot.vendor or None,
            part_number=lot.part_number or None,
            site=lot.site,
            evidence={"serial": f"1.3.6.1.2.1.47.1.1.1.1.11.{number}"},
            first_seen=dt.date(2026, 11, 1),
            last_seen=AS_OF,
        )
        for number in range(1, lot.count + 1)
    ]


def _chain(lot: Lot) -> dict[str, object]:
    """The links of the chain that the reports read."""
    return {"need": {"need_by": lot.ends and lot.ends.isoformat(), "driver": lot.driver if lot.ends else None}}


def _state(lot: Lot) -> UnitState:
    known = lot.ends is not None
    match = Match(
        lot.grade,
        row=f"cisco.csv:{lot.count + 10}",
        vendor=lot.vendor,
        matched=lot.part_number,
        dates={"end_of_support": lot.ends} if lot.ends else {},
        source="https://www.example.org/eos/bulletin.html" if known else "",
        source_type="vendor-bulletin" if known else "",
        bulletin=f"EOL{9000 + lot.count}" if known else "",
    )
    confirmed = known and lot.grade is not Grade.SERIES
    return UnitState(lot.state, "end_of_support" if known else "", lot.ends, confirmed, 102, match)


def _rows(lot: Lot, bundle_id: str, assets: list[str]) -> list[FeedRow]:
    """The rows of a bundle: each component's pence is a split of the running total over its assets (2.14)."""
    fy = FinancialYear(lot.fy)
    amounts = (lot.unit_pence * len(assets), 18_500 * len(assets), 60_007, lot.unit_pence * len(assets) // 20, 24_000)
    rows, running = [], 0
    for component, amount in zip(COMPONENTS, amounts, strict=True):
        before, running = running, running + amount
        for place, asset in enumerate(assets):
            pence = _share(running, len(assets), place) - _share(before, len(assets), place)
            rows.append(
                FeedRow(
                    scenario="need",
                    entity="Borough Council",
                    theme=LINES[lot.line][1],
                    line_code=lot.line,
                    project_code="",
                    cost_centre="IT100",
                    subjective_code="",
                    cap_rev="R" if component == "training" else "C",
                    fy=fy,
                    year_index=fy - BASE,
                    priority=lot.priority,
                    catch_up_keep_pace="catch_up" if lot.ends and lot.ends < AS_OF else "keep_pace",
                    driver=lot.driver,
                    bundle_id=bundle_id,
                    asset_id=asset,
                    component=component,
                    qty=1 if component == "hardware" else 0,
                    amount_pence=pence,
                    confidence="dated" if lot.ends else "assumed",
                    flags="catch_up" if lot.ends and lot.ends < AS_OF else "",
                    source_ref=f"prices.csv:{len(assets)};cisco.csv:{lot.count + 10}",
                )
            )
    return rows


def _share(total: int, parts: int, place: int) -> int:
    return total // parts + (1 if place < total % parts else 0)


def _bundle(lot: Lot, bundle_id: str, count: int) -> dict[str, object]:
    deliver = Calendar().first_day(FinancialYear(lot.fy)) + dt.timedelta(days=320)
    return {
        "bundle_id": bundle_id,
        "line": lot.line,
        "site": lot.site,
        "policy": POLICY.policy,
        "replacement": lot.replacement,
        "quantity_old": count,
        "quantity_new": count,
        "need_by": lot.ends.isoformat() if lot.ends else None,
        "order_by": (deliver - dt.timedelta(days=42)).isoformat(),
        "deliver_by": deliver.isoformat(),
        "driver": lot.driver,
        "priority": lot.priority,
        "key_decision": lot.unit_pence * count > 50_000_000,
    }
