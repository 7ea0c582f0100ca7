"""Whole-catalogue studies of embedded markets beside what was planted in them, one row a group and window.

As a script, ``python tests/simulation/recovery.py FIRST LAST FILE.parquet`` studies the markets of these seeds, with
effects and without, in one process; the tests start two of them side by side and read their files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

import eventstudy as es
from eventstudy.calendars import calendar

KEY = ("event_id", "role", "sector", "window")
KEPT = ("n_pairs", "caar", "caar_se", "ci_low", "ci_high", "mde", "headline_test", "pvalue", "reading")


@cache
def catalogue() -> tuple[es.Events, es.Universe]:
    """The events and the universe, read once a process."""
    return es.read_events(), es.read_universe()


def planted_in_windows(results: es.StudyResults, truth: pd.DataFrame) -> pd.DataFrame:
    """The ``cars`` table with every grouping column and ``planted``: all effects on the window's sessions.

    Those of neighbouring events too. ``direction`` is the news', as in rows pooled over events.

    Parameters
    ----------
    results : StudyResults
        A study of the market.
    truth : DataFrame
        ``SamplePrices.truth()`` of that market.
    """
    pairs = results.pairs[["event_id", "ticker", "exchange", "role", "sector", "event_session"]]
    cars = results.cars.merge(pairs, on=["event_id", "ticker"], validate="many_to_one")
    cars["episode"] = cars["event_id"].map({event.event_id: event.episode for event in results.events})
    cars["direction"] = cars["event_id"].map({event.event_id: event.news for event in results.events})
    bounds = cars["window"].str.extract(r"\[([-+0-9]+),([-+0-9]+)\]").astype(int).to_numpy()
    event_session = cars["event_session"].to_numpy().astype("datetime64[D]")
    effects = dict(iter(truth.groupby("ticker")))
    planted = np.zeros(len(cars))
    for (ticker, exchange), rows in cars.groupby(["ticker", "exchange"]).indices.items():
        if ticker not in effects:
            continue
        sessions = calendar(str(exchange)).sessions
        own = np.zeros(sessions.size + 1)
        days = effects[ticker]["session"].to_numpy().astype("datetime64[D]")
        np.add.at(own, np.searchsorted(sessions, days) + 1, effects[ticker]["effect"].to_numpy())
        upto = np.cumsum(own)  # all effects before a session
        zero = np.searchsorted(sessions, event_session[rows])
        planted[rows] = upto[zero + bounds[rows, 1] + 1] - upto[zero + bounds[rows, 0]]
    return cars.assign(planted=planted)


def group_truths(cars: pd.DataFrame, key: Sequence[str] = KEY) -> pd.DataFrame:
    """Truth of every group and window, from its members'.

    Parameters
    ----------
    cars : DataFrame
        As from :func:`planted_in_windows`.
    key : sequence of str
        Grouping columns and ``window``.

    Returns
    -------
    DataFrame
        By ``key``: ``truth_mean``, what CAAR estimates; ``truth_weighted``, Σ(truth/σ)/Σ(1/σ), what the interval of
        adjusted BMP is about (METHODS 5.9), the same where members have the same truth; ``spread``, the largest
        truth of a member less the smallest.
    """
    inverse = 1.0 / cars["car_se"]
    parts = cars[list(key)].assign(planted=cars["planted"], inverse=inverse, weighted=cars["planted"] * inverse)
    by_group = parts.groupby(list(key), sort=False)
    sums = by_group[["weighted", "inverse"]].sum()
    return pd.DataFrame(
        {
            "truth_mean": by_group["planted"].mean(),
            "truth_weighted": sums["weighted"] / sums["inverse"],
            "spread": by_group["planted"].max() - by_group["planted"].min(),
        }
    )


def study_market(
    seed: int, effects: bool, events: es.Events | None = None, spec: es.StudySpec | None = None
) -> pd.DataFrame:
    """One market studied: the headline of every event by role and sector, with the truth.

    Parameters
    ----------
    seed : int
        Of the market.
    effects : bool
        Whether the catalogue's effects are planted, those of all its events.
    events : Events, optional
        What is studied, by default the whole catalogue.
    spec : StudySpec, optional
        Default specification where not given.

    Returns
    -------
    DataFrame
        seed, effects, KEY, KEPT, the columns of :func:`group_truths`, ``truth``, the one that the row's interval is
        about, and ``covered``; rows without an interval are left out.
    """
    everything, universe = catalogue()
    market = es.SamplePrices(seed=seed, effects=effects)
    results = es.run_study(everything if events is None else events, universe, market, spec)
    groups = results.groups()[[*KEY, *KEPT]].dropna(subset=["ci_low"])
    found = groups.join(group_truths(planted_in_windows(results, market.truth())), on=list(KEY), validate="one_to_one")
    found["truth"] = np.where(found["headline_test"] == "adjusted_bmp_t", found["truth_weighted"], found["truth_mean"])
    found["covered"] = (found["ci_low"] <= found["truth"]) & (found["truth"] <= found["ci_high"])
    return found.assign(seed=seed, effects=effects)


def study_markets(
    seeds: Iterable[int], events: es.Events | None = None, spec: es.StudySpec | None = None
) -> pd.DataFrame:
    """Rows of :func:`study_market` for several seeds, with effects and without."""
    parts = [study_market(seed, effects, events, spec) for seed in seeds for effects in (True, False)]
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class Rate:
    """Share of rows for which something holds, with a 95% interval in which whole seeds are the units.

    Attributes
    ----------
    value, low, high : float
        Wilson's interval for as many independent rows as the spread between seeds says these are worth, with the
        quantile of t(seeds - 1).
    n : int
        Rows.
    """

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:7.2%}  [{self.low:6.2%}, {self.high:6.2%}]  {self.n:>9,}"


def rate_over_seeds(hits: pd.Series, seeds: pd.Series) -> Rate:
    """The share of ``hits``, rows of one seed counting as one draw.

    Examples
    --------
    Rows that agree within each of 50 seeds are worth 49 rows, so the half-width is
    2.01 √(0.25/49 + 4.04/(4 · 49²))/(1 + 4.04/49) = 0.138:

    >>> print(rate_over_seeds(pd.Series([1, 1, 0, 0] * 25), pd.Series(np.repeat(np.arange(50), 2))))
     50.00%  [36.20%, 63.80%]        100
    """
    by_seed = hits.astype(float).groupby(seeds.to_numpy()).agg(["sum", "size"])
    n, count = len(hits), len(by_seed)
    share = float(by_seed["sum"].sum()) / n
    variance = count / (count - 1) * float(((by_seed["sum"] - share * by_seed["size"]) ** 2).sum()) / n**2
    worth = share * (1.0 - share) / variance if variance > 0 else float(n)
    square = float(special.stdtrit(count - 1, 0.975)) ** 2
    centre = (share + square / (2.0 * worth)) / (1.0 + square / worth)
    half = np.sqrt(square * (share * (1.0 - share) / worth + square / (4.0 * worth**2))) / (1.0 + square / worth)
    return Rate(share, float(centre - half), float(centre + half), n)


def rates(rows: pd.DataFrame, hits: pd.Series, by: str) -> dict[str, Rate]:
    """:func:`rate_over_seeds` of every value of a column."""
    return {str(name): rate_over_seeds(hits[part.index], part["seed"]) for name, part in rows.groupby(by)}


def main(arguments: Sequence[str]) -> None:
    """Study the markets of seeds FIRST to LAST, both inclusive, and write the rows."""
    first, last, path = int(arguments[0]), int(arguments[1]), Path(arguments[2])
    study_markets(range(first, last + 1)).to_parquet(path)


if __name__ == "__main__":
    main(sys.argv[1:])
