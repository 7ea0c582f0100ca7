"""Small panels with everything that makes a window irregular: gaps, listings, delistings, factors with holes."""

from __future__ import annotations

import numpy as np
import pandas as pd

import eventstudy as es

FACTORS = ("market", "smb", "hml")


def irregular(seed: int, sessions: int = 420, securities: int = 12) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Returns, pairs and factors: events at the panel's edges too, six groups, several sessions close together."""
    rng = np.random.default_rng(seed)
    index = pd.bdate_range("2015-01-01", periods=sessions, name="session")
    factors = rng.normal(0.0004, [0.011, 0.006, 0.008], (sessions, 3))
    loadings = rng.normal([[1.0], [0.3], [-0.2]], 0.3, (3, securities))
    returns = factors @ loadings + rng.normal(0.0, 0.02, (sessions, securities))
    thin = rng.random(securities) * 0.15
    returns[rng.random((sessions, securities)) < thin] = np.nan
    returns[:150, 0] = np.nan  # listed late
    returns[300:, 1] = np.nan  # delisted
    returns[100:260, 2] = np.nan  # a halt over most of an estimation window
    returns[:, 3] = np.nan  # never traded
    returns[-40:, 4] = 0.01  # what becomes of the last event days
    returns[::2, 5] = np.nan  # every second session
    returns[200, 6] = np.inf  # no return either
    factors[[37, 205, 206], 0] = np.nan
    factors[390, 1] = np.nan
    days = np.concatenate([[3, 60, sessions - 1, sessions - 3], rng.integers(100, sessions - 5, 20)])
    days = np.unique(np.concatenate([days, [301, 303, 304]]))
    cells = [(day, row) for day in days.tolist() for row in range(securities) if rng.random() < 0.8]
    names = np.array([f"S{row:02d}" for row in range(securities)])
    pairs = pd.DataFrame(
        {
            "event_id": [f"E{day}" for day, _ in cells],
            "security_id": names[[row for _, row in cells]],
            "event_session": index[[day for day, _ in cells]],
            "group": [f"G{(day + row) % 6}" for day, row in cells],
        }
    ).sample(frac=1.0, random_state=seed)
    return (
        pd.DataFrame(returns, index=index, columns=names),
        pairs.reset_index(drop=True),
        pd.DataFrame(factors, index=index, columns=list(FACTORS)),
    )


def tables(results: es.StudyResults) -> dict[str, pd.DataFrame]:
    """Every table of a study on own returns."""
    return {
        "pairs": results.pairs,
        "cars": results.cars,
        "abnormal_returns": results.abnormal_returns,
        "attrition": results.attrition,
        "groups": results.groups(by=("group",)),
        "groups by event": results.groups(by=("event_id",)),
        "tests": results.tests(by=("group",)),
        "tests by event": results.tests(by=("event_id", "group")),
        "tests of all": results.tests(by=()),
    }
