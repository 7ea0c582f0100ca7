"""The rows of one ticker, and what a newer download makes of them: arrays only, no file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy._arrays import BoolArray, DayArray, FloatArray, IntArray
from eventstudy.prices.frames import price_frame
from eventstudy.prices.source import PRICE_COLUMNS
from eventstudy.prices.store.restatements import Restatement, restatements_between

if TYPE_CHECKING:
    import pandas as pd

ObjectArray = np.ndarray[Any, np.dtype[np.object_]]

# A store of version 1 marks with this the rows that a later download no longer contained, from before its adjustments.
SUPERSEDED = " (earlier adjustment)"
# Yahoo's own figures wobble in the seventh digit from one download to the next.
SAME_FIGURE = 1e-5
_KEPT_RESTATEMENTS = 24


@dataclass(frozen=True, eq=False)
class Lineage:
    """How the rows of a ticker came to be what they are.

    Attributes
    ----------
    generation : int
        1 for the first download, one more with each download that restated something.
    began_at : datetime64[us] or None
        Download that began this generation.
    downloaded_at : datetime64[us] or None
        Latest download, whether or not it changed a row.
    complete_since : datetime64[us] or None
        States before this instant are not known any more; None where every state is.
    older_files : tuple of int
        First and last number of the files that hold older rows; (1, 0) where there are none.
    older_rows : int
        How many rows they hold that belong to states since ``complete_since``.
    withdrawn : (W,) datetime64[D]
        Sessions that the source once had and that no row stands for now.
    restatements : tuple of Restatement
        The latest of them, oldest first.
    """

    generation: int = 1
    began_at: np.datetime64 | None = None
    downloaded_at: np.datetime64 | None = None
    complete_since: np.datetime64 | None = None
    older_files: tuple[int, int] = (1, 0)
    older_rows: int = 0
    withdrawn: DayArray = field(default_factory=lambda: np.empty(0, dtype="datetime64[D]"))
    restatements: tuple[Restatement, ...] = ()

    def belongs(self, replaced_at: DayArray) -> BoolArray:
        """Which older rows, by the time they were replaced, belong to states that can be read.

        Later ones are of a write that did not end, earlier ones of states that are not known any more.
        """
        belong = np.ones(replaced_at.size, dtype=np.bool_)
        if self.began_at is not None:
            belong &= replaced_at <= self.began_at
        if self.complete_since is not None:
            belong &= replaced_at > self.complete_since
        return belong


@dataclass(frozen=True, eq=False)
class StoredPrices:
    """Rows of one ticker as the store holds them, sorted by day.

    Attributes
    ----------
    days : (R,) datetime64[D]
        Sessions, unique.
    values : (6, R) float
        ``PRICE_COLUMNS`` in order.
    currency, source : (R,) object
        As the source stated them at that row's download; '' where unknown.
    fetched_at : (R,) datetime64[us]
        The first download that brought the row as it stands, UTC.
    requested_start : date or None
        First day that a download asked for.
    lineage : Lineage
        What stood there before.
    """

    days: DayArray
    values: FloatArray
    currency: ObjectArray
    source: ObjectArray
    fetched_at: DayArray
    requested_start: date | None = None
    lineage: Lineage = field(default_factory=Lineage)

    @property
    def downloaded_at(self) -> np.datetime64 | None:
        """When a download last brought this ticker, UTC, whether or not it changed a row; None without rows."""
        if self.lineage.downloaded_at is not None:
            return self.lineage.downloaded_at
        return self.fetched_at.max() if self.fetched_at.size else None

    @cached_property
    def comparable(self) -> BoolArray:
        """(R,) which rows share the latest adjustments, so that returns between them are real."""
        if not any(source.endswith(SUPERSEDED) for source in set(self.source.tolist())):
            shared = np.ones(self.days.size, dtype=np.bool_)
        else:
            shared = np.array([not source.endswith(SUPERSEDED) for source in self.source], dtype=np.bool_)
        shared.setflags(write=False)
        return shared

    @property
    def unused(self) -> int:
        """Sessions that were downloaded once and are on another level than the rows handed over."""
        return int((~self.comparable).sum()) + int(self.lineage.withdrawn.size)

    def frame(self, start: date | None = None, end: date | None = None) -> pd.DataFrame:
        """The comparable rows from ``start`` to ``end``, both inclusive, in the shape of ``PriceHistory``."""
        kept = self.comparable.copy()
        if start is not None:
            kept &= self.days >= np.datetime64(start, "D")
        if end is not None:
            kept &= self.days <= np.datetime64(end, "D")
        return price_frame(self.days[kept], self.values[:, kept])

    def take(self, rows: BoolArray | IntArray) -> StoredPrices:
        """These rows, as a mask or in this order; everything else as it is."""
        return replace(
            self,
            days=self.days[rows],
            values=self.values[:, rows],
            currency=self.currency[rows],
            source=self.source[rows],
            fetched_at=self.fetched_at[rows],
        )


@dataclass(frozen=True, eq=False)
class Merge:
    """A newer download laid over stored rows.

    Attributes
    ----------
    rows : StoredPrices
        What stands now. Its lineage names no files yet.
    replaced : StoredPrices
        Rows of before that do not stand any more.
    replaced_at : (P,) datetime64[us]
        When each of them ceased to, UTC.
    restated : tuple of Restatement
        What the closes, adjusted closes and other figures say now.
    """

    rows: StoredPrices
    replaced: StoredPrices
    replaced_at: DayArray
    restated: tuple[Restatement, ...] = ()


def stacked(first: StoredPrices, second: StoredPrices) -> StoredPrices:
    """Rows of both, sorted by day; where both have a day, the first one's row comes first."""
    order = np.argsort(np.concatenate([first.days, second.days]), kind="stable")
    return replace(
        first,
        days=np.concatenate([first.days, second.days])[order],
        values=np.concatenate([first.values, second.values], axis=1)[:, order],
        currency=np.concatenate([first.currency, second.currency])[order],
        source=np.concatenate([first.source, second.source])[order],
        fetched_at=np.concatenate([first.fetched_at, second.fetched_at])[order],
    )


