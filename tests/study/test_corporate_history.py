"""Lines that stop trading around an event, and lines that change their symbol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.calendars import calendar
from eventstudy.catalogue import PreviousTicker, Universe
from eventstudy.catalogue.universe import PREVIOUS
from eventstudy.cli import main
from eventstudy.errors import InputError
from eventstudy.prices.source import PriceHistory

WINDOWS = ((-1, 1), (0, 5))
# sums in another order
ROUNDING = 1e-10


def session(tau: int) -> Any:
    """The session of event day tau of the small market's event."""
    sessions = calendar("XTKS").sessions
    return sessions[np.searchsorted(sessions, np.datetime64("2026-01-07")) + tau].item()


def changed(universe: Universe, **changes: Any) -> Universe:
    """The universe with some cells of A.T changed."""
    return replace(
        universe, rows=tuple(replace(line, **changes) if line.ticker == "A.T" else line for line in universe)
    )


def study(inputs: Any, market: Any, universe: Universe | None = None, **choices: Any) -> es.StudyResults:
    spec = es.StudySpec(**{"windows": WINDOWS, "tests": ("adjusted_bmp_t",), **choices})
    return es.run_study(inputs[0].select(["ban"]), universe or inputs[1], market, spec)


def of_a(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["ticker"] == "A.T"].reset_index(drop=True)


def shorter(window: tuple[int, int], last: int) -> tuple[int, int]:
    return window[0], min(window[1], last)


# -- a line that stops trading


@pytest.mark.parametrize("partial", ["exclude", "truncate"])
def test_a_line_that_stopped_the_day_before_is_out(small_inputs: Any, small_market: Any, partial: str) -> None:
    results = study(small_inputs, small_market(), changed(small_inputs[1], last_trade=session(-1)), partial=partial)
    assert of_a(results.attrition).to_numpy().tolist() == [["ban", "A.T", "", "listing", "delisted"]]


@pytest.mark.parametrize(
    ("last", "lost"),
    [(0, {""}), (1, {"[0,+5]"}), (4, {"[0,+5]"}), (5, set()), (6, set())],
)
def test_by_default_a_window_it_does_not_see_to_the_end_is_attrition(
    small_inputs: Any, small_market: Any, last: int, lost: set[str]
) -> None:
    results = study(small_inputs, small_market(), changed(small_inputs[1], last_trade=session(last)))
    attrition = of_a(results.attrition)
    assert set(attrition["window"]) == lost
    assert set(attrition["reason"]) <= {"delisted_in_window"}
    assert set(attrition["step"]) <= {"listing"}
    assert "sessions" not in results.cars.columns
    whole = of_a(study(small_inputs, small_market()).cars)
    kept = whole[~whole["window"].isin(lost)] if "" not in lost else whole[:0]
    pd.testing.assert_frame_equal(of_a(results.cars), kept.reset_index(drop=True))


@pytest.mark.parametrize(
    ("last", "model", "standardise"),
    [
        *(
            (last, model, standardise)
            for last in (0, 1, 4)
            for model in (es.MarketModel(), es.ScholesWilliams())
            for standardise in ("exact", "sum")
        ),
        (1, es.MeanAdjusted(), "exact"),
        pytest.param(1, es.GarchMarketModel(), "exact", marks=pytest.mark.slow),
    ],
)
def test_a_window_cut_short_is_the_window_of_the_sessions_there_are(
    small_inputs: Any, small_market: Any, last: int, model: Any, standardise: str
) -> None:
    choices = {"model": model, "standardise": standardise}
    universe = changed(small_inputs[1], last_trade=session(last))
    results = study(small_inputs, small_market(), universe, partial="truncate", **choices)
    cars = of_a(results.cars)
    windows = [shorter(window, last) for window in WINDOWS]
    # the same line, studied over the shorter windows before it stopped
    expected = of_a(study(small_inputs, small_market(), windows=tuple(windows), **choices).cars)
    assert cars["window"].tolist() == ["[-1,+1]", "[0,+5]"]
    assert cars["sessions"].tolist() == [end - begin + 1 for begin, end in windows]
    columns = ["car", "car_se", "scar", "pvalue", "bhar"]
    np.testing.assert_allclose(cars[columns], expected[columns], rtol=ROUNDING, atol=1e-14)
    told = {"[-1,+1]": last < 1, "[0,+5]": True}
    assert of_a(results.attrition)[["window", "step", "reason"]].to_numpy().tolist() == [
        [window, "listing", "partial_window"] for window, is_short in told.items() if is_short
    ]
    # the others' windows are whole, and told to be
    others = results.cars[results.cars["ticker"] == "B.T"]
    assert others["sessions"].tolist() == [3, 6]


