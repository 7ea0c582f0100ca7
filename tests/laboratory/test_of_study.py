"""Size of a study's own groups: which dates, and that a study of such a date says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.calendars import calendar, event_day
from eventstudy.catalogue import EVENT_COLUMNS, UNIVERSE_COLUMNS
from eventstudy.inference.placebo import FEWEST_DATES
from eventstudy.laboratory import of_study, study_size
from eventstudy.laboratory.of_study import dates_apart
from eventstudy.laboratory.pseudo_events import ordinary_ground
from eventstudy.prices.source import PRICE_COLUMNS, PriceHistory, Snapshot

# the lab's panel and the study's are cut from the same returns: rounding alone
TOLERANCE = 1e-10
HOUR = "T16:38:24+08:00"
BAN, EARLIER = "2024-01-09", "2023-09-12"
# the youngest share's prices begin inside its estimation window around the ban
YOUNG = "2023-01-10"
SPEC = es.StudySpec(windows=((0, 0), (-1, 1)))
LINES = {
    **{f"T{n}": ("XTKS", "exposed") for n in range(7)},
    "M1": ("XTKS", "beneficiary"),
    "M2": ("XNYS", "beneficiary"),
    "YOUNG": ("XTKS", "beneficiary"),
}


class Market:
    """Ten shares around two markets, four years; the youngest from ``young`` on."""

    def __init__(self, young: str = YOUNG, end: str = "2024-06-28") -> None:
        self.young, self.end = young, end
        self.asked = 0

    def fetch(self, tickers: Sequence[str], start: date | None = None, end: date | None = None) -> PriceHistory:
        self.asked += 1
        rng = np.random.default_rng(3)
        frames = {}
        for mic, market in (("XTKS", "TOPIX"), ("XNYS", "SPX")):
            days = pd.DatetimeIndex(calendar(mic).sessions)
            days = days[(days >= "2020-01-06") & (days <= self.end)].rename("date")
            common, sector = rng.normal(0, 0.01, (2, len(days)))
            for ticker in (market, *(name for name, line in LINES.items() if line[0] == mic)):
                own = rng.standard_t(5, len(days)) * 0.01
                returns = common if ticker == market else common + sector + own
                frame = pd.DataFrame(np.nan, index=days, columns=list(PRICE_COLUMNS))
                frame["close"] = frame["adj_close"] = 1000 * np.cumprod(1 + returns)
                frames[ticker] = frame[frame.index >= self.young] if ticker == "YOUNG" else frame
        snapshot = Snapshot("a market", "2024-07-01T00:00:00+00:00", "2024-07-01T00:00:00+00:00", self.young)
        return PriceHistory(frames, {}, snapshot)


def write(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> Path:
    pd.DataFrame([{name: row.get(name, "") for name in columns} for row in rows]).to_csv(path, index=False)
    return path


def events_on(folder: Path, *days: str) -> Any:
    said = {"title": "Ban", "direction": "restriction", "confidence": "confirmed", "target": "Japan"}
    rows = [{"event_id": f"on-{day}", "announced_at": day + HOUR, "episode": f"of-{day}"} | said for day in days]
    return es.read_events(write(folder / "events.csv", EVENT_COLUMNS, rows))


@pytest.fixture(scope="module")
def universe(tmp_path_factory: pytest.TempPathFactory) -> Any:
    rows = [{"ticker": name, "exchange": "XTKS", "currency": "JPY", "role": "benchmark"} for name in ("TOPIX", "SPX")]
    rows[1] |= {"exchange": "XNYS", "currency": "USD"}
    for name, (mic, role) in LINES.items():
        here = ("TOPIX", "JPY") if mic == "XTKS" else ("SPX", "USD")
        rows.append({"ticker": name, "exchange": mic, "role": role, "benchmark": here[0], "currency": here[1]})
    rows = [row | {"name": row["ticker"].capitalize(), "sector": row["role"]} for row in rows]
    return es.read_universe(write(tmp_path_factory.mktemp("of_study") / "universe.csv", UNIVERSE_COLUMNS, rows))


def study(folder: Path, universe: Any, *days: str, market: Market | None = None, spec: es.StudySpec = SPEC) -> Any:
    chosen = events_on(folder, *days)
    return es.run_study(chosen, universe, market or Market(), spec, confounders=(), reported_moves=())


@pytest.fixture(scope="module")
def ban(tmp_path_factory: pytest.TempPathFactory, universe: Any) -> Any:
    return study(tmp_path_factory.mktemp("ban"), universe, BAN)


def ground_of(results: Any) -> Any:
    spec = replace(results.spec, windows=((0, 0),))
    moment = datetime.fromisoformat(BAN + HOUR)
    return ordinary_ground(results.prices, results.universe, results.events, spec, moment)


def news_day(ground: Any, ticker: str, position: int) -> str:
    """The day on which an announcement at the event's hour reaches this session."""
    column = ground.clocks[ground.table.calendars[ground.table.row(ticker)]][position]
    return (date(1970, 1, 1) + timedelta(days=int(column))).isoformat()


