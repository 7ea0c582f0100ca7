"""Array versions of the tests against the package's own statistics, draw by draw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import eventstudy as es
from eventstudy.laboratory import Scenario, own_panel
from eventstudy.laboratory.draws import Draws
from eventstudy.laboratory.simulated import scenario_chunks, simulated_draws
from eventstudy.laboratory.statistics import HEADLINE, draw_statistics, one_by_one
from eventstudy.results.group_tables import CLOSED_FORM

# the same sums in another order: rounding alone
TOLERANCE = 1e-10
WINDOWS = ((0, 0), (-1, 1), (0, 5))
SCENARIOS = {
    "five": Scenario(5, 0.1),
    "twelve, thin, unequal, fat tails": Scenario(12, 0.06, 2.0, "t4", unequal=True, thin=0.05),
    "three, very thin, skewed": Scenario(3, 0.3, errors="skewed", thin=0.2),
    "two that move as one": Scenario(2, 0.9),
    "sixty": Scenario(60, 0.02),
    "one": Scenario(1),
}


def assert_equal_draw_by_draw(draws: Draws) -> None:
    for number in range(len(draws.windows)):
        sample = draws.sample(number)
        found = draw_statistics(sample, tuple(CLOSED_FORM))
        for name in CLOSED_FORM:
            own = one_by_one(sample, name)
            where = f"{name}, window {draws.spec.windows[number]}"
            np.testing.assert_allclose(found[name].pvalue, own.pvalue, rtol=0, atol=TOLERANCE, err_msg=where)
            np.testing.assert_allclose(
                found[name].statistic, own.statistic, rtol=TOLERANCE, atol=TOLERANCE, err_msg=where
            )


@pytest.fixture(scope="module")
def own(sample_prices: Any, repository: Any) -> Any:
    universe = es.read_universe(repository / "universe.csv").select(role="beneficiary")
    events = es.read_events(repository / "events.csv")
    return own_panel(events, universe, sample_prices, es.StudySpec(windows=((0, 0), (0, 5))))


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_test_on_drawn_panels(name: str) -> None:
    scenario, spec = SCENARIOS[name], es.StudySpec(windows=WINDOWS)
    (chunk,) = scenario_chunks(scenario, 20, (3,))
    assert_equal_draw_by_draw(next(simulated_draws([scenario], spec, chunk)))


@pytest.mark.parametrize("model", [es.MeanAdjusted(), es.MarketAdjusted()], ids=lambda model: model.name)
def test_every_test_under_other_models(model: Any) -> None:
    scenario = Scenario(6, 0.2, thin=0.05)
    spec = es.StudySpec(model=model, windows=((0, 1),), standardise="sum")
    draws = next(simulated_draws([scenario], spec, scenario_chunks(scenario, 10, (4,))[0]))
    assert_equal_draw_by_draw(draws)


def test_every_test_with_an_effect_added() -> None:
    scenario, spec = Scenario(7, 0.1), es.StudySpec(windows=WINDOWS)
    draws = next(simulated_draws([scenario], spec, scenario_chunks(scenario, 10, (5,))[0]))
    moved = draws.with_effect(0.02, 1.5)
    # the effect lies on day 0, so it is in every window once; the multiplied part is day 0's own
    day = moved.abnormal.ar[:, 1]
    np.testing.assert_allclose(day, 1.5 * draws.abnormal.ar[:, 1] + 0.02, rtol=0, atol=1e-15)
    for before, after in zip(draws.windows, moved.windows, strict=True):
        np.testing.assert_allclose(after.car - before.car, day - draws.abnormal.ar[:, 1], rtol=0, atol=1e-14)
    assert_equal_draw_by_draw(moved)


def test_every_test_on_groups_of_several_exchanges(own: Any) -> None:
    group = max(own.groups, key=lambda one: len({own.table.calendars[row] for row in one.rows.tolist()}))
    assert len({own.table.calendars[row] for row in group.rows.tolist()}) > 2
    draws = own.draws(group, group.positions[:: max(1, group.n_dates // 12)])
    # calendars differ, so the news clock moves members against each other
    columns = draws.shaped(draws.panel.estimation_column)
    assert (columns != columns[:, :1]).any()
    assert_equal_draw_by_draw(draws)


def test_the_headline_is_the_rule_of_the_study() -> None:
    for members, speaker in ((5, "portfolio_t"), (6, "adjusted_bmp_t")):
        scenario, spec = Scenario(members, 0.1), es.StudySpec(windows=((0, 0),))
        draws = next(simulated_draws([scenario], spec, scenario_chunks(scenario, 30, (6,))[0]))
        found = draw_statistics(draws.sample(0), ("portfolio_t", "adjusted_bmp_t"))
        np.testing.assert_array_equal(found[HEADLINE].pvalue, found[speaker].pvalue)
        alone = draw_statistics(draws.sample(0), ("sign",))
        np.testing.assert_array_equal(alone[HEADLINE].pvalue, found[speaker].pvalue)


def test_the_headline_follows_the_members_that_have_a_car() -> None:
    scenario, spec = Scenario(6, 0.1, thin=0.2), es.StudySpec(windows=((0, 0),))
    draws = next(simulated_draws([scenario], spec, scenario_chunks(scenario, 60, (7,))[0]))
    sample = draws.sample(0)
    found = draw_statistics(sample, ("portfolio_t", "adjusted_bmp_t"))
    full, short = sample.n == 6, (sample.n > 0) & (sample.n < 6)
    assert full.any()
    assert short.any()
    np.testing.assert_array_equal(found[HEADLINE].pvalue[full], found["adjusted_bmp_t"].pvalue[full])
    np.testing.assert_array_equal(found[HEADLINE].pvalue[short], found["portfolio_t"].pvalue[short])
