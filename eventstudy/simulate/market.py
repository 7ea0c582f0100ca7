"""The embedded market: daily prices of a whole universe, invented but with the true sessions of every exchange."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from eventstudy._arrays import BoolArray, DayArray, FloatArray
from eventstudy.catalogue import Event, Security, Universe, read_events, read_reported_moves, read_universe
from eventstudy.prices.frames import price_frame, prices_sha256
from eventstudy.prices.source import PRICE_COLUMNS, PriceHistory, Snapshot
from eventstudy.prices.words import said
from eventstudy.simulate import corporate
from eventstudy.simulate.effects import PlannedEffect, planned_effects
from eventstudy.simulate.factors import Shocks, market_return, names_needed, residual
from eventstudy.simulate.process import FIRST_DAY, LAST_DAY, rows_of
from eventstudy.simulate.traits import MARKETS, Traits, traits_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class _Line:
    """One line before any effect: its traded sessions and what happens on them."""

    traits: Traits
    sessions: DayArray  # of its exchange while it is listed
    traded: BoolArray  # on which of them
    days: DayArray
    returns: FloatArray  # since the traded session before; 0 on the first
    paid: FloatArray
    ratios: FloatArray


class SamplePrices:
    """A price source that needs no network: an invented market with known effects of the events.

    Common, exchange, sector and own shocks with fat tails and volatility clustering; betas, listings, delistings,
    trading halts, dividends and splits; on the true sessions of every exchange from 2008 to 20 November 2026. In
    excess of the market every return is a constant plus noise plus the planted effects.

    Parameters
    ----------
    seed : int
        Another seed, another market. Not negative.
    events : sequence of Event, optional
        Whose effects are planted; by default the catalogue. Hand over all of them even to study one: neighbouring
        events are part of the market.
    universe : Universe, optional
        The lines of the market; by default the catalogue's. A line's prices depend on its own row and the seed
        alone: adding lines changes no other.
    effects : bool
        False leaves out all effects, and nothing else.

    Raises
    ------
    ValueError
        If the seed is negative.

    Notes
    -----
    An effect is added to the total return of its session. On a halt it moves to the next session on which the line
    trades; before the first return and after the last trade it is left out, in `truth` too. Benchmark lines are
    the market itself and have no effects.

    Examples
    --------
    >>> history = SamplePrices().fetch(["7203.T"], date(2026, 1, 6), date(2026, 1, 7))
    >>> history.simulated, list(history.frames), len(history.frames["7203.T"])
    (True, ['7203.T'], 2)
    """

    def __init__(
        self,
        seed: int = 0,
        events: Sequence[Event] | None = None,
        universe: Universe | None = None,
        effects: bool = True,
    ) -> None:
        if seed < 0:
            raise ValueError(f"seed must not be negative, not {seed}")
        self.seed = int(seed)
        self.effects = effects
        self._given_events = events
        self._given_universe = universe
        self._shocks = Shocks(self.seed)
        self._lines: dict[str, _Line | None] = {}
        self._values: dict[str, FloatArray] = {}

    def __repr__(self) -> str:
        return f"SamplePrices(seed={self.seed}, effects={self.effects})"

    @cached_property
    def events(self) -> Sequence[Event]:
        """Whose effects are planted.

        Examples
        --------
        >>> import eventstudy as es
        >>> len(es.SamplePrices().events) == len(es.read_events())
        True
        """
        return read_events() if self._given_events is None else self._given_events

    @cached_property
    def universe(self) -> Universe:
        """The lines of the market.

        Examples
        --------
        >>> import eventstudy as es
        >>> es.SamplePrices().universe.get("7203.T").sector
        'Autos & parts'
        """
        return read_universe() if self._given_universe is None else self._given_universe

    def fetch(self, tickers: Sequence[str], start: date | None = None, end: date | None = None) -> PriceHistory:
        """Daily prices of ``tickers`` from ``start`` to ``end``, both inclusive; None leaves that side open.

        Parameters
        ----------
        tickers : sequence of str
            Lines of the universe; any other is in ``missing``.
        start, end : date, optional
            Calendar dates.

        Returns
        -------
        PriceHistory
            ``simulated`` is True, and the notes say so.

        Examples
        --------
        >>> from datetime import date
        >>> import eventstudy as es
        >>> history = es.SamplePrices().fetch(["7203.T", "NONE"], date(2026, 1, 6), date(2026, 1, 7))
        >>> [day.date().isoformat() for day in history.frames["7203.T"].index], dict(history.missing)
        (['2026-01-06', '2026-01-07'], {'NONE': 'the embedded market has no such ticker'})
        """
        wanted = list(dict.fromkeys(tickers))
        known = self._securities
        self._build([known[ticker] for ticker in wanted if ticker in known])
        frames: dict[str, pd.DataFrame] = {}
        missing: dict[str, str] = {}
        for ticker in wanted:
            line = self._lines.get(ticker)
            if ticker not in known:
                missing[ticker] = said("absent.sample_ticker")
            elif line is None:
                missing[ticker] = said("absent.sample_listing", first=FIRST_DAY, last=LAST_DAY)
            else:
                low = 0 if start is None else int(np.searchsorted(line.sessions, np.datetime64(start, "D")))
                high = line.sessions.size
                if end is not None:
                    high = int(np.searchsorted(line.sessions, np.datetime64(end, "D"), side="right"))
                if low >= high:
                    missing[ticker] = said("absent.sample_dates")
                    continue
                frames[ticker] = price_frame(line.sessions[low:high], self._values[ticker][:, low:high])
        return PriceHistory(
            frames=frames,
            missing=missing,
            snapshot=Snapshot("sample", "", "", prices_sha256(frames)),
            simulated=True,
            notes=(
                said("note.invented"),
                said("note.planted" if self.effects else "note.unplanted"),
                said("note.as_traded"),
            ),
            currencies={ticker: known[ticker].currency for ticker in frames if known[ticker].currency},
        )

    def truth(self) -> pd.DataFrame:
        """Every planted effect: what an unbiased study finds on average.

        Returns
        -------
        DataFrame
            event_id, ticker, session (datetime64), effect (decimal, added to that session's total return): one row
            per event, line and session, in the order of the events. The truth of a window is the sum of all
            effects on its sessions, by whichever event.

        Examples
        --------
        >>> truth = SamplePrices().truth()
        >>> list(truth.columns)
        ['event_id', 'ticker', 'session', 'effect']
        >>> ban = truth[(truth["event_id"] == "2026-01-06-japan-dual-use-ban") & (truth["ticker"] == "7203.T")]
        >>> ban["session"].dt.date.tolist(), bool((ban["effect"] < 0).all())
        ([datetime.date(2026, 1, 7)], True)
        """
        import pandas as pd

        rows: dict[tuple[str, str, np.datetime64], float] = {}
        for plan in self._planned:
            self._build_lines([self._securities[plan.ticker]])
            line = self._lines[plan.ticker]
            place = -1 if line is None else _rows_of([plan], line.days)[0]
            if line is not None and place > 0:
                key = plan.event_id, plan.ticker, line.days[place]
                rows[key] = rows.get(key, 0.0) + plan.effect
        return pd.DataFrame(
            {
                "event_id": pd.Series([event_id for event_id, _, _ in rows], dtype=object),
                "ticker": pd.Series([ticker for _, ticker, _ in rows], dtype=object),
                "session": pd.Series(np.array([day for _, _, day in rows], dtype="datetime64[s]")),
                "effect": pd.Series(list(rows.values()), dtype=np.float64),
            }
        )

    @cached_property
    def _securities(self) -> dict[str, Security]:
        return {security.ticker: security for security in self.universe}

    @cached_property
    def _planned(self) -> tuple[PlannedEffect, ...]:
        if not self.effects:
            return ()
        return planned_effects(self.events, self.universe, read_reported_moves())

    @cached_property
    def _planned_by_ticker(self) -> dict[str, list[PlannedEffect]]:
        by_ticker: dict[str, list[PlannedEffect]] = {}
        for plan in self._planned:
            by_ticker.setdefault(plan.ticker, []).append(plan)
        return by_ticker

    def _build_lines(self, securities: Sequence[Security]) -> None:
        """Everything of these lines but their effects and bars, unless it is there already."""
        fresh = [security for security in securities if security.ticker not in self._lines]
        if not fresh:
            return
        traits = {security.ticker: traits_of(self.seed, security) for security in fresh}
        names = (names_needed(security.exchange, traits[security.ticker], security.ticker) for security in fresh)
        self._shocks.draw({name for some in names for name in some})
        for security in fresh:
            self._lines[security.ticker] = self._line(security, traits[security.ticker])

    def _line(self, security: Security, traits: Traits) -> _Line | None:
        """One line without effects; None if it is never listed in the market's time."""
        sessions = corporate.listed_sessions(security)
        if sessions.size < 2:
            return None
        market = MARKETS[security.exchange]
        daily = traits.beta * market_return(self._shocks, market)
        daily = daily + residual(self._shocks, market, traits, security.ticker)
        open_days = corporate.traded(self.seed, security, traits, sessions)
        level = np.cumprod(1.0 + daily[rows_of(sessions)])[open_days]
        returns = np.zeros(level.size)
        returns[1:] = level[1:] / level[:-1] - 1.0
        days: DayArray = sessions[open_days]
        paid = corporate.dividends(security, traits, days)
        # Splits follow the price without effects, so that these change returns and nothing else.
        ratios = corporate.splits(
            security, traits, days, np.asarray(np.cumprod(1.0 + returns - paid), dtype=np.float64)
        )
        return _Line(traits, sessions, open_days, days, returns, paid, ratios)

    def _build(self, securities: Sequence[Security]) -> None:
        """Prices of these lines, unless they are there already."""
        self._build_lines(securities)
        for security in securities:
            line = self._lines[security.ticker]
            if line is None or security.ticker in self._values:
                continue
            returns = line.returns.copy()
            plans = self._planned_by_ticker.get(security.ticker, ())
            for plan, place in zip(plans, _rows_of(plans, line.days), strict=True):
                if place > 0:
                    returns[place] += plan.effect
            bars = corporate.bars(
                self.seed, security.ticker, line.traits, rows_of(line.days), returns, line.paid, line.ratios
            )
            # a session without a trade has a row that says so: no price, a volume of zero
            values = np.full((len(PRICE_COLUMNS), line.sessions.size), np.nan)
            values[PRICE_COLUMNS.index("volume")] = 0.0
            values[:, line.traded] = bars
            self._values[security.ticker] = values


def _rows_of(plans: Sequence[PlannedEffect], days: DayArray) -> list[int]:
    """Row of the first traded session from each planned one on; 0 or -1 where no return can carry the effect."""
    # NumPy takes a date as an object, and a day's number ten times as fast
    ordinals = np.array([plan.session.toordinal() for plan in plans], dtype=np.int64)
    sessions = (ordinals - date(1970, 1, 1).toordinal()).astype("datetime64[D]")
    found = np.searchsorted(days, sessions)
    found[(sessions <= days[0]) | (sessions > days[-1])] = -1
    rows: list[int] = found.tolist()
    return rows