@pytest.mark.parametrize("last", [5, 6])
def test_a_line_that_sees_the_window_to_its_end_has_a_whole_one(
    small_inputs: Any, small_market: Any, last: int
) -> None:
    results = study(
        small_inputs, small_market(), changed(small_inputs[1], last_trade=session(last)), partial="truncate"
    )
    assert of_a(results.cars)["sessions"].tolist() == [3, 6]
    assert of_a(results.attrition).empty


def test_a_halt_is_no_end(small_inputs: Any, small_market: Any) -> None:
    results = study(small_inputs, small_market(), partial="truncate")
    lost = results.attrition[results.attrition["ticker"] == "HALT.T"]
    assert lost["reason"].tolist() == ["window_edge"]


def test_a_window_after_the_last_session_has_nothing_to_be_cut_to(small_inputs: Any, small_market: Any) -> None:
    universe = changed(small_inputs[1], last_trade=session(1))
    results = study(small_inputs, small_market(), universe, windows=((0, 0), (2, 5)), partial="truncate")
    assert of_a(results.cars)["window"].tolist() == ["[0,0]"]
    assert of_a(results.attrition)["reason"].tolist() == ["delisted_in_window"]


def test_a_groups_mean_holds_the_short_car_with_its_own_variance(small_inputs: Any, small_market: Any) -> None:
    universe = changed(small_inputs[1], last_trade=session(1))
    results = study(small_inputs, small_market(), universe, partial="truncate")
    group = results.groups(by=("event_id", "sector")).query("sector == 'Autos' and window == '[0,+5]'").iloc[0]
    cars = results.cars.query("ticker in ['A.T', 'B.T', 'C.T'] and window == '[0,+5]'")
    assert group["n_pairs"] == 3
    assert group["caar"] == pytest.approx(cars["car"].mean(), rel=1e-12)
    excluded = study(small_inputs, small_market(), universe)
    group = excluded.groups(by=("event_id", "sector")).query("sector == 'Autos' and window == '[0,+5]'").iloc[0]
    assert group["n_pairs"] == 2


@pytest.mark.parametrize("tests", [("adjusted_bmp_t",), ("adjusted_bmp_t", "placebo")])
def test_returns_of_ones_own_that_end_inside_the_window(tests: tuple[str, ...]) -> None:
    returns, pairs, market = es.example_returns()
    ended = returns.copy()
    ended.iloc[283:, 0] = np.nan  # the event is at 280
    spec = es.StudySpec(windows=WINDOWS, tests=tests)
    cut = es.study_returns(ended, pairs, market, replace(spec, partial="truncate"))
    expected = es.study_returns(returns, pairs, market, replace(spec, windows=((-1, 1), (0, 2)))).cars
    first = cut.cars[cut.cars["ticker"] == "S0"]
    assert first["sessions"].tolist() == [3, 3]
    np.testing.assert_allclose(first["car_se"], expected.loc[expected["ticker"] == "S0", "car_se"], rtol=ROUNDING)
    np.testing.assert_allclose(first["car"], expected.loc[expected["ticker"] == "S0", "car"], rtol=ROUNDING)
    assert cut.attrition["reason"].tolist() == ["partial_window"]
    default = es.study_returns(ended, pairs, market, spec)
    assert default.attrition["reason"].tolist() == ["window_edge"]
    assert "sessions" not in default.cars.columns


def test_the_choice_is_checked_and_stated() -> None:
    assert es.StudySpec(partial="truncate").to_json()["partial"] == "truncate"
    with pytest.raises(ValueError, match="partial: 'half' unknown; choose from exclude, truncate"):
        es.StudySpec(partial="half")


