"""Least squares with weights that are not negative and sum to one: exact, with a certificate.

The minimiser is sparse, so it is sought on a small working set by an active-set method and proved on the whole: the
full gradient screens every column, and those that could still lower the objective are readmitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.counterfactual.threads import one_thread

KKT_TOLERANCE = 1e-8
# far below the certificate; keeps every Gram matrix positive definite where columns repeat
_JITTER = 1e-13
_TARGET = 1e-11
_FIRST, _READMITTED, _MOST_ROUNDS = 150, 100, 400
_WHOLE = 1000
_MOST_NEWTON = 300
# a column whose gradient lies this close to the multiplier may carry weight in another minimiser
_FACE = 1e-10


@dataclass(frozen=True, eq=False)
class SimplexSolution:
    """The minimiser and the proof that it is one.

    Attributes
    ----------
    weights : (J,) float
        Not negative, summing to one.
    objective : float
        Σ (y − Yw)² + ridge Σ w².
    kkt : float
        max(max_j(μ − g_j), max_j w_j |g_j − μ|)/scale with g the half gradient, μ = w'g and the scale ‖Y'y‖_∞, or
        the largest column's square where that is more: zero at an exact minimiser.
    rounds : int
        Times that the whole gradient was screened.
    unique : bool
        Whether no other weights reach the objective; if not, those returned have the least norm.

    Examples
    --------
    >>> found = simplex_least_squares(np.eye(2), np.array([0.75, 0.25]))
    >>> found.weights.round(6).tolist(), found.kkt < 1e-12, found.unique
    ([0.75, 0.25], True, True)
    """

    weights: FloatArray
    objective: float
    kkt: float
    rounds: int
    unique: bool


def simplex_least_squares(
    columns: FloatArray, target: FloatArray, ridge: float = 0.0, start: FloatArray | None = None
) -> SimplexSolution:
    """Weights w ≥ 0, Σw = 1 that minimise Σ (y − Yw)² + ridge Σ w².

    Parameters
    ----------
    columns : (T, J) float
        Y, without NaN.
    target : (T,) float
        y, without NaN.
    ridge : float
        Zero or more, in squared units of the target.
    start : (J,) float, optional
        Weights of a similar problem; they save time and change nothing else.

    Returns
    -------
    SimplexSolution
        Where several weights reach the minimum, those of least norm.

    Raises
    ------
    ValueError
        If there is no column, shapes disagree, a number is missing, or the ridge is negative.

    Notes
    -----
    With Σw = 1 the objective is ‖Zw‖², Z_j = Y_j − y: the point of a polytope nearest to the origin. The active-set
    method is that of Wolfe (1976), several columns entering at a time.

    Examples
    --------
    The target lies halfway between two columns, and the third is far away:

    >>> found = simplex_least_squares(np.array([[0.0, 2.0, 9.0], [2.0, 0.0, 9.0]]), np.array([1.0, 1.0]))
    >>> found.weights.round(6).tolist()
    [0.5, 0.5, 0.0]
    """
    columns, target = np.asarray(columns, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if columns.ndim != 2 or target.shape != columns.shape[:1]:
        raise ValueError(f"columns: {columns.shape} does not fit a target of {target.shape}; give (T, J) and (T,)")
    if not columns.shape[1]:
        raise ValueError("columns: there is none; give at least one donor")
    if not (np.isfinite(columns).all() and np.isfinite(target).all()):
        raise ValueError("columns: a number is missing; leave out its day or its donor first")
    if not ridge >= 0.0:
        raise ValueError(f"ridge: {ridge} is negative; give zero or more")
    with one_thread():
        problem = _Problem(np.ascontiguousarray(columns.T), target, ridge)
        weights, rounds = _minimise(problem, start)
        return _certified(problem, weights, rounds)


class _Problem:
    """Columns, target and ridge, with the scale by which gradients are judged."""

    def __init__(self, rows: FloatArray, target: FloatArray, ridge: float) -> None:
        self.rows, self.target, self.ridge = rows, target, ridge
        self.cross = rows @ target
        self.own = float(target @ target)
        self.squares = np.einsum("jt,jt->j", rows, rows)
        # squared length of Z_j = Y_j − y; its rounding is that of the terms
        self.lengths = np.maximum(self.squares - 2.0 * self.cross + self.own, 0.0) + ridge
        largest = max(float(np.abs(self.cross).max()), float(self.squares.max()), self.own)
        self.scale = largest if largest > 0 else 1.0

    def gradient(self, weights: FloatArray) -> FloatArray:
        """Half the gradient, Y'(Yw − y) + ridge w."""
        held = np.flatnonzero(weights)
        residual = weights[held] @ self.rows[held] - self.target
        found: FloatArray = self.rows @ residual
        if self.ridge:
            found += self.ridge * weights
        return found

    def objective(self, weights: FloatArray) -> float:
        """Σ (y − Yw)² + ridge Σ w²."""
        held = np.flatnonzero(weights)
        residual = self.target - weights[held] @ self.rows[held]
        return float(residual @ residual + self.ridge * (weights @ weights))

    def gram(self, chosen: IntArray) -> FloatArray:
        """Z'Z + ridge I of some columns, Z formed first so that close fits keep their digits."""
        part = self.rows[chosen] - self.target
        found: FloatArray = part @ part.T
        found.flat[:: len(chosen) + 1] += self.ridge
        return found


