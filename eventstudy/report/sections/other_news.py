"""Part 9: what else happened, what is missing, and how each exchange's event day was chosen."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date

import pandas as pd

from eventstudy.catalogue.markets import CITIES
from eventstudy.report import wording
from eventstudy.report.chapter import RUN_UP, Chapter
from eventstudy.report.evidence import ExchangeDay
from eventstudy.report.model import (
    Cell,
    Column,
    ColumnList,
    Columns,
    Empty,
    MissingCell,
    NumberCell,
    Rich,
    Row,
    RowGroup,
    Section,
    Strong,
    Table,
    TextCell,
)
from eventstudy.report.sections.before_after import later_events
from eventstudy.report.wording import numbers
from eventstudy.report.wording import other_news as say
from eventstudy.report.wording.sentences import city, worded

MOST_ITEMS = 10
MOST_TICKERS = 40
AROUND = (-2, 10)


def build(chapter: Chapter) -> Section:
    """Two lists side by side, then the table of event days."""
    news = _news(chapter) or ((Strong(say.NOTHING_ON_FILE), say.NO_OTHER_NEWS),)
    missing = _missing(chapter)
    lists = Columns((ColumnList(say.NEWS_HEADING, news), ColumnList(say.MISSING_HEADING, missing)))
    days = _days(chapter)
    return Section(chapter.part(9), say.TOPIC, _finding(chapter), chapter.anchored("other-news"), blocks=(lists, days))


def _finding(chapter: Chapter) -> str:
    shares = chapter.evidence.shares.get(chapter.focus.event_id, ())
    out = sum(1 for share in shares if not share.used)
    first = say.some_left_out(out, len(shares)) if out else say.all_have_prices(len(shares))
    days = {share.session for share in shares if share.used and share.session is not None}
    if not days:
        return first
    if len(days) == 1:
        return say.one_day(first, next(iter(days)))
    return say.several_days(first, days)


# What else happened


def _session_taus(chapter: Chapter) -> dict[str, dict[date, int]]:
    """Exchange to calendar day to event day, over the focus event's shares."""
    daily = chapter.evidence.daily(chapter.focus.event_id)
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for share in chapter.evidence.used(chapter.focus.event_id):
        days = daily.get(share.ticker)
        if days is None:
            continue
        for tau, session in zip(days.taus, days.sessions, strict=True):
            if session is not None:
                found[share.exchange].setdefault(session, tau)
    return dict(found)


def _news(chapter: Chapter) -> tuple[Rich, ...]:
    """Confounders and other catalogue events around the focus event: fact and date, no verdict."""
    sessions = _session_taus(chapter)
    used = chapter.evidence.used(chapter.focus.event_id)
    exchanges = {share.ticker: share.exchange for share in used}
    items: list[tuple[date, Rich]] = []
    before = False
    for news in chapter.evidence.results.confounders:
        places = [
            exchange
            for exchange, taus in sessions.items()
            if AROUND[0] <= taus.get(news.session_date, 99) <= AROUND[1]
            and (news.scope in ("*", exchange) or exchanges.get(news.scope) == exchange)
        ]
        if not places:
            continue
        before = before or any(sessions[place][news.session_date] < 0 for place in places)
        named = city(news.scope) if news.scope in CITIES else chapter.evidence.name(news.scope)
        where = say.ALL_MARKETS if news.scope == "*" else named
        head = f"{numbers.day_month(news.session_date)}, {where}."
        items.append((news.session_date, (Strong(head), f" {news.note.rstrip('.')}.")))
    for tau, day, event in later_events(chapter, AROUND[1]):
        kind = wording.event_kind(event.direction, event.confidence)
        head = say.news_head(day, tau)
        items.append((day, (Strong(head), f" {event.title} ({kind}).")))
    items.sort(key=lambda item: item[0])
    found: list[Rich] = [rich for _, rich in items]
    early = _early(chapter)
    if early and not before:
        found.insert(0, (Strong(say.TWO_SESSIONS_BEFORE), say.no_cause(early)))
    if len(found) > MOST_ITEMS:
        left = len(found) - MOST_ITEMS
        found = [
            *found[:MOST_ITEMS],
            (say.further_items(left),),
        ]
    return tuple(found)


def _early(chapter: Chapter) -> str:
    clauses = []
    for role, noun in (("exposed", say.EXPOSED_SHARES), ("beneficiary", say.BENEFICIARIES)):
        measure = chapter.focus_measure(role, window=RUN_UP)
        if measure is not None and wording.is_early(measure):
            clauses.append(f"{noun} {wording.gained_or_lost(measure.caar)}")
    return numbers.capitalised(numbers.listed(clauses))


# What is missing


def _missing(chapter: Chapter) -> tuple[Rich, ...]:
    """Who is left out and why, windows without a value, and what the price source cannot show."""
    event_id = chapter.focus.event_id
    shares = chapter.evidence.shares.get(event_id, ())
    reasons: dict[str, list[str]] = defaultdict(list)
    for share in shares:
        if not share.used:
            reasons[share.reason].append(share.ticker)
    items: list[Rich] = []
    if reasons:
        out = sum(len(names) for names in reasons.values())
        verb = say.is_are(out)
        head = say.shares_of(out, len(shares))
        items.append((Strong(head), say.left_out(verb)))
        for reason, tickers in sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0])):
            head = say.share_count(len(tickers))
            listed = numbers.listed(sorted(tickers), most=MOST_TICKERS)
            items.append((Strong(head), f" {numbers.capitalised(reason)}: {listed}."))
    else:
        items.append((Strong(say.NO_SHARE), say.NONE_LEFT_OUT))
    items += _window_gaps(chapter)
    items += _other_chapter_gaps(chapter)
    results = chapter.evidence.results
    notes = results.prices.notes if results.prices is not None else ()
    items += [(worded(note),) for note in notes]
    return tuple(items)


