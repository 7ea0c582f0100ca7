"""``eventstudy curve``: what it prints, what it writes, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from eventstudy.cli import main
from eventstudy.cli.curve import _stem, parse_benchmark
from eventstudy.curve import SpecificationCurve

FEW = ("--model", "market", "--model", "mean", "--estimation=-260,-11", "--window=0,0", "--window=0,5")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet_inputs: Any, quiet_market: Any) -> Path:
    """A working folder with the quiet market's prices as files."""
    for source in quiet_inputs:
        (tmp_path / Path(source.path).name).write_bytes(Path(source.path).read_bytes())
    (tmp_path / "closes").mkdir()
    tickers = [line.ticker for line in quiet_inputs[1]]
    for ticker, frame in quiet_market(shock=0.1).fetch(tickers).frames.items():
        table = pd.DataFrame({"Date": frame.index.astype(str), "Close": frame["close"].to_numpy()})
        table.to_csv(tmp_path / "closes" / f"{ticker}.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_table_on_stdout_and_the_files_beside(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("curve", "ban", "--source", "closes", *FEW, "--benchmark", "nikkei=XTKS:NIKKEI")
    assert main([*arguments, "--format", "csv,json,svg,png"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    names = [f"curves/ban-exposed-curve.{kind}" for kind in ("csv", "json", "svg", "png")]
    assert out.splitlines()[-4:] == names
    assert out.splitlines()[0].split()[:4] == ["model", "estimation", "window", "benchmark"]
    assert "Headline p < 0.05: 6 (6 up, 0 down)" in out
    table = pd.read_csv(folder / names[0], keep_default_na=False, na_values=[""])
    assert len(table) == 6
    plain = json.loads((folder / names[1]).read_text(encoding="utf-8"))
    np.testing.assert_allclose([row["caar"] for row in plain["specifications"]], table["caar"])
    assert plain["provenance"]["curve"]["benchmarks"]["nikkei"] == {"XTKS": "NIKKEI"}
    assert (folder / names[2]).read_text(encoding="utf-8").startswith("<svg xmlns=")
    assert (folder / names[3]).read_bytes().startswith(b"\x89PNG")
    first = {name: (folder / name).read_bytes() for name in names[:3]}
    assert main([*arguments, "--format", "csv,json,svg", "--out", "again"]) == 0
    assert {name: (folder / name.replace("curves", "again")).read_bytes() for name in first} == first


def test_a_report_with_its_curve(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "ban", "--curve", "--source", "closes", "--format", "html"]) == 0
    page = (folder / "reports" / "ban.html").read_text(encoding="utf-8")
    assert "Under other choices" in page
    assert "36 specifications, " in page
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("curve", "bann"), 1, "ban"),
        (("curve", "ban", "--sector", "Mines"), 1, "no exposed line of ban is in the sector 'Mines'; there are Autos"),
        (("curve", "ban", "--role", "exposd"), 2, "'exposd' is not a role; choose from exposed, beneficiary, control"),
        (("curve", "ban", "--model", "capm"), 2, "'capm' is not a model; choose from mean, market-adjusted"),
        (("curve", "ban", "--window", "5,0"), 2, "'5,0' ends before it begins"),
        (("curve", "ban", "--window=-30,1"), 2, "(-30, 1) reaches into the estimation window"),
        (("curve", "ban", "--estimation=-60,-11"), 2, "120 does not fit an estimation window of 50 sessions"),
        (("curve", "ban", "--format", "pdf"), 2, "'pdf' is not a format; choose from csv, json, svg, png"),
        (("curve", "ban", "--benchmark", "nikkei"), 2, "write NAME=MIC:TICKER, for example nikkei=XTKS:^N225"),
        (("curve", "ban", "--benchmark", "same=XTKS:TOPIX"), 2, "'same' gives every line the benchmark that 'own'"),
        (("report", "--curve"), 2, "a report with a curve is on one event; name its EVENT_ID"),
    ],
    ids=["event", "sector", "role", "model", "window", "reach", "short", "format", "benchmark", "same", "report"],
)
def test_a_wrong_choice_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, words: str
) -> None:
    assert main([*arguments, "--source", "closes"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    # a narrow terminal breaks lines anywhere
    assert words.replace(" ", "") in "".join(err.replace("│", "").split())
    assert not (folder / "curves").exists()
    assert not (folder / "reports").exists()


def test_benchmarks_of_several_exchanges() -> None:
    found = parse_benchmark(" big = XTKS:^N225, XNYS:^DJI ")
    assert found == ("big", {"XTKS": "^N225", "XNYS": "^DJI"})


def test_file_names_are_plain_and_differ() -> None:
    def stem(sector: str, *, simulated: bool = False) -> str:
        nothing = pd.DataFrame()
        return _stem(SpecificationCurve("ban", "exposed", sector, nothing, None, simulated, {}))  # type: ignore[arg-type]

    assert stem("") == "ban-exposed-curve"
    assert stem("Autos & parts", simulated=True) == "ban-exposed-Autos-parts-curve-simulated"
    assert stem("../../etc/passwd") == "ban-exposed-etc-passwd-curve"
    assert stem("磁石") != stem("自動車")
    assert stem("磁石").isascii()
