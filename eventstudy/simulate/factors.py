"""Shocks that securities share: the world, each exchange's market, sectors, sector funds.

One clock for the whole world: on date d Asia trades first and New York after it, so that New York's session of d
and Asia's of the next weekday hear the same news.
"""

from __future__ import annotations

import numpy as np

from eventstudy._arrays import FloatArray
from eventstudy.simulate.process import unit_series
from eventstudy.simulate.traits import MARKETS, THEME, Market, Traits

Name = tuple[str, ...]

MARKET_DRIFT = 0.0003


def names_needed(mic: str, traits: Traits, ticker: str) -> tuple[Name, ...]:
    """The unit series that one line is made of."""
    market = MARKETS[mic]
    names: list[Name] = [
        ("world", "Asian hours"),
        ("world", "American hours"),
        ("market", market.name),
        ("own", ticker),
    ]
    if traits.sector:
        names += [
            ("sector", traits.sector, market.region),
            ("sector", traits.sector, "world"),
            ("theme", market.region),
        ]
    if traits.fund:
        names.append(("fund", traits.fund))
    return tuple(names)


class Shocks:
    """Unit series by name under one seed, each drawn when it is first asked for.

    Parameters
    ----------
    seed : int
        Seed of the market.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._known: dict[Name, FloatArray] = {}

    def draw(self, names: set[Name]) -> None:
        """Draw the missing ones together: the pass over the days is shared."""
        fresh = sorted(names - self._known.keys())
        if fresh:
            self._known.update(zip(fresh, unit_series(self._seed, fresh), strict=True))

    def __getitem__(self, name: Name) -> FloatArray:
        return self._known[name]


def market_return(shocks: Shocks, market: Market) -> FloatArray:
    """(T,) simple return of an exchange's market on the weekday grid."""
    asian, american = shocks["world", "Asian hours"], shocks["world", "American hours"]
    asia = market.region == "Asia"
    world = 0.6 * asian + 0.8 * _eve(american) if asia else 0.44 * asian + 0.898 * american  # variance one
    local = (1.0 - market.global_share) ** 0.5 * shocks["market", market.name]
    returns: FloatArray = MARKET_DRIFT + market.deviation * (market.global_share**0.5 * world + local)
    return returns


def residual(shocks: Shocks, market: Market, traits: Traits, ticker: str) -> FloatArray:
    """(T,) what the market does not explain: sector, fund and own shocks, of variance ``deviation`` squared."""
    total = traits.own * shocks["own", ticker]
    if traits.sector:
        sector = (1.0 - THEME) ** 0.5 * shocks["sector", traits.sector, market.region]
        sector = sector + THEME**0.5 * shocks["theme", market.region]
        worldwide = shocks["sector", traits.sector, "world"]
        total = total + traits.regional * sector
        total = total + traits.worldwide * (_eve(worldwide) if market.region == "Asia" else worldwide)
    if traits.fund:
        total = total + traits.klass * shocks["fund", traits.fund]
    scaled: FloatArray = traits.drift + traits.deviation * total
    return scaled


def _eve(series: FloatArray) -> FloatArray:
    """The series of the weekday before, which Asia hears on its next morning."""
    moved = np.empty_like(series)
    moved[0] = 0.0
    moved[1:] = series[:-1]
    return moved
