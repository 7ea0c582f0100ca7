"""What looks wrong in prices: found, located and told, never repaired."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eventstudy._arrays import BoolArray
from eventstudy.catalogue import Universe
from eventstudy.prices.limits import LimitClose, limit_moves
from eventstudy.prices.quality.columns import check_columns
from eventstudy.prices.quality.currency import check_currency, check_ticks
from eventstudy.prices.quality.findings import FACTS, Finding, summed
from eventstudy.prices.quality.identical import check_identical
from eventstudy.prices.quality.levels import Jumps, explain, find_jumps
from eventstudy.prices.quality.series import Series, read_series
from eventstudy.prices.quality.sessions import check_sessions
from eventstudy.prices.quality.swapped import check_sectors, check_swaps
from eventstudy.prices.quality.trading import check_trading
from eventstudy.prices.source import PriceHistory
from eventstudy.prices.words import said

__all__ = ["FACTS", "Finding", "check_levels", "check_prices", "summed"]


def check_prices(history: PriceHistory, universe: Universe) -> tuple[Finding, ...]:
    """Everything that looks wrong in a price history, by ticker; nothing is changed.

    Parameters
    ----------
    history : PriceHistory
        The prices.
    universe : Universe
        Exchange, currency, benchmark, sector fund, first and last session of each line. Tickers of ``history`` that
        are not in it are checked too: their spelling names the exchange (``.T`` Tokyo, ``.AX`` Sydney, none New York),
        and their market is the one usual there.

    Returns
    -------
    tuple of Finding
        Lines of the universe first, in its order; then the others by name. One finding a fault, with its sessions;
        ``summed`` tells many of a kind in one.

    Notes
    -----
    Returns are made of adjusted closes where there are any, else of closes, and are judged after beta times the
    market, in usual moves: a robust standard deviation over 60 moves on each side.

    Against the calendar. missing_sessions: no price though the exchange was open. no_trade (a fact): neither price nor
    volume, as the source itself says. unknown_session: a price though it was closed. shifted_dates: a stretch whose
    dates fit once moved by a day. other_calendar: dates that fit another exchange's sessions.

    Of trading. zero_price: zero or below, which counts as no trade. zero_volume: a price on a day without volume.
    stale_run: five or more identical prices, unless prices around it stand still so often that chance makes such runs.

    Of level. suspected_split: a move by 3/2, by n or by 1/n that happened overnight and is not followed by unusual
    ones, or that the close did not share with the adjusted close. raw_close (a fact): the other way round, so that the
    returns know of the split and the closes before do not. stretch: rows between two opposite jumps by one factor.
    level_shift: a move of 4% or more that volume, session and the days after do not account for, or with which the
    number of decimals changes, as where two sources are joined. jump: more than 40% and quiet after, or taken back in
    the next session. swapped: two tickers each from one session on at the other's level, or each moving with the
    other's sector fund. identical: the same returns for thirty sessions and more. columns: close and adjusted close
    move apart where neither split nor dividend does that.

    Of unit. currency: another than the universe's, several, a jump beyond any split, the level of a listing in another
    currency, or latest closes between the exchange's ticks.

    Of limits. limit_close (a fact): a close at the daily limit. beyond_limit: one that no limit allows.

    no_prices (a fact): a line of the universe without prices, with the source's reason.
    """
    findings: dict[str, list[Finding]] = {security.ticker: [] for security in universe}
    for ticker in findings:
        if ticker not in history.frames:
            reason = history.missing.get(ticker, said("absent.not_asked"))
            findings[ticker].append(Finding(ticker, None, "no_prices", reason))
    series = read_series(history, universe)
    jumps = {ticker: find_jumps(each) for ticker, each in series.items()}
    swaps, taken = check_swaps(jumps)
    between = [*swaps, *check_sectors(series), *check_identical(series, history.currencies)]
    between += check_ticks(series.values())
    for ticker, each in series.items():
        own = findings.setdefault(ticker, [])
        own += check_currency(each, history.currencies.get(ticker, ""))
        own += check_sessions(each)
        own += check_trading(each)
        own += check_levels(each, jumps[ticker], taken[ticker])
        own += [finding for finding in between if finding.ticker == ticker]
    return tuple(finding for own in findings.values() for finding in own)


def check_levels(series: Series, jumps: Jumps | None = None, taken: BoolArray | None = None) -> Iterator[Finding]:
    """Splits, stretches, joins, jumps and limits of one series; each session told once.

    A close on its limit to the tick is the market's, however it looks; a move beyond any limit is told as what made
    it, where that is known.

    Parameters
    ----------
    series : Series
        As ``read_series`` makes it.
    jumps : Jumps, optional
        Its large moves, where they are known already.
    taken : (J,) bool, optional
        Which of them another finding explains.
    """
    jumps = find_jumps(series) if jumps is None else jumps
    taken = np.zeros(jumps.at.size, dtype=np.bool_) if taken is None else taken
    moves: tuple[LimitClose, ...] = ()
    if series.security is None or series.security.role != "benchmark":
        moves = limit_moves(series.ticker, series.exchange, series.all_days, series.columns["close"])
    apart = list(check_columns(series))
    yield from apart
    told = {day for finding in apart for day in finding.sessions} | {move.session for move in moves if move.reached}
    days = series.days[jumps.at + 1].tolist()
    left = ~taken & np.array([day not in told for day in days], dtype=np.bool_)
    yield from explain(jumps, left)
    told |= {day for day, unexplained in zip(days, left, strict=True) if not unexplained}
    for move in moves:
        if move.reached or move.session not in told:
            kind = "limit_close" if move.reached else "beyond_limit"
            yield Finding(series.ticker, move.session, kind, move.words(), (move.session,))
