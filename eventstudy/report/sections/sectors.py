"""Part 3: can each sector be told from noise."""

from __future__ import annotations

import math

from eventstudy.report import numbers, wording
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
from eventstudy.report.wording import Measure

TOPIC = "Sector by sector"
LONG_WINDOW = "[0,+5]"


def build(chapter: Chapter) -> Section:
    """Table 2: every sector of the focus event, role by role, with its reading in words."""
    number, anchor = chapter.part(3), chapter.anchored("sectors")
    groups = [group for group in (_group(chapter, role) for role in cells.ALL_ROLES) if group is not None]
    if not groups:
        reason = chapter.evidence.reason(chapter.focus.event_id, "exposed")
        return Section(
            number, TOPIC, "No sector could be measured", anchor, blocks=(Empty(f"No sector has a mean: {reason}."),)
        )
    return Section(number, TOPIC, _finding(chapter), anchor, _paragraphs(chapter), (_table(chapter, groups),))


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
            cells.p_cell(measure.placebo, "no ordinary days, or too few"),
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
    rest = "" if role in cells.MAIN_ROLES else "outside the target’s markets, never averaged in"
    return RowGroup(tuple(rows), wording.ROLE_TITLES[typed], rest, typed)


def _correlation(measure: Measure) -> Cell:
    if measure.n < 2 or math.isnan(measure.correlation):
        return TextCell(numbers.MISSING)
    return NumberCell(numbers.coefficient(measure.correlation), measure.correlation)


def _table(chapter: Chapter, groups: list[RowGroup]) -> Table:
    window, long = numbers.window(chapter.focus_window), _long(chapter)
    columns = [
        Column("sector", "Sector"),
        Column("shares", "Shares", "number"),
        Column("caar", f"{window}, %", "number", explanation="mean cumulated abnormal return"),
        Column("interval", "95% interval", "interval"),
        Column("p", "p", "p", explanation="of the headline test"),
        Column("adj_p", "adj. p", "p", explanation="Holm’s adjustment over all tests of this event"),
        Column("placebo_p", "placebo p", "p", explanation="share of ordinary days that moved the group as far"),
        Column("rising", "Rising", "dots"),
        Column("correlation", numbers.R_BAR, "number", explanation="mean residual correlation between the shares"),
        Column("mde", "MDE", "number", explanation="smallest effect found four times in five"),
    ]
    if long:
        columns.append(Column("later", f"{numbers.window(long)}, %", "number"))
    columns.append(Column("reading", "Reading", "reading"))
    family = _family(chapter)
    note: Rich = (
        f"{numbers.R_BAR}: mean residual correlation between the shares. Rising: how many rose against the "
        f"market. adj. p: Holm over the {numbers.counted(family, 'test')} of this event, sectors and windows "
        f"together. MDE: smallest effect found 4 times in 5. p: adjusted BMP from six shares on; ",
        Raised("a"),
        " portfolio t below.",
    )
    what = "on the event day" if chapter.focus_window == "[0,0]" else f"over {window}"
    return Table(
        id=chapter.anchored("table-2"),
        label=chapter.label("Table", 2),
        title=f"Sectors {what}",
        subtitle="Ordered by abnormal return within each role",
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
    kinds = {
        "exposed": "exposed",
        "beneficiary": "beneficiary",
        "control": "control",
        "exposed_elsewhere": "exposed elsewhere",
    }
    return [
        (
            role,
            sector,
            cells.sector_words(sector) + (f" ({kinds[role]})" if twice.count(sector) > 1 else ""),
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
    move = "first day" if chapter.focus_window == "[0,0]" else "move"
    if clear:
        verb = "stands" if len(clear) == 1 else "stand"
        first = f"{numbers.listed(clear, most=3)} {verb} after adjustment for {numbers.counted(family, 'test')}"
        return numbers.capitalised(first)
    first = f"No sector’s {move} survives adjustment for {numbers.counted(family, 'test')}"
    if suggestive:
        verb = "is" if len(suggestive) == 1 else "are"
        return f"{first}; {numbers.listed(suggestive, most=3)} {verb} suggestive"
    if uneven:
        kind = "day" if chapter.focus_window == "[0,0]" else "stretch"
        return f"{first}; {numbers.listed(uneven, most=3)} had an unusual but uneven {kind}"
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
