"""Running sums against extended precision: what lies outside a window costs its fit no digit."""

from __future__ import annotations

import numpy as np
import pytest

import eventstudy as es

pytest.importorskip("numba")

# double precision over 250 sums of products
CLOSE = 1e-12


def _in_extended_precision(returns, market):
    """Intercept, slope and residual variance of one window."""
    y, x = returns.astype(np.longdouble), market.astype(np.longdouble)
    x0, y0 = x - x.mean(), y - y.mean()
    slope = (x0 * y0).sum() / (x0 * x0).sum()
    residual = y0 - slope * x0
    return y.mean() - slope * x.mean(), slope, (residual**2).sum() / (len(y) - 2)


@pytest.mark.parametrize("outlier", [0.0, 10.0, 1e3])
def test_an_outlier_elsewhere_in_the_history(outlier):
    from eventstudy.kernel.estimates import estimate
    from eventstudy.kernel.securities import Securities

    rng = np.random.default_rng(0)
    market = rng.normal(0.0003, 0.01, 5_000)
    values = (1.1 * market + rng.normal(0.0, 0.02, 5_000))[None, :]
    values[0, 17] = outlier
    position = np.arange(400, 4_990, 13)
    found = estimate(
        Securities.of(values, market[:, None], [True], "trade-to-trade", np.ones(1, dtype=bool)),
        es.MarketModel(), np.zeros(len(position), dtype=np.int64), position, (-260, -11), ((0, 0),), 120,
        "exact", "simple", lambda rows: pytest.fail("running sums do justice to these"),
    )  # fmt: skip
    for row, day in enumerate(position.tolist()):
        inside = slice(day - 260, day - 10)
        alpha, beta, variance = _in_extended_precision(values[0, inside], market[inside])
        assert found.variance[row] == pytest.approx(float(variance), rel=CLOSE)
        assert found.coefficients[row, 1] == pytest.approx(float(beta), rel=CLOSE)
        assert found.coefficients[row, 0] == pytest.approx(float(alpha), rel=CLOSE, abs=1e-16)