def test_the_command_line_and_the_report_say_which_windows_are_short(
    small_inputs: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = es.read_universe().to_frame()
    frame.loc[frame["ticker"] == "7203.T", "last_trade"] = "2026-01-09"
    path = tmp_path / "universe.csv"
    frame.to_csv(path, index=False)
    common = ["2026-01-06-japan-dual-use-ban", "--source", "sample", "--universe", str(path), "--quiet"]
    assert main(["run", *common, "--partial", "truncate", "--out", str(tmp_path / "tables")]) == 0
    cars = pd.read_csv(tmp_path / "tables" / "cars.csv")
    own = cars[cars["ticker"] == "7203.T"].set_index("window")["sessions"]
    assert own.to_dict() == {"[-2,-1]": 2, "[0,0]": 1, "[-1,+1]": 3, "[0,+5]": 3}
    report = ["report", *common, "--partial", "truncate", "--format", "html", "--out", str(tmp_path)]
    assert main(report) == 0
    (page,) = tmp_path.glob("*.html")
    told = (
        "one share with a value of fewer sessions (the line stopped trading inside the window, which ends with its last"
    )
    assert told in page.read_text("utf-8").replace("\n", " ")
    assert main([*report[:2], "--source", "sample", "--partial", "half"]) == 2
    assert "'half' is not a rule; choose from exclude, truncate" in capsys.readouterr().err


# -- a line that changes its symbol


@dataclass
class Renamed:
    """The small market, in which A.T was OLD.T until some session.

    Attributes
    ----------
    until : int
        Event day of the last session as OLD.T.
    levels : (float, float)
        What OLD.T's close and adjusted close are multiples of, of A.T's.
    whole : bool
        Whether the source also has all of A.T's history under A.T.
    """

    market: Any
    until: int
    levels: tuple[float, float] = (1.0, 0.9)
    whole: bool = False

    def fetch(self, tickers: list[str], start: Any = None, end: Any = None) -> PriceHistory:
        history = self.market.fetch([*tickers, "A.T"], start, end)
        frames = dict(history.frames)
        frame = frames["A.T"]
        old = frame[: pd.Timestamp(session(self.until))].copy()
        old["close"] *= self.levels[0]
        old["adj_close"] *= self.levels[0] * self.levels[1]
        if "OLD.T" in tickers:
            frames["OLD.T"] = old
        if not self.whole:
            frames["A.T"] = frame[pd.Timestamp(session(self.until + 1)) :]
        return replace(history, frames=frames)


def former(until: int, ratio: float | None = None) -> dict[str, Any]:
    return {"previous": (PreviousTicker("OLD.T", session(until), ratio),)}


@pytest.mark.parametrize("until", [-300, -40, -1, 0, 2])
@pytest.mark.parametrize(
    ("levels", "ratio", "whole"),
    [((1.0, 0.9), None, False), ((2.0, 0.9), 2.0, False), ((0.1, 1.0), 0.1, False), ((3.0, 0.5), None, True)],
    ids=["renamed", "two for one", "one for ten", "the source has both"],
)
def test_the_history_under_two_symbols_is_one_history(
    small_inputs: Any, small_market: Any, until: int, levels: tuple[float, float], ratio: float | None, whole: bool
) -> None:
    expected = study(small_inputs, small_market())
    universe = changed(small_inputs[1], **former(until, ratio))
    results = study(small_inputs, Renamed(small_market(), until, levels, whole), universe)
    columns = ["car", "car_se", "scar", "bhar"]
    np.testing.assert_allclose(of_a(results.cars)[columns], of_a(expected.cars)[columns], rtol=1e-8)
    assert of_a(results.pairs)["n_estimation"].tolist() == of_a(expected.pairs)["n_estimation"].tolist()


def test_without_the_former_symbol_the_history_is_short(small_inputs: Any, small_market: Any) -> None:
    results = study(small_inputs, Renamed(small_market(), -40))
    assert of_a(results.attrition)["reason"].tolist() == ["short_estimation"]


def test_no_return_crosses_an_exchange_whose_ratio_is_not_stated(small_inputs: Any, small_market: Any) -> None:
    universe = changed(small_inputs[1], **former(0))
    results = study(small_inputs, Renamed(small_market(), 0, (5.0, 1.0)), universe)
    attrition = of_a(results.attrition)
    # day +1 has no return, and both windows hold it
    assert attrition[["step", "reason"]].to_numpy().tolist() == [["returns", "no_event_return"]]
    results = study(
        small_inputs, Renamed(small_market(), 0, (5.0, 1.0)), universe, windows=((0, 0), (-1, 1), (0, 5), (2, 5))
    )
    assert of_a(results.cars)["window"].tolist() == ["[0,0]", "[+2,+5]"]
    assert of_a(results.attrition)[["window", "step", "reason"]].to_numpy().tolist() == [
        ["[-1,+1]", "listing", "unlinked_ticker"],
        ["[0,+5]", "listing", "unlinked_ticker"],
    ]
    days = of_a(results.abnormal_returns).set_index("tau")
    assert np.isnan(days.loc[1, "return"])
    assert np.isfinite(days.loc[[0, 2], "return"]).all()


def test_a_market_under_two_symbols_is_one_market(small_inputs: Any, small_market: Any) -> None:
    market = small_market()

    @dataclass
    class OtherMarket:
        def fetch(self, tickers: list[str], start: Any = None, end: Any = None) -> PriceHistory:
            history = market.fetch(tickers, start, end)
            frames = dict(history.frames)
            frames["OLDMARKET.T"] = frames["MARKET.T"][: pd.Timestamp(session(-40))] * 1.5
            frames["MARKET.T"] = frames["MARKET.T"][pd.Timestamp(session(-39)) :]
            return replace(history, frames=frames)

    universe = small_inputs[1]
    before = (PreviousTicker("OLDMARKET.T", session(-40), 1.5),)
    rows = tuple(replace(line, previous=before) if line.ticker == "MARKET.T" else line for line in universe)
    results = study(small_inputs, OtherMarket(), replace(universe, rows=rows))
    np.testing.assert_allclose(of_a(results.cars)["scar"], of_a(study(small_inputs, market).cars)["scar"], rtol=1e-8)


@pytest.fixture
def read_with(tmp_path: Path, small_inputs: Any) -> Callable[[str], Universe]:
    """The small universe read with a cell of former symbols on A.T."""

    def read(cell: str) -> Universe:
        lines = Path(small_inputs[1].path).read_text().splitlines()
        path = tmp_path / "universe.csv"
        rows = [f"{line},{cell if line.startswith('A.T,') else ''}" for line in lines[1:]]
        path.write_text("\n".join([f"{lines[0]},{PREVIOUS}", *rows]) + "\n")
        return es.read_universe(path)

    return read


def test_former_symbols_are_read_in_order_of_time(read_with: Callable[[str], Universe]) -> None:
    line = read_with("MID.T 2025-03-31 0.5; OLD.T 2024-09-30").get("A.T")
    assert line.previous == (
        PreviousTicker("OLD.T", session(0).replace(year=2024, month=9, day=30)),
        PreviousTicker("MID.T", session(0).replace(year=2025, month=3, day=31), 0.5),
    )
    assert line.extra[PREVIOUS] == "MID.T 2025-03-31 0.5; OLD.T 2024-09-30"


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("OLD.T", "'OLD.T' is not a former symbol; write symbol, last session and"),
        ("OLD.T 2024-09-30 x", "'OLD.T 2024-09-30 x' is not a former symbol"),
        ("OLD.T 2024-09-30 -1", "is not a former symbol"),
        ("../OLD 2024-09-30", "'../OLD 2024-09-30' is not a former symbol"),
        ("OLD.T 2024-02-30", "'2024-02-30' is not a day of the calendar"),
        ("B.T 2024-09-30", "'B.T' is itself a line of this file, on line 7; delete that line, or this symbol"),
        ("OLD.T 2024-09-30; MID.T 2024-09-30", "two symbols end on the same session"),
    ],
)
def test_a_former_symbol_that_cannot_be_is_told(read_with: Callable[[str], Universe], cell: str, what: str) -> None:
    with pytest.raises(InputError) as caught:
        read_with(cell)
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (6, PREVIOUS)
    assert what in str(problem)


def test_the_former_symbol_is_asked_of_the_source(small_inputs: Any, small_market: Any) -> None:
    market = small_market()
    study(small_inputs, market, changed(small_inputs[1], **former(-40)))
    assert "OLD.T" in market.asked
