"""Counterfactuals of a study's groups: donors of the same market, estimators side by side, and what moved the day."""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from eventstudy._arrays import BoolArray, DayArray, FloatArray
from eventstudy.calendars import calendar
from eventstudy.catalogue import EXCHANGES, Security
from eventstudy.catalogue.universe import FACTORS
from eventstudy.counterfactual.base import CounterfactualFit, CounterfactualPanel, Estimator
from eventstudy.counterfactual.conformal import ConformalResult, conformal
from eventstudy.counterfactual.effects import SimultaneousEffects, simultaneous_effects
from eventstudy.counterfactual.interactive import InteractiveFixedEffects
from eventstudy.counterfactual.means import DifferenceInDifferences
from eventstudy.counterfactual.placebo import PlaceboResult, placebo_over_donors
from eventstudy.counterfactual.sdid import SyntheticDiD
from eventstudy.counterfactual.synthetic_control import RidgeAugmentedControl, SyntheticControl
from eventstudy.panel.windows import Window, window_label
from eventstudy.processes import halved
from eventstudy.results import StudyResults
from eventstudy.returns import price_on_sessions

ESTIMATORS: Mapping[str, Estimator] = {
    "sc": SyntheticControl(),
    "asc": RidgeAugmentedControl(),
    "sdid": SyntheticDiD(),
    "gsynth": InteractiveFixedEffects(),
    "did": DifferenceInDifferences(),
}
FEWEST_DONORS = 10
# a line that lacks more of the estimation window falls out; what the others lack are days that fall out
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
    """

    panel: CounterfactualPanel | None
    city: str
    treated: tuple[str, ...]
    donors: tuple[str, ...]
    left_out: Mapping[str, str]
    days_left_out: int = 0
    reason: str = ""
    sessions: DayArray | None = None


@dataclass(frozen=True, eq=False)
class Comparison:
    """One group of one event: the model's own number beside those of counterfactuals.

    Attributes
    ----------
    role, sector : str
        The group; an empty sector is the whole role.
    pool : Pool
        Who is compared with whom.
    model_effect : float
        Mean CAR of the same shares by the study's own model.
    fits : mapping of str to CounterfactualFit
        By estimator, the chosen one first.
    tests : mapping of str to ConformalResult
        By estimator.
    placebo : PlaceboResult or None
        Of the chosen estimator, where it was asked for.
    leave_one_out : (float, float)
        Smallest and largest effect of the chosen estimator without one of the donors that carry weight.
    """

    role: str
    sector: str
    pool: Pool
    model_effect: float
    fits: Mapping[str, CounterfactualFit]
    tests: Mapping[str, ConformalResult]
    placebo: PlaceboResult | None
    leave_one_out: tuple[float, float]


@dataclass(frozen=True, eq=False)
class EventCounterfactuals:
    """All groups of one event over one window.

    Attributes
    ----------
    event_id : str
    window : (int, int)
    chosen : str
        The estimator that speaks.
    groups : tuple of Comparison
        Roles, each followed by its sectors; groups without a panel among them.
    contrast : SimultaneousEffects or None
        Rows: each role that has a panel, then exposed minus beneficiaries; by the chosen estimator.
    """

    event_id: str
    window: Window
    chosen: str
    groups: tuple[Comparison, ...]
    contrast: SimultaneousEffects | None

    def group(self, role: str, sector: str = "") -> Comparison | None:
        """One group; None where the event has none."""
        return next((each for each in self.groups if (each.role, each.sector) == (role, sector)), None)


Series = dict[tuple[str, str], FloatArray]


def one_session_returns(results: StudyResults, security: Security, mic: str, known: Series | None = None) -> FloatArray:
    """(S,) simple return of each session of a calendar; NaN where one of its two prices is missing.

    ``known`` keeps what was read, so that a donor of many groups is read once.
    """
    if known is not None:
        if (security.ticker, mic) not in known:
            known[security.ticker, mic] = one_session_returns(results, security, mic)
        return known[security.ticker, mic]
    sessions = calendar(mic).sessions
    frame = results.prices.frames.get(security.ticker) if results.prices is not None else None
    found = np.full(len(sessions), np.nan)
    if frame is not None and len(frame):
        price = price_on_sessions(frame, sessions, security)
        found[1:] = price[1:] / price[:-1] - 1.0
    return found


def event_counterfactuals(
    results: StudyResults,
    event_id: str,
    window: Window,
    estimator: str = "sc",
    draws: int = 99,
    sectors: bool = True,
) -> EventCounterfactuals:
    """Exposed shares and beneficiaries of one event against donors of their own market.

    Parameters
    ----------
    results : StudyResults
        A study of catalogue events, with its prices.
    event_id : str
        One of its events.
    window : (int, int)
        One of its windows.
    estimator : {"sc", "asc", "sdid", "gsynth", "did"}
        Which speaks; synthetic control and interactive effects always stand beside it.
    draws : int
        Of the placebo over donors; 0 leaves it out.
    sectors : bool
        Whether each sector is a group too.

    Returns
    -------
    EventCounterfactuals

    Raises
    ------
    ValueError
        If the estimator is unknown, or the study has no prices.
    """
    if estimator not in ESTIMATORS:
        raise ValueError(f"estimator: {estimator!r} unknown; choose from {', '.join(ESTIMATORS)}")
    if results.prices is None or results.universe is None:
        raise ValueError("results: a counterfactual needs a study of catalogue events with prices")
    names = tuple(dict.fromkeys((estimator, "sc", "gsynth")))
    pairs = results.evidence.pairs
    pairs = pairs[(pairs["event_id"] == event_id) & (results.evidence.row >= 0)]
    cars = results.cars
    cars = cars[(cars["event_id"] == event_id) & (cars["window"] == window_label(window))]
    car = cars.set_index("ticker")["car"]
    wanted = []
    for role in ("exposed", "beneficiary"):
        of_role = pairs[pairs["role"] == role]
        for sector in ("", *(sorted(set(of_role["sector"])) if sectors else ())) if len(of_role) else ():
            wanted.append((role, sector, of_role if not sector else of_role[of_role["sector"] == sector]))
    known: Series = {}
    pools = [donor_pool(results, event_id, members, window, known) for _, _, members in wanted]

    def compared(place: int) -> Comparison:
        (role, sector, _), pool = wanted[place], pools[place]
        own = car.reindex(list(pool.treated))
        effect = float(own.mean()) if len(own) and own.notna().all() else math.nan
        return _compared(results, pool, role, sector, names, effect, draws if not sector else 0)

    # the two roles, which take longest, are shared out first
    order = sorted(range(len(wanted)), key=lambda place: (place % 2, place))
    done = dict(zip(order, halved(compared, order), strict=True))
    groups = [done[place] for place in range(len(wanted))]
    return EventCounterfactuals(event_id, window, estimator, tuple(groups), _contrast(groups, estimator))


def _compared(
    results: StudyResults,
    pool: Pool,
    role: str,
    sector: str,
    names: Sequence[str],
    effect: float,
    draws: int,
) -> Comparison:
    """One group by each estimator; the placebo draws from a seed of the group's own."""
    if pool.panel is None:
        return Comparison(role, sector, pool, effect, {}, {}, None, (math.nan, math.nan))
    panel = pool.panel
    fits = {name: ESTIMATORS[name].fit(panel) for name in names}
    tests = {name: conformal(panel, ESTIMATORS[name], interval=name == names[0]) for name in names}
    placebo = None
    if draws:
        seed = (results.spec.seed, zlib.crc32("\n".join(pool.treated).encode()), len(pool.donors))
        placebo = placebo_over_donors(panel, ESTIMATORS[names[0]], np.random.default_rng(seed), draws)
    return Comparison(
        role, sector, pool, effect, fits, tests, placebo, leave_one_out(panel, ESTIMATORS[names[0]], fits[names[0]])
    )