def merge_rows(ticker: str, stored: StoredPrices | None, fresh: StoredPrices) -> Merge:
    """Stored rows with a newer download laid over them: its figures count, and no row of before is lost.

    A row whose figures are the same as before keeps its first download's time; a difference below a tenth of a basis
    point is none. A row that says something else is replaced. Levels of different downloads may not be comparable,
    because each split or dividend restates what came before: where a date shared by both shows another level, the
    rows next to it that the download lacks are withdrawn, so that no return is made of them.

    Parameters
    ----------
    ticker : str
        For the restatements.
    stored : StoredPrices or None
        What is there.
    fresh : StoredPrices
        What came. An answer that is older than what is stored only adds rows, and only on the same level.

    Returns
    -------
    Merge
        Every row of ``stored`` is in its ``rows`` or in its ``replaced``.
    """
    came_at = fresh.fetched_at.max() if fresh.days.size else None
    if stored is None or stored.downloaded_at is None or came_at is None:
        held = fresh if stored is None or came_at is not None else stored
        lineage = held.lineage if held is stored else Lineage(began_at=came_at, downloaded_at=came_at)
        nothing = held.take(np.zeros(held.days.size, dtype=np.bool_))
        return Merge(replace(held, lineage=lineage), nothing, nothing.fetched_at)
    asked = [day for day in (stored.requested_start, fresh.requested_start) if day is not None]
    shared, old, new = np.intersect1d(stored.days, fresh.days, assume_unique=True, return_indices=True)
    before, after = stored.take(old), fresh.take(new)
    moved = _moved(before, after)
    if came_at < stored.downloaded_at:
        if moved.any():
            return Merge(stored, stored.take(np.zeros(stored.days.size, dtype=np.bool_)), stored.fetched_at[:0])
        grown = stacked(stored, fresh.take(~np.isin(fresh.days, stored.days)))
        grown = replace(grown, requested_start=min(asked, default=None))
        return Merge(grown, stored.take(np.zeros(stored.days.size, dtype=np.bool_)), stored.fetched_at[:0])

    marked = ~stored.comparable
    differs = np.zeros(stored.days.size, dtype=np.bool_)
    differs[old] = ~_same_rows(before, after)
    lacking = np.ones(stored.days.size, dtype=np.bool_)
    lacking[old] = False
    withdrawn = marked & lacking
    if shared.size:
        later = np.clip(np.searchsorted(shared, stored.days), 0, shared.size - 1)
        withdrawn |= lacking & moved[later]
    gone = withdrawn | differs | marked
    taken = ~np.isin(fresh.days, stored.days[~gone])
    rows = stacked(stored.take(~gone), fresh.take(taken))
    sessions = np.union1d(stored.days, fresh.days)
    restated = restatements_between(ticker, came_at, sessions, shared, before.values, after.values, SAME_FIGURE)
    lineage = stored.lineage
    # rows that version 1 had marked ceased to stand at some download before; the latest is the last it can have been
    ended = np.where(marked[gone], stored.downloaded_at, came_at)
    again = bool((gone & ~marked).any())
    off = np.union1d(lineage.withdrawn, stored.days[withdrawn])
    lineage = replace(
        lineage,
        generation=lineage.generation + again,
        began_at=came_at if again else lineage.began_at,
        downloaded_at=came_at,
        withdrawn=np.setdiff1d(off, rows.days).astype("datetime64[D]"),
        restatements=_latest((*lineage.restatements, *restated)),
    )
    rows = replace(rows, requested_start=min(asked, default=None), lineage=lineage)
    return Merge(rows, stored.take(gone), ended.astype("datetime64[us]"), restated)


