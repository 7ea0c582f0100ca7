"""Minimal detectable effect: the true effect that a t test finds four times in five."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy import special

from eventstudy._arrays import FloatArray
from eventstudy.inference.base import t_quantile


@lru_cache(maxsize=16)
def _probabilities(half: int) -> tuple[FloatArray, FloatArray]:
    """Upper-tail probabilities and weights of the 2 ``half`` + 1 points of a tanh-sinh rule.

    Takahasi & Mori 1974: the points crowd double exponentially at both ends, where the denominator's law has its tails,
    and cost nothing but themselves.
    """
    place = np.linspace(-3.0, 3.0, 2 * half + 1)
    bent = np.pi * np.sinh(place)
    weight = 0.5 * np.pi * np.cosh(place) / (1.0 + np.cosh(bent)) * (3.0 / half)
    return 1.0 / (1.0 + np.exp(bent)), weight


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
        By quadrature over the chi-square of the denominator (the noncentral t of SciPy is NaN in places), for ν of 1 or
        more to eleven digits.

    Examples
    --------
    >>> [round(detectable_noncentrality(nu), 2) for nu in (2.0, 5.0, 19.0)]
    [5.65, 3.51, 2.95]
    """
    critical = t_quantile(dof, 1.0 - level / 2.0)
    if math.isfinite(dof):
        # the larger the critical value, the sharper the step of the power over the denominator
        upper, weight = _probabilities(math.ceil(8.0 * max(critical, 10.0)))
        root = critical * np.sqrt(special.chdtri(dof, upper) / dof)
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