def leave_one_out(
    panel: CounterfactualPanel, estimator: Estimator, fit: CounterfactualFit, most: int = 5
) -> tuple[float, float]:
    """Smallest and largest summed effect without one of the donors of largest weight, the full fit's among them."""
    heaviest = np.argsort(-np.abs(fit.weights), kind="stable")[: min(most, len(panel.donors) - 1)]
    found = [fit.cumulated()]
    for row in heaviest[np.abs(fit.weights[heaviest]) > 0]:
        less = CounterfactualPanel(panel.treated, np.delete(panel.donors, row, axis=0), panel.n_before)
        found.append(estimator.fit(less).cumulated())
    return min(found), max(found)


def _contrast(groups: Sequence[Comparison], estimator: str) -> SimultaneousEffects | None:
    """Exposed, beneficiaries and their difference, with one band; None where they do not share their days."""
    whole = {group.role: group for group in groups if not group.sector and group.fits}
    if not {"exposed", "beneficiary"} <= whole.keys():
        return None
    one, other = whole["exposed"], whole["beneficiary"]
    if one.pool.sessions is None or not np.array_equal(one.pool.sessions, np.asarray(other.pool.sessions)):
        return None
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]])
    return simultaneous_effects([one.fits[estimator], other.fits[estimator]], rows)


