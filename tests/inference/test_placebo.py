"""Ordinary days: the running sums against an actual rerun of the study on each of them."""

from __future__ import annotations

import math
from dataclasses import replace
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.inference.ordinary_law import OrdinaryLaw
from eventstudy.inference.placebo import FEWEST_DATES, OrdinaryDays, group_seed, ordinary_days, placebo
from eventstudy.inference.portfolio import portfolio_variance

# running sums of squared returns cancel to about twelve digits
RERUN = {"rel": 1e-9, "abs": 1e-12}
# Monte Carlo: four standard errors of a share of 20,000 draws
DRAWS = 20_000

SPEC = es.StudySpec(
    estimation=(-60, -6),
    min_estimation=30,
    windows=((0, 0), (-1, 2)),
    tests=("portfolio_t", "placebo"),
    placebo_draws=999,
)


def law_of(statistics: list[float]) -> OrdinaryLaw:
    """A law with unit variances."""
    values = np.array(statistics)
    return OrdinaryLaw(np.arange(len(values)), values, np.ones(len(values)))


def test_pvalue_counts_the_event_itself() -> None:
    # of 99 dates |t| = 1 … 99, those of 90 and more are ten: p = (1 + 10)/(1 + 99)
    law = law_of([float(value) * (-1) ** value for value in range(1, 100)])
    found = ordinary_days(-90.0, [law], [1.0], 3, (0,), 999)
    assert found.pvalue == 0.11
    assert found.n_dates == 99
    assert found.effective == 33.0
    assert ordinary_days(1000.0, [law], [1.0], 1, (0,), 999).pvalue == 0.01


def test_more_dates_than_wanted_are_drawn_without_replacement() -> None:
    law = law_of(np.linspace(-3, 3, 500).tolist())
    found = ordinary_days(1.0, [law], [1.0], 1, (5,), 200)
    assert found.n_dates == len(set(found.statistics.tolist())) == 200
    assert set(found.statistics.tolist()) <= set(law.statistics.tolist())
    again = ordinary_days(1.0, [law], [1.0], 1, (5,), 200)
    np.testing.assert_array_equal(found.statistics, again.statistics)
    other = ordinary_days(1.0, [law], [1.0], 1, (6,), 200)
    assert not np.array_equal(found.statistics, other.statistics)


def test_clusters_move_independently_each_as_a_whole() -> None:
    """Against the exact law of all pairs of dates."""
    rng = np.random.default_rng(0)
    one = OrdinaryLaw(np.arange(120), rng.normal(size=120), rng.uniform(0.5, 2, 120))
    two = OrdinaryLaw(np.arange(100), rng.normal(size=100), rng.uniform(0.5, 2, 100))
    caar = 0.25 * one.caar[:, None] + 0.75 * two.caar[None, :]
    t = caar / np.sqrt(0.0625 * one.variance[:, None] + 0.5625 * two.variance[None, :])
    exact = float((np.abs(t) >= 1.5).mean())
    found = ordinary_days(1.5, [one, two], [0.25, 0.75], 1, (0,), DRAWS)
    assert found.n_dates == DRAWS
    assert found.pvalue == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / DRAWS))


def test_missing(panels: ModuleType) -> None:
    few = ordinary_days(1.0, [law_of([1.0] * (FEWEST_DATES - 1))], [1.0], 1, (0,), 999)
    assert math.isnan(few.pvalue)
    assert few.reason == "only 98 ordinary dates with a full study, 99 needed"
    assert ordinary_days(math.nan, [law_of([1.0] * 200)], [1.0], 1, (0,), 999).reason == "the group has no portfolio t"
    assert math.isnan(ordinary_days(1.0, [], [], 1, (0,), 999).pvalue)
    row = placebo(panels.hand_sample([1.0]), few)
    assert math.isnan(row.statistic)
    assert (row.name, row.reason) == ("placebo", few.reason)
    full = placebo(panels.hand_sample([1.0]), OrdinaryDays(np.ones(99), 2.0, 0.03, 99, 99.0))
    assert (full.statistic, full.pvalue, full.distribution, full.n_pairs) == (2.0, 0.03, "99 ordinary dates", 1)
    longer = placebo(panels.hand_sample([1.0]), OrdinaryDays(np.ones(99), 2.0, 0.03, 99, 16.5))
    assert longer.distribution == "99 ordinary dates (16 without overlap)"


