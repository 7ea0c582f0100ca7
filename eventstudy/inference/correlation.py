"""Cross-correlation of residuals on the news clock: inside calendar clusters and between overlapping ones.

Kolari & Pynnönen 2010; partial overlap Kolari, Pape & Pynnönen 2018; degrees of freedom Satterthwaite 1946.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from eventstudy._arrays import FloatArray, IntArray

UNDEFINED = "the mean correlation is -1/(N - 1) or less, which leaves no variance; keep the floor of zero"


@dataclass(frozen=True, eq=False)
class ClusterSums:
    """Residuals of one calendar cluster, summed over its members by news-clock column.

    Attributes
    ----------
    start : int
        News-clock column of the first entry.
    total, squares : (T,) float
        Σ z and Σ z² over members, z a residual over the root of its own mean square.
    present : (T,) float
        Members with a residual.
    scaled_total, scaled_squares : (T,) float
        Σ s z and Σ s²z² over members, s² a member's residual variance: products of residuals, as their covariance wants
        them.
    mean_residual : (T,) float
        Mean residual of the columns with all members and no gap; NaN elsewhere.
    size : int
        Members N_c.
    enough : bool
        Whether the columns with all members are enough for a variance of ``mean_residual``.
    """

    start: int
    total: FloatArray
    squares: FloatArray
    present: FloatArray
    scaled_total: FloatArray
    scaled_squares: FloatArray
    mean_residual: FloatArray
    size: int
    enough: bool = True

    @cached_property
    def correlation(self) -> float:
        """r_c = Σ (S² - q)/Σ N (N - 1); 0 where no two members share a column."""
        pairs = float((self.present * (self.present - 1.0)).sum())
        return float((self.total**2 - self.squares).sum()) / pairs if pairs > 0 else 0.0

    @cached_property
    def mean_square(self) -> tuple[float, int]:
        """Sum of squares of the mean residual, and over how many columns."""
        mean = self.mean_residual[np.isfinite(self.mean_residual)]
        return float((mean**2).sum()), len(mean)


@dataclass(frozen=True, eq=False)
class CrossCorrelation:
    """Mean cross-correlation of a group of N observations in C clusters.

    Attributes
    ----------
    mean : float
        r̄ over all pairs, as it is.
    floored : float
        r̄ with negative parts at zero, or as it is where no floor is asked for: what enters a variance.
    inflation : float
        1 + (N - 1) r̄, of the ``floored`` one.
    dof : float
        ν of the adjusted BMP statistic.
    """

    mean: float
    floored: float
    inflation: float
    dof: float


@dataclass(frozen=True, eq=False)
class NewsClocks:
    """Which news-clock column each event's hour gives to the sessions of each calendar.

    Attributes
    ----------
    columns : mapping of event to mapping of calendar to (position, (T,) int)
        Place of the event session in the calendar, and the columns of the estimation sessions before it, -1 where
        there is none. An event has the calendars on which it has observations.
    """

    columns: Mapping[int, Mapping[int, tuple[int, IntArray]]]
    _agree: dict[tuple[int, int], bool] = field(default_factory=dict, init=False, repr=False)
    _joined: dict[int, tuple[NewsClocks, NewsClocks]] = field(default_factory=dict, init=False, repr=False)

    def seen(self, calendar: int, position: int, own: IntArray, event: int) -> IntArray:
        """(T,) columns of sessions as another event's hour sees them, -1 where unknown.

        Parameters
        ----------
        calendar, position : int
            Whose sessions, those before which event session.
        own : (T,) int
            Their columns on their own event's clock: the answer where the other event does not know the calendar.
        event : int
            The other event.
        """
        known = self.columns.get(event, {}).get(calendar)
        if known is None:
            return own
        place = np.arange(len(own)) + (position - known[0])
        inside = (place >= 0) & (place < len(own))
        seen: IntArray = np.where(inside, known[1][np.where(inside, place, 0)], -1)
        return seen

    def agree(self, one: int, other: int) -> bool:
        """Whether two events' hours put the same sessions of the first one's calendars into the same columns."""
        if one == other:
            return True
        key = (one, other)
        if key not in self._agree:
            same = True
            for calendar, (position, own) in self.columns[one].items():
                seen = self.seen(calendar, position, own, other)
                both = (own >= 0) & (seen >= 0)
                same &= bool((own[both] == seen[both]).all())
            self._agree[key] = same
        return self._agree[key]

    def __add__(self, other: NewsClocks) -> NewsClocks:
        """The clocks that either knows; the same object for the same two.

        Raises
        ------
        ValueError
            If they know one event's calendar differently.
        """
        if other is self or not other.columns:
            return self
        if not self.columns:
            return other
        # all states of one chunk share their clocks, and are added to the same next chunk
        if id(other) not in self._joined:
            self._joined[id(other)] = other, self._with(other)
        return self._joined[id(other)][1]

    def __reduce__(self) -> tuple[type[NewsClocks], tuple[Mapping[int, Mapping[int, tuple[int, IntArray]]]]]:
        """Without what it remembers."""
        return NewsClocks, (self.columns,)

    def _with(self, other: NewsClocks) -> NewsClocks:
        """The clocks that either knows."""
        found = {event: dict(calendars) for event, calendars in self.columns.items()}
        for event, calendars in other.columns.items():
            joined = found.setdefault(event, {})
            for calendar, (position, column) in calendars.items():
                known = joined.setdefault(calendar, (position, column))
                if known[0] != position or not np.array_equal(known[1], column):
                    raise ValueError(
                        f"event {event} stands on two sessions of calendar {calendar}, or its news clock differs; "
                        "add states of one study"
                    )
        return NewsClocks(found)


def separate_dates(count: int, pairs: Sequence[tuple[int, int]]) -> IntArray:
    """Number of the date of each cluster after clusters with overlapping windows became one.

    Parameters
    ----------
    count : int
        Clusters.
    pairs : sequence of (int, int)
        Those that overlap.

    Returns
    -------
    (count,) int
        Dates in the order of their first clusters.

    Examples
    --------
    >>> separate_dates(4, [(0, 2), (2, 3)])
    array([0, 1, 0, 0])
    """
    if not pairs:
        return np.arange(count)
    parent = list(range(count))

    def root(one: int) -> int:
        while parent[one] != one:
            one = parent[one]
        return one

    for one, other in pairs:
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    names: dict[int, int] = {}
    return np.array([names.setdefault(root(one), len(names)) for one in range(count)], dtype=np.int64)


def overlap_matrix(calendars: Sequence[IntArray], positions: Sequence[IntArray], length: int) -> FloatArray:
    """Share of sessions that the windows of two clusters have in common.

    Parameters
    ----------
    calendars, positions : sequences of C int arrays
        Calendar and event-session position of each cluster's members.
    length : int
        Sessions L of the window.

    Returns
    -------
    (C, C) float
        Common sessions over L, on the calendars both keep (their mean where they differ); zero on the diagonal.

    Examples
    --------
    >>> day = [np.array([10]), np.array([12])]
    >>> overlap_matrix([np.array([0]), np.array([0])], day, 6)[0, 1].round(3)
    np.float64(0.667)
    """
    count = len(calendars)
    place: list[dict[int, int]] = [
        dict(zip(kept.tolist(), where.tolist(), strict=True)) for kept, where in zip(calendars, positions, strict=True)
    ]
    shared = np.zeros((count, count))
    common = np.zeros((count, count))
    for name in sorted({key for one in place for key in one}):
        members = np.array([number for number in range(count) if name in place[number]], dtype=np.int64)
        where = np.array([place[number][name] for number in members.tolist()], dtype=np.float64)
        inside = np.maximum(length - np.abs(where[:, None] - where[None, :]), 0.0) / length
        common[np.ix_(members, members)] += inside
        shared[np.ix_(members, members)] += 1.0
    matrix = np.divide(common, shared, out=np.zeros((count, count)), where=shared > 0)
    np.fill_diagonal(matrix, 0.0)
    return matrix


def overlapping_pairs(overlap: FloatArray) -> tuple[tuple[int, int], ...]:
    """Pairs of clusters with sessions in common, the earlier first.

    Examples
    --------
    >>> overlapping_pairs(np.array([[0.0, 0.0, 0.5], [0.0, 0.0, 0.0], [0.5, 0.0, 0.0]]))
    ((0, 2),)
    """
    if len(overlap) < 2:
        return ()
    first, second = np.nonzero(np.triu(overlap))
    return tuple(zip(first.tolist(), second.tolist(), strict=True))


def common_columns(one: ClusterSums, other: ClusterSums) -> tuple[slice, slice] | None:
    """Slices of two clusters' arrays that stand for the same news-clock columns; None where they share none."""
    first = max(one.start, other.start)
    last = min(one.start + len(one.total), other.start + len(other.total))
    if last <= first:
        return None
    return slice(first - one.start, last - one.start), slice(first - other.start, last - other.start)


