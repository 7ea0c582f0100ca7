"""Draws by compiled running sums against the gathered draws that are their reference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eventstudy as es
from eventstudy.laboratory import (
    OwnPanel,
    PseudoGroup,
    Scenario,
    own_panel,
    own_power,
    own_size,
    pooled_size,
    simulated_power,
    simulated_size,
)
from eventstudy.laboratory.draws import Draws
from eventstudy.laboratory.simulated import scenario_chunks, simulated_draws
from eventstudy.laboratory.statistics import draw_statistics, one_by_one
from eventstudy.results.group_tables import CLOSED_FORM
from eventstudy.returns import returns_from_frame
from eventstudy.study import one_calendar

pytest.importorskip("numba")
compiled_draws = pytest.importorskip("eventstudy.laboratory.compiled_draws")

# the same sums in another order: rounding alone
TOLERANCE = 1e-10
WINDOWS = ((0, 0), (-1, 1), (-3, 5))
SCENARIOS = {
    "five": Scenario(5, 0.1),
    "twelve, thin, unequal, fat tails": Scenario(12, 0.06, 2.0, "t4", unequal=True, thin=0.05),
    "three, very thin, skewed": Scenario(3, 0.3, errors="skewed", thin=0.3),
    "two that move as one": Scenario(2, 0.9),
    "one": Scenario(1, thin=0.2),
}
MODELS = {
    "market": es.MarketModel(),
    "mean": es.MeanAdjusted(),
    "market-adjusted": es.MarketAdjusted(),
    "factors": es.FactorModel(("market", "smb", "hml")),
}


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """``way(True)``: studies of any size by running sums; ``way(False)``: none."""

    def choose(fast: bool) -> None:
        monkeypatch.setattr(one_calendar, "FEWEST_COMPILED", 0 if fast else 1 << 62)

    return choose  # type: ignore[return-value]


@pytest.fixture(scope="module")
def tokyo(sample_prices: Any, repository: Path) -> OwnPanel:
    universe, events = es.read_universe(repository / "universe.csv"), es.read_events(repository / "events.csv")
    spec = es.StudySpec(windows=((0, 0), (-1, 1)))
    return own_panel(events, universe.select(role="exposed"), sample_prices, spec, ("XTKS",))


def irregular(panels: Any, model: Any, spec: es.StudySpec) -> OwnPanel:
    """Securities with gaps, late listings and factors with holes, as one group on 40 dates."""
    returns, _, factors = panels.irregular(3)
    kept = factors[list(model.regressors)]
    table = returns_from_frame(returns, kept, [name == "market" for name in kept], spec.gap_rule)
    days = np.linspace(140, 410, 40).astype(np.int64)
    rows = np.array([0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11])
    tickers = tuple(str(name) for name in returns.columns[rows])
    group = PseudoGroup("exposed", "", tickers, (), rows, np.repeat(days[:, None], len(rows), axis=1))
    nothing = np.zeros(table.returns.shape, dtype=bool)
    return OwnPanel(table, nothing, (group,), {"index": np.arange(table.returns.shape[1])}, spec, True)


def both_ways(panel: OwnPanel, way: Any) -> tuple[Draws, Draws]:
    """The draws of a panel's first group, gathered and by running sums."""
    group = panel.groups[0]
    way(False)
    plain = panel.draws(group, group.positions)
    way(True)
    fast = panel.draws(group, group.positions)
    assert isinstance(fast, compiled_draws.CompiledDraws)
    assert not isinstance(plain, compiled_draws.CompiledDraws)
    return plain, fast


def assert_same(plain: Draws, fast: Draws) -> None:
    assert fast.count == plain.count
    for number in range(len(plain.windows)):
        expected, found = plain.sample(number), fast.sample(number)
        np.testing.assert_array_equal(found.here, expected.here)
        for name in ("car", "car_variance", "scar", "bhar", "k"):
            # of an observation that no study would use, the gathered draws know a CAR too
            here = expected.here.ravel()
            of_draws, of_reference = (getattr(one.windows[number], name)[here] for one in (fast, plain))
            np.testing.assert_allclose(of_draws, of_reference, rtol=TOLERANCE, atol=TOLERANCE, err_msg=name)
        wanted = draw_statistics(expected, tuple(CLOSED_FORM))
        for name, one in draw_statistics(found, tuple(CLOSED_FORM)).items():
            where = f"{name}, window {plain.windows[number].window}"
            np.testing.assert_allclose(one.pvalue, wanted[name].pvalue, rtol=0, atol=TOLERANCE, err_msg=where)
            np.testing.assert_allclose(
                one.statistic, wanted[name].statistic, rtol=TOLERANCE, atol=TOLERANCE, err_msg=where
            )


