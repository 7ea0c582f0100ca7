"""Adjusted against unadjusted closes: they may part at splits and dividends, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from eventstudy.prices.quality.findings import Finding, at
from eventstudy.prices.quality.series import Series
from eventstudy.prices.words import said

SPLIT_APART: Final = 0.30  # log: beyond any dividend
FALLEN_APART: Final = 0.02  # log, of an adjusted close that falls against its close: no dividend does that
EVERYWHERE: Final = 0.10  # of the days, on which the two move apart


def check_columns(series: Series) -> Iterator[Finding]:
    """Days on which close and adjusted close moved by different factors."""
    close, adjusted = series.columns["close"], series.columns["adj_close"]
    both = (close > 0) & (adjusted > 0)
    if int(both.sum()) < 2:
        return
    days, close, adjusted = series.all_days[both], close[both], adjusted[both]
    moves, adjusted_moves = np.diff(np.log(close)), np.diff(np.log(adjusted))
    # half a unit of the last decimal, which is coarse beside prices of cents
    rounding = 0.02 / np.minimum(close, adjusted)
    allowed = 0.001 + np.minimum(rounding[1:] + rounding[:-1], 0.05)
    apart = adjusted_moves - moves
    if float((np.abs(apart) > allowed).mean()) > EVERYWHERE and apart.size >= 20:
        odd = days[1:][np.abs(apart) > allowed]
        detail = said("check.columns_apart", days=odd.size, all=apart.size)
        yield at(series.ticker, "columns", odd, detail)
        return
    for row in np.flatnonzero((np.abs(apart) > SPLIT_APART) | (apart < -FALLEN_APART - allowed)):
        day = days[row + 1 : row + 2]
        told, quiet = ("close", adjusted_moves[row]), "adj_close"
        values = close
        if abs(adjusted_moves[row]) > abs(moves[row]):
            told, quiet, values = ("adj_close", moves[row]), "close", adjusted
        detail = said(
            "check.column_alone",
            column=said(f"column.{told[0]}"),
            before=float(values[row]),
            now=float(values[row + 1]),
            day=day[0],
            other=said(f"column.{quiet}"),
            change=float(np.expm1(told[1])),
            meaning=said("check.raw_closes" if quiet == "adj_close" else "check.wrongly_adjusted"),
        )
        kind = "columns"
        if abs(apart[row]) > SPLIT_APART:
            kind = "raw_close" if quiet == "adj_close" else "suspected_split"
        yield at(series.ticker, kind, day, detail)
