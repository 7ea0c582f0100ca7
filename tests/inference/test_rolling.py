"""Running sums against a direct fit before every session."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.inference.history import History, stretch_sums
from eventstudy.inference.rolling import Rolling, clear_of_events, rolling_fit, rolling_window

# running sums cancel to about twelve digits of squared returns
RUNNING = {"rel": 1e-9, "abs": 1e-12}
ESTIMATION = (-40, -5)
FEWEST = 20


def history(seed: int, regressors: int, estimated: bool = True) -> History:
    """Three securities with gaps, late listings and event days."""
    rng = np.random.default_rng(seed)
    n, days = 3, 130
    returns = rng.normal(0, 0.02, (n, days))
    returns[rng.random((n, days)) < 0.05] = np.nan
    returns[2, :30] = np.nan
    span = np.where(np.isfinite(returns), 1.0, 0.0)
    for row in range(n):
        before = -1
        for day in np.flatnonzero(np.isfinite(returns[row])).tolist():
            span[row, day] = day - before if before >= 0 else 1
            before = day
    series = rng.normal(0, 0.01, (max(regressors, 1), days))
    over = np.full((n, days, regressors), np.nan)
    for row, day in zip(*np.nonzero(span), strict=True):
        begin = day + 1 - int(span[row, day])
        over[row, day] = series[:regressors, begin : day + 1].sum(axis=1)
    in_event = np.zeros((n, days), dtype=bool)
    in_event[0, 60:64] = in_event[1, 80] = True
    return History(
        returns=returns,
        span=span,
        regressors=over,
        in_event=in_event,
        calendar=np.zeros(n, dtype=np.int64),
        estimated=estimated,
        estimation=ESTIMATION,
        min_estimation=FEWEST,
        regressor_key=np.tile(np.arange(regressors), (n, 1)),
        one_session=series[:regressors],
    )


@pytest.mark.parametrize(("regressors", "estimated"), [(0, True), (1, True), (2, True), (3, True), (1, False)])
def test_every_session_equals_its_direct_fit(regressors: int, estimated: bool) -> None:
    of = history(regressors, regressors, estimated)
    fit = rolling_fit(of)
    windows = {
        window: rolling_window(of, fit, window, np.ones((3, 130), dtype=bool)) for window in ((0, 0), (-2, 3), (-3, -1))
    }
    compared = 0
    for row in range(3):
        for session in range(0, 130, 3):
            days = [
                day
                for day in range(max(session + ESTIMATION[0], 0), max(session + ESTIMATION[1] + 1, 0))
                if of.valid[row, day] and not of.in_event[row, day]
            ]
            assert fit.usable[row, session] == (len(days) >= FEWEST)
            if len(days) < FEWEST:
                continue
            root = np.sqrt(of.span[row, days])
            if estimated:
                design = np.column_stack([of.span[row, days], of.regressors[row, days]]) / root[:, None]
                answer = of.returns[row, days] / root
                coefficient, *_ = np.linalg.lstsq(design, answer, rcond=None)
                gram = np.linalg.inv(design.T @ design)
                variance = float(((answer - design @ coefficient) ** 2).sum()) / (len(days) - design.shape[1])
                assert fit.coefficients[row, session] == pytest.approx(coefficient, **RUNNING)
                assert fit.n_parameters == design.shape[1]
            else:
                gap = of.returns[row, days] - of.regressors[row, days, 0]
                mean = gap.sum() / of.span[row, days].sum()
                variance = float((((gap - mean * of.span[row, days]) / root) ** 2).sum()) / (len(days) - 1)
                assert fit.centre[row, session] == pytest.approx(mean, **RUNNING)
                assert fit.n_parameters == 1
            assert fit.residual_variance[row, session] == pytest.approx(variance, **RUNNING)
            for window, found in windows.items():
                inside = [session + tau for tau in range(window[0], window[1] + 1)]
                full = inside[-1] < 130 and of.valid[row, inside[-1]]
                there = [day for day in inside if 0 <= day < 130 and of.valid[row, day]]
                full = full and of.span[row, there].sum() == len(inside)
                assert found.usable[row, session] == full
                if not full:
                    continue
                if estimated:
                    total = np.concatenate([[of.span[row, there].sum()], of.regressors[row, there].sum(axis=0)])
                    car = of.returns[row, there].sum() - total @ coefficient
                    k = total[0] + total @ gram @ total
                else:
                    car = (of.returns[row, there] - of.regressors[row, there, 0]).sum()
                    k = float(len(inside))
                assert found.car[row, session] == pytest.approx(car, **RUNNING)
                assert found.k[row, session] == pytest.approx(k, **RUNNING)
                compared += 1
    assert compared > 100


def test_regressors_that_do_not_vary_are_unusable() -> None:
    of = history(1, 2)
    of.regressors[:, :, 1] = of.regressors[:, :, 0] * 2.0
    assert not rolling_fit(of).usable.any()


def test_returns_that_do_not_vary_are_unusable() -> None:
    of = history(1, 1)
    of.returns[np.isfinite(of.returns)] = 0.0
    assert not rolling_fit(of).usable.any()


@pytest.mark.parametrize("window", [(-3, -1), (0, 0), (-2, 4), (200, 300), (-300, -200)])
def test_stretch_sums(window: tuple[int, int]) -> None:
    values = np.random.default_rng(0).integers(0, 9, (2, 20)).astype(float)
    found = stretch_sums(values, window)
    for session in range(20):
        days = [day for day in range(session + window[0], session + window[1] + 1) if 0 <= day < 20]
        np.testing.assert_array_equal(found[:, session], values[:, days].sum(axis=1))


@pytest.mark.parametrize("length", [1, 2, 5])
def test_windows_keep_their_own_length_from_every_event(length: int) -> None:
    """No session of an ordinary window lies nearer than L sessions to the event's window."""
    security, position = np.array([0, 0, 1, 1]), np.array([20, 3, 39, -2])
    clear = clear_of_events((3, 40), security, position, length)
    for row in range(3):
        events = position[security == row]
        for session in range(40):
            # two windows of L sessions at s and e have |s - e| - L sessions between them
            far = all(abs(session - event) - length >= length for event in events)
            assert clear[row, session] == far, (row, session)
    assert clear[2].all()


@pytest.mark.parametrize(("regressors", "estimated"), [(2, True), (1, False)])
def test_securities_asked_for_one_by_one_equal_all_at_once(regressors: int, estimated: bool) -> None:
    of = history(5, regressors, estimated)
    security, position, window = np.array([0, 1, 2, 2]), np.array([60, 80, 70, 100]), (-1, 1)
    whole = rolling_fit(of)
    clear = clear_of_events(of.returns.shape, security, position, 3)
    all_cars = rolling_window(of, whole, window, clear)
    rolling = Rolling(of, security, position)
    for asked in ([2], [0, 2], [2, 1, 0, 0]):
        rows = np.array(asked)
        fit, cars = rolling.fit(rows), rolling.window(window, rows)
        for name in ("coefficients", "gram_inverse", "centre", "residual_variance", "usable"):
            np.testing.assert_array_equal(getattr(fit, name)[rows], getattr(whole, name)[rows], err_msg=name)
        for name in ("car", "k", "usable"):
            np.testing.assert_array_equal(getattr(cars, name)[rows], getattr(all_cars, name)[rows], err_msg=name)
    assert fit.n_parameters == whole.n_parameters
    assert cars.usable.any()
    assert not cars.usable[0, 58:63].any()
