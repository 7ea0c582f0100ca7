"""What a model of the normal return is, and the linear fit that most of them share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.models.noise import IndependentNoise, Noise
from eventstudy.panel.event_panel import EventPanel

_AT_A_TIME = 256


@dataclass(frozen=True, eq=False)
class ModelFit:
    """Normal returns of N observations, fitted over their estimation windows.

    Attributes
    ----------
    alpha : (N,) float
        Intercept a session, decimal; NaN where the model has none.
    beta : (N,) float
        Loading on the first regressor, the sum of them for leads and lags of one; NaN where the model has none.
    residuals : (N, T) float
        Return minus expectation over the estimation window, not divided by the root of its span; NaN = no return.
    centred_residuals : (N, T) float
        The same with mean zero, which differs only where the model has no intercept.
    leverage : (N, T) float
        What fitting takes off: Var(residual) = s² (noise - leverage), x_j'Gx_j for least squares.
    n_estimation : (N,) int
        Valid returns M.
    residual_variance : (N,) float
        s² a session.
    dof : (N,) float
        Degrees of freedom d of s².
    n_parameters : int
        Fitted coefficients p, counting a subtracted mean: d = M - p.
    r_squared : (N,) float
        Share of the variance over the estimation window that the expectation explains.
    expected : (N, L) float
        Expected return by event day.
    design : (N, L, p) float
        Regressors of the event days, whose sum over a window gives its prediction error.
    gram_inverse : (N, p, p) float
        G, the coefficients' covariance over s²: (Σ x_j x_j'/span_j)⁻¹ for least squares.
    fault : tuple of str
        Empty, or why the observation cannot be used.
    noise : Noise
        How errors behave over event time.
    coefficients : (N, p) float
        Intercept and loadings in the order of the regressors; no columns where nothing is estimated.

    Examples
    --------
    >>> import eventstudy as es
    >>> panel = es.study_returns(*es.example_returns()).evidence.arrays.panel
    >>> fit = es.MarketModel().fit(panel)
    >>> fit.coefficients.shape, fit.n_estimation[:2].tolist(), fit.dof[:2].tolist()
    ((6, 2), [250.0, 250.0], [248.0, 248.0])
    >>> fit.rows(np.array([1])).beta == fit.beta[1]
    array([ True])
    """

    alpha: FloatArray
    beta: FloatArray
    residuals: FloatArray
    centred_residuals: FloatArray
    leverage: FloatArray
    n_estimation: FloatArray
    residual_variance: FloatArray
    dof: FloatArray
    n_parameters: int
    r_squared: FloatArray
    expected: FloatArray
    design: FloatArray
    gram_inverse: FloatArray
    fault: tuple[str, ...]
    noise: Noise = field(default_factory=IndependentNoise)
    coefficients: FloatArray = field(default_factory=lambda: np.empty((0, 0)))

    def __post_init__(self) -> None:
        if not len(self.coefficients):
            object.__setattr__(self, "coefficients", np.empty((len(self.fault), 0)))

    def rows(self, chosen: IntArray) -> ModelFit:
        """The fits of the chosen observations alone."""
        kept: dict[str, Any] = {item.name: getattr(self, item.name) for item in fields(self)}
        kept["fault"] = tuple(self.fault[row] for row in chosen.tolist())
        kept["noise"] = self.noise.rows(chosen)
        taken: dict[str, Any] = {
            name: value[chosen] if isinstance(value, np.ndarray) else value for name, value in kept.items()
        }
        return ModelFit(**taken)


def joined_fits(fits: Sequence[ModelFit], places: Sequence[IntArray]) -> ModelFit:
    """One fit of the observations of several, each at its place.

    Parameters
    ----------
    fits : sequence of ModelFit
        Of one model, one at least.
    places : sequence of (n,) int
        Place of each fit's observations among all.
    """
    count = sum(len(one) for one in places)
    fault = [""] * count
    for rows, one in zip(places, fits, strict=True):
        for row, word in zip(rows.tolist(), one.fault, strict=True):
            fault[row] = word
    names = [item.name for item in fields(ModelFit) if item.name not in ("n_parameters", "fault", "noise")]
    return ModelFit(
        **{name: _joined([getattr(one, name) for one in fits], places) for name in names},
        n_parameters=fits[0].n_parameters,
        fault=tuple(fault),
        noise=_joined_noise([one.noise for one in fits], places),
    )


def _joined(given: Sequence[FloatArray], places: Sequence[IntArray]) -> FloatArray:
    made: FloatArray = np.empty((sum(len(one) for one in places), *given[0].shape[1:]), dtype=given[0].dtype)
    for rows, values in zip(places, given, strict=True):
        made[rows] = values
    return made


def _joined_noise(given: Sequence[Any], places: Sequence[IntArray]) -> Noise:
    """Noise of one kind, whose fields are arrays by observation."""
    kind = type(given[0])
    made: Noise = kind(*(_joined([getattr(one, item.name) for one in given], places) for item in fields(kind)))
    return made


class ReturnModel(Protocol):
    """A model of the normal return.

    ``regressors`` names what it needs beside the return: ``market``, ``sector``, their leads and lags
    (``market-1`` is the market one session earlier), or columns of a factor table. ``fit`` never looks at the event
    days' returns, except that a variance filter may carry them to *later* days.

    Examples
    --------
    Any object with these. The market and the market of the session before:

    >>> from dataclasses import dataclass
    >>> import eventstudy as es
    >>> @dataclass(frozen=True)
    ... class LaggedMarket:
    ...     name: str = "lagged-market"
    ...     regressors: tuple[str, ...] = ("market-1", "market")
    ...     estimated: bool = True
    ...     rolling: bool = True
    ...     single_sessions: bool = True
    ...     riskless: bool = False
    ...
    ...     def fit(self, panel):
    ...         return fit_linear(single_sessions(panel))
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(model=LaggedMarket(), windows=((0, 0),)))
    >>> results.pairs["status"].unique().tolist()
    ['used']
    """

    @property
    def name(self) -> str:
        """What tables and reports call it."""
        ...

    @property
    def regressors(self) -> tuple[str, ...]:
        """The regressors it needs, in the order of its coefficients."""
        ...

    @property
    def estimated(self) -> bool:
        """Whether coefficients are estimated; otherwise the expectation is the market's return itself."""
        ...

    @property
    def rolling(self) -> bool:
        """Whether running sums give its fit before every session, which ordinary days are made of."""
        ...

    @property
    def single_sessions(self) -> bool:
        """Whether a return over several sessions is left out, whatever the rule for gaps."""
        ...

    @property
    def riskless(self) -> bool:
        """Whether the last regressor is subtracted from the return, with no coefficient."""
        ...

    def fit(self, panel: EventPanel) -> ModelFit:
        """Normal returns of every observation of the panel."""
        ...


