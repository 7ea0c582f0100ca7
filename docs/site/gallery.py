"""The gallery: every figure of the package, drawn on the embedded market when the site is built."""

from __future__ import annotations

import io
import re
from html import escape
from pathlib import Path
from typing import Any

EVENT = "2026-01-06-japan-dual-use-ban"
WIDTH = 690
HEAD = Path(__file__).with_name("gallery.md")
IDEAS = {
    "IntervalPlot": (
        "Who moved",
        "A role and its sectors on one axis, each mean with its interval; ticks are companies.",
    ),
    "PathsPlot": ("Before and after", "Counted from the close before day 0, so that both sides can be read off."),
    "PathsPlot again": (
        "Against shares that the news did not touch",
        "A synthetic control beside the shares; see [counterfactuals](counterfactuals.md).",
    ),
    "OrdinaryDaysPlot": ("How unusual was the day", "The coloured part of the bars is the placebo p."),
    "WaterfallPlot": (
        "What moved the day",
        "News against factors; see [counterfactuals](counterfactuals.md#what-moved-the-day).",
    ),
    "HeatMap": ("One sector, many announcements", "Filled cells have p below 0.05; the rest are grey numbers."),
    "CurvePlot": (
        "Other choices",
        "One column a specification; see [the specification curve](specification-curve.md).",
    ),
}


def page() -> str:
    """The page, in Markdown."""
    import eventstudy as es

    events, universe, prices = es.read_events(), es.read_universe(), es.SamplePrices()
    spec = es.StudySpec(tests=(*es.StudySpec().tests, "placebo", "wild_bootstrap_t"))
    results = es.run_study(events.select([EVENT]), universe, prices, spec, context=events)
    curve = es.specification_curve(events, universe, prices, event_id=EVENT, role="exposed")
    return "\n".join(
        [
            HEAD.read_text(encoding="utf-8"),
            *_of_report(results, curve),
            _rates(),
            _cross_section(results),
            _cards(results, curve),
        ]
    )


def _of_report(results: Any, curve: Any) -> list[str]:
    from eventstudy.report.build import build_report
    from eventstudy.report.figures import figures_of, sheet_of

    parts, told = [], set()
    for figure in figures_of(build_report(results, curve=curve)):
        kind = type(figure.drawing).__name__
        name, idea = IDEAS[f"{kind} again" if kind in told and f"{kind} again" in IDEAS else kind]
        if name not in told:
            parts.append(f"## {name}\n\n{idea}\n")
        told |= {kind, name}
        drawn = sheet_of(figure.drawing, width=WIDTH, simulated=True).drawn().page(label=f"Simulated: {figure.alt}")
        parts.append(_figure(drawn, f"Simulated market: {figure.title}", figure.subtitle))
    return parts


def _rates() -> str:
    from eventstudy.laboratory import Scenario, simulated_size

    found = simulated_size([Scenario(members=10, correlation=0.3)], draws=2_000)
    words = (
        "Rejections of a true null in 2,000 draws of ten shares whose residuals have a correlation of 0.3; see "
        "[size and power](size-and-power.md)."
    )
    drawn = _svg(found.figure(width=WIDTH))
    return f"## Which tests hold their level\n\n{words}\n\n" + _figure(drawn, "False alarms at 5%, by test", "")


def _cross_section(results: Any) -> str:
    found = results.cross_section("car ~ role + beta", where="role in ['exposed', 'beneficiary']")
    return (
        "## What goes with the abnormal return\n\n"
        'The plot of `results.cross_section("car ~ role + beta")`, with intervals that respect the common date.\n\n'
        + _figure(_svg(found.plot()), "", "")
    )


def _cards(results: Any, curve: Any) -> str:
    shown = "\n\n".join(f'<div class="notebook-card">{each._repr_html_()}</div>' for each in (results, curve))
    return f"## In a notebook\n\nWhat a notebook shows of `results` and of `curve`.\n\n{shown}\n"


def _svg(figure: Any) -> str:
    """A matplotlib figure as one SVG element, its ids its own."""
    import matplotlib as mpl

    made = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "gallery"}):
        figure.savefig(made, format="svg", metadata={"Date": None}, facecolor="#fdfcf9")
    return made.getvalue()[made.getvalue().index("<svg") :]


def _figure(drawn: str, title: str, subtitle: str) -> str:
    caption = f"<figcaption><strong>{escape(title)}</strong><br>{escape(subtitle)}</figcaption>" if title else ""
    # one line: a blank line would end the block of HTML
    return re.sub(r"\n\s*", " ", f'<figure class="gallery">{caption}{drawn}</figure>') + "\n"
