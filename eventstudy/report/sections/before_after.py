"""Part 2: did it start earlier, did it last."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import date

from eventstudy.catalogue.events import Event
from eventstudy.report import wording
from eventstudy.report.chapter import EVENT_DAY, RUN_UP, Chapter
from eventstudy.report.evidence import PathPoint
from eventstudy.report.model import Empty, Figure, PathLabel, PathPanel, PathsPlot, Rich, Section
from eventstudy.report.sections import _cells as cells
from eventstudy.report.sections.first_page import early_sentences
from eventstudy.report.wording import before_after as say
from eventstudy.report.wording import numbers


def build(chapter: Chapter) -> Section:
    """The paths of the exposed and of the beneficiaries, on one scale."""
    panels = [panel for panel in (_panel(chapter, role) for role in ("exposed", "beneficiary")) if panel is not None]
    number, anchor = chapter.part(2), chapter.anchored("before-and-after")
    if not panels:
        reason = chapter.evidence.reason(chapter.focus.event_id, "exposed")
        return Section(
            number,
            say.TOPIC,
            say.NO_PATH,
            anchor,
            blocks=(Empty(say.neither_has_path(reason)),),
        )
    finding = _finding(chapter)
    subtitle = say.PATH_SUBTITLE
    if any(not math.isnan(value) for panel in panels for value in panel.ordinary_low):
        subtitle += say.PATH_ORDINARY
    figure = Figure(
        id=chapter.anchored("figure-2"),
        label=chapter.label(wording.FIGURE, 2),
        title=say.PATH_TITLE,
        subtitle=subtitle,
        alt=f"{finding}. " + cells.joined([_last_day(panel) for panel in panels]),
        drawing=PathsPlot(tuple(panels)),
        described_by=chapter.anchored("table-1"),
    )
    return Section(number, say.TOPIC, finding, anchor, _paragraphs(chapter), (figure,))


def _points(chapter: Chapter, role: str) -> tuple[PathPoint, ...]:
    return chapter.evidence.path(chapter.focus.event_id, role)


def _panel(chapter: Chapter, role: str) -> PathPanel | None:
    points = [point for point in _points(chapter, role) if -10 <= point.tau <= 15]
    if not any(point.n and not math.isnan(point.caar) for point in points):
        return None
    by_tau = {point.tau: point for point in points}
    measure = chapter.focus_measure(role)
    labels = []
    zero = by_tau.get(0)
    if zero is not None and not math.isnan(zero.caar):
        labels.append(PathLabel(0, 100 * zero.caar, say.on_day_0(zero.caar)))
    last = max((point for point in points if not math.isnan(point.caar)), key=lambda point: point.tau)
    if last.tau > 0:
        labels.append(PathLabel(last.tau, 100 * last.caar, say.by_day(last.caar, last.tau)))
    run_up = chapter.focus_measure(role, window=RUN_UP)
    start = by_tau.get(-3)
    if run_up is not None and wording.is_early(run_up) and start is not None:
        words = say.before_it(run_up.caar)
        labels.append(PathLabel(-3, 100 * start.caar, words, mark=False))
    news, news_text = _later_news(chapter, role, last.tau)
    ordinary = any(not math.isnan(point.ordinary_low) for point in points if point.tau != -1)
    shares = measure.n if measure else last.n
    return PathPanel(
        role=cells.role_value(role),
        title=wording.ROLE_TITLES[cells.role_value(role)],
        subtitle=say.panel_subtitle(shares),
        taus=tuple(point.tau for point in points),
        values=tuple(100 * point.caar for point in points),
        low=tuple(100 * point.low for point in points),
        high=tuple(100 * point.high for point in points),
        ordinary_low=tuple(100 * point.ordinary_low for point in points) if ordinary else (),
        ordinary_high=tuple(100 * point.ordinary_high for point in points) if ordinary else (),
        labels=tuple(labels),
        news=news,
        news_text=news_text,
        reading=measure.reading if measure is not None else "noise",
    )


def main_exchange(chapter: Chapter) -> str:
    """Where most of the focus event's shares trade; the exposed ones decide where there are any."""
    event_id = chapter.focus.event_id
    shares = chapter.evidence.used(event_id, "exposed") or chapter.evidence.used(event_id)
    counts = Counter(share.exchange for share in shares)
    return max(sorted(counts), key=lambda name: counts[name]) if counts else ""


def sessions_by_tau(chapter: Chapter) -> dict[date, int]:
    """Calendar day to event day on the focus event's main exchange."""
    exchange = main_exchange(chapter)
    daily = chapter.evidence.daily(chapter.focus.event_id)
    found: dict[date, int] = {}
    for share in chapter.evidence.used(chapter.focus.event_id):
        days = daily.get(share.ticker)
        if share.exchange == exchange and days is not None:
            for tau, day in zip(days.taus, days.sessions, strict=True):
                if day is not None:
                    found.setdefault(day, tau)
    return found


