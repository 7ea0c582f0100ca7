"""Part 5b: did beneficiaries do better than exposed shares that are alike in beta and volatility."""

from __future__ import annotations

import math

from eventstudy.report import wording
from eventstudy.report.chapter import Chapter
from eventstudy.report.model import Column, Empty, NumberCell, Row, RowGroup, Section, Table, TextCell
from eventstudy.report.sections import _cells as cells
from eventstudy.report.wording import contrast as say
from eventstudy.report.wording import numbers
from eventstudy.report.wording.sentences import worded
from eventstudy.results.role_contrast import ContrastTerm, RoleContrast

LEVEL = 0.05


def build(chapter: Chapter) -> Section:
    """A regression of the focus event's companies on role, beta and volatility."""
    number, anchor = f"{chapter.part(5)}b", chapter.anchored("contrast")
    event_id, window = chapter.focus.event_id, numbers.window_bounds(chapter.focus_window)
    found = chapter.evidence.results.role_contrast(event_id, window)
    if not found.terms:
        return Section(
            number,
            say.TOPIC,
            say.NO_COMPARISON_FINDING,
            anchor,
            blocks=(Empty(say.no_comparison(worded(found.reason))),),
        )
    return Section(
        number, say.TOPIC, _finding(found), anchor, ((_sentence(chapter, found),),), (_table(chapter, found),)
    )


def _gap(found: RoleContrast) -> ContrastTerm:
    return next(term for term in found.terms if term.name == "beneficiary")


def _finding(found: RoleContrast) -> str:
    gap = _gap(found)
    size = numbers.size(abs(gap.coefficient))
    if gap.pvalue < LEVEL:
        more = say.more_or_less(gap.coefficient)
        return say.gained(size, more)
    side = say.above_or_below(gap.coefficient)
    return say.stand_apart(size, side)


def _sentence(chapter: Chapter, found: RoleContrast) -> str:
    gap, period = _gap(found), chapter.period(focus=True)
    sides = [numbers.integer(found.counts[role]) for role in ("beneficiary", "exposed")]
    certainty = say.certainty(gap.low, gap.high, gap.pvalue)
    text = say.moved(period.opening, sides[0], gap.coefficient, sides[1], certainty)
    if math.isnan(gap.ordinary_pvalue):
        return say.not_against_ordinary(text, period.noun, worded(found.ordinary_reason))
    often = numbers.in_a_hundred(gap.ordinary_pvalue)
    return say.against_ordinary(text, often, period.noun)


def _table(chapter: Chapter, found: RoleContrast) -> Table:
    rows = []
    for term in found.terms:
        name, unit = say.TERMS[term.name]
        rows.append(
            Row(
                (
                    TextCell(name, unit),
                    NumberCell(numbers.percent(term.coefficient), 100 * term.coefficient, strong=True),
                    NumberCell(numbers.interval(term.low, term.high), 100 * term.low),
                    cells.p_cell(term.pvalue),
                    cells.p_cell(term.ordinary_pvalue, worded(found.ordinary_reason) or say.NO_ORDINARY_DAYS),
                )
            )
        )
    days = say.on_ordinary_dates(found.n_ordinary) if not found.ordinary_reason else ""
    return Table(
        id=chapter.anchored("table-contrast"),
        label=chapter.label(wording.TABLE, 3) + "b",
        title=say.TABLE_TITLE,
        subtitle=say.table_subtitle(sum(found.counts.values()), chapter.focus_window),
        columns=(
            Column("term", say.HEADS["term"], explanation=say.TIPS["term"]),
            Column("coefficient", say.HEADS["coefficient"], "number"),
            Column("interval", say.HEADS["interval"], "interval"),
            Column("p", "p", "p", explanation=say.TIPS["p"]),
            Column("ordinary", say.HEADS["ordinary"], "p", explanation=say.TIPS["ordinary"]),
        ),
        groups=(RowGroup(tuple(rows)),),
        note=(say.table_note(found.n_sessions, days),),
        compact=True,
    )
