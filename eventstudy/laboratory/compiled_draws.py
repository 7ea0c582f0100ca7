"""Many pseudo-events of one group at once, by compiled running sums: one study whose clusters are the draws.

Nothing is defined here. Every number is that of ``draws``, the reference that tests compare with; what a draw needs of
its estimation windows is summed over its members where they lie, and never gathered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.abnormal import AbnormalReturns, WindowReturns, abnormal_returns, window_returns
from eventstudy.inference.group_state import GroupState
from eventstudy.inference.moments import Moments
from eventstudy.inference.sample import GroupSample, StudyArrays
from eventstudy.kernel.draws import ranks_of_draws
from eventstudy.kernel.estimates import REASONS, Estimates, by_security, estimate
from eventstudy.kernel.late import LateAbnormal, LateFit, LatePanel, Reference
from eventstudy.kernel.residuals import Residuals
from eventstudy.kernel.securities import Securities
from eventstudy.kernel.state import ClusterResiduals, LargeState, finished_clusters
from eventstudy.kernel.study import LargeArrays, large_arrays
from eventstudy.laboratory.draws import Draws, DrawSample, event_days
from eventstudy.laboratory.ranks import mean_of_sums, over_deviation
from eventstudy.models.base import ModelFit
from eventstudy.panel.event_panel import EventPanel
from eventstudy.panel.windows import Window
from eventstudy.specification import StudySpec


@dataclass(frozen=True, eq=False)
class _Members:
    """Observations of the draws that have any, and what their residuals come to.

    Attributes
    ----------
    rows : (n,) int
        Rows of the study, draw by draw.
    draws : (C,) int
        Draws with at least one.
    starts : (C,) int
        Where the rows of each begin.
    kept : Kept
        Their estimation windows.
    """

    rows: IntArray
    draws: IntArray
    starts: IntArray
    kept: Kept

    @classmethod
    def of(cls, here: BoolArray, kept: Kept) -> _Members:
        """Those that are ``here`` (B, N)."""
        size = here.sum(axis=1)
        draws = np.flatnonzero(size)
        starts = np.concatenate([[0], np.cumsum(size[draws])[:-1]]).astype(np.int64)
        return cls(kept.row[np.flatnonzero(here.ravel())], draws, starts, kept)

    @cached_property
    def residuals(self) -> ClusterResiduals:
        """Correlation and variance of each draw."""
        kept = self.kept
        return finished_clusters(kept.residuals, self.rows, self.starts, kept.fewest, kept.estimates.parameters)[1]

    @cached_property
    def by_day(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(C, T) Σ residual as fitted, and how many, by day; (n,) share of positive ones of each row."""
        made, groups = self.kept.residuals, np.split(self.rows, self.starts[1:])
        made.expect(groups)
        total, traded = zip(*(made.by_day(rows) for rows in groups), strict=True)
        return np.stack(total), np.stack(traded), made.rising[self.rows]