def assert_same_rates(one: Any, other: Any) -> None:
    assert [cell.label for cell in one.cells] == [cell.label for cell in other.cells]
    for mine, theirs in zip(one.cells, other.cells, strict=True):
        assert (mine.window, mine.members, mine.effective) == (theirs.window, theirs.members, theirs.effective)
        assert list(mine.pvalues) == list(theirs.pvalues)
        for name, pvalues in mine.pvalues.items():
            np.testing.assert_allclose(pvalues, theirs.pvalues[name], rtol=0, atol=TOLERANCE, err_msg=name)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("standardise", "kind", "gaps"), [("exact", "simple", "trade-to-trade"), ("sum", "log", "drop")]
)
def test_every_test_on_irregular_returns(
    model: str, standardise: str, kind: str, gaps: str, panels: Any, way: Any
) -> None:
    spec = es.StudySpec(
        model=MODELS[model], windows=WINDOWS, standardise=standardise, returns=kind, gaps=gaps,
        estimation=(-120, -11), min_estimation=60,
    )  # fmt: skip
    plain, fast = both_ways(irregular(panels, spec.model, spec), way)
    # some that are short, and some without a CAR
    assert 0 < plain.usable.sum() < plain.usable.size
    np.testing.assert_array_equal(fast.usable, plain.usable)
    assert_same(plain, fast)
    assert_same(plain.with_effect(0.02, 1.5), fast.with_effect(0.02, 1.5))


def test_every_test_where_a_change_of_symbol_has_no_return(panels: Any, way: Any) -> None:
    spec = es.StudySpec(windows=WINDOWS, estimation=(-120, -11), min_estimation=60)
    panel = irregular(panels, spec.model, spec)
    # a session with a span and no return, as of a change of symbol that no price links
    hit = panel.groups[0].positions[7, 0] + 1
    panel.table.returns[8, hit], panel.table.span[8, hit] = np.nan, 1.0
    plain, fast = both_ways(panel, way)
    row = 7 * plain.members + 7
    assert plain.windows[0].present[row]
    assert not plain.windows[1].present[row]
    assert_same(plain, fast)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_test_on_drawn_panels(name: str) -> None:
    scenario, spec = SCENARIOS[name], es.StudySpec(windows=WINDOWS)
    (chunk,) = scenario_chunks(scenario, 20, (3,))
    plain = next(simulated_draws([scenario], spec, chunk))
    fast = next(simulated_draws([scenario], spec, chunk, running_sums=True))
    assert isinstance(fast, compiled_draws.CompiledDraws)
    assert_same(plain, fast)


def test_statistics_are_the_packages_own_draw_by_draw() -> None:
    scenario, spec = Scenario(6, 0.1, thin=0.1), es.StudySpec(windows=WINDOWS)
    (chunk,) = scenario_chunks(scenario, 10, (4,))
    sample = next(simulated_draws([scenario], spec, chunk, running_sums=True)).with_effect(0.01).sample(1)
    for name, found in draw_statistics(sample, tuple(CLOSED_FORM)).items():
        if name in CLOSED_FORM:
            own = one_by_one(sample, name)
            np.testing.assert_allclose(found.statistic, own.statistic, rtol=TOLERANCE, atol=TOLERANCE, err_msg=name)
            np.testing.assert_allclose(found.pvalue, own.pvalue, rtol=0, atol=TOLERANCE, err_msg=name)


MEASURED = {
    "size": lambda panel: own_size(panel, draws=60),
    "power": lambda panel: own_power(panel, effects=(0.0, 0.01), deviation=2.0, draws=30),
    "pooled": lambda panel: pooled_size(panel, dates=5, draws=10, tests=("portfolio_t", "adjusted_bmp_t", "grank_t")),
    "size on laws": lambda _: simulated_size(
        [Scenario(8, 0.1, variance=v, own_only=own) for v, own in ((1.0, False), (4.0, False), (4.0, True))], draws=50
    ),
    "power on laws": lambda _: simulated_power([Scenario(8, 0.1, thin=0.1)], effects=(0.0, 0.02), draws=50),
}


@pytest.mark.parametrize("name", MEASURED)
def test_the_laboratory_measures_the_same(name: str, tokyo: OwnPanel, way: Any) -> None:
    way(False)
    plain = MEASURED[name](tokyo)
    way(True)
    assert_same_rates(MEASURED[name](tokyo), plain)


def test_groups_of_several_exchanges_or_regressors_are_gathered(panels: Any, way: Any) -> None:
    spec = es.StudySpec(windows=WINDOWS, estimation=(-120, -11), min_estimation=60)
    panel = irregular(panels, spec.model, spec)
    group = panel.groups[0]
    way(True)
    assert panel.by_running_sums(group, group.positions)
    apart = group.positions.copy()
    apart[:, 0] += 1
    assert not panel.by_running_sums(group, apart)
    panel.table.regressor_key[group.rows[0]] = 1
    assert not panel.by_running_sums(group, group.positions)


def test_few_draws_are_done_before_numba_is_imported(tokyo: OwnPanel) -> None:
    group = tokyo.groups[0]
    few = group.positions[: one_calendar.FEWEST_COMPILED // len(group.tickers) - 1]
    assert one_calendar.FEWEST_COMPILED == 0 or not tokyo.by_running_sums(group, few)
    assert tokyo.by_running_sums(group, np.repeat(few, 3, axis=0)) or not len(few)
