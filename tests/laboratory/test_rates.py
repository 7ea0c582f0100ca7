"""Rates, their intervals and verdicts, and what theory says of a rate."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from eventstudy.laboratory import bmp_rejection, verdict, wilson_interval
from eventstudy.laboratory.markdown import _pivot, markdown_table
from eventstudy.laboratory.power import detectable_effect
from eventstudy.laboratory.rates import rejection_rate

ROUNDING = 1e-12
# simulated rates: five binomial standard errors
SIGMAS = 5.0


@pytest.mark.parametrize(("hits", "count"), [(0, 20), (3, 20), (20, 20), (417, 1352)])
def test_wilson_equals_statsmodels(hits: int, count: int) -> None:
    expected = proportion_confint(hits, count, method="wilson")
    np.testing.assert_allclose(wilson_interval(hits / count, count), expected, rtol=0, atol=ROUNDING)


def test_no_draws_no_interval_no_verdict() -> None:
    assert all(map(math.isnan, wilson_interval(math.nan, 0)))
    assert verdict(math.nan, math.nan) == ""
    assert math.isnan(rejection_rate(np.array([np.nan]), 0.05)[0])


@pytest.mark.parametrize(
    ("low", "high", "level", "word"),
    [
        (0.025, 0.075, 0.05, "holds"),
        (0.0249, 0.06, 0.05, "undecided"),
        (0.05, 0.0751, 0.05, "undecided"),
        (0.0, 0.3, 0.05, "undecided"),
        (0.0751, 0.2, 0.05, "over-rejects"),
        (0.0, 0.0249, 0.05, "under-rejects"),
        (0.006, 0.014, 0.01, "holds"),
        (0.06, 0.14, 0.10, "holds"),
        (0.16, 0.2, 0.10, "over-rejects"),
    ],
)
def test_verdicts(low: float, high: float, level: float, word: str) -> None:
    assert verdict(low, high, level) == word


def test_a_missing_p_is_no_draw() -> None:
    assert rejection_rate(np.array([0.04, np.nan, 0.06, 0.05]), 0.05) == (2 / 3, 3)


@pytest.mark.parametrize(("n", "correlation"), [(50, 0.06), (10, 0.34), (5, 0.15)])
def test_bmp_rejection_equals_correlated_draws(n: int, correlation: float) -> None:
    draws = 20_000
    rng = np.random.default_rng(11)
    common = rng.standard_normal((draws, 1)) * math.sqrt(correlation)
    values = common + rng.standard_normal((draws, n)) * math.sqrt(1 - correlation)
    rate = float((stats.ttest_1samp(values, 0.0, axis=1).pvalue <= 0.05).mean())
    expected = bmp_rejection(n, correlation)
    assert abs(rate - expected) < SIGMAS * math.sqrt(expected * (1 - expected) / draws)


def test_bmp_rejection_values() -> None:
    # 1 + 49 × 0.06 = 3.94 and 0.94: t_.975,49 = 2.0096 shrinks to 0.9816
    assert bmp_rejection(50, 0.06) == pytest.approx(2 * stats.t.sf(2.00958 * math.sqrt(0.94 / 3.94), 49), abs=1e-5)
    assert bmp_rejection(50, 0.06) == pytest.approx(0.33, abs=0.005)
    assert bmp_rejection(7, 0.0, 0.1) == pytest.approx(0.1, abs=ROUNDING)
    with pytest.raises(ValueError, match="correlation 1"):
        bmp_rejection(10, 1.0)


def test_detectable_effect() -> None:
    effects, rates = np.array([0.0, 0.01, 0.02, 0.03]), np.array([0.05, 0.4, 0.9, 0.7])
    # from 0.4 to 0.9, 0.8 is at four fifths; a later fall does not matter
    assert detectable_effect(effects, rates) == pytest.approx(0.018)
    assert math.isnan(detectable_effect(effects, rates / 2))
    assert detectable_effect(effects, np.full(4, 0.85)) == 0.0


def test_markdown_keeps_its_columns() -> None:
    made = markdown_table(("a", "b"), [("x|y", "1")], right=1).splitlines()
    assert made == ["| a | b |", "|---|---:|", r"| x\|y | 1 |"]


def test_a_sector_of_a_file_is_no_markup() -> None:
    frame = pd.DataFrame(
        {"sector": ["<b>[x](y)|"], "n_members": [5], "window": ["[0,0]"], "test": ["bmp_t"], "cell": ["4.9 ▲"]}
    )
    assert _pivot(frame, ("sector",)).splitlines()[-1] == r"| \<b\>\[x\](y)\| | 5 | \[0,0\] | 4.9 ▲ |"