def _minimise(problem: _Problem, start: FloatArray | None) -> tuple[FloatArray, int]:
    """Weights at a minimum, and how often the whole gradient was screened."""
    count = len(problem.rows)
    weights = np.zeros(count)
    if start is not None and start.shape == (count,) and start.sum() > 0 and (start >= 0).all():
        # a minimiser is sparse: of a start that is not, the largest weights serve
        largest = np.argsort(-start, kind="stable")[:_FIRST]
        weights[largest] = start[largest] / start[largest].sum()
    else:
        weights[int(problem.lengths.argmin())] = 1.0
    best = np.inf
    chosen = np.flatnonzero(weights)
    gram = problem.gram(chosen)
    for rounds in range(1, _MOST_ROUNDS + 1):
        gradient = problem.gradient(weights)
        short = float(weights @ gradient) - gradient
        short[chosen] = 0.0
        violating = np.flatnonzero(short > _TARGET * problem.scale)
        if rounds > 1 and not len(violating):
            return weights, rounds
        objective = problem.objective(weights)
        if rounds > 2 and not objective < best:
            return weights, rounds
        best = objective
        # with a ridge most columns carry weight, and a small problem is solved as a whole
        whole = problem.ridge > 0 and count <= _WHOLE
        most = count if whole else _FIRST if rounds == 1 else _READMITTED
        entering = violating
        if len(violating) > most:
            entering = violating[np.argpartition(-short[violating], most)[:most]]
        # columns without weight that the last round did not need make room
        kept = chosen if whole or len(chosen) < 3 * _FIRST else np.flatnonzero(weights)
        before = {int(name): place for place, name in enumerate(chosen)}
        chosen = np.concatenate([kept, entering])
        gram = _extended(problem, gram, np.array([before[int(name)] for name in kept], dtype=np.int64), kept, entering)
        inner = _active_set(gram, weights[chosen], problem.scale)
        weights = np.zeros(count)
        weights[chosen] = inner
    return weights, _MOST_ROUNDS


