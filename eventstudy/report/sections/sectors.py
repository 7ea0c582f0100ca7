"""Part 3: can each sector be told from noise."""

from __future__ import annotations

import math

from eventstudy.report import wording
from eventstudy.report.chapter import Chapter
from eventstudy.report.model import (
    Cell,
    Column,
    Empty,
    NumberCell,
    Raised,
    Rich,
    Row,
    RowGroup,
    Section,
    Table,
    TextCell,
)
from eventstudy.report.sections import _cells as cells
from eventstudy.report.wording import Measure, numbers
from eventstudy.report.wording import sectors as say

LONG_WINDOW = "[0,+5]"


def build(chapter: Chapter) -> Section:
    """Table 2: every sector of the focus event, role by role, with its reading in words."""
    number, anchor = chapter.part(3), chapter.anchored("sectors")
    groups = [group for group in (_group(chapter, role) for role in cells.ALL_ROLES) if group is not None]
    if not groups:
        reason = chapter.evidence.reason(chapter.focus.event_id, "exposed")
        return Section(number, say.TOPIC, say.NOTHING_MEASURED, anchor, blocks=(Empty(say.no_mean(reason)),))
    return Section(number, say.TOPIC, _finding(chapter), anchor, _paragraphs(chapter), (_table(chapter, groups),))


def _long(chapter: Chapter) -> str:
    """The longer window of the last column; "" where the study has none besides the one that is read."""
    later = [
        window
        for window in chapter.evidence.windows
        if window != chapter.focus_window and numbers.window_bounds(window)[1] > 0
    ]
    if LONG_WINDOW in later:
        return LONG_WINDOW
    return max(later, key=lambda window: numbers.window_bounds(window)[1], default="")


def _group(chapter: Chapter, role: str) -> RowGroup | None:
    rows = []
    long = _long(chapter)
    for sector, measure in cells.ordered_sectors(chapter, role, chapter.focus_window, focus=True):
        later = chapter.focus_measure(role, sector, long) if long else None
        line: list[Cell] = [
            TextCell(sector),
            NumberCell(numbers.integer(measure.n), measure.n),
            cells.percent_cell(measure.caar, strong=True),
            cells.interval_cell(measure),
            cells.p_cell(measure.p, raised="a" if measure.test == "portfolio_t" else ""),
            cells.p_cell(measure.holm),
            cells.p_cell(measure.placebo, say.NO_ORDINARY_DAYS),
            cells.breadth_cell(measure, role),
            _correlation(measure),
            cells.size_cell(measure.mde),
        ]
        if long:
            line.append(cells.percent_cell(math.nan if later is None else later.caar))
        line.append(TextCell(wording.table_word(measure)))
        rows.append(Row(tuple(line), strong=measure.reading == "clear"))
    if not rows:
        return None
    typed = cells.role_value(role)
    rest = "" if role in cells.MAIN_ROLES else say.OUTSIDE_TARGET
    return RowGroup(tuple(rows), wording.ROLE_TITLES[typed], rest, typed)


def _correlation(measure: Measure) -> Cell:
    if measure.n < 2 or math.isnan(measure.correlation):
        return TextCell(numbers.MISSING)
    return NumberCell(numbers.coefficient(measure.correlation), measure.correlation)


def _table(chapter: Chapter, groups: list[RowGroup]) -> Table:
    window, long = numbers.window(chapter.focus_window), _long(chapter)
    columns = [
        Column("sector", say.HEADS["sector"]),
        Column("shares", say.HEADS["shares"], "number"),
        Column("caar", f"{window}, %", "number", explanation=say.TIPS["caar"]),
        Column("interval", say.HEADS["interval"], "interval"),
        Column("p", "p", "p", explanation=say.TIPS["p"]),
        Column("adj_p", say.HEADS["adj_p"], "p", explanation=say.TIPS["adj_p"]),
        Column("placebo_p", say.HEADS["placebo_p"], "p", explanation=say.TIPS["placebo_p"]),
        Column("rising", say.HEADS["rising"], "dots"),
        Column("correlation", numbers.R_BAR, "number", explanation=say.TIPS["correlation"]),
        Column("mde", say.HEADS["mde"], "number", explanation=say.TIPS["mde"]),
    ]
    if long:
        columns.append(Column("later", f"{numbers.window(long)}, %", "number"))
    columns.append(Column("reading", say.HEADS["reading"], "reading"))
    family = _family(chapter)
    note: Rich = (
        say.table_note(family),
        Raised("a"),
        say.PORTFOLIO_BELOW,
    )
    what = say.over_what(chapter.focus_window, window)
    return Table(
        id=chapter.anchored("table-2"),
        label=chapter.label(wording.TABLE, 2),
        title=say.table_title(what),
        subtitle=say.TABLE_SUBTITLE,
        columns=tuple(columns),
        groups=tuple(groups),
        note=note,
    )


def _family(chapter: Chapter) -> int:
    measures = [chapter.focus_measure(role) for role in cells.ALL_ROLES]
    return max((measure.family for measure in measures if measure is not None), default=0)


def _named(chapter: Chapter) -> list[tuple[str, str, str, Measure]]:
    """Role, sector, its name in a sentence (with the role where the sector has several), and its numbers."""
    rows = [
        (role, sector, measure)
        for role in cells.ALL_ROLES
        for sector, measure in cells.ordered_sectors(chapter, role, chapter.focus_window, focus=True)
    ]
    twice = [sector for _, sector, _ in rows]
    return [
        (
            role,
            sector,
            wording.sector_words(sector) + (f" ({say.KINDS[role]})" if twice.count(sector) > 1 else ""),
            measure,
        )
        for role, sector, measure in rows
    ]


def _finding(chapter: Chapter) -> str:
    """How many sectors survive adjustment, and which come next."""
    rows = _named(chapter)
    family = _family(chapter)
    clear = [name for _, _, name, measure in rows if measure.reading == "clear"]
    suggestive = [name for _, _, name, measure in rows if measure.reading == "suggestive"]
    uneven = [name for _, _, name, measure in rows if measure.reading == "uneven"]
    move = say.move_word(chapter.focus_window)
    if clear:
        verb = say.stands(len(clear))
        first = say.stand_adjusted(clear, verb, family)
        return numbers.capitalised(first)
    first = say.none_adjusted(move, family)
    if suggestive:
        verb = say.is_are(len(suggestive))
        return say.suggestive(first, suggestive, verb)
    if uneven:
        kind = say.day_or_stretch(chapter.focus_window)
        return say.uneven(first, uneven, kind)
    return first


def _paragraphs(chapter: Chapter) -> tuple[Rich, ...]:
    period = chapter.period(focus=True)
    told, suggestive, same_side = [], [], []
    for role, sector, name, measure in _named(chapter):
        if measure.reading == "suggestive":
            suggestive.append((name, measure))
        elif measure.reading in ("clear", "uneven"):
            moves = chapter.evidence.moves(chapter.focus.event_id, role, sector, chapter.focus_window)
            told.append(wording.verdict(name, measure, period, found=wording.supply(moves)))
        elif measure.n >= 4:
            same_side.append(wording.one_side(sector, measure, period))
    if len(suggestive) == 1:
        told.append(wording.verdict(*suggestive[0], period))
    elif suggestive:
        told.append(wording.suggestive_sentence(suggestive[:4]))
    first = cells.joined([sentence for sentence in same_side if sentence][:3])
    second = cells.joined(told[:5])
    return tuple((text,) for text in (first, second) if text)
