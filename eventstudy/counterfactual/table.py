"""Counterfactuals of a whole study as one tidy table."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from eventstudy.counterfactual.conformal import conformal
from eventstudy.counterfactual.of_study import ESTIMATORS, check_estimators, model_effect, studied_groups
from eventstudy.counterfactual.pools import Pool, donor_pool
from eventstudy.panel.windows import window_label
from eventstudy.processes import halved
from eventstudy.results import StudyResults

COLUMNS = (
    "event_id",
    "role",
    "sector",
    "window",
    "estimator",
    "market",
    "effect",
    "att",
    "ci_low",
    "ci_high",
    "pvalue",
    "model_effect",
    "n_treated",
    "n_donors",
    "donors_used",
    "n_estimation",
    "pre_rmse",
    "pre_r_squared",
    "reason",
)
# a donor of less weight is one that rounding left
_NO_WEIGHT = 1e-9


def counterfactual_table(results: StudyResults, estimators: Sequence[str] = ("sc",)) -> pd.DataFrame:
    """Every event's groups against donors of their own market, one row per group, window and estimator.

    Parameters
    ----------
    results : StudyResults
        A study of catalogue events, with its prices.
    estimators : sequence of str
        Any of ``sc``, ``asc``, ``sdid``, ``gsynth``, ``did``.

    Returns
    -------
    DataFrame
        Key: ``event_id``, ``role``, ``sector`` (empty: the whole role), ``window``, ``estimator``. ``market``: the city
        where most of the group trade. ``effect``: summed over the window, with its conformal 95% interval ``ci_low``,
        ``ci_high`` (infinite where no effect is rejected) and ``pvalue``; ``att``: its daily mean.
        ``model_effect``: mean CAR of the same shares by the study's model. ``n_treated`` shares; ``n_donors`` in the
        pool, ``donors_used`` with weight; ``n_estimation`` days before, ``pre_rmse`` and ``pre_r_squared`` of the fit
        on them. ``reason``: why a row has no estimate.

    Raises
    ------
    ValueError
        If an estimator is unknown or none is given, or the study has no prices.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.counterfactual.table import counterfactual_table
    >>> events, universe = es.read_events(), es.read_universe()
    >>> ban = "2026-01-06-japan-dual-use-ban"
    >>> spec = es.StudySpec(windows=((0, 0),), tests=("portfolio_t",))
    >>> results = es.run_study(events.select([ban]), universe.select(sector="Autos & parts"), es.SamplePrices(), spec)
    >>> table = counterfactual_table(results, ("sc",))
    >>> table[["role", "sector", "n_treated"]].values.tolist()
    [['exposed', '', 10], ['exposed', 'Autos & parts', 10]]
    """
    names = tuple(dict.fromkeys(estimators))
    check_estimators(results, names)
    rows: list[dict[str, object]] = []
    for event_id in dict.fromkeys(results.evidence.pairs["event_id"]):
        places: list[tuple[dict[str, object], Pool]] = []
        for role, sector, members in studied_groups(results, event_id):
            for window in results.spec.windows:
                pool = donor_pool(results, event_id, members, window)
                key = {"event_id": event_id, "role": role, "sector": sector, "window": window_label(window)}
                own = {"model_effect": model_effect(results, event_id, window, pool.treated)}
                places.append((key | own, pool))

        def estimated(place: int, places: list[tuple[dict[str, object], Pool]] = places) -> list[dict[str, object]]:
            key, pool = places[place]
            return [key | _estimate(pool, name) for name in names]

        rows += [row for each in halved(estimated, range(len(places))) for row in each]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _estimate(pool: Pool, name: str) -> dict[str, object]:
    """One estimator's cells of one group and window."""
    cells: dict[str, object] = {"estimator": name, "market": pool.city, "reason": pool.reason}
    cells |= {"n_treated": len(pool.treated), "n_donors": len(pool.donors)}
    if pool.panel is None:
        missing = ("effect", "att", "ci_low", "ci_high", "pvalue", "pre_rmse", "pre_r_squared")
        return cells | dict.fromkeys(missing, math.nan) | {"donors_used": 0, "n_estimation": 0}
    fit = ESTIMATORS[name].fit(pool.panel)
    test = conformal(pool.panel, ESTIMATORS[name], statistic="scaled")
    return cells | {
        "effect": fit.cumulated(),
        "att": float(fit.att.mean()),
        "ci_low": test.ci_low,
        "ci_high": test.ci_high,
        "pvalue": test.pvalue,
        "donors_used": int(np.count_nonzero(np.abs(fit.weights) > _NO_WEIGHT)),
        "n_estimation": fit.n_before,
        "pre_rmse": fit.pre_rmse,
        "pre_r_squared": fit.pre_r_squared,
    }
