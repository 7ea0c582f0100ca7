"""Conformal, placebo, bootstrap and joint bands: hand numbers, size, coverage, independence of workers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from eventstudy.counterfactual.base import CounterfactualFit, CounterfactualPanel
from eventstudy.counterfactual.conformal import conformal, conformal_pvalue, shift_statistics
from eventstudy.counterfactual.effects import enlargement, simultaneous_effects
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
    with pytest.raises(ValueError, match="statistic: 'mean' unknown; choose from total, absolute"):
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


def test_joint_bands_by_hand(factor_panel):
    # residuals before ±1% in turn for one group and ±2% in step with it for the other: sums over one day have
    # deviations 1% and 2%, the largest ratio is 1 on every day, so bands are effect ± one deviation
    turn = np.array([0.01, -0.01] * 20)
    one = CounterfactualFit("x", np.append(turn, 0.05), np.zeros(41), np.ones(1), 40, 0.0)
    two = CounterfactualFit("x", np.append(2 * turn, 0.01), np.zeros(41), np.ones(1), 40, 0.0)
    found = simultaneous_effects([one, two], np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]]))
    assert found.effect.tolist() == pytest.approx([0.05, 0.01, 0.04])
    assert found.se.tolist() == pytest.approx([0.01, 0.02, 0.01])
    assert found.critical == pytest.approx(1.0)
    assert found.ci_low.tolist() == pytest.approx([0.04, -0.01, 0.03])
    assert found.pvalue.tolist() == pytest.approx([1 / 41, 1.0, 1 / 41])
    # ten numbers fitted on forty days: residuals too small by √(30/40), the error of predicting larger by √(50/40)
    used = CounterfactualFit("x", one.observed, one.expected, one.weights, 40, 10.0)
    assert enlargement(used) == pytest.approx(np.sqrt(4 / 3 * 5 / 4))
    assert simultaneous_effects([used]).se[0] == pytest.approx(0.01 * enlargement(used))
    with pytest.raises(ValueError, match="fits: of different days"):
        simultaneous_effects([one, DifferenceInMeans().fit(factor_panel(np.random.default_rng(0)))])
    with pytest.raises(ValueError, match=r"contrasts: shape \(1, 3\) for 2 fits"):
        simultaneous_effects([one, two], np.ones((1, 3)))


def test_joint_bands_cover_all_groups_at_once(factor_panel):
    covered, alone, runs = 0, 0, 250
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        panel = factor_panel(rng, treated=12, donors=20, before=120)
        fits = [
            SyntheticControl().fit(CounterfactualPanel(panel.treated[first : first + 3], panel.donors, 120))
            for first in (0, 3, 6, 9)
        ]
        found = simultaneous_effects(fits)
        inside = (found.ci_low <= 0.0) & (found.ci_high >= 0.0)
        covered += bool(inside.all())
        alone += int(inside[0])
    low, high = band(0.95, runs)
    assert low <= covered / runs <= high
    assert alone > covered
