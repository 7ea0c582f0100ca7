"""What a chapter is about: one event, or an episode whose tightening news is pooled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from eventstudy.catalogue.events import Event
from eventstudy.report import wording
from eventstudy.report.evidence import Evidence, ExchangeDay, Share
from eventstudy.report.measures import Scope, event_scope
from eventstudy.report.wording import Clause, Measure, Period, numbers
from eventstudy.report.wording import chapter as say

RUN_UP = "[-2,-1]"
EVENT_DAY = "[0,0]"

_CLOCKS = {
    timedelta(hours=8): say.BEIJING,
    timedelta(hours=9): say.TOKYO,
    timedelta(hours=-4): say.NEW_YORK,
    timedelta(hours=-5): say.NEW_YORK,
    timedelta(0): "UTC",
}
_ACRONYMS = frozenset({"us", "eu", "uk", "wto", "ree", "mofcom", "ev", "g7"})


@dataclass(frozen=True, eq=False)
class Chapter:
    """One episode, or one event, of a study.

    Attributes
    ----------
    evidence : Evidence
        The study, read once.
    number : str
        The chapter's number; "" where the report is one chapter.
    episode : str
        The episode's id.
    events : tuple of Event
        The chapter's events, in time order.
    pooled : tuple of Event
        Whose rows part 1 averages; one event where nothing is pooled.
    scope : Scope
        Those rows' key.
    focus : Event
        The event that parts 2 to 5 show.
    window, focus_window : str
        The window that is read in part 1 and in parts 2 to 5.
    """

    evidence: Evidence
    number: str
    episode: str
    events: tuple[Event, ...]
    pooled: tuple[Event, ...]
    scope: Scope
    focus: Event
    window: str
    focus_window: str

    @property
    def anchor(self) -> str:
        """The chapter's name in links; "" where the report is one chapter."""
        return f"chapter-{self.number}" if self.number else ""

    @property
    def is_pooled(self) -> bool:
        """Whether part 1 averages several events."""
        return len(self.pooled) > 1

    @property
    def focus_scope(self) -> Scope:
        """The rows of the event that parts 2 to 5 show."""
        return event_scope(self.focus.event_id)

    @property
    def others(self) -> tuple[Event, ...]:
        """The events that parts 2 to 5 leave aside."""
        return tuple(event for event in self.events if event.event_id != self.focus.event_id)

    def anchored(self, name: str) -> str:
        """A part's, figure's or table's name in links, unique in the report."""
        return f"{self.anchor}-{name}" if self.anchor else name

    def label(self, kind: str, index: int) -> str:
        """ "Figure 2", or "Figure 3.2" in the third chapter of several."""
        return f"{kind} {self.number}.{index}" if self.number else f"{kind} {index}"

    def part(self, index: int) -> str:
        """The number above a part's heading."""
        return f"{self.number}.{index}" if self.number else str(index)

    def measure(self, role: str, sector: str = "", window: str = "") -> Measure | None:
        """A group of part 1; over the window that is read, if none is given."""
        return self.evidence.measure(self.scope, role, sector, window or self.window)

    def focus_measure(self, role: str, sector: str = "", window: str = "") -> Measure | None:
        """A group of parts 2 to 5."""
        return self.evidence.measure(self.focus_scope, role, sector, window or self.focus_window)

    def shares(self, role: str, *, focus: bool = False) -> list[Share]:
        """The shares of a role with a move, each once, over the chapter's pooled events or in its focus."""
        found: dict[str, Share] = {}
        for event in (self.focus,) if focus else self.pooled:
            window = self.focus_window if focus else self.window
            cars = self.evidence.cars.get(event.event_id, {}).get(window, {})
            for share in self.evidence.used(event.event_id, role):
                if share.ticker in cars and cars[share.ticker].car == cars[share.ticker].car:
                    found.setdefault(share.ticker, share)
        return list(found.values())

    def cities(self, role: str, *, focus: bool = False) -> dict[str, int]:
        """Where a role's shares are listed, and how many; the largest market first."""
        return dict(Counter(share.city for share in self.shares(role, focus=focus)).most_common())

    def name(self, role: str, *, focus: bool = False) -> str:
        """A role's group as it stands in a sentence, with its market."""
        cities = list(self.cities(role, focus=focus))
        if role == "exposed":
            return wording.exposed_name(cities)
        if role == "control":
            return wording.control_name(cities)
        return wording.beneficiary_name(cities)

    def clause(self, role: str, *, focus: bool = False) -> Clause | None:
        """A role's half of the headline; None where the table has no such group."""
        measure = self.focus_measure(role) if focus else self.measure(role)
        if measure is None:
            return None
        shares = self.shares(role, focus=focus)
        early = self.focus_measure(role, window=RUN_UP) if focus else self.measure(role, window=RUN_UP)
        window = self.focus_window if focus else self.window
        return Clause(
            name=self.name(role, focus=focus),
            short=say.short_group(role),
            measure=measure,
            early=early if window != RUN_UP else None,
            company=shares[0].name if len(shares) == 1 else "",
        )

    def sessions(self, role: str = "", *, focus: bool = True) -> list[date]:
        """The event days of a role's shares, each once."""
        events = (self.focus,) if focus else self.pooled
        days = {
            share.session
            for event in events
            for share in self.evidence.used(event.event_id, role)
            if share.session is not None
        }
        return sorted(days)

    def period(self, *, focus: bool = False) -> Period:
        """How the window that is read is named: of part 1, or of parts 2 to 5."""
        window = self.focus_window if focus else self.window
        if focus or not self.is_pooled:
            event = self.focus if focus else self.pooled[0]
            days = sorted(
                {
                    share.session
                    for share in self.evidence.used(event.event_id, "exposed") or self.evidence.used(event.event_id)
                    if share.session is not None
                }
            )
            return single_period(window, days, event)
        return pooled_period(window, len(self.pooled))


