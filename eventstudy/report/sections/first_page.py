"""Part 1: the event, the headline, the evidence; Figure 1 beside Table 1."""

from __future__ import annotations

import math

from eventstudy.models import Dimson, FactorModel
from eventstudy.report import wording
from eventstudy.report.chapter import RUN_UP, Chapter, announced, episode_name, reading_window
from eventstudy.report.measures import Scope
from eventstudy.report.model import (
    Column,
    Empty,
    EventLine,
    Figure,
    FirstPage,
    IntervalGroup,
    IntervalPlot,
    IntervalRow,
    NumberCell,
    Rich,
    Role,
    Row,
    RowGroup,
    Table,
    TextCell,
)
from eventstudy.report.sections import _cells as cells
from eventstudy.report.wording import Measure, numbers
from eventstudy.report.wording import first_page as say


def event_line(chapter: Chapter) -> EventLine:
    """The event's title, kind and hour; of pooled news, what is pooled and which event the parts show."""
    event = chapter.pooled[0]
    if not chapter.is_pooled:
        days = chapter.evidence.days.get(event.event_id, ())
        exposed = chapter.evidence.used(event.event_id, "exposed") or chapter.evidence.used(event.event_id)
        exchange = exposed[0].exchange if exposed else days[0].exchange if days else ""
        doubt = say.doubt(event.confidence)
        parts = [wording.DIRECTIONS[event.direction], doubt, announced(event, days, exchange)]
        return EventLine(event.title, " · ".join(part for part in parts if part))
    first, last = chapter.pooled[0].announced_date, chapter.pooled[-1].announced_date
    return EventLine(
        f"{episode_name(chapter.episode, chapter.events)}: {_pool_name(chapter)}",
        say.pooled_rest(first, last, chapter.focus.title, chapter.focus.announced_date),
    )


def _pool_name(chapter: Chapter) -> str:
    kind = wording.DIRECTIONS.get(chapter.pooled[0].news, "")
    return say.pool_name(len(chapter.pooled), kind)


def headline(chapter: Chapter, *, simulated: bool) -> str:
    """The chapter's finding in one line."""
    return wording.headline(
        chapter.clause("exposed"), chapter.clause("beneficiary"), chapter.period(), simulated=simulated
    )


def lede(chapter: Chapter) -> Rich:
    """The evidence in at most four sentences."""
    event_id = chapter.pooled[0].event_id
    supplies = {}
    for role in ("exposed", "beneficiary"):
        moves = chapter.evidence.moves(event_id, role, "", chapter.window)
        supplies[role] = None if chapter.is_pooled else wording.supply(moves)
    return (
        wording.lede(
            chapter.clause("exposed"),
            chapter.clause("beneficiary"),
            chapter.period(),
            exposed_supply=supplies["exposed"],
            beneficiary_supply=supplies["beneficiary"],
            early=early_sentences(chapter),
            limits="" if chapter.is_pooled else limit_sentence(chapter),
            reasons=lambda role: chapter.evidence.reason(event_id, role, chapter.window),
            unit=say.unit(chapter.is_pooled),
        ),
    )


def early_sentences(chapter: Chapter, *, focus: bool = False) -> list[str]:
    """What moved before the announcement, role by role; the largest of several markets with its own figure."""
    found: list[str] = []
    period = chapter.period(focus=focus)
    for role in ("exposed", "beneficiary"):
        measure = chapter.focus_measure(role, window=RUN_UP) if focus else chapter.measure(role, window=RUN_UP)
        if measure is None or not wording.is_early(measure):
            continue
        city, count, mean = "", 0, math.nan
        if focus or not chapter.is_pooled:
            city, count, mean = largest_market(chapter, role, RUN_UP)
        noun = say.early_noun(role)
        group = say.early_group(found, role, measure.n, noun)
        found.append(wording.early_sentence(measure, group, period, 2, city, count, mean))
    return found


def largest_market(chapter: Chapter, role: str, window: str) -> tuple[str, int, float]:
    """The market with most of a role's shares, how many, and their mean; "" where all are in one."""
    event_id = chapter.focus.event_id
    cars = chapter.evidence.cars.get(event_id, {}).get(window, {})
    moves: dict[str, list[float]] = {}
    for share in chapter.evidence.used(event_id, role):
        move = cars.get(share.ticker)
        if move is not None and not math.isnan(move.car):
            moves.setdefault(share.city, []).append(move.car)
    if len(moves) < 2:
        return "", 0, math.nan
    city = max(sorted(moves), key=lambda name: len(moves[name]))
    return city, len(moves[city]), math.fsum(moves[city]) / len(moves[city])


