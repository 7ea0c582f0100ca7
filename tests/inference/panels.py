"""Groups for the statistics: small ones written by hand, and random studies with gaps, calendars and overlap."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.abnormal import AbnormalReturns, WindowReturns
from eventstudy.inference.sample import GroupSample, StudyArrays
from eventstudy.models import MarketModel
from eventstudy.models.base import ModelFit
from eventstudy.panel.event_panel import EventPanel
from eventstudy.results.evidence import Evidence
from eventstudy.returns import ReturnTable
from eventstudy.specification import StudySpec
from eventstudy.study.assemble import Candidates, assemble


def hand_sample(
    car: Any,
    sigma: Any = None,
    residuals: Any = None,
    dof: float = 118.0,
    event_sar: Any = None,
    position: Any = None,
    length: int = 1,
    min_estimation: int = 2,
    parameters: int = 2,
) -> GroupSample:
    """A group whose CARs, standard errors and estimation residuals are what the test writes down.

    Parameters
    ----------
    car, sigma : (N,)
        CARs and their standard errors (1 by default), so that SCAR = CAR/sigma.
    residuals : (N, T)
        Of the estimation window, on one calendar; NaN = no return. Their standardised form is residual/sigma.
    dof : float
        Degrees of freedom of every fit.
    event_sar : (N, L)
        SAR of the window's days; by default SCAR on the one day.
    position : (N,)
        Session of each event; equal sessions are one cluster.
    length : int
        Sessions L of the window (0, L - 1).
    """
    car = np.asarray(car, dtype=np.float64)
    n = len(car)
    sigma = np.ones(n) if sigma is None else np.asarray(sigma, dtype=np.float64)
    if residuals is None:
        residuals = np.tile([1.0, -1.0, 1.0, -1.0], (n, 1))
    residuals = np.asarray(residuals, dtype=np.float64)
    days = residuals.shape[1]
    position = np.full(n, 1000) if position is None else np.asarray(position, dtype=np.int64)
    scar = car / sigma
    event_sar = scar[:, None] if event_sar is None else np.asarray(event_sar, dtype=np.float64)
    there = np.isfinite(residuals)
    variance = sigma**2 / length
    _, event = np.unique(position, return_inverse=True)
    panel = EventPanel(
        estimation_returns=residuals.copy(),
        estimation_span=there.astype(np.float64),
        estimation_regressors=np.zeros((n, days, 0)),
        estimation_column=position[:, None] - days - 10 + np.arange(days),
        estimation_in_event=np.zeros((n, days), dtype=bool),
        taus=np.arange(length),
        event_returns=np.zeros((n, length)),
        event_span=np.ones((n, length)),
        event_regressors=np.zeros((n, length, 0)),
        security=np.arange(n),
        event=event.astype(np.int64),
    )
    fit = ModelFit(
        alpha=np.zeros(n),
        beta=np.full(n, np.nan),
        residuals=residuals,
        centred_residuals=residuals,
        leverage=np.zeros((n, days)),
        n_estimation=there.sum(axis=1).astype(np.float64),
        residual_variance=variance,
        dof=np.full(n, dof),
        n_parameters=parameters,
        r_squared=np.zeros(n),
        expected=np.zeros((n, length)),
        design=np.zeros((n, length, 0)),
        gram_inverse=np.zeros((n, 0, 0)),
        fault=("",) * n,
    )
    abnormal = AbnormalReturns(
        taus=panel.taus,
        returns=panel.event_returns,
        expected=np.zeros((n, length)),
        ar=event_sar * np.sqrt(variance)[:, None],
        ar_variance=np.tile(variance[:, None], (1, length)),
        sar=event_sar,
        estimation_sar=residuals / sigma[:, None],
        quality=np.full(n, dof / (dof - 2.0) if dof > 2 else np.nan),
    )
    window = WindowReturns(
        window=(0, length - 1),
        car=car,
        car_variance=sigma**2,
        scar=scar,
        bhar=car,
        k=np.full(n, float(length)),
        present=np.ones(n, dtype=bool),
    )
    arrays = StudyArrays(
        panel=panel,
        fit=fit,
        abnormal=abnormal,
        windows=(window,),
        cluster=event.astype(np.int64),
        calendar=np.zeros(n, dtype=np.int64),
        position=position,
        min_estimation=min_estimation,
    )
    return GroupSample(arrays, np.arange(n), 0)


HALF_DAY = 7  # every seventh day of the western calendar closes before noon


def first_session(sessions: np.ndarray, days: Any, hour: str, name: str) -> np.ndarray:
    """Number of the first session in which news of a day at an hour can trade."""
    days = np.asarray(days)
    late = np.full(days.shape, hour == "late")
    if hour == "noon" and name == "west":
        late = days % HALF_DAY == 0
    return np.where(late, np.searchsorted(sessions, days, side="right"), np.searchsorted(sessions, days))


def first_news_day(sessions: np.ndarray, hour: str, name: str) -> np.ndarray:
    """News-clock column of each session: the first day whose news trades in it, -1 where there is none."""
    days = np.arange(sessions[0] - 3, sessions[-1] + 1)
    columns = np.full(len(sessions), -1)
    for day, session in zip(days, first_session(sessions, days, hour, name), strict=True):
        if session < len(sessions) and columns[session] < 0:
            columns[session] = day
    return columns


SPEC = StudySpec(
    model=MarketModel(),
    estimation=(-60, -6),
    windows=((0, 0), (-1, 1), (0, 4)),
    min_estimation=30,
    tests=StudySpec().tests,
    placebo_draws=400,
)

# day and hour of each event's news: the second follows the first by two days, the others stand alone
EVENTS = ((95, "late"), (97, "late"), (130, "early"), (160, "late"), (190, "early"), (220, "early"), (250, "late"))


def random_study(
    seed: int,
    spec: StudySpec = SPEC,
    *,
    events: tuple[tuple[int, str], ...] = EVENTS,
    east: int = 5,
    west: int = 4,
    days: int = 300,
    missing: float = 0.02,
    share: float = 0.75,
    common: float = 0.8,
    with_placebo: bool = False,
    order: Any = None,
) -> Evidence:
    """A study of random returns: two calendars with holidays of their own, gaps, late listings, unequal clusters.

    Parameters
    ----------
    seed : int
        Of the returns.
    events : tuple of (day, "early", "late" or "noon")
        When the news came: before both closes, after them, or after the western half-days' close.
    east, west : int
        Securities of each calendar.
    missing : float
        Share of sessions without a price.
    share : float
        Share of the securities that each event concerns.
    common : float
        Weight of the residual that all share, on the news clock.
    order : permutation, optional
        Of the pairs' rows.
    """
    rng = np.random.default_rng(seed)
    sessions = {name: np.flatnonzero(rng.random(days) > 0.04) for name in ("east", "west")}
    length = max(len(where) for where in sessions.values())
    names = ["east"] * east + ["west"] * west
    n, k = len(names), len(spec.model.regressors)
    shock = rng.normal(0.0, 0.01, days)
    market = {name: rng.normal(0.0003, 0.01, days) for name in sessions}
    second = {name: rng.normal(0.0, 0.01, days) for name in sessions}
    returns, span = np.full((n, length), np.nan), np.zeros((n, length))
    regressors = np.full((n, length, k), np.nan)
    single = np.full((2 * k, length), np.nan)
    key = np.zeros((n, k), dtype=np.int64)
    first, last = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for row, name in enumerate(names):
        where = sessions[name]
        own = rng.normal(0.0, 0.012, days)
        beta, gamma, load = rng.uniform(0.5, 1.5), rng.uniform(-0.5, 0.5), rng.uniform(0.2, 1.0) * common
        # growth from each session to the next holds whatever happened on the days between them
        steps = beta * market[name] + gamma * second[name] + load * shock + own
        alive = rng.random(len(where)) >= missing
        alive[: rng.integers(0, 55)] = False
        levels = np.exp(np.cumsum(steps)[where])
        bases = [np.exp(np.cumsum(series)[where]) for series in (market[name], second[name])][:k]
        before = -1
        for session in range(len(where)):
            if not alive[session]:
                continue
            if before >= 0:
                returns[row, session] = levels[session] / levels[before] - 1.0
                span[row, session] = session - before
                for column, level in enumerate(bases):
                    regressors[row, session, column] = level[session] / level[before] - 1.0
            before = session
        first[row], last[row] = np.flatnonzero(alive)[[0, -1]]
        for column, level in enumerate(bases):
            number = column + k * (name == "west")
            key[row, column] = number
            single[number, 1 : len(where)] = level[1:] / level[:-1] - 1.0
    table = ReturnTable(
        tickers=tuple(f"S{row}" for row in range(n)),
        calendars=tuple(names),
        sessions={name: where.astype("datetime64[D]") for name, where in sessions.items()},
        returns=returns,
        span=span,
        regressors=regressors,
        regressor_key=key,
        one_session=single,
        fault=("",) * n,
        first=first,
        last=last,
    )
    hours = ("early", "late", "noon")
    clocks = {(hour, name): first_news_day(where, hour, name) for hour in hours for name, where in sessions.items()}
    records = []
    for event, (day, hour) in enumerate(events):
        for row, name in enumerate(names):
            if rng.random() < share:
                place = int(first_session(sessions[name], day, hour, name))
                records.append((event, row, place))
    if order is not None:
        records = [records[place] for place in order(len(records))]
    event, security, position = (np.array(values, dtype=np.int64) for values in zip(*records, strict=True))
    pairs = pd.DataFrame(
        {
            "event_id": [f"E{number}" for number in event],
            "ticker": [f"S{number}" for number in security],
            "role": np.where(security % 2 == 0, "exposed", "beneficiary"),
        }
    )
    candidates = Candidates(
        pairs=pairs,
        security=security,
        event=event,
        position=position,
        reason=[""] * len(records),
        calendar_number={"east": 0, "west": 1},
        columns={(number, name): clocks[hour, name] for number, (_, hour) in enumerate(events) for name in sessions},
        clock_number=np.array([hours.index(hour) for _, hour in events], dtype=np.int64),
    )
    return assemble(table, candidates, spec, (security, position), with_placebo)


def groups_of(evidence: Evidence) -> list[np.ndarray]:
    """Everything, each event, each pair of neighbouring events, and one security alone."""
    arrays = evidence.arrays
    event = arrays.panel.event
    everything = np.arange(arrays.panel.n_observations)
    groups = [everything]
    groups += [everything[event == one] for one in np.unique(event)]
    groups += [everything[(event == one) | (event == one + 1)] for one in np.unique(event)[:-1]]
    groups += [everything[arrays.panel.security == 0], everything[:1]]
    return [rows for rows in groups if len(rows)]


def scaled(sample: GroupSample, factor: float) -> GroupSample:
    """The same group with every return, of securities and markets, multiplied."""
    panel = sample.arrays.panel
    larger = replace(
        panel,
        estimation_returns=panel.estimation_returns * factor,
        estimation_regressors=panel.estimation_regressors * factor,
        event_returns=panel.event_returns * factor,
        event_regressors=panel.event_regressors * factor,
    )
    return rebuilt(sample, larger)


def flipped(sample: GroupSample) -> GroupSample:
    """The same group with every return's sign turned, so that every AR, CAR and residual turns."""
    return scaled(sample, -1.0)


def rebuilt(sample: GroupSample, panel: EventPanel, spec: StudySpec = SPEC, order: Any = None) -> GroupSample:
    """The group on another panel: fitted, cumulated and tested anew."""
    from eventstudy.abnormal import abnormal_returns, window_returns

    arrays = sample.arrays
    order = np.arange(panel.n_observations) if order is None else order
    fit = spec.model.fit(panel)
    abnormal = abnormal_returns(panel, fit)
    windows = tuple(window_returns(panel, fit, abnormal, window.window) for window in arrays.windows)
    again = replace(
        arrays,
        panel=panel,
        fit=fit,
        abnormal=abnormal,
        windows=windows,
        cluster=arrays.cluster[order],
        calendar=arrays.calendar[order],
        position=arrays.position[order],
    )
    return GroupSample(again, np.sort(np.argsort(order)[sample.rows]), sample.number)
