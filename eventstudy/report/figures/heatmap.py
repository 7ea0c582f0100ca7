"""Figure 4: sectors by announcements, coloured only where a move can be told from noise."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from eventstudy.report.figures.sheet import Sheet, shorten, text_width
from eventstudy.report.model import HeatCell, HeatMap, HeatRow
from eventstudy.report.tokens import AXIS, HEAT_BREAKS
from eventstudy.report.wording import figures as say

_LATEST = 6
_STAGGERED = 16  # columns that one drawing holds where their names stand at several heights
_LEVELS, _LEVEL_HEIGHT = 3, 26.0
_TOO_NARROW, _ROOM_FOR_A_DATE = 52.0, 37.0


def split(plot: HeatMap, width: float, *, compact: bool = False) -> tuple[HeatMap, ...]:
    """The heat map in parts that fit the width, each with all rows and a run of the columns.

    A compact one holds more columns: their names stand at several heights then. A narrow one is one part: the six
    latest columns, moved back where that is needed to hold the framed one.

    Examples
    --------
    >>> from eventstudy.report.model import HeatColumn, HeatRow
    >>> months = tuple(HeatColumn("2025", f"Ban {month}", "4 Apr") for month in range(20))
    >>> plot = HeatMap((HeatRow("exposed", "Autos"),), months, ((None,) * 20,))
    >>> [len(part.columns) for part in split(plot, 1120)], [len(part.columns) for part in split(plot, 358)]
    ([10, 10], [6])
    >>> [len(part.columns) for part in split(plot, 690)]
    [7, 7, 6]
    >>> [len(part.columns) for part in split(plot, 690, compact=True)]
    [10, 10]
    """
    count = len(plot.columns)
    if width < 480:
        current = max((index for index, column in enumerate(plot.columns) if column.current), default=count)
        end = min(count, max(_LATEST, current + 3))
        return (_part(plot, max(0, end - _LATEST), end),)
    most = 16 if width > 900 else _STAGGERED if compact else 9
    parts = max(1, math.ceil(count / most))
    size = math.ceil(count / parts)
    return tuple(_part(plot, start, min(start + size, count)) for start in range(0, max(count, 1), max(size, 1)))


def _part(plot: HeatMap, start: int, end: int) -> HeatMap:
    return replace(plot, columns=plot.columns[start:end], cells=tuple(line[start:end] for line in plot.cells))


def heat_token(value: float) -> str:
    """The colour token of a value in per cent: its sign and one of three levels.

    Examples
    --------
    >>> heat_token(-0.9), heat_token(4.4), heat_token(11.3)
    ('fall-1', 'rise-2', 'rise-3')
    """
    low, high = HEAT_BREAKS
    level = 1 + (abs(value) >= low) + (abs(value) >= high)
    return f"{'rise' if value >= 0 else 'fall'}-{level}"


def draw_heatmap(
    plot: HeatMap,
    *,
    width: float,
    theme: str = "light",
    compact: bool = False,
    simulated: bool = False,
    legend: bool = True,
    column_width: float = 0.0,
) -> Sheet:
    """The heat map as one grid; see `split` for more columns than fit.

    Parameters
    ----------
    plot : HeatMap
        Values in per cent.
    width : float
        Pixels; below 480 short names.
    theme : str
        ``"light"``, ``"dark"`` or ``"print"``.
    compact : bool
        Lower rows, for a sheet of paper.
    simulated : bool
        Whether to lay the word "simulated" across.
    legend : bool
        Whether to explain the colours below.
    column_width : float
        Pixels a column; 0 shares the width out.

    Returns
    -------
    Sheet
    """
    narrow = width < 480
    names = names_width(width, compact=compact)
    size = 11.5
    pitch = 28.0 if narrow else 17.5 if compact else 22.0 if width < 900 else 30.0
    count = max(len(plot.columns), 1)
    wide = column_width or min((width - names) / count, 78.0)
    heads = _heads(plot, wide, narrow=narrow, staggered=compact and wide < _TOO_NARROW)
    top = heads.bottom + 11
    steps = [0.0]
    for before, after in zip(plot.rows, plot.rows[1:], strict=False):
        steps.append(steps[-1] + pitch + (9.0 if before.role != after.role else 0.0))
    bottom = top + (steps[-1] + pitch if plot.rows else 0.0)
    legend_height = (46.0 if narrow else 27.0) if legend else 2.0
    sheet = Sheet(width, bottom + legend_height, theme, simulated=simulated)

    _draw_heads(sheet, plot, heads, names, wide)
    for row, (step, line) in enumerate(zip(steps, plot.cells, strict=False)):
        middle = top + step + pitch / 2
        _row_name(sheet, plot.rows[row], middle, names - 16, narrow)
        for column, cell in enumerate(line):
            _cell(sheet, names + column * wide, top + step, wide, pitch, cell, size)
            if cell is not None and math.isfinite(cell.value):
                sheet.spot(names + column * wide, top + step, wide, pitch, _spoken(plot, row, column, cell))
    for index, event in enumerate(plot.columns):
        if event.current:
            # names at several heights reach over their neighbours' columns: the frame begins below them
            frame = heads.bottom - 12 * heads.date_lines if heads.date_lines else 23.5
            sheet.rectangle(names + index * wide, frame, wide, bottom + 2 - frame, edge="ink", line=1.2)
    if legend:
        _legend(sheet, bottom + 20, width, narrow)
    return sheet


def _spoken(plot: HeatMap, row: int, column: int, cell: HeatCell) -> str:
    """A cell in one line: sector, event, number, what it is worth."""
    event = plot.columns[column]
    worth = say.worth(cell.stands, cell.told)
    return f"{plot.rows[row].label}, {event.name}, {event.date.rstrip('*')} {event.year}: {cell.text}%, {worth}"


def _row_name(sheet: Sheet, row: HeatRow, middle: float, room: float, narrow: bool) -> None:
    """A sector's mark and name; on a phone a long name takes two small lines, which tell more than one cut short."""
    sheet.role_mark(5, middle, row.role)
    size = 11.5 if narrow else 12.0
    words = row.short_label or row.label if narrow or text_width(row.label, size) > room else row.label
    if not narrow or text_width(words, size) <= room or " " not in words:
        sheet.text(15, middle + 4.2, shorten(words, room, size), size)
        return
    first, *rest = _wrap(words, room, 10.5)
    sheet.text(15, middle - 1.8, first, 10.5)
    sheet.text(15, middle + 10.0, shorten(" ".join(rest), room + 2, 10.5), 10.5)


