"""What moved the day: a group's return as the sum of market, overseas factors, sector fund and a remainder."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy._arrays import FloatArray
from eventstudy.calendars import calendar
from eventstudy.catalogue import EXCHANGES, Security
from eventstudy.catalogue.universe import FACTORS
from eventstudy.counterfactual.base import CounterfactualPanel
from eventstudy.counterfactual.pools import donor_pool, one_session_returns
from eventstudy.panel.windows import Window
from eventstudy.results import StudyResults
from eventstudy.returns import price_on_sessions


@dataclass(frozen=True, eq=False)
class Attribution:
    """What a group's return over a window is made of; the parts add up to it.

    Attributes
    ----------
    role, sector : str
        The group.
    n : int
        Shares.
    total : float
        Mean return of the shares, summed over the window's days.
    parts : tuple of (str, float)
        The usual drift, each factor in the order in which it was let in, and the remainder last.
    remainder_se : float
        Deviation of such remainders over the estimation window.
    lacking : tuple of (str, str)
        Name and ticker of each factor that has no price on one of these days, so that the remainder holds its part.

    Examples
    --------
    >>> parts = (("usual drift", 0.001), ("market", -0.012), ("remainder", -0.02))
    >>> found = Attribution("exposed", "Autos & parts", 10, -0.031, parts, 0.008)
    >>> bool(abs(sum(part for _, part in found.parts) - found.total) < 1e-12)
    True
    """

    role: str
    sector: str
    n: int
    total: float
    parts: tuple[tuple[str, float], ...]
    remainder_se: float
    lacking: tuple[tuple[str, str], ...] = ()


def attribution(results: StudyResults, event_id: str, role: str, sector: str, window: Window) -> Attribution | None:
    """A group's day, taken apart: market, overseas factors, sector fund and the remainder.

    Returns
    -------
    Attribution or None
        None where the group has no full panel.

    Notes
    -----
    Least squares over the estimation window, factors let in one after another, each cleared of those before it: what a
    factor adds is its slope times its surprise over the window, the part that earlier factors do not explain. The
    sector fund comes last and holds exposed shares itself, so that it takes part of the effect. A factor that trades
    in another city is read at its last close before the day of the session.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.counterfactual.attribution import attribution
    >>> events, universe = es.read_events(), es.read_universe()
    >>> ban = "2026-01-06-japan-dual-use-ban"
    >>> spec = es.StudySpec(windows=((0, 0),), tests=("portfolio_t",))
    >>> results = es.run_study(events.select([ban]), universe.select(sector="Autos & parts"), es.SamplePrices(), spec)
    >>> found = attribution(results, ban, "exposed", "Autos & parts", (0, 0))
    >>> found.parts[0][0], found.parts[-1][0], bool(abs(sum(part for _, part in found.parts) - found.total) < 1e-12)
    ('usual drift', 'remainder', True)
    """
    assert results.universe is not None
    pairs = results.evidence.pairs
    members = pairs[(pairs["event_id"] == event_id) & (results.evidence.row >= 0) & (pairs["role"] == role)]
    if sector:
        members = members[members["sector"] == sector]
    if not len(members):
        return None
    pool = donor_pool(results, event_id, members, window)
    if pool.panel is None or pool.sessions is None:
        return None
    lines = [results.universe.get(ticker) for ticker in pool.treated]
    mic = lines[0].exchange
    place = np.searchsorted(calendar(mic).sessions, pool.sessions)
    names, columns, lacking = [], [], []
    for name, tickers, series in _factors(results, lines, mic):
        if np.isfinite(series[place]).all():
            names.append(name)
            columns.append(series[place])
        else:
            lacking.append((name, tickers))
    return _attributed(role, sector, pool.panel, names, columns, tuple(lacking))


def _attributed(
    role: str,
    sector: str,
    panel: CounterfactualPanel,
    names: Sequence[str],
    columns: Sequence[FloatArray],
    lacking: tuple[tuple[str, str], ...] = (),
) -> Attribution:
    """Sequential least squares on the days before, summed over the window."""
    days, mean = panel.n_before, panel.mean
    drift = float(mean[:days].mean())
    rest = mean - drift
    parts = [("usual drift", drift * panel.n_after)]
    basis: list[FloatArray] = []
    for name, column in zip(names, columns, strict=True):
        own = column - column[:days].mean()
        for earlier in basis:
            own = own - earlier * float(earlier[:days] @ own[:days]) / float(earlier[:days] @ earlier[:days])
        square = float(own[:days] @ own[:days])
        if square <= 1e-12 * float(column[:days] @ column[:days]):
            continue
        slope = float(own[:days] @ rest[:days]) / square
        parts.append((name, slope * float(own[days:].sum())))
        rest = rest - slope * own
        basis.append(own)
    parts.append(("remainder", float(rest[days:].sum())))
    dof = days - 1 - len(basis)
    error = math.sqrt(float(rest[:days] @ rest[:days]) / dof * panel.n_after)
    return Attribution(role, sector, len(panel.treated), float(mean[days:].sum()), tuple(parts), error, lacking)


def _factors(results: StudyResults, lines: Sequence[Security], mic: str) -> list[tuple[str, str, FloatArray]]:
    """Name, tickers and returns of the market, the overseas factors, and the mean of the shares' sector funds."""
    assert results.universe is not None
    whole = results.universe.narrowed_from or results.universe
    market = Counter(line.benchmark for line in lines).most_common(1)[0][0]
    found = [("market", market, one_session_returns(results, whole.get(market), mic))]
    for line in whole:
        if line.role == "benchmark" and line.sector == FACTORS:
            name = line.exposure_note.partition(":")[0]
            found.append((name, line.ticker, _read_overseas(results, line, mic)))
    funds = Counter(line.sector_benchmark for line in lines if line.sector_benchmark)
    if funds:
        each = [count * one_session_returns(results, whole.get(name), mic) for name, count in sorted(funds.items())]
        found.append(("sector fund", ", ".join(sorted(funds)), np.sum(each, axis=0) / sum(funds.values())))
    return found


def _read_overseas(results: StudyResults, security: Security, mic: str) -> FloatArray:
    """(S,) growth between the closes last seen before two sessions; of the session itself in the same city."""
    if EXCHANGES[security.exchange] == EXCHANGES[mic]:
        return one_session_returns(results, security, mic)
    there, here = calendar(security.exchange).sessions, calendar(mic).sessions
    frame = results.prices.frames.get(security.ticker) if results.prices is not None else None
    found = np.full(len(here), np.nan)
    if frame is None or not len(frame):
        return found
    price = price_on_sessions(frame, there, security)
    seen = np.searchsorted(there, here) - 1
    level = np.where(seen >= 0, price[np.maximum(seen, 0)], np.nan)
    found[1:] = level[1:] / level[:-1] - 1.0
    return found
