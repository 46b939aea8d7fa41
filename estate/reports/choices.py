"""The options side by side: do nothing, the minimum, what fits under a cap, and all of the need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from estate.reports.grid import Grid
from estate.reports.sheet import Book, Pounds
from estate.reports.wording import ROUNDED, counted, in_words, thousands

if TYPE_CHECKING:
    from estate.forecast.options import Option
    from estate.reports.report import Report

WORDS = {
    "do_nothing": "Nothing is replaced; today's support is paid on",
    "minimum_compliance": "Only what is High: support ends, and it is core or faces the internet",
    "capped": "What fits under the cap of the plan",
    "need": "Everything is replaced when it is due",
}
HEADS = (
    "Option", "#Capital, £", "#Revenue, £", "#Units replaced", "#Technology debt, £", "#Debt without a price, units",
    "#Units past support", "#Days late, all units", "#Key decisions", "Purchases that need one",
)  # fmt: skip


def options(report: Report) -> tuple[Option, ...]:
    """What can be chosen; empty where nothing can be compared."""
    return report.extras.options if report.extras else ()


def table(report: Report) -> Grid | None:
    """The options as columns; None where there are none."""
    found = options(report)
    if not found:
        return None
    rows = (
        ("Capital, £000", *(thousands(item.capital_pence) for item in found)),
        (f"Revenue over {len(report.version.horizon)} years, £000", *(thousands(item.revenue_pence) for item in found)),
        ("Technology debt at the end, £000", *(_debt(item) for item in found)),
        ("Units past vendor support at the end", *(f"{item.past_security:,}" for item in found)),
        ("Units replaced", *(f"{item.replaced:,}" for item in found)),
        ("Days late, all units together", *(f"{item.late_days:,}" for item in found)),
        ("Key decisions", *(f"{len(item.key_decisions):,}" for item in found)),
    )
    limit = report.version.header.get("key_decision_pence")
    note = f"A key decision is a purchase of {in_words(limit)} or more. " if limit else ""
    note += "A unit that is two days late counts two days. Interest and MRP are not in these figures: see the revenue "
    note += f"effect below. {ROUNDED}"
    return Grid("What each option costs, and what it leaves behind on the last day", ("", *(f"#{item.title}" for item in
                found)), rows, note=note)  # fmt: skip


def _debt(item: Option) -> str:
    return thousands(item.debt_pence) + (f" and {item.debt_unpriced:,} unpriced" if item.debt_unpriced else "")


def sentence(report: Report) -> str:
    """Why an option is missing; blank where all are there."""
    found = options(report)
    if not found:
        told = report.extras.options_note if report.extras else ""
        return told or "The options were not compared for this report: 'estate report' compares them."
    if all(item.scenario != "capped" for item in found):
        return (
            f"No plan under a cap has been made of this version: 'estate forecast plan {report.version.id} --cap "
            "released' makes a version that holds one."
        )
    return ""


def meanings(report: Report) -> tuple[str, ...]:
    """What each option is, in words."""
    return tuple(
        f"{item.title}: {WORDS[item.scenario][0].lower()}{WORDS[item.scenario][1:]}." for item in options(report)
    )


def held_up(report: Report) -> str:
    """What the plan puts off, and what it would take; blank without a plan."""
    plan = report.version.header.get("plan")
    if not plan:
        return ""
    late = plan["displaced"]
    if not late:
        return "Under its cap the plan does everything when it is due."
    extra = [item["extra_pence"] for item in late if item["extra_pence"]]
    least = f" The nearest would need {in_words(min(extra))} more in its year." if extra else ""
    verb = "comes" if len(late) == 1 else "come"
    return f"Under its cap {counted(len(late), 'purchase')} {verb} later than due, or not in these years.{least}"


def slips(report: Report, bundle_id: str) -> str:
    """What happens to a purchase without more money: where the plan puts it, or what waiting costs; ``not known``."""
    moved, waiting = report.displaced.get(bundle_id), report.waiting.get(bundle_id)
    if moved:
        later = moved["planned"]
        return "not in these years under the cap" if later == "beyond" else f"to {later} under the cap"
    if waiting is None or waiting["net_pence"] is None:
        return "cost of a year's wait not known"
    net = waiting["net_pence"]
    return f"a year's wait costs {in_words(net)}" if net > 0 else f"a year's wait saves {in_words(-net)}, and adds risk"


def sheet(book: Book, report: Report) -> None:
    """The sheet Options; none where there is nothing to compare."""
    found = options(report)
    if not found:
        return
    out = book.sheet("Options", (22, 16, 16, 12, 16, 14, 16, 14, 12, 44))
    limit = report.version.header.get("key_decision_pence")
    out.title("The options side by side, £", "Over all years of the forecast; debt and support on its last day.",
              *([f"A key decision is a purchase of {in_words(limit)} or more."] if limit else []),
              *filter(None, (sentence(report), held_up(report))))  # fmt: skip
    out.head(HEADS, freeze=True, keep=1)
    for item in found:
        out.row((item.title, Pounds(item.capital_pence), Pounds(item.revenue_pence), item.replaced,
                 Pounds(item.debt_pence), item.debt_unpriced, item.past_security, item.late_days,
                 len(item.key_decisions), "; ".join(item.key_decisions)))  # fmt: skip
    out.gap()
    for text in meanings(report):
        out.row((text,))
    out.protect()