def _between(one: ClusterSums, other: ClusterSums) -> float:
    """Mean correlation of a member of one cluster with a member of another, Γ/(N N')."""
    slices = common_columns(one, other)
    if slices is None:
        return 0.0
    left, right = slices
    pairs = float((one.present[left] * other.present[right]).sum())
    return float((one.total[left] * other.total[right]).sum()) / pairs if pairs > 0 else 0.0


def cross_correlation(
    sums: Sequence[ClusterSums],
    overlap: FloatArray,
    beside: Callable[[int, int], ClusterSums] | None = None,
    floored: bool = True,
) -> CrossCorrelation:
    """r̄ over all pairs of a group, its variance inflation, and the degrees of freedom ν.

    Parameters
    ----------
    sums : sequence of C ClusterSums
        The group's clusters.
    overlap : (C, C) float
        ω, the share of common sessions of two clusters' windows.
    beside : function of two cluster numbers, optional
        Sums of the second cluster on the clock of the first; by default every cluster keeps the same clock.
    floored : bool
        Negative r_c and Γ are reported but set to zero in a variance, so that they never sharpen a test; or left as
        they are, as Kolari & Pynnönen 2010.

    Returns
    -------
    CrossCorrelation
        r̄ = [Σ N_c (N_c - 1) r_c + Σ_{c≠c'} ω Γ]/(N (N - 1)); pairs of clusters that do not overlap count as
        uncorrelated and stay in the divisor.
    """
    pairs = overlapping_pairs(overlap)
    between = []
    for one, other in pairs:
        neighbour = sums[other] if beside is None else beside(one, other)
        between.append(overlap[one, other] * _between(sums[one], neighbour))
    first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return pooled_correlation(
        np.array([one.size for one in sums], dtype=np.float64),
        np.array([one.correlation for one in sums]),
        first,
        second,
        np.array(between),
        floored,
    )


