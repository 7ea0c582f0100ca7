"""What theory says of a test's size where its assumption fails."""

from __future__ import annotations

import math

from eventstudy.inference.base import t_pvalue, t_quantile


def bmp_rejection(n: int, correlation: float, level: float = 0.05) -> float:
    """Probability that the unadjusted BMP t rejects, for N equally correlated normal observations on one date.

    Parameters
    ----------
    n : int
        Observations N, at least 2.
    correlation : float
        Their common residual correlation ρ, below 1.
    level : float
        Nominal level.

    Returns
    -------
    float
        2 F(-t √((1 - ρ)/(1 + (N - 1) ρ))), F and t of Student's t(N - 1): the mean of SCAR has 1 + (N - 1) ρ times its
        independent variance, the spread over the group 1 - ρ times (Kolari & Pynnönen 2010). The cross-sectional t
        rejects as often where volatilities are equal.

    Raises
    ------
    ValueError
        If N or ρ is outside its range.

    Examples
    --------
    >>> round(bmp_rejection(50, 0.06), 3), round(bmp_rejection(50, 0.0), 3)
    (0.331, 0.05)
    """
    if n < 2 or not -1.0 / (n - 1) < correlation < 1:
        raise ValueError(
            f"n {n}, correlation {correlation}: give at least 2 observations and -1/(n - 1) < correlation < 1"
        )
    shrink = math.sqrt((1.0 - correlation) / (1.0 + (n - 1) * correlation))
    return t_pvalue(t_quantile(n - 1, 1.0 - level / 2.0) * shrink, n - 1)
