"""A group cut into chunks, in whatever way, has the statistics of the whole."""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import reduce
from operator import add
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from eventstudy.inference.bootstrap import sample_bootstrap
from eventstudy.inference.grank import grank_permutation, grank_t, grank_z
from eventstudy.inference.group_state import GroupState
from eventstudy.inference.headline import Headline, headline
from eventstudy.inference.portfolio import portfolio_variance
from eventstudy.inference.rank import DayRanks, rank_z
from eventstudy.inference.sample import GroupSample, StudyArrays
from eventstudy.results.group_tables import CLOSED_FORM

# METHODS 6: sums in another order agree to 1e-12; absolutely too, where a number is a difference of larger ones
SAME = {"rel": 1e-12, "abs": 1e-12}

OF_A_STATE = (
    "cross_sectional_t", "time_series_t", "portfolio_t", "patell_z", "bmp_t", "adjusted_patell_z", "adjusted_bmp_t",
    "sign", "generalized_sign_z", "skewness_adjusted_t",
)  # fmt: skip
# how the rank tests rank, as in the tables and as in the papers
RANKINGS: tuple[dict[str, Any], ...] = (
    {}, {"restandardise": "event"}, {"restandardise": None, "on": "ar"}, {"restandardise": "day", "on": "ar"},
)  # fmt: skip
# two dates two sessions apart, whose windows overlap; three announcements that share sessions by different hours
EVENTS = (
    (95, "late"), (97, "late"), (150, "late"), (151, "early"), (151, "noon"), (190, "early"), (191, "noon"),
    (220, "late"), (235, "early"), (250, "late"),
)  # fmt: skip


@pytest.fixture(scope="module")
def panels() -> ModuleType:
    """The random studies of ``tests/inference``."""
    name = "inference_panels"
    if name not in sys.modules:
        place = Path(__file__).parents[1] / "inference" / "panels.py"
        spec = importlib.util.spec_from_file_location(name, place)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def study(panels: ModuleType, seed: int) -> Any:
    """Two calendars, gaps, late listings, overlapping windows, clusters of several events."""
    return panels.random_study(seed, events=EVENTS, missing=(0.0, 0.02, 0.1)[seed % 3], east=5, west=4)


def groups(panels: ModuleType, evidence: Any) -> Iterator[np.ndarray]:
    """Everything, events, neighbouring events, one security, one observation; one role, which leaves members out."""
    yield from panels.groups_of(evidence)
    yield np.flatnonzero(evidence.arrays.panel.security % 2 == 0)