@dataclass(frozen=True, eq=False)
class Kept:
    """What draws whose event days alone differ have in common.

    Attributes
    ----------
    estimates : Estimates
        Of all B N rows; ``used`` are those that the study's rows stand for, in their order.
    row : (B N,) int
        Row of the study of each, -1 where it has none.
    residuals : Residuals
        Of the study's rows.
    reference : Reference
        Panel and fit of the study's rows, for what running sums do not give.
    event_panel : function
        Panel of all B N rows that holds their event days; what it says of the estimation windows does not matter.
    fewest : int
        Fewest valid returns.
    """

    estimates: Estimates
    row: IntArray
    residuals: Residuals
    reference: Reference
    event_panel: Callable[[], EventPanel]
    fewest: int
    _members: dict[bytes, _Members] = field(default_factory=dict, init=False, repr=False)

    def among(self, here: BoolArray) -> _Members:
        """The sums over observations that are ``here`` (B, N)."""
        key = here.tobytes()
        if key not in self._members:
            self._members[key] = _Members.of(here, self)
        return self._members[key]

    def everywhere(self, values: FloatArray) -> FloatArray:
        """Numbers of the study's rows, beside NaN for all others."""
        found = np.full((len(self.row), *values.shape[1:]), np.nan)
        found[self.estimates.used] = values
        return found

    @cached_property
    def ahead(self) -> tuple[EventPanel, ModelFit, AbnormalReturns]:
        """The event days alone, with what was estimated before them."""
        panel = _event_days_alone(self.event_panel())
        fit = self._event_fit(panel)
        return panel, fit, abnormal_returns(panel, fit)

    def _event_fit(self, panel: EventPanel) -> ModelFit:
        """What the event days read of a fit; regressors are centred where their sums of products are."""
        made, n = self.residuals, len(self.row)
        coefficients, nothing = self.everywhere(made.coefficients), np.empty((n, 0))
        design = np.concatenate([panel.event_span[:, :, None], panel.event_regressors], axis=2)
        there = np.isfinite(panel.event_returns) & np.isfinite(design).all(axis=2)
        design = np.where(there[:, :, None], design, np.nan)
        expected = np.einsum("nlp,np->nl", design, coefficients)
        if made.estimated:
            gram, centres = made.gram
            middle = centres[made.security, :-1]
            hard = np.flatnonzero(np.isnan(gram[:, 0, 0]))
            if len(hard):
                gram, middle = gram.copy(), middle.copy()
                gram[hard] = self.reference.model.fit(self.reference.panel_of(hard)).gram_inverse
                middle[hard] = 0.0
            gram = self.everywhere(gram)
            design[:, :, 1:] -= self.everywhere(middle)[:, None, :] * design[:, :, :1]
        else:
            gram, design = np.zeros((n, 0, 0)), design[:, :, :0]
        return ModelFit(
            alpha=coefficients[:, 0],
            beta=coefficients[:, -1],
            residuals=nothing,
            centred_residuals=nothing,
            leverage=nothing,
            n_estimation=self.everywhere(made.count),
            residual_variance=self.everywhere(made.variance),
            dof=self.everywhere(made.dof),
            n_parameters=self.estimates.parameters,
            r_squared=self.everywhere(self.estimates.r_squared),
            expected=expected,
            design=design,
            gram_inverse=gram,
            fault=("",) * n,
            coefficients=coefficients,
        )


@dataclass(frozen=True, eq=False)
class CompiledDraws(Draws):
    """B pseudo-events of N observations each, whose residuals are summed where they lie.

    Attributes
    ----------
    kept : Kept
        What their estimation windows say.
    studied : LargeArrays
        The used rows as a study with one event each.
    moved : panel and abnormal returns, or None
        Of event days that differ from those of the returns.
    """

    kept: Kept
    studied: LargeArrays
    moved: tuple[EventPanel, AbnormalReturns] | None = None

    @property
    def count(self) -> int:
        """Number of draws B."""
        return len(self.panel.event) // self.members

    @cached_property
    def usable(self) -> BoolArray:
        """(B, N) observations that a study would use."""
        return self.shaped(np.isin(self.kept.estimates.reason, (0, REASONS.index("no_event_return"))))

    @property
    def arrays(self) -> StudyArrays:
        """What the package's own statistics read."""
        return self.studied

    @property
    def event_days(self) -> tuple[FloatArray, FloatArray]:
        """(B N, L) returns and abnormal returns of the event days."""
        panel, _, abnormal = self.kept.ahead
        if self.moved is not None:
            panel, abnormal = self.moved
        return panel.event_returns, abnormal.ar

    def with_event_returns(self, event_returns: FloatArray) -> CompiledDraws:
        """The same fits with other returns (B N, L) on the event days."""
        panel, fit, _ = self.kept.ahead
        panel = replace(panel, event_returns=event_returns)
        found = abnormal_returns(panel, fit)
        windows = tuple(
            window_returns(panel, fit, found, window, self.spec.standardise, self.spec.returns)
            for window in self.spec.windows
        )
        names = ("taus", "returns", "expected", "ar", "ar_variance", "sar", "quality")
        known = {name: getattr(found, name) for name in names}
        used = self.kept.estimates.used
        of_rows = {name: values if name == "taus" else values[used] for name, values in known.items()}
        of_rows["estimation_sar"] = self.studied.abnormal.estimation_sar
        studied = MovedArrays(
            **{item.name: getattr(self.studied, item.name) for item in fields(self.studied) if item.init}
            | {
                "abnormal": LateAbnormal.knowing(of_rows, of_rows.__getitem__),
                "windows": tuple(_of_windows(window, lambda values: values[used]) for window in windows),
            }
        )
        abnormal = LateAbnormal.knowing(known, lambda name: getattr(self.abnormal, name))
        return replace(self, abnormal=abnormal, windows=windows, studied=studied, moved=(panel, found))

    def arrays_rows(self, rows: IntArray) -> IntArray:
        """Which of its rows some of the B N observations are, ascending."""
        return np.sort(self.kept.row[rows])

    def sample(self, number: int) -> CompiledSample:
        """All draws over one window."""
        return CompiledSample(self, number)


