"""The sums of a group, and that they add: by hand."""

from __future__ import annotations

import pickle
from dataclasses import fields, replace
from fractions import Fraction
from types import ModuleType

import numpy as np
import pytest

from eventstudy.inference.bmp import adjusted_bmp_t, bmp_t
from eventstudy.inference.cluster_state import ClusterState
from eventstudy.inference.correlation import NewsClocks, separate_dates
from eventstudy.inference.cross_sectional import cross_sectional_t
from eventstudy.inference.group_state import GroupState
from eventstudy.inference.moments import Moments, deviation
from eventstudy.inference.patell import patell_z
from eventstudy.inference.portfolio import portfolio_variance, time_series_t
from eventstudy.inference.sample import GroupSample
from eventstudy.inference.skewness import hall_t, hall_t_of, skewness_adjusted_t

NAN = float("nan")
# a handful of operations on numbers of order one
EXACT = {"rel": 1e-14, "abs": 1e-14}


def as_tuple(moments: Moments) -> tuple:
    return moments.count, moments.mean, moments.m2, moments.m3


def parts(sample: GroupSample, *chunks: list[int]) -> list[GroupState]:
    """State of each part of a sample, rows by number."""
    return [GroupState.of(GroupSample(sample.arrays, np.array(rows, dtype=np.int64), 0)) for rows in chunks]


def test_two_values_and_one() -> None:
    # 1 and 5: mean 3, m2 = 4 + 4, m3 = -8 + 8; with 12 the mean is 6, apart -5 -1 6: m2 = 25 + 1 + 36,
    # m3 = -125 - 1 + 216
    left, right = Moments.of(np.array([1.0, 5.0])), Moments.of(np.array([12.0]))
    assert as_tuple(left) == (2.0, 3.0, 8.0, 0.0)
    assert as_tuple(right) == (1.0, 12.0, 0.0, 0.0)
    # δ = 9: mean 3 + 9/3, m2 = 8 + 81·2/3, m3 = 729·2·1·(2 - 1)/9 + 3·9·(2·0 - 1·8)/3 = 162 - 72
    assert as_tuple(left + right) == pytest.approx((3.0, 6.0, 62.0, 90.0), **EXACT)
    assert as_tuple(right + left) == pytest.approx((3.0, 6.0, 62.0, 90.0), **EXACT)
    assert deviation(left + right) == pytest.approx(31**0.5, **EXACT)


def test_nothing_added_is_nothing_changed() -> None:
    values = Moments.of(np.array([0.1, 0.7, -0.3]))
    empty = Moments.of(np.empty(0))
    assert as_tuple(empty) == (0.0, 0.0, 0.0, 0.0)
    assert as_tuple(values + empty) == as_tuple(values)
    assert as_tuple(empty + values) == as_tuple(values)
    assert as_tuple(empty + empty) == as_tuple(empty)
    assert np.isnan(deviation(empty))
    assert np.isnan(deviation(Moments.of(np.array([3.0]))))


def test_columns_leave_missing_values_out() -> None:
    columns = Moments.of_columns(np.array([[1.0, NAN, NAN], [5.0, 2.0, NAN], [12.0, 4.0, NAN]]))
    np.testing.assert_array_equal(columns.count, [3, 2, 0])
    np.testing.assert_allclose(columns.mean, [6, 3, 0], rtol=1e-14)
    np.testing.assert_allclose(columns.m2, [62, 2, 0], rtol=1e-14)
    np.testing.assert_allclose(columns.m3, [90, 0, 0], rtol=1e-14)
    # a column that one side alone has
    both = columns + Moments.of_columns(np.array([[NAN, 6.0, 7.0]]))
    np.testing.assert_array_equal(both.count, [3, 3, 1])
    # 2 4 6: mean 4, m2 = 8, m3 = 0
    np.testing.assert_allclose(both.mean, [6, 4, 7], rtol=1e-14)
    np.testing.assert_allclose(both.m2, [62, 8, 0], rtol=1e-14)
    np.testing.assert_allclose(both.m3, [90, 0, 0], atol=1e-13)


