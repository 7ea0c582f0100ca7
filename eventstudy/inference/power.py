"""Minimal detectable effect: the true effect that a t test finds four times in five."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy import special

from eventstudy.inference.base import t_quantile

# Gauss-Legendre on the probability scale; the substitution below makes the ends smooth enough for ten digits
_NODE, _WEIGHT = np.polynomial.legendre.leggauss(300)


@lru_cache(maxsize=4096)
def detectable_noncentrality(dof: float, level: float = 0.05, power: float = 0.8) -> float:
    """m(ν): the noncentrality at which |t(ν)| passes its critical value with the power wanted.

    Parameters
    ----------
    dof : float
        ν; infinite for the normal.
    level, power : float
        Two-sided level of the test, power.

    Returns
    -------
    float
        By quadrature over the chi-square of the denominator (the noncentral t of SciPy is NaN in places).

    Examples
    --------
    >>> [round(detectable_noncentrality(nu), 2) for nu in (2.0, 5.0, 19.0)]
    [5.65, 3.51, 2.95]
    """
    critical = t_quantile(dof, 1.0 - level / 2.0)
    if math.isfinite(dof):
        middle = 0.5 * (_NODE + 1.0)
        # a finer grid near the ends, where the law of the denominator has its tails
        quantile = 3.0 * middle**2 - 2.0 * middle**3
        weight = 3.0 * middle * (1.0 - middle) * _WEIGHT
        root = critical * np.sqrt(special.chdtri(dof, 1.0 - quantile) / dof)
    else:
        root, weight = np.array([critical]), np.array([1.0])

    # Newton from above: the power is increasing and, beyond one half, concave in the shift
    shift = float((weight * root).sum()) + 3.0
    for _ in range(50):
        above, below = shift - root, -shift - root
        excess = float((weight * (special.ndtr(above) + special.ndtr(below))).sum()) - power
        slope = float((weight * (np.exp(-0.5 * above**2) - np.exp(-0.5 * below**2))).sum()) / math.sqrt(2.0 * math.pi)
        step = excess / slope
        shift = max(shift - step, 0.5 * shift)
        if abs(step) < 1e-12 * shift:
            break
    return shift
