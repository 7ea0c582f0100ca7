"""Every statistic against the formulas written as loops, on random studies with every irregularity."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest

from eventstudy.inference.headline import headline
from eventstudy.inference.portfolio import portfolio_variance
from eventstudy.results.group_tables import CLOSED_FORM

# sums of some hundred numbers of order one, in another order
ROUNDING = {"rel": 1e-10, "abs": 1e-10}

IN_LOOPS = {
    "cross_sectional_t", "time_series_t", "portfolio_t", "patell_z", "bmp_t", "adjusted_patell_z", "adjusted_bmp_t",
    "rank_z", "grank_t", "sign", "generalized_sign_z",
}  # fmt: skip


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("seed", [1, 2])
def test_statistic_and_p(panels: ModuleType, reference: ModuleType, seed: int, number: int) -> None:
    study = panels.random_study(seed)
    window = study.arrays.windows[number].window
    checked = 0
    for rows in panels.groups_of(study):
        sample = study.sample(rows, number)
        if sample.n < 2:
            continue
        group = reference.observations(study.arrays, sample.rows)
        expected = reference.all_statistics(group, window, study.arrays.min_estimation)
        assert set(expected) == IN_LOOPS
        for name, (statistic, pvalue) in expected.items():
            found = CLOSED_FORM[name](sample)
            assert found.statistic == pytest.approx(statistic, **ROUNDING), (name, len(rows))
            assert found.pvalue == pytest.approx(pvalue, **ROUNDING), (name, len(rows))
            assert found.n_pairs == sample.n
            checked += 1
    assert checked > 100


@pytest.mark.parametrize(("seed", "missing"), [(3, 0.02), (4, 0.02), (5, 0.02), (3, 0.12)])
def test_correlation_and_portfolio_of_groups_with_partial_overlap(
    panels: ModuleType, reference: ModuleType, seed: int, missing: float
) -> None:
    """Thin trading leaves too few full columns, so that pairs speak inside clusters and between them."""
    study = panels.random_study(seed, common=1.2, missing=missing)
    overlapping, by_pairs = 0, 0
    for rows in panels.groups_of(study):
        sample = study.sample(rows, 2)
        if sample.n < 2:
            continue
        group = reference.observations(study.arrays, sample.rows)
        expected = reference.correlation(group, sample.length)
        found = sample.correlation
        assert found.mean == pytest.approx(expected.mean, **ROUNDING)
        assert found.floored == pytest.approx(expected.floored, **ROUNDING)
        assert found.inflation == pytest.approx(expected.inflation, **ROUNDING)
        assert found.dof == pytest.approx(expected.dof, **ROUNDING)
        v, d = reference.portfolio(group, (0, 4), study.arrays.min_estimation)
        assert portfolio_variance(sample) == pytest.approx((v, d), **ROUNDING)
        overlapping += bool(sample.overlap.any())
        by_pairs += any(one.size > 1 and not one.enough for one in sample.cluster_sums)
    assert overlapping >= 2
    assert by_pairs >= (5 if missing > 0.1 else 0)


def test_headline_numbers_and_intervals(panels: ModuleType, reference: ModuleType) -> None:
    """Standard error, interval and share of METHODS 5.9, for each of the three headline tests."""
    from scipy import stats

    seen = set()
    for seed in (6, 7):
        study = panels.random_study(seed)
        for rows in panels.groups_of(study):
            sample = study.sample(rows, 1)
            top = headline(sample, (0,))
            group = reference.observations(study.arrays, sample.rows)
            window = study.arrays.windows[1].window
            car = [one.car(window) for one in group]
            caar = sum(car) / len(car)
            v, d = reference.portfolio(group, window, study.arrays.min_estimation)
            assert top.caar == pytest.approx(caar, **ROUNDING)
            assert top.caar_se == pytest.approx(math.sqrt(v), **ROUNDING)
            assert top.share_positive == pytest.approx(sum(value > 0 for value in car) / len(car))
            assert top.n_pairs == len(group)
            seen.add(top.test)
            if top.test == "portfolio_t":
                half = stats.t.ppf(0.975, d) * math.sqrt(v)
                assert (top.ci_low, top.ci_high) == pytest.approx((caar - half, caar + half), **ROUNDING)
                assert top.pvalue == pytest.approx(2 * stats.t.sf(abs(caar) / math.sqrt(v), d), **ROUNDING)
            elif top.test == "adjusted_bmp_t":
                common = reference.correlation(group, 3)
                scar = np.array([one.scar(window) for one in group])
                inverse = sum(1 / one.sigma(window) for one in group)
                harmonic = len(group) / inverse
                error = harmonic * reference.sd(scar.tolist())
                error *= math.sqrt(common.inflation / ((1 - common.floored) * len(group)))
                half, centre = stats.t.ppf(0.975, common.dof) * error, scar.sum() / inverse
                assert (top.ci_low, top.ci_high) == pytest.approx((centre - half, centre + half), **ROUNDING)
                q = np.mean([one.dof / (one.dof - 2) for one in group])
                ratio = scar.var(ddof=1) / (q * (1 - common.floored))
                assert top.variance_ratio == pytest.approx(ratio, **ROUNDING)
    assert seen == {"portfolio_t", "adjusted_bmp_t", "wild_bootstrap_t"}
