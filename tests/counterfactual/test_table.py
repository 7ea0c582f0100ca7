"""The table of a whole study: its rows, its files, and the command that writes it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.counterfactual.of_study import event_counterfactuals
from eventstudy.counterfactual.table import COLUMNS, counterfactual_table
from eventstudy.results import StudyResults

BAN, TALK = "2026-01-06-japan-dual-use-ban", "2025-11-07-takaichi-taiwan-remarks"
WINDOWS = ((0, 0), (-1, 1))


@pytest.fixture(scope="module")
def real(shared_data: Path) -> StudyResults:
    events = es.read_events()
    prices = es.FilePrices(shared_data / "real_prices" / "prices.csv.gz")
    spec = es.StudySpec(windows=WINDOWS)
    return es.run_study(events.select([BAN, TALK]), es.read_universe(), prices, spec, context=events)


def test_the_table_is_what_the_report_says_row_by_row(real: StudyResults):
    table = counterfactual_table(real, ("sc", "gsynth"))
    assert tuple(table.columns) == COLUMNS
    key = ["event_id", "role", "sector", "window", "estimator"]
    assert not table.duplicated(key).any()
    assert set(table["event_id"]) == {BAN, TALK}
    assert set(table["window"]) == {"[0,0]", "[-1,+1]"}
    for window, label in zip(WINDOWS, ("[0,0]", "[-1,+1]"), strict=True):
        found = event_counterfactuals(real, BAN, window, draws=0)
        rows = table[(table["event_id"] == BAN) & (table["window"] == label)]
        assert len(rows) == 2 * len(found.groups)
        for group in found.groups:
            of_group = rows[(rows["role"] == group.role) & (rows["sector"] == group.sector)].set_index("estimator")
            for name in ("sc", "gsynth"):
                row = of_group.loc[name]
                if not group.fits:
                    assert row["reason"] == group.pool.reason != ""
                    assert row[["effect", "att", "pvalue", "pre_rmse"]].isna().all()
                    continue
                fit, test = group.fits[name], group.tests[name]
                assert row["reason"] == ""
                assert (row["effect"], row["pvalue"]) == (fit.cumulated(), test.pvalue)
                assert row["att"] == pytest.approx(row["effect"] / (window[1] - window[0] + 1))
                assert row["pre_rmse"] == fit.pre_rmse
                assert row["model_effect"] == group.model_effect or np.isnan(group.model_effect)
                assert (row["n_treated"], row["n_donors"]) == (len(group.pool.treated), len(group.pool.donors))
            if group.fits:
                # the report asks for the interval of the estimator that speaks
                assert of_group.loc["sc", "ci_low"] == group.tests["sc"].ci_low
                assert of_group.loc["sc", "ci_low"] < of_group.loc["sc", "effect"] < of_group.loc["sc", "ci_high"]
                assert of_group.loc["sc", "donors_used"] == np.count_nonzero(group.fits["sc"].weights)
    with pytest.raises(ValueError, match="estimator: 'ols' unknown; choose from sc, asc, sdid, gsynth, did"):
        counterfactual_table(real, ("sc", "ols"))
    with pytest.raises(ValueError, match="estimator: none given; choose from sc"):
        counterfactual_table(real, ())


def test_run_writes_it_and_says_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    from eventstudy.cli import main

    begin = ["run", BAN, "--source", "sample", "--window=0,0", "--sector", "Autos & parts", "--quiet"]
    assert main([*begin, "--counterfactual", "did,sdid", "--format", "csv,json", "--out", str(tmp_path)]) == 0
    printed = [Path(line).name for line in capfd.readouterr().out.splitlines()]
    assert printed[-3:] == ["attrition.json", "counterfactuals.json", "study.json"]
    table = pd.read_csv(tmp_path / "counterfactuals.csv", keep_default_na=False, na_values=[""])
    assert tuple(table.columns) == COLUMNS
    assert set(table["estimator"]) == {"did", "sdid"}
    assert set(table.loc[table["sector"].notna(), "sector"]) == {"Autos & parts"}
    assert json.loads((tmp_path / "study.json").read_text(encoding="utf-8"))["counterfactuals"] == ["did", "sdid"]
    assert len(json.loads((tmp_path / "counterfactuals.json").read_text(encoding="utf-8"))) == len(table)
    assert main([*begin, "--out", str(tmp_path / "without")]) == 0
    assert not (tmp_path / "without" / "counterfactuals.csv").exists()
    assert "counterfactuals" not in json.loads((tmp_path / "without" / "study.json").read_text(encoding="utf-8"))
    capfd.readouterr()
    assert main([*begin, "--counterfactual", "sc,ols"]) == 2
    assert "'ols' is not an estimator; choose from sc, asc, sdid, gsynth, did" in " ".join(
        capfd.readouterr().err.split()
    )
