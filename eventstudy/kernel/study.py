"""A large study on one calendar as the statistics read it: estimates by observation, and the sums of any group."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from weakref import ref

import numpy as np

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.inference.group_state import GroupState
from eventstudy.inference.rank import deviations
from eventstudy.inference.sample import GroupSample, StudyArrays
from eventstudy.kernel.estimates import Estimates
from eventstudy.kernel.late import ByRow, LateAbnormal, LateFit, LatePanel, Reference
from eventstudy.kernel.residuals import Residuals
from eventstudy.kernel.securities import Securities
from eventstudy.kernel.state import LargeState
from eventstudy.models.base import ReturnModel
from eventstudy.panel.windows import Window, window_length

_Ranked = tuple[ref[GroupSample], ref[GroupState], str | None]


@dataclass(frozen=True, eq=False)
class LargeArrays(StudyArrays):
    """The arrays of a large study: by observation now, by day when someone asks.

    Attributes
    ----------
    residuals : Residuals
        What the sums of groups are made of.
    """

    residuals: Residuals | None = None
    # the last group that was ranked, which knows these arrays and is not kept by them
    _ranked: list[tuple[_Ranked, dict[bool, tuple[FloatArray, FloatArray]]]] = field(
        default_factory=list, init=False, repr=False
    )

    def expect(self, samples: Sequence[GroupSample], sums: Set[str]) -> None:
        """Residuals by day of all samples of a window in one pass; other sums are made when they are asked for."""
        if self.residuals is not None and "days" in sums:
            for number in range(len(self.windows)):
                self.residuals.expect([sample.rows for sample in samples if sample.number == number])

    def summed_ranks(
        self, sample: GroupSample, state: GroupState, cumulated: bool, restandardise: str | None, on: str
    ) -> tuple[FloatArray, FloatArray] | None:
        """Ranks by compiled loops; those of days and of the window come from one sort, and wait to be asked for."""
        if on != "sar" or not sample.n or self.residuals is None:
            return None
        for asked, found in self._ranked:
            if asked[0]() is sample and asked[1]() is state and asked[2] == restandardise and cumulated in found:
                return found[cumulated]
        kinds = False, True
        own, scale = zip(*(deviations(sample, state, kind, restandardise, on) for kind in kinds), strict=True)
        estimation = np.ones(self.residuals.sessions) if scale[cumulated] is None else scale[cumulated]
        event = np.ones(sample.length) if own[0] is None else own[0]
        scar = sample.scar if own[1] is None else sample.scar / own[1]
        sums = self.residuals.rank_sums(sample.rows, sample.window.window[0], estimation, event, scar)
        same = [kind for kind in kinds if (scale[kind] is None) == (scale[cumulated] is None)]
        self._ranked[:] = [((ref(sample), ref(state), restandardise), {kind: sums[kind] for kind in same})]
        return sums[cumulated]

    def group_state(self, sample: GroupSample) -> GroupState:
        """The sums of one of the study's groups, by compiled loops."""
        return LargeState.of(sample) if self.residuals is not None and sample.n else GroupState.of(sample)


def large_arrays(
    securities: Securities,
    model: ReturnModel,
    estimates: Estimates,
    security: IntArray,
    event: IntArray,
    position: IntArray,
    estimation: Window,
    days: Window,
    fewest: int,
    reference: Reference,
    made: Callable[..., Residuals] = Residuals,
) -> LargeArrays:
    """The arrays of the used observations.

    Parameters
    ----------
    securities, model, estimates
        Returns, and what was made of them by observation.
    security, event, position : (N,) int
        Of the used ones.
    estimation, days : (int, int)
        Estimation window and event range.
    fewest : int
        Fewest complete columns for a portfolio's variance.
    reference : Reference
        Of the used observations.
    made : function
        What makes residuals on demand, of the fields of ``Residuals``.
    """
    n = len(estimates.used)
    count = estimates.count[estimates.used].astype(np.float64)
    dof = count - estimates.parameters
    variance, coefficients = estimates.variance, estimates.coefficients
    quality = np.divide(dof, dof - 2.0, out=np.full(len(dof), np.nan), where=dof > 2)
    estimated = model.estimated
    fit = LateFit.knowing(
        {
            "alpha": coefficients[:, 0] if estimated else np.full(n, np.nan),
            "beta": coefficients[:, 1] if estimated and coefficients.shape[1] > 1 else np.full(n, np.nan),
            "n_estimation": count,
            "residual_variance": variance,
            "dof": dof,
            "n_parameters": estimates.parameters,
            "r_squared": estimates.r_squared,
        },
        lambda name: getattr(reference.whole()[1], name),
    )
    panel = LatePanel.knowing(
        {"taus": np.arange(days[0], days[1] + 1), "security": security, "event": event},
        lambda name: getattr(reference.whole()[0], name),
    )
    residuals = made(
        securities=securities,
        security=security,
        position=position,
        first=estimation[0],
        sessions=window_length(estimation),
        coefficients=coefficients,
        centre=estimates.centre,
        variance=variance,
        dof=dof,
        count=count,
        estimated=estimated,
        reference=reference,
    )
    abnormal = LateAbnormal.knowing(
        {
            "taus": panel.taus,
            "quality": quality,
            "sar": ByRow((n, len(panel.taus)), lambda chosen: residuals.standardised(chosen, days[0], len(panel.taus))),
            "estimation_sar": ByRow(
                (n, residuals.sessions),
                lambda chosen: residuals.standardised(chosen, residuals.first, residuals.sessions),
            ),
        },
        reference.abnormal,
    )
    return LargeArrays(
        panel=panel,
        fit=fit,
        abnormal=abnormal,
        windows=estimates.windows,
        cluster=event,
        calendar=np.zeros(n, dtype=np.int64),
        position=position,
        min_estimation=fewest,
        residuals=residuals,
    )
