"""Tables and figure of a size result, and sizes where theory knows them."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from matplotlib.text import Text

from eventstudy.laboratory import Scenario, SizeResult, binomial_band, bmp_rejection, simulated_power, simulated_size
from eventstudy.laboratory.size import SizeCell
from eventstudy.report.figures.rates import draw_rates

# rates of 2,000 draws: four binomial standard errors
SIGMAS = 4.0
DRAWS = 2_000


def hand_made() -> SizeResult:
    # of 200 dates 20, 60 and 10 rejections; windows of two sessions overlap, so 100 count
    pvalues = {
        "adjusted_bmp_t": np.repeat([0.004, 0.04, 0.5], [2, 8, 190]),
        "bmp_t": np.repeat([0.001, 0.5], [60, 140]),
        "headline": np.repeat([0.004, 0.04, np.nan], [2, 8, 190]),
    }
    return SizeResult(("role", "sector"), (SizeCell(("exposed", "Autos"), (0, 1), 10, pvalues, 100.0),), False)


def test_a_table_by_hand() -> None:
    frame = hand_made().table((0.01, 0.05)).set_index(["test", "level"])
    assert frame.loc[("adjusted_bmp_t", 0.05), "rate"] == 0.05
    assert frame.loc[("adjusted_bmp_t", 0.01), "rate"] == 0.01
    assert frame.loc[("bmp_t", 0.05), "rate"] == 0.3
    assert frame["speaks"].groupby("test").all().to_dict() == {"adjusted_bmp_t": True, "bmp_t": False, "headline": True}
    # Wilson at 0.05 of 100: (0.05 + 0.0192 ± 1.96 √(0.0475/100 + 0.0096/100))/1.0384
    assert frame.loc[("adjusted_bmp_t", 0.05), "low"] == pytest.approx(0.02154, abs=1e-5)
    assert frame.loc[("adjusted_bmp_t", 0.05), "high"] == pytest.approx(0.11175, abs=1e-5)
    assert frame.loc[("adjusted_bmp_t", 0.05), "verdict"] == "undecided"
    assert frame.loc[("bmp_t", 0.05), "verdict"] == "over-rejects"
    # a draw without a p is no draw, and takes its share of the independent ones with it
    assert frame.loc[("headline", 0.05), ["n_draws", "effective", "rate"]].tolist() == [10, 5.0, 1.0]
    wide = hand_made().wide()
    assert wide.iloc[0].tolist() == ["exposed", "Autos", 10, "[0,+1]", 0.05, 0.3, 1.0]


def test_the_figure_places_rates_on_a_root_scale() -> None:
    figure = hand_made().figure(width=690)
    words = {artist.get_text(): artist.get_position() for artist in figure.artists if isinstance(artist, Text)}
    assert {"adjusted_bmp_t", "bmp_t", "headline", "0", "5", "10"} <= set(words)
    # the ticks' distances from zero are roots: 10 lies √2 times as far as 5
    zero = words["0"][0]
    assert (words["10"][0] - zero) / (words["5"][0] - zero) == pytest.approx(math.sqrt(2), rel=0.01)
    assert len(figure.artists) - len(words) > 5


def test_the_figure_tells_what_lies_beyond_the_band_by_colour() -> None:
    def colours(low: float, high: float) -> str:
        return draw_rates(["t"], [[(low + high) / 2]], [[low]], [[high]]).drawn().page(label="rates")

    assert "var(--exposed)" not in colours(0.04, 0.06)
    assert "var(--exposed)" not in colours(0.06, 0.09)
    assert "var(--exposed)" in colours(0.08, 0.12)
    assert "var(--exposed)" in colours(0.0, 0.02)
    assert "var(--exposed)" not in colours(math.nan, math.nan)


def test_the_band_of_many_cells_is_wider() -> None:
    # normal approximation: 0.05 ± 2.576 × 0.00487 and ± 4.03 × 0.00487
    assert binomial_band(0.05, 2000) == pytest.approx((0.0375, 0.0625), abs=0.001)
    assert binomial_band(0.05, 2000, 180) == pytest.approx((0.0304, 0.0696), abs=0.0025)


def test_bmp_rejects_as_often_as_theory_says() -> None:
    laws = [Scenario(10, 0.06, sd_spread=0.0), Scenario(10, 0.34, sd_spread=0.0)]
    result = simulated_size(laws, draws=1_000, seed=1, tests=("bmp_t", "adjusted_bmp_t"))
    for cell, law in zip(result.cells, laws, strict=True):
        expected = bmp_rejection(10, law.correlation)
        rate = float((cell.pvalues["bmp_t"] <= 0.05).mean())
        assert abs(rate - expected) < SIGMAS * math.sqrt(expected * (1 - expected) / 1_000)
        assert abs(float((cell.pvalues["adjusted_bmp_t"] <= 0.05).mean()) - 0.05) < SIGMAS * math.sqrt(0.0475 / 1_000)


@pytest.mark.slow
def test_the_headline_holds_its_size_on_stated_laws() -> None:
    """Adjusted BMP where N is at least 6, whatever the correlation, the wildness of the day, the law of the errors."""
    laws = [
        Scenario(n, rho, factor, errors)
        for errors, rho, n, factor in product(("normal", "skewed"), (0.0, 0.06, 0.15), (10, 30), (1.0, 4.0))
    ]
    laws += [Scenario(n, rho, 1.0, unequal=True, thin=0.05) for rho, n in product((0.0, 0.06), (10, 30))]
    laws += [Scenario(n, rho, 1.0, unequal=True, thin=0.05) for rho, n in product((0.0, 0.15), (2, 3, 5))]
    # portfolio t below 6, on a day like any other
    laws += [Scenario(5, rho, 1.0, errors) for rho, errors in product((0.0, 0.06, 0.15), ("normal", "skewed"))]
    frame = simulated_size(laws, draws=DRAWS, seed=2, tests=("bmp_t",)).table((0.05,))
    low, high = binomial_band(0.05, DRAWS, cells=len(laws))
    outside = frame[(frame["test"] == "headline") & ~frame["rate"].between(low, high)]
    assert not len(outside), outside[["errors", "correlation", "variance", "unequal", "n_members", "rate"]]


@pytest.mark.slow
def test_what_the_adjusted_bmp_pays_for() -> None:
    """If every error of the day doubles, the portfolio t over-rejects; if the firms' own do, adjusted BMP is shy."""
    laws = [Scenario(10, 0.2, 4.0), Scenario(10, 0.2, 4.0, own_only=True)]
    wide = simulated_size(laws, draws=DRAWS, seed=3, tests=("portfolio_t", "adjusted_bmp_t")).wide()
    assert 0.28 < wide["portfolio_t"].iloc[0] < 0.38
    assert 0.035 < wide["adjusted_bmp_t"].iloc[0] < 0.065
    assert wide["adjusted_bmp_t"].iloc[1] < 0.03


@pytest.mark.slow
def test_no_test_that_holds_its_size_is_much_weaker_than_the_cross_sectional_t() -> None:
    law = Scenario(30, residual_sd=0.025, sd_spread=0.0)
    frame = simulated_power([law], effects=(0.015,), draws=DRAWS, seed=4).table()
    rates = frame[frame["effect"] == 0.015].set_index("test")["rate"]
    assert 0.85 < rates["cross_sectional_t"] < 0.93
    # signs alone use less of a normal sample: their efficiency is 2/π
    fewer = {"sign", "generalized_sign_z"}
    for test in rates.index.difference(fewer):
        assert rates[test] > rates["cross_sectional_t"] - 0.03, test
    for test in fewer:
        assert rates["cross_sectional_t"] - 0.35 < rates[test] < rates["cross_sectional_t"] - 0.03, test