def donor_pool(
    results: StudyResults, event_id: str, members: pd.DataFrame, window: Window, known: Series | None = None
) -> Pool:
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
    known : dict, optional
        Returns that were read already; see ``one_session_returns``.

    Notes
    -----
    Donors are the controls of the same market, those of the whole universe where the study is of a part of it, without
    any that the event names and any with news of its own in the window. A line that lacks a day of the window, or more
    than 5% of the estimation window, falls out; what the others lack are days that fall out for all.
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
        return _with_reason(no_panel, "the calendar does not hold the whole estimation window")
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
            values = one_session_returns(results, security, mic, known)[days]
            why = _incomplete(values, len(before))
            rows[security.ticker] = values
        if why:
            rows.pop(security.ticker, None)
            left_out[security.ticker] = why
    names = [each.ticker for each in treated if each.ticker in rows]
    donors = [each.ticker for each in controls if each.ticker in rows]
    pool = Pool(None, city, tuple(names), tuple(donors), left_out)
    if not names:
        return _with_reason(pool, "no share of the group has a return on nearly every day")
    if len(donors) < FEWEST_DONORS:
        return _with_reason(pool, f"{len(donors)} donors in {city}, {FEWEST_DONORS} needed")
    returns = np.stack([rows[name] for name in (*names, *donors)])
    there: BoolArray = np.asarray(np.isfinite(returns).all(axis=0))
    n_before = int(there[: len(before)].sum())
    if n_before < results.spec.min_estimation:
        return _with_reason(
            pool, f"{n_before} days of the estimation window on which all have a return, "
            f"{results.spec.min_estimation} needed",
        )  # fmt: skip
    panel = CounterfactualPanel(returns[: len(names), there], returns[len(names) :, there], n_before)
    return Pool(
        panel, city, tuple(names), tuple(donors), left_out, len(before) - n_before, "", market.sessions[days[there]]
    )


def _with_reason(pool: Pool, reason: str) -> Pool:
    return Pool(None, pool.city, pool.treated, pool.donors, pool.left_out, reason=reason)


def _incomplete(values: FloatArray, n_before: int) -> str:
    """Why a line's returns do not serve; empty where they do."""
    if not np.isfinite(values).any():
        return "no prices on these days"
    if not np.isfinite(values[n_before:]).all():
        return "no return on a day of the window"
    if np.isnan(values[:n_before]).mean() > _MOST_MISSING:
        return f"no return on {int(np.isnan(values[:n_before]).sum())} days of the estimation window"
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
        return "named with the event"
    own = [news for news in results.confounders if news.scope == security.ticker and first <= news.session_date <= last]
    return "news of its own in the window" if own else ""


@dataclass(frozen=True, eq=False)
class Attribution:
    """What a group's return over a window is made of; the parts add up to it.

    Attributes
    ----------
    role, sector : str
        The group.
    n : int
        Shares.
    total : float
        Mean return of the shares, summed over the window's days.
    parts : tuple of (str, float)
        The usual drift, each factor in the order in which it was let in, and the remainder last.
    remainder_se : float
        Deviation of such remainders over the estimation window.
    """

    role: str
    sector: str
    n: int
    total: float
    parts: tuple[tuple[str, float], ...]
    remainder_se: float