@pytest.mark.parametrize("chunks", [1, 7, 100])
def test_a_mean_a_million_times_the_spread_costs_no_digits(chunks: int) -> None:
    """Multiples of 2⁻²⁰ about a million: exact fractions say what the sums are; sums of powers lose every digit."""
    rng = np.random.default_rng(4)
    noise = rng.gamma(1.0, 2.0**12, 1000).astype(np.int64)
    values = 1e6 + noise / 2.0**20
    exact = [Fraction(int(one), 2**20) for one in noise]
    mean = sum(exact) / 1000
    m2, m3 = (float(sum((one - mean) ** power for one in exact)) for power in (2, 3))
    added = Moments.of(np.empty(0))
    for part in np.array_split(values, chunks):
        added = added + Moments.of(part)
    # a mean of a million is known to 1e-10 at best, 3e-8 of the spread of 4e-3
    assert added.mean == pytest.approx(1e6 + float(mean), rel=1e-15)
    assert added.m2 == pytest.approx(m2, rel=1e-8)
    assert added.m3 == pytest.approx(m3, rel=1e-7)
    powers = [float((values**power).sum()) for power in (1, 2, 3)]
    raw_m2 = powers[1] - powers[0] ** 2 / 1000
    raw_m3 = powers[2] - 3 * powers[0] * powers[1] / 1000 + 2 * powers[0] ** 3 / 1000**2
    assert abs(raw_m2 / m2 - 1) > 0.5
    assert abs(raw_m3 / m3 - 1) > 0.5


def test_halls_t_of_moments_is_that_of_the_values() -> None:
    values = np.random.default_rng(1).gamma(2.0, 1.0, (5, 12)) - 1.5
    for row in values:
        halves = Moments.of(row[:5]) + Moments.of(row[5:])
        assert float(hall_t_of(halves)) == pytest.approx(float(hall_t(row)), rel=1e-12)
    assert np.isinf(hall_t_of(Moments.of(np.full(4, 0.1))))
    assert np.isnan(hall_t_of(Moments.of(np.zeros(4))))


def test_two_observations_and_one(panels: ModuleType) -> None:
    """One date; the third member comes from another chunk."""
    residuals = [[1, -1, 1, -1], [1, -1, 1, 1], [1, 1, 1, 1]]
    sample = panels.hand_sample([1.0, 5.0, 12.0], residuals=residuals, sigma=[1, 1, 2])
    left, right = parts(sample, [0, 1], [2])
    both = left + right
    # CAR 1 5 12: CAAR 6, sd² = 62/2; t = 6/√(31/3)
    assert cross_sectional_t(both).statistic == pytest.approx(6 / (31 / 3) ** 0.5, **EXACT)
    # SCAR 1 5 6: mean 4, sd² = (9 + 1 + 4)/2 = 7; t = 4/√(7/3); Z = 12/√(3 · 118/116)
    assert bmp_t(both).statistic == pytest.approx(4 / (7 / 3) ** 0.5, **EXACT)
    assert patell_z(both).statistic == pytest.approx(12 / (3 * 118 / 116) ** 0.5, **EXACT)
    # S_t of the parts: 2 -2 2 0 and 1 1 1 1; together 3 -1 3 1, squares 20, less Σq = 12, over 4 · 3 · 2
    np.testing.assert_allclose(left.clusters[0].sums.total, [2, -2, 2, 0], rtol=1e-14)
    np.testing.assert_allclose(both.clusters[0].sums.total, [3, -1, 3, 1], rtol=1e-14)
    assert both.correlation.mean == pytest.approx(8 / 24, **EXACT)
    # (1 - 1/3)/(1 + 2/3) = 2/5
    assert adjusted_bmp_t(both).statistic == pytest.approx(4 / (7 / 3) ** 0.5 * 0.4**0.5, **EXACT)
    # mean residual 1 -1/3 1 1/3: squares 20/9 over d = 2, k = 1 each
    assert portfolio_variance(both) == pytest.approx((10 / 9, 2.0), **EXACT)
    # about its mean 1/2: 20/9 - 4/4 over 3 is 11/27
    assert time_series_t(both).statistic == pytest.approx(6 / (11 / 27) ** 0.5, **EXACT)
    assert (both.positive, both.negative, both.n, both.n_dates) == (3, 0, 3, 1)
    assert both.inverse == pytest.approx(2.5, **EXACT)
    # positive residuals: 2 of 4, 3 of 4, 4 of 4
    assert both.rising == pytest.approx(2.25, **EXACT)
    np.testing.assert_allclose(both.totals, [18], rtol=1e-14)


