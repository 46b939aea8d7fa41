"""The page: one self-contained HTML file with its pictures inside, and the same pictures as files beside it.

Nothing in it runs and nothing is fetched: no script, styles and SVG inline, a content security policy that says so.
Every text passes through autoescape, and loses control and direction characters before that.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from estate.console import safe
from estate.lifecycle.milestones import State
from estate.reports import evidence, pictures, story, waterfall
from estate.reports.grid import Grid
from estate.reports.report import states
from estate.reports.wording import DEFINITIONS, STATES, counted, day, in_words, plain

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import Environment

    from estate.reports.report import Report

NAME = "estate.html"


class Page:
    """Writes the page and its pictures."""

    def write(self, report: Report, directory: Path) -> tuple[str, ...]:
        """Write ``estate.html`` and each picture as SVG and PNG."""
        drawn = {"need-by-year": pictures.need_by_year(report), "support-status": pictures.support_status(report)}
        if report.bridge and report.bridge.effects:
            drawn["bridge"] = waterfall.picture(report.bridge)
        names = []
        for name, svg in drawn.items():
            (directory / f"{name}.svg").write_text(svg, encoding="utf-8", newline="\n")
            (directory / f"{name}.png").write_bytes(pictures.png(svg))
            names += [f"{name}.svg", f"{name}.png"]
        html = render(report, drawn["need-by-year"], drawn["support-status"], drawn.get("bridge", ""))
        (directory / NAME).write_text(html, encoding="utf-8", newline="\n")
        return (NAME, *names)


def render(report: Report, need_svg: str, status_svg: str, bridge_svg: str = "") -> str:
    """The page as text."""
    from markupsafe import Markup  # noqa: PLC0415 - with jinja2, only when a page is made

    version = report.version
    header = version.header
    template = _environment().get_template("page.html.j2")
    return template.render(
        # the pictures and the style sheet are the only markup that is not written in the template
        css=Markup(_read("page.css")),  # noqa: S704 - our own file
        need_svg=Markup(need_svg),  # noqa: S704 - drawn by the renderer, which escapes the texts in it
        status_svg=Markup(status_svg),  # noqa: S704 - as above
        bridge_svg=Markup(bridge_svg),  # noqa: S704 - as above
        bridge_alt=waterfall.alt(report),
        bridge_sentence=waterfall.sentence(report),
        bridge_table=waterfall.table(report),
        entity=version.entity,
        horizon=story.horizon(report),
        as_of=day(version.as_of),
        facts=_facts(report),
        sentence=story.sentence(report),
        headline=story.headline(report),
        need_alt=_need_alt(report),
        status_alt=_status_alt(report),
        has_released=any(report.funded("released").values()),
        need_table=story.need_table(report),
        status_table=story.status_table(report),
        line_table=story.line_table(report),
        funding_table=story.funding_table(report),
        top=story.top_bundles(report),
        confidence=evidence.confidence(report),
        unknowns=evidence.unknowns(report),
        exceptions=evidence.exceptions(report),
        warnings=header.get("warnings", ()),
        collected=evidence.collected(report),
        ending=evidence.ending_units(report),
        exact_table=story.line_table(report, to_the_penny=True),
        assumptions=header.get("assumptions", ()),
        definitions=DEFINITIONS,
        provenance=_provenance(report),
        inputs=Grid(
            "Files read, with the SHA-256 of their content",
            ("File", "SHA-256"),
            tuple(sorted(version.inputs.items())),
        ),
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - only a page pays for it
    from markupsafe import Markup  # noqa: PLC0415 - as above

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
        "cash prices, excluding recoverable VAT",
        f"scenario: {plain(report.scenario).lower()}",
    )


def _need_alt(report: Report) -> str:
    parts = ", ".join(f"{year} {in_words(report.by_year[year])}" for year in report.years)
    return f"Bar chart of need by financial year: {parts}. The table below has the figures."


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