def _window_gaps(chapter: Chapter) -> list[Rich]:
    gaps: dict[tuple[str, str, bool], list[str]] = defaultdict(list)
    for row in chapter.evidence.excluded.get(chapter.focus.event_id, ()):
        if row.window:
            gaps[row.reason, row.window, row.has_value].append(row.ticker)
    items: list[Rich] = []
    for (reason, window, has_value), tickers in sorted(gaps.items(), key=lambda item: (item[0][1], item[0][0])):
        who = numbers.listed(tickers, most=MOST_TICKERS)
        what = say.window_gap(has_value)
        items.append(
            (
                Strong(f"{numbers.window(window)}:"),
                say.gap_sentence(len(tickers), what, reason, who),
            )
        )
    return items


def _other_chapter_gaps(chapter: Chapter) -> list[Rich]:
    """Events of the episode that have no usable share at all, by reason."""
    if len(chapter.events) == 1:
        return []
    blank: dict[str, list[str]] = {}
    for event in chapter.events:
        if not chapter.evidence.used(event.event_id):
            reason = chapter.evidence.reason(event.event_id, "exposed")
            blank.setdefault(reason, []).append(f"{event.title}, {numbers.day_year(event.announced_date)}")
    found: list[Rich] = []
    for reason, names in blank.items():
        count = numbers.capitalised(say.announcements(len(names)))
        told = say.untestable(reason, names)
        found.append((Strong(say.of_the_episode(count)), told))
    return found


# Event days


def _days(chapter: Chapter) -> Table | Empty:
    days = chapter.evidence.days.get(chapter.focus.event_id, ())
    if not days:
        return Empty(say.NO_EVENT_DAY)
    counts: dict[str, int] = defaultdict(int)
    for share in chapter.evidence.used(chapter.focus.event_id):
        counts[share.exchange] += 1
    merged: dict[tuple[str, date | None, str, str], tuple[int, ExchangeDay]] = {}
    for day in days:
        benchmark = _benchmark(chapter, day.exchange)
        key = (day.city, day.session, day.sentence, benchmark)
        before = merged.get(key, (0, day))[0]
        merged[key] = (before + counts[day.exchange], merged.get(key, (0, day))[1])
    with_shares = sum(count > 0 for count, _ in merged.values())
    rows = [
        Row(
            (
                TextCell(place),
                NumberCell(numbers.integer(count), count),
                TextCell(
                    f"{numbers.day_short(session)} {session.year}" if session else numbers.MISSING,
                    sort=session.isoformat() if session else "",
                ),
                TextCell(numbers.capitalised(sentence) or numbers.MISSING),
                TextCell(chapter.evidence.name(benchmark), benchmark if benchmark in chapter.evidence.names else "")
                if benchmark
                else MissingCell(say.NO_BENCHMARK),
                _market_return(chapter, benchmark, session),
            )
        )
        for (place, session, sentence, benchmark), (count, _) in sorted(
            merged.items(), key=lambda item: (-item[1][0], item[0][0])
        )
    ]
    return Table(
        id=chapter.anchored("table-days"),
        label=chapter.label(wording.TABLE, 6),
        title=say.TABLE_TITLE,
        subtitle=say.TABLE_SUBTITLE,
        columns=(
            Column("exchange", say.HEADS["exchange"]),
            Column("shares", say.HEADS["shares"], "number", phone=False, explanation=say.TIPS["shares"]),
            Column("session", say.HEADS["session"], wrap=False),
            Column("rule", say.HEADS["rule"], grow=3.0),
            Column("benchmark", say.HEADS["benchmark"], phone=False, grow=1.5),
            Column("market", say.HEADS["market"], "number"),
        ),
        groups=(RowGroup(tuple(rows)),),
        sortable=False,
        on_paper=not chapter.number,
        # those without shares stand last
        full_label=say.all_exchanges(len(rows)) if 0 < with_shares < len(rows) else "",
        paper=(RowGroup(tuple(rows[:with_shares])),) if 0 < with_shares < len(rows) else (),
    )


def _benchmark(chapter: Chapter, exchange: str) -> str:
    """The market of most lines of an exchange."""
    universe = chapter.evidence.results.universe
    if universe is None:
        return ""
    names: dict[str, int] = defaultdict(int)
    for security in universe:
        if security.exchange == exchange and security.role != "benchmark" and security.benchmark:
            names[security.benchmark] += 1
    return max(sorted(names), key=lambda name: names[name]) if names else ""


def _market_return(chapter: Chapter, ticker: str, session: date | None) -> Cell:
    """The benchmark's own return on the event day, close to close."""
    history = chapter.evidence.results.prices
    frame = history.frames.get(ticker) if history is not None and ticker else None
    if frame is None or session is None:
        return MissingCell(say.NO_MARKET_PRICE)
    column = "adj_close" if frame["adj_close"].notna().any() else "close"
    closes = frame[column].dropna()
    place = int(closes.index.searchsorted(pd.Timestamp(session)))
    if place == 0 or place >= len(closes) or closes.index[place].date() != session:
        return MissingCell(say.NO_PRICE_ON_SESSION)
    value = float(closes.iloc[place] / closes.iloc[place - 1] - 1.0)
    return MissingCell(say.NO_PRICE) if math.isnan(value) else NumberCell(numbers.percent(value, 2), 100 * value)
