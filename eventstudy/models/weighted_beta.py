"""One beta that is a weighted sum of returns, applied to the market of the same session.

Scholes & Williams (1977) and the summed form of Dimson (1979) differ in the weights alone.
"""

from __future__ import annotations

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray
from eventstudy.models.base import ModelFit
from eventstudy.models.noise import MovingAverageNoise
from eventstudy.panel.event_panel import EventPanel


def autocorrelation(residuals: FloatArray, lags: int) -> FloatArray:
    """Autocorrelations of each row at lags 1 to ``lags``, about zero; a missing value leaves its products out.

    Examples
    --------
    >>> autocorrelation(np.array([[1.0, -1.0, 1.0, -1.0]]), 2)
    array([[-0.75,  0.5 ]])
    """
    filled = np.where(np.isfinite(residuals), residuals, 0.0)
    squares = (filled**2).sum(axis=1)
    out = np.zeros((len(filled), lags))
    for lag in range(1, lags + 1):
        product = (filled[:, lag:] * filled[:, : max(filled.shape[1] - lag, 0)]).sum(axis=1)
        np.divide(product, squares, out=out[:, lag - 1], where=squares > 0)
    return out


def fit_weighted_beta(
    panel: EventPanel,
    valid: BoolArray,
    regular: BoolArray,
    weights: FloatArray,
    market: int,
    n_parameters: int,
    lags: int,
) -> ModelFit:
    """The fit R = α + β R_m with β = Σ w_t R_t and α = R̄ - β R̄_m.

    Parameters
    ----------
    panel : EventPanel
        Returns of single sessions.
    valid : (N, T) bool
        Estimation returns used.
    regular : (N,) bool
        Whether the weights exist.
    weights : (N, T) float
        w with Σ w = 0 and Σ w R_m = 1; zero where not ``valid``.
    market : int
        Which regressor is the market of the same session.
    n_parameters : int
        p: d = M - p.
    lags : int
        Residuals are taken as a moving average of this order.

    Returns
    -------
    ModelFit
        Var(CAR) = s² (V_L + L²/M + (Σ_W (R_m - R̄_m))² Σ w²), V_L from the residuals' autocorrelations.
    """
    n = len(valid)
    returns = np.where(valid, panel.estimation_returns, 0.0)
    same_day = np.where(valid, panel.estimation_regressors[:, :, market], 0.0)
    count = valid.sum(axis=1).astype(np.float64)
    divisor = np.maximum(count, 1.0)
    mean, mean_market = returns.sum(axis=1) / divisor, same_day.sum(axis=1) / divisor
    beta = (weights * returns).sum(axis=1)
    alpha = mean - beta * mean_market
    residuals = np.where(valid, returns - alpha[:, None] - beta[:, None] * same_day, np.nan)
    squares = np.nansum(residuals**2, axis=1)
    total = (np.where(valid, returns - mean[:, None], 0.0) ** 2).sum(axis=1)
    varies = squares > 1e-20 * np.maximum((returns**2).sum(axis=1), 1e-300)
    dof = count - n_parameters
    variance = np.divide(squares, dof, out=np.full(n, np.nan), where=dof > 0)
    norm = (weights**2).sum(axis=1)
    centred = np.where(valid, same_day - mean_market[:, None], 0.0)
    # what the fitted line takes off a residual's variance if errors are white: 2 w(x - x̄) - (x - x̄)² Σw²
    taken = 1.0 / divisor[:, None] + 2.0 * weights * centred - centred**2 * norm[:, None]
    gram_inverse = np.zeros((n, 2, 2))
    gram_inverse[:, 0, 0], gram_inverse[:, 1, 1] = 1.0 / divisor, norm
    ahead = panel.event_regressors[:, :, market]
    present = np.isfinite(panel.event_returns) & np.isfinite(ahead)
    ahead = np.where(present, ahead, np.nan)
    blank = np.where(regular & varies, 1.0, np.nan)
    faults = [
        "" if few or (fits and moves) else ("singular_regressors" if not fits else "zero_variance")
        for fits, moves, few in zip(regular.tolist(), varies.tolist(), (dof <= 0).tolist(), strict=True)
    ]
    return ModelFit(
        alpha=alpha * blank,
        beta=beta * blank,
        residuals=residuals * blank[:, None],
        centred_residuals=residuals * blank[:, None],
        leverage=np.where(valid, taken, 0.0),
        n_estimation=count,
        residual_variance=variance * blank,
        dof=dof,
        n_parameters=n_parameters,
        r_squared=(1.0 - np.divide(squares, total, out=np.full(n, np.nan), where=total > 0)) * blank,
        expected=(alpha[:, None] + beta[:, None] * ahead) * blank[:, None],
        design=np.stack([np.where(present, 1.0, np.nan), ahead - mean_market[:, None]], axis=2),
        gram_inverse=gram_inverse,
        fault=tuple(faults),
        noise=MovingAverageNoise(autocorrelation(residuals, lags)),
        coefficients=np.stack([alpha, beta], axis=1) * blank[:, None],
    )
