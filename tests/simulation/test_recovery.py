"""Planted effects are recovered: intervals cover what was planted, and without effects tests reject at their level."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

EXACT = 1e-12  # a few roundings of numbers near one
NOMINAL = 0.95
# No event × sector may be covered less often. A single window of one is, in 200 seeds at the nominal rate, once in
# 38,000 cases, and there are 4,572 of them: more than two below would be no chance.
LOWEST, FEW_WINDOWS = 0.88, 2
# a test holds its size at 5% if it rejects in this share of the runs (METHODS 9)
SIZE = (0.025, 0.075)
# effects below this many standard errors of the mean, like those left by the estimation window, have no sign to find
INVISIBLE = 0.25
# Holm promises a clear reading in 5% of the events that touch nobody. Its thresholds lie far out in the tails, where
# fat-tailed returns of two to five shares carry more than t has: 8%.
CLEAR_BY_CHANCE = 0.10
# sign errors among clear readings; an effect of half a standard error that is called clear has one now and then
WRONG_SIGN = 0.01
PROCESSES, SEEDS = 2, 200
FEW_SEEDS = 10

GROUPINGS = (
    ("event_id", "role"),
    ("event_id", "role", "sector"),
    ("episode", "role", "direction"),
    ("episode", "role", "sector", "direction"),
    ("role", "direction"),
    ("role", "sector", "direction"),
)


@pytest.fixture(scope="module")
def recovery() -> ModuleType:
    """The module ``recovery.py`` beside this file."""
    spec = importlib.util.spec_from_file_location("simulation_recovery", Path(__file__).with_name("recovery.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def told(title: str, found: dict[str, Any]) -> list[str]:
    """A table of rates as lines."""
    width = max(len(name) for name in found)
    return [title, *(f"  {name:<{width}}  {rate}" for name, rate in found.items()), ""]


def coverage(recovery: ModuleType, rows: pd.DataFrame) -> tuple[Any, list[str]]:
    """How often intervals covered what was planted, over all rows and as a table."""
    planted = rows[rows["effects"]]
    overall = recovery.rate_over_seeds(planted["covered"], planted["seed"])
    mean = (planted["ci_low"] <= planted["truth_mean"]) & (planted["truth_mean"] <= planted["ci_high"])
    some = planted[planted["truth"] != 0.0]
    first = {
        "all": overall,
        "the members' plain mean truth": recovery.rate_over_seeds(mean, planted["seed"]),
        "where something is planted": recovery.rate_over_seeds(some["covered"], some["seed"]),
        "two or more shares": recovery.rate_over_seeds(
            planted["covered"][planted["n_pairs"] > 1], planted["seed"][planted["n_pairs"] > 1]
        ),
    }
    lines = told("coverage of 95% intervals, events × sectors × windows", first)
    for by in ("window", "headline_test", "role", "sector"):
        lines += told(f"by {by}", recovery.rates(planted, planted["covered"], by))
    return overall, lines


def rejection(recovery: ModuleType, rows: pd.DataFrame) -> tuple[dict[str, Any], list[str]]:
    """How often the headline test rejects at 5% where nothing is planted, by sector, and as a table."""
    plain = rows[~rows["effects"]]
    rejected = plain["pvalue"] < 1.0 - NOMINAL
    by_sector = recovery.rates(plain, rejected, "sector")
    lines = told("rejections at 5% without effects", {"all": recovery.rate_over_seeds(rejected, plain["seed"])})
    lines += told("by sector", by_sector)
    for by in ("window", "headline_test"):
        lines += told(f"by {by}", recovery.rates(plain, rejected, by))
    return by_sector, lines


def lowest_coverage(rows: pd.DataFrame, *columns: str) -> pd.Series:
    """Coverage of each event × role × sector and further columns, over seeds and the rest, ascending."""
    planted = rows[rows["effects"]]
    return planted.groupby(["event_id", "role", "sector", *columns])["covered"].mean().sort_values()


def clear_by_chance(recovery: ModuleType, rows: pd.DataFrame) -> Any:
    """Share of the events without any effect of which something is called clear."""
    plain = rows[~rows["effects"]]
    events = (plain["reading"] == "clear").groupby([plain["seed"], plain["event_id"]]).any().reset_index()
    return recovery.rate_over_seeds(events["reading"], events["seed"])


def wrong_signs(found: pd.DataFrame) -> pd.Series:
    """Of the clear readings whose truth is large enough to have a sign: whether it is the other one."""
    clear = found[(found["reading"] == "clear") & (found["truth"].abs() > INVISIBLE * found["caar_se"])]
    return np.sign(clear["caar"]) != np.sign(clear["truth"])


def study_in_processes(repository: Path, folder: Path) -> pd.DataFrame:
    """The rows of many seeds, each process taking its share."""
    share = SEEDS // PROCESSES
    script = Path(__file__).with_name("recovery.py")
    starts = range(0, SEEDS, share)
    paths = [folder / f"{first}.parquet" for first in starts]
    running = [
        subprocess.Popen(
            [sys.executable, "-W", "error", str(script), str(first), str(first + share - 1), str(path)], cwd=repository
        )
        for first, path in zip(starts, paths, strict=True)
    ]
    try:
        codes = [process.wait() for process in running]
    finally:
        for process in running:
            process.kill()
            process.wait()
    assert codes == [0] * len(running)
    return pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)


@pytest.mark.slow
def test_over_many_markets_intervals_cover_and_tests_keep_their_level(
    recovery: ModuleType, repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = study_in_processes(repository, tmp_path)
    overall, covered = coverage(recovery, rows)
    by_sector, rejected = rejection(recovery, rows)
    groups, windows = lowest_coverage(rows), lowest_coverage(rows, "window")
    chance, wrong = clear_by_chance(recovery, rows), wrong_signs(rows[rows["effects"]])
    with capsys.disabled():
        print("", *covered, *rejected, sep="\n")
        print("lowest coverage of an event × sector", groups.head(10).to_string(), sep="\n", end="\n\n")
        print("lowest coverage in one window", windows.head(10).to_string(), sep="\n", end="\n\n")
        print("events without effects of which something is called clear", chance)
        print(f"clear readings with the wrong sign: {wrong.sum()} of {len(wrong):,}")
    assert rows["seed"].nunique() == SEEDS
    assert overall.high >= NOMINAL
    assert groups.min() >= LOWEST
    assert (windows < LOWEST).sum() <= FEW_WINDOWS
    outside = {name: str(rate) for name, rate in by_sector.items() if not SIZE[0] <= rate.value <= SIZE[1]}
    assert not outside
    assert chance.value < CLEAR_BY_CHANCE
    assert wrong.mean() < WRONG_SIGN


def test_over_ten_markets_intervals_cover_and_tests_keep_their_level(recovery: ModuleType) -> None:
    events = es.read_events()
    some = events.select(event_ids=[event.event_id for event in events[::5]])
    seeds = range(SEEDS, SEEDS + FEW_SEEDS)  # none of those of the long run
    rows = recovery.study_markets(seeds, some, es.StudySpec(windows=((0, 0), (0, 5))))
    overall, covered = coverage(recovery, rows)
    by_sector, rejected = rejection(recovery, rows)
    print(*covered, *rejected, sep="\n")
    assert rows["seed"].nunique() == FEW_SEEDS
    assert rows["event_id"].nunique() == len(some)
    assert overall.high >= NOMINAL
    # ten seeds leave a sector's rate uncertain by two points: it must not be outside for sure
    outside = {name: str(rate) for name, rate in by_sector.items() if rate.low > SIZE[1] or rate.high < SIZE[0]}
    assert not outside
    assert recovery.rate_over_seeds(~rows["covered"], rows["seed"]).value < SIZE[1]


@pytest.fixture(scope="module")
def neighbours() -> es.Events:
    """Events whose windows hold other events' effects, on several exchanges; one beyond the tightening kind."""
    return es.read_events().select(
        event_ids=(
            "2010-09-23-nyt-embargo-report",
            "2025-10-30-busan-truce",
            "2026-01-06-japan-dual-use-ban",
            "2026-01-08-wsj-japan-ree-restricted",
        )
    )