class MovedState(LargeState):
    """The sums of a group whose event days are not those of the returns."""

    @cached_property
    def _day_moments(self) -> tuple[Moments[FloatArray], Moments[FloatArray]]:
        """Of SAR by event day as it stands in the arrays, and of standardised residuals."""
        return Moments.of_columns(self._arrays.abnormal.sar[self._rows]), super()._day_moments[1]


@dataclass(frozen=True, eq=False)
class MovedArrays(LargeArrays):
    """The arrays of draws whose event days are not those of the returns: they are read where they stand."""

    def summed_ranks(
        self, sample: GroupSample, state: GroupState, cumulated: bool, restandardise: str | None, on: str
    ) -> None:
        """None: ranked by the reference."""

    def group_state(self, sample: GroupSample) -> GroupState:
        """The sums of one of the draws."""
        return MovedState.of(sample) if sample.n else GroupState.of(sample)


def _of_windows(window: WindowReturns, taken: Callable[[Any], Any]) -> WindowReturns:
    """What is taken of every array of a window."""
    names = ("car", "car_variance", "scar", "bhar", "k", "present")
    return replace(window, **{name: taken(getattr(window, name)) for name in names})


def _event_days_alone(panel: EventPanel) -> EventPanel:
    """The panel without its estimation windows."""
    names = ("returns", "span", "regressors", "column", "in_event")
    whole = {f"estimation_{name}": getattr(panel, f"estimation_{name}") for name in names}
    return replace(panel, **{name: values[:, :0] for name, values in whole.items()})


@dataclass(frozen=True, eq=False)
class CompiledSample(DrawSample):
    """B draws over one window, for the array versions of the tests."""

    draws: CompiledDraws

    @cached_property
    def _members(self) -> _Members:
        return self.draws.kept.among(self.here)

    def _of_draws(self, values: FloatArray, empty: float) -> FloatArray:
        """Numbers of the draws that have members, beside ``empty`` for the others."""
        found = np.full((len(self.n), *values.shape[1:]), empty)
        found[self._members.draws] = values
        return found

    @cached_property
    def correlation(self) -> FloatArray:
        """(B,) r̄ of the residuals, negative values at 0."""
        return self._of_draws(np.maximum(self._members.residuals.within, 0.0), 0.0)

    @cached_property
    def day_variance(self) -> tuple[FloatArray, FloatArray]:
        """(B,) s_P² of the group's mean residual, and its degrees of freedom."""
        found = self._members.residuals
        return self._of_draws(found.variance, np.nan), self._of_draws(found.dof, np.nan)

    @cached_property
    def mean_residuals(self) -> tuple[FloatArray, FloatArray]:
        """(B, T) mean residual by event day of the estimation window, 0 where nobody has one, and members present."""
        total, traded, _ = self._members.by_day
        return mean_of_sums(self._of_draws(total, 0.0), self._of_draws(traded, 0.0))

    @cached_property
    def rising(self) -> FloatArray:
        """(B, N) share of positive residuals, 0 where the observation is not here."""
        found = np.zeros(self.here.shape)
        found[self.here] = self._members.by_day[2]
        return found

    @property
    def day_ranks(self) -> tuple[FloatArray, FloatArray]:
        """(B, T + L) mean centred ranks by day and members present, the window's days at the end."""
        return self._ranks[0]

    @property
    def window_ranks(self) -> tuple[FloatArray, FloatArray]:
        """(B, T + 1) mean centred ranks by day and members present, the window as one day at the end."""
        return self._ranks[1]

    @cached_property
    def _ranks(self) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
        """Those of days and of the window, from one sort unless only one of them can be divided."""
        members, made = self._members, self.draws.kept.residuals
        event, by_day = over_deviation(self.event_sar)
        scar, by_window = over_deviation(self.event_scar)
        event, scar, by_day, by_window = (
            event[self.here],
            scar[self.here],
            by_day[members.draws],
            by_window[members.draws],
        )

        def ranked(divided: BoolArray, which: IntArray) -> FloatArray:
            size = np.diff(members.starts, append=len(members.rows))
            chosen = np.isin(np.repeat(np.arange(len(size)), size), which)
            starts = np.concatenate([[0], np.cumsum(size[which])[:-1]]).astype(np.int64)
            return ranks_of_draws(made, members.rows[chosen], starts, divided[which], event[chosen], scar[chosen, 0])

        days = window = ranked(by_day, np.arange(len(by_day)))
        apart = np.flatnonzero(by_day != by_window)
        if len(apart):
            window = days.copy()
            window[apart] = ranked(by_window, apart)
        own = np.append(np.arange(made.sessions), days.shape[2] - 1)
        return (
            mean_of_sums(self._of_draws(days[:, 0, :-1], 0.0), self._of_draws(days[:, 2, :-1], 0.0)),
            mean_of_sums(self._of_draws(window[:, 1, own], 0.0), self._of_draws(window[:, 2, own], 0.0)),
        )


