"""The BMP t by hand, plain and adjusted."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest

from eventstudy.inference.bmp import adjusted_bmp_t, bmp_t
from eventstudy.inference.patell import adjusted_patell_z


def test_three_scars(panels: ModuleType) -> None:
    # SCAR 1, 2, 6: mean 3, variance (4 + 1 + 9)/2 = 7; t² = 9 · 3/7
    found = bmp_t(panels.hand_sample([0.01, 0.04, 0.06], sigma=[0.01, 0.02, 0.01]))
    assert found.statistic == pytest.approx(math.sqrt(27 / 7), rel=1e-12)
    assert found.pvalue == pytest.approx(1 - math.sqrt(27 / 41), rel=1e-12)
    assert (found.name, found.distribution, found.n_pairs) == ("bmp_t", "t(2)", 3)


def test_adjusted_by_half_a_correlation(panels: ModuleType) -> None:
    # SCAR 1, 2: mean 3/2 over (√½)/√2 = 1/2 is 3; r̄ = 1/2: times √((1/2)/(3/2)) is √3; one cluster of two: t(1)
    found = adjusted_bmp_t(panels.hand_sample([1.0, 2.0], residuals=[[1, -1, 1, -1], [1, -1, 1, 1]]))
    assert found.statistic == pytest.approx(math.sqrt(3), rel=1e-12)
    # t(1) is Cauchy: p = 1 - (2/π) atan √3 = 1/3
    assert found.pvalue == pytest.approx(1 / 3, rel=1e-10)
    assert (found.name, found.distribution, found.n_pairs) == ("adjusted_bmp_t", "t(1)", 2)


def test_without_correlation_the_adjustment_is_none(panels: ModuleType) -> None:
    sample = panels.hand_sample([1.0, 2.0], residuals=[[1, -1, 1, -1], [1, 1, -1, -1]])
    assert adjusted_bmp_t(sample).statistic == bmp_t(sample).statistic == pytest.approx(3.0)


def test_two_clusters_of_two_lose_degrees_of_freedom(panels: ModuleType) -> None:
    # r_c = 1/2 twice, N = 4: r̄ = 2·2·(1/2)/12 = 1/6; v = 3/2; g1 = 4 - 3/2 = 5/2;
    # g2 = 2(2 + 2/4) - 2·4·(9/4)/4 + 9/4 = 5 - 9/2 + 9/4 = 11/4; ν = (25/4)/(11/4) = 25/11
    sample = panels.hand_sample(
        [1.0, 2.0, 3.0, 5.0],
        residuals=[[1, -1, 1, -1], [1, -1, 1, 1]] * 2,
        position=[1000, 1000, 2000, 2000],
    )
    assert sample.correlation.mean == pytest.approx(1 / 6, rel=1e-12)
    assert sample.correlation.dof == pytest.approx(25 / 11, rel=1e-12)
    found = adjusted_bmp_t(sample)
    plain = bmp_t(sample).statistic
    assert found.statistic == pytest.approx(plain * math.sqrt((5 / 6) / (3 / 2)), rel=1e-12)
    assert found.distribution == "t(2.3)"


@pytest.mark.parametrize("cars", [[], [1.0]])
def test_fewer_than_two(panels: ModuleType, cars: list[float]) -> None:
    for statistic in (bmp_t, adjusted_bmp_t):
        found = statistic(panels.hand_sample(cars))
        assert math.isnan(found.statistic)
        assert math.isnan(found.pvalue)
        assert found.reason == "fewer than two observations"


def test_equal_scars(panels: ModuleType) -> None:
    for statistic in (bmp_t, adjusted_bmp_t):
        sample = panels.hand_sample([0.02, 0.04], sigma=[0.01, 0.02], residuals=[[1, -1, 1, -1], [1, 1, -1, -1]])
        found = statistic(sample)
        assert math.isnan(found.statistic)
        assert found.reason == "the statistic's standard error is zero or undefined"


def test_observations_that_move_as_one(panels: ModuleType) -> None:
    found = adjusted_bmp_t(panels.hand_sample([1.0, 2.0], residuals=np.tile([1.0, -1.0, 2.0], (2, 1))))
    assert math.isnan(found.statistic)
    assert found.reason == "the observations move as one"


# three products of 1 and five of -1: r = -1/4
OPPOSED = [[1, -1, 1, -1, 1, -1, 1, -1], [1, -1, 1, 1, -1, 1, -1, 1]]


def test_negative_correlations_as_the_paper_has_them(panels: ModuleType) -> None:
    # SCAR 1, 2: t = 3. r̄ = -1/4: √((5/4)/(3/4)) 3 = √15; t(1): p = 1 - (2/π) atan √15
    sample = panels.hand_sample([1.0, 2.0], residuals=OPPOSED)
    assert sample.correlation.mean == pytest.approx(-0.25, rel=1e-12)
    assert adjusted_bmp_t(sample).statistic == pytest.approx(3.0, rel=1e-12)
    found = adjusted_bmp_t(sample, floor=None)
    assert found.statistic == pytest.approx(math.sqrt(15), rel=1e-12)
    assert found.distribution == "t(1)"
    assert found.pvalue == pytest.approx(1 - 2 / math.pi * math.atan(math.sqrt(15)), rel=1e-10)
    # Z = 3/√(2 · 118/116), over √(1 - 1/4)
    plain = 3 / math.sqrt(2 * 118 / 116)
    assert adjusted_patell_z(sample).statistic == pytest.approx(plain, rel=1e-12)
    assert adjusted_patell_z(sample, floor=None).statistic == pytest.approx(plain / math.sqrt(0.75), rel=1e-12)


def test_a_negative_cluster_offsets_a_positive_one_without_floor(panels: ModuleType) -> None:
    # r_c = 1/2 and -1/4, N = 4: r̄ = (2/2 - 2/4)/12 = 1/24; v = 3/2 and 3/4, mean 9/8; g1 = 23/8;
    # g2 = 4 + 2/4 + 2/16 - 2·2(9/4 + 9/16)/4 + 81/64 = 197/64; ν = 529/197
    residuals = [[1, -1, 1, -1, 1, -1, 1, -1], [1, -1, 1, 1, 1, -1, 1, 1], *OPPOSED]
    sample = panels.hand_sample([1.0, 2.0, 3.0, 5.0], residuals=residuals, position=[1000, 1000, 2000, 2000])
    found = sample.state.correlation_above(None)
    assert (found.mean, found.floored) == (sample.correlation.mean, pytest.approx(1 / 24, rel=1e-12))
    assert found.dof == pytest.approx(529 / 197, rel=1e-12)
    assert sample.correlation.floored == pytest.approx(1 / 12, rel=1e-12)


def test_correlations_that_leave_no_variance(panels: ModuleType) -> None:
    # r̄ = -1 = -1/(N - 1)
    sample = panels.hand_sample([1.0, 2.0], residuals=[[1, -1, 1, -1], [-1, 1, -1, 1]])
    for statistic in (adjusted_bmp_t, adjusted_patell_z):
        assert math.isfinite(statistic(sample).statistic)
        found = statistic(sample, floor=None)
        assert math.isnan(found.statistic)
        assert math.isnan(found.pvalue)
        assert found.reason.startswith("the mean correlation is -1/(N - 1) or less")


def test_degrees_of_freedom_of_the_paper(panels: ModuleType) -> None:
    sample = panels.hand_sample(
        [1.0, 2.0, 3.0, 5.0], residuals=[[1, -1, 1, -1], [1, -1, 1, 1]] * 2, position=[1000, 1000, 2000, 2000]
    )
    ours, paper = adjusted_bmp_t(sample), adjusted_bmp_t(sample, dof="paper")
    assert paper.statistic == ours.statistic
    assert (ours.distribution, paper.distribution) == ("t(2.3)", "t(3)")
    assert paper.pvalue < ours.pvalue


def test_options_by_other_words(panels: ModuleType) -> None:
    sample = panels.hand_sample([1.0, 2.0])
    for statistic in (adjusted_bmp_t, adjusted_patell_z):
        with pytest.raises(ValueError, match=r"floor: -0.1 unknown; choose from 0.0, None"):
            statistic(sample, floor=-0.1)
    with pytest.raises(ValueError, match="dof: 'kp' unknown; choose from satterthwaite, paper"):
        adjusted_bmp_t(sample, dof="kp")


@pytest.mark.slow
def test_size_of_two_dates(panels: ModuleType) -> None:
    """t(N - 1) rejects too often where two dates of 20 stand for 40; ν gives that back."""
    rng = np.random.default_rng(20)
    rejected, draws, days = np.zeros(2), 3_000, 60
    position = np.repeat([1000, 3000], 20)
    for _ in range(draws):
        common = rng.normal(size=(2, 1, days + 1))
        values = (math.sqrt(0.45) * common + math.sqrt(0.55) * rng.normal(size=(2, 20, days + 1))).reshape(40, days + 1)
        sample = panels.hand_sample(values[:, days], residuals=values[:, :days], position=position)
        rejected += [adjusted_bmp_t(sample, dof=word).pvalue < 0.05 for word in ("paper", "satterthwaite")]
    paper, ours = rejected / draws
    assert 0.05 < paper < 0.085
    assert 0.025 < ours < 0.05
