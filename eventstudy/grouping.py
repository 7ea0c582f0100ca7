"""Rows to named groups: any combination of columns, in the order in which their values first appear."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eventstudy._arrays import IntArray

Label = tuple[str, ...]


def numbered(columns: Sequence[tuple[IntArray, Sequence[str]]], rows: IntArray) -> tuple[list[Label], IntArray]:
    """Labels in the order of their first row, and which of them every row has.

    Parameters
    ----------
    columns : sequence of ((N,) int, sequence of str)
        The grouping columns, each as the place of every row's value among its different ones; none at all makes one
        group of everything.
    rows : (M,) int
        The rows to be grouped, out of the N.

    Returns
    -------
    list of tuple, (M,) int
        Labels, one value a column; the place of each row's label among them.

    Examples
    --------
    >>> numbered([(np.array([1, 0, 1]), ["a", "b"])], np.array([0, 1, 2]))
    ([('b',), ('a',)], array([0, 1, 0]))
    """
    if not len(rows):
        return [], np.zeros(0, dtype=np.int64)
    key = np.zeros(len(rows), dtype=np.int64)
    for codes, _ in columns:
        key = _compact(key * (int(codes.max()) + 1) + codes[rows])
    first = np.empty(int(key.max()) + 1, dtype=np.int64)
    # of numbers put into one place the last one stays: here the smallest
    first[key[::-1]] = np.arange(len(key) - 1, -1, -1)
    order = np.argsort(first)
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    begins = rows[first[order]].tolist()
    return [tuple(values[codes[row]] for codes, values in columns) for row in begins], number[key]


def places_of(number: IntArray, count: int) -> list[IntArray]:
    """Where each number 0 … ``count`` - 1 stands, ascending.

    Parameters
    ----------
    number : (M,) int
        -1 where there is none.
    count : int
        How many numbers there are.

    Examples
    --------
    >>> places_of(np.array([1, -1, 1, 0]), 2)
    [array([3]), array([0, 2])]
    """
    # sixteen bits are sorted by counting
    small = (number + 1).astype(np.uint16) if count < (1 << 16) - 1 else number + 1
    ends = np.cumsum(np.bincount(small, minlength=count + 1))
    return np.split(np.argsort(small, kind="stable"), ends[:-1])[1:]


def _compact(key: IntArray) -> IntArray:
    """The same numbers counted from zero without holes, so that no combination of columns overflows."""
    if int(key.max()) > 4 * len(key) + 1_000_000:
        return np.unique(key, return_inverse=True)[1].astype(np.int64)
    found: IntArray = (np.cumsum(np.bincount(key) > 0) - 1)[key]
    return found
