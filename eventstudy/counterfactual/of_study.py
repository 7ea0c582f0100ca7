"""Counterfactuals of a study's groups: estimators side by side, on donors of the same market."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.counterfactual.base import CounterfactualFit, CounterfactualPanel, Estimator
from eventstudy.counterfactual.conformal import ConformalResult, conformal
from eventstudy.counterfactual.effects import SimultaneousEffects, simultaneous_effects
from eventstudy.counterfactual.interactive import InteractiveFixedEffects
from eventstudy.counterfactual.means import DifferenceInDifferences
from eventstudy.counterfactual.placebo import PlaceboResult, placebo_over_donors
from eventstudy.counterfactual.pools import Pool, donor_pool
from eventstudy.counterfactual.sdid import SyntheticDiD
from eventstudy.counterfactual.synthetic_control import RidgeAugmentedControl, SyntheticControl
from eventstudy.panel.windows import Window, window_label
from eventstudy.processes import halved
from eventstudy.results import StudyResults

ESTIMATORS: Mapping[str, Estimator] = {
    "sc": SyntheticControl(),
    "asc": RidgeAugmentedControl(),
    "sdid": SyntheticDiD(),
    "gsynth": InteractiveFixedEffects(),
    "did": DifferenceInDifferences(),
}


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
        By estimator, of the scaled statistic.
    placebo : PlaceboResult or None
        Of the chosen estimator, where it was asked for.
    leave_one_out : (float, float)
        Smallest and largest effect of the chosen estimator without one of the donors that carry weight.

    Examples
    --------
    >>> import eventstudy as es
    >>> ban = "2026-01-06-japan-dual-use-ban"
    >>> events, universe = es.read_events().select([ban]), es.read_universe().select(sector="Autos & parts")
    >>> spec = es.StudySpec(windows=((0, 0),), tests=("portfolio_t",))
    >>> results = es.run_study(events, universe, es.SamplePrices(), spec)
    >>> found = event_counterfactuals(results, ban, (0, 0), draws=0).group("exposed")
    >>> {name: round(fit.cumulated(), 3) for name, fit in found.fits.items()}, round(found.model_effect, 3)
    ({'sc': -0.022, 'gsynth': -0.024}, -0.026)
    >>> found.leave_one_out[0] <= found.fits["sc"].cumulated() <= found.leave_one_out[1]
    True
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

    Examples
    --------
    >>> import eventstudy as es
    >>> ban = "2026-01-06-japan-dual-use-ban"
    >>> events, universe = es.read_events().select([ban]), es.read_universe().select(sector="Autos & parts")
    >>> spec = es.StudySpec(windows=((0, 0),), tests=("portfolio_t",))
    >>> results = es.run_study(events, universe, es.SamplePrices(), spec)
    >>> found = event_counterfactuals(results, ban, (0, 0), draws=0)
    >>> carmakers = found.group("exposed", "Autos & parts")
    >>> carmakers.pool.city, len(carmakers.pool.treated), list(carmakers.fits)
    ('Tokyo', 10, ['sc', 'gsynth'])
    >>> found.group("beneficiary") is None, found.contrast is None
    (True, True)
    """

    event_id: str
    window: Window
    chosen: str
    groups: tuple[Comparison, ...]
    contrast: SimultaneousEffects | None

    def group(self, role: str, sector: str = "") -> Comparison | None:
        """One group; None where the event has none."""
        return next((each for each in self.groups if (each.role, each.sector) == (role, sector)), None)


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

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.counterfactual.of_study import event_counterfactuals
    >>> events, universe = es.read_events(), es.read_universe()
    >>> ban = "2026-01-06-japan-dual-use-ban"
    >>> spec = es.StudySpec(windows=((0, 0),), tests=("portfolio_t",))
    >>> results = es.run_study(events.select([ban]), universe.select(sector="Autos & parts"), es.SamplePrices(), spec)
    >>> found = event_counterfactuals(results, ban, (0, 0), draws=0)
    >>> [(each.role, each.sector) for each in found.groups]
    [('exposed', ''), ('exposed', 'Autos & parts')]
    """
    check_estimators(results, (estimator,))
    names = tuple(dict.fromkeys((estimator, "sc", "gsynth")))
    wanted = [each for each in studied_groups(results, event_id) if sectors or not each[1]]
    pools = [donor_pool(results, event_id, members, window) for _, _, members in wanted]

    def compared(place: int) -> Comparison:
        (role, sector, _), pool = wanted[place], pools[place]
        effect = model_effect(results, event_id, window, pool.treated)
        return _compared(results, pool, role, sector, names, effect, draws if not sector else 0)

    # the whole roles, which take longest, are shared out first
    order = sorted(range(len(wanted)), key=lambda place: wanted[place][1] != "")
    done = dict(zip(order, halved(compared, order), strict=True))
    groups = [done[place] for place in range(len(wanted))]
    return EventCounterfactuals(event_id, window, estimator, tuple(groups), _contrast(groups, estimator))


def check_estimators(results: StudyResults, names: Sequence[str]) -> None:
    """Raise ValueError where an estimator is unknown or none is given, or the study has no prices.

    Examples
    --------
    >>> import eventstudy as es
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> check_estimators(results, ["ols"])
    Traceback (most recent call last):
        ...
    ValueError: estimator: 'ols' unknown; choose from sc, asc, sdid, gsynth, did
    """
    wrong = ", ".join(repr(name) for name in names if name not in ESTIMATORS)
    if wrong or not names:
        said = f"{wrong} unknown" if wrong else "none given"
        raise ValueError(f"estimator: {said}; choose from {', '.join(ESTIMATORS)}")
    if results.prices is None or results.universe is None:
        raise ValueError("results: a counterfactual needs a study of catalogue events with prices")


def studied_groups(results: StudyResults, event_id: str) -> list[tuple[str, str, pd.DataFrame]]:
    """Role, sector and pairs of an event's groups: exposed, then beneficiaries, each whole first, then by sector.

    Examples
    --------
    >>> import eventstudy as es
    >>> returns, pairs, market = es.example_returns()
    >>> results = es.study_returns(returns, pairs.assign(sector="Autos"), market, es.StudySpec(windows=((0, 0),)))
    >>> [(role, sector, len(members)) for role, sector, members in studied_groups(results, "announcement")]
    [('exposed', '', 3), ('exposed', 'Autos', 3), ('beneficiary', '', 3), ('beneficiary', 'Autos', 3)]
    """
    pairs = results.evidence.pairs
    used = np.flatnonzero((pairs["event_id"] == event_id).to_numpy(dtype=bool) & (results.evidence.row >= 0))
    # what a pool asks for: a selection of the whole table takes three times as long
    asked = ("event_id", "ticker", "exchange", "sector", "role", "event_session")
    pairs = pairs[[name for name in asked if name in pairs.columns]].iloc[used]
    # plain objects: every selection of Arrow's strings costs a tenth of a millisecond a column
    pairs = pairs.astype({name: object for name in pairs.columns if isinstance(pairs.dtypes[name], pd.StringDtype)})
    roles, sectors = (pairs[name].to_numpy(dtype=object) for name in ("role", "sector"))
    found = []
    for role in ("exposed", "beneficiary"):
        of_role = roles == role
        for sector in ("", *sorted(set(sectors[of_role]))) if of_role.any() else ():
            members = np.flatnonzero(of_role & (sectors == sector) if sector else of_role)
            found.append((role, sector, pairs.iloc[members]))
    return found


def model_effect(results: StudyResults, event_id: str, window: Window, tickers: Sequence[str]) -> float:
    """Mean CAR of some shares by the study's own model; NaN where one has none.

    Examples
    --------
    >>> import eventstudy as es
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> two = results.cars["ticker"][:2].tolist()
    >>> bool(model_effect(results, "announcement", (0, 0), two) == results.cars["car"][:2].mean())
    True
    >>> model_effect(results, "announcement", (0, 0), ["NONE"])
    nan
    """
    cars = results.cars
    cars = cars[(cars["event_id"] == event_id) & (cars["window"] == window_label(window))]
    own = cars.set_index("ticker")["car"].reindex(list(tickers))
    return float(own.mean()) if len(own) and own.notna().all() else math.nan


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
    tests = {name: conformal(panel, ESTIMATORS[name], statistic="scaled", interval=name == names[0]) for name in names}
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
    """Smallest and largest summed effect without one of the donors of largest weight, the full fit's among them.

    Examples
    --------
    The first donor carries all of the weight, and there was an effect of 5% against it; against the other, of 3%:

    >>> donors = np.array([[0.01, -0.01, 0.02, 0.00], [0.00, 0.01, 0.00, 0.02]])
    >>> panel = CounterfactualPanel(np.array([[0.01, -0.01, 0.02, 0.05]]), donors, 3)
    >>> fit = SyntheticControl().fit(panel)
    >>> [round(each, 4) for each in leave_one_out(panel, SyntheticControl(), fit)]
    [0.03, 0.05]
    """
    heaviest = np.argsort(-np.abs(fit.weights), kind="stable")[: min(most, len(panel.donors) - 1)]
    found = [fit.cumulated()]
    for row in heaviest[np.abs(fit.weights[heaviest]) > 0]:
        less = CounterfactualPanel(panel.treated, np.delete(panel.donors, row, axis=0), panel.n_before)
        found.append(estimator.fit(less).cumulated())
    return min(found), max(found)


def _contrast(groups: Sequence[Comparison], estimator: str) -> SimultaneousEffects | None:
    """Exposed, beneficiaries and their difference, with one band; None where they do not share their days."""
    whole = {group.role: group.pool for group in groups if not group.sector and group.fits}
    if not {"exposed", "beneficiary"} <= whole.keys():
        return None
    one, other = whole["exposed"], whole["beneficiary"]
    if (
        one.panel is None
        or other.panel is None
        or not np.array_equal(np.asarray(one.sessions), np.asarray(other.sessions))
    ):
        return None
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]])
    return simultaneous_effects([one.panel, other.panel], ESTIMATORS[estimator], rows)
