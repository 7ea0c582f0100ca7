"""Interactive fixed effects: the donors' common factors carry the treated through the event."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import linalg, special

from eventstudy._arrays import FloatArray
from eventstudy.counterfactual.base import CounterfactualFit, CounterfactualPanel
from eventstudy.counterfactual.threads import one_thread

_STEPS, _CONVERGED, _SMALL = 30, 1e-10, 100


@dataclass(frozen=True)
class InteractiveFixedEffects:
    """Generalised synthetic control: Y_jt = a_j + ℓ_j'f_t + e by principal components of the donors.

    Parameters
    ----------
    max_factors : int
        Most factors tried, fewer where the days or donors allow no more.
    min_factors : int
        Fewest factors tried.
    factors : int, optional
        A fixed number, where it shall not be chosen.
    two_way : bool
        Whether each day has an effect common to all donors and treated too.

    Notes
    -----
    Xu (2017). The number of factors minimises the mean squared error, over treated and days of E, of predicting each
    day from loadings fitted on the others. The donors' returns of the window are part of the factors, so that a day
    like no other is carried too; donors must therefore be free of the effect.

    Examples
    --------
    One factor carries everybody; the treated load twice on it:

    >>> day = np.array([0.01, -0.02, 0.03, -0.01, 0.02, 0.05])
    >>> panel = CounterfactualPanel(2 * day[None] + np.eye(6)[5] * 0.04, np.outer([0.5, 1.0, 1.5], day), 5)
    >>> InteractiveFixedEffects(factors=1).fit(panel).att.round(6).tolist()
    [0.04]
    """

    max_factors: int = 10
    min_factors: int = 0
    factors: int | None = None
    two_way: bool = False
    name: str = "gsynth"

    def __post_init__(self) -> None:
        if min(self.max_factors, self.min_factors, self.factors or 0) < 0:
            raise ValueError("factors: a number is negative; write zero or more")
        if self.min_factors > self.max_factors:
            raise ValueError(f"min_factors: {self.min_factors} is more than max_factors, {self.max_factors}")

    def fit(self, panel: CounterfactualPanel) -> CounterfactualFit:
        """Loadings of the treated on the donors' factors, and what these say of the window."""
        days = panel.n_before
        treated, donors, common = self._swept(panel)
        with one_thread():
            factors, values = _components(donors, self._most(panel, days))
        count, error = self._chosen(treated, factors, days)
        carried, expected = _carried(treated.mean(axis=0), factors[:, :count], days)
        total = float((donors - donors.mean(axis=1, keepdims=True)).ravel() @ donors.ravel())
        diagnostics = {
            "factors": float(count),
            "leave_one_out_rmse": math.sqrt(error),
            "common_share": float(values[:count].sum()) / total if total > 0 else math.nan,
        }
        return CounterfactualFit(
            self.name, panel.mean, expected + common, self._implied(donors, factors[:, :count], values, carried), days,
            1.0 + count, diagnostics,
        )  # fmt: skip

    def residuals(self, panel: CounterfactualPanel) -> FloatArray:
        """What factors and intercept leave of the treated's mean, loadings and their number from all days.

        Examples
        --------
        One factor moves all returns, and the event adds 3% on the last day:

        >>> factor = np.sin(np.arange(60))
        >>> donors = np.outer([0.5, 1.0, 1.5, 2.0], 0.01 * factor)
        >>> treated = 0.01 * factor + 0.03 * (np.arange(60) == 59)
        >>> panel = CounterfactualPanel(treated[None, :], donors, n_before=59)
        >>> InteractiveFixedEffects(factors=1).residuals(panel)[-2:].round(3).tolist()
        [-0.001, 0.029]
        """
        days = panel.treated.shape[1]
        treated, donors, _ = self._swept(panel)
        with one_thread():
            factors, _ = _components(donors, self._most(panel, days))
        count, _ = self._chosen(treated, factors, days)
        mean = treated.mean(axis=0)
        found: FloatArray = mean - _carried(mean, factors[:, :count], days)[1]
        return found

    def _swept(self, panel: CounterfactualPanel) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Treated and donors without the day effects, and these; nothing is taken where there are none."""
        common = panel.donors.mean(axis=0) if self.two_way else np.zeros(panel.treated.shape[1])
        return panel.treated - common, panel.donors - common, common

    def _most(self, panel: CounterfactualPanel, days: int) -> int:
        """As many factors as loadings can still be fitted for with a day left out."""
        room = min(len(panel.donors) - 1, int(panel.treated.shape[1]) - 1, days - 3)
        if self.factors is not None and self.factors > room:
            raise ValueError(
                f"factors: {self.factors} need more than {len(panel.donors)} donors and {days} days; "
                f"write {max(room, 0)} or fewer"
            )
        return max(min(self.max_factors if self.factors is None else self.factors, room), 0)

    def _chosen(self, treated: FloatArray, factors: FloatArray, days: int) -> tuple[int, float]:
        """Number of factors and its mean squared error over left-out days."""
        errors = leave_one_out_errors(treated[:, :days], factors[:days])
        first = min(self.min_factors, len(errors) - 1)
        count = first + int(errors[first:].argmin()) if self.factors is None else factors.shape[1]
        return count, float(errors[count])

    @staticmethod
    def _implied(donors: FloatArray, factors: FloatArray, values: FloatArray, loadings: FloatArray) -> FloatArray:
        """Weights of the donors in ℓ'f_t: each factor is a portfolio of them."""
        count, days = factors.shape[1], donors.shape[1]
        centred = donors - donors.mean(axis=1, keepdims=True)
        portfolios = centred @ factors / (np.maximum(values[:count], np.finfo(np.float64).tiny) * math.sqrt(days))
        # factors have mean square one: portfolios of unit-length components, times the square root of the days
        found: FloatArray = portfolios * days**0.5 @ loadings
        return found


