"""What every closed-form statistic keeps, whatever it measures: an addition to ``CLOSED_FORM`` joins by itself."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest

from eventstudy.inference.base import StatisticResult
from eventstudy.inference.sample import GroupSample
from eventstudy.results.group_tables import CLOSED_FORM
from eventstudy.specification import CLOSED_FORM_TESTS

# the same sums in another order
ROUNDING = {"rel": 1e-9, "abs": 1e-9}
NAN = math.nan

# statistics whose single observation is measured against its own estimation window
OF_ONE = {"time_series_t", "portfolio_t", "patell_z"}

every_statistic = pytest.mark.parametrize("name", sorted(CLOSED_FORM))


def the_same(left: StatisticResult, right: StatisticResult) -> None:
    assert left.statistic == pytest.approx(right.statistic, nan_ok=True, **ROUNDING)
    assert left.pvalue == pytest.approx(right.pvalue, nan_ok=True, **ROUNDING)
    assert (left.name, left.distribution, left.n_pairs, left.reason) == (
        right.name, right.distribution, right.n_pairs, right.reason,
    )  # fmt: skip


def samples(panels: ModuleType) -> list[GroupSample]:
    """Small, large, one date, several, overlapping."""
    study = panels.random_study(31)
    return [study.sample(rows, number) for rows in panels.groups_of(study) for number in (0, 2)]


def test_every_default_test_is_a_closed_form() -> None:
    assert set(CLOSED_FORM_TESTS) <= set(CLOSED_FORM)


@every_statistic
def test_a_number_with_its_law_or_a_reason(panels: ModuleType, name: str) -> None:
    numbers = 0
    for sample in samples(panels):
        found = CLOSED_FORM[name](sample)
        assert found.name == name
        assert found.null
        assert found.n_pairs == sample.n
        if math.isnan(found.statistic):
            assert math.isnan(found.pvalue)
            assert found.reason
            assert found.distribution == ""
        else:
            assert math.isfinite(found.statistic)
            assert 0 <= found.pvalue <= 1
            assert found.reason == ""
            assert found.distribution
            numbers += 1
    assert numbers > 10


@every_statistic
def test_row_order_is_irrelevant(panels: ModuleType, name: str) -> None:
    rng = np.random.default_rng(5)
    study, shuffled = panels.random_study(32), panels.random_study(32, order=rng.permutation)
    left, right = study.arrays.panel.event, shuffled.arrays.panel.event
    assert not np.array_equal(left, right)
    for number in range(3):
        for one in [*np.unique(left).tolist(), None]:
            rows = np.flatnonzero(left == one) if one is not None else np.arange(len(left))
            others = np.flatnonzero(right == one) if one is not None else np.arange(len(right))
            the_same(CLOSED_FORM[name](study.sample(rows, number)), CLOSED_FORM[name](shuffled.sample(others, number)))


@every_statistic
def test_turned_returns_turn_the_statistic_and_keep_its_p(panels: ModuleType, name: str) -> None:
    for sample in samples(panels):
        plain, turned = CLOSED_FORM[name](sample), CLOSED_FORM[name](panels.flipped(sample))
        assert turned.reason == plain.reason
        assert turned.pvalue == pytest.approx(plain.pvalue, nan_ok=True, **ROUNDING)
        if plain.distribution.startswith(("t(", "N(")):
            assert turned.statistic == pytest.approx(-plain.statistic, **ROUNDING)


@every_statistic
def test_the_unit_of_returns_is_irrelevant(panels: ModuleType, name: str) -> None:
    for sample in samples(panels):
        the_same(CLOSED_FORM[name](sample), CLOSED_FORM[name](panels.scaled(sample, 100.0)))


@every_statistic
def test_inputs_stay_as_they_are(panels: ModuleType, name: str) -> None:
    sample = samples(panels)[0]
    before = [
        array.copy() for array in (sample.car, sample.scar, sample.arrays.fit.residuals, sample.arrays.abnormal.sar)
    ]
    CLOSED_FORM[name](sample)
    after = (sample.car, sample.scar, sample.arrays.fit.residuals, sample.arrays.abnormal.sar)
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new)


@every_statistic
def test_an_empty_group(panels: ModuleType, name: str) -> None:
    for sample in (panels.hand_sample([]), samples(panels)[0].arrays):
        group = sample if isinstance(sample, GroupSample) else GroupSample(sample, np.empty(0, dtype=np.int64), 1)
        found = CLOSED_FORM[name](group)
        assert math.isnan(found.statistic)
        assert math.isnan(found.pvalue)
        assert found.reason
        assert (found.n_pairs, found.distribution) == (0, "")


@every_statistic
def test_one_observation(panels: ModuleType, name: str) -> None:
    found = CLOSED_FORM[name](panels.random_study(31).sample(np.array([3]), 0))
    assert found.n_pairs == 1
    if name in OF_ONE:
        assert math.isfinite(found.statistic)
        assert 0 < found.pvalue < 1
    else:
        assert math.isnan(found.statistic)
        assert math.isnan(found.pvalue)
        assert found.reason


def never_a_wrong_number(found: StatisticResult) -> None:
    """Finite with a p, or missing with a reason; never infinite, never a p without a statistic."""
    if found.reason:
        assert math.isnan(found.statistic)
        assert math.isnan(found.pvalue)
    else:
        assert math.isfinite(found.statistic)
        assert 0 <= found.pvalue <= 1


@every_statistic
def test_equal_cars_are_no_proof(panels: ModuleType, name: str) -> None:
    """No spread over observations: what divides by that spread has a reason; the rest stays finite."""
    rng = np.random.default_rng(0)
    for n in (2, 7):
        for value in (0.0, 0.02, -0.1 / 3):
            sample = panels.hand_sample([value] * n, residuals=rng.normal(0, 0.01, (n, 60)), sigma=[0.01] * n)
            found = CLOSED_FORM[name](sample)
            never_a_wrong_number(found)
            if name in ("cross_sectional_t", "bmp_t", "adjusted_bmp_t", "skewness_adjusted_t"):
                assert found.reason, found


@every_statistic
def test_residuals_without_variance(panels: ModuleType, name: str) -> None:
    """Residuals that cancel in every portfolio, and residuals that are all equal in rank."""
    cancelling = panels.hand_sample([0.01, 0.02], residuals=[[1, -1, 1, -1] * 10, [-1, 1, -1, 1] * 10])
    found = CLOSED_FORM[name](cancelling)
    never_a_wrong_number(found)
    if name in ("portfolio_t", "time_series_t"):
        assert found.reason


@every_statistic
def test_observations_that_move_as_one(panels: ModuleType, name: str) -> None:
    rng = np.random.default_rng(1)
    sample = panels.hand_sample([0.01, 0.03, 0.02], residuals=np.tile(rng.normal(size=40), (3, 1)))
    found = CLOSED_FORM[name](sample)
    never_a_wrong_number(found)
    if name == "adjusted_bmp_t":
        assert found.reason


@every_statistic
def test_a_day_on_which_nobody_traded(panels: ModuleType, name: str) -> None:
    """In the estimation window it is no day; in the event window no zero."""
    rng = np.random.default_rng(2)
    residuals, event = rng.normal(size=(5, 40)), rng.normal(size=(5, 3))
    with_hole = np.insert(residuals, 17, NAN, axis=1)
    left = CLOSED_FORM[name](panels.hand_sample(event.sum(axis=1), residuals=residuals, event_sar=event, length=3))
    right = CLOSED_FORM[name](panels.hand_sample(event.sum(axis=1), residuals=with_hole, event_sar=event, length=3))
    the_same(left, right)
    hole = event.copy()
    hole[:, 1] = NAN
    never_a_wrong_number(
        CLOSED_FORM[name](panels.hand_sample(np.nansum(hole, axis=1), residuals=residuals, event_sar=hole, length=3))
    )