def test_every_share_of_the_group_is_measured_and_nobody_is_asked_for_prices(ban: Any, universe: Any) -> None:
    market = Market()
    results = es.run_study(ban_events(ban), universe, market, SPEC, confounders=(), reported_moves=())
    size = study_size(results)
    assert market.asked == 1
    assert size.labels == ("episode", "event_id", "direction", "role")
    assert [(cell.label, cell.members, cell.window, cell.dates) for cell in size.cells] == [
        (("", f"on-{BAN}", "", role), count, (0, 0), 1) for role, count in (("exposed", 7), ("beneficiary", 3))
    ]
    assert not size.unmeasured
    assert not size.simulated
    assert list(size.cells[0].pvalues) == [*SPEC.tests, "headline"]


def ban_events(ban: Any) -> Any:
    return es.catalogue.Events(ban.events, "events.csv", "0" * 64)


@pytest.mark.parametrize(("role", "ticker"), [("exposed", "T0"), ("beneficiary", "M2")])
def test_a_study_of_the_same_date_says_the_same(
    ban: Any, universe: Any, tmp_path: Path, role: str, ticker: str
) -> None:
    """The beneficiaries trade on two exchanges, and one has only part of its estimation window, there and here."""
    ground = ground_of(ban)
    members = [name for name, line in LINES.items() if line[1] == role]
    positions = ground.common_dates([ground.table.row(name) for name in members], {ground.table.row("YOUNG")})
    cell = next(cell for cell in study_size(ban).cells if cell.label[-1] == role)
    assert len(cell.pvalues["headline"]) == len(positions) >= FEWEST_DATES
    place = 17
    day = news_day(ground, ticker, int(positions[place, members.index(ticker)]))
    again = study(tmp_path, universe, day)
    own = again.tests(by=("role",)).query("role == @role and window == '[0,0]'").set_index("test")
    assert own.loc["bmp_t", "n_pairs"] == len(members)
    if role == "beneficiary":
        used = again.pairs.set_index("ticker")["n_estimation"]
        assert used["YOUNG"] < used["M1"] == 250
    for name, pvalues in cell.pvalues.items():
        if name != "headline":
            np.testing.assert_allclose(pvalues[place], own.loc[name, "pvalue"], atol=TOLERANCE, err_msg=name)
    assert cell.effective == len(positions)


def test_dates_keep_clear_of_the_event_and_of_its_context(tmp_path: Path, universe: Any, ban: Any) -> None:
    both = events_on(tmp_path, EARLIER, BAN)
    alone = es.run_study(
        both.select([f"on-{BAN}"]), universe, Market(), SPEC, context=both, confounders=(), reported_moves=()
    )
    found = {name: study_size(results).cells[0] for name, results in (("with", alone), ("without", ban))}
    lost = found["without"].effective - found["with"].effective
    # the default windows of the other event hold days -2 to +5; [0,0] keeps off each
    assert lost == 8
    ground = ground_of(ban)
    sessions = ground.common_dates([ground.table.row("T0")])[:, 0]
    event = calendar("XTKS").index_of(event_day(datetime.fromisoformat(BAN + HOUR), "XTKS").session)
    assert not set(sessions.tolist()) & set(range(event - 2, event + 6))


