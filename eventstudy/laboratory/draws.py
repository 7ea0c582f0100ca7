"""Many pseudo-events of one group at once: the study's own panel, fit and CARs, with a leading axis for draws.

Nothing is defined here a second time. A draw is N rows of an ordinary panel that share one date; models, AR and CAR are
those of the package, which know no groups. Only the tests, defined on one group at a time, have array versions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.abnormal import AbnormalReturns, WindowReturns, abnormal_returns, window_returns
from eventstudy.inference.portfolio import pairwise_variance
from eventstudy.inference.sample import GroupSample, StudyArrays
from eventstudy.laboratory.ranks import mean_centred_ranks
from eventstudy.models.base import ModelFit
from eventstudy.panel.event_panel import EventPanel
from eventstudy.panel.windows import Window, window_length
from eventstudy.specification import StudySpec

Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Draws:
    """B pseudo-events of N observations each; row b N + i is observation i of draw b, and ``panel.event`` is b.

    Attributes
    ----------
    panel, fit, abnormal, windows
        Of all B N rows.
    members : int
        N.
    spec : StudySpec
        What they were estimated under.
    """

    panel: EventPanel
    fit: ModelFit
    abnormal: AbnormalReturns
    windows: tuple[WindowReturns, ...]
    members: int
    spec: StudySpec

    @property
    def count(self) -> int:
        """Number of draws B."""
        return self.panel.n_observations // self.members

    @cached_property
    def usable(self) -> BoolArray:
        """(B, N) observations that a study would use: enough returns, and a fit without fault."""
        sound = np.array([not fault for fault in self.fit.fault], dtype=bool)
        return self.shaped((self.fit.n_estimation >= self.spec.min_estimation) & sound)

    def shaped(self, values: NDArray[Kind]) -> NDArray[Kind]:
        """Rows as (B, N, …)."""
        return values.reshape(self.count, self.members, *values.shape[1:])

    def with_effect(self, effect: float, deviation: float = 1.0) -> Draws:
        """The same draws with the abnormal return of day 0 multiplied, and an effect added to it.

        Parameters
        ----------
        effect : float
            δ, decimal.
        deviation : float
            Factor of the abnormal return.

        Returns
        -------
        Draws
            The fit is kept: no coefficient looks at the event days. (A variance filter carries on without the effect.)
        """
        if effect == 0 and deviation == 1:
            return self
        returns, ar = self.event_days
        day = int(np.flatnonzero(self.panel.taus == 0)[0])
        moved = returns.copy()
        moved[:, day] += (deviation - 1.0) * ar[:, day] + effect
        return self.with_event_returns(moved)

    @property
    def event_days(self) -> tuple[FloatArray, FloatArray]:
        """(B N, L) returns and abnormal returns of the event days."""
        return self.panel.event_returns, self.abnormal.ar

    def with_event_returns(self, event_returns: FloatArray) -> Draws:
        """The same fits with other returns (B N, L) on the event days."""
        return _cumulated(replace(self.panel, event_returns=event_returns), self.fit, self.members, self.spec)

    @cached_property
    def placed(self) -> tuple[FloatArray, FloatArray, BoolArray, BoolArray]:
        """(B, N, D) standardised residuals and residuals by news-clock column (0: none); which exist; no gap."""
        panel, fit = self.panel, self.fit
        root = np.sqrt(np.where(panel.estimation_span > 0, panel.estimation_span, np.nan))
        residual = fit.centred_residuals / root
        there = np.isfinite(residual) & (panel.estimation_column >= 0)
        residual = np.where(there, residual, 0.0)
        # the mean square is that of every residual of the fit, on the clock or not
        squares = np.nansum(
            fit.centred_residuals**2 / np.where(panel.estimation_span > 0, panel.estimation_span, 1.0), axis=1
        )
        scale = np.sqrt(squares / np.maximum(fit.n_estimation, 1.0))
        safe = np.where(scale > 0, scale, 1.0)
        whole = there & (panel.estimation_span == 1)
        column = self.shaped(panel.estimation_column)
        if (column == column[:, :1]).all():
            z = residual / safe[:, None]
            return self.shaped(z), self.shaped(residual), self.shaped(there), self.shaped(whole)
        known = np.where(column >= 0, column, np.iinfo(np.int64).max)
        offset = (column - known.min(axis=(1, 2))[:, None, None]).reshape(residual.shape)
        width = int(offset.max(initial=0)) + 1
        row, session = np.nonzero(there)
        place = offset[row, session]
        plain = np.zeros((len(residual), width))
        plain[row, place] = residual[row, session]
        present, complete = np.zeros(plain.shape, dtype=bool), np.zeros(plain.shape, dtype=bool)
        present[row, place] = True
        complete[row, place] = whole[row, session]
        return self.shaped(plain / safe[:, None]), self.shaped(plain), self.shaped(present), self.shaped(complete)

    @cached_property
    def arrays(self) -> StudyArrays:
        """The draws as a study with one event each, far apart: what the package's own statistics read."""
        event = self.panel.event
        apart = 10 * (self.panel.taus[-1] - self.panel.taus[0] + 1)
        return StudyArrays(
            panel=self.panel,
            fit=self.fit,
            abnormal=self.abnormal,
            windows=self.windows,
            cluster=event,
            calendar=np.zeros_like(event),
            position=event * apart,
            min_estimation=self.spec.min_estimation,
        )

    def arrays_rows(self, rows: IntArray) -> IntArray:
        """Which rows of ``arrays`` some of the B N observations are, ascending."""
        return rows

    def group(self, draw: int, number: int) -> GroupSample:
        """One draw over one window, as the package's own statistics take it."""
        return self.pooled([draw], number)

    def pooled(self, chosen: Sequence[int], number: int) -> GroupSample:
        """Some draws over one window, in their order, taken together."""
        here = self.sample(number).here
        rows = np.concatenate([draw * self.members + np.flatnonzero(here[draw]) for draw in chosen])
        return GroupSample(self.arrays, self.arrays_rows(rows.astype(np.int64)), number)

    def sample(self, number: int) -> DrawSample:
        """All draws over one window."""
        return DrawSample(self, number)


