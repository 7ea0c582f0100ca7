"""Who stands in a group's panel: its shares, and the donors of the same market that the event did not touch."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from eventstudy._arrays import BoolArray, DayArray, FloatArray
from eventstudy.calendars import calendar
from eventstudy.catalogue import EXCHANGES, Security
from eventstudy.counterfactual.base import CounterfactualPanel
from eventstudy.counterfactual.reasons import because
from eventstudy.panel.windows import Window
from eventstudy.results import StudyResults
from eventstudy.returns import price_on_sessions

FEWEST_DONORS = 10
# a line that lacks more of the estimation window falls out; what the others lack are days that fall out for all
_MOST_MISSING = 0.05


@dataclass(frozen=True, eq=False)
class Pool:
    """One group's panel, and who stands in it.

    Attributes
    ----------
    panel : CounterfactualPanel or None
        None with a reason.
    city : str
        Whose market it is.
    treated, donors : tuple of str
        Tickers, in the order of the panel's rows.
    left_out : mapping of str to str
        Controls of the market that are no donors here, and treated without a full history, with the reason.
    days_left_out : int
        Days of the estimation window on which one of the lines has no return.
    reason : str
        Why there is no panel.
    sessions : array
        The panel's days.

    Examples
    --------
    >>> import eventstudy as es
    >>> ban = "2026-01-06-japan-dual-use-ban"
    >>> events, universe = es.read_events().select([ban]), es.read_universe().select(sector="Autos & parts")
    >>> spec = es.StudySpec(windows=((0, 0),), tests=("portfolio_t",))
    >>> results = es.run_study(events, universe, es.SamplePrices(), spec)
    >>> pairs = results.evidence.pairs
    >>> pool = donor_pool(results, ban, pairs[pairs["exchange"] == "XTKS"], (0, 0))
    >>> pool.city, len(pool.treated) == len(pool.panel.treated), len(pool.sessions) == pool.panel.n_before + 1
    ('Tokyo', True, True)
    """

    panel: CounterfactualPanel | None
    city: str
    treated: tuple[str, ...]
    donors: tuple[str, ...]
    left_out: Mapping[str, str]
    days_left_out: int = 0
    reason: str = ""
    sessions: DayArray | None = None


def one_session_returns(results: StudyResults, security: Security, mic: str) -> FloatArray:
    """(S,) simple return of each session of a calendar; NaN where one of its two prices is missing.

    The study keeps it, so that a donor of many groups is read once.

    Examples
    --------
    >>> import eventstudy as es
    >>> ban = "2026-01-06-japan-dual-use-ban"
    >>> events, universe = es.read_events().select([ban]), es.read_universe().select(sector="Autos & parts")
    >>> spec = es.StudySpec(windows=((0, 0),), tests=("portfolio_t",))
    >>> results = es.run_study(events, universe, es.SamplePrices(), spec)
    >>> from eventstudy.calendars import calendar
    >>> found = one_session_returns(results, universe.get("7203.T"), "XTKS")
    >>> len(found) == len(calendar("XTKS").sessions), bool(np.isnan(found[0]))
    (True, True)
    """
    known = results.read_returns
    if (security.ticker, mic) not in known:
        known[security.ticker, mic] = _one_session_returns(results, security, mic)
    return known[security.ticker, mic]


def _one_session_returns(results: StudyResults, security: Security, mic: str) -> FloatArray:
    sessions = calendar(mic).sessions
    frame = results.prices.frames.get(security.ticker) if results.prices is not None else None
    found = np.full(len(sessions), np.nan)
    if frame is not None and len(frame):
        price = price_on_sessions(frame, sessions, security)
        found[1:] = price[1:] / price[:-1] - 1.0
    return found


def donor_pool(results: StudyResults, event_id: str, members: pd.DataFrame, window: Window) -> Pool:
    """The panel of some of an event's pairs in the market where most of them trade.

    Parameters
    ----------
    results : StudyResults
        With prices and universe.
    event_id : str
        The event.
    members : DataFrame
        Rows of ``evidence.pairs``.
    window : (int, int)
        Event days.

    Notes
    -----
    Donors are the controls of the same market, those of the whole universe where the study is of a part of it, without
    any that the event names and any with news of its own in the window. A line that lacks a day of the window, or more
    than 5% of the estimation window, falls out; what the others lack are days that fall out for all.

    Examples
    --------
    >>> import eventstudy as es
    >>> ban = "2026-01-06-japan-dual-use-ban"
    >>> events, universe = es.read_events().select([ban]), es.read_universe().select(sector="Autos & parts")
    >>> spec = es.StudySpec(windows=((0, 0),), tests=("portfolio_t",))
    >>> results = es.run_study(events, universe, es.SamplePrices(), spec)
    >>> pairs = results.evidence.pairs
    >>> donors = donor_pool(results, ban, pairs[pairs["exchange"] == "XTKS"], (0, 0)).donors
    >>> {es.read_universe().get(ticker).role for ticker in donors}
    {'control'}
    """
    assert results.universe is not None
    cities = Counter(EXCHANGES[str(mic)] for mic in members["exchange"])
    city = max(sorted(cities), key=lambda name: cities[name])
    inside = members[[EXCHANGES[str(mic)] == city for mic in members["exchange"]]]
    mic = str(inside["exchange"].iloc[0])
    market = calendar(mic)
    position = market.index_of(pd.Timestamp(inside["event_session"].iloc[0]).date())
    first, last = results.spec.estimation
    before = np.arange(position + first, position + last + 1)
    after = np.arange(position + window[0], position + window[1] + 1)
    days = np.concatenate([before, after])
    no_panel = Pool(None, city, (), (), {})
    if days.min() < 1 or days.max() >= len(market.sessions):
        return _with_reason(no_panel, because("pool.calendar"))
    whole = results.universe.narrowed_from or results.universe
    left_out: dict[str, str] = {}
    rows: dict[str, FloatArray] = {}
    span = [market.sessions[day].item() for day in (after.min(), after.max())]
    named = _named_by(results, event_id)
    controls = [each for each in whole if each.role == "control" and EXCHANGES[each.exchange] == city]
    treated = [results.universe.get(str(ticker)) for ticker in inside["ticker"]]
    for security in (*treated, *controls):
        is_donor = security.role == "control"
        why = _excluded(results, security, named, span[0], span[1]) if is_donor else ""
        if not why:
            values = one_session_returns(results, security, mic)[days]
            why = _incomplete(values, len(before))
            rows[security.ticker] = values
        if why:
            rows.pop(security.ticker, None)
            left_out[security.ticker] = why
    names = [each.ticker for each in treated if each.ticker in rows]
    donors = [each.ticker for each in controls if each.ticker in rows]
    pool = Pool(None, city, tuple(names), tuple(donors), left_out)
    if not names:
        return _with_reason(pool, because("pool.no_share"))
    if len(donors) < FEWEST_DONORS:
        if not controls:
            return _with_reason(pool, because("pool.no_controls", city=city))
        why = _commonest(left_out, controls)
        return _with_reason(
            pool,
            because("pool.few", count=len(donors), all=len(controls), city=city, needed=FEWEST_DONORS, reason=why),
        )
    returns = np.stack([rows[name] for name in (*names, *donors)])
    there: BoolArray = np.asarray(np.isfinite(returns).all(axis=0))
    n_before = int(there[: len(before)].sum())
    if n_before < results.spec.min_estimation:
        return _with_reason(pool, because("pool.days", count=n_before, needed=results.spec.min_estimation))
    panel = CounterfactualPanel(returns[: len(names), there], returns[len(names) :, there], n_before)
    return Pool(
        panel, city, tuple(names), tuple(donors), left_out, len(before) - n_before, "", market.sessions[days[there]]
    )


def _with_reason(pool: Pool, reason: str) -> Pool:
    return Pool(None, pool.city, pool.treated, pool.donors, pool.left_out, reason=reason)


def _commonest(left_out: Mapping[str, str], controls: Sequence[Security]) -> str:
    """Why most controls fell out; of a pool that is small by itself, that there are no more."""
    why = Counter(left_out[each.ticker] for each in controls if each.ticker in left_out)
    return why.most_common(1)[0][0] if why else because("pool.no_more")


def _incomplete(values: FloatArray, n_before: int) -> str:
    """Why a line's returns do not serve; empty where they do."""
    if not np.isfinite(values).any():
        return because("donor.no_prices")
    if not np.isfinite(values[n_before:]).all():
        return because("donor.no_return")
    if np.isnan(values[:n_before]).mean() > _MOST_MISSING:
        return because("donor.few_returns", count=int(np.isnan(values[:n_before]).sum()))
    return ""


def _named_by(results: StudyResults, event_id: str) -> tuple[str, frozenset[str]]:
    """The event's own words, and the instruments whose moves were printed for it."""
    event = next(each for each in results.events if each.event_id == event_id)
    claims = results.claims
    printed = frozenset(claims.loc[claims["event_id"] == event_id, "instrument"]) if len(claims) else frozenset()
    return f"{event.title} {event.summary}", printed


def _excluded(
    results: StudyResults, security: Security, named: tuple[str, frozenset[str]], first: date, last: date
) -> str:
    """Why a control is no donor of this event; empty where it is one."""
    words, printed = named
    if security.ticker in printed or re.search(rf"\b{re.escape(security.name)}\b", words):
        return because("donor.named")
    own = [news for news in results.confounders if news.scope == security.ticker and first <= news.session_date <= last]
    return because("donor.news") if own else ""
