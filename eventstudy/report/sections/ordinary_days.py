"""Part 4: how often such a day happens without an event."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from eventstudy.report import numbers, wording
from eventstudy.report.chapter import Chapter
from eventstudy.report.model import Empty, Figure, OrdinaryDaysPlot, OrdinaryPanel, Rich, Section
from eventstudy.report.sections import _cells as cells

if TYPE_CHECKING:
    from eventstudy.inference.placebo import OrdinaryDays

TOPIC = "How unusual was the day"
FEW = 200


def build(chapter: Chapter) -> Section:
    """Figure 3: the same groups on ordinary days."""
    number, anchor = chapter.part(4), chapter.anchored("ordinary-days")
    panels, clauses, notes, reasons = [], [], [], []
    for role in ("exposed", "beneficiary"):
        measure = chapter.focus_measure(role)
        if measure is None or not measure.measured:
            continue
        found = chapter.evidence.results.ordinary_days(
            chapter.focus.event_id, role, "", numbers.window_bounds(chapter.focus_window)
        )
        noun = "exposed shares" if role == "exposed" else "beneficiaries"
        if math.isnan(found.pvalue) or not len(found.statistics):
            reasons.append(f"the {noun}: {found.reason or 'no ordinary days'}")
            continue
        panels.append(_panel(chapter, role, found))
        clauses.append((noun, numbers.in_a_hundred(found.pvalue)))
        if found.n_dates < FEW:
            notes.append(_few(chapter, role, noun, found.n_dates))
    if not panels:
        why = "; ".join(reasons) or chapter.evidence.reason(chapter.focus.event_id, "exposed")
        return Section(
            number,
            TOPIC,
            "There is no ordinary day to compare with",
            anchor,
            blocks=(Empty(f"The day cannot be set against ordinary ones ({why})."),),
        )
    kind = chapter.period(focus=True).noun
    finding = _finding(clauses, kind)
    several = len(panels) > 1
    what = "on every session" if kind == "days" else f"over {kind}"
    when = "on ordinary days" if kind == "days" else "over ordinary stretches"
    figure = Figure(
        id=chapter.anchored("figure-3"),
        label=chapter.label("Figure", 3),
        title=f"The same {'groups' if several else 'group'} {when}",
        subtitle=f"Mean abnormal return of the group in its own standard errors, {what} outside all catalogued events. "
        "Coloured: at least as far from zero as the event",
        alt=f"{finding}.",
        drawing=OrdinaryDaysPlot(tuple(panels)),
        described_by=chapter.anchored("table-2"),
        note=(cells.joined([f"Number of {kind}{', each panel on its own height' if several else ''}.", *notes]),),
    )
    left_out = tuple((f"No panel for {reason}.",) for reason in reasons)
    paragraphs: tuple[Rich, ...] = left_out
    return Section(number, TOPIC, finding, anchor, paragraphs, (figure,))


def _finding(clauses: list[tuple[str, str]], kind: str) -> str:
    (noun, often), *rest = clauses
    first = f"{numbers.capitalised(noun)} move this far on {often} ordinary {kind}"
    return f"{first}, {rest[0][0]} on {rest[0][1]}" if rest else first


def _panel(chapter: Chapter, role: str, found: OrdinaryDays) -> OrdinaryPanel:
    measure = chapter.focus_measure(role)
    assert measure is not None
    when = "Event day" if chapter.focus_window == "[0,0]" else "Event"
    typed = cells.role_value(role)
    return OrdinaryPanel(
        role=typed,
        title=wording.ROLE_TITLES[typed],
        subtitle=f"{numbers.integer(found.n_dates)} ordinary {chapter.period(focus=True).noun}",
        statistics=tuple(float(value) for value in found.statistics),
        observed=float(found.observed),
        label=f"{when} {numbers.percent(measure.caar)}%: {numbers.in_a_hundred(found.pvalue)} moved as far",
        reading=measure.reading,
    )


def _few(chapter: Chapter, role: str, noun: str, count: int) -> str:
    """Why a group's history is short: whose prices begin last."""
    history = chapter.evidence.results.prices
    text = f"The {wording.possessive(noun)} history is short ({numbers.integer(count)})"
    starts = []
    for share in chapter.evidence.used(chapter.focus.event_id, role):
        frame = history.frames.get(share.ticker) if history is not None else None
        if frame is not None and len(frame):
            starts.append((frame.index[0].date(), share.name))
    if not starts:
        return f"{text}."
    begins, name = max(starts)
    return (
        f"{text}, because all its members must have prices and those of {name} begin in {numbers.month_year(begins)}."
    )
