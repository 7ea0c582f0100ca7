"""Rows to named groups: any combination of columns, in the order in which their values first appear."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eventstudy._arrays import IntArray

Label = tuple[str, ...]


def group_rows(columns: Sequence[tuple[IntArray, Sequence[str]]], rows: IntArray) -> dict[Label, IntArray]:
    """Which rows share the same values in every column.

    Parameters
    ----------
    columns : sequence of ((N,) int, sequence of str)
        The grouping columns, each as the place of every row's value among its different ones; none at all makes one
        group of everything.
    rows : (M,) int
        The rows to be grouped, out of the N.

    Returns
    -------
    dict of tuple to (n,) int
        Label, one value a column, to its rows; labels in the order of their first row.

    Examples
    --------
    >>> group_rows([(np.array([1, 0, 1]), ["a", "b"])], np.array([0, 1, 2]))
    {('b',): array([0, 2]), ('a',): array([1])}
    """
    if not len(rows):
        return {}
    key = np.zeros(len(rows), dtype=np.int64)
    for codes, _ in columns:
        key = _compact(key * (int(codes.max()) + 1) + codes[rows])
    # sixteen bits are sorted by counting
    small = key.astype(np.uint16) if int(key.max()) < 1 << 16 else key
    order = np.argsort(small, kind="stable")
    begins = np.flatnonzero(np.diff(key[order], prepend=-1))
    members = np.split(rows[order], begins[1:])
    found = [members[place] for place in np.argsort(order[begins]).tolist()]
    return {tuple(values[codes[inside[0]]] for codes, values in columns): inside for inside in found}


def _compact(key: IntArray) -> IntArray:
    """The same numbers counted from zero without holes, so that no combination of columns overflows."""
    if int(key.max()) > 4 * len(key) + 1_000_000:
        return np.unique(key, return_inverse=True)[1].astype(np.int64)
    found: IntArray = (np.cumsum(np.bincount(key) > 0) - 1)[key]
    return found
