"""Part 5: who carried it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from eventstudy.report import wording
from eventstudy.report.censoring import cut_short
from eventstudy.report.chapter import Chapter
from eventstudy.report.evidence import Daily, Share
from eventstudy.report.model import (
    Cell,
    Column,
    Empty,
    MissingCell,
    NumberCell,
    Raised,
    Role,
    Row,
    RowGroup,
    Run,
    Section,
    SparkCell,
    Table,
    TextCell,
)
from eventstudy.report.sections import _cells as cells
from eventstudy.report.sections.first_page import limited
from eventstudy.report.wording import companies as say
from eventstudy.report.wording import numbers

SHOWN_TOP, SHOWN_BOTTOM = 5, 4
PAPER_TOP, PAPER_BOTTOM = 3, 3  # in a chapter, on paper
FURTHEST = 10  # event days on each side on which a close at the limit is marked


@dataclass(frozen=True)
class _Line:
    """One company's day."""

    share: Share
    daily: Daily
    ar: float
    error: float
    p: float
    limits: tuple[tuple[int, int], ...]


def build(chapter: Chapter) -> Section:
    """Table 3: the highest and lowest abnormal returns of each role, all of them on request."""
    number, anchor = chapter.part(5), chapter.anchored("companies")
    lines = {role: _lines(chapter, role) for role in cells.ALL_ROLES}
    if not any(lines.values()):
        reason = chapter.evidence.reason(chapter.focus.event_id, "exposed")
        return Section(
            number,
            say.TOPIC,
            say.NOBODY_MEASURED,
            anchor,
            blocks=(Empty(say.no_return(reason)),),
        )
    later = _later(chapter)
    marks = _marks(chapter, [line for found in lines.values() for line in found], later)
    chosen, full, on_paper = (
        tuple(_group(chapter, role, found, later, marks, most) for role, found in lines.items() if found)
        for most in ((SHOWN_TOP, SHOWN_BOTTOM), None, (PAPER_TOP, PAPER_BOTTOM))
    )
    total = sum(len(found) for found in lines.values())
    folded = any(len(short.rows) < len(long.rows) for short, long in zip(chosen, full, strict=True))
    table = Table(
        id=chapter.anchored("table-3"),
        label=chapter.label(wording.TABLE, 3),
        title=say.TABLE_TITLE,
        subtitle=say.TABLE_SUBTITLE,
        columns=_columns(chapter, later),
        groups=chosen,
        note=(
            say.TABLE_NOTE,
            *_cut_short_note(marks),
        ),
        full=full if folded else (),
        full_label=say.all_companies(total) if folded else "",
        paper=on_paper if folded and chapter.number else (),
    )
    return Section(number, say.TOPIC, _finding(chapter, lines), anchor, blocks=(table,))


def _later(chapter: Chapter) -> tuple[str, ...]:
    """The windows beside the event day: the one that is read, where it is another, and the long one."""
    found = [chapter.focus_window] if chapter.focus_window != "[0,0]" else []
    last = max(
        (window for window in chapter.evidence.windows if numbers.window_bounds(window)[1] > 0),
        key=lambda window: numbers.window_bounds(window)[1],
        default="",
    )
    return tuple(dict.fromkeys([*found, *([last] if last else [])]))


def _lines(chapter: Chapter, role: str) -> list[_Line]:
    event_id = chapter.focus.event_id
    daily = chapter.evidence.daily(event_id)
    cars = chapter.evidence.cars.get(event_id, {}).get("[0,0]", {})
    closes = chapter.evidence.results.limit_closes
    found = []
    for share in chapter.evidence.used(event_id, role):
        days = daily.get(share.ticker)
        if days is None:
            continue
        ar, sar = days.at(0, days.ar), days.at(0, days.sar)
        move = cars.get(share.ticker)
        error = move.se if move is not None else abs(ar / sar) if sar else math.nan
        limits = _limits(days, closes.get(share.ticker, {}))
        found.append(_Line(share, days, ar, error, move.p if move is not None else math.nan, limits))
    return sorted(found, key=lambda line: (math.isnan(line.ar), -line.ar, line.share.ticker))


def _limits(days: Daily, signs: Mapping[date, int]) -> tuple[tuple[int, int], ...]:
    return tuple(
        (tau, signs[session])
        for tau, session in zip(days.taus, days.sessions, strict=True)
        if session is not None and -FURTHEST <= tau <= FURTHEST and signs.get(session)
    )


def _columns(chapter: Chapter, later: tuple[str, ...]) -> tuple[Column, ...]:
    return (
        Column("company", say.HEADS["company"], grow=2.0, second=say.TICKER),
        Column("market", say.HEADS["market"], phone=False),
        Column("sector", say.HEADS["sector"], phone=False),
        Column("path", f"{numbers.MINUS}10 … +10", "spark", phone=False),
        Column("return", say.HEADS["return"], "number", explanation=say.TIPS["return"]),
        Column("ar", say.HEADS["ar"], "number", explanation=say.TIPS["ar"]),
        Column("error", "±\u00a01.96 s.e.", "number", phone=False),
        Column("p", "p", "p"),
        *(Column(f"window_{index}", f"{numbers.window(window)}, %", "number") for index, window in enumerate(later)),
    )


