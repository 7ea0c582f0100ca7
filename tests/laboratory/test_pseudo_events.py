"""Announcements that never were: which dates, which members, and that a study of such a date says the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.calendars import calendar, event_day
from eventstudy.catalogue import EVENT_COLUMNS
from eventstudy.inference.placebo import group_seed
from eventstudy.laboratory import OwnPanel, PseudoGroup, own_panel, own_power, own_size, pooled_size
from eventstudy.laboratory.pooled import separate_dates
from eventstudy.laboratory.statistics import draw_statistics
from eventstudy.results.group_tables import CLOSED_FORM

# the lab's panel and the study's are cut from the same returns: rounding alone
TOLERANCE = 1e-10
SPEC = es.StudySpec(windows=((0, 0), (-1, 1), (0, 5)))


@pytest.fixture(scope="module")
def events(repository: Path) -> Any:
    return es.read_events(repository / "events.csv")


@pytest.fixture(scope="module")
def universe(repository: Path) -> Any:
    return es.read_universe(repository / "universe.csv")


@pytest.fixture(scope="module")
def panel(events: Any, universe: Any, sample_prices: Any) -> OwnPanel:
    return own_panel(events, universe, sample_prices, SPEC, ("XTKS",))


def group_of(panel: OwnPanel, sector: str, role: str = "exposed") -> PseudoGroup:
    return next(group for group in panel.groups if (group.role, group.sector) == (role, sector))


def events_on(folder: Path, *days: date) -> Any:
    said = {"title": "Nothing", "direction": "restriction", "confidence": "confirmed", "target": "Japan"}
    rows = [{"event_id": f"nothing-{day}", "announced_at": day.isoformat()} | said for day in days]
    path = folder / "events.csv"
    pd.DataFrame([{name: row.get(name, "") for name in EVENT_COLUMNS} for row in rows]).to_csv(path, index=False)
    return es.read_events(path)


def test_groups_are_sectors_by_role_with_three_members(panel: OwnPanel, universe: Any) -> None:
    lines = [line for line in universe.observations if line.exchange == "XTKS"]
    counted = pd.Series([(line.role, line.sector) for line in lines]).value_counts()
    assert {(group.role, group.sector) for group in panel.groups} == set(counted[counted >= 3].index)
    for group in panel.groups:
        assert len(group.tickers) + len(group.left_out) == counted[group.role, group.sector]
        assert len(group.tickers) >= 3


def test_no_window_touches_that_of_an_event(panel: OwnPanel, events: Any) -> None:
    tokyo = calendar("XTKS")
    real = [tokyo.index_of(day) for event in events if (day := event_day(event.announced_at, "XTKS").session)]
    group = group_of(panel, "Autos & parts")
    sessions = group.positions[:, 0]
    # events fill [-2, +5], windows [-1, +5]: they share no session seven days before or eight after an event
    distance = sessions[:, None] - np.array(real)[None, :]
    assert distance[distance > 0].min() == 7
    assert distance[distance < 0].max() == -8
    assert (np.diff(sessions) > 0).all()
    # every session that far from the events, and with 260 prices before it, is there
    first = max(int(panel.table.first[row]) for row in group.rows)
    last = min(int(panel.table.last[row]) for row in group.rows)
    wanted = [
        s for s in range(first + 261, last - 4) if not ((np.array(real) - s < 8) & (np.array(real) - s > -7)).any()
    ]
    # some sessions are lost to halts of a member, none is gained
    assert set(sessions.tolist()) <= set(wanted)
    assert len(sessions) > 0.8 * len(wanted)


def test_a_study_of_the_same_date_says_the_same(
    panel: OwnPanel, universe: Any, sample_prices: Any, tmp_path: Path
) -> None:
    group = group_of(panel, "Electronic components")
    place = 137
    draws = panel.draws(group, group.positions[place : place + 1])
    day = calendar("XTKS").sessions[group.positions[place, 0]].item()
    chosen = universe.select(sector="Electronic components", role="exposed")
    results = es.run_study(events_on(tmp_path, day), chosen, sample_prices, SPEC, confounders=())
    tests = results.tests(by=("role", "sector", "exchange"))
    tests = tests[(tests["role"] == "exposed") & (tests["exchange"] == "XTKS")]
    headlines = results.groups(by=("role", "sector", "exchange")).set_index(["role", "exchange", "window"])["pvalue"]
    assert set(tests["n_pairs"]) == {len(group.tickers)}
    for number, label in enumerate(("[0,0]", "[-1,+1]", "[0,+5]")):
        found = draw_statistics(draws.sample(number), tuple(CLOSED_FORM))
        rows = tests[tests["window"] == label].set_index("test")
        for name in SPEC.tests:
            assert found[name].pvalue[0] == pytest.approx(rows.loc[name, "pvalue"], abs=TOLERANCE), name
            assert found[name].statistic[0] == pytest.approx(rows.loc[name, "statistic"], rel=TOLERANCE), name
        assert found["headline"].pvalue[0] == pytest.approx(headlines["exposed", "XTKS", label], abs=TOLERANCE)


def test_a_study_pooled_over_the_same_dates_says_the_same(
    panel: OwnPanel, universe: Any, sample_prices: Any, tmp_path: Path
) -> None:
    sector = "Defence & heavy machinery"
    group = group_of(panel, sector)
    # one draw of three dates, taken apart: the same seed picks the same dates
    alone = replace(panel, groups=(group,))
    result = pooled_size(alone, dates=3, draws=1, seed=5)
    rng = np.random.default_rng(group_seed(5, group.tickers, (3, 3)))
    picked = separate_dates(group.positions[:, 0], 3, 7, rng)
    days = [calendar("XTKS").sessions[group.positions[place, 0]].item() for place in picked.tolist()]
    chosen = universe.select(sector=sector, role="exposed")
    results = es.run_study(events_on(tmp_path, *days), chosen, sample_prices, SPEC, confounders=())
    tests = results.tests(by=("role", "sector", "exchange"))
    tests = tests[(tests["role"] == "exposed") & (tests["exchange"] == "XTKS")]
    for cell, label in zip(result.cells, ("[0,0]", "[-1,+1]", "[0,+5]"), strict=True):
        rows = tests[tests["window"] == label].set_index("test")
        assert set(rows["n_pairs"]) == {3 * len(group.tickers)}
        for name in SPEC.tests:
            assert cell.pvalues[name][0] == pytest.approx(rows.loc[name, "pvalue"], abs=TOLERANCE), name
        assert cell.pvalues["headline"][0] == cell.pvalues["adjusted_bmp_t"][0]
        assert cell.effective == 1


def test_dates_of_a_pooled_draw_lie_apart(panel: OwnPanel) -> None:
    sessions = group_of(panel, "Autos & parts").positions[:, 0]
    rng = np.random.default_rng(0)
    picks = [separate_dates(sessions, 6, 7, rng) for _ in range(50)]
    assert min(int(np.diff(sessions[pick]).min()) for pick in picks) >= 7
    assert len({tuple(pick.tolist()) for pick in picks}) == 50
    # three sessions hold two dates that lie two apart, and no third
    assert len(separate_dates(np.arange(3), 3, 2, np.random.default_rng(1))) <= 2
    with pytest.raises(ValueError, match="dates: 1"):
        pooled_size(panel, dates=1)


def test_pooled_over_six_dates_the_bootstrap_speaks(panel: OwnPanel) -> None:
    alone = replace(panel, groups=(group_of(panel, "Controls", "control"),), spec=replace(SPEC, windows=((0, 0),)))
    frame = pooled_size(alone, dates=6, draws=4, seed=2, tests=("bmp_t",)).table((0.05,))
    assert frame["test"].tolist() == ["bmp_t", "wild_bootstrap_t", "headline"]
    assert frame["speaks"].tolist() == [False, True, True]
    assert set(frame["n_dates"]) == {6}


def test_groups_of_several_exchanges_meet_on_the_news_clock(events: Any, universe: Any, sample_prices: Any) -> None:
    panel = own_panel(events, universe.select(role="beneficiary"), sample_prices, SPEC)
    group = group_of(panel, "Rare-earth miners", "beneficiary")
    names = [panel.table.calendars[row] for row in group.rows.tolist()]
    assert len(set(names)) > 2
    hours = [event.announced_at for event in events if isinstance(event.announced_at, datetime)]
    hour = max(hours)
    for positions in group.positions[:: group.n_dates // 10]:
        columns = {int(panel.clocks[name][place]) for name, place in zip(names, positions.tolist(), strict=True)}
        (column,) = columns
        at = hour.replace(year=1970, month=1, day=1) + timedelta(days=column)
        for name, place in zip(names, positions.tolist(), strict=True):
            session = event_day(at, name).session
            assert session == calendar(name).sessions[place].item()


def test_drawn_dates_are_some_of_all_and_the_same_under_a_seed(panel: OwnPanel) -> None:
    group = group_of(panel, "Autos & parts")
    some = group.drawn(40, 3)
    assert some.shape == (40, len(group.tickers))
    assert set(some[:, 0].tolist()) < set(group.positions[:, 0].tolist())
    assert len(set(some[:, 0].tolist())) == 40
    np.testing.assert_array_equal(some, group.drawn(40, 3))
    assert (some != group.drawn(40, 4)).any()
    np.testing.assert_array_equal(group.drawn(None, 3), group.positions)


def test_size_and_power_of_one_sector(events: Any, universe: Any, sample_prices: Any) -> None:
    chosen = universe.select(sector="Controls")
    panel = own_panel(events, chosen, sample_prices, SPEC)
    result = own_size(panel, draws=60, seed=1, tests=("portfolio_t", "sign"))
    frame = result.table()
    assert list(frame.columns) == [
        "role", "sector", "n_members", "n_dates", "window", "test", "speaks", "level", "n_draws", "effective", "rate",
        "low", "high", "verdict",
    ]  # fmt: skip
    assert len(frame) == len(panel.groups) * 3 * 3 * 3
    row = frame[(frame["window"] == "[0,+5]") & (frame["test"] == "portfolio_t") & (frame["level"] == 0.1)].iloc[0]
    cell = next(cell for cell in result.cells if cell.window == (0, 5))
    assert row["rate"] == np.mean(cell.pvalues["portfolio_t"] <= 0.1)
    assert (row["n_draws"], row["effective"]) == (60, 10.0)
    three = frame[frame["n_members"] == 3]
    assert set(three.loc[three["speaks"], "test"]) == {"portfolio_t", "headline"}
    wide = result.wide(0.1)
    assert list(wide.columns[:4]) == ["role", "sector", "n_members", "window"]
    assert wide.loc[wide["window"] == "[0,+5]", "portfolio_t"].iloc[0] == row["rate"]
    power = own_power(panel, effects=(0.02, 0.3), draws=60, seed=1, tests=("portfolio_t", "sign"))
    np.testing.assert_array_equal(power.cells[0].pvalues["portfolio_t"][0], result.cells[0].pvalues["portfolio_t"])
    rates = power.table()
    full = rates[(rates["effect"] == 0.3) & (rates["test"] == "portfolio_t")]
    assert (full["rate"] > 0.99).all()  # thirty per cent in a day is seen
    found = power.detectable().set_index(["window", "test"])["mde"]
    assert 0.0 < found["[0,0]", "portfolio_t"] < found["[0,+5]", "portfolio_t"] < 0.3
    assert np.isnan(found["[0,0]", "sign"])  # three signs can never reach 5%


def test_what_cannot_be_studied_is_said(events: Any, universe: Any, sample_prices: Any) -> None:
    with pytest.raises(es.UsageError, match="no share listed on XLON; choose from XTKS"):
        own_panel(events, universe, sample_prices, SPEC, ("XLON",))
    alone = universe.select(sector="Trading houses", role="exposed")
    with pytest.raises(es.ModelError, match=r"no sector of .* has 3 shares with prices"):
        own_panel(events, alone, sample_prices, SPEC)
    panel = own_panel(events, universe.select(sector="Controls"), sample_prices, SPEC)
    with pytest.raises(ValueError, match="tests: placebo unknown"):
        own_size(panel, tests=("placebo",))
    with pytest.raises(ValueError, match="effects"):
        own_power(panel, effects=(-0.01,))


@pytest.mark.slow
def test_the_headline_holds_its_size_on_tokyo(events: Any, universe: Any, real_prices: Path) -> None:
    """Every admissible session, 2018 to 2026, sectors of three and more: the promise that the report makes."""
    panel = own_panel(events, universe, es.FilePrices(real_prices), SPEC, ("XTKS",))
    assert [group.n_dates for group in panel.groups] == [group.n_dates for group in panel.groups[:1]] * 7
    assert 1300 < panel.groups[0].n_dates < 1400
    tests = ("cross_sectional_t", "bmp_t", "adjusted_patell_z", "portfolio_t")
    wide = own_size(panel, tests=tests).wide()
    assert wide["headline"].between(0.025, 0.075).all()
    assert 0.043 <= wide["headline"].mean() <= 0.062
    assert wide["adjusted_patell_z"].between(0.025, 0.09).all()
    autos = wide[(wide["sector"] == "Autos & parts") & (wide["role"] == "exposed")]
    # ten shares with a mean correlation of a third
    assert autos["bmp_t"].between(0.37, 0.46).all()
    assert autos["cross_sectional_t"].between(0.37, 0.46).all()
