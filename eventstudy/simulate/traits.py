"""What kind of security a line is: its beta, its volatility, and the shocks it shares with others.

Every number here depends on the line's own row and the seed, never on the rest of the universe. All of them are
invented; they are of the size that such lines show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from eventstudy.catalogue.universe import Security
from eventstudy.simulate.process import stream


@dataclass(frozen=True)
class Market:
    """One exchange's market factor: daily deviation, share of its variance that is global, region."""

    name: str
    deviation: float
    global_share: float
    region: str


_NEW_YORK: Final = Market("New York", 0.0105, 0.80, "Americas")
_TORONTO: Final = Market("Toronto", 0.0090, 0.65, "Americas")
_MAINLAND: Final = Market("mainland", 0.0130, 0.15, "Asia")
MARKETS: Final = {
    "XTKS": Market("Tokyo", 0.0115, 0.55, "Asia"),
    "XASX": Market("Sydney", 0.0095, 0.60, "Asia"),
    "XHKG": Market("Hong Kong", 0.0125, 0.45, "Asia"),
    "XKRX": Market("Seoul", 0.0110, 0.50, "Asia"),
    "XSHG": _MAINLAND,
    "XSHE": _MAINLAND,
    "XNYS": _NEW_YORK,
    "XNAS": _NEW_YORK,
    "ARCX": _NEW_YORK,
    "XASE": _NEW_YORK,
    "XTSE": _TORONTO,
    "XTSX": _TORONTO,
}

# Sector: beta, daily residual deviation, yearly dividend yield.
_SECTORS: Final = {
    "Autos & parts": (1.05, 0.013, 0.030),
    "Electronic components": (1.15, 0.015, 0.018),
    "Magnets & specialty metals": (1.10, 0.016, 0.025),
    "Defence & heavy machinery": (1.00, 0.015, 0.022),
    "Deep-sea & engineering": (0.85, 0.020, 0.015),
    "Trading houses": (1.00, 0.012, 0.038),
    "Recycling & substitutes": (0.85, 0.019, 0.015),
    "Rare-earth miners": (1.10, 0.032, 0.0),
    "Other critical-mineral miners": (1.00, 0.034, 0.0),
    "Chinese producers": (1.05, 0.022, 0.006),
    "Controls": (0.60, 0.010, 0.028),
    "Donors": (0.80, 0.012, 0.026),
}
_ROLES: Final = {
    "exposed": (1.05, 0.015, 0.020),
    "beneficiary": (1.00, 0.024, 0.005),
    "control": (0.70, 0.011, 0.025),
}

# Shares of a security's residual variance. Two lines of one sector and region correlate by about REGIONAL + WORLDWIDE
# (plus CLASS where they share a sector fund), two of one sector across the ocean by WORLDWIDE, two of different
# sectors by REGIONAL * THEME.
REGIONAL: Final = 0.16
WORLDWIDE: Final = 0.04
CLASS: Final = 0.06
THEME: Final = 0.20

FUND_DEVIATION: Final = 0.007  # daily deviation of a sector fund around its market
TRACKING: Final = 0.0002
# Benchmark lines that are not their market itself: another index, or a theme of one sector.
_TRACKING_OF: Final = {"^N225": 0.0025, "^DJI": 0.0025, "FXY": 0.005, "USO": 0.018, "XME": 0.012}
_THEMES: Final = {"REMX": "Rare-earth miners"}
_THEME_DEVIATION: Final = 0.011

_BASE_PRICE: Final = {"JPY": 1500.0, "KRW": 6000.0, "USD": 30.0, "CAD": 8.0, "AUD": 4.0, "CNY": 14.0, "HKD": 6.0}


