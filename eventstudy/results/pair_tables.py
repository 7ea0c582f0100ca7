"""The tables with one row a pair: abnormal returns by day, CARs by window, attrition."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy._arrays import IntArray
from eventstudy.abnormal import last_places
from eventstudy.panel.windows import window_label
from eventstudy.results.evidence import Evidence

PAIR_COLUMNS = (
    "event_id", "ticker", "exchange", "sector", "role", "event_session", "event_day_rule", "n_estimation", "status",
    "reason", "alpha", "beta", "residual_sd", "r_squared",
)  # fmt: skip
ATTRITION_COLUMNS = ("event_id", "ticker", "window", "step", "reason")


def _used(evidence: Evidence) -> tuple[pd.DataFrame, IntArray | slice]:
    """Used pairs, and their rows of the arrays; a slice where these are in the same order."""
    there = evidence.row >= 0
    rows = evidence.row[there]
    return evidence.pairs[there], slice(None) if (np.diff(rows) == 1).all() else rows


def pairs_table(evidence: Evidence) -> pd.DataFrame:
    """One row a pair, used or excluded; the catalogue columns that were not given are absent."""
    kept = [name for name in PAIR_COLUMNS if name in evidence.pairs.columns]
    return evidence.pairs[kept].reset_index(drop=True)


def abnormal_returns_table(evidence: Evidence) -> pd.DataFrame:
    """One row a used pair and event day; empty cells on a day without a return."""
    used, rows = _used(evidence)
    abnormal = evidence.arrays.abnormal
    n, days = abnormal.ar.shape
    return pd.DataFrame(
        {
            "event_id": np.repeat(used["event_id"].to_numpy(), days),
            "ticker": np.repeat(used["ticker"].to_numpy(), days),
            "tau": np.tile(abnormal.taus, n),
            "session": evidence.sessions[rows].reshape(-1),
            "return": abnormal.returns[rows].reshape(-1),
            "expected": abnormal.expected[rows].reshape(-1),
            "ar": abnormal.ar[rows].reshape(-1),
            "sar": abnormal.sar[rows].reshape(-1),
        }
    )


def cars_table(evidence: Evidence) -> pd.DataFrame:
    """One row a used pair and window that has a CAR; p from t(d) of the model.

    Where windows may be cut short, a column ``sessions`` holds how many the CAR is made of.
    """
    used, own = _used(evidence)
    places = np.arange(len(used)) if isinstance(own, slice) else own
    events, tickers = used["event_id"].to_numpy(), used["ticker"].to_numpy()
    arrays = evidence.arrays
    parts = []
    for order, window in enumerate(arrays.windows):
        there = np.flatnonzero(window.present[places])
        rows = places[there]
        parts.append(
            pd.DataFrame(
                {
                    "pair": there,
                    "order": order,
                    "event_id": events[there],
                    "ticker": tickers[there],
                    "window": window_label(window.window),
                    "car": window.car[rows],
                    "car_se": window.sigma[rows],
                    "scar": window.scar[rows],
                    "pvalue": t_pvalue_array(window.scar[rows], arrays.fit.dof[rows]),
                    "bhar": window.bhar[rows],
                }
            )
        )
        if arrays.panel.ends is not None:
            parts[-1]["sessions"] = last_places(arrays.panel, window.window)[rows] + 1
    table = pd.concat(parts, ignore_index=True).sort_values(["pair", "order"], kind="stable")
    return table.drop(columns=["pair", "order"]).reset_index(drop=True)


def t_pvalue_array(statistic: np.ndarray, dof: np.ndarray) -> np.ndarray:
    """Two-sided p of t(dof) variables, the normal law where dof is infinite."""
    from scipy import special

    finite = np.isfinite(dof)
    tail = special.stdtr(np.where(finite, dof, 1.0), -np.abs(statistic))
    pvalue: np.ndarray = 2.0 * np.where(finite, tail, special.ndtr(-np.abs(statistic)))
    return pvalue


def attrition_table(evidence: Evidence, steps: dict[str, str]) -> pd.DataFrame:
    """One row an excluded pair (window empty), or a pair × window without a CAR."""
    excluded = evidence.pairs[evidence.pairs["status"] == "excluded"]
    whole = pd.DataFrame(
        {
            "event_id": excluded["event_id"].to_numpy(),
            "ticker": excluded["ticker"].to_numpy(),
            "window": "",
            "step": [steps.get(reason, "") for reason in excluded["reason"]],
            "reason": excluded["reason"].to_numpy(),
        }
    )
    return pd.concat([whole, evidence.window_attrition], ignore_index=True)[list(ATTRITION_COLUMNS)]
