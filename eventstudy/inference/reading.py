"""The five readings of a result: one function, which never looks at the size of the effect."""

from __future__ import annotations

import math

READINGS = ("clear", "suggestive", "uneven", "noise", "not_testable")
LEVEL = 0.05


def reading(pvalue: float, pvalue_holm: float, placebo_pvalue: float, n_pairs: int) -> str:
    """What a reader may be told of one group and window.

    Parameters
    ----------
    pvalue, pvalue_holm : float
        Headline p, raw and adjusted; NaN where there is none.
    placebo_pvalue : float
        Share of ordinary days that moved the group as far; NaN where there are too few.
    n_pairs : int
        Observations.

    Returns
    -------
    str
        ``clear``: adjusted p below 5%. ``suggestive``: raw p below 5%. ``uneven``: neither, but an unusual day for
        the group. ``noise``: none of these. ``not_testable``: no p, or one share alone.

    Examples
    --------
    >>> reading(0.001, 0.01, math.nan, 8), reading(0.03, 0.4, 0.5, 8), reading(0.3, 1.0, 0.005, 4)
    ('clear', 'suggestive', 'uneven')
    """
    if n_pairs < 2 or not math.isfinite(pvalue):
        return "not_testable"
    if pvalue_holm < LEVEL:
        return "clear"
    if pvalue < LEVEL:
        return "suggestive"
    return "uneven" if placebo_pvalue < LEVEL else "noise"