def test_a_single_member_is_single_after_merging_only(panels: ModuleType) -> None:
    """Its own s² and d serve while it is alone; two singles of one date are one portfolio of two."""
    sample = panels.hand_sample([1.0, 2.0], residuals=[[1, -1, 1, -1], [1, -1, 1, 1]])
    left, right = parts(sample, [0], [1])
    assert portfolio_variance(left) == (1.0, 118.0)
    # mean residual 1 -1 1 0: squares 3 over d = 4 - 2
    assert portfolio_variance(left + right) == pytest.approx((1.5, 2.0), **EXACT)


def test_full_columns_are_counted_after_merging(panels: ModuleType) -> None:
    """Each part is complete on columns where the whole is not."""
    sample = panels.hand_sample([1.0, 2.0], residuals=[[1, NAN, 1, -1], [1, -1, NAN, 1]])
    left, right = parts(sample, [0], [1])
    np.testing.assert_allclose((left + right).clusters[0].sums.mean_residual, [1, NAN, NAN, 0])
    np.testing.assert_array_equal((left + right).clusters[0].sums.present, [2, 1, 1, 2])


def test_clusters_of_both_parts_in_the_order_of_time(panels: ModuleType) -> None:
    sample = panels.hand_sample([1.0, 2.0, 4.0, 8.0], position=[30, 10, 30, 20])
    left, right = parts(sample, [0, 3], [1, 2])
    both = left + right
    assert [one.position for one in both.clusters] == [(10,), (20,), (30,)]
    np.testing.assert_array_equal(both.sizes, [1, 1, 2])
    np.testing.assert_array_equal(both.totals, [2, 8, 5])
    np.testing.assert_array_equal(both.date, [0, 1, 2])


def test_overlap_shows_after_merging(panels: ModuleType) -> None:
    """Windows of two sessions on days 100 and 101: neither part sees that they meet."""
    sample = panels.hand_sample(
        [1.0, 2.0, 3.0], position=[100, 101, 200], length=2, event_sar=np.ones((3, 2)), residuals=np.eye(3) * 2 - 0.3
    )
    left, right = parts(sample, [0, 2], [1])
    assert left.overlapping == right.overlapping == ()
    both = left + right
    assert both.overlapping == ((0, 1),)
    assert both.overlap[0, 1] == 0.5
    np.testing.assert_array_equal(both.date, [0, 0, 1])
    assert both.n_dates == 2


def test_days_are_kept_apart(panels: ModuleType) -> None:
    """AAR and its central sums by event day, a missing AR left out."""
    sar = np.array([[1.0, 2.0], [5.0, NAN], [12.0, 4.0]])
    sample = panels.hand_sample([1.0, 2.0, 3.0], length=2, event_sar=sar)
    left, right = parts(sample, [0, 1], [2])
    found = (left + right).sar
    np.testing.assert_array_equal(found.count, [3, 2])
    np.testing.assert_allclose(found.mean, [6, 3], rtol=1e-14)
    np.testing.assert_allclose(found.m2, [62, 2], rtol=1e-14)
    # AR = SAR · σ/√L
    np.testing.assert_allclose((left + right).ar.mean, np.array([6, 3]) / 2**0.5, rtol=1e-14)


def test_an_empty_state_adds_nothing(panels: ModuleType) -> None:
    study = panels.random_study(3)
    sample = study.sample(np.arange(12), 1)
    empty = GroupState.of(GroupSample(study.arrays, np.empty(0, dtype=np.int64), 1))
    assert empty.n == 0
    assert np.isnan(empty.caar)
    for both in (sample.state + empty, empty + sample.state):
        assert_same(both, sample.state)
    assert_same(empty + empty, empty)


def assert_same(one: object, other: object) -> None:
    """Two states agree bit for bit, field by field."""
    assert type(one) is type(other)
    for item in fields(one):  # type: ignore[arg-type]
        if not item.init:
            continue
        left, right = getattr(one, item.name), getattr(other, item.name)
        if isinstance(left, tuple):
            assert len(left) == len(right)
            for mine, theirs in zip(left, right, strict=True):
                if isinstance(mine, ClusterState):
                    assert_same(mine, theirs)
                else:
                    np.testing.assert_array_equal(mine, theirs)
        elif isinstance(left, Moments):
            assert_same(left, right)
        elif not isinstance(left, NewsClocks):
            np.testing.assert_array_equal(left, right)


