"""``lab`` from the command line: what is printed, written and refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy.calendars import calendar
from eventstudy.catalogue import EVENT_COLUMNS, UNIVERSE_COLUMNS
from eventstudy.specification import CLOSED_FORM_TESTS


def _csv(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    pd.DataFrame([{name: row.get(name, "") for name in columns} for row in rows]).to_csv(path, index=False)


@pytest.fixture
def small_market(tmp_path: Path) -> Path:
    """A working folder: seven shares of Tokyo and their index, three years of closes, one event."""
    sessions = calendar("XTKS").sessions
    sessions = sessions[(sessions >= np.datetime64("2022-01-01")) & (sessions < np.datetime64("2025-01-01"))]
    draws = np.random.default_rng(5).normal(0.0, 0.01, (sessions.size, 8))
    draws[:, 1:] += draws[:, :1]
    closes = 1000.0 * np.exp(np.cumsum(draws, axis=0))
    (tmp_path / "closes").mkdir()
    for column, ticker in enumerate(("M.T", *(f"{n}.T" for n in range(1, 8)))):
        # the seventh share is listed too late for half of the dates
        late = sessions.size - 300 if column == 7 else 0
        frame = pd.DataFrame({"Date": sessions.astype(str), "Close": closes[:, column]}).iloc[late:]
        frame.to_csv(tmp_path / "closes" / f"{ticker}.csv", index=False)
    base = {"exchange": "XTKS", "currency": "JPY", "benchmark": "M.T", "role": "exposed"}
    lines = [
        {"ticker": f"{n}.T", "name": f"Share {n}", "sector": "Autos" if n < 4 or n == 7 else "Miners"} | base
        for n in range(1, 8)
    ]
    lines.append(base | {"ticker": "M.T", "name": "Index", "sector": "Index", "role": "benchmark", "benchmark": ""})
    _csv(tmp_path / "universe.csv", UNIVERSE_COLUMNS, lines)
    event = {"event_id": "2024-06-03-rule", "announced_at": "2024-06-03T17:00+09:00", "title": "Rule"}
    event |= {"direction": "restriction", "confidence": "confirmed", "target": "Japan"}
    _csv(tmp_path / "events.csv", EVENT_COLUMNS, [event])
    return tmp_path


def test_help_names_both_commands(command):
    done = command("lab", "--help")
    assert done.code == 0
    assert "\n  size " in done.out
    assert "\n  power " in done.out
    for name in ("size", "power"):
        assert "--simulate" in command("lab", name, "--help").out


def test_size_tells_every_sector_and_every_test(command, small_market):
    done = command("lab", "size", "--source", "closes")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[1].split() == ["role", "sector", "n", "window", "headline", "draws", "rate", "low", "high", "verdict"]
    assert [line.split()[:5] for line in lines[2:8]] == [
        ["exposed", sector, "3", window, "portfolio_t"]
        for sector in ("Autos", "Miners")
        for window in ("[0,0]", "[-1,+1]", "[0,+5]")
    ]
    assert [line.split()[0] for line in lines[11:]] == [*CLOSED_FORM_TESTS, "headline"]
    assert done.err == "Autos (exposed): without 7.T, whose prices are too short\n"
    # nothing but the inputs: no folder was named
    assert {path.name for path in small_market.iterdir()} == {"closes", "universe.csv", "events.csv"}


def test_the_embedded_market_is_named_as_such(command, repository):
    chosen = ("--events", str(repository / "events.csv"), "--universe", str(repository / "universe.csv"))
    sector = ("--sector", "Controls", "--exchange", "XTKS", "--window", "0,0", "--draws", "20", "--tests", "sign")
    done = command("lab", "size", "--source", "sample", *chosen, *sector)
    assert done.code == 0
    assert "the prices are simulated" in done.err


def test_size_writes_the_same_files_twice(command, small_market):
    arguments = ("lab", "size", "--source", "closes", "--sector", "Miners", "--draws", "40", "--seed", "2", "--quiet")
    told = command(*arguments, "-o", "one", "--format", "csv,json,md,svg")
    again = command(*arguments, "-o", "two", "--format", "csv,json,md,svg")
    assert (told.code, told.err, again.code) == (0, "", 0)
    names = ["lab_size.csv", "lab_size.json", "lab_size.md", "lab_size.svg"]
    assert told.out.splitlines()[-4:] == [f"one/{name}" for name in names]
    for name in names:
        assert (small_market / "one" / name).read_bytes() == (small_market / "two" / name).read_bytes()
    frame = pd.read_csv(small_market / "one" / "lab_size.csv", keep_default_na=False)
    assert set(frame["window"]) == {"[0,0]", "[-1,+1]", "[0,+5]"}
    assert set(frame["level"]) == {0.01, 0.05, 0.1}
    assert set(frame["n_draws"]) == {40}
    records = json.loads((small_market / "one" / "lab_size.json").read_text(encoding="utf-8"))
    assert records[0]["rate"] == frame["rate"].iloc[0]
    rows = (small_market / "one" / "lab_size.md").read_text(encoding="utf-8").splitlines()
    assert rows[2].startswith("| role | sector | n_members | window | cross_sectional_t |")
    assert len(rows) == 4 + 3
    other = command(*arguments[:-3], "--seed", "3", "--quiet", "-o", "three")
    assert other.code == 0
    assert (small_market / "three" / "lab_size.csv").read_bytes() != (
        small_market / "one" / "lab_size.csv"
    ).read_bytes()


def test_power_rises_and_finds_its_effect(command, small_market):
    done = command(
        "lab", "power", "--source", "closes", "--window", "0,0", "--effect", "1,2,4", "--draws", "60",
        "--tests", "cross_sectional_t,sign", "-o", "lab", "--format", "csv,md", "--quiet",
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")
    frame = pd.read_csv(small_market / "lab" / "lab_power.csv")
    miners = frame[(frame["sector"] == "Miners") & (frame["test"] == "headline")]
    assert miners["effect"].tolist() == [0.0, 0.01, 0.02, 0.04]
    assert miners["rate"].is_monotonic_increasing
    # the mean of three deviations of 1%: standard error about 0.6%, so 4% is seen
    assert miners["rate"].iloc[-1] > 0.95
    found = pd.read_csv(small_market / "lab" / "lab_detectable.csv").set_index(["sector", "test"])["mde"]
    assert 0.01 < found["Miners", "headline"] < 0.025
    assert np.isnan(found["Miners", "sign"])
    assert "| sign |" in (small_market / "lab" / "lab_power.md").read_text(encoding="utf-8")


def test_stated_laws_need_no_prices(command, tmp_path):
    done = command(
        "lab", "size", "--simulate", "--members", "4,8", "--correlation", "0,0.3", "--errors", "normal,t4", "--thin",
        "0.05", "--unequal", "--draws", "30", "--tests", "bmp_t", "-o", "lab", "--format", "csv,md",
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")
    frame = pd.read_csv(tmp_path / "lab" / "lab_size.csv")
    keys = frame[["errors", "correlation", "n_members"]].drop_duplicates()
    assert len(keys) == 8
    assert set(frame["test"]) == {"bmp_t", "headline"}
    assert set(frame["thin"]) == {0.05}
    assert set(frame["window"]) == {"[0,0]"}
    # what varies stands in the rows, N in the columns
    head = (tmp_path / "lab" / "lab_size.md").read_text(encoding="utf-8").splitlines()[2]
    assert head == "| errors | correlation | test | N = 4 | N = 8 |"
    # adjusted BMP speaks for eight, portfolio t for four; neither claims anything under fat tails
    families = [line.split() for line in done.out.splitlines() if line.startswith("headline:")]
    assert [line[1:3] + line[7:] for line in families] == [
        ["portfolio_t", "2", "nothing"],
        ["portfolio_t", "2", "fat", "tails"],
        ["adjusted_bmp_t", "2", "nothing"],
        ["adjusted_bmp_t", "2", "fat", "tails"],
    ]
    told = command("lab", "power", "--simulate", "--members", "5", "--effect", "3", "--draws", "30", "--tests", "bmp_t")
    assert told.code == 0
    assert "bmp_t" in told.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--simulate", "--members", "2.5"), "'2.5' is not a list of group sizes"),
        (("--simulate", "--members", "x"), "'x' is not a list of numbers"),
        (("--simulate", "--correlation", "1.5"), "correlation: 1.5 is outside [0, 1)"),
        (("--simulate", "--errors", "cauchy"), "'cauchy' is not a law of errors; choose from normal, t4, skewed"),
        (("--simulate", "--variance", "nan"), "'nan' is not a list of numbers"),
        (("--simulate", "--model", "sector"), "--model sector: stated laws have one regressor"),
        (("--tests", "placebo"), "'placebo' is not a closed-form test; choose from cross_sectional_t"),
        (("--format", "xlsx"), "'xlsx' is not a format; choose from csv, json, md, svg"),
        (("--window", "5,0"), "'5,0' ends before it begins"),
        (("--draws", "0"), "Invalid value for '--draws'"),
    ],
)
def test_wrong_usage_is_told(command, arguments, told):
    done = command("lab", "size", *arguments)
    assert done.code == 2
    assert told in " ".join(done.err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--exchange", "XNYS"), "no share listed on XNYS; choose from XTKS"),
        (("--sector", "Banks"), "Banks"),
        (("--source", "nowhere"), "--source nowhere: no such file or folder"),
        (
            ("--sector", "Autos", "--estimation=-800,-11"),
            "no sector of universe.csv has 3 shares with prices and a date",
        ),
        (("--out", "events.csv"), "is a file, not a folder"),
    ],
)
def test_what_a_person_can_mend_is_told(command, small_market, arguments, told):
    done = command("lab", "size", *(() if "--source" in arguments else ("--source", "closes")), *arguments)
    assert done.code == 1
    assert told in done.err
    assert done.out == ""


def test_a_report_tells_the_false_alarms_of_its_own_groups(command, small_market):
    arguments = ("report", "2024-06-03-rule", "--source", "closes", "--format", "html", "--quiet")
    measured, plain = command(*arguments, "--lab"), command(*arguments, "-o", "plain")
    assert (measured.code, measured.err, plain.code) == (0, "", 0)
    page = (small_market / "reports" / "2024-06-03-rule.html").read_text(encoding="utf-8")
    assert "Exposed: false alarms in 100" in page
    assert "The exposed shares are measured on " in page
    assert "false alarms in 100" not in (small_market / "plain" / "2024-06-03-rule.html").read_text(encoding="utf-8")


def test_factors_of_a_file_are_those_of_run(command, small_market):
    """The index as a factor is the market model: the same sizes, group by group and test by test."""
    closes = pd.read_csv(small_market / "closes" / "M.T.csv")
    factors = pd.DataFrame({"date": closes["Date"], "mkt": closes["Close"].pct_change()}).dropna()
    factors.to_csv(small_market / "factors.csv", index=False)
    shared = ("lab", "size", "--source", "closes", "--window", "0,0", "--draws", "60", "--quiet")
    assert command(*shared, "-o", "market").code == 0
    assert command(*shared, "-o", "factors", "--model", "factors:factors.csv").code == 0
    one, other = (
        pd.read_csv(small_market / name / "lab_size.csv")["rate"].to_numpy() for name in ("market", "factors")
    )
    np.testing.assert_array_equal(one, other)
    power = command("lab", "power", *shared[2:], "--effect", "0,2", "--model", "factors:factors.csv")
    assert power.code == 0
    refused = command("lab", "size", "--simulate", "--model", "factors:factors.csv")
    assert refused.code == 2
    assert "stated laws have one regressor, the market" in " ".join(refused.err.split())