def single_sessions(panel: EventPanel) -> EventPanel:
    """The panel without returns over several sessions, for models that compare neighbouring sessions."""
    inside, ahead = panel.estimation_span <= 1, panel.event_span <= 1
    if inside.all() and ahead.all():
        return panel
    return replace(
        panel,
        estimation_returns=np.where(inside, panel.estimation_returns, np.nan),
        event_returns=np.where(ahead, panel.event_returns, np.nan),
    )


def valid_estimation(panel: EventPanel) -> BoolArray:
    """Estimation returns that have all their regressors, (N, T)."""
    return np.isfinite(panel.estimation_returns) & np.isfinite(panel.estimation_regressors).all(axis=2)


def _faults(usable: BoolArray, varies: BoolArray) -> tuple[str, ...]:
    """Attrition reasons of a linear fit."""
    return tuple(
        "" if ok and moves else ("singular_regressors" if not ok else "zero_variance")
        for ok, moves in zip(usable.tolist(), varies.tolist(), strict=True)
    )


def fit_linear(panel: EventPanel) -> ModelFit:
    """Least squares of the return on (span, regressors), weighted by 1/span.

    Without gaps this is ordinary least squares with an intercept. After a gap the return's row and its error
    deviation grow with its span (METHODS 3; Maynes & Rumsey 1993).

    Parameters
    ----------
    panel : EventPanel
        K regressors; p = K + 1 coefficients.

    Returns
    -------
    ModelFit
        ``singular_regressors`` where the regressors do not vary, ``zero_variance`` where residuals vanish.

    Notes
    -----
    Some observations at a time, whose arrays the processor's cache holds; each is fitted by itself, so no bit depends
    on which are fitted together.

    Examples
    --------
    >>> import eventstudy as es
    >>> panel = es.study_returns(*es.example_returns()).evidence.arrays.panel
    >>> fit = fit_linear(panel)
    >>> slope, level = np.polyfit(panel.estimation_regressors[0, :, 0], panel.estimation_returns[0], 1)
    >>> bool(np.allclose(fit.coefficients[0], [level, slope]))
    True
    """
    n = panel.n_observations
    places = [np.arange(begin, min(begin + _AT_A_TIME, n)) for begin in range(0, n, _AT_A_TIME)]
    if len(places) < 2:
        return _fit_linear(panel)
    return joined_fits([_fit_linear(panel.rows(rows)) for rows in places], places)