def _components(donors: FloatArray, count: int) -> tuple[FloatArray, FloatArray]:
    """(S, count) factors with F'F/S = I and their sums of squares, largest first."""
    days = donors.shape[1]
    if not count:
        return np.empty((days, 0)), np.empty(0)
    centred = donors - donors.mean(axis=1, keepdims=True)
    if len(donors) < days:
        gram = centred @ centred.T
        values, vectors = linalg.eigh(gram, subset_by_index=(len(gram) - count, len(gram) - 1))
        values, vectors = values[::-1], vectors[:, ::-1]
        series = centred.T @ vectors
        lengths = np.sqrt(np.maximum((series**2).sum(axis=0), np.finfo(np.float64).tiny))
        # a direction without any movement is no factor: its series is rounding, and is set to nothing
        series = np.where(values > 1e-14 * max(values[0], 0.0), series / lengths, 0.0)
        return series * math.sqrt(days), np.maximum(values, 0.0)
    gram = centred.T @ centred
    values, vectors = linalg.eigh(gram, subset_by_index=(days - count, days - 1))
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    return np.where(values > 1e-14 * values[0], vectors, 0.0) * math.sqrt(days), values


def leave_one_out_errors(treated: FloatArray, factors: FloatArray) -> FloatArray:
    """Mean squared error of predicting each day from an intercept and the first r factors fitted on the other days.

    Parameters
    ----------
    treated : (N, T0) float
        Returns before.
    factors : (T0, R) float
        Factors on the same days.

    Returns
    -------
    (R + 1,) float
        For r = 0 … R; infinite where a day cannot be left out.

    Examples
    --------
    Returns that one factor makes, whole: without it a day is far from the mean of the others, with it nothing is left.

    >>> factor = np.sin(np.arange(40.0))
    >>> leave_one_out_errors(factor[None, :] + 1.0, factor[:, None]).round(3).tolist()
    [0.522, 0.0]
    """
    days = len(factors)
    basis, upper = linalg.qr(np.column_stack([np.ones(days), factors]), mode="economic")
    residual = np.array(treated, dtype=np.float64)
    leverage = np.zeros(days)
    errors = np.full(factors.shape[1] + 1, np.inf)
    size = np.abs(np.diag(upper))
    for count in range(factors.shape[1] + 1):
        column = basis[:, count]
        if size[count] <= 1e-10 * size[0]:
            break
        residual -= np.outer(residual @ column, column)
        leverage += column**2
        left = 1.0 - leverage
        if (left <= 1e-10).any():
            break
        errors[count] = float(np.mean((residual / left) ** 2))
    return errors


def _carried(mean: FloatArray, factors: FloatArray, days: int) -> tuple[FloatArray, FloatArray]:
    """Loadings and the expected return of every day."""
    design = np.column_stack([np.ones(len(factors)), factors])
    solved = linalg.lstsq(design[:days], mean[:days], check_finite=False)[0]
    return solved[1:], design @ solved


@dataclass(frozen=True, eq=False)
class FactorBootstrap:
    """Spread of the effect under Xu's parametric bootstrap.

    Attributes
    ----------
    effects : (B, L) float
        Effect of each day in samples without one.
    se : (L,) float
        Their deviation.
    se_total : float
        Deviation of the effect summed over the window.

    Examples
    --------
    Effects of 1, 2 and 3 deviations:

    >>> found = FactorBootstrap(np.zeros((200, 3)), se=np.full(3, 0.01), se_total=0.02)
    >>> found.pvalues(np.array([0.01, 0.02, 0.03])).round(4).tolist()
    [0.3173, 0.0455, 0.0027]
    """

    effects: FloatArray
    se: FloatArray
    se_total: float

    def pvalues(self, att: FloatArray) -> FloatArray:
        """Two-sided p of no effect on each day, by the normal law."""
        found: FloatArray = 2.0 * special.ndtr(-np.abs(att) / self.se)
        return found