@dataclass(frozen=True, eq=False)
class DrawSample:
    """B draws over one window, for the array versions of the tests.

    Attributes
    ----------
    draws : Draws
        The draws.
    number : int
        Which of their windows.
    """

    draws: Draws
    number: int

    @property
    def window(self) -> WindowReturns:
        """CARs of all rows."""
        return self.draws.windows[self.number]

    @property
    def length(self) -> int:
        """Number of sessions L of the window."""
        return window_length(self.window.window)

    @cached_property
    def here(self) -> BoolArray:
        """(B, N) observations that a study would use and that have a CAR."""
        return self.draws.usable & self.draws.shaped(self.window.present)

    @cached_property
    def n(self) -> FloatArray:
        """(B,) number of observations."""
        found: FloatArray = self.here.sum(axis=1).astype(np.float64)
        return found

    def _present(self, values: FloatArray) -> FloatArray:
        return np.where(self.here, self.draws.shaped(values), 0.0)

    @cached_property
    def car(self) -> FloatArray:
        """(B, N) CAR, 0 where there is none."""
        return self._present(self.window.car)

    @cached_property
    def scar(self) -> FloatArray:
        """(B, N) SCAR, 0 where there is none."""
        return self._present(self.window.scar)

    @cached_property
    def quality(self) -> FloatArray:
        """(B,) ΣQ."""
        found: FloatArray = self._present(self.draws.abnormal.quality).sum(axis=1)
        return found

    @cached_property
    def mean_k(self) -> FloatArray:
        """(B,) mean of Var(CAR)/s²."""
        return self.mean(self._present(self.window.k))

    def mean(self, values: FloatArray) -> FloatArray:
        """(B,) mean over the observations that are here, of values that are 0 elsewhere."""
        found: FloatArray = np.divide(values.sum(axis=1), self.n, out=np.full(len(self.n), np.nan), where=self.n > 0)
        return found

    def spread(self, values: FloatArray) -> FloatArray:
        """(B,) standard deviation with divisor N - 1; NaN below two observations."""
        apart = np.where(self.here, values - self.mean(values)[:, None], 0.0)
        squares = (apart**2).sum(axis=1)
        found: FloatArray = np.sqrt(
            np.divide(squares, self.n - 1.0, out=np.full(len(self.n), np.nan), where=self.n > 1)
        )
        return found

    @cached_property
    def correlation(self) -> FloatArray:
        """(B,) r̄ of the residuals, negative values at 0."""
        z, _, there, _ = self.draws.placed
        standard = np.where(self.here[:, :, None], z, 0.0)
        present = (there & self.here[:, :, None]).sum(axis=1).astype(np.float64)
        pairs = (present * (present - 1.0)).sum(axis=1)
        products = (standard.sum(axis=1) ** 2).sum(axis=1) - np.einsum("bnt,bnt->b", standard, standard)
        found: FloatArray = np.maximum(np.divide(products, pairs, out=np.zeros(len(pairs)), where=pairs > 0), 0.0)
        return found

    @cached_property
    def inflation(self) -> FloatArray:
        """(B,) 1 + (N - 1) r̄."""
        return 1.0 + (self.n - 1.0) * self.correlation

    @cached_property
    def estimation_sar(self) -> FloatArray:
        """(B, N, T) standardised residuals of the observations that are here."""
        return np.where(self.here[:, :, None], self.draws.shaped(self.draws.abnormal.estimation_sar), np.nan)

    @cached_property
    def event_sar(self) -> FloatArray:
        """(B, N, L) standardised abnormal returns of the window's days, of the observations that are here."""
        abnormal = self.draws.abnormal
        first = self.window.window[0] - int(abnormal.taus[0])
        by_day = self.draws.shaped(abnormal.sar[:, first : first + self.length])
        return np.where(self.here[:, :, None], by_day, np.nan)

    @cached_property
    def event_scar(self) -> FloatArray:
        """(B, N, 1) SCAR, of the observations that are here."""
        found: FloatArray = np.where(self.here, self.draws.shaped(self.window.scar), np.nan)[:, :, None]
        return found

    @cached_property
    def mean_residuals(self) -> tuple[FloatArray, FloatArray]:
        """(B, T) mean residual by event day of the estimation window, 0 where nobody has one, and members present."""
        residuals = self.draws.shaped(self.draws.fit.residuals)
        there = np.isfinite(residuals) & self.here[:, :, None]
        count = there.sum(axis=1).astype(np.float64)
        total = np.where(there, residuals, 0.0).sum(axis=1)
        return np.divide(total, count, out=np.zeros(total.shape), where=count > 0), count

    @cached_property
    def rising(self) -> FloatArray:
        """(B, N) share of positive residuals, 0 where the observation is not here."""
        residuals = self.draws.fit.residuals
        return self._present((residuals > 0).sum(axis=1) / np.maximum(np.isfinite(residuals).sum(axis=1), 1))

    @cached_property
    def day_ranks(self) -> tuple[FloatArray, FloatArray]:
        """(B, T + L) mean centred ranks by day and members present, the window's days at the end."""
        return mean_centred_ranks(self.estimation_sar, self.event_sar)

    @cached_property
    def window_ranks(self) -> tuple[FloatArray, FloatArray]:
        """(B, T + 1) mean centred ranks by day and members present, the window as one day at the end."""
        return mean_centred_ranks(self.estimation_sar, self.event_scar)

    @cached_property
    def day_variance(self) -> tuple[FloatArray, FloatArray]:
        """(B,) s_P² of the group's mean residual, and its degrees of freedom."""
        z, plain, there, whole = self.draws.placed
        here = self.here[:, :, None]
        present = (there & here).sum(axis=1).astype(np.float64)
        everybody = (whole | ~here).all(axis=1) & (present > 0)
        mean = np.divide(np.where(here, plain, 0.0).sum(axis=1), present, out=np.zeros(present.shape), where=everybody)
        dof = everybody.sum(axis=1) - float(self.draws.fit.n_parameters)
        squares = (mean**2).sum(axis=1)
        variance = np.divide(squares, dof, out=np.full(len(dof), np.nan), where=dof > 0)
        own = self._present(self.draws.fit.residual_variance).sum(axis=1)
        few = np.flatnonzero((everybody.sum(axis=1) < self.draws.spec.min_estimation) & (self.n > 1))
        if len(few):
            scale = np.sqrt(self.draws.shaped(self.draws.fit.residual_variance)[few])
            scaled = np.where((there & here)[few], z[few] * scale[:, :, None], 0.0)
            variance[few], dof[few] = pairwise_variance(
                present[few], scaled.sum(axis=1), (scaled * scaled).sum(axis=(1, 2)), own[few] / self.n[few],
                self.n[few], self.draws.fit.n_parameters,
            )  # fmt: skip
        alone = self.n == 1
        own_dof = self._present(self.draws.fit.dof).sum(axis=1)
        return np.where(alone, own, variance), np.where(alone, own_dof, dof)