def test_seed_of_a_group_is_its_members_and_window() -> None:
    seeds = {
        group_seed(0, ["a", "b"], (0, 1)),
        group_seed(1, ["a", "b"], (0, 1)),
        group_seed(0, ["a", "c"], (0, 1)),
        group_seed(0, ["ab"], (0, 1)),
        group_seed(0, ["a", "b"], (-1, 1)),
        group_seed(0, ["a", "b"], (0, 0)),
    }
    assert len(seeds) == 6
    assert group_seed(0, ["b", "a"], (0, 1)) == group_seed(0, ["a", "b"], (0, 1))


def own_panel(seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Five securities, 320 sessions, a few of them without trade."""
    rng = np.random.default_rng(seed)
    index = pd.RangeIndex(320)
    market = pd.Series(rng.normal(0, 0.01, 320), index=index, name="market")
    common = rng.normal(0, 0.01, 320)
    values = (
        market.to_numpy()[:, None] * rng.uniform(0.5, 1.5, 5) + 0.7 * common[:, None] + rng.normal(0, 0.012, (320, 5))
    )
    values[rng.random((320, 5)) < 0.015] = np.nan
    return pd.DataFrame(values, index=index, columns=list("ABCDE")), market


@pytest.mark.parametrize("step", [29, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize(
    "model", [es.MarketModel(), es.MarketAdjusted(), es.MeanAdjusted()], ids=lambda model: model.name
)
def test_every_ordinary_date_is_a_study_of_its_own(model: es.MarketModel, number: int, step: int) -> None:
    """The same group moved to the date, the days of the real events left out of its estimation window."""
    returns, market = own_panel(1)
    spec = replace(SPEC, model=model)
    group = ["A", "B", "C", "D"]
    real = pd.DataFrame(
        [("first", name, 90) for name in group] + [("second", name, 200) for name in ("B", "C")],
        columns=["event_id", "security_id", "event_session"],
    )
    results = es.study_returns(returns, real, market, spec)
    study = results.evidence.placebo
    assert study is not None
    window = spec.windows[number]
    length = window[1] - window[0] + 1
    law = study.law(0, results.evidence.clocks[0], np.arange(4), window)
    assert len(law.dates) >= 99
    found = dict(zip(law.dates.tolist(), zip(law.caar, law.variance, strict=True), strict=True))
    rerun = 0
    for date in range(0, 320, step):
        moved = pd.DataFrame({"event_id": "moved", "security_id": group, "event_session": date})
        keeps = all(abs(date - day) >= 2 * length for day in (90, 200))
        try:
            again = es.study_returns(returns, pd.concat([real, moved]), market, replace(spec, exclude_events=True))
        except es.ModelError:
            continue
        rows = again.evidence.row[len(real) :]
        sample = again.evidence.sample(rows[rows >= 0], number)
        admissible = keeps and sample.n == 4 and sample.cluster_sums[0].enough
        assert (date in found) == admissible, date
        if admissible:
            assert found[date] == pytest.approx((sample.caar, portfolio_variance(sample)[0]), **RERUN), date
            rerun += 1
    assert rerun >= 100 / step


@pytest.mark.parametrize("hour", ["late", "early", "noon"])
def test_ordinary_dates_of_two_calendars_keep_the_hour(panels: ModuleType, hour: str) -> None:
    """News of another day at the same hour, mapped to each exchange's own sessions; holidays and half-days differ."""
    spec = replace(SPEC, exclude_events=True)
    real = ((130, hour), (220, hour))
    build = {"east": 3, "west": 2, "share": 1.0, "days": 300}
    study = panels.random_study(21, replace(spec, exclude_events=False), events=real, with_placebo=True, **build)
    members = np.arange(5)
    number, window = 1, spec.windows[1]
    law = study.placebo.law(int(study.clock_number[0]), study.clocks[0], members, window)
    found = dict(zip(law.dates.tolist(), zip(law.caar, law.variance, strict=True), strict=True))
    assert len(found) > 60
    checked = 0
    # every fifth date, and those whose western estimation window begins on a session that no news reaches first
    west = study.clocks[0][1]
    begins = {day: int(np.flatnonzero(west == day)[0]) + spec.estimation[0] for day in found}
    edge = [day for day, session in begins.items() if west[session] < 0]
    assert bool(edge) == (hour == "noon")
    for day in sorted({*list(found)[::5], *edge}):
        again = panels.random_study(21, spec, events=(*real, (day, hour)), **build)
        rows = np.flatnonzero(again.arrays.panel.event == 2)
        sample = again.sample(rows, number)
        assert sample.n == 5
        assert found[day] == pytest.approx((sample.caar, portfolio_variance(sample)[0]), **RERUN), day
        checked += 1
    assert checked >= 12


def test_one_security_has_its_own_variance() -> None:
    returns, market = own_panel(2)
    real = pd.DataFrame({"event_id": ["e"], "security_id": ["C"], "event_session": [150]})
    results = es.study_returns(returns, real, market, SPEC)
    law = results.evidence.placebo.law(0, results.evidence.clocks[0], np.array([2]), (0, 0))
    for date in law.dates[::25].tolist():
        moved = pd.DataFrame({"event_id": ["m"], "security_id": ["C"], "event_session": [date]})
        spec = replace(SPEC, exclude_events=True)
        again = es.study_returns(returns, pd.concat([real, moved]), market, spec)
        row = again.cars[(again.cars["event_id"] == "m") & (again.cars["window"] == "[0,0]")].iloc[0]
        place = int(np.flatnonzero(law.dates == date)[0])
        assert law.caar[place] == pytest.approx(row["car"], **RERUN)
        assert math.sqrt(law.variance[place]) == pytest.approx(row["car_se"], **RERUN)


def test_the_tables_carry_the_p_of_the_law() -> None:
    returns, market = own_panel(3)
    real = pd.DataFrame({"event_id": "e", "security_id": list("ABC"), "event_session": 150})
    results = es.study_returns(returns, real, market, SPEC)
    law = results.evidence.placebo.law(0, results.evidence.clocks[0], np.arange(3), (-1, 2))
    row = results.groups(by=("event_id",)).set_index("window").loc["[-1,+2]"]
    tests = results.tests(by=("event_id",)).set_index(["window", "test"])
    t = tests.loc[("[-1,+2]", "portfolio_t"), "statistic"]
    expected = (1 + int((np.abs(law.caar / np.sqrt(law.variance)) >= abs(t)).sum())) / (1 + len(law.dates))
    assert row["placebo_pvalue"] == tests.loc[("[-1,+2]", "placebo"), "pvalue"] == pytest.approx(expected, rel=1e-12)


def test_draws_depend_on_who_is_in_the_group_alone() -> None:
    """Neither the order of columns and rows, nor other securities and events, move a placebo p."""
    returns, market = own_panel(4)
    few = replace(SPEC, placebo_draws=99)
    one = pd.DataFrame({"event_id": "e", "security_id": list("BD"), "event_session": 150})
    other = pd.DataFrame({"event_id": "f", "security_id": list("ACE"), "event_session": 250})
    alone = es.study_returns(returns[["B", "D"]], one, market, few)
    among = es.study_returns(returns[list("EDCBA")], pd.concat([other, one[::-1]]), market, few)
    left, right = alone.groups(by=("event_id",)), among.groups(by=("event_id",))
    right = right[right["event_id"] == "e"].reset_index(drop=True)
    assert left["placebo_pvalue"].between(0.01, 1).all()
    np.testing.assert_allclose(left["placebo_pvalue"], right["placebo_pvalue"], rtol=1e-12)