def test_states_of_two_windows_do_not_add(panels: ModuleType) -> None:
    study = panels.random_study(3)
    rows = np.arange(4)
    with pytest.raises(ValueError, match=r"window: \(0, 0\) and \(-1, 1\) are two windows"):
        study.sample(rows, 0).state + study.sample(rows, 1).state


def test_states_of_two_studies_do_not_add(panels: ModuleType) -> None:
    one, other = (panels.random_study(seed).sample(np.arange(4), 0).state for seed in (3, 4))
    with pytest.raises(ValueError, match="are two studies"):
        one + other
    with pytest.raises(ValueError, match="are two studies"):
        one + replace(one, parameters=3)
    with pytest.raises(ValueError, match="are two studies"):
        one + replace(one, min_estimation=5)


def test_clocks_that_contradict_each_other_do_not_add() -> None:
    one = NewsClocks({0: {0: (10, np.array([3, 4, 5]))}})
    with pytest.raises(ValueError, match="event 0 stands on two sessions of calendar 0"):
        one + NewsClocks({0: {0: (11, np.array([3, 4, 5]))}})
    with pytest.raises(ValueError, match="add states of one study"):
        one + NewsClocks({0: {0: (10, np.array([3, 4, 6]))}})
    both = one + NewsClocks({0: {0: (10, np.array([3, 4, 5])), 1: (7, np.array([2, 3, 4]))}, 1: {}})
    assert {event: sorted(known) for event, known in both.columns.items()} == {0: [0, 1], 1: []}
    # one argument stays as it was
    assert sorted(one.columns[0]) == [0]
    empty = NewsClocks({})
    assert one + empty is empty + one is one + one is one
    other = NewsClocks({2: {0: (12, np.array([3, 4, 5]))}})
    assert one + other is one + other


def test_clocks_agree_on_the_sessions_that_both_know() -> None:
    # the second event stands one session later: its columns of the same sessions are 4 5 6
    first, same = (10, np.array([3, 4, 5])), (11, np.array([4, 5, 6]))
    other = (11, np.array([4, 7, 8]))
    clocks = NewsClocks({0: {0: first}, 1: {0: same}, 2: {0: other}, 3: {1: first}})
    assert clocks.agree(0, 1)
    assert not clocks.agree(0, 2)
    assert clocks.agree(0, 3)  # no calendar in common
    assert clocks.seen(0, 10, first[1], 2).tolist() == [-1, 4, 7]
    assert clocks.seen(0, 10, first[1], 3).tolist() == [3, 4, 5]


def test_a_study_is_known_by_its_numbers_or_by_its_name(panels: ModuleType) -> None:
    study, again, other = (panels.random_study(seed).arrays for seed in (3, 3, 4))
    assert study.key == again.key
    assert study.key != other.key
    assert replace(study, study="my study").key == "my study"


def test_states_survive_the_way_to_another_process(panels: ModuleType) -> None:
    study = panels.random_study(3)
    rows = np.arange(study.arrays.panel.n_observations)
    left, right = (study.sample(rows[start::2], 2).state for start in (0, 1))
    plain = left + right
    sent = pickle.loads(pickle.dumps(left)) + pickle.loads(pickle.dumps(right))
    assert_same(sent, plain)
    assert adjusted_bmp_t(sent) == adjusted_bmp_t(plain)


def test_a_state_does_not_know_what_resampling_wants(panels: ModuleType) -> None:
    sample = panels.hand_sample([1.0, 2.0, 4.0])
    assert skewness_adjusted_t(sample.state) == skewness_adjusted_t(sample)
    for options in ({"on": "bhar"}, {"seed": (1,)}):
        with pytest.raises(ValueError, match="want the observations"):
            skewness_adjusted_t(sample.state, **options)


def test_dates_joined_by_overlap_in_any_order() -> None:
    assert separate_dates(3, []).tolist() == [0, 1, 2]
    assert separate_dates(5, [(3, 4), (0, 3)]).tolist() == [0, 1, 2, 0, 0]
    assert separate_dates(5, [(1, 2), (3, 4), (2, 3)]).tolist() == [0, 1, 1, 1, 1]
