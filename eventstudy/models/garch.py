"""The market model with GARCH(1,1) errors, by maximum likelihood (Bollerslev 1986, 1987)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray
from eventstudy.models.base import ModelFit, fit_linear, single_sessions, valid_estimation
from eventstudy.models.noise import GarchNoise
from eventstudy.panel.event_panel import EventPanel

# below this the likelihood of six parameters has no interior maximum worth the name
FEWEST = 30
# the optimiser stops this close to its bound α + β = 1
INTEGRATED = 1.0 - 1e-6
# arch estimates in per cent, where its step sizes are well scaled
PER_CENT = 100.0
# a thousand times closer than arch's own choice, so that estimates hardly depend on the unit or the start
OPTIMISER = {"ftol": 1e-9, "maxiter": 500}


@dataclass(frozen=True)
class GarchEstimate:
    """One fitted series, in decimals.

    Attributes
    ----------
    coefficients : (2,) float
        α and β of the mean.
    covariance : (2, 2) float
        H, theirs: the block of the inverse Hessian of the log-likelihood.
    omega, alpha, beta : float
        h_t = ω + α e²_t-1 + β h_t-1.
    variance : (M,) float
        h_t of each return given.
    reason : str
        Empty, or why the estimate cannot be used.
    """

    coefficients: FloatArray
    covariance: FloatArray
    omega: float
    alpha: float
    beta: float
    variance: FloatArray
    reason: str = ""


def estimate_garch(returns: FloatArray, market: FloatArray, errors: str) -> GarchEstimate:
    """Maximum-likelihood market model with GARCH(1,1) errors of one series.

    Parameters
    ----------
    returns, market : (M,) float
        Decimal returns, none missing.
    errors : {"t", "normal"}
        Law of e_t/√h_t, with variance one; the degrees of freedom of t are estimated.

    Returns
    -------
    GarchEstimate
        ``no_convergence`` or ``integrated_variance`` (α + β ≥ 1) where it cannot be used.
    """
    from arch import arch_model

    law: Any = errors
    model: Any = arch_model(
        PER_CENT * returns, x=PER_CENT * market[:, None], mean="LS", vol="GARCH", p=1, q=1, dist=law, rescale=False
    )
    try:
        with np.errstate(all="ignore"):
            # the sandwich form explodes where α is at its bound of zero; the mean's block of the Hessian does not
            found = model.fit(disp="off", show_warning=False, cov_type="classic", options=OPTIMISER)
            covariance = np.asarray(found.param_cov, dtype=np.float64)[:2, :2]
    except (np.linalg.LinAlgError, ValueError, FloatingPointError):
        return _unusable("no_convergence")
    constant, slope, omega, alpha, beta = (float(value) for value in found.params.to_numpy()[:5])
    if found.convergence_flag != 0 or not np.isfinite(covariance).all() or np.linalg.eigvalsh(covariance)[0] <= 0:
        return _unusable("no_convergence")
    if alpha + beta >= INTEGRATED:
        return _unusable("integrated_variance")
    scale = np.array([1.0 / PER_CENT, 1.0])
    return GarchEstimate(
        coefficients=np.array([constant, slope]) * scale,
        covariance=covariance * scale[:, None] * scale[None, :],
        omega=omega / PER_CENT**2,
        alpha=alpha,
        beta=beta,
        variance=(np.asarray(found.conditional_volatility, dtype=np.float64) / PER_CENT) ** 2,
    )


def _unusable(reason: str) -> GarchEstimate:
    """No estimate, with the reason."""
    return GarchEstimate(np.full(2, np.nan), np.full((2, 2), np.nan), math.nan, math.nan, math.nan, np.empty(0), reason)


def filtered_variance(
    estimate: GarchEstimate, last_variance: float, last_error: float, errors: FloatArray
) -> FloatArray:
    """h of every session after the last one fitted, each known the session before it.

    Parameters
    ----------
    estimate : GarchEstimate
        Parameters, held fixed.
    last_variance, last_error : float
        h and e of the last return fitted.
    errors : (S,) float
        Errors of the sessions that follow; NaN = no return, which passes on its expected square h.

    Returns
    -------
    (S,) float
        The first S forecasts; the last error enters none of them.

    Examples
    --------
    >>> law = GarchEstimate(np.zeros(2), np.eye(2), 1.0, 0.2, 0.5, np.zeros(0))
    >>> filtered_variance(law, 2.0, 1.0, np.array([3.0, np.nan, 0.0]))
    array([2.2 , 3.9 , 3.73])
    """
    out = np.empty(len(errors))
    variance, square = last_variance, last_error**2
    for session, error in enumerate(errors.tolist()):
        variance = estimate.omega + estimate.alpha * square + estimate.beta * variance
        square = variance if math.isnan(error) else error**2
        out[session] = variance
    return out


@dataclass(frozen=True)
class GarchMarketModel:
    """Expected return alpha + beta R_m whose errors have a variance that follows a GARCH(1,1).

    Parameters
    ----------
    errors : {"t", "normal"}
        Law of the standardised errors.

    Notes
    -----
    Fitted on the estimation window by ``arch``. The variance is then filtered through the sessions up to a window with
    its parameters fixed, and forecast over the window without the window's own returns; Var(CAR) = Σ_W h + x_W'H x_W.
    SCAR is referred to N(0, 1). Returns over several sessions are left out. ``residual_variance`` is Σe²/(M - 2), the
    level around which h moves. A fit takes some 40 milliseconds.

    Examples
    --------
    >>> GarchMarketModel().regressors, GarchMarketModel("normal").errors
    (('market',), 'normal')
    """

    errors: str = "t"
    name: str = "garch"
    regressors: tuple[str, ...] = ("market",)
    estimated: bool = True
    rolling: bool = False
    single_sessions: bool = True
    riskless: bool = False

    def __post_init__(self) -> None:
        if self.errors not in ("t", "normal"):
            raise ValueError(f"errors: {self.errors!r} unknown; choose from t, normal")

    def fit(self, panel: EventPanel) -> ModelFit:
        """Normal returns of every observation of the panel; event returns enter the variance of later days alone.

        Examples
        --------
        >>> import eventstudy as es
        >>> panel = es.study_returns(*es.example_returns()).evidence.arrays.panel
        >>> es.GarchMarketModel("normal").fit(panel.rows([1, 2])).beta.round(2)
        array([0.9, nan])
        """
        panel = single_sessions(panel)
        start = fit_linear(panel)
        valid = valid_estimation(panel)
        n, sessions = valid.shape
        later_returns, later_market = _after_estimation(panel)
        coefficients, covariance = np.full((n, 2), np.nan), np.full((n, 2, 2), np.nan)
        inside, ahead = np.full((n, sessions), np.nan), np.full(panel.event_returns.shape, np.nan)
        level, persistence = np.full(n, np.nan), np.full(n, np.nan)
        faults = list(start.fault)
        for row in range(n):
            used = np.flatnonzero(valid[row])
            if faults[row]:
                continue
            if len(used) < FEWEST:
                faults[row] = "short_estimation"
                continue
            market = panel.estimation_regressors[row, :, 0]
            found = estimate_garch(panel.estimation_returns[row, used], market[used], self.errors)
            if found.reason:
                faults[row] = found.reason
                continue
            coefficients[row], covariance[row] = found.coefficients, found.covariance
            inside[row, used] = found.variance
            level[row] = found.omega / (1.0 - found.alpha - found.beta)
            persistence[row] = found.alpha + found.beta
            constant, slope = found.coefficients.tolist()
            last = int(used[-1])
            error = float(panel.estimation_returns[row, last] - constant - slope * market[last])
            tail = np.full(sessions - 1 - last, np.nan)
            errors = np.concatenate([tail, later_returns[row] - constant - slope * later_market[row]])
            filtered = filtered_variance(found, float(found.variance[-1]), error, errors)
            ahead[row] = filtered[len(filtered) - len(panel.taus) :]
        return _garch_fit(panel, start, valid, coefficients, covariance, (inside, ahead, level, persistence), faults)


def _after_estimation(panel: EventPanel) -> tuple[FloatArray, FloatArray]:
    """Returns and market of every session after the estimation window, the event range last; NaN = no return."""
    returns, market = panel.event_returns, panel.event_regressors[:, :, 0]
    if panel.between is None:
        return returns, market
    between = np.where(panel.between.span <= 1, panel.between.returns, np.nan)
    return (
        np.concatenate([between, returns], axis=1),
        np.concatenate([panel.between.regressors[:, :, 0], market], axis=1),
    )


def _garch_fit(
    panel: EventPanel,
    start: ModelFit,
    valid: BoolArray,
    coefficients: FloatArray,
    covariance: FloatArray,
    noise: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    faults: list[str],
) -> ModelFit:
    """The fit whose variances are over s² = Σe²/(M - 2)."""
    returns, market = panel.estimation_returns, panel.estimation_regressors[:, :, 0]
    residuals = np.where(valid, returns - coefficients[:, :1] - coefficients[:, 1:] * market, np.nan)
    squares = np.nansum(residuals**2, axis=1)
    count = start.n_estimation
    fitted = np.isfinite(coefficients[:, 0])
    variance = np.divide(squares, count - 2.0, out=np.full(len(valid), np.nan), where=fitted & (count > 2))
    divisor = np.maximum(count, 1.0)
    mean = np.where(valid, returns, 0.0).sum(axis=1) / divisor
    total = (np.where(valid, returns - mean[:, None], 0.0) ** 2).sum(axis=1)
    explained = 1.0 - np.divide(squares, total, out=np.full(len(valid), np.nan), where=fitted & (total > 0))
    centre = np.nansum(residuals, axis=1) / divisor
    inside, ahead, level, persistence = noise
    design = start.design
    return ModelFit(
        alpha=coefficients[:, 0],
        beta=coefficients[:, 1],
        residuals=residuals,
        centred_residuals=residuals - centre[:, None],
        leverage=np.zeros(valid.shape),
        n_estimation=count,
        residual_variance=variance,
        dof=np.where(count > 2, np.inf, count - 2.0),
        n_parameters=2,
        r_squared=explained,
        expected=np.einsum("nlp,np->nl", design, coefficients),
        design=design,
        gram_inverse=covariance / variance[:, None, None],
        fault=tuple(faults),
        noise=GarchNoise(inside / variance[:, None], ahead / variance[:, None], level / variance, persistence),
        coefficients=coefficients,
    )
