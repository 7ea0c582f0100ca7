"""Part 4: how often such a day happens without an event."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from eventstudy.report import wording
from eventstudy.report.chapter import Chapter
from eventstudy.report.model import Empty, Figure, OrdinaryDaysPlot, OrdinaryPanel, Rich, Section
from eventstudy.report.sections import _cells as cells
from eventstudy.report.wording import numbers
from eventstudy.report.wording import ordinary_days as say
from eventstudy.report.wording.sentences import worded

if TYPE_CHECKING:
    from eventstudy.inference.placebo import OrdinaryDays

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
        noun = say.role_noun(role)
        if math.isnan(found.pvalue) or not len(found.statistics):
            reasons.append(say.no_days_for(noun, worded(found.reason)))
            continue
        panels.append(_panel(chapter, role, found))
        clauses.append((noun, numbers.in_a_hundred(found.pvalue)))
        if found.n_dates < FEW:
            notes.append(_few(chapter, role, noun, found.n_dates))
    if not panels:
        why = "; ".join(reasons) or chapter.evidence.reason(chapter.focus.event_id, "exposed")
        return Section(
            number,
            say.TOPIC,
            say.NOTHING_TO_COMPARE,
            anchor,
            blocks=(Empty(say.not_set_against(why)),),
        )
    period = chapter.period(focus=True)
    kind = period.noun
    finding = _finding(clauses, kind)
    several = len(panels) > 1
    what = say.over_what(period.length, kind)
    when = say.on_what(period.length)
    figure = Figure(
        id=chapter.anchored("figure-3"),
        label=chapter.label(wording.FIGURE, 3),
        title=say.figure_title(several, when),
        subtitle=say.figure_subtitle(what),
        alt=f"{finding}.",
        drawing=OrdinaryDaysPlot(tuple(panels)),
        described_by=chapter.anchored("table-2"),
        note=(cells.joined([say.count_note(kind, several), *notes]),),
    )
    left_out = tuple((say.no_panel(reason),) for reason in reasons)
    paragraphs: tuple[Rich, ...] = left_out
    return Section(number, say.TOPIC, finding, anchor, paragraphs, (figure,))


def _finding(clauses: list[tuple[str, str]], kind: str) -> str:
    (noun, often), *rest = clauses
    first = say.finding(noun, often, kind)
    return say.finding_second(first, rest[0][0], rest[0][1]) if rest else first


def _panel(chapter: Chapter, role: str, found: OrdinaryDays) -> OrdinaryPanel:
    measure = chapter.focus_measure(role)
    assert measure is not None
    when = say.event_word(chapter.focus_window)
    typed = cells.role_value(role)
    return OrdinaryPanel(
        role=typed,
        title=wording.ROLE_TITLES[typed],
        subtitle=say.panel_subtitle(found.n_dates, chapter.period(focus=True).noun),
        statistics=tuple(float(value) for value in found.statistics),
        observed=float(found.observed),
        label=say.panel_label(when, measure.caar, found.pvalue),
        reading=measure.reading,
    )


def _few(chapter: Chapter, role: str, noun: str, count: int) -> str:
    """Why a group's history is short: whose prices begin last."""
    history = chapter.evidence.results.prices
    text = say.short_history(wording.possessive(noun), count)
    starts = []
    for share in chapter.evidence.used(chapter.focus.event_id, role):
        frame = history.frames.get(share.ticker) if history is not None else None
        if frame is not None and len(frame):
            starts.append((frame.index[0].date(), share.name))
    if not starts:
        return f"{text}."
    begins, name = max(starts)
    return say.short_because(text, name, begins)
