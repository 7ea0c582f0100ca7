"""Rows to named groups: any combination of columns, in the order in which their values first appear."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eventstudy._arrays import IntArray

Label = tuple[str, ...]


def group_rows(columns: Sequence[Sequence[str]], rows: IntArray) -> dict[Label, IntArray]:
    """Which rows share the same values in every column.

    Parameters
    ----------
    columns : sequence of (N,) sequences of str
        The grouping columns; none at all makes one group of everything.
    rows : (M,) int
        The rows to be grouped, out of the N.

    Returns
    -------
    dict of tuple to (n,) int
        Label, one value a column, to its rows; labels in the order of their first row.

    Examples
    --------
    >>> group_rows([["a", "b", "a"]], np.array([0, 1, 2]))
    {('a',): array([0, 2]), ('b',): array([1])}
    """
    found: dict[Label, list[int]] = {}
    for row in rows.tolist():
        found.setdefault(tuple(column[row] for column in columns), []).append(row)
    return {label: np.array(members, dtype=np.int64) for label, members in found.items()}