def _fit_linear(panel: EventPanel) -> ModelFit:
    valid = valid_estimation(panel)
    n, _ = valid.shape
    p = 1 + panel.estimation_regressors.shape[2]
    span = np.where(valid, panel.estimation_span, 0.0)
    # column after column: sums over a window's sessions then run through memory in one line
    design = [span, *(np.where(valid, panel.estimation_regressors[:, :, k], 0.0) for k in range(p - 1))]
    returns = np.where(valid, panel.estimation_returns, 0.0)
    weight = np.divide(1.0, span, out=np.zeros_like(span), where=valid)
    weighted = [column * weight for column in design]
    gram = np.empty((n, p, p))
    for one in range(p):
        for other in range(one, p):
            gram[:, one, other] = gram[:, other, one] = _sums(weighted[one], design[other])
    scale = np.sqrt(np.einsum("npp->np", gram))
    scale_ok = (scale > 0).all(axis=1)
    scale = np.where(scale_ok[:, None], scale, 1.0)
    unit = gram / (scale[:, :, None] * scale[:, None, :])
    unit[~scale_ok] = np.eye(p)
    # scaled to a unit diagonal, the smallest eigenvalue of an estimable design stays far from rounding
    usable = scale_ok & (np.linalg.eigvalsh(unit)[:, 0] > 1e-10)
    unit[~usable] = np.eye(p)
    gram_inverse = np.linalg.inv(unit) / (scale[:, :, None] * scale[:, None, :])
    coefficients = _solved(gram_inverse, weighted, returns)
    # one step of iterative refinement: the coefficients then agree with a QR solution to machine precision
    coefficients = coefficients + _solved(gram_inverse, weighted, returns - _times(design, coefficients))
    residuals = np.where(valid, returns - _times(design, coefficients), np.nan)
    n_estimation = valid.sum(axis=1).astype(np.float64)
    dof = n_estimation - p
    squares = np.nansum(residuals**2 * weight, axis=1)
    variance = np.divide(squares, dof, out=np.full(n, np.nan), where=dof > 0)
    mean = np.divide(returns.sum(axis=1), span.sum(axis=1), out=np.zeros(n), where=span.sum(axis=1) > 0)
    total = (np.where(valid, returns - mean[:, None] * span, 0.0) ** 2 * weight).sum(axis=1)
    varies = squares > 1e-20 * np.maximum((returns**2 * weight).sum(axis=1), 1e-300)
    event_design = np.concatenate([panel.event_span[:, :, None], panel.event_regressors], axis=2)
    present = np.isfinite(panel.event_returns) & np.isfinite(event_design).all(axis=2)
    event_design = np.where(present[:, :, None], event_design, np.nan)
    blank = np.where(usable & varies, 1.0, np.nan)
    return ModelFit(
        alpha=coefficients[:, 0] * blank,
        beta=(coefficients[:, 1] if p > 1 else np.full(n, np.nan)) * blank,
        residuals=residuals * blank[:, None],
        centred_residuals=residuals * blank[:, None],
        leverage=_quadratic(design, gram_inverse),
        n_estimation=n_estimation,
        residual_variance=variance * blank,
        dof=dof,
        n_parameters=p,
        r_squared=(1.0 - np.divide(squares, total, out=np.full(n, np.nan), where=total > 0)) * blank,
        expected=np.einsum("nlp,np->nl", event_design, coefficients) * blank[:, None],
        design=event_design,
        gram_inverse=gram_inverse,
        fault=_faults(usable | (dof <= 0), varies | (dof <= 0)),
        coefficients=coefficients * blank[:, None],
    )


def _sums(one: FloatArray, other: FloatArray) -> FloatArray:
    """(n,) Σ over sessions of the product of two (n, T) columns."""
    found: FloatArray = np.einsum("nt,nt->n", one, other)
    return found


def _solved(gram_inverse: FloatArray, weighted: Sequence[FloatArray], outcome: FloatArray) -> FloatArray:
    """(n, p) coefficients of an outcome on p weighted columns."""
    moment = np.stack([_sums(column, outcome) for column in weighted], axis=1)
    found: FloatArray = np.einsum("npq,nq->np", gram_inverse, moment)
    return found


def _times(design: Sequence[FloatArray], coefficients: FloatArray) -> FloatArray:
    """(n, T) p columns times their (n, p) coefficients."""
    found: FloatArray = design[0] * coefficients[:, 0, None]
    for number, column in enumerate(design[1:], start=1):
        found += column * coefficients[:, number, None]
    return found


def _quadratic(design: Sequence[FloatArray], matrix: FloatArray) -> FloatArray:
    """(n, T) x'Ax of every session's row x of p columns, A symmetric."""
    found = np.zeros_like(design[0])
    for one, left in enumerate(design):
        part = left * matrix[:, one, one, None]
        for other in range(one + 1, len(design)):
            part += design[other] * (2.0 * matrix[:, one, other, None])
        found += left * part
    return found
