"""Panels of known law for the models' tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from eventstudy.panel.event_panel import EventPanel

Maker = Callable[..., EventPanel]


def panel_of(
    returns: np.ndarray, regressors: np.ndarray, days: int, span: np.ndarray | None = None, first: int = 0
) -> EventPanel:
    """A panel whose last ``days`` columns are the event range, which begins on day ``first``.

    Parameters
    ----------
    returns : (N, T + L) array
    regressors : (N, T + L, K) array
    span : (N, T + L) array, optional
        One where there is a return, unless given.
    """
    n, total = returns.shape
    cut = total - days
    if span is None:
        span = np.isfinite(returns).astype(np.float64)
    return EventPanel(
        estimation_returns=returns[:, :cut].copy(),
        estimation_span=span[:, :cut].copy(),
        estimation_regressors=regressors[:, :cut].copy(),
        estimation_column=np.tile(np.arange(cut), (n, 1)),
        estimation_in_event=np.zeros((n, cut), dtype=bool),
        taus=np.arange(first, first + days),
        event_returns=returns[:, cut:].copy(),
        event_span=span[:, cut:].copy(),
        event_regressors=regressors[:, cut:].copy(),
        security=np.arange(n),
        event=np.zeros(n, dtype=np.int64),
    )


def errors_of(rng: np.random.Generator, shape: tuple[int, int], garch: bool) -> np.ndarray:
    """Errors of 1.5% a session; a GARCH(1,1) with α = 0.1, β = 0.8 if asked for."""
    errors = rng.normal(0.0, 1.0, shape)
    if not garch:
        return 0.015 * errors
    variance = np.full(shape[0], 0.015**2)
    for session in range(shape[1]):
        errors[:, session] *= np.sqrt(variance)
        variance = 0.1 * 0.015**2 + 0.1 * errors[:, session] ** 2 + 0.8 * variance
    return errors


@pytest.fixture(scope="session")
def make_panel() -> Maker:
    """``panel_of``."""
    return panel_of


@pytest.fixture(scope="session")
def simulated() -> Maker:
    """Panel of a model's regressors: independent returns of 1% a session, loadings 0.9, 0.3, 0.3, …, alpha 0.0005.

    Leads and lags are those of one market; a riskless return is small and enters with one. A GARCH model gets errors
    of its kind and a longer window, on which they can be told.
    """

    def make(model: object, n: int = 5, sessions: int | None = None, days: int = 8, seed: int = 0) -> EventPanel:
        garch = model.name == "garch"
        sessions = (300 if garch else 150) if sessions is None else sessions
        rng = np.random.default_rng(seed)
        names = list(model.regressors)
        total = sessions + days
        market = rng.normal(0.0003, 0.01, (n, total + 20))
        columns = []
        loadings = []
        for name in names:
            shift = int(name.removeprefix("market")) if name.startswith("market") and name != "market" else 0
            if name.startswith("market"):
                columns.append(market[:, 10 + shift : 10 + shift + total])
                loadings.append(0.9 if shift == 0 else 0.0)
            elif name == "rf":
                columns.append(0.0001 + 0.00002 * rng.random((n, total)))
                loadings.append(1.0)
            else:
                columns.append(rng.normal(0.0, 0.01, (n, total)))
                loadings.append(0.9 if not loadings else 0.3)
        regressors = np.stack(columns, axis=2) if columns else np.zeros((n, total, 0))
        returns = 0.0005 + regressors @ np.array(loadings) + errors_of(rng, (n, total), garch)
        return panel_of(returns, regressors, days)

    return make
