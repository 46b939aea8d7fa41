"""The page: one self-contained HTML file with its pictures inside, and the same pictures as files beside it.

Nothing in it runs and nothing is fetched: no script, styles and SVG inline, a content security policy that says so.
Every text passes through autoescape, and loses control and direction characters before that.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from estate.lifecycle.milestones import State
from estate.reports import (
    ask,
    assumed,
    choices,
    debts,
    evidence,
    identities,
    ledger,
    needed,
    pictures,
    revenues,
    story,
    waterfall,
)
from estate.reports.grid import Grid
from estate.reports.report import NEED
from estate.reports.totals import states
from estate.reports.wording import DEFINITIONS, STATES, counted, day, plain, sentence
from estate.shown import safe

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import Environment

    from estate.reports.report import Report

NAME = "estate.html"
NO_BRIDGE = "There is no earlier forecast to compare with. The next report will say what moved, and by how much."


class Page:
    """Writes the page and its pictures."""

    def write(self, report: Report, directory: Path) -> tuple[str, ...]:
        """Write ``estate.html`` and each picture as SVG and PNG."""
        drawn = draw(report)
        names = []
        for name, svg in drawn.items():
            (directory / f"{name}.svg").write_text(svg, encoding="utf-8", newline="\n")
            (directory / f"{name}.png").write_bytes(pictures.png(svg))
            names += [f"{name}.svg", f"{name}.png"]
        (directory / NAME).write_text(render(report, drawn), encoding="utf-8", newline="\n")
        return (NAME, *names)


def draw(report: Report) -> dict[str, str]:
    """Every picture that there is something to draw for, as SVG by name."""
    drawn = {"need-by-year": needed.need_by_year(report), "support-status": pictures.support_status(report)}
    if debts.drawn(report):
        drawn["technology-debt"] = debts.picture(report)
    if report.bridge and report.bridge.effects:
        drawn["bridge"] = waterfall.picture(report.bridge)
    return drawn


def render(report: Report, drawn: dict[str, str]) -> str:
    """The page as text."""
    from markupsafe import Markup  # noqa: PLC0415 - with jinja2, only when a page is made

    version = report.version
    template = _environment().get_template("page.html.j2")
    return template.render(
        # the pictures and the style sheet are the only markup that is not written in the template
        css=Markup(_read("page.css")),  # noqa: S704 - our own file
        # drawn by the renderer, which escapes the texts in them
        drawn={name: Markup(svg) for name, svg in drawn.items()},  # noqa: S704 - our own picture, escaped where it was drawn
        entity=version.entity,
        horizon=story.horizon(report),
        as_of=day(version.as_of),
        facts=_facts(report),
        what_if=report.what_if,
        provenance=_provenance(report),
        inputs=Grid(
            "Files read, with the SHA-256 of their content",
            ("File", "SHA-256"),
            tuple(sorted(version.inputs.items())),
        ),
        **_cabinet(report),
        **_annexes(report),
    )


def _cabinet(report: Report) -> dict[str, Any]:
    """What the page itself says, in its order: sentence, picture, table, choice, risk, ask."""
    return {
        "sentence": (*story.sentence(report), *ask.opening(report)),
        "headline": story.headline(report),
        "need_alt": needed.alt_text(report),
        "has_released": any(report.funded("released").values()),
        "has_principle": any(report.funded("in_principle").values()),
        "has_p80": bool(needed.p80_of(report)),
        "debt_sentence": debts.sentence(report),
        "debt_alt": debts.alt_text(report),
        "capped_note": debts.capped_note(report),
        "line_table": ledger.table(report),
        "scope": ledger.scope(report),
        "bridge_alt": waterfall.alt(report),
        "bridge_sentence": waterfall.sentence(report) or NO_BRIDGE,
        "bridge_table": waterfall.table(report),
        "options": choices.table(report),
        "options_note": choices.sentence(report),
        "options_meaning": choices.meanings(report),
        "held_up": choices.held_up(report),
        "top": story.top_bundles(report),
        "revenue": revenues.table(report),
        "revenue_notes": tuple(revenues.sentences(report)),
        "confidence": evidence.confidence(report),
        "asks": ask.requests(report),
    }


def _annexes(report: Report) -> dict[str, Any]:
    """What stands behind the page: for finance, for engineers, and for whoever asks where it comes from."""
    header = report.version.header
    return {
        "need_table": story.need_table(report),
        "debt_table": debts.table(report),
        "debt_bands": debts.bands(report),
        "funding_table": story.funding_table(report),
        "exact_table": story.line_table(report, to_the_penny=True),
        "checks": identities.table(report),
        "assumptions": [sentence(text) for text in assumed.assumptions(report)],
        "sensitivity": assumed.sensitivity(report),
        "no_sensitivity": assumed.no_sensitivity(report),
        "status_alt": _status_alt(report),
        "status_table": story.status_table(report),
        "unknowns": evidence.unknowns(report),
        "exceptions": evidence.exceptions(report),
        "warnings": [sentence(text) for text in header.get("warnings", ())],
        "collected": evidence.collected(report),
        "ending": evidence.ending_units(report),
        "definitions": DEFINITIONS,
    }


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - only a page pays for it
    from markupsafe import Markup  # noqa: PLC0415 - only a page pays for it

    environment = Environment(
        loader=PackageLoader("estate.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: safe(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )
    environment.filters["heading"] = lambda name: name.lstrip("#=")
    environment.filters["form"] = lambda name: {"#": "number", "=": "short"}.get(name[:1], "text")
    return environment


def _read(name: str) -> str:
    return resources.files("estate.reports").joinpath("templates", name).read_text(encoding="utf-8")


def _facts(report: Report) -> tuple[str, ...]:
    version = report.version
    return (
        report.named,
        f"as of {day(version.as_of)}",
        f"cash, prices of {version.base_fy} brought up",
        "excluding recoverable VAT",
        "everything replaced when due" if report.scenario == NEED else f"scenario: {plain(report.scenario).lower()}",
    )


def _status_alt(report: Report) -> str:
    found = states(report.population)
    parts = ", ".join(f"{words.lower()} {found[State(state)]:,}" for state, words in STATES.items())
    units = counted(found.total(), "unit")
    return f"Bar chart of support status by kind. Of {units}: {parts}. The table below has the figures."


def _provenance(report: Report) -> str:
    version = report.version
    made = f", computed {version.created_at:%d %B %Y %H:%M} UTC" if version.created_at else ""
    engine = version.header.get("engine")
    by = f" by estate {engine}" if engine else ""
    sealed = f" The SHA-256 of all its content is {report.signature.content_sha256}." if report.signature else ""
    return (
        f"Forecast version {version.id} ({version.state}){made}{by}, as of {version.as_of.isoformat()}. "
        "Every figure is a sum of atomic rows of feed/fact_forecast.csv; each row names the unit, the price and the "
        "source of its date. The command 'estate forecast explain' follows any of them to the device that answered."
        f"{sealed}"
    )