def names_width(width: float, *, compact: bool = False) -> float:
    """Pixels for the sectors' names before the first column."""
    return 98.0 if width < 480 else 162.0 if compact else 178.0


def _size_for(name: str, room: float, bold: bool, least: float) -> float:
    """Text size at which the widest word of a name fits, between ``least`` and 11 pixels."""
    widest = max((text_width(word, 11.0, bold=bold) for word in name.split()), default=0.0)
    return 11.0 if widest <= room else max(least, 11.0 * room / widest)


def _wrap(name: str, room: float, size: float) -> list[str]:
    """The name on at most three lines; a word wider than its column is divided."""
    lines: list[str] = []
    for word in (part for each in name.split() for part in _divided(each, room, size)):
        if lines and text_width(f"{lines[-1]} {word}", size) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > 3:
        lines = [*lines[:2], " ".join(lines[2:])]
    return [shorten(line, room + 5, size) for line in lines]


def _divided(word: str, room: float, size: float) -> list[str]:
    """The word, or parts of it: behind its own hyphens, else with a hyphen, between a vowel and a consonant if it can.

    Examples
    --------
    >>> _divided("Announcements", 62.0, 10.5), _divided("Dichlorosilane", 62.0, 10.5), _divided("dual-use", 34.0, 10.5)
    (['Announce-', 'ments'], ['Dichlorosi-', 'lane'], ['dual-', 'use'])
    """
    if text_width(word, size) <= room:
        return [word]
    if own := [cut for cut in range(2, len(word)) if word[cut - 1] == "-" and text_width(word[:cut], size) <= room]:
        return [word[: own[-1]], *_divided(word[own[-1] :], room, size)]
    cuts = [
        cut
        for cut in range(len(word) - 3, 2, -1)
        if text_width(word[:cut] + "-", size) <= room and word[cut - 1 : cut + 1].isalpha()
    ]
    vowels = "aeiouy"
    spoken = [cut for cut in cuts if word[cut - 1].lower() in vowels and word[cut].lower() not in vowels]
    for cut in (spoken or cuts)[:1]:
        return [word[:cut] + "-", word[cut:]]
    return [word]


@dataclass(frozen=True)
class _Heads:
    """The columns' names, each as lines from a height of its own; ``bottom`` is where their dates stand.

    ``date_lines`` says on how many lines, where names stand at several heights; 0 where they all stand at one.
    """

    lines: list[list[str]]
    tops: list[float]
    size: float
    bottom: float
    date_lines: int = 0


def _heads(plot: HeatMap, wide: float, *, narrow: bool, staggered: bool) -> _Heads:
    """Names at one height, or at three in turn where columns are too narrow for their words."""
    if staggered:
        room = _LEVELS * wide - 8
        lines = [_wrap(column.name, room / (1.1 if column.current else 1.0), AXIS)[:2] for column in plot.columns]
        tops = [36.0 + _LEVEL_HEIGHT * (place % _LEVELS) for place in range(len(lines))]
        dates = 1 if wide > _ROOM_FOR_A_DATE else 2
        return _Heads(lines, tops, AXIS, 26.0 + _LEVELS * _LEVEL_HEIGHT + 12.0 * dates, dates)
    least = 9.5 if narrow else 10.5
    size = min((_size_for(column.name, wide - 4, column.current, least) for column in plot.columns), default=11.0)
    # the current column is set bold, which runs wider
    lines = [_wrap(each.name, (wide - 6) / (1.1 if each.current else 1.0), size) for each in plot.columns]
    most = max((len(head) for head in lines), default=1)
    return _Heads(lines, [36.0] * len(lines), size, 36.0 + most * 13.5 + 2)