def later_events(chapter: Chapter, last_tau: int) -> list[tuple[int, date, Event]]:
    """Other catalogue events whose first session falls after day 0: event day, session and event, in order."""
    sessions = sessions_by_tau(chapter)
    exchange = main_exchange(chapter)
    found = []
    for event in chapter.evidence.catalogue:
        if event.event_id == chapter.focus.event_id:
            continue
        day = chapter.evidence.session_on(event.event_id, exchange)
        if day is not None and 0 < sessions.get(day, 0) <= last_tau:
            found.append((sessions[day], day, event))
    return sorted(found, key=lambda item: (item[0], item[2].event_id))


def _later_news(chapter: Chapter, role: str, last_tau: int) -> tuple[tuple[int, ...], str]:
    found = later_events(chapter, last_tau)
    if not found:
        return (), ""
    days = sorted({day for _, day, _ in found})
    return tuple(sorted({tau for tau, _, _ in found})), say.further_news(_short_days(days))


def _short_days(days: Sequence[date]) -> str:
    """Dates of a figure: "9, 13, 15 Jan", each month once."""
    parts: list[str] = []
    for index, day in enumerate(days):
        last_of_month = index + 1 == len(days) or days[index + 1].month != day.month
        parts.append(numbers.day_short(day) if last_of_month else str(day.day))
    return ", ".join(parts)


def _last_day(panel: PathPanel) -> str:
    texts = "; ".join(label.text for label in panel.labels)
    return f"{panel.title}: {texts}." if texts else ""


def _finding(chapter: Chapter) -> str:
    """What came before, and whether what followed left the ordinary range."""
    clauses = []
    period = chapter.period(focus=True)
    for role, noun in (("exposed", say.EXPOSED_GROUP), ("beneficiary", say.BENEFICIARY_GROUP)):
        points = _points(chapter, role)
        if not any(not math.isnan(point.caar) and point.n for point in points):
            continue
        run_up = chapter.focus_measure(role, window=RUN_UP)
        if run_up is not None and wording.is_early(run_up):
            clauses.append(say.moved_before(noun, wording.gained_or_lost(run_up.caar), period.news))
        else:
            clauses.append(_afterwards(noun, role == "beneficiary", points))
    both = [say.EXPOSED_INSIDE, say.BENEFICIARIES_INSIDE]
    if clauses == both:
        return say.BOTH_INSIDE
    return numbers.capitalised("; ".join(clauses)) if clauses else say.NO_PATH


def _afterwards(noun: str, plural: bool, points: Sequence[PathPoint]) -> str:
    after = [point for point in points if point.tau >= 0 and not math.isnan(point.caar)]
    ordinary = [point for point in after if not math.isnan(point.ordinary_low)]
    if ordinary:
        outside = [not point.ordinary_low <= point.caar <= point.ordinary_high for point in ordinary]
        if not any(outside):
            return say.stays_inside(noun, plural)
        if outside[-1]:
            return say.ends_outside(noun, plural, ordinary[-1].tau)
        return say.comes_back(noun, plural)
    last = after[-1]
    if math.isnan(last.low) or last.low <= 0 <= last.high:
        return say.ends_not_told(noun, plural, last.tau, last.caar)
    return say.ends_told(noun, plural, last.tau, last.caar)


def _paragraphs(chapter: Chapter) -> tuple[Rich, ...]:
    sentences: list[str] = []
    period = chapter.period(focus=True)
    if chapter.is_pooled or chapter.others:
        sentences.append(_which_event(chapter))
    names = {"exposed": say.EXPOSED_SHARES, "beneficiary": say.BENEFICIARIES}
    run_ups = {role: chapter.focus_measure(role, window=RUN_UP) for role in names}
    quiet = [each for each in run_ups.values() if each is not None and each.measured and each.reading == "noise"]
    if len(quiet) == len(names):
        sentences.append(say.run_ups_noise(period.news, list(zip(names.values(), quiet, strict=True))))
        run_ups = {}
    for role, run_up in run_ups.items():
        name, day = names[role], chapter.focus_measure(role)
        if run_up is None or not run_up.measured:
            continue
        if not wording.is_early(run_up):
            sentences.append(
                say.run_up_noise(
                    period.news, name, run_up.caar, wording.certainty_short(run_up), _early_word(run_up.reading)
                )
            )
            continue
        larger = day is not None and abs(run_up.caar) > abs(day.caar)
        rise = say.rise_or_fall(run_up.caar)
        day_zero = chapter.focus_window == EVENT_DAY
        comparison = say.against_first_day(larger, day_zero)
        comparison = comparison if day_zero else say.MEANS_THAT
        breadth = run_up.up if run_up.caar > 0 else run_up.n - run_up.up
        sentences.append(
            say.run_up_told(wording.possessive(name), rise, breadth, run_up.n, run_up.p, run_up.holm, comparison)
        )
    if chapter.is_pooled:
        sentences += early_sentences(chapter, focus=True)
    later = later_events(chapter, 10)
    if later:
        sentences.append(say.later_news(later[0][1]))
    return ((cells.joined(sentences),),) if sentences else ()


def _early_word(reading: str) -> str:
    return say.early_doubt(reading)


def _which_event(chapter: Chapter) -> str:
    """Which event parts 2 to 5 show, and which they leave aside."""
    others = [f"{event.title} ({numbers.day_year(event.announced_date)})" for event in chapter.others]
    shown = say.shows_event(chapter.focus.title, chapter.focus.announced_date)
    return say.other_events(shown, others) if others else shown