@pytest.fixture(scope="module")
def affected(neighbours: es.Events, sample_prices: es.SamplePrices) -> es.StudyResults:
    """The market of seed 0 studied at these events."""
    return es.run_study(neighbours, es.read_universe(), sample_prices)


def test_the_truth_of_a_window_sums_all_effects_on_its_sessions(
    recovery: ModuleType, affected: es.StudyResults, sample_prices: es.SamplePrices
) -> None:
    truth = sample_prices.truth()
    cars = recovery.planted_in_windows(affected, truth).set_index(["event_id", "ticker", "window"])["planted"]
    days = affected.abnormal_returns[["event_id", "ticker", "tau", "session"]]
    by_day = days.merge(truth[["ticker", "session", "effect"]], on=["ticker", "session"])
    for first, last in affected.spec.windows:
        label = f"[{first:+d},{last:+d}]".replace("+0", "0")
        inside = by_day[by_day["tau"].between(first, last)].groupby(["event_id", "ticker"])["effect"].sum()
        own = cars.xs(label, level="window")
        np.testing.assert_allclose(own, inside.reindex(own.index, fill_value=0.0), rtol=0, atol=EXACT)
    # what follows within five sessions of the ban is in its longer window
    ban = cars["2026-01-06-japan-dual-use-ban", "7203.T", "[0,0]"]
    assert ban < 0
    assert cars["2026-01-06-japan-dual-use-ban", "7203.T", "[0,+5]"] != pytest.approx(ban, abs=1e-4)