def limit_sentence(chapter: Chapter) -> str:
    """Which shares closed the event day at their limit."""
    upper, lower = limited(chapter)
    return wording.limit_sentence(upper, lower)


def limited(chapter: Chapter) -> tuple[list[str], list[str]]:
    """Names of the shares whose first close stood at the upper and at the lower limit."""
    closes = chapter.evidence.results.limit_closes
    upper: list[str] = []
    lower: list[str] = []
    for share in chapter.evidence.used(chapter.focus.event_id):
        sign = closes.get(share.ticker, {}).get(share.session, 0) if share.session is not None else 0
        if sign:
            (upper if sign > 0 else lower).append(share.name)
    return upper, lower


def build(chapter: Chapter) -> FirstPage:
    """Figure 1 and Table 1."""
    return FirstPage(_figure(chapter), _table(chapter))


# Figure 1


def _figure(chapter: Chapter) -> Figure | Empty:
    groups = []
    for role in cells.MAIN_ROLES:
        total = chapter.measure(role)
        if total is None or not total.measured:
            continue
        rows = tuple(
            _interval_row(chapter, role, sector, measure)
            for sector, measure in cells.ordered_sectors(chapter, role, chapter.window, focus=False)
        )
        title = say.all_of(wording.ROLE_TITLES[role])
        groups.append(IntervalGroup(role, _interval_row(chapter, role, "", total, title), rows))
    if not groups:
        return Empty(_nothing(chapter))
    window = numbers.window(chapter.window)
    what = say.over_what(chapter.window)
    subtitle = say.figure_subtitle(what, window)
    if chapter.is_pooled:
        subtitle += say.pooled(_pool_name(chapter))
    finding = _figure_title(chapter)
    return Figure(
        id=chapter.anchored("figure-1"),
        label=chapter.label(wording.FIGURE, 1),
        title=finding,
        subtitle=subtitle,
        alt=f"{finding}. " + cells.joined([_alt(chapter, role) for role in cells.MAIN_ROLES]),
        drawing=IntervalPlot(tuple(groups), row_head=say.row_head(chapter.is_pooled)),
        described_by=chapter.anchored("table-2"),
    )


def _interval_row(chapter: Chapter, role: Role, sector: str, measure: Measure, title: str = "") -> IntervalRow:
    members: tuple[float, ...] = ()
    if not chapter.is_pooled:
        moves = chapter.evidence.moves(chapter.focus.event_id, role, sector, chapter.window)
        members = tuple(100 * move for move in moves.values())
    label = title or wording.short_sector(sector)
    return IntervalRow(
        label=label,
        n=measure.n,
        estimate=100 * measure.caar,
        low=100 * measure.low,
        high=100 * measure.high,
        text=numbers.percent(measure.caar),
        reading=measure.reading,
        up=measure.up,
        members=members,
        short_label=label,
        one_share=measure.n == 1,
    )


def _figure_title(chapter: Chapter) -> str:
    """The shortest true thing about the sectors: which are told, who all went one way, or that none is told."""
    clauses: list[str] = []
    told: list[tuple[str, Measure]] = []
    for role in ("exposed", "beneficiary"):
        sectors = cells.ordered_sectors(chapter, role, chapter.window, focus=False)
        named = [item for item in sectors if item[1].told]
        if named:
            order = {"clear": 0, "suggestive": 1, "uneven": 2}
            sector, measure = min(named, key=lambda item: (order[item[1].reading], item[1].p))
            how = say.UNEVENLY if measure.reading == "uneven" else ""
            name = wording.sector_words(sector, joined="&")
            clauses.append(say.went(name, measure.caar, how))
            told.append((name, measure))
            continue
        one_way = [item for item in sectors if item[1].n >= 4 and item[1].up in (0, item[1].n)]
        if one_way and not chapter.is_pooled:
            sector, measure = max(one_way, key=lambda item: item[1].n)
            who = say.all_members(measure.n, wording.members(sector, measure.n))
            clauses.append(say.all_went(who, measure.up))
    if len(told) == 2 and all(measure.reading != "uneven" for _, measure in told) and _both(told):
        return numbers.capitalised(_both(told))
    if not clauses:
        return say.NO_SECTOR_TOLD
    return numbers.capitalised(", ".join(clauses))


def _both(told: list[tuple[str, Measure]]) -> str:
    """Two told sectors in one clause, where they went the same way."""
    (first, one), (second, other) = told
    verb = say.rose_or_fell(one.caar)
    same = one.caar * other.caar > 0
    return say.both_went(first, second, verb) if same else ""


def _alt(chapter: Chapter, role: str) -> str:
    measure = chapter.measure(role)
    if measure is None or not measure.measured:
        return ""
    noun = say.role_noun(role)
    word = wording.table_word(measure).lower()
    return f"{noun}: {numbers.percent(measure.caar)}%{wording.certainty_short(measure)}, {word}."