def _latest(restatements: tuple[Restatement, ...]) -> tuple[Restatement, ...]:
    """As many as are kept: those of closes before any others, which a source revises on most days."""
    closes = [each for each in restatements if each.is_price]
    others = [each for each in restatements if not each.is_price]
    kept = {id(each) for each in (*closes[-_KEPT_RESTATEMENTS:], *others[-4:])}
    return tuple(each for each in restatements if id(each) in kept)


def _same(before: FloatArray, after: FloatArray) -> BoolArray:
    """Where two figures are one, NaN being one with NaN."""
    near = np.abs(after - before) <= SAME_FIGURE * np.abs(before)
    same: BoolArray = near | (np.isnan(before) & np.isnan(after))
    return same


def _same_rows(before: StoredPrices, after: StoredPrices) -> BoolArray:
    """(R,) which rows say the same in every column."""
    same: BoolArray = _same(before.values, after.values).all(axis=0) & (before.currency == after.currency)
    return same


def _moved(before: StoredPrices, after: StoredPrices) -> BoolArray:
    """(R,) whether close or adjusted close stand on another level."""
    moved = np.zeros(before.days.size, dtype=np.bool_)
    for name in ("close", "adj_close"):
        row = PRICE_COLUMNS.index(name)
        known = np.isfinite(before.values[row]) & np.isfinite(after.values[row])
        moved |= known & ~_same(before.values[row], after.values[row])
    return moved


def stored_from_frame(
    days: DayArray, values: FloatArray, *, currency: str, source: str, fetched_at: datetime, requested_start: date
) -> StoredPrices:
    """Downloaded rows, all with the same source and time, sorted by day; of a day that stands twice the last counts."""
    order = np.argsort(days, kind="stable")
    days, values = days[order], values[:, order]
    last = np.append(np.diff(days) > np.timedelta64(0, "D"), True) if days.size else np.zeros(0, dtype=np.bool_)
    count = int(last.sum())
    stamp = np.datetime64(fetched_at.astimezone(UTC).replace(tzinfo=None), "us")
    return StoredPrices(
        days=days[last],
        values=values[:, last],
        currency=np.full(count, currency, dtype=object),
        source=np.full(count, source, dtype=object),
        fetched_at=np.full(count, stamp),
        requested_start=requested_start,
    )