def factor_bootstrap(
    panel: CounterfactualPanel, fit: CounterfactualFit, rng: np.random.Generator, draws: int = 200
) -> FactorBootstrap:
    """Parametric bootstrap of interactive fixed effects, the number of factors as fitted.

    Parameters
    ----------
    panel : CounterfactualPanel
        Four donors or more.
    fit : CounterfactualFit
        Of :class:`InteractiveFixedEffects` with unit effects on this panel.
    rng : Generator
        All draws are made before anything is computed.
    draws : int
        B, of each of the two loops.

    Notes
    -----
    Xu (2017), algorithm 2. First loop: a donor is taken as if treated, the others are drawn with replacement, and its
    whole series of prediction errors is kept. Second loop: donors are their fitted values and whole residual series
    drawn with replacement; the treated are their fitted values and N1 series of the first loop. Whole series keep
    serial correlation.

    Examples
    --------
    >>> import numpy as np
    >>> from eventstudy.counterfactual.base import CounterfactualPanel
    >>> from eventstudy.counterfactual.interactive import InteractiveFixedEffects, factor_bootstrap
    >>> rng = np.random.default_rng(0)
    >>> market = rng.normal(0, 0.01, 101)
    >>> donors = market + rng.normal(0, 0.005, (30, 101))
    >>> panel = CounterfactualPanel((market - 0.03 * (np.arange(101) == 100))[None, :], donors, n_before=100)
    >>> fit = InteractiveFixedEffects(factors=1).fit(panel)
    >>> found = factor_bootstrap(panel, fit, rng, draws=50)
    >>> bool(found.pvalues(fit.att)[0] < 0.05), found.effects.shape
    (True, (50, 1))
    """
    if len(panel.donors) < 4:
        raise ValueError(f"panel: {len(panel.donors)} donors; the bootstrap needs 4 or more")
    if draws < 2:
        raise ValueError(f"draws: {draws} has no spread; write 2 or more")
    donors, days, count = panel.donors, panel.n_before, int(fit.diagnostics["factors"])
    size, treated = len(donors), len(panel.treated)
    held_out = rng.integers(0, size, draws)
    others = rng.integers(0, size - 1, (draws, size - 1))
    residual_rows = rng.integers(0, size, (draws, size))
    error_rows = rng.integers(0, draws, (draws, treated))
    errors = np.empty((draws, donors.shape[1]))
    effects = np.empty((draws, panel.n_after))
    with one_thread():
        factors, _ = _components(donors, count)
        level = donors.mean(axis=1, keepdims=True)
        fitted = level + (donors - level) @ factors @ factors.T / donors.shape[1]
        residuals = donors - fitted
        for number in range(draws):
            one = int(held_out[number])
            rest = others[number] + (others[number] >= one)
            drawn = _near_components(donors[rest], factors)
            errors[number] = donors[one] - _carried(donors[one], drawn, days)[1]
        for number in range(draws):
            drawn = _near_components(fitted + residuals[residual_rows[number]], factors)
            mean = fit.expected + errors[error_rows[number]].mean(axis=0)
            effects[number] = (mean - _carried(mean, drawn, days)[1])[days:]
    return FactorBootstrap(effects, effects.std(axis=0, ddof=1), float(effects.sum(axis=1).std(ddof=1)))


def _near_components(donors: FloatArray, factors: FloatArray) -> FloatArray:
    """Factors of a sample, up to a rotation, by subspace iteration from those of a similar one."""
    days, count = factors.shape
    if not count:
        return factors
    if min(donors.shape) <= _SMALL:
        return _components(donors, count)[0]
    centred = donors - donors.mean(axis=1, keepdims=True)
    # three spare directions quicken convergence; only the first count must stand still
    held = np.linalg.qr(np.column_stack([factors, *(np.roll(factors[:, 0], shift) for shift in (1, 2, 3))]))[0]
    gram = centred.T @ centred if len(donors) * 2 > days else None
    for _ in range(_STEPS):
        moved = gram @ held if gram is not None else centred.T @ (centred @ held)
        small = held.T @ moved
        values, turn = np.linalg.eigh((small + small.T) / 2.0)
        leading = turn[:, ::-1][:, :count]
        off = moved @ leading - held @ leading * values[::-1][:count]
        if np.abs(off).max() <= _CONVERGED * values[-1]:
            found: FloatArray = held @ leading * math.sqrt(days)
            return found
        held = np.linalg.qr(moved)[0]
    return _components(donors, count)[0]
