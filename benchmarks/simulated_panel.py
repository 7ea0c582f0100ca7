"""A panel of returns like CRSP's, drawn fast: one market, three factors, listings, delistings, missing days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

SESSIONS, SECURITIES = 5_000, 4_000
MISSING = 0.05
ESTIMATION, WINDOW = (-260, -11), (-10, 10)
GROUPS = 50


@dataclass(frozen=True, eq=False)
class SimulatedPanel:
    """Returns, their factors and where an event can be studied.

    Attributes
    ----------
    returns : (S, n) DataFrame
        Decimal returns by session and security, NaN before the listing, after the delisting and on 5% of the days.
    factors : (S, 4) DataFrame
        ``market``, ``smb``, ``hml``, ``umd``.
    """

    returns: pd.DataFrame
    factors: pd.DataFrame

    def pairs(self, count: int, seed: int = 1) -> pd.DataFrame:
        """So many different (session, security) with a return on the session, in a random order, in 50 groups.

        Each session with an observation is one event; most sessions have some from a few thousand observations on.
        """
        rng = np.random.default_rng(seed)
        length, width = self.returns.shape
        there = np.isfinite(self.returns.to_numpy())
        there[: -ESTIMATION[0]] = False
        there[length - WINDOW[1] :] = False
        cells = np.flatnonzero(there)
        chosen = rng.choice(cells, size=count, replace=False)
        session, security = np.divmod(chosen, width)
        group = rng.integers(0, GROUPS, size=count)
        return pd.DataFrame(
            {
                "event_id": session,
                "security_id": self.returns.columns.to_numpy()[security],
                "event_session": self.returns.index.to_numpy()[session],
                "group": pd.Categorical.from_codes(group, [f"group {number:02d}" for number in range(GROUPS)]),
            }
        )


def simulated_panel(sessions: int = SESSIONS, securities: int = SECURITIES, seed: int = 0) -> SimulatedPanel:
    """The panel; equal arguments give equal numbers.

    Parameters
    ----------
    sessions, securities : int
        S and n.
    seed : int
        Of every draw.
    """
    rng = np.random.default_rng(seed)
    index = pd.bdate_range("2004-01-01", periods=sessions, name="session")
    deviation = np.array([0.011, 0.006, 0.006, 0.008])
    factors = rng.standard_normal((sessions, 4)) * deviation + np.array([0.0003, 0.0, 0.0001, 0.0001])
    loadings = rng.standard_normal((4, securities)) * np.array([0.4, 0.5, 0.4, 0.3])[:, None]
    loadings[0] += 1.0
    returns = rng.standard_normal((sessions, securities))
    returns *= 0.01 + 0.02 * rng.random(securities)
    returns += factors @ loadings
    returns[rng.random((sessions, securities), dtype=np.float32) < MISSING] = np.nan
    # a third is listed, a third delisted inside the sample
    day = np.arange(sessions)[:, None]
    listed = np.where(rng.random(securities) < 1 / 3, rng.integers(0, sessions * 3 // 4, securities), 0)
    left = np.where(rng.random(securities) < 1 / 3, rng.integers(sessions // 4, sessions, securities), sessions)
    returns[(day < listed) | (day >= left)] = np.nan
    names = np.arange(10_001, 10_001 + securities)
    return SimulatedPanel(
        returns=pd.DataFrame(returns, index=index, columns=names),
        factors=pd.DataFrame(factors, index=index, columns=["market", "smb", "hml", "umd"]),
    )
