"""What the paper asks of its readers, and the sentences about money that open it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from estate.reports import debts, story
from estate.reports.wording import counted, day, in_words, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from estate.forecast.calendar import FinancialYear
    from estate.reports.report import Report


def shortfalls(report: Report) -> dict[FinancialYear, int]:
    """The years in which the need is above what is released, in pence."""
    released = report.funded("released")
    short = {year: report.by_year[year] - released[year] for year in report.years}
    return {year: pence for year, pence in short.items() if pence > 0}


def opening(report: Report) -> tuple[str, ...]:
    """What follows the first statement: kit past its date, keeping pace, where money is short, what waiting costs."""
    return tuple(filter(None, (_debt(report), _pace(report), _short(report), _waiting(report))))


def _debt(report: Report) -> str:
    debt = report.version.header.get("debt")
    if not debt or not debt["units"]:
        return ""
    share = f" ({debts.share_of(debt['tdi_pct'])} of replacement value)" if debt["tdi_pct"] else ""
    return f"Kit that costs {in_words(debt['pence'])} to replace is past its replacement date{share}."


def _pace(report: Report) -> str:
    steady = report.version.header.get("steady_state")
    return f"Keeping pace costs {in_words(steady['pence'])} a year." if steady and steady["pence"] else ""


def _short(report: Report) -> str:
    short = shortfalls(report)
    if not report.total:
        return ""
    if not short:
        return "Released funding covers the need of every year."
    year, pence = next(iter(short.items()))
    more = f", and {in_words(sum(short.values()))} over all these years" if len(short) > 1 else ""
    return f"Released funding leaves {in_words(pence)} uncovered in {year}{more}."


def _waiting(report: Report) -> str:
    """The purchase whose delay costs most, High ones first."""
    rows = [
        (item["net_pence"], bundle)
        for item in report.version.header.get("waiting", ())
        if (item["net_pence"] or 0) > 0 and (bundle := report.bundle(item["bundle_id"]))
    ]
    urgent = [row for row in rows if row[1].priority.lower() == "high"] or rows
    if not urgent:
        return ""
    net, bundle = max(urgent, key=lambda row: (row[0], row[1].bundle_id))
    facts = report.facts(bundle.bundle_id)
    what = str(facts.get("replacement") or "") or story.what(report, bundle)
    where = f" at {facts['site']}" if facts.get("site") and facts.get("replacement") else ""
    return f"Waiting a year on the {what}{where} costs £{rounded(net, 100):,} and adds risk."


def requests(report: Report) -> tuple[str, ...]:
    """What is asked, one thing a sentence."""
    return (*_release(report), *_principle(report), *_waivers(report), *_left_out(report))


def _release(report: Report) -> Iterator[str]:
    short = shortfalls(report)
    if not report.total:
        yield "Note that no replacement is priced in these years."
        return
    if not short:
        yield "Note that no further release is needed: released funding covers every year of this forecast."
        return
    year, pence = next(iter(short.items()))
    released = report.funded("released")[year]
    text = f"Approve the release of £{rounded(pence, 100):,} in {year} (need £{rounded(report.by_year[year], 100):,}, "
    text += f"released £{rounded(released, 100):,})"
    limit = report.version.header.get("key_decision_pence")
    if limit:
        is_key = pence >= limit
        text += f"; at {in_words(limit)} or more it {'is' if is_key else 'would be'} a key decision"
        text += "" if is_key else ", which this is not"
    yield f"{text}."


def _principle(report: Report) -> Iterator[str]:
    later = dict([*shortfalls(report).items()][1:])
    if not later:
        return
    agreed = report.funded("in_principle")
    held = sum(agreed[year] for year in later)
    first, last = min(later), max(later)
    years = f"in {first}" if first == last else f"from {first} to {last}"
    text = f"Note in principle £{rounded(sum(later.values()), 100):,} {years}, to be released year by year"
    yield (
        f"{text}; {in_words(held)} of funding is agreed in principle for then."
        if held
        else f"{text}; none of it is agreed yet."
    )


def _waivers(report: Report) -> Iterator[str]:
    held = report.extras.waivers if report.extras else None
    if held is None:
        yield "The waivers in force are not known to this report: a version of this release keeps them."
    elif held:
        verb = "expires" if len(held) == 1 else "expire, the first of them"
        yield f"Note {counted(len(held), 'waiver')} in force, which {verb} on {day(held[0])}."
    else:
        yield "Note that no waiver is in force."


def _left_out(report: Report) -> Iterator[str]:
    count = len(report.version.exceptions)
    if count:
        verb, are = ("has", "is") if count == 1 else ("have", "are")
        yield f"Note that {counted(count, 'entry', 'entries')} {verb} no money and {are} in no total here."