def test_a_share_with_few_dates_leaves_its_group_unmeasured(tmp_path: Path, universe: Any) -> None:
    results = study(tmp_path, universe, BAN, market=Market("2023-06-01", "2024-04-30"))
    size = study_size(results)
    assert [cell.label[-1] for cell in size.cells] == ["exposed"]
    (label, reason), *rest = size.unmeasured.items()
    assert not rest
    assert label == ("", f"on-{BAN}", "", "beneficiary")
    ground = ground_of(results)
    rows = [ground.table.row(name) for name in ("M1", "M2", "YOUNG")]
    count, alone = len(ground.common_dates(rows, {rows[2]})), int(ground.partial[rows[2]].sum())
    assert 0 < count < alone < FEWEST_DATES
    assert reason == f"the 3 shares have {count} ordinary dates in common, 99 needed; Young alone has {alone}"


def test_a_share_alone_has_a_size_or_a_reason(tmp_path: Path, universe: Any) -> None:
    lines = Path(universe.path).read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if line.startswith(("ticker,", "YOUNG,", "TOPIX,"))]
    (tmp_path / "universe.csv").write_text("".join(kept), encoding="utf-8")
    one = es.read_universe(tmp_path / "universe.csv")
    for market, measured in ((Market(), True), (Market("2023-06-01", "2024-04-30"), False)):
        size = study_size(study(tmp_path, one, BAN, market=market))
        assert bool(size.cells) == measured
        if measured:
            table = size.table((0.05,)).set_index("test")
            assert table.loc["portfolio_t", "n_draws"] == table.loc["headline", "n_draws"] >= FEWEST_DATES
            assert table.loc["bmp_t", "n_draws"] == 0
        else:
            (reason,) = size.unmeasured.values()
            assert reason.startswith("Young has ")
            assert reason.endswith(" ordinary dates with a full study, 99 needed")