def _advice(chapter: Chapter, line: _Line, window: str) -> str:
    """What to read in place of a window that the daily limit cut short; "" where it did not."""
    known = [tau for tau, session in zip(line.daily.taus, line.daily.sessions, strict=True) if session is not None]
    windows = [numbers.window_bounds(each) for each in chapter.evidence.windows]
    limits = {tau for tau, _ in line.limits}
    return cut_short(numbers.window_bounds(window), limits, windows, min(max(known, default=0), FURTHEST))


def _marks(chapter: Chapter, lines: list[_Line], later: tuple[str, ...]) -> dict[str, str]:
    """Each advice with its footnote mark, in the order of the table."""
    found = dict.fromkeys(
        advice for line in lines for window in ("[0,0]", *later) if (advice := _advice(chapter, line, window))
    )
    return {advice: _letter(place) for place, advice in enumerate(found)}


def _letter(place: int) -> str:
    """a, b, …, z, aa, ab, …"""
    before, letter = divmod(place, 26)
    return (_letter(before - 1) if before else "") + chr(ord("a") + letter)


def _cut_short_note(marks: Mapping[str, str]) -> tuple[Run, ...]:
    """What each mark means: the return is cut short, and which window is not."""
    if not marks:
        return ()
    found: list[Run] = [say.CUT_SHORT]
    for place, (advice, mark) in enumerate(marks.items()):
        found += [" ", Raised(mark), f" {advice}{';' if place < len(marks) - 1 else '.'}"]
    return tuple(found)


def _group(
    chapter: Chapter,
    role: str,
    lines: list[_Line],
    later: tuple[str, ...],
    marks: Mapping[str, str],
    most: tuple[int, int] | None,
) -> RowGroup:
    """A role's highest and lowest, as many as ``most`` says; all of them where that leaves out one at most."""
    chosen = lines if most is None or len(lines) <= sum(most) + 1 else [*lines[: most[0]], *lines[-most[1] :]]
    typed = cells.role_value(role)
    count = say.shown_of(len(chosen), len(lines), cells.shares_text(len(lines)))
    return RowGroup(
        tuple(_row(chapter, role, line, later, marks) for line in chosen), wording.ROLE_TITLES[typed], count, typed
    )


def _row(chapter: Chapter, role: str, line: _Line, later: tuple[str, ...], marks: Mapping[str, str]) -> Row:
    share, days = line.share, line.daily
    strong = not math.isnan(line.p) and line.p < 0.05
    today = next((sign for tau, sign in line.limits if tau == 0), 0)
    sign = _arrow(today)
    cars = chapter.evidence.cars.get(chapter.focus.event_id, {})
    row: list[Cell] = [
        TextCell(share.name, share.ticker, badge=say.at_limit(sign) if sign else "", strong=strong),
        TextCell(share.city),
        TextCell(share.sector),
        _spark(role, line),
        cells.percent_cell(days.at(0, days.returns), decimals=2, after=sign),
        cells.percent_cell(line.ar, strong=strong, after=sign, raised=marks.get(_advice(chapter, line, "[0,0]"), "")),
        NumberCell(numbers.size(1.96 * line.error), 196 * line.error)
        if not math.isnan(line.error)
        else MissingCell(say.NO_ERROR),
        cells.p_cell(line.p),
    ]
    for window in later:
        move = cars.get(window, {}).get(share.ticker)
        first, last = numbers.window_bounds(window)
        inside = [limit for tau, limit in line.limits if first <= tau <= last]
        row.append(
            cells.percent_cell(
                math.nan if move is None else move.car,
                after=_arrow(inside[0]) if inside else "",
                raised=marks.get(_advice(chapter, line, window), ""),
            )
        )
    return Row(tuple(row))


def _arrow(sign: int) -> str:
    return "▲" if sign > 0 else "▼" if sign < 0 else ""


def _spark(role: str, line: _Line) -> Cell:
    taus, values = line.daily.cumulated()
    known = [value for value in values if not math.isnan(value)]
    if len(known) < 3:
        return MissingCell(say.TOO_FEW_DAYS)
    return SparkCell(
        taus,
        tuple(100 * value for value in values),
        cells.role_value(role),
        tuple(limit for limit in line.limits if limit[0] in taus),
        say.spark_alt(known[0], known[-1]),
    )


def _finding(chapter: Chapter, lines: Mapping[Role, list[_Line]]) -> str:
    """The two largest gains among exposed and beneficiaries, and the limit closes."""
    named = [
        line
        for role, found in lines.items()
        if role in ("exposed", "beneficiary")
        for line in found
        if not math.isnan(line.ar)
    ] or [line for found in lines.values() for line in found if not math.isnan(line.ar)]
    if not named:
        return say.NO_RETURN_ON_DAY
    ordered = sorted(named, key=lambda line: -line.ar)
    gainers = [line for line in ordered[:2] if line.ar > 0]
    upper, lower = limited(chapter)
    limits = wording.limit_sentence(upper, lower).rstrip(".")
    if not gainers:
        first = say.nobody_gained(ordered[0].share.name, ordered[0].ar)
    else:
        names = numbers.listed(f"{line.share.name} ({numbers.percent(line.ar)}%)" for line in gainers)
        first = say.lead(names, len(gainers))
    if limits:
        return f"{first}; {limits}"
    last = ordered[-1]
    return say.last_one(first, last.share.name, last.ar) if len(ordered) > 2 else first