@dataclass(frozen=True)
class Traits:
    """One line's part in the market.

    Attributes
    ----------
    beta : float
        On the market factor of its exchange.
    deviation : float
        Daily standard deviation of what the market does not explain.
    regional, worldwide, klass, own : float
        Loadings on the sector's regional and worldwide shocks, on its sector fund's shock, and on its own; the
        squares add to one.
    drift : float
        Expected daily return beside the market's.
    base_price, base_volume : float
        Level on the first day.
    dividend_yield : float
        A year, of the price.
    halts : float
        Expected number of trading halts a year.
    sector, fund : str
        Names of the shared shocks; empty where there is none.
    is_index : bool
        A price index: no dividends, no splits.
    """

    beta: float
    deviation: float
    regional: float
    worldwide: float
    klass: float
    own: float
    drift: float
    base_price: float
    base_volume: float
    dividend_yield: float
    halts: float
    sector: str
    fund: str
    is_index: bool


def traits_of(seed: int, security: Security) -> Traits:
    """The traits of one line, drawn from its own stream."""
    draw = stream(seed, "traits", security.ticker)
    spread, tilt, size, share_a, share_b, share_c = (float(value) for value in draw.random(6))
    base = _BASE_PRICE.get(security.currency, 50.0) * (0.4 + 1.6 * size)
    if security.role == "benchmark":
        return _benchmark(security, base)
    default = _ROLES.get(security.role, _ROLES["exposed"])
    beta, deviation, dividend = _SECTORS.get(security.sector, default)
    deviation *= 0.8 + 0.5 * spread
    worldwide = WORLDWIDE * (0.7 + 0.6 * share_a)
    regional = REGIONAL * (0.7 + 0.6 * share_b)
    klass = CLASS * (0.7 + 0.6 * share_c) if security.sector_benchmark else 0.0
    thin = deviation > 0.018
    return Traits(
        beta=beta + 0.4 * (tilt - 0.5),
        deviation=deviation,
        regional=regional**0.5,
        worldwide=worldwide**0.5,
        klass=klass**0.5,
        own=(1.0 - regional - worldwide - klass) ** 0.5,
        drift=0.5 * deviation**2 + 0.00005,
        base_price=base,
        base_volume=2e5 if thin else 3e6,
        dividend_yield=dividend * (0.6 + 0.8 * size),
        halts=0.35 if thin else 0.12,
        sector=security.sector,
        fund=security.sector_benchmark,
        is_index=False,
    )


def _benchmark(security: Security, base: float) -> Traits:
    """An index, a market fund, a sector fund or a theme fund."""
    is_index = security.ticker.startswith("^") or "price index" in security.listing_note
    deviation, regional, worldwide, klass, sector, fund = (
        _TRACKING_OF.get(security.ticker, TRACKING),
        0.0,
        0.0,
        0.0,
        "",
        "",
    )
    if security.ticker in _THEMES:
        deviation, sector, regional, worldwide = _THEME_DEVIATION, _THEMES[security.ticker], 0.6, 0.4
    elif security.extra.get("industry"):
        deviation, klass, fund = FUND_DEVIATION, 1.0 - (TRACKING / FUND_DEVIATION) ** 2, security.ticker
    return Traits(
        beta=1.0,
        deviation=deviation,
        regional=regional**0.5,
        worldwide=worldwide**0.5,
        klass=klass**0.5,
        own=(1.0 - regional - worldwide - klass) ** 0.5 if regional + worldwide + klass < 1 else 0.0,
        drift=0.0,
        base_price=1000.0 if is_index else base,
        base_volume=5e8 if is_index else 5e5,
        dividend_yield=0.0 if is_index else 0.018,
        halts=0.0,
        sector=sector,
        fund=fund,
        is_index=is_index,
    )


def sector_deviation(sector: str, role: str) -> float:
    """Daily residual deviation that is usual in a sector, or for a role in a sector of the user's own."""
    own_role = "exposed" if role == "exposed_elsewhere" else role
    return _SECTORS.get(sector, _ROLES.get(own_role, _ROLES["exposed"]))[1]