def compiled_draws(
    securities: Securities,
    security: IntArray,
    position: IntArray,
    event: IntArray,
    members: int,
    spec: StudySpec,
    estimation: Window,
    panel_of: Callable[[IntArray], EventPanel],
    event_panel: Callable[[], EventPanel],
) -> CompiledDraws:
    """Fit and cumulate B draws.

    Parameters
    ----------
    securities : Securities
        Returns.
    security, position, event : (B N,) int
        Row of the security, event session, number of the draw.
    members : int
        N.
    spec : StudySpec
        Model, windows, fewest returns, definition of SCAR.
    estimation : (int, int)
        Where the estimation window lies in these returns.
    panel_of : function
        The reference panel of some rows.
    event_panel : function
        A panel of all rows with their event days.
    """
    order = by_security(security, position, *securities.values.shape)
    estimates = estimate(
        securities, spec.model, security[order], position[order], estimation, spec.windows, spec.min_estimation,
        spec.standardise, spec.returns, lambda rows: panel_of(order[rows]),
    ).placed(order)  # fmt: skip
    used = estimates.used
    days = event_days(spec.windows)
    reference = Reference(spec.model, lambda rows: panel_of(used[rows]), len(used))
    studied = large_arrays(
        securities, spec.model, estimates, security[used], event[used], position[used], estimation, days,
        spec.min_estimation, reference,
    )  # fmt: skip
    made = studied.residuals
    assert made is not None
    row = np.full(len(event), -1, dtype=np.int64)
    row[used] = np.arange(len(used))
    kept = Kept(estimates, row, made, reference, event_panel, spec.min_estimation)
    every = Reference(spec.model, panel_of, len(event))
    fit = {"n_estimation": estimates.count.astype(np.float64), "n_parameters": estimates.parameters}
    fit |= {"residual_variance": kept.everywhere(made.variance), "dof": kept.everywhere(made.dof)}

    def late(name: str) -> Any:
        """Of the event days, by observation."""
        if name == "sar":
            return kept.everywhere(made.standardised(np.arange(len(used)), days[0], len(taus)))
        return every.abnormal(name)

    taus = np.arange(days[0], days[1] + 1)
    known = {"taus": taus, "quality": kept.everywhere(studied.abnormal.quality)}
    return CompiledDraws(
        panel=LatePanel.knowing(
            {"taus": taus, "security": security, "event": event}, lambda name: getattr(every.whole()[0], name)
        ),
        fit=LateFit.knowing(fit, lambda name: getattr(every.whole()[1], name)),
        abnormal=LateAbnormal.knowing(known, late),
        windows=tuple(
            replace(
                _of_windows(window, kept.everywhere),
                present=np.isin(row, np.flatnonzero(window.present)),
            )
            for window in studied.windows
        ),
        members=members,
        spec=spec,
        kept=kept,
        studied=studied,
    )
