"""Restatements: figures that a later download states otherwise, and how they are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce

import numpy as np

from eventstudy._arrays import DayArray, FloatArray
from eventstudy.prices.source import PRICE_COLUMNS
from eventstudy.prices.words import said
from eventstudy.sentences import Sentence

_ONE_FACTOR = 1e-4  # factors this near to each other are one: closes have few digits


@dataclass(frozen=True)
class Restatement:
    """Figures of one column that a later download states otherwise.

    Attributes
    ----------
    ticker : str
        As in ``universe.csv``.
    column : str
        One of ``PRICE_COLUMNS``.
    noticed_at : str
        ISO 8601 instant of the download that brought the new figures, UTC.
    first, last : date
        Range of the sessions concerned.
    before : date or None
        The first session that was not restated, where every one before it was; else None.
    rows : int
        How many sessions.
    old, new : float
        The figure of ``last``, before and after; NaN where there was or is none.
    low, high : float
        Smallest and largest factor, new over old; NaN where no figure stands on both sides.
    kind : str
        ``dividend``, ``split``, or ``correction`` for what is neither.
    """

    ticker: str
    column: str
    noticed_at: str
    first: date
    last: date
    before: date | None
    rows: int
    old: float
    new: float
    low: float
    high: float
    kind: str

    @property
    def is_price(self) -> bool:
        """Whether returns may hang on it."""
        return self.column in ("close", "adj_close")

    @property
    def one_factor(self) -> bool:
        """Whether all sessions moved by the same factor."""
        return bool(abs(self.high / self.low - 1.0) < _ONE_FACTOR) if self.low > 0 else False

    def __str__(self) -> str:
        """One sentence without its full stop: what, when, from what to what, how far."""
        return self.words()

    def words(self, code: str = "restated.one") -> Sentence:
        """The same as a sentence that a report can say in another language."""
        if self.rows == 1 and self.kind == "correction":
            ends = {"old": _figure(self.old), "new": _figure(self.new)}
            found = said(code, ticker=self.ticker, figure=said(f"figure.{self.column}"), day=self.last, **ends)
            if self.old and np.isfinite(self.new / self.old):
                found = said("restated.size", said=found, size=_size(self.new / self.old))
            return found
        span = said("restated.between", first=self.first, last=self.last)
        if self.before or self.kind != "correction":
            span = said("restated.before", day=self.before) if self.before else said("restated.up_to", day=self.last)
        figures = said(f"figure.{self.column}" + ("" if self.rows == 1 else ".many"))
        return self._because(
            self._by(said("restated.many", ticker=self.ticker, rows=self.rows, figures=figures, span=span))
        )

    def _by(self, found: Sentence) -> Sentence:
        if self.one_factor:
            return said("restated.by", said=found, factor=_factor((self.low * self.high) ** 0.5))
        if np.isfinite(self.low):
            return said("restated.by_range", said=found, low=_factor(self.low), high=_factor(self.high))
        return found

    def _because(self, found: Sentence) -> Sentence:
        if self.kind == "dividend":
            return said("restated.dividend" if self.one_factor else "restated.dividends", said=found)
        if self.kind == "split":
            return said("restated.split", said=found)
        return said("restated.last", said=found, old=_figure(self.old), new=_figure(self.new))


def restatements_between(
    ticker: str,
    noticed_at: np.datetime64,
    sessions: DayArray,
    shared: DayArray,
    before: FloatArray,
    after: FloatArray,
    same_figure: float,
) -> tuple[Restatement, ...]:
    """What changed between two downloads, one entry a column, in the order of ``PRICE_COLUMNS``.

    Parameters
    ----------
    ticker : str
        The ticker.
    noticed_at : datetime64
        When the later one was made, UTC.
    sessions : (R,) datetime64[D]
        All that either has, sorted.
    shared : (S,) datetime64[D]
        Sessions that both have, sorted.
    before, after : (6, S) float
        ``PRICE_COLUMNS`` of the shared sessions.
    same_figure : float
        Relative difference up to which two figures are one.
    """
    found: dict[str, Restatement] = {}
    reaching: set[str] = set()  # columns of which everything up to the last change has changed
    stamp = f"{np.datetime_as_string(noticed_at, unit='s')}Z"
    for place, column in enumerate(PRICE_COLUMNS):
        old, new = before[place], after[place]
        same = (np.abs(new - old) <= same_figure * np.abs(old)) | (np.isnan(old) & np.isnan(new))
        if same.all():
            continue
        rows = np.flatnonzero(~same)
        first, last = shared[rows[0]], shared[rows[-1]]
        factors = _factors(old[rows], new[rows])
        low, high = (float(factors.min()), float(factors.max())) if factors.size else (np.nan, np.nan)
        later = sessions[sessions > last]
        if rows.size > 1 and not same[shared <= last].any():
            reaching.add(column)
        found[column] = Restatement(
            ticker=ticker,
            column=column,
            noticed_at=stamp,
            first=first.item(),
            last=last.item(),
            before=later[0].item() if column in reaching and later.size else None,
            rows=int(rows.size),
            old=float(old[rows[-1]]),
            new=float(new[rows[-1]]),
            low=low,
            high=high,
            kind="correction",
        )
    return tuple(
        replace(each, kind=_kind(each, found["close"] if "close" in reaching else None)) if column in reaching else each
        for column, each in found.items()
    )


def _factors(old: FloatArray, new: FloatArray) -> FloatArray:
    known = np.isfinite(old) & np.isfinite(new) & (old > 0) & (new > 0)
    return new[known] / old[known]


def _kind(each: Restatement, close: Restatement | None) -> str:
    """What restated a whole column: closes move with splits only, adjusted closes with dividends too."""
    if close is None:
        return "dividend" if each.column == "adj_close" and each.high < 1.0 + _ONE_FACTOR else "correction"
    return "split" if close.last == each.last and close.one_factor and each.one_factor else "correction"


def _figure(value: float) -> str:
    return f"{value:,.10g}" if np.isfinite(value) else said("figure.none")


def _factor(value: float) -> str:
    return f"×{value:.4f}" if abs(value - 1.0) < 0.5 else f"×{value:.4g}"


def _size(ratio: float) -> str:
    """'+29.4 bp' for what is small, '×0.5' for what is not."""
    change = ratio - 1.0
    return f"{change * 1e4:+.1f} bp".replace("-", "−") if abs(change) < 0.1 else f"×{ratio:.4g}"


def told(restatements: Iterable[Restatement]) -> tuple[str, ...]:
    """A sentence each, the latest first; columns that moved with the close, as in a split, are told with it.

    Examples
    --------
    >>> day = date(2026, 1, 5)
    >>> at, size = "2026-02-03T08:30:00Z", 3410 / 3400
    >>> told([Restatement("7203.T", "close", at, day, day, None, 1, 3400, 3410, size, size, "correction")])
    ('7203.T: close of 2026-01-05 restated from 3,400 to 3,410 (+29.4 bp), noticed 2026-02-03',)
    """
    groups: dict[tuple[str, str], list[Restatement]] = {}
    for each in restatements:
        groups.setdefault((each.noticed_at, each.ticker), []).append(each)
    told = []
    for (noticed_at, _), group in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1]), reverse=True):
        told += [f"{each}, noticed {noticed_at[:10]}" for each in _principal(group)]
    return tuple(told)


def _principal(group: Sequence[Restatement]) -> list[Restatement]:
    """Those that are not merely the shadow of another: the adjusted close of a split, the high of a moved close."""
    close = next((each for each in group if each.column == "close"), None)
    adjusted = next((each for each in group if each.column == "adj_close"), None)
    prices = [close] if close else []
    if adjusted and not (close and (adjusted.first, adjusted.last) == (close.first, close.last)):
        prices.append(adjusted)
    return prices or list(group)


def restatement_note(restatements: Iterable[Sequence[Restatement]]) -> tuple[str, ...]:
    """What a report says of the prices it used: one sentence, or none.

    Parameters
    ----------
    restatements : iterable of sequence of Restatement
        Those of each ticker used, oldest first. Only a ticker's latest download with another close counts.
    """
    routine: set[str] = set()
    others: list[Restatement] = []
    noticed: list[str] = []
    for of_ticker in restatements:
        prices = [each for each in of_ticker if each.is_price]
        latest = [each for each in prices if each.noticed_at == prices[-1].noticed_at]
        for each in _principal(latest) if latest else ():
            noticed.append(each.noticed_at[:10])
            if each.kind == "correction":
                others.append(each)
            else:
                routine.add(each.ticker)
    parts = []
    if routine:
        few = len(routine) <= 3
        lines = said("lines.few", tickers=tuple(sorted(routine))) if few else said("lines.many", count=len(routine))
        parts.append(said("restated.routine", lines=lines))
    if others:
        named = reduce(
            lambda one, more: said("note.and", said=one, more=more),
            [each.words("restated.one.from") for each in others[:3]],
        )
        more = len(others) - 3
        code = "restated.corrected_more" if more > 0 else "restated.corrected"
        parts.append(said(code, named=named, more=more))
    if not parts:
        return ()
    what = reduce(lambda one, other: said("restated.both", routine=one, corrected=other), parts)
    return (said("restated.note", day=max(noticed), what=what),)