def test_effects_in_the_estimation_window_hardly_move_what_is_measured(
    recovery: ModuleType, neighbours: es.Events, affected: es.StudyResults, sample_prices: es.SamplePrices
) -> None:
    plain = es.run_study(neighbours, es.read_universe(), es.SamplePrices(effects=False))
    cars = recovery.planted_in_windows(affected, sample_prices.truth())
    both = cars.merge(plain.cars, on=["event_id", "ticker", "window"], suffixes=("", "_plain"), validate="one_to_one")
    assert len(both) == len(cars) == len(plain.cars)
    left = both["car"] - both["car_plain"] - both["planted"]
    assert (both["planted"].abs() > 0.01).sum() > 300
    # effects in E shift the intercept a little: nothing where E holds none, a quarter of a standard error at most
    assert (left / both["car_se"]).abs().max() < INVISIBLE
    assert left[both["role"] == "control"].abs().max() < EXACT
    assert left.abs().max() > EXACT


def test_large_effects_are_found_with_their_sign_and_no_clear_reading_contradicts_the_truth(
    recovery: ModuleType, sample_prices: es.SamplePrices
) -> None:
    events = es.read_events()
    results = es.run_study(events, es.read_universe(), sample_prices)
    cars = recovery.planted_in_windows(results, sample_prices.truth())
    rows = []
    for by in GROUPINGS:
        truths = recovery.group_truths(cars, (*by, "window"))
        rows.append(results.groups(by).join(truths, on=[*by, "window"]))
    found = pd.concat(rows, ignore_index=True).dropna(subset=["pvalue"])
    weighted = found["headline_test"] == "adjusted_bmp_t"
    found["truth"] = found["truth_weighted"].where(weighted, found["truth_mean"])
    large = found[found["truth"].abs() > found["mde"]]
    assert len(large) > 60
    assert (np.sign(large["caar"]) == np.sign(large["truth"])).all()
    # the minimal detectable effect is found in 80% of the cases, a larger one more often
    assert (large["pvalue"] < 1.0 - NOMINAL).mean() > 0.8
    clear = found[found["reading"] == "clear"]
    wrong = wrong_signs(found)
    assert len(wrong) > 150
    assert not wrong.any()
    # Holm: in one event of twenty something untouched may be called clear; more than ten of 69 once in 2,000 catalogues
    untouched = clear[(clear["truth"] == 0.0) & clear["event_id"].notna()]
    assert untouched["event_id"].nunique() <= 10
