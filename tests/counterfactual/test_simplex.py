"""Simplex least squares against a general convex solver, and by its own certificate."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy.counterfactual.simplex import KKT_TOLERANCE, simplex_least_squares

PROBLEMS = 200
OBJECTIVE, NORM = 1e-7, 1e-6
KINDS = 8


def problem(seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Columns, target, ridge: plain, repeated, rank-deficient, in the hull, rounded, perfect, equal, nearly equal."""
    rng = np.random.default_rng(seed)
    days, donors, kind = int(rng.integers(3, 60)), int(rng.integers(1, 120)), seed % KINDS
    common = rng.normal(0, 0.01, (days, 2))
    columns = common @ rng.normal(1, 0.4, (2, donors)) + rng.normal(0, 0.01, (days, donors))
    target = common @ np.ones(2) + rng.normal(0, 0.01, days)
    if kind == 1:
        columns = np.repeat(columns[:, : max(1, donors // 3)], 3, axis=1)
    elif kind == 2:
        columns = rng.normal(0, 0.01, (days, 2)) @ rng.normal(0, 1, (2, donors))
    elif kind == 3:
        target = columns @ rng.dirichlet(np.full(donors, 0.3))
    elif kind == 4:
        columns, target = columns.round(2), target.round(2)
    elif kind == 5:
        columns[:, 0] = target
    elif kind == 6:
        columns = np.full((days, donors), 0.01) * rng.integers(0, 2, (days, 1))
    elif kind == 7:
        columns = columns[:, [0] * donors] + 1e-9 * rng.normal(0, 1, (days, donors))
    return columns, target, 0.0 if seed % 3 else 1e-4


def test_two_hundred_problems_against_a_general_convex_solver():
    cp = pytest.importorskip("cvxpy", reason="CVXPY, of the dev extra, is not installed")
    pytest.importorskip("clarabel", reason="Clarabel, of the dev extra, is not installed")
    several = 0
    for seed in range(PROBLEMS):
        columns, target, ridge = problem(seed)
        found = simplex_least_squares(columns, target, ridge)
        assert found.kkt <= KKT_TOLERANCE, seed
        assert found.weights.min() >= 0.0, seed
        assert found.weights.sum() == pytest.approx(1.0, abs=1e-12), seed
        # the solver is given numbers of about one, and its own tolerances at their tightest
        scale = float(np.abs(columns).max()) or 1.0
        weights = cp.Variable(columns.shape[1], nonneg=True)
        objective = cp.sum_squares((columns @ weights - target) / scale)
        objective += ridge / scale**2 * cp.sum_squares(weights)
        other = cp.Problem(cp.Minimize(objective), [cp.sum(weights) == 1])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            other.solve(solver="CLARABEL", tol_gap_abs=1e-11, tol_gap_rel=1e-11, tol_feas=1e-11)
        assert found.objective / scale**2 == pytest.approx(other.value, abs=OBJECTIVE), seed
        if found.unique:
            continue
        several += 1
        shorter = cp.Problem(
            cp.Minimize(cp.sum_squares(weights)),
            [cp.sum(weights) == 1, columns @ weights / scale == columns @ found.weights / scale],
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shorter.solve(solver="CLARABEL")
        assert float(found.weights @ found.weights) <= shorter.value + NORM, seed
    assert several >= 50


@pytest.mark.parametrize("donors", [300, 2500])
def test_many_donors_are_screened_and_the_certificate_is_that_of_all(donors):
    rng = np.random.default_rng(donors)
    common = rng.normal(0, 0.01, (250, 4))
    columns = common @ rng.normal(1, 0.4, (4, donors)) + rng.normal(0, 0.015, (250, donors))
    target = common @ np.ones(4) + rng.normal(0, 0.004, 250)
    found = simplex_least_squares(columns, target)
    residual = target - columns @ found.weights
    gradient = -columns.T @ residual
    multiplier = found.weights @ gradient
    scale = np.abs(columns.T @ target).max()
    assert (multiplier - gradient).max() <= 1e-10 * scale
    assert (found.weights * np.abs(gradient - multiplier)).max() <= 1e-10 * scale
    assert found.objective == pytest.approx(float(residual @ residual), rel=1e-12)
    assert 10 < np.count_nonzero(found.weights) < 250
    # a start is help and nothing else
    again = simplex_least_squares(columns, target, start=rng.dirichlet(np.ones(donors)))
    assert np.abs(again.weights - found.weights).max() < 1e-9


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_order_and_a_common_shift_change_nothing_and_scale_only_the_objective(seed):
    columns, target, ridge = problem(seed)
    rng = np.random.default_rng(seed)
    found = simplex_least_squares(columns, target, ridge)
    order = rng.permutation(columns.shape[1])
    turned = simplex_least_squares(columns[:, order], target, ridge)
    scale = float(np.abs(columns).max() ** 2 * len(target)) or 1.0
    assert turned.objective == pytest.approx(found.objective, abs=1e-10 * scale)
    shift = rng.normal(0, 0.01, len(target))
    moved = simplex_least_squares(columns + shift[:, None], target + shift, ridge)
    assert moved.objective == pytest.approx(found.objective, abs=1e-9 * scale)
    larger = simplex_least_squares(100.0 * columns, 100.0 * target, 1e4 * ridge)
    assert larger.objective == pytest.approx(1e4 * found.objective, abs=1e-6 * scale)


def test_by_hand():
    # nearest point of the segment between 0 and 2 to 0.5: weights 3/4 and 1/4, no error
    found = simplex_least_squares(np.array([[0.0, 2.0]]), np.array([0.5]))
    assert found.weights.tolist() == pytest.approx([0.75, 0.25])
    assert found.objective == pytest.approx(0.0, abs=1e-24)
    assert found.unique
    # outside the segment: the nearer end, squared distance 1
    found = simplex_least_squares(np.array([[0.0, 2.0]]), np.array([3.0]))
    assert (found.weights.tolist(), found.objective) == ([0.0, 1.0], 1.0)
    # two equal donors share: least norm
    found = simplex_least_squares(np.array([[0.0, 2.0, 2.0]]), np.array([1.0]))
    assert found.weights.tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3]) or found.weights[1] == found.weights[2]
    assert float(found.weights @ found.weights) == pytest.approx(0.25 + 2 * 0.0625)
    assert not found.unique
    # ridge: (0.5 − 2w)² + r(w² + (1 − w)²), r = 2: derivative −4(0.5 − 2w) + 4w − 4(1 − w)/1 = 16w − 6... w = 3/8
    found = simplex_least_squares(np.array([[0.0, 2.0]]), np.array([0.5]), ridge=2.0)
    assert found.weights.tolist() == pytest.approx([0.625, 0.375])


def test_what_cannot_be_solved_is_refused():
    with pytest.raises(ValueError, match=r"columns: \(2, 1\) does not fit a target of \(3,\)"):
        simplex_least_squares(np.zeros((2, 1)), np.zeros(3))
    with pytest.raises(ValueError, match="give at least one donor"):
        simplex_least_squares(np.zeros((2, 0)), np.zeros(2))
    with pytest.raises(ValueError, match="a number is missing"):
        simplex_least_squares(np.array([[np.nan]]), np.zeros(1))
    with pytest.raises(ValueError, match=r"ridge: -1.0 is negative"):
        simplex_least_squares(np.ones((1, 1)), np.ones(1), -1.0)
