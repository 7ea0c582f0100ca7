"""Moves that the press printed, beside the moves that the prices show."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from eventstudy.catalogue import ReportedMove, Universe
from eventstudy.prices.source import PriceHistory

CLAIM_COLUMNS = (
    "event_id", "instrument", "name", "session", "qualifier", "basis", "reported", "measured", "difference", "reading",
    "publisher", "source_title", "source_url",
)  # fmt: skip

# a printed move agrees when it is this near, in decimal: a quarter of a point, or half its own last digit
TOLERANCE = 0.0025


def printed_rounding(percent: float) -> float:
    """Half a unit of the last digit that was printed, in decimal.

    Examples
    --------
    >>> printed_rounding(16.0), printed_rounding(14.5)
    (0.005, 0.0005)
    """
    digits = len(f"{percent:.10g}".partition(".")[2])
    return float(0.5 * 10.0 ** (-digits) / 100.0)


def _moves(frame: pd.DataFrame, session: np.datetime64) -> tuple[float, float, float]:
    """Return at the close, at the high and at the low of a session against the previous close; NaN where unknown."""
    dates = frame.index.to_numpy().astype("datetime64[D]")
    place = int(np.searchsorted(dates, session))
    if place == 0 or place >= len(dates) or dates[place] != session:
        return math.nan, math.nan, math.nan
    column = "adj_close" if frame["adj_close"].notna().any() else "close"
    level = frame[column].to_numpy(dtype=np.float64)
    before, now = level[place - 1], level[place]
    if not (before > 0 and now > 0):
        return math.nan, math.nan, math.nan
    close = float(frame["close"].iloc[place])
    # high and low are unadjusted: bring them to the adjusted scale of their own day
    scale = now / close if close > 0 else math.nan
    high, low = float(frame["high"].iloc[place]) * scale, float(frame["low"].iloc[place]) * scale
    return now / before - 1.0, high / before - 1.0, low / before - 1.0


def audit_claims(
    claims: Sequence[ReportedMove], history: PriceHistory, universe: Universe, event_ids: Sequence[str]
) -> pd.DataFrame:
    """Every reported move of some events against the prices.

    Parameters
    ----------
    claims : sequence of ReportedMove
        What was printed.
    history : PriceHistory
        Prices, of instruments outside the universe too.
    universe : Universe
        For the names.
    event_ids : sequence of str
        Which events.

    Returns
    -------
    DataFrame
        ``CLAIM_COLUMNS``; reported, measured, difference decimal. Rows printed as closes are held against closes, "as
        much as" rows against the session's high or low. ``reading`` is ``agrees``, ``differs``, ``high_unconfirmed``
        or ``low_unconfirmed`` (the source has no high or low: measured is the close), ``not_comparable`` (neither a
        close nor an extreme), ``not_testable`` (no price series, or no such session) or ``placebo`` (another cause was
        stated). On the embedded market every row is ``not_testable``: invented prices cannot audit the press.
    """
    wanted, names = set(event_ids), {security.ticker: security.name for security in universe}
    records = []
    for claim in claims:
        if claim.event_id not in wanted:
            continue
        reported = claim.reported_move_pct / 100.0
        frame = None if history.simulated else history.frames.get(claim.instrument)
        at_close, at_high, at_low = (
            (math.nan,) * 3 if frame is None else _moves(frame, np.datetime64(claim.session_date))
        )
        measured, reading = at_close, ""
        if claim.basis == "intraday":
            extreme = at_high if reported > 0 else at_low
            if math.isfinite(extreme):
                measured = extreme
            elif math.isfinite(at_close):
                reading = "high_unconfirmed" if reported > 0 else "low_unconfirmed"
        elif claim.basis != "close" and math.isfinite(at_close):
            reading = "not_comparable"
        if claim.is_placebo:
            reading = "placebo"
        elif not math.isfinite(at_close):
            reading = "not_testable"
        elif not reading:
            near = abs(measured - reported) <= max(TOLERANCE, printed_rounding(claim.reported_move_pct)) + 1e-12
            reading = "agrees" if near else "differs"
        records.append(
            (
                claim.event_id,
                claim.instrument,
                names.get(claim.instrument, ""),
                np.datetime64(claim.session_date),
                claim.qualifier,
                claim.basis,
                reported,
                measured,
                measured - reported,
                reading,
                claim.publisher,
                claim.source_title,
                claim.source_url,
            )
        )
    frame = pd.DataFrame.from_records(records, columns=list(CLAIM_COLUMNS))
    frame["session"] = pd.to_datetime(frame["session"])
    return frame