def estimate(panel: EventPanel, members: int, spec: StudySpec) -> Draws:
    """Fit and cumulate a panel of B draws.

    Parameters
    ----------
    panel : EventPanel
        B N rows, draw by draw; its event days hold day 0 and every window of ``spec``.
    members : int
        N.
    spec : StudySpec
        Model, windows, fewest returns, definition of SCAR.

    Returns
    -------
    Draws
    """
    return _cumulated(panel, spec.model.fit(panel), members, spec)


def _cumulated(panel: EventPanel, fit: ModelFit, members: int, spec: StudySpec) -> Draws:
    abnormal = abnormal_returns(panel, fit)
    windows = tuple(
        window_returns(panel, fit, abnormal, window, spec.standardise, spec.returns) for window in spec.windows
    )
    return Draws(panel, fit, abnormal, windows, members, spec)


def event_days(windows: tuple[Window, ...]) -> Window:
    """First and last event day of any window, day 0 among them.

    Examples
    --------
    >>> event_days(((1, 3), (2, 5)))
    (0, 5)
    """
    return min(0, *(window[0] for window in windows)), max(0, *(window[1] for window in windows))


def observation_rows(draws: int, members: int) -> IntArray:
    """Number of the draw of every row, ``panel.event`` of B draws.

    Examples
    --------
    >>> observation_rows(2, 3)
    array([0, 0, 0, 1, 1, 1])
    """
    return np.repeat(np.arange(draws, dtype=np.int64), members)
