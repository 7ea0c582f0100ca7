"""Cumulated abnormal return of a group around the event, with its interval and its ordinary range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import pandas as pd

from eventstudy._arrays import IntArray
from eventstudy.abnormal import AbnormalReturns, window_returns
from eventstudy.grouping import Label
from eventstudy.inference.headline import headline
from eventstudy.inference.placebo import FEWEST_DATES, group_seed
from eventstudy.inference.sample import GroupSample, StudyArrays
from eventstudy.panel.windows import Window
from eventstudy.results.evidence import Evidence

PATH_COLUMNS = ("tau", "n_pairs", "caar", "ci_low", "ci_high", "ordinary_low", "ordinary_high")


def stretches(taus: Sequence[int]) -> dict[int, tuple[Window, float]]:
    """For each event day the window between it and the close before day 0, and its sign.

    Examples
    --------
    >>> stretches([-3, -2, -1, 0, 1])
    {-3: ((-2, -1), -1.0), -2: ((-1, -1), -1.0), 0: ((0, 0), 1.0), 1: ((0, 1), 1.0)}
    """
    return {tau: ((0, tau), 1.0) if tau >= 0 else ((tau + 1, -1), -1.0) for tau in taus if tau != -1}


def path_arrays(arrays: StudyArrays, rows: IntArray, standardise: str, kind: str) -> StudyArrays:
    """Some of the study's observations, with every stretch that a path is made of for their windows."""
    panel, fit = arrays.panel.rows(rows), arrays.fit.rows(rows)
    whole = {each.name: getattr(arrays.abnormal, each.name) for each in fields(arrays.abnormal)}
    abnormal = AbnormalReturns(**{name: each if name == "taus" else each[rows] for name, each in whole.items()})
    windows = dict.fromkeys(window for window, _ in stretches(panel.taus.tolist()).values())
    return StudyArrays(
        panel=panel,
        fit=fit,
        abnormal=abnormal,
        windows=tuple(window_returns(panel, fit, abnormal, window, standardise, kind) for window in windows),
        cluster=arrays.cluster[rows],
        calendar=arrays.calendar[rows],
        position=arrays.position[rows],
        min_estimation=arrays.min_estimation,
        riskless=arrays.riskless,
        study=arrays.study,
    )


def path_records(
    evidence: Evidence, label: Label, rows: IntArray, arrays: StudyArrays, kept: IntArray, seed: int
) -> list[tuple[object, ...]]:
    """One group's path, day by day; the day before the event is zero by construction.

    ``rows`` are those of ``arrays``, which has the study's observations ``kept``.

    The interval is that of the group's headline test: where that is adjusted BMP, of the volatility-weighted mean.
    """
    number = {found.window: place for place, found in enumerate(arrays.windows)}
    rows = np.sort(rows)
    records: list[tuple[object, ...]] = []
    for tau in arrays.panel.taus.tolist():
        if tau == -1:
            records.append((*label, tau, len(rows), 0.0, 0.0, 0.0, 0.0, 0.0))
            continue
        window, sign = stretches([tau])[tau]
        sample = GroupSample(arrays, rows[arrays.windows[number[window]].present[rows]], number[window])
        draw = group_seed(seed, evidence.pair_names(kept[sample.rows]), window) if sample.n else (seed,)
        found = headline(sample, draw)
        low, high = ordinary_range(evidence, sample, window)
        ends = sorted((sign * found.ci_low, sign * found.ci_high))
        wide = sorted((sign * low, sign * high))
        records.append((*label, tau, sample.n, sign * found.caar, *ends, *wide))
    return records


def ordinary_range(evidence: Evidence, sample: GroupSample, window: Window) -> tuple[float, float]:
    """2.5% and 97.5% quantiles of the group's mean over ordinary stretches of the same length."""
    study = evidence.placebo
    if study is None or not sample.n or len(sample.clusters) != 1:
        return float("nan"), float("nan")
    event = int(sample.arrays.panel.event[sample.rows[0]])
    members = np.unique(sample.arrays.panel.security[sample.rows])
    means = study.means(int(evidence.clock_number[event]), evidence.clocks[event], members, window)
    if len(means) < FEWEST_DATES:
        return float("nan"), float("nan")
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def path_frame(records: list[tuple[object, ...]], by: Sequence[str]) -> pd.DataFrame:
    """Paths as a table."""
    return pd.DataFrame.from_records(records, columns=[*by, *PATH_COLUMNS])
