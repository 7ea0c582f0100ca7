"""Part 5b: did beneficiaries do better than exposed shares that are alike in beta and volatility."""

from __future__ import annotations

import math

from eventstudy.report import numbers
from eventstudy.report.chapter import Chapter
from eventstudy.report.model import Column, Empty, NumberCell, Row, RowGroup, Section, Table, TextCell
from eventstudy.report.sections import _cells as cells
from eventstudy.results.cross_section import ContrastTerm, RoleContrast

TOPIC = "Exposed against beneficiaries"
LEVEL = 0.05

_NAMES = {
    "beneficiary": ("Beneficiary", "against exposed"),
    "control": ("Control", "against exposed"),
    "beta": ("Beta", "per unit"),
    "volatility": ("Volatility", "per point of daily residual deviation"),
}


def build(chapter: Chapter) -> Section:
    """A regression of the focus event's companies on role, beta and volatility."""
    number, anchor = f"{chapter.part(5)}b", chapter.anchored("contrast")
    event_id, window = chapter.focus.event_id, numbers.window_bounds(chapter.focus_window)
    found = chapter.evidence.results.role_contrast(event_id, window)
    if not found.terms:
        return Section(
            number,
            TOPIC,
            "The two sides cannot be compared share by share",
            anchor,
            blocks=(Empty(f"No comparison: {found.reason}."),),
        )
    return Section(number, TOPIC, _finding(found), anchor, ((_sentence(chapter, found),),), (_table(chapter, found),))


def _gap(found: RoleContrast) -> ContrastTerm:
    return next(term for term in found.terms if term.name == "beneficiary")


def _finding(found: RoleContrast) -> str:
    gap = _gap(found)
    size = numbers.size(abs(gap.coefficient))
    if gap.pvalue < LEVEL:
        more = "more" if gap.coefficient > 0 else "less"
        return f"Beneficiaries gained {size} points {more} than exposed shares alike in beta and volatility"
    side = "above" if gap.coefficient > 0 else "below"
    return f"Beneficiaries stand {size} points {side} exposed shares alike in beta and volatility, not told from noise"


def _sentence(chapter: Chapter, found: RoleContrast) -> str:
    gap, period = _gap(found), chapter.period(focus=True)
    sides = [numbers.integer(found.counts[role]) for role in ("beneficiary", "exposed")]
    certainty = f"95% interval {numbers.interval(gap.low, gap.high)}; {numbers.p_equals(gap.pvalue)}"
    text = (
        f"{period.opening} the {sides[0]} beneficiaries moved {numbers.percent(gap.coefficient)} points against the "
        f"{sides[1]} exposed shares once beta and volatility are held equal ({certainty})"
    )
    if math.isnan(gap.ordinary_pvalue):
        return f"{text}. It cannot be set against ordinary {period.noun}: {found.ordinary_reason}."
    often = numbers.in_a_hundred(gap.ordinary_pvalue)
    return f"{text}; {often} ordinary {period.noun} showed a gap as wide."


def _table(chapter: Chapter, found: RoleContrast) -> Table:
    rows = []
    for term in found.terms:
        name, unit = _NAMES[term.name]
        rows.append(
            Row(
                (
                    TextCell(name, unit),
                    NumberCell(numbers.percent(term.coefficient), 100 * term.coefficient, strong=True),
                    NumberCell(numbers.interval(term.low, term.high), 100 * term.low),
                    cells.p_cell(term.pvalue),
                    cells.p_cell(term.ordinary_pvalue, found.ordinary_reason or "no ordinary days"),
                )
            )
        )
    days = f" and on {numbers.integer(found.n_ordinary)} ordinary dates" if not found.ordinary_reason else ""
    return Table(
        id=chapter.anchored("table-contrast"),
        label=chapter.label("Table", 3) + "b",
        title="What goes with a company’s abnormal return",
        subtitle=f"Least squares over {numbers.integer(sum(found.counts.values()))} companies, window "
        f"{numbers.window(chapter.focus_window)}; coefficients in points of return",
        columns=(
            Column("term", "Characteristic", explanation="what differs between companies"),
            Column("coefficient", "Points", "number"),
            Column("interval", "95% interval", "interval"),
            Column("p", "p", "p", explanation="of the coefficient as a portfolio of ordinary residuals"),
            Column("ordinary", "ordinary-days p", "p", explanation="share of ordinary dates with a slope as large"),
        ),
        groups=(RowGroup(tuple(rows)),),
        note=(
            "All companies share the date, so each coefficient is judged as a portfolio, by its own history on "
            f"{numbers.integer(found.n_sessions)} sessions of the estimation window (Sefcik and Thompson){days}. These "
            "p are not among the adjusted ones.",
        ),
        compact=True,
    )