def single_period(window: str, days: Sequence[date], event: Event) -> Period:
    """How a window around one event is named in sentences."""
    first, last = numbers.window_bounds(window)
    length = last - first + 1
    day = numbers.days_listed(days[:3]) if days else numbers.day_month(event.announced_date)
    news = say.news_name(event.has_time)
    noun = say.stretch_noun(length)
    if window == EVENT_DAY:
        return Period(say.ON_FIRST_DAY, say.on_day(day), noun, news, length)
    if first == 0:
        return Period(
            say.in_first_sessions(length),
            say.in_sessions_from(length, day),
            noun,
            news,
            length,
        )
    if first < 0 < last:
        return Period(say.around_day(day), say.in_sessions_around(length, day), noun, news, length)
    return Period(say.in_window(window), say.over_window(window), noun, news, length)


def pooled_period(window: str, count: int, kind: str = "") -> Period:
    """How a window around several pooled events is named in sentences."""
    first, last = numbers.window_bounds(window)
    length = last - first + 1
    events = say.announcements(count, kind)
    noun = say.stretch_noun(length)
    if window == EVENT_DAY:
        return Period(say.over_events(events), say.on_first_day_of(events), noun, say.EVENT_DAY, length)
    where = say.from_or_around(first)
    return Period(
        say.after_or_around(first, events),
        say.in_sessions_of(length, where, events),
        noun,
        say.EVENT_DAY,
        length,
    )


def reading_window(events: Sequence[Event], windows: Sequence[str]) -> str:
    """The window whose verdict is told: the event day, or one that holds day +1 where an hour is unknown.

    A date alone can name a session before the news, so such events are read where the news must have arrived.

    Parameters
    ----------
    events : sequence of Event
        Those the verdict is about.
    windows : sequence of str
        The study's windows.

    Examples
    --------
    >>> timed = Event("a", datetime.fromisoformat("2026-01-06T16:38+08:00"), "A", "a", "restriction")
    >>> dated = Event("b", date(2026, 1, 8), "B", "b", "restriction")
    >>> reading_window([timed], ["[-2,-1]", "[0,0]", "[-1,+1]"]), reading_window([dated], ["[0,0]", "[-1,+1]"])
    ('[0,0]', '[-1,+1]')
    """
    bounds = {window: numbers.window_bounds(window) for window in windows}
    dated = any(not event.has_time for event in events)

    def rank(window: str) -> tuple[bool, bool, bool, int, bool]:
        first, last = bounds[window]
        holds = first <= 0 <= last
        told = not dated or last >= 1
        return (not holds, not told, not dated and first < 0, last - first, first < 0)

    return min(windows, key=rank)


