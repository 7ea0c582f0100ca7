"""Conformal, placebo, bootstrap and joint bands: hand numbers, size, coverage, independence of workers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from eventstudy.counterfactual.base import CounterfactualPanel
from eventstudy.counterfactual.conformal import (
    conformal,
    conformal_pvalue,
    scaled_statistics,
    shift_statistics,
    usual_size,
)
from eventstudy.counterfactual.effects import simultaneous_effects
from eventstudy.counterfactual.interactive import InteractiveFixedEffects, factor_bootstrap
from eventstudy.counterfactual.means import DifferenceInDifferences, DifferenceInMeans
from eventstudy.counterfactual.placebo import placebo_draws, placebo_over_donors, scaled_effect
from eventstudy.counterfactual.synthetic_control import SyntheticControl
from eventstudy.processes import halved

RUNS = 400


def band(rate: float, runs: int) -> tuple[float, float]:
    """99% of tables of so many runs lie here."""
    low, high = stats.binom.ppf([0.005, 0.995], runs, rate) / runs
    return float(low), float(high)


def test_shifts_by_hand():
    # window = last two days; shifts: (4, 1), then (1, 2), (2, −3), (−3, 4) by wrapping around
    residuals = np.array([2.0, -3.0, 4.0, 1.0])
    assert sorted(shift_statistics(residuals, 2).tolist()) == [1.0, 1.0, 3.0, 5.0]
    assert shift_statistics(residuals, 2)[0] == 5.0
    assert conformal_pvalue(residuals, 2) == 0.25
    assert shift_statistics(residuals, 2, "absolute")[0] == 5.0
    # |−3| + |4| = 7 beats the event's 5
    assert conformal_pvalue(residuals, 2, "absolute") == pytest.approx(3 / 4)
    assert conformal_pvalue(np.zeros(9), 3) == 1.0
    with pytest.raises(ValueError, match="statistic: 'mean' unknown; choose from total, absolute, scaled"):
        conformal_pvalue(residuals, 2, "mean")


def test_an_interval_holds_what_is_not_rejected(factor_panel):
    panel = factor_panel(np.random.default_rng(1), before=99, after=2, effect=0.03)
    estimator = DifferenceInMeans()
    found = conformal(panel, estimator)
    assert found.n_shifts == 101
    assert found.pvalue == conformal_pvalue(estimator.residuals(panel), 2) < 0.05
    assert found.ci_low < estimator.fit(panel).att.sum() < found.ci_high
    for total, kept in ((found.ci_low + 1e-4, True), (found.ci_low - 1e-4, False), (found.ci_high + 1e-4, False)):
        p = conformal_pvalue(estimator.residuals(panel.without(total / 2)), 2)
        assert (p > 0.05) == kept
    # residuals in means do not depend on the effect, so the interval is |Σ_W| below the right order statistic
    effect = panel.mean - panel.donors.mean(axis=0)
    others = np.sort(shift_statistics(effect, 2))[::-1]
    assert found.ci_high - found.ci_low == pytest.approx(2 * others[4], rel=0.3)
    assert math.isnan(conformal(panel, estimator, interval=False).ci_low)
    # twelve shifts can never give a p of 5%: nothing is rejected
    short = conformal(factor_panel(np.random.default_rng(1), before=11), estimator)
    assert (short.ci_low, short.ci_high) == (-math.inf, math.inf)
    with pytest.raises(ValueError, match="level: 5 is no probability"):
        conformal(panel, estimator, level=5)


@pytest.mark.parametrize(
    "estimator", [SyntheticControl(), InteractiveFixedEffects(max_factors=4)], ids=lambda e: e.name
)
def test_conformal_keeps_its_level(estimator, factor_panel):
    ps = np.array(
        [
            conformal_pvalue(
                estimator.residuals(factor_panel(np.random.default_rng(seed), donors=15, before=59, after=1)), 1
            )
            for seed in range(RUNS)
        ]
    )
    for level in (0.05, 0.1):
        low, high = band(level, RUNS)
        assert low <= (ps <= level).mean() <= high


def test_placebo_keeps_its_level_where_treated_are_drawn_like_donors(factor_panel):
    ps = []
    for seed in range(200):
        panel = factor_panel(np.random.default_rng(seed), treated=2, donors=20, before=60)
        ps.append(placebo_over_donors(panel, DifferenceInDifferences(), np.random.default_rng(seed), 59).pvalue)
    for level in (0.05, 0.1):
        low, high = band(level, 200)
        assert low <= (np.array(ps) <= level + 1e-12).mean() <= high


def test_placebo_draws_are_made_first_and_workers_change_nothing(factor_panel):
    panel = factor_panel(np.random.default_rng(8), treated=3, donors=20, before=60, effect=0.1)
    alone = placebo_over_donors(panel, SyntheticControl(), np.random.default_rng(3), 40)
    shared = placebo_over_donors(panel, SyntheticControl(), np.random.default_rng(3), 40, run=halved)
    assert alone.ratios.tolist() == shared.ratios.tolist()
    # an effect of eight deviations lies beyond every donor's
    assert alone.pvalue == shared.pvalue == 1 / 41
    assert alone.own == scaled_effect(SyntheticControl().fit(panel))
    # one draw, by its own panel
    rows = placebo_draws(20, 3, np.random.default_rng(3), 40)[5]
    left = np.setdiff1d(np.arange(20), rows)
    drawn = SyntheticControl().fit(CounterfactualPanel(panel.donors[rows], panel.donors[left], 60))
    assert alone.ratios[5] == abs(drawn.att.sum()) / drawn.pre_rmse
    single = CounterfactualPanel(panel.treated[:1], panel.donors, 60)
    assert len(placebo_over_donors(single, DifferenceInMeans(), np.random.default_rng(0)).ratios) == 20
    few = CounterfactualPanel(panel.treated, panel.donors[:5], 60)
    assert placebo_over_donors(few, DifferenceInMeans(), np.random.default_rng(0)).reason == (
        "5 donors for 3 treated, 6 needed"
    )
    few = CounterfactualPanel(panel.treated[:1], panel.donors[:5], 60)
    assert placebo_over_donors(few, DifferenceInMeans(), np.random.default_rng(0)).reason == "only 5 donors, 19 needed"


def test_the_bootstrap_knows_the_spread_of_interactive_effects(factor_panel):
    estimator = InteractiveFixedEffects(factors=2)
    effects, errors = [], []
    for seed in range(150):
        panel = factor_panel(np.random.default_rng(seed), treated=4, donors=30, before=60, after=2)
        fit = estimator.fit(panel)
        effects.append(fit.att[0])
        if seed < 15:
            errors.append(factor_bootstrap(panel, fit, np.random.default_rng(seed), 100).se[0])
    # the deviation of 150 numbers is known to 6%, the mean of 15 bootstraps to about 4%
    assert np.mean(errors) == pytest.approx(np.std(effects, ddof=1), rel=0.2)
    drawn = factor_bootstrap(panel, fit, np.random.default_rng(0), 50)
    again = factor_bootstrap(panel, fit, np.random.default_rng(0), 50)
    assert drawn.effects.tolist() == again.effects.tolist()
    assert drawn.pvalues(np.array([1.96, 0.0]) * drawn.se) == pytest.approx([0.05, 1.0], abs=1e-4)
    assert drawn.se_total == pytest.approx(drawn.effects.sum(axis=1).std(ddof=1))
    few = CounterfactualPanel(panel.treated, panel.donors[:3], 60)
    with pytest.raises(ValueError, match="3 donors; the bootstrap needs 4"):
        factor_bootstrap(few, fit, np.random.default_rng(0))
    with pytest.raises(ValueError, match="draws: 1 has no spread"):
        factor_bootstrap(panel, fit, np.random.default_rng(0), 1)


def test_bootstrap_factors_are_those_of_a_full_decomposition(monkeypatch, factor_panel):
    from eventstudy.counterfactual import interactive

    panel = factor_panel(np.random.default_rng(6), treated=2, donors=130, before=120)
    fit = InteractiveFixedEffects(factors=2).fit(panel)
    quick = factor_bootstrap(panel, fit, np.random.default_rng(0), 20)
    monkeypatch.setattr(
        interactive, "_near_components", lambda donors, factors: interactive._components(donors, factors.shape[1])[0]
    )
    slow = factor_bootstrap(panel, fit, np.random.default_rng(0), 20)
    assert np.abs(quick.effects - slow.effects).max() < 1e-9


def test_usual_size_by_hand():
    # |û| on loudness: slope (Σ off·size)/(Σ off²) = 1, through the means (1.5, 2)
    residuals, loudness = np.array([1.0, -2.0, 3.0, -2.0]), np.array([0.5, 1.5, 2.5, 1.5])
    assert usual_size(residuals, loudness).tolist() == pytest.approx([1.0, 2.0, 3.0, 2.0])
    # the scaled statistics over one day are |û|/d = 1, over two days |Σû|/√Σd²; the first is the window, the last two
    assert scaled_statistics(residuals, 1, loudness).tolist() == pytest.approx([1.0, 1.0, 1.0, 1.0])
    assert scaled_statistics(residuals, 2, loudness)[0] == pytest.approx(1.0 / np.sqrt(13.0))
    # where loud days are no worse every day is alike, and no day counts for quieter than a quarter of the mean
    assert usual_size(residuals[::-1], np.array([2.5, 0.5, 0.5, 1.5])).tolist() == pytest.approx([2.0] * 4)
    assert usual_size(residuals, np.ones(4)).tolist() == [2.0] * 4
    assert usual_size(np.array([0.0, 0.0, 0.0, 4.0]), np.array([0.0, 1.0, 1.0, 2.0])).tolist() == [0.25, 1.0, 1.0, 3.0]
    assert usual_size(np.zeros(4), loudness).tolist() == [1.0] * 4
    assert conformal_pvalue(residuals, 1, "scaled", loudness) == 1.0
    assert conformal_pvalue(np.zeros(4), 1, "scaled", loudness) == 1.0
    with pytest.raises(ValueError, match="loudness: none given for the scaled statistic"):
        conformal_pvalue(residuals, 1, "scaled")


def test_loudness_by_hand(factor_panel):
    # medians of each day 0.02 and 0.0; distances 0.01 0 0.03 and 0.01 0 0.9: one wild donor changes nothing
    donors = np.array([[0.01, 0.01, 0.0, -0.01], [0.02, 0.0, 0.0, 0.0], [0.05, 0.0, 0.0, 0.9]])
    assert CounterfactualPanel(donors[:1], donors, 3).loudness.tolist() == pytest.approx([0.01, 0.0, 0.0, 0.01])


def test_the_scaled_test_keeps_its_level_on_loud_days_and_the_plain_one_does_not(factor_panel):
    # a tenth of the days are two and a half times as loud, the window among them
    plain, scaled = [], []
    for seed in range(RUNS):
        rng = np.random.default_rng(seed)
        panel = factor_panel(rng, donors=25, before=100)
        loud = np.where(rng.random(101) < 0.1, 2.5, 1.0)
        loud[-1] = 2.5
        moved = CounterfactualPanel(panel.treated * loud, panel.donors * loud, 100)
        residuals = DifferenceInMeans().residuals(moved)
        plain.append(conformal_pvalue(residuals, 1) <= 0.05)
        scaled.append(conformal_pvalue(residuals, 1, "scaled", moved.loudness) <= 0.05)
    # one day in ten is loud, and the plain test rejects on it as often as if all its 5% fell there and nowhere else
    assert np.mean(plain) > 0.2
    # loudness is estimated, from 25 donors, so that some of it remains
    assert np.mean(scaled) < 0.5 * np.mean(plain)


def test_joint_bands_by_hand():
    # donors never move: residuals are the treated's own returns, ±1% in turn for one group and ±2% for the other, the
    # window's 5 and 1%. In their own deviations √((40 · 1 + 25)/41) % and √((40 · 4 + 1)/41) % the window holds the
    # largest value of the first row only
    turn = np.array([0.01, -0.01] * 20)
    donors = np.zeros((3, 41))
    one, two = (
        CounterfactualPanel(np.append(size * turn, last)[None], donors, 40) for size, last in ((1, 0.05), (2, 0.01))
    )
    found = simultaneous_effects([one, two], DifferenceInMeans(), np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]]))
    assert found.effect.tolist() == pytest.approx([0.05, 0.01, 0.04])
    assert found.pvalue.tolist() == pytest.approx([1 / 41, 1.0, 1 / 41])
    # two of 41 days are 4.9%: an effect is rejected when what it leaves is larger than every other day's; those are 1%
    # and 2% in all rows alike, so bands end where 1% and 2% of the residual's own deviation are left
    assert found.ci_high - found.effect == pytest.approx(found.effect - found.ci_low)
    assert (found.ci_high - found.effect)[:2] == pytest.approx([0.01, 0.02], rel=0.02)
    # groups by themselves, and a window of two days
    alone = simultaneous_effects([one], DifferenceInMeans())
    assert alone.pvalue.tolist() == pytest.approx([1 / 41])
    short = CounterfactualPanel(one.treated, donors, 39)
    assert simultaneous_effects([short], DifferenceInMeans()).effect.tolist() == pytest.approx([0.04])
    # twelve shifts can never give a p of 5%
    few = CounterfactualPanel(one.treated[:, -12:], donors[:, -12:], 11)
    assert simultaneous_effects([few], DifferenceInMeans()).ci_high.tolist() == [math.inf]
    with pytest.raises(ValueError, match="panels: of different days"):
        simultaneous_effects([one, short], DifferenceInMeans())
    with pytest.raises(ValueError, match=r"contrasts: shape \(1, 3\) for 2 panels"):
        simultaneous_effects([one, two], DifferenceInMeans(), np.ones((1, 3)))
    with pytest.raises(ValueError, match="level: 95 is no probability"):
        simultaneous_effects([one], DifferenceInMeans(), level=95)


def test_a_joint_band_holds_what_no_value_of_the_others_saves(factor_panel):
    # beyond the band p is below the level for every value of the other effect, within it for one at least above; the
    # rows' own deviations move a little with the effects tried, so the band's end is known to 6% of its half width
    rng = np.random.default_rng(4)
    panel = factor_panel(rng, treated=6, donors=20, before=79, effect=0.02)
    groups = [CounterfactualPanel(panel.treated[rows], panel.donors, 79) for rows in (slice(0, 3), slice(3, 6))]
    found = simultaneous_effects(groups, SyntheticControl())
    for first, kept in ((found.ci_high[0] - 1e-3, True), (found.ci_high[0] + 1e-3, False)):
        ps = []
        for other in found.effect[1] + np.linspace(-0.03, 0.03, 25):
            left = [
                SyntheticControl().residuals(group.without(daily))
                for group, daily in zip(groups, (first, other), strict=True)
            ]
            stats_ = np.stack([scaled_statistics(row, 1, panel.loudness) for row in left])
            largest = (stats_ / np.sqrt((stats_**2).mean(axis=1, keepdims=True))).max(axis=0)
            ps.append((largest >= largest[0]).mean())
        assert (max(ps) > 0.05) == kept


def test_joint_bands_cover_all_groups_at_once(factor_panel):
    covered, alone, runs = 0, 0, 200
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]])
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        panel = factor_panel(rng, treated=6, donors=20, before=79)
        groups = [CounterfactualPanel(panel.treated[first : first + 3], panel.donors, 79) for first in (0, 3)]
        found = simultaneous_effects(groups, DifferenceInDifferences(), rows)
        inside = (found.ci_low <= 0.0) & (found.ci_high >= 0.0)
        # a band leaves out zero where its p is below the level
        assert inside.tolist() == (found.pvalue > 0.05).tolist()
        covered += bool(inside.all())
        alone += int(inside[0])
    low, high = band(0.95, runs)
    assert low <= covered / runs <= high
    assert alone > covered
