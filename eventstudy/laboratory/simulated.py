"""Panels drawn from a stated law: one group on one date, with what real groups have and textbooks leave out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from eventstudy._arrays import FloatArray
from eventstudy.laboratory.chunks import chunk_sizes
from eventstudy.laboratory.draws import Draws, estimate, event_days, observation_rows
from eventstudy.panel.event_panel import EventPanel
from eventstudy.specification import StudySpec
from eventstudy.study.one_calendar import compiled

ERRORS = ("normal", "t4", "skewed")
SCENARIO_LABELS = ("errors", "correlation", "variance", "unequal", "thin", "own_only")
# two-piece t(5), factor 1.15: skewness 0.6 and excess kurtosis 6, the upper quartile and the median of the daily
# market-model residuals of 59 Tokyo shares, 2018 to 2026
_SKEW_DOF, _SKEW = 5.0, 1.15
_MARKET_MEAN, _MARKET_SD = 0.0003, 0.01
_BETA_LOW, _BETA_HIGH = 0.6, 1.4


@dataclass(frozen=True)
class Scenario:
    """The law of one group of N securities that share one event date.

    Parameters
    ----------
    members : int
        N.
    correlation : float
        ρ, the same between all residuals of one session.
    variance : float
        Factor of the residual variance on day 0.
    errors : {"normal", "t4", "skewed"}
        Law of the residuals, common and own parts alike, each with variance one.
    unequal : bool
        Estimation windows of ``min_estimation`` up to all sessions, a different length for each security.
    thin : float
        Share of sessions without trade, security by security; the next return spans them.
    own_only : bool
        Whether ``variance`` multiplies the securities' own parts alone, and not the common one.
    residual_sd : float
        Residual standard deviation a session, decimal.
    sd_spread : float
        Standard deviation of its logarithm over securities.

    Raises
    ------
    ValueError
        Naming the argument and what to write instead.

    Examples
    --------
    >>> Scenario(members=5, correlation=0.1).label[:2]
    ('normal', 0.1)
    >>> Scenario(members=5, correlation=1.5)
    Traceback (most recent call last):
        ...
    ValueError: correlation: 1.5 is outside [0, 1); write a share such as 0.06
    """

    members: int = 30
    correlation: float = 0.0
    variance: float = 1.0
    errors: str = "normal"
    unequal: bool = False
    thin: float = 0.0
    own_only: bool = False
    residual_sd: float = 0.02
    sd_spread: float = 0.3

    def __post_init__(self) -> None:
        if self.members < 1:
            raise ValueError(f"members: {self.members} is no group; write 1 or more")
        if not 0 <= self.correlation < 1:
            raise ValueError(f"correlation: {self.correlation} is outside [0, 1); write a share such as 0.06")
        if not (self.variance > 0 and math.isfinite(self.variance)):
            raise ValueError(f"variance: {self.variance} is no factor; write a positive number such as 2")
        if self.errors not in ERRORS:
            raise ValueError(f"errors: {self.errors!r} unknown; choose from {', '.join(ERRORS)}")
        if not 0 <= self.thin < 0.5:
            raise ValueError(f"thin: {self.thin} is outside [0, 0.5); write a share such as 0.05")
        if not (self.residual_sd > 0 and self.sd_spread >= 0):
            raise ValueError(
                f"residual_sd {self.residual_sd}, sd_spread {self.sd_spread}: "
                "write a positive number and one of 0 or more"
            )

    @property
    def label(self) -> tuple[object, ...]:
        """What tells it apart beside N, in the order of ``SCENARIO_LABELS``."""
        return (self.errors, self.correlation, self.variance, self.unequal, self.thin, self.own_only)


def unit_errors(rng: np.random.Generator, errors: str, shape: tuple[int, ...]) -> FloatArray:
    """Independent errors of mean zero and variance one.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    errors : {"normal", "t4", "skewed"}
        ``t4`` is t(4)/√2. ``skewed`` is a two-piece t(5): its positive half stretched by 1.15, its negative half
        shrunk by as much, with the odds that keep the density continuous (Fernández & Steel 1998).
    shape : tuple of int
        Of the result.

    Returns
    -------
    array
        Of the shape.
    """
    if errors == "normal":
        return rng.standard_normal(shape)
    if errors == "t4":
        return rng.standard_t(4.0, shape) / math.sqrt(2.0)
    size = np.abs(rng.standard_t(_SKEW_DOF, shape))
    rises = rng.random(shape) < _SKEW**2 / (1.0 + _SKEW**2)
    first = 2.0 * math.sqrt(_SKEW_DOF) * math.exp(
        special.gammaln((_SKEW_DOF + 1.0) / 2.0) - special.gammaln(_SKEW_DOF / 2.0)
    ) / (math.sqrt(math.pi) * (_SKEW_DOF - 1.0))  # fmt: skip
    mean = first * (_SKEW - 1.0 / _SKEW)
    second = _SKEW_DOF / (_SKEW_DOF - 2.0) * (_SKEW**3 + _SKEW**-3) / (_SKEW + 1.0 / _SKEW)
    drawn = np.where(rises, size * _SKEW, -size / _SKEW)
    return np.asarray((drawn - mean) / math.sqrt(second - mean**2))


@dataclass(frozen=True, eq=False)
class OrdinaryDraws:
    """Draws of a law whose day 0 is a day like any other, with what a wilder day 0 would multiply.

    Attributes
    ----------
    panel : EventPanel
        R = α + β R_m + e by session, β uniform on [0.6, 1.4]; a return over a gap is the sum of its sessions.
    common, own : (B N, L) float
        Parts of day 0's error, in the return that covers day 0; 0 elsewhere.
    market : (B, T + L) float
        R_m by session.
    """

    panel: EventPanel
    common: FloatArray
    own: FloatArray
    market: FloatArray

    def event_returns(self, scenario: Scenario) -> FloatArray:
        """(B N, L) returns of the event days when the residual variance of day 0 is multiplied."""
        extra = math.sqrt(scenario.variance) - 1.0
        errors = self.own if scenario.own_only else self.own + self.common
        found: FloatArray = self.panel.event_returns + extra * errors
        return found


def ordinary_draws(scenario: Scenario, spec: StudySpec, draws: int, rng: np.random.Generator) -> OrdinaryDraws:
    """B independent draws of a scenario before its day 0 is made wilder, rows draw by draw.

    Parameters
    ----------
    scenario : Scenario
        The law; its ``variance`` is not applied.
    spec : StudySpec
        Estimation window, fewest returns, windows.
    draws : int
        B.
    rng : Generator
        Source of randomness.

    Returns
    -------
    OrdinaryDraws
    """
    n, rows = scenario.members, draws * scenario.members
    first, last = event_days(spec.windows)
    t, length = spec.estimation[1] - spec.estimation[0] + 1, last - first + 1
    total, day = t + length, -first
    market = rng.normal(_MARKET_MEAN, _MARKET_SD, (draws, 1, total))
    deviation = scenario.residual_sd * np.exp(scenario.sd_spread * rng.standard_normal((draws, n, 1)))
    common = deviation * (unit_errors(rng, scenario.errors, (draws, 1, total)) * math.sqrt(scenario.correlation))
    own = deviation * (unit_errors(rng, scenario.errors, (draws, n, total)) * math.sqrt(1.0 - scenario.correlation))
    beta = rng.uniform(_BETA_LOW, _BETA_HIGH, (draws, n, 1))
    returns = (beta * market + common + own).reshape(rows, total)
    regressor = np.broadcast_to(market, (draws, n, total)).reshape(rows, total).copy()
    span = np.ones((rows, total))
    if scenario.unequal:
        missing = rng.integers(0, t - spec.min_estimation + 1, rows)
        unlisted = np.arange(total) < missing[:, None]
        returns[unlisted], span[unlisted] = np.nan, 0.0
    if scenario.thin:
        _skip(returns, regressor, span, rng.random((rows, total)) < scenario.thin, t)
    regressor[span == 0] = np.nan
    estimation, event = slice(0, t), slice(t, total)
    # a model without regressors does not see the market
    regressors = regressor[:, :, None] if spec.model.regressors else np.empty((rows, total, 0))
    # the return that covers day 0: its own, or after a halt the next
    covers = np.cumsum(span[:, t + day :] > 0, axis=1) == 1
    covers &= span[:, t + day :] > 0
    parts = []
    for part in (common, own):
        error = np.zeros((rows, length))
        error[:, day:] = np.where(covers, part[:, :, t + day].reshape(rows, 1), 0.0)
        parts.append(error)
    panel = EventPanel(
        estimation_returns=returns[:, estimation],
        estimation_span=span[:, estimation],
        estimation_regressors=regressors[:, estimation],
        estimation_column=np.broadcast_to(np.arange(t, dtype=np.int64), (rows, t)).copy(),
        estimation_in_event=np.zeros((rows, t), dtype=bool),
        taus=np.arange(first, last + 1),
        event_returns=returns[:, event],
        event_span=span[:, event],
        event_regressors=regressors[:, event],
        security=np.tile(np.arange(n, dtype=np.int64), draws),
        event=observation_rows(draws, n),
    )
    return OrdinaryDraws(panel, common=parts[0], own=parts[1], market=market[:, 0])


def _skip(returns: FloatArray, regressor: FloatArray, span: FloatArray, idle: np.ndarray, estimation: int) -> None:
    """Carry the returns of idle sessions into the next one, in place; the sessions between E and W all trade."""
    for day in range(returns.shape[1]):
        stops = idle[:, day] & (span[:, day] > 0)
        if day + 1 not in (estimation, returns.shape[1]):
            for array in (returns, regressor, span):
                array[stops, day + 1] += array[stops, day]
        returns[stops, day], span[stops, day] = np.nan, 0.0


Chunk = tuple[int, np.random.SeedSequence]


def scenario_chunks(scenario: Scenario, draws: int, seed: Sequence[int]) -> list[Chunk]:
    """Number of draws and seed of each chunk, the same on every machine."""
    sizes = chunk_sizes(draws, scenario.members)
    return list(zip(sizes, np.random.SeedSequence(seed).spawn(len(sizes)), strict=True))


def simulated_draws(
    scenarios: Sequence[Scenario], spec: StudySpec, chunk: Chunk, *, running_sums: bool = False
) -> Iterator[Draws]:
    """The draws of one chunk under each of several laws that differ in day 0 alone: one fit serves them all.

    Parameters
    ----------
    scenarios : sequence of Scenario
        The laws.
    spec : StudySpec
        What is estimated.
    chunk : (int, SeedSequence)
        Number of draws, and their seed.
    running_sums : bool
        Whether they are studied by compiled running sums. It moves no number but by rounding.
    """
    count, seed = chunk
    ordinary = ordinary_draws(scenarios[0], spec, count, np.random.default_rng(seed))
    members = scenarios[0].members
    fitted = _by_running_sums(ordinary, members, spec) if running_sums else estimate(ordinary.panel, members, spec)
    for scenario in scenarios:
        yield fitted if scenario.variance == 1 else fitted.with_event_returns(ordinary.event_returns(scenario))


def by_running_sums(scenario: Scenario, spec: StudySpec, draws: int) -> bool:
    """Whether so many draws of a law are studied by compiled running sums."""
    return compiled(spec, draws * scenario.members) and len(spec.model.regressors) <= 1


def _by_running_sums(ordinary: OrdinaryDraws, members: int, spec: StudySpec) -> Draws:
    """The draws as one study: N securities on a calendar of B stretches, with one draw and its event on each."""
    from eventstudy.kernel.securities import Securities
    from eventstudy.laboratory.compiled_draws import compiled_draws

    panel, market = ordinary.panel, ordinary.market
    count, length = market.shape
    day = panel.estimation_returns.shape[1] - int(panel.taus[0])

    def laid(before: FloatArray, after: FloatArray) -> FloatArray:
        whole = np.concatenate([before, after], axis=1).reshape(count, members, length, *before.shape[2:])
        found: FloatArray = whole.swapaxes(0, 1).reshape(members, count * length, *before.shape[2:])
        return found

    securities = Securities.of_spans(
        laid(panel.estimation_returns, panel.event_returns),
        laid(panel.estimation_span, panel.event_span),
        laid(panel.estimation_regressors, panel.event_regressors),
        market.reshape(1, -1)[: panel.event_regressors.shape[2]],
    )
    assert securities is not None
    return compiled_draws(
        securities=securities,
        security=panel.security,
        position=panel.event * length + day,
        event=panel.event,
        members=members,
        spec=spec,
        estimation=(-day, int(panel.taus[0]) - 1),
        panel_of=panel.rows,
        event_panel=lambda: panel,
    )


def families(scenarios: Sequence[Scenario]) -> list[list[int]]:
    """Places of the scenarios that differ in day 0 alone, family by family.

    Examples
    --------
    >>> families([Scenario(5), Scenario(9), Scenario(5, variance=4.0)])
    [[0, 2], [1]]
    """
    found: dict[Scenario, list[int]] = {}
    for place, scenario in enumerate(scenarios):
        found.setdefault(replace(scenario, variance=1.0, own_only=False), []).append(place)
    return list(found.values())