def episode_name(episode: str, events: Sequence[Event]) -> str:
    """An episode's id in words: "2026-japan-curbs" is "Japan curbs"; an event on its own has its title.

    Examples
    --------
    >>> episode_name("2026-japan-curbs", []), episode_name("2012-wto", []), episode_name("2024-us-ban", [])
    ('Japan curbs', 'WTO', 'US ban')
    """
    for event in events:
        if event.event_id == episode:
            return event.title
    words = episode.replace("_", "-").split("-")
    if len(words) > 1 and words[0].isdigit():
        words = words[1:]
    known = {"japan": say.JAPAN, "china": say.CHINA}
    spelt = " ".join(word.upper() if word.lower() in _ACRONYMS else known.get(word, word) for word in words)
    return numbers.capitalised(spelt)


def announced(event: Event, days: Sequence[ExchangeDay] = (), exchange: str = "") -> str:
    """When an event was announced, on which clock, and what that means for one exchange.

    Examples
    --------
    >>> event = Event("a", datetime.fromisoformat("2026-01-06T16:38:24+08:00"), "A", "a", "restriction")
    >>> day = ExchangeDay("XTKS", "Tokyo", date(2026, 1, 7), "after_close", "")
    >>> announced(event, [day], "XTKS")
    'announced Tuesday 6 January 2026, 16:38 Beijing, after the Tokyo close'
    """
    text = say.announced(event.announced_date)
    if not isinstance(event.announced_at, datetime):
        return say.time_unknown(text)
    offset = event.announced_at.utcoffset() or timedelta(0)
    clock = _CLOCKS.get(offset) or f"UTC{event.announced_at:%z}"
    text = f"{text}, {event.announced_at:%H:%M} {clock}"
    for day in days:
        if day.exchange == exchange:
            meaning = say.against_close(day.city, day.rule)
            return f"{text}, {meaning}" if meaning else text
    return text


def make_chapter(evidence: Evidence, episode: str, events: Sequence[Event], number: str = "") -> Chapter:
    """The chapter of one episode: what part 1 pools, and which event parts 2 to 5 show.

    Parameters
    ----------
    evidence : Evidence
        The study.
    episode : str
        The episode's id.
    events : sequence of Event
        The episode's events, in time order, at least one.
    number : str
        The chapter's number, if there are several.
    """
    usable = [event for event in events if evidence.used(event.event_id)]
    tightening = [event for event in usable if event.news == "tightening"]
    confirmed = [event for event in usable if event.direction == "restriction" and event.confidence == "confirmed"]
    focus = (confirmed or tightening or usable or list(events))[0]
    news = Counter(event.news for event in usable)
    kind = "tightening" if tightening else news.most_common(1)[0][0] if news else focus.news
    pooled = [event for event in usable if event.news == kind] or [focus]
    scope = Scope(episode, "", kind)
    if len(pooled) == 1 or not any(evidence.measures.holds(scope, role) for role in ("exposed", "beneficiary")):
        pooled = [focus] if focus in pooled or len(pooled) > 1 else pooled
        scope = event_scope(pooled[0].event_id)
        focus = pooled[0]
    return Chapter(
        evidence=evidence,
        number=number,
        episode=episode,
        events=tuple(events),
        pooled=tuple(pooled),
        scope=scope,
        focus=focus,
        window=reading_window(pooled, evidence.windows),
        focus_window=reading_window([focus], evidence.windows),
    )
