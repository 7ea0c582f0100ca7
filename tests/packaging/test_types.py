"""A program of a user is checked as strictly as the package is: its annotations reach the outside whole."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys

import pytest

PROGRAM = """
from __future__ import annotations

import pandas as pd

import eventstudy as es
from eventstudy.tables import as_markdown


def study(path: str) -> es.StudyResults:
    events: es.catalogue.Events = es.read_events(path)
    universe = es.read_universe()
    spec = es.StudySpec(model=es.MarketModel(), windows=((0, 0), (-1, 1)))
    return es.run_study(events.select(["a"]), universe, es.SamplePrices(), spec, context=events)


def own(returns: pd.DataFrame, pairs: pd.DataFrame, market: "pd.Series[float]") -> bytes:
    results = es.study_returns(returns, pairs, market, es.StudySpec(model=es.FactorModel(["mktrf"])))
    frame: pd.DataFrame = results.groups(by=("event_id",))
    for path in es.write_tables(results, "tables", formats=("csv", "xlsx")):
        print(path.name.upper())
    return as_markdown(frame)


def main() -> None:
    try:
        print(study("events.csv").cross_section("car ~ beta").summary().splitlines())
    except es.InputError as error:
        print([problem.line + 1 for problem in error.problems])
    reveal_type(es.example_returns())
    reveal_type(es.read_universe().get("7203.T").benchmark)
    reveal_type(es.__version__)
"""
WRONG = """
import eventstudy as es

es.StudySpec(windows="0,0")
es.read_events(3.5)
es.no_such_name
es.study_returns(None, None, None)
"""


def _mypy(folder, repository, text: str) -> tuple[int, str]:
    (folder / "program.py").write_text(
        text.replace("es.catalogue.Events", "Events").replace(
            "from eventstudy.tables", "from eventstudy.catalogue import Events\nfrom eventstudy.tables"
        ),
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--ignore-missing-imports", "program.py"],
        cwd=folder,
        env=os.environ | {"MYPYPATH": str(repository)},
        capture_output=True,
        text=True,
        timeout=280,
    )
    return done.returncode, done.stdout


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_a_strict_program(tmp_path, repository):
    code, told = _mypy(tmp_path, repository, PROGRAM)
    assert code == 0, told
    assert "DataFrame" in told
    # the benchmark of a line, the version; how a type is printed is the checker's own affair
    assert len(re.findall(r'Revealed type is "(?:builtins\.)?str"', told)) == 2, told
    code, told = _mypy(tmp_path, repository, WRONG)
    assert code == 1
    lines = [line for line in told.splitlines() if "error:" in line]
    assert [line.split(":")[1] for line in lines if "program.py" in line][:4] == ["4", "5", "6", "7"], told