def _nothing(chapter: Chapter) -> str:
    reason = chapter.evidence.reason(chapter.focus.event_id, "exposed", chapter.window)
    return say.nothing_measured(reason)


# Table 1

_COLUMNS = (
    Column("window", say.HEADS["window"], explanation=say.TIPS["window"]),
    Column("caar", say.HEADS["caar"], "number", explanation=say.TIPS["caar"]),
    Column("interval", say.HEADS["interval"], "interval"),
    Column("p", "p", "p", explanation=say.TIPS["p"]),
    Column("adj_p", say.HEADS["adj_p"], "p", explanation=say.TIPS["adj_p"]),
    Column("placebo_p", say.HEADS["placebo_p"], "p", screen=False, explanation=say.TIPS["placebo_p"]),
    Column("rising", say.HEADS["rising"], "number", phone=False, explanation=say.TIPS["rising"]),
    Column("mde", say.HEADS["mde"], "number", phone=False, explanation=say.TIPS["mde"]),
)  # fmt: skip


def _table(chapter: Chapter) -> Table | Empty:
    groups: list[RowGroup] = []
    daggers: list[str] = []
    for role in cells.MAIN_ROLES:
        total = chapter.measure(role)
        if total is None or not total.measured:
            continue
        rows = []
        early = wording.is_early(chapter.measure(role, window=RUN_UP))
        for window in chapter.evidence.windows:
            measure = chapter.measure(role, window=window)
            if measure is None or (window == RUN_UP and not early):
                continue
            dagger = ""
            first, last = numbers.window_bounds(window)
            if early and first < 0 <= last:
                note = wording.before_note(*_before(chapter, role, window), chapter.period().news)
                if note:
                    dagger = "†" * (len(daggers) + 1)
                    daggers.append(f"{dagger} {note}.")
            rows.append(_row(window, measure, dagger))
        rest = _observations(total.n) if chapter.is_pooled else cells.role_rest(chapter, role)
        groups.append(RowGroup(tuple(rows), wording.ROLE_TITLES[role], rest, role))
    groups += _apart(chapter)
    if not groups:
        return Empty(_nothing(chapter))
    shown = sum(1 for group in groups if group.role in cells.MAIN_ROLES)
    title = say.table_title(shown)
    subtitle = say.TABLE_SUBTITLE
    if chapter.is_pooled:
        subtitle += say.pooled(_pool_name(chapter))
    return Table(
        id=chapter.anchored("table-1"),
        label=chapter.label(wording.TABLE, 1),
        title=title,
        subtitle=subtitle,
        columns=_COLUMNS,
        groups=tuple(groups),
        note=(_note(chapter, daggers),),
        sortable=False,
        compact=True,
    )


def _observations(n: int) -> str:
    return say.observations(n)


def _row(window: str, measure: Measure, dagger: str = "") -> Row:
    stands = measure.reading == "clear"
    return Row(
        (
            NumberCell(numbers.window(window), raised=dagger) if dagger else TextCell(numbers.window(window)),
            cells.percent_cell(measure.caar, strong=True),
            cells.interval_cell(measure),
            cells.p_cell(measure.p),
            cells.p_cell(measure.holm),
            cells.p_cell(measure.placebo, say.NO_ORDINARY_DAYS),
            NumberCell(f"{numbers.integer(measure.up)}/{numbers.integer(measure.n)}", measure.up / max(measure.n, 1)),
            cells.size_cell(measure.mde),
        ),
        strong=stands,
    )


def _before(chapter: Chapter, role: str, window: str) -> tuple[float, float]:
    """The part of a window's mean that came before day 0, and the whole, over one event."""
    if chapter.is_pooled:
        return math.nan, math.nan
    event_id = chapter.focus.event_id
    first, _ = numbers.window_bounds(window)
    daily = chapter.evidence.daily(event_id)
    cars = chapter.evidence.cars.get(event_id, {}).get(window, {})
    before, whole = [], []
    for share in chapter.evidence.used(event_id, role):
        move, days = cars.get(share.ticker), daily.get(share.ticker)
        if move is None or days is None or math.isnan(move.car):
            continue
        known = [days.at(tau, days.ar) for tau in range(first, 0)]
        before.append(math.fsum(value for value in known if not math.isnan(value)))
        whole.append(move.car)
    if not before:
        return math.nan, math.nan
    return math.fsum(before) / len(before), math.fsum(whole) / len(whole)


