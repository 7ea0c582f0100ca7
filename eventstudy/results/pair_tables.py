"""The tables with one row a pair: abnormal returns by day, CARs by window, attrition."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.abnormal import last_places
from eventstudy.panel.windows import window_label
from eventstudy.results.evidence import Evidence

PAIR_COLUMNS = (
    "event_id", "ticker", "exchange", "sector", "role", "event_session", "event_day_rule", "n_estimation", "status",
    "reason", "alpha", "beta", "residual_sd", "r_squared",
)  # fmt: skip
ATTRITION_COLUMNS = ("event_id", "ticker", "window", "step", "reason")


def _used(evidence: Evidence) -> pd.DataFrame:
    """Pairs in the order of the arrays' rows."""
    used = evidence.pairs[evidence.row >= 0]
    return used.iloc[np.argsort(evidence.row[evidence.row >= 0])]


def pairs_table(evidence: Evidence) -> pd.DataFrame:
    """One row a pair, used or excluded; the catalogue columns that were not given are absent."""
    kept = [name for name in PAIR_COLUMNS if name in evidence.pairs.columns]
    return evidence.pairs[kept].reset_index(drop=True)


def abnormal_returns_table(evidence: Evidence) -> pd.DataFrame:
    """One row a used pair and event day; empty cells on a day without a return."""
    used = _used(evidence)
    abnormal = evidence.arrays.abnormal
    n, days = abnormal.ar.shape
    return pd.DataFrame(
        {
            "event_id": np.repeat(used["event_id"].to_numpy(), days),
            "ticker": np.repeat(used["ticker"].to_numpy(), days),
            "tau": np.tile(abnormal.taus, n),
            "session": evidence.sessions.reshape(-1),
            "return": abnormal.returns.reshape(-1),
            "expected": abnormal.expected.reshape(-1),
            "ar": abnormal.ar.reshape(-1),
            "sar": abnormal.sar.reshape(-1),
        }
    )


def cars_table(evidence: Evidence) -> pd.DataFrame:
    """One row a used pair and window that has a CAR; p from t(d) of the model.

    Where windows may be cut short, a column ``sessions`` holds how many the CAR is made of.
    """
    used = _used(evidence)
    events, tickers = used["event_id"].to_numpy(), used["ticker"].to_numpy()
    arrays = evidence.arrays
    parts = []
    for order, window in enumerate(arrays.windows):
        rows = np.flatnonzero(window.present)
        parts.append(
            pd.DataFrame(
                {
                    "row": rows,
                    "order": order,
                    "event_id": events[rows],
                    "ticker": tickers[rows],
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
    table = pd.concat(parts, ignore_index=True).sort_values(["row", "order"], kind="stable")
    return table.drop(columns=["row", "order"]).reset_index(drop=True)


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