def chunks(rows: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Rows dealt out at random, through the middle of clusters; some chunks may be empty."""
    owner = rng.integers(0, rng.integers(2, 7), len(rows))
    return [rows[owner == one] for one in range(6)]


def added(states: list[Any], rng: np.random.Generator) -> Any:
    """Neighbours added two by two in random order until one is left."""
    states = [states[place] for place in rng.permutation(len(states))]
    while len(states) > 1:
        place = int(rng.integers(0, len(states) - 1))
        states[place : place + 2] = [states[place] + states[place + 1]]
    return states[0]


def of_ranks(ranks: Callable[..., Any]) -> dict[str, Any]:
    """What the rank tests say, by name, of ranks taken with some options."""
    found: dict[str, Any] = {}
    for options in RANKINGS:
        result = rank_z(ranks(cumulated=False, **options), **options)
        found |= {f"rank_z {options} {item.name}": getattr(result, item.name) for item in fields(result)}
        if options.get("on") == "ar":
            continue
        for statistic in (grank_t, grank_z, grank_permutation):
            result = statistic(ranks(cumulated=True, **options), **options)
            found |= {f"{result.name} {options} {item.name}": getattr(result, item.name) for item in fields(result)}
    return found


def in_two_passes(samples: list[GroupSample], state: GroupState, rng: np.random.Generator) -> dict[str, Any]:
    """The rank tests of parts, ranked by the deviations of all of them and added in random order."""
    return of_ranks(lambda **options: added([DayRanks.of(one, state, **options) for one in samples], rng))


def in_one_pass(whole: GroupSample) -> dict[str, Any]:
    """The rank tests as the tables have them."""
    return of_ranks(lambda **options: whole)


def every_number(group: Any) -> dict[str, Any]:
    """All that a group's tables say, by name."""
    found: dict[str, Any] = {}
    for name in OF_A_STATE:
        result = CLOSED_FORM[name](group)
        found |= {f"{name} {item.name}": getattr(result, item.name) for item in fields(result)}
    top = headline(group, (11,))
    found |= {f"headline {item.name}": getattr(top, item.name) for item in fields(Headline)}
    if group.n:
        found |= dict(zip(("V", "d"), portfolio_variance(group), strict=True))
        found |= vars(group.state.correlation)
        bootstrap = sample_bootstrap(group, (5,))
        found |= {} if bootstrap is None else vars(bootstrap)
        for name in ("ar", "sar"):
            moments = getattr(group.state, name)
            found |= {f"{name} {item.name}": getattr(moments, item.name) for item in fields(moments)}
    return found


def assert_close(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        if isinstance(value, str):
            assert found[name] == value, name
        elif isinstance(value, np.ndarray):
            np.testing.assert_allclose(found[name], value, rtol=1e-12, atol=1e-12, err_msg=name)
        else:
            assert found[name] == pytest.approx(value, nan_ok=True, **SAME), name


def part(arrays: StudyArrays, rows: np.ndarray) -> StudyArrays:
    """The study of some observations alone, as another process that fitted only those would hold it."""

    def kept(value: Any) -> Any:
        there = {item.name: getattr(value, item.name) for item in fields(value)}
        return replace(
            value,
            **{
                name: array[rows]
                for name, array in there.items()
                if isinstance(array, np.ndarray) and len(array) == arrays.panel.n_observations
            },
        )

    return replace(
        arrays,
        panel=arrays.panel.rows(rows),
        fit=arrays.fit.rows(rows),
        abnormal=kept(arrays.abnormal),
        windows=tuple(kept(window) for window in arrays.windows),
        cluster=arrays.cluster[rows],
        calendar=arrays.calendar[rows],
        position=arrays.position[rows],
        study=arrays.key,
    )


@pytest.mark.parametrize("seed", range(6))
def test_chunks_in_any_order_are_the_whole(panels: ModuleType, seed: int) -> None:
    evidence = study(panels, seed)
    rng = np.random.default_rng(seed)
    spoken, overlapping, shared = set(), 0, 0
    for rows in groups(panels, evidence):
        for number in range(3):
            whole = evidence.sample(rows, number)
            dealt = chunks(whole.rows, rng)
            samples = [GroupSample(evidence.arrays, one, number) for one in dealt]
            both = added([GroupState.of(one) for one in samples], rng)
            assert_close(every_number(both), every_number(whole))
            assert_close(in_two_passes(samples, both, rng), in_one_pass(whole))
            spoken.add(headline(both, (1,)).test)
            overlapping += bool(both.overlapping)
            shared += any(len(set(one.event)) > 1 for one in both.clusters)
    assert spoken >= {"portfolio_t", "adjusted_bmp_t", "wild_bootstrap_t"}
    assert overlapping
    assert shared


@pytest.mark.parametrize("seed", range(6))
def test_studies_of_parts_are_the_whole(panels: ModuleType, seed: int) -> None:
    """Each part knows its own observations and clocks only; a group takes some of them from every part."""
    evidence = study(panels, seed)
    arrays = evidence.arrays
    rng = np.random.default_rng(100 + seed)
    dealt = [rows for rows in chunks(np.arange(arrays.panel.n_observations), rng) if len(rows)]
    studies = [part(arrays, rows) for rows in dealt]
    for wanted in groups(panels, evidence):
        for number in range(3):
            whole = evidence.sample(wanted, number)
            samples = [
                GroupSample(own, np.flatnonzero(np.isin(rows, whole.rows)), number)
                for rows, own in zip(dealt, studies, strict=True)
            ]
            both = added([GroupState.of(one) for one in samples], rng)
            assert_close(every_number(both), every_number(whole))
            assert_close(in_two_passes(samples, both, rng), in_one_pass(whole))


@pytest.mark.parametrize("seed", range(3))
def test_a_fixed_order_repeats_every_bit(panels: ModuleType, seed: int) -> None:
    seen = []
    for _ in range(2):
        evidence = study(panels, seed)
        rng = np.random.default_rng(seed)
        numbers: list[Any] = []
        for rows in groups(panels, evidence):
            for number in range(3):
                whole = evidence.sample(rows, number)
                states = [GroupState.of(GroupSample(evidence.arrays, one, number)) for one in chunks(whole.rows, rng)]
                numbers += every_number(reduce(add, states)).values()
        seen.append(numbers)
    assert len(seen[0]) == len(seen[1]) > 1000
    for one, other in zip(*seen, strict=True):
        if isinstance(one, np.ndarray):
            assert one.tobytes() == other.tobytes()
        else:
            assert one == other or (math.isnan(one) and math.isnan(other))


def test_adding_changes_neither_part(panels: ModuleType) -> None:
    evidence = study(panels, 1)
    rows = np.arange(evidence.arrays.panel.n_observations)
    left, right = (evidence.sample(rows[start::2], 2).state for start in (0, 1))
    before = every_number(left), every_number(right)
    both = left + right
    assert both.n == left.n + right.n
    for state, numbers in zip((left, right), before, strict=True):
        after = every_number(replace(state))
        for name, value in numbers.items():
            np.testing.assert_array_equal(after[name], value, err_msg=name)


def test_observations_one_by_one(panels: ModuleType) -> None:
    """The smallest chunks there are."""
    evidence = study(panels, 2)
    whole = evidence.sample(np.arange(evidence.arrays.panel.n_observations), 1)
    singles = [
        GroupState.of(GroupSample(evidence.arrays, whole.rows[place : place + 1], 1)) for place in range(whole.n)
    ]
    both = reduce(add, singles)
    assert_close(every_number(both), every_number(whole))
    samples = [GroupSample(evidence.arrays, whole.rows[place : place + 1], 1) for place in range(whole.n)]
    assert_close(in_two_passes(samples, both, np.random.default_rng(0)), in_one_pass(whole))


def test_ranks_of_parts_are_refused_where_they_cannot_be_added(panels: ModuleType) -> None:
    evidence = study(panels, 0)
    whole = evidence.sample(np.arange(evidence.arrays.panel.n_observations), 0)
    left, right = (GroupSample(evidence.arrays, whole.rows[start::2], 0) for start in (0, 1))
    state = left.state + right.state
    # a part by its own deviations; the window's days and the window as one day; divided and not
    for other in (
        DayRanks.of(right),
        DayRanks.of(right, state, cumulated=True),
        DayRanks.of(right, state, restandardise=None),
    ):
        with pytest.raises(ValueError, match="rank every part by the state of the whole group, in one way"):
            DayRanks.of(left, state) + other
    with pytest.raises(ValueError, match=f"ranks: of {left.n} of the group's {whole.n} observations; add those"):
        rank_z(DayRanks.of(left, state))
    both = DayRanks.of(left, state) + DayRanks.of(right, state)
    assert (both.n, both.ranked, both.state) == (whole.n, whole.n, state)
    with pytest.raises(ValueError, match=r"asked for with \(False, 'event', 'sar'\); take them as asked for"):
        rank_z(both, restandardise="event")
    with pytest.raises(ValueError, match=r"asked for with \(True, 'day', 'sar'\); take them as asked for"):
        grank_t(both)