def attribution(results: StudyResults, event_id: str, role: str, sector: str, window: Window) -> Attribution | None:
    """A group's day, taken apart: market, overseas factors, sector fund and the remainder.

    Returns
    -------
    Attribution or None
        None where the group has no full panel.

    Notes
    -----
    Least squares over the estimation window, factors let in one after another, each cleared of those before it: what a
    factor adds is its slope times its surprise over the window, the part that earlier factors do not explain. The
    sector fund comes last and holds exposed shares itself, so that it takes part of the effect. A factor that trades
    in another city is read at its last close before the day of the session.
    """
    assert results.universe is not None
    pairs = results.evidence.pairs
    members = pairs[(pairs["event_id"] == event_id) & (results.evidence.row >= 0) & (pairs["role"] == role)]
    if sector:
        members = members[members["sector"] == sector]
    if not len(members):
        return None
    pool = donor_pool(results, event_id, members, window)
    if pool.panel is None or pool.sessions is None:
        return None
    lines = [results.universe.get(ticker) for ticker in pool.treated]
    mic = lines[0].exchange
    names, columns = [], []
    for name, series in _factors(results, lines, mic):
        place = np.searchsorted(calendar(mic).sessions, pool.sessions)
        values = series[place]
        if np.isfinite(values).all():
            names.append(name)
            columns.append(values)
    return _attributed(role, sector, pool.panel, names, columns)


def _attributed(
    role: str, sector: str, panel: CounterfactualPanel, names: Sequence[str], columns: Sequence[FloatArray]
) -> Attribution:
    """Sequential least squares on the days before, summed over the window."""
    days, mean = panel.n_before, panel.mean
    drift = float(mean[:days].mean())
    rest = mean - drift
    parts = [("usual drift", drift * panel.n_after)]
    basis: list[FloatArray] = []
    for name, column in zip(names, columns, strict=True):
        own = column - column[:days].mean()
        for earlier in basis:
            own = own - earlier * float(earlier[:days] @ own[:days]) / float(earlier[:days] @ earlier[:days])
        square = float(own[:days] @ own[:days])
        if square <= 1e-12 * float(column[:days] @ column[:days]):
            continue
        slope = float(own[:days] @ rest[:days]) / square
        parts.append((name, slope * float(own[days:].sum())))
        rest = rest - slope * own
        basis.append(own)
    parts.append(("remainder", float(rest[days:].sum())))
    dof = days - 1 - len(basis)
    error = math.sqrt(float(rest[:days] @ rest[:days]) / dof * panel.n_after)
    return Attribution(role, sector, len(panel.treated), float(mean[days:].sum()), tuple(parts), error)


def _factors(results: StudyResults, lines: Sequence[Security], mic: str) -> list[tuple[str, FloatArray]]:
    """Market, the overseas factors that have prices, and the mean of the shares' sector funds."""
    assert results.universe is not None
    whole = results.universe.narrowed_from or results.universe
    found = []
    market = Counter(line.benchmark for line in lines).most_common(1)[0][0]
    found.append(("market", one_session_returns(results, whole.get(market), mic)))
    for line in whole:
        if line.role == "benchmark" and line.sector == FACTORS:
            name = line.exposure_note.partition(":")[0]
            found.append((name, _read_overseas(results, line, mic)))
    funds = Counter(line.sector_benchmark for line in lines if line.sector_benchmark)
    if funds:
        each = [count * one_session_returns(results, whole.get(name), mic) for name, count in sorted(funds.items())]
        found.append(("sector fund", np.sum(each, axis=0) / sum(funds.values())))
    return found


def _read_overseas(results: StudyResults, security: Security, mic: str) -> FloatArray:
    """(S,) growth between the closes last seen before two sessions; of the session itself in the same city."""
    if EXCHANGES[security.exchange] == EXCHANGES[mic]:
        return one_session_returns(results, security, mic)
    there, here = calendar(security.exchange).sessions, calendar(mic).sessions
    frame = results.prices.frames.get(security.ticker) if results.prices is not None else None
    found = np.full(len(here), np.nan)
    if frame is None or not len(frame):
        return found
    price = price_on_sessions(frame, there, security)
    seen = np.searchsorted(there, here) - 1
    level = np.where(seen >= 0, price[np.maximum(seen, 0)], np.nan)
    found[1:] = level[1:] / level[:-1] - 1.0
    return found
