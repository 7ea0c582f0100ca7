"""Sign tests: the share of positive CARs against one half, or against its share on ordinary days."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.sample import GroupSample


def sign(sample: GroupSample) -> StatisticResult:
    """Number of positive CARs, exact binomial against 1/2; zeros are dropped."""
    null = "CARs are positive as often as negative"
    positive, negative = int((sample.car > 0).sum()), int((sample.car < 0).sum())
    count = positive + negative
    if count < 2:
        return missing(sample, "sign", null, "fewer than two observations differ from zero")
    pvalue = min(1.0, 2.0 * float(special.bdtr(min(positive, negative), count, 0.5)))
    return StatisticResult("sign", null, float(positive), pvalue, f"B({count},0.5)", sample.n)


def generalized_sign_z(sample: GroupSample) -> StatisticResult:
    """(w - N p̂)/√(N p̂ (1 - p̂)), N(0, 1): Cowan 1992.

    p̂ is the mean over observations of the share of positive one-day abnormal returns in the estimation window.
    """
    name, null = "generalized_sign_z", "CARs are positive as often as on ordinary days"
    if sample.n < 2:
        return missing(sample, name, null, "fewer than two observations")
    residuals = sample.arrays.fit.residuals[sample.rows]
    share = (residuals > 0).sum(axis=1) / np.isfinite(residuals).sum(axis=1)
    expected = float(share.mean())
    spread = sample.n * expected * (1.0 - expected)
    if not spread > 0:
        return missing(sample, name, null, "estimation residuals have one sign only")
    positive = int((sample.car > 0).sum())
    return t_result(sample, name, null, (positive - sample.n * expected) / math.sqrt(spread), math.inf)
