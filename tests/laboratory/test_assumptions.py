"""Which laws a test claims to stand, and the count of cells apart by claim."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from eventstudy.laboratory import Scenario, SizeResult, binomial_band, simulated_size
from eventstudy.laboratory.assumptions import (
    CORRELATION,
    OWN_VARIANCE,
    ROBUST_TO,
    SKEWNESS,
    TAILS,
    VARIANCE,
    beyond_claims,
    departures,
)
from eventstudy.laboratory.markdown import kept_markdown
from eventstudy.laboratory.simulated import SCENARIO_LABELS
from eventstudy.laboratory.size import SizeCell
from eventstudy.results.group_tables import CLOSED_FORM


@pytest.mark.parametrize(
    ("law", "found"),
    [
        (Scenario(5), set()),
        (Scenario(5, unequal=True, thin=0.1), set()),
        (Scenario(5, 0.1), {CORRELATION}),
        (Scenario(1, 0.1), set()),
        (Scenario(5, variance=0.5), {VARIANCE}),
        (Scenario(5, 0.1, variance=2.0), {CORRELATION, VARIANCE}),
        # without a common part, the members' own errors are all there is
        (Scenario(5, variance=2.0, own_only=True), {VARIANCE}),
        (Scenario(5, 0.1, variance=2.0, own_only=True), {CORRELATION, OWN_VARIANCE}),
        (Scenario(5, errors="t4"), {TAILS}),
        (Scenario(5, errors="skewed"), {SKEWNESS}),
    ],
)
def test_what_a_law_departs_in(law: Scenario, found: set[str]) -> None:
    assert departures(law) == found


def test_every_closed_form_test_has_its_claims() -> None:
    assert set(ROBUST_TO) == set(CLOSED_FORM)
    plain = Scenario(30).label
    assert not any(beyond_claims(name, 30, plain) for name in ROBUST_TO)
    shared = Scenario(30, 0.06).label
    kept = {name for name in ROBUST_TO if not beyond_claims(name, 30, shared)}
    assert kept == {"time_series_t", "portfolio_t", "adjusted_patell_z", "adjusted_bmp_t", "grank_t"}
    wild = Scenario(30, 0.06, variance=4.0).label
    assert {name for name in kept if not beyond_claims(name, 30, wild)} == {"adjusted_bmp_t", "grank_t"}
    fat = Scenario(30, 0.06, variance=4.0, errors="t4").label
    assert beyond_claims("adjusted_bmp_t", 30, fat) == (TAILS,)
    assert beyond_claims("portfolio_t", 30, fat) == (TAILS, VARIANCE)


def cell(law: Scenario, hits: int) -> SizeCell:
    """A law whose headline rejects in so many of 200 draws."""
    pvalues = np.repeat([0.01, 0.5], [hits, 200 - hits])
    return SizeCell(law.label, (0, 0), law.members, {"headline": pvalues}, 200.0)


def test_cells_counted_by_claim() -> None:
    low, high = binomial_band(0.05, 200, 5)
    laws = [
        cell(Scenario(5), 10),
        cell(Scenario(5, 0.1), 30),
        cell(Scenario(5, variance=4.0), 60),
        cell(Scenario(10, variance=4.0), 12),
        cell(Scenario(10, errors="t4"), 8),
    ]
    frame = SizeResult(SCENARIO_LABELS, tuple(laws), True).kept()
    assert frame[["low", "high"]].drop_duplicates().to_numpy().tolist() == [[low, high]]
    assert low < 0.04
    assert 0.06 < high < 0.15
    rows = frame[["test", "speaker", "claimed", "beyond", "cells", "inside", "least", "most"]].to_numpy().tolist()
    assert rows == [
        ["headline", "portfolio_t", True, "", 2, 1, 0.05, 0.15],
        ["headline", "portfolio_t", False, VARIANCE, 1, 0, 0.3, 0.3],
        ["headline", "adjusted_bmp_t", True, "", 1, 1, 0.06, 0.06],
        ["headline", "adjusted_bmp_t", False, TAILS, 1, 1, 0.04, 0.04],
    ]
    assert frame["mean"].iloc[0] == pytest.approx(0.1)
    text = kept_markdown(SizeResult(SCENARIO_LABELS, tuple(laws), True)).splitlines()
    assert "in all 5 cells at once with 99% probability." in text[1]
    assert text[5] == "| headline, `portfolio_t` | nothing: it claims its level | 2 | 1 | 5.0 | 10.0 | 15.0 |"


def test_prices_have_no_known_law() -> None:
    own = SizeCell(("exposed", "Autos"), (0, 0), 5, {"headline": np.array([0.1, 0.2])}, 2.0)
    result = SizeResult(("role", "sector"), (own,), False)
    assert not len(result.kept())
    assert kept_markdown(result) == ""


def test_the_page_counts_its_own_cells(repository: Path) -> None:
    """The families of ``docs/size-and-power.md`` are those of the rates that stand above them."""
    page = (repository / "docs" / "size-and-power.md").read_text(encoding="utf-8")
    rates: dict[tuple[str, str], list[float]] = {}
    law = re.compile(r"^\| (normal|t4|skewed) \| ×(\d) \| ([\d.]+) \| (.+) \|$", re.MULTILINE)
    # portfolio t and adjusted BMP at N = 5, then adjusted BMP: below six the first of them speaks
    speakers = {
        5: "portfolio_t",
        10: "adjusted_bmp_t",
        30: "adjusted_bmp_t",
        50: "adjusted_bmp_t",
        100: "adjusted_bmp_t",
    }
    for errors, factor, rho, cells in law.findall(page):
        of_bmp = [float(cell) for cell in cells.split(" | ")]
        for (n, speaker), rate in zip(speakers.items(), [of_bmp[0], *of_bmp[2:]], strict=True):
            label = Scenario(n, float(rho), float(factor), errors).label
            family = speaker, "; ".join(beyond_claims(speaker, n, label)) or "nothing: it claims its level"
            rates.setdefault(family, []).append(rate)
    low, high = (100 * end for end in binomial_band(0.05, 2_000, sum(map(len, rates.values()))))
    told = re.compile(r"^\| `(portfolio_t|adjusted_bmp_t)` \| ([^|]+) \| (\d+) \| (\d+) \| (.+) \|$", re.MULTILINE)
    found = {}
    for speaker, beyond, cells, inside, most in told.findall(page):
        found[speaker, beyond] = int(cells), int(inside), *(float(cell) for cell in most.split(" | "))
    assert found.keys() == rates.keys()
    for family, own in rates.items():
        cells, inside, least, mean, most = found[family]
        # printed to a tenth: a rate on the edge of the band would not be told apart, and none stands there
        assert all(abs(rate - end) > 0.049 for rate in own for end in (low, high)), family
        assert (cells, inside) == (len(own), sum(low <= rate <= high for rate in own)), family
        assert (least, most) == (min(own), max(own)), family
        assert mean == pytest.approx(np.mean(own), abs=0.11), family
    claimed = [family for family in rates if family[1].startswith("nothing")]
    inside, cells = (sum(found[family][place] for family in claimed) for place in (1, 0))
    assert f"In all {cells} cells where the headline claims its level it keeps it." in page
    assert inside == cells
    others = [found[family] for family in rates if family not in claimed]
    words = " ".join(page.split())
    assert (
        f"Of the {sum(one[0] for one in others)} where it claims nothing, {sum(one[1] for one in others)} lie" in words
    )


@pytest.mark.slow
def test_every_test_keeps_its_level_where_it_claims_to() -> None:
    """The headline, and the tests whose law is no approximation at so few shares."""
    names = ("portfolio_t", "adjusted_bmp_t", "grank_t", "cross_sectional_t", "bmp_t")
    grid = product((5, 10), (0.0, 0.06, 0.15), (1.0, 4.0), ("normal", "t4"))
    laws = [Scenario(n, rho, factor, errors) for n, rho, factor, errors in grid]
    frame = simulated_size(laws, draws=2_000, seed=6, tests=names).kept()
    claims = frame[frame["claimed"]]
    # portfolio t 3 correlations × 2 N; adjusted BMP twice that, on a wild day too; GRANK-T all 24; the others 4 each
    assert claims.groupby("test", sort=False)["cells"].sum().tolist() == [6, 12, 24, 4, 4, 3 + 6]
    broken = claims[claims["inside"] < claims["cells"]]
    assert not len(broken), broken.to_string()
    # and what nobody claims is not kept either: a portfolio t on a wild day
    wild = frame[(frame["test"] == "portfolio_t") & (frame["beyond"] == VARIANCE)]
    assert (wild["inside"] == 0).all()
    assert (wild["least"] > 0.25).all()