def _draw_heads(sheet: Sheet, plot: HeatMap, heads: _Heads, names: float, wide: float) -> None:
    start = 0
    end = names + len(plot.columns) * wide
    for index, column in enumerate(plot.columns):
        last = index + 1 == len(plot.columns)
        if last or plot.columns[index + 1].year != column.year:
            left, right = names + start * wide + 2, names + (index + 1) * wide - 4
            sheet.text(left, 12, column.year, 12, bold=True)
            sheet.lines([[(left, 18.5), (right, 18.5)]], "ink", 1.0)
            start = index + 1
        middle = names + (index + 0.5) * wide
        lines, top = heads.lines[index], heads.tops[index]
        at, step = middle, 13.5
        dates = [column.date]
        if heads.date_lines:
            half = max((text_width(text, heads.size, bold=column.current) for text in lines), default=0.0) / 2
            at, step = min(middle, end - half), 12.0
            sheet.lines(
                [[(middle, top + (len(lines) - 1) * step + 4), (middle, heads.bottom - 1 - 12 * heads.date_lines)]],
                "rule",
            )
        for line, text in enumerate(lines):
            halo = heads.date_lines > 0
            sheet.text(at, top + line * step, text, heads.size, anchor="middle", bold=column.current, halo=halo)
        if heads.date_lines == 2:
            dates = column.date.split(" ", 1)
        size = AXIS if heads.date_lines else 10.5
        for line, text in enumerate(reversed(dates)):
            sheet.text(middle, heads.bottom - 12 * line, text, size, "muted", anchor="middle")


def _cell(sheet: Sheet, x: float, y: float, wide: float, pitch: float, cell: HeatCell | None, size: float) -> None:
    base = y + pitch / 2 + 4
    if cell is None or not math.isfinite(cell.value):
        sheet.text(x + wide / 2, base, "·", size, "muted", anchor="middle")
        return
    if not cell.told:
        sheet.text(x + wide / 2, base, cell.text, size, "muted", anchor="middle")
        return
    token = heat_token(cell.value)
    sheet.rectangle(x + 1.5, y + 1.5, wide - 3, pitch - 3, token)
    if cell.stands:
        sheet.rectangle(x + 2, y + 2, wide - 4, pitch - 4, edge="ink", line=1.8)
    colour = "on-strong" if token.endswith("3") else "ink"
    sheet.text(x + wide / 2, base, cell.text, size, colour, anchor="middle", bold=True)


def _legend(sheet: Sheet, base: float, width: float, narrow: bool) -> None:
    low, high = (f"{number:g}" for number in HEAT_BREAKS)
    levels = [
        ("fall-3", say.below(high)),
        ("fall-2", say.falls_between(high, low)),
        ("fall-1", say.falls_to_zero(low)),
        ("rise-1", say.rises_to(low)),
        ("rise-2", say.rises_between(low, high)),
        ("rise-3", say.above(high)),
    ]
    x = 0.0
    if narrow:
        # six levels on one line: swatches under their breaks
        for index, (token, _) in enumerate(levels):
            sheet.rectangle(index * 34, base - 10, 33, 12, token)
        for index, text in enumerate((f"−{high}", f"−{low}", "0", f"+{low}", f"+{high}%")):
            sheet.text((index + 1) * 34, base + 16, text, 10.5, "muted", anchor="middle")
        sheet.rectangle(220, base - 9.5, 13, 11, edge="ink", line=1.6)
        sheet.text(239, base, say.STANDS_ADJUSTING, 10.5, "muted")
        sheet.text(220, base + 16, say.GREY_NOT_TOLD, 10.5, "muted")
        return
    for token, text in levels:
        sheet.rectangle(x, base - 11, 14, 14, token)
        sheet.text(x + 19, base, text, AXIS, "muted")
        x += 19 + text_width(text, AXIS) * 1.03 + (14 if width > 900 else 8)
    roomy = width > 900
    sheet.rectangle(x + 1, base - 10, 13, 12, edge="ink", line=1.6)
    text = say.stands_words(roomy)
    sheet.text(x + 20, base, text, AXIS, "muted")
    if roomy:
        sheet.text(x + 20 + text_width(text, AXIS) + 24, base, say.GREY_NUMBER, AXIS, "muted")
