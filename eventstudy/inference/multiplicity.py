"""Adjusted p-values: Holm and Benjamini-Hochberg, equal to those of statsmodels."""

from __future__ import annotations

import numpy as np

from eventstudy._arrays import FloatArray


def _adjust(pvalues: FloatArray, factors: FloatArray, step_up: bool) -> FloatArray:
    """Ordered p times factor, made monotone, back in the order given; missing p stay missing and uncounted."""
    adjusted = np.full(len(pvalues), np.nan)
    present = np.flatnonzero(np.isfinite(pvalues))
    order = present[np.argsort(pvalues[present], kind="stable")]
    scaled = pvalues[order] * factors
    monotone = np.minimum.accumulate(scaled[::-1])[::-1] if step_up else np.maximum.accumulate(scaled)
    adjusted[order] = np.minimum(monotone, 1.0)
    return adjusted


def holm(pvalues: FloatArray) -> FloatArray:
    """Holm's adjusted p of one family.

    Parameters
    ----------
    pvalues : (m,) float
        Raw p; a missing one is not counted and stays missing.

    Returns
    -------
    (m,) float

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, np.nan, 0.03]))
    array([0.03, 0.06,  nan, 0.06])
    """
    count = int(np.isfinite(pvalues).sum())
    return _adjust(pvalues, np.arange(count, 0, -1.0), step_up=False)


def benjamini_hochberg(pvalues: FloatArray) -> FloatArray:
    """Benjamini and Hochberg's adjusted p of one family.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.04, np.nan, 0.03]))
    array([0.03, 0.04,  nan, 0.04])
    """
    count = int(np.isfinite(pvalues).sum())
    return _adjust(pvalues, count / np.arange(1.0, count + 1.0), step_up=True)
