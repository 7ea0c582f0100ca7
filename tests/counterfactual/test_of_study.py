"""Counterfactuals of a catalogue study: pools, numbers on real prices, the day taken apart, the command line."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.catalogue import EXCHANGES
from eventstudy.counterfactual.attribution import Attribution, _attributed, attribution
from eventstudy.counterfactual.base import CounterfactualPanel
from eventstudy.counterfactual.means import DifferenceInMeans
from eventstudy.counterfactual.of_study import event_counterfactuals, leave_one_out
from eventstudy.counterfactual.pools import donor_pool
from eventstudy.results import StudyResults

BAN = "2026-01-06-japan-dual-use-ban"


@pytest.fixture(scope="module")
def real(shared_data: Path) -> StudyResults:
    """The ban on real prices."""
    events = es.read_events()
    prices = es.FilePrices(shared_data / "real_prices" / "prices.csv.gz")
    return es.run_study(events.select([BAN]), es.read_universe(), prices, context=events)


def members(results: StudyResults, role: str, sector: str = "") -> pd.DataFrame:
    pairs = results.evidence.pairs[results.evidence.row >= 0]
    pairs = pairs[pairs["role"] == role]
    return pairs[pairs["sector"] == sector] if sector else pairs


def test_a_pool_is_of_controls_of_the_same_market(real: StudyResults):
    pool = donor_pool(real, BAN, members(real, "exposed"), (0, 0))
    assert pool.city == "Tokyo"
    assert len(pool.treated) == 34
    universe = es.read_universe()
    assert {universe.get(ticker).role for ticker in pool.donors} == {"control"}
    assert {universe.get(ticker).exchange for ticker in pool.donors} == {"XTKS"}
    assert len(pool.donors) == 76
    # a retailer whose fall the press printed beside the event's
    assert pool.left_out == {"9983.T": "named with the event"}
    assert pool.panel is not None
    assert pool.panel.n_before == 250 - pool.days_left_out
    # one return by hand, from the file's two closes
    row = pool.treated.index("7203.T")
    assert pool.panel.treated[row, -1] == pytest.approx(-0.0274, abs=5e-5)
    # news of its own takes a donor out, on a day of the window and on no other
    confounder = replace(real.confounders[0], scope="9001.T", session_date=pool.sessions[-1].item())
    changed = replace(real, confounders=(confounder,))
    assert (
        donor_pool(changed, BAN, members(real, "exposed"), (0, 0)).left_out["9001.T"] == "news of its own in the window"
    )
    # miners trade where no donor has prices here
    miners = donor_pool(real, BAN, members(real, "beneficiary", "Rare-earth miners"), (0, 0))
    assert miners.panel is None
    assert miners.reason == ("0 of 18 controls in New York serve as donors, 10 needed: mostly no prices on these days")


def test_miners_have_donors_in_new_york_and_sydney():
    universe, events = es.read_universe(), es.read_events()
    cities = Counter(EXCHANGES[line.exchange] for line in universe if line.is_donor_only)
    assert cities == {"Tokyo": 72, "New York": 18, "Sydney": 16}
    # the embedded market holds them all
    results = es.run_study(events.select([BAN]), universe, es.SamplePrices(), context=events)
    miners = members(results, "beneficiary", "Rare-earth miners")
    for city, count in (("New York", 18), ("Sydney", 16)):
        there = miners[[EXCHANGES[mic] == city for mic in miners["exchange"]]]
        pool = donor_pool(results, BAN, there, (0, 0))
        assert (pool.city, len(pool.donors)) == (city, count)
        assert pool.panel is not None


def test_a_market_without_controls_says_so():
    universe, events = es.read_universe(), es.read_events()
    spec = es.StudySpec(windows=((0, 0),), tests=("portfolio_t",))
    chosen = universe.select(sector="Chinese producers")
    results = es.run_study(events.select([BAN]), chosen, es.SamplePrices(), spec, context=events)
    found = event_counterfactuals(results, BAN, (0, 0), draws=0)
    assert {group.pool.reason for group in found.groups} <= {
        f"the universe has no controls in {city}" for city in ("Shanghai", "Shenzhen", "Hong Kong")
    }


def test_the_loss_of_autos_on_real_prices(real: StudyResults):
    found = event_counterfactuals(real, BAN, (0, 0), draws=0)
    autos = found.group("exposed", "Autos & parts")
    assert autos is not None
    assert autos.model_effect == pytest.approx(-0.0121, abs=1e-4)
    assert {name: round(100 * fit.cumulated(), 2) for name, fit in autos.fits.items()} == {"sc": -2.35, "gsynth": -3.22}
    assert autos.tests["sc"].pvalue == pytest.approx(14 / 251)
    assert autos.tests["gsynth"].pvalue == pytest.approx(6 / 251)
    low, high = autos.tests["sc"].ci_low, autos.tests["sc"].ci_high
    assert low < autos.model_effect < high
    assert autos.leave_one_out[0] <= autos.fits["sc"].cumulated() <= autos.leave_one_out[1]
    assert autos.fits["sc"].diagnostics["kkt"] <= 1e-8
    # beneficiaries survive both, and the difference between the roles its joint band
    whole = found.group("beneficiary")
    assert whole is not None
    assert max(test.pvalue for test in whole.tests.values()) < 0.02
    assert found.contrast is not None
    assert found.contrast.ci_high[2] < 0.0
    assert found.contrast.effect[2] == pytest.approx(found.contrast.effect[0] - found.contrast.effect[1])


def test_any_estimator_can_speak(real: StudyResults):
    found = event_counterfactuals(real, BAN, (0, 0), "did", draws=19, sectors=False)
    exposed = found.group("exposed")
    assert exposed is not None
    assert list(exposed.fits) == ["did", "sc", "gsynth"]
    assert exposed.placebo is not None
    assert len(exposed.placebo.ratios) == 19
    again = event_counterfactuals(real, BAN, (0, 0), "did", draws=19, sectors=False).group("exposed")
    assert again is not None
    assert again.placebo is not None
    assert again.placebo.ratios.tolist() == exposed.placebo.ratios.tolist()
    with pytest.raises(ValueError, match="estimator: 'ols' unknown; choose from sc, asc, sdid, gsynth, did"):
        event_counterfactuals(real, BAN, (0, 0), "ols")


def test_a_day_taken_apart_adds_up(real: StudyResults):
    found = attribution(real, BAN, "exposed", "Autos & parts", (0, 0))
    assert isinstance(found, Attribution)
    # yen and oil have no prices in this file, and the report names what to fetch
    assert found.lacking == (("yen", "FXY"), ("oil", "USO"))
    assert [name for name, _ in found.parts] == [
        "usual drift", "market", "metals and mining", "sector fund", "remainder",
    ]  # fmt: skip
    assert sum(value for _, value in found.parts) == pytest.approx(found.total, abs=1e-15)
    assert found.total == pytest.approx(-0.0212, abs=1e-4)
    assert attribution(real, BAN, "beneficiary", "Rare-earth miners", (0, 0)) is None


def test_parts_by_hand():
    # two factors, the second equal to the first plus a cycle of its own; the treated move by 2 × first + 1 × cycle,
    # so the first explains 2 × its surprise and the second, cleared of the first, 1 × the cycle's
    first = np.array([0.01, -0.01, 0.01, -0.01, 0.03])
    cycle = np.array([0.01, 0.01, -0.01, -0.01, 0.02])
    treated = 2 * first + cycle + np.array([0.0, 0.0, 0.0, 0.0, 0.05])
    panel = CounterfactualPanel(treated[None], first[None], 4)
    found = _attributed("exposed", "", panel, ("one", "two", "again"), (first, first + cycle, 3 * first))
    assert dict(found.parts) == pytest.approx({"usual drift": 0.0, "one": 0.06, "two": 0.02, "remainder": 0.05})
    assert found.total == pytest.approx(0.13)
    assert found.remainder_se == pytest.approx(0.0, abs=1e-15)


def test_leave_one_out_by_hand():
    # donors' returns in the window 1, 3 and 2%, equal weights: 5 − 2 = 3; without the first 2.5, without the second 3.5
    donors = np.array([[0.0, 0.02, 0.0, 0.01], [0.02, 0.0, 0.02, 0.03], [0.01, 0.0, 0.0, 0.02]])
    panel = CounterfactualPanel(np.array([[0.01, 0.01, 0.01, 0.05]]), donors, 3)
    fit = DifferenceInMeans().fit(panel)
    assert fit.cumulated() == pytest.approx(0.03)
    assert leave_one_out(panel, DifferenceInMeans(), fit) == pytest.approx((0.025, 0.035))


def test_the_report_says_whether_the_loss_survives(real: StudyResults):
    from eventstudy.report.build import make_chapters
    from eventstudy.report.evidence import read_evidence
    from eventstudy.report.model import Figure, PathsPlot, Table, WaterfallPlot, plain
    from eventstudy.report.sections import counterfactuals

    section = counterfactuals.build(make_chapters(read_evidence(real))[0])
    assert (section.number, section.anchor) == ("5c", "counterfactuals")
    assert section.finding == "Against untouched shares beneficiaries gained 4.3%"
    words = " ".join(plain(paragraph) for paragraph in section.paragraphs)
    assert (
        "The loss of autos and parts in Tokyo, −1.2% by the study’s own model, is larger against shares that the event "
        "did not touch: −2.3% against the synthetic control (p = 0.056) and −3.2% against the factor model "
        "(p = 0.024). At the 5% level it survives the factor model, and not the synthetic control." in words
    )
    assert "The estimates disagree on the 34 exposed shares in Tokyo: the study’s model says +0.2%" in words
    # what each says of autos has just been told
    assert "disagree on autos" not in words
    assert [type(block) for block in section.blocks[:3]] == [Table, Figure, Figure]
    path, parts = section.blocks[1], section.blocks[2]
    assert isinstance(path, Figure)
    assert isinstance(path.drawing, PathsPlot)
    exposed = path.drawing.panels[0]
    assert exposed.values[exposed.taus.index(-1)] == exposed.other[exposed.taus.index(-1)] == 0.0
    assert exposed.values[exposed.taus.index(0)] == pytest.approx(-0.79, abs=0.01)
    assert isinstance(parts, Figure)
    assert isinstance(parts.drawing, WaterfallPlot)
    assert (
        "The price source lacks yen (FXY) and oil (USO) on some of these days, so that the remainder holds their part: "
        "add their prices to it, or fetch them with “eventstudy prices fetch”" in plain(parts.note)
    )
    for panel in parts.drawing.panels:
        assert sum(bar.value for bar in panel.bars[:-1]) == pytest.approx(panel.bars[-1].value)
        assert panel.bars[-1].total


def test_the_command_line_names_the_estimators(capfd: pytest.CaptureFixture[str]):
    from eventstudy.cli import main

    assert main(["report", BAN, "--source", "sample", "--counterfactual", "ols"]) == 2
    assert "'ols' is not an estimator; choose from sc, asc, sdid, gsynth, did" in " ".join(
        capfd.readouterr().err.split()
    )