def pooled_correlation(
    size: FloatArray, within: FloatArray, first: IntArray, second: IntArray, between: FloatArray, floored: bool = True
) -> CrossCorrelation:
    """The same from correlations inside clusters and between pairs of them.

    Parameters
    ----------
    size, within : (C,) float
        Members and correlation of each cluster.
    first, second : (P,) int
        Pairs of clusters, each once.
    between : (P,) float
        ω times the mean correlation of their members.
    floored : bool
        As in :func:`cross_correlation`.
    """
    n, count = float(size.sum()), len(size)
    if n < 2:
        return CrossCorrelation(float("nan"), 0.0, 1.0, float("nan"))
    weight = size[first] * size[second]
    inside = size * (size - 1.0)
    mean = float((inside * within).sum() + 2.0 * (weight * between).sum()) / (n * (n - 1.0))
    safe, apart = (np.maximum(within, 0.0), np.maximum(between, 0.0)) if floored else (within, between)
    used = float((inside * safe).sum() + 2.0 * (weight * apart).sum()) / (n * (n - 1.0))
    load = 1.0 + (size - 1.0) * safe
    load += np.bincount(first, apart * size[second], count) + np.bincount(second, apart * size[first], count)
    centre = float((size * load).sum()) / n
    degrees = n - centre
    noise = float((size + inside * safe**2).sum() + 2.0 * (weight * apart**2).sum())
    noise += centre**2 - 2.0 * float((size * load**2).sum()) / n
    dof = degrees**2 / noise if noise > 0 and degrees > 0 else float("nan")
    return CrossCorrelation(mean, used, 1.0 + (n - 1.0) * used, dof)