def test_pooled_draws_equal_a_study_of_those_dates(
    tmp_path: Path, universe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two announcements, each moved with its own shares; the pick is known, so a study of those days can be made."""
    exposed = universe.select(role="exposed")
    results = study(tmp_path, exposed, EARLIER, BAN)
    picks: list[Any] = []

    def recorded(*arguments: Any) -> Any:
        picks.append(dates_apart(*arguments))
        return picks[-1]

    monkeypatch.setattr(of_study, "dates_apart", recorded)
    size = study_size(results, draws=4)
    (cell,) = size.cells
    assert cell.label == ("", "", "tightening", "exposed")
    assert (cell.dates, cell.members, len(cell.pvalues["headline"])) == (2, 7, 4)
    assert cell.effective == 4
    ground = ground_of(results)
    positions = ground.common_dates([ground.table.row(f"T{n}") for n in range(7)], on_clock=True)
    for number, pick in enumerate(picks):
        days = [news_day(ground, "T0", int(positions[place, 0])) for place in pick]
        assert abs(int(positions[pick[0], 0] - positions[pick[1], 0])) >= 1
        again = study(tmp_path, exposed, *days).tests(by=("role",)).query("window == '[0,0]'").set_index("test")
        for name in SPEC.tests:
            np.testing.assert_allclose(cell.pvalues[name][number], again.loc[name, "pvalue"], atol=TOLERANCE)


def test_pooled_dates_that_are_shared_count_once(tmp_path: Path, universe: Any) -> None:
    """B dates serve both announcements: B/2 disjoint draws, were there as many draws."""
    exposed = universe.select(role="exposed")
    results = study(tmp_path, exposed, EARLIER, BAN, spec=replace(SPEC, tests=("portfolio_t",)))
    count = len(ground_of(results).common_dates([0, 1, 2, 3, 4, 5, 6], on_clock=True))
    (cell,) = study_size(results, draws=600).cells
    assert cell.effective == count / 2 < 600
    again = study_size(results, draws=20).cells[0]
    for name, pvalues in again.pvalues.items():
        np.testing.assert_array_equal(pvalues, cell.pvalues[name][:20])


def test_dates_lie_apart_and_scarce_ones_are_taken_first() -> None:
    rng = np.random.default_rng(1)
    places = [np.arange(40), np.array([10, 20]), np.arange(0, 40, 2)]
    for _ in range(50):
        pick = dates_apart(places, 7, rng)
        assert pick is not None
        taken = sorted(int(own[place]) for own, place in zip(places, pick, strict=True))
        assert min(np.diff(taken)) >= 7
    assert dates_apart([np.arange(5), np.arange(5)], 7, rng) is None


def test_the_origin_names_what_moves_abnormal_returns(ban: Any, tmp_path: Path, universe: Any) -> None:
    origin = study_size(ban, draws=20).origin
    assert origin["prices"] == YOUNG
    assert origin["specification"]["model"] == "market"
    assert {"windows", "tests", "seed"}.isdisjoint(origin["specification"])
    assert set(origin["inputs"]) == {"universe"}
    other = study(tmp_path, universe, BAN, spec=es.StudySpec(model=es.MeanAdjusted(), windows=((0, 0),)))
    assert study_size(other, draws=20).origin["specification"] != origin["specification"]


def test_factors_are_those_of_the_study(tmp_path: Path, universe: Any) -> None:
    """A factor that is the market itself gives the market model's sizes; without it the model cannot be made."""
    exposed = universe.select(role="exposed")
    market = Market()
    closes = market.fetch([]).frames["TOPIX"]["close"]
    factors = pd.DataFrame({"mkt": closes.pct_change().dropna()})
    spec = replace(SPEC, model=es.FactorModel(("mkt",)))
    chosen = events_on(tmp_path, BAN)
    own = es.run_study(chosen, exposed, market, spec, confounders=(), reported_moves=(), factors=factors)
    with pytest.raises(ValueError, match="the model names mkt, but no factor table is given"):
        study_size(own)
    plain = es.run_study(chosen, exposed, market, SPEC, confounders=(), reported_moves=())
    one, other = study_size(own, factors=factors).cells[0], study_size(plain).cells[0]
    for name, pvalues in one.pvalues.items():
        np.testing.assert_allclose(pvalues, other.pvalues[name], atol=TOLERANCE, err_msg=name)


def test_models_fitted_by_iteration_take_fewer_dates(tmp_path: Path, universe: Any) -> None:
    exposed = universe.select(role="exposed")
    spec = replace(SPEC, model=es.RobustMarketModel(), tests=("portfolio_t",))
    (cell,) = study_size(study(tmp_path, exposed, BAN, spec=spec)).cells
    assert len(cell.pvalues["portfolio_t"]) == cell.effective == 200


def test_returns_without_a_catalogue_have_no_such_groups() -> None:
    returns, pairs, market = es.example_returns()
    with pytest.raises(es.UsageError, match="no catalogue of events"):
        study_size(es.study_returns(returns, pairs, market, es.StudySpec(windows=((0, 0),))))


@pytest.mark.slow
def test_the_ban_on_real_prices(repository: Path, real_prices: Path) -> None:
    """The headline rejects on 82 of 1,481 ordinary dates of 34 shares; a young share leaves the other group without."""
    catalogue, universe = es.read_events(repository / "events.csv"), es.read_universe(repository / "universe.csv")
    chosen = catalogue.select(["2026-01-06-japan-dual-use-ban"])
    results = es.run_study(chosen, universe, es.FilePrices(real_prices), context=catalogue)
    size = study_size(results)
    frame = size.table((0.05,)).set_index("test")
    assert frame.loc["headline", "n_members"] == 34
    assert frame.loc["headline", "n_draws"] == 1481
    assert frame.loc["headline", "rate"] == frame.loc["adjusted_bmp_t", "rate"] == 82 / 1481
    held = ["time_series_t", "portfolio_t", "adjusted_patell_z", "adjusted_bmp_t", "rank_z", "grank_t", "headline"]
    assert frame.index[frame["verdict"] == "holds"].tolist() == held
    assert (frame["verdict"] == "over-rejects").sum() == 8
    assert list(size.unmeasured.values()) == [
        "the 20 shares have 21 ordinary dates in common, 99 needed; USA Rare Earth alone has 100"
    ]