def _apart(chapter: Chapter) -> list[RowGroup]:
    """Relief and support of the same episode, in rows of their own: never averaged with tightening."""
    groups = []
    for kind in ("tightening", "relief", "support"):
        if not chapter.is_pooled or kind == chapter.pooled[0].news:
            continue
        events = [event for event in chapter.events if event.news == kind and chapter.evidence.used(event.event_id)]
        if not events:
            continue
        rows = []
        window = reading_window(events, chapter.evidence.windows)
        for role, noun in (("exposed", say.EXPOSED), ("beneficiary", say.BENEFICIARIES)):
            measure = chapter.evidence.measure(Scope(chapter.episode, "", kind), role, "", window)
            if measure is not None and measure.measured:
                row = _row(window, measure)
                rows.append(Row((TextCell(f"{noun} {numbers.window(window)}"), *row.cells[1:]), row.strong))
        if rows:
            count = say.announcements(len(events))
            groups.append(RowGroup(tuple(rows), say.after_news(wording.DIRECTIONS[kind]), count))
    return groups


def _note(chapter: Chapter, daggers: list[str]) -> str:
    measures = [chapter.measure(role) for role in cells.MAIN_ROLES]
    present = [measure for measure in measures if measure is not None and measure.measured]
    family = max((measure.family for measure in present), default=0)
    scope = say.scope_word(chapter.is_pooled, chapter.is_pooled and bool(chapter.scope.episode))
    spec = chapter.evidence.results.spec
    bmp = any(measure.test == "adjusted_bmp_t" for measure in present)
    sentences = [
        _hour_unknown(chapter),
        say.note_caar(model_name(spec.model)),
        say.note_tests(_tests(present)),
        say.NOTE_WEIGHTED if bmp else "",
        say.note_holm(family, scope),
        say.NOTE_BOLD,
        *daggers,
        elsewhere_sentence(chapter),
    ]
    return cells.joined(sentences)


def _hour_unknown(chapter: Chapter) -> str:
    """Why the verdict is read over another window than the event day."""
    if all(event.has_time for event in chapter.pooled) or numbers.window_bounds(chapter.window)[1] < 1:
        return ""
    whose = say.whose_hour(chapter.is_pooled)
    return say.hour_unknown(whose, chapter.window)


def _tests(present: list[Measure]) -> str:
    """Which headline test speaks for which group."""
    names = {measure.test for measure in present if measure.test}
    if names == {"adjusted_bmp_t", "portfolio_t"}:
        return say.BOTH_TESTS
    known = [words_of_test(cells.name_of_test(name)) for name in sorted(names)]
    return say.tests_named(known)


def words_of_test(name: str) -> str:
    """A test's name inside a sentence: "adjusted BMP", "portfolio t"; initials stay large."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def model_name(model: object) -> str:
    """A model in words: "MarketModel" is "market model".

    Examples
    --------
    >>> class MarketModel: pass
    >>> model_name(MarketModel())
    'market model'
    """
    name = type(model).__name__
    if isinstance(model, FactorModel):
        riskless = say.EXCESS_RETURNS if model.excess else ""
        return say.factor_model(model.factors, riskless)
    if isinstance(model, Dimson):
        sides = say.leads_and_lags(model.lags)
        return say.dimson_model(sides, model.summed)
    known = {
        "MarketModel": say.MARKET_MODEL,
        "MeanAdjusted": say.MEAN_ADJUSTED,
        "MarketAdjusted": say.MARKET_ADJUSTED,
        "SectorModel": say.SECTOR_MODEL,
        "ScholesWilliams": say.SCHOLES_WILLIAMS,
        "GarchMarketModel": say.GARCH_MODEL,
        "RobustMarketModel": say.ROBUST_MODEL,
    }
    return known.get(name, name)


def elsewhere_sentence(chapter: Chapter) -> str:
    """Who is exposed outside the target's markets, and therefore not in the mean."""
    if chapter.is_pooled:
        apart = {
            share.ticker
            for event in chapter.pooled
            for share in chapter.evidence.used(event.event_id, "exposed_elsewhere")
        }
        if not apart:
            return ""
        who = say.stand_apart_words(len(apart))
        count = numbers.capitalised(numbers.number_word(len(apart)))
        return say.stand_apart(count, who)
    event = chapter.focus
    shares = chapter.evidence.used(event.event_id, "exposed_elsewhere")
    if not shares:
        return ""
    cities = sorted({share.city for share in shares})
    where = f" {cities[0]}" if len(cities) == 1 else ""
    noun = say.lie_outside_words(len(shares))
    verb = say.is_are(len(shares))
    count = numbers.capitalised(numbers.number_word(len(shares)))
    target = numbers.listed(event.target) or "named"
    return say.left_out(count, where, noun, target, verb)