def _extended(problem: _Problem, gram: FloatArray, places: IntArray, kept: IntArray, entering: IntArray) -> FloatArray:
    """The Gram matrix of kept and entering columns, the kept part not formed again."""
    if not len(entering):
        return gram[np.ix_(places, places)]
    size, extra = len(kept), len(entering)
    found = np.empty((size + extra, size + extra))
    found[:size, :size] = gram[np.ix_(places, places)]
    new = problem.rows[entering] - problem.target
    cross = new @ (problem.rows[kept] - problem.target).T
    found[size:, :size] = cross
    found[:size, size:] = cross.T
    found[size:, size:] = new @ new.T
    corner = np.arange(size, size + extra)
    found[corner, corner] += problem.ridge
    return found


def _active_set(gram: FloatArray, weights: FloatArray, scale: float) -> FloatArray:
    """Minimise w'Gw on the simplex from feasible weights."""
    size = len(gram)
    jitter = _JITTER * float(gram.diagonal().max() + np.finfo(np.float64).tiny)
    weights = weights.copy()
    block, barred = max(1, size), np.zeros(size, dtype=bool)
    support = np.flatnonzero(weights > 0)
    gradient = gram[:, support] @ weights[support]
    value = float(weights[support] @ gradient[support])
    fresh = True
    for _ in range(20 * size + 50):
        short = value - gradient
        short[support] = 0.0
        short[barred] = 0.0
        violating = np.flatnonzero(short > 0.1 * _TARGET * scale)
        if not len(violating) and not fresh:
            break
        entering = violating
        if len(violating) > block:
            entering = violating[np.argpartition(-short[violating], block - 1)[:block]]
        widened = np.union1d(support, entering)
        moved, held, slope, reached = _valued(gram, _leap(gram, widened, jitter))
        if not (reached < value or fresh):
            moved, held, slope, reached = _valued(gram, _move(gram, weights, widened, jitter))
        if reached < value or fresh:
            gained = value - reached
            weights, support, gradient, value = moved, held, slope, reached
            fresh = False
            block = max(1, min(size, 2 * block)) if gained > 0 else block
            if gained > 0:
                barred[:] = False
        elif block > 1:
            block = max(1, min(block, len(entering)) // 2)
        else:
            # rounding alone stands between this column and the minimum
            barred[entering] = True
    return weights


def _valued(gram: FloatArray, weights: FloatArray) -> tuple[FloatArray, IntArray, FloatArray, float]:
    """Weights, where they are, half the gradient and the value there."""
    held = np.flatnonzero(weights > 0)
    slope = gram[:, held] @ weights[held]
    return weights, held, slope, float(weights[held] @ slope[held])


def _affine_minimum(gram: FloatArray, support: IntArray, jitter: float) -> FloatArray:
    """The weights of some columns, of either sign, that minimise w'Gw with Σw = 1."""
    size = len(support)
    kept = gram[support[:, None], support]
    lift = float(kept.diagonal().mean()) or 1.0
    while True:
        part = kept + lift
        part.flat[:: size + 1] += jitter
        _, solved, failed = linalg.lapack.dposv(part, np.ones(size), lower=1, overwrite_a=1)
        if not failed:
            found: FloatArray = solved / solved.sum()
            return found
        jitter *= 100.0


def _leap(gram: FloatArray, support: IntArray, jitter: float) -> FloatArray:
    """Feasible weights by leaving out all columns that would be negative, at once: quick, and mostly an improvement."""
    found = np.zeros(len(gram))
    while True:
        wanted = _affine_minimum(gram, support, jitter)
        keep = wanted > 0
        if keep.all():
            found[support] = wanted
            return found
        support = support[keep]


def _move(gram: FloatArray, weights: FloatArray, support: IntArray, jitter: float) -> FloatArray:
    """From feasible weights to the minimum over the affine hull of some columns, never uphill on the way."""
    weights = weights.copy()
    while True:
        wanted = _affine_minimum(gram, support, jitter)
        if (wanted > 0).all():
            found = np.zeros_like(weights)
            found[support] = wanted
            return found
        held = weights[support]
        falling = wanted <= 0
        steps = held[falling] / np.maximum(held[falling] - wanted[falling], np.finfo(np.float64).tiny)
        step = float(steps.min())
        held = held + step * (wanted - held)
        out = falling & (held <= 1e-15)
        out[np.flatnonzero(falling)[steps <= step]] = True
        held[out] = 0.0
        weights[support] = np.maximum(held, 0.0)
        support = support[~out]
        weights[support] /= weights[support].sum() if weights[support].sum() > 0 else 1.0


def _certified(problem: _Problem, weights: FloatArray, rounds: int) -> SimplexSolution:
    """The solution with its certificate, moved to the least norm where the minimiser is not unique."""
    unique = True
    if not problem.ridge:
        gradient = problem.gradient(weights)
        multiplier = float(weights @ gradient)
        face = np.flatnonzero((gradient - multiplier <= _FACE * problem.scale) | (weights > 0))
        moved = _least_norm(problem, weights, face)
        if moved is not None:
            unique = False
            if _kkt(problem, moved) <= max(KKT_TOLERANCE * 1e-2, 10 * _kkt(problem, weights)):
                weights = moved
    return SimplexSolution(weights, problem.objective(weights), _kkt(problem, weights), rounds, unique)


def _kkt(problem: _Problem, weights: FloatArray) -> float:
    """How far the first-order conditions are from holding, relative to the problem's scale."""
    gradient = problem.gradient(weights)
    multiplier = float(weights @ gradient)
    short = float((multiplier - gradient).max())
    slack = float((weights * np.abs(gradient - multiplier)).max())
    return max(short, slack, 0.0) / problem.scale


def _least_norm(problem: _Problem, weights: FloatArray, face: IntArray) -> FloatArray | None:
    """The least-norm weights with the same fit on a face; None where the face has but one point.

    min ‖w‖² with Zw and Σw as they are, w ≥ 0: its dual is smooth, w = (Vν)₊ with V an orthonormal basis of the rows of
    the constraints, and is solved by Newton's method.
    """
    if len(face) < 2:
        return None
    stacked = np.empty((len(face), problem.rows.shape[1] + 1))
    stacked[:, :-1] = problem.rows[face] - problem.target
    spread = float(np.abs(stacked[:, :-1]).max()) or 1.0
    stacked[:, -1] = spread
    if len(face) <= stacked.shape[1]:
        lengths = linalg.eigvalsh(stacked @ stacked.T, check_finite=False)
        if lengths[0] > 1e-10 * lengths[-1]:
            return None
    left, sizes, _ = linalg.svd(stacked, full_matrices=False, check_finite=False)
    basis = left[:, sizes > 1e-10 * sizes[0]]
    if basis.shape[1] == len(face):
        return None
    fixed = basis.T @ weights[face]
    dual = fixed.copy()

    def at(point: FloatArray) -> tuple[float, FloatArray, BoolArray]:
        raw = basis @ point
        held = raw > 0
        part = raw[held]
        return 0.5 * float(part @ part) - float(fixed @ point), basis[held].T @ part - fixed, held

    value, miss, held = at(dual)
    for _ in range(_MOST_NEWTON):
        off = float(np.abs(miss).max())
        if off <= 1e-13:
            break
        curve = basis[held].T @ basis[held]
        # fewer columns held than constraints: the damping vanishes as the constraints are met
        curve[np.diag_indices_from(curve)] += min(1e-3, 0.1 * off) + 1e-14
        step = linalg.solve(curve, miss, assume_a="pos", check_finite=False)
        size, tried = 1.0, at(dual - step)
        while size > 1e-9 and not (tried[0] < value or np.abs(tried[1]).max() < 0.5 * off):
            size *= 0.5
            tried = at(dual - size * step)
        if size <= 1e-9:
            break
        dual = dual - size * step
        value, miss, held = tried
    found = np.zeros_like(weights)
    found[face] = np.maximum(basis @ dual, 0.0)
    total = found.sum()
    return found / total if total > 0 else None
