"""Compiled loops over residuals of single observations: as fitted, standardised, and their moments by session.

As in ``loops``: each function works on rows that no other call writes, sums run in the order of the rows, and arguments
have the same conventions. A place that cannot be negative is an unsigned number, which is found without a question, and
a loop has few arrays: both let it run on the machine's vectors.
"""

from __future__ import annotations

import numpy as np

from eventstudy.kernel.loops import compiled

# rows whose moments are taken at a time, so that they stay near the processor
TILE = 32


@compiled
def first_gaps(gap_begin, gap_day, rows, begins, position, first, found):  # type: ignore[no-untyped-def]
    """Where the gaps of each estimation window begin in the lists; observations are in the order of securities."""
    for row in rows:
        gap, end = gap_begin[row], gap_begin[row + 1]
        for number in range(begins[row], begins[row + 1]):
            while gap < end and gap_day[gap] < position[number] + first:
                gap += 1
            found[number] = gap


@compiled
def _errors(values, factor, begin, count, alpha, slope, found):  # type: ignore[no-untyped-def]
    """Return less expectation of consecutive sessions, one factor."""
    for place in range(count):
        day = np.uint64(begin + place)
        found[place] = values[day] - alpha - slope * factor[day]


@compiled
def _errors_after_gaps(first, stop, gap, end, gap_day, gap_record, alpha, slope, found, roots):  # type: ignore[no-untyped-def]
    """The same after gaps, up to a session, with their roots; one factor."""
    while gap < end and gap_day[gap] < stop:
        place = np.uint64(gap_day[gap] - first)
        root = gap_record[gap, 0]
        error = gap_record[gap, 2] - alpha * root - slope * gap_record[gap, 1]
        there = error - error == 0.0
        found[place] = error if there else 0.0
        roots[place] = root if there else 0.0
        gap += 1


@compiled
def _known(found, roots, count):  # type: ignore[no-untyped-def]
    """Root 1 where a number stands; 0, and the number 0, where none does."""
    for place in range(count):
        there = found[place] - found[place] == 0.0
        roots[place] = 1.0 if there else 0.0
        found[place] = found[place] if there else 0.0


@compiled
def residuals_of(  # type: ignore[no-untyped-def]
    values, factors, end, gap_day, gap_record, row, first, sessions, coefficients, number, gap, found, roots
):
    """Residuals of one observation on one session's scale, 0 with root 0 where there is none.

    ``first`` is the calendar place of the first session; ``gap`` where the window's gaps begin, ``end`` where those of
    the security end.
    """
    length = values.shape[1]
    k = factors.shape[0]
    low, high = max(-first, 0), min(length - first, sessions)
    for place in range(low):
        found[place] = 0.0
        roots[place] = 0.0
    for place in range(max(high, low), sessions):
        found[place] = 0.0
        roots[place] = 0.0
    alpha = coefficients[number, 0]
    if k == 1:
        _errors(values[row], factors[0], first + low, high - low, alpha, coefficients[number, 1], found[low:])
    else:
        for place in range(low, high):
            found[place] = values[row, np.uint64(first + place)] - alpha
        for one in range(k):
            slope = coefficients[number, one + 1]
            for place in range(low, high):
                found[place] -= slope * factors[one, np.uint64(first + place)]
    _known(found[low:], roots[low:], high - low)
    if k == 1:
        _errors_after_gaps(first, first + high, gap, end, gap_day, gap_record, alpha, coefficients[number, 1], found,
                           roots)  # fmt: skip
        return
    while gap < end and gap_day[gap] < first + high:
        place = gap_day[gap] - first
        error = gap_record[gap, k + 1] - alpha * gap_record[gap, 0]
        for one in range(k):
            error -= coefficients[number, one + 1] * gap_record[gap, one + 1]
        there = error - error == 0.0
        found[place] = error if there else 0.0
        roots[place] = gap_record[gap, 0] if there else 0.0
        gap += 1


@compiled
def _deviate(found, roots, factor, begin, count, centre, level, cross, own, variance, sign, out):  # type: ignore[no-untyped-def]
    """Errors of consecutive sessions of one factor, or of none, over their deviation."""
    for place in range(count):
        load = factor[np.uint64(begin + place)] - centre
        leverage = level + load * (2.0 * cross + load * own)
        share = 1.0 + sign * leverage
        # a day that alone determines a coefficient has leverage one and no residual to standardise
        good = (roots[place] > 0.0) & (share > 1e-12)
        out[place] = found[place] / np.sqrt(variance * share) if good else np.nan


@compiled
def _divide(found, roots, count, one_over, out):  # type: ignore[no-untyped-def]
    """Errors over the one deviation of a model without coefficients."""
    for place in range(count):
        out[place] = found[place] * one_over if roots[place] > 0.0 else np.nan


@compiled
def _one_deviation(  # type: ignore[no-untyped-def]
    factors, found, roots, place, begin, gap_record, gap, k, variance, gram, centre, fitted, sign, out
):
    """The same of one session for any number of factors, or after a gap where ``gap`` is not negative."""
    root = roots[place]
    out[place] = np.nan
    if root == 0.0:
        return
    leverage = 0.0
    for one in range(fitted):
        left = root
        if one > 0:
            left = gap_record[gap, one] if gap >= 0 else factors[one - 1, begin + place]
            left -= centre[one - 1] * root
        for other in range(fitted):
            right = root
            if other > 0:
                right = gap_record[gap, other] if gap >= 0 else factors[other - 1, begin + place]
                right -= centre[other - 1] * root
            leverage += left * gram[one, other] * right
    share = 1.0 + sign * leverage
    if root * root * share > 1e-12:
        out[place] = found[place] / np.sqrt(variance * share)


@compiled
def _deviate_gaps(  # type: ignore[no-untyped-def]
    found, roots, begin, stop, gap, end, gap_day, gap_record, centre, level, cross, own, variance, sign, out
):
    """The same as ``_deviate`` after gaps, up to a session."""
    while gap < end and gap_day[gap] < stop:
        place = np.uint64(gap_day[gap] - begin)
        root = roots[place]
        load = gap_record[gap, 1] - centre * root
        share = 1.0 + sign * (root * root * level + load * (2.0 * root * cross + load * own))
        good = (root > 0.0) & (root * root * share > 1e-12)
        out[place] = found[place] / np.sqrt(variance * share) if good else np.nan
        gap += 1


@compiled
def standardise(  # type: ignore[no-untyped-def]
    values, factors, end, gap_day, gap_span, gap_record, row, begin, sessions, coefficients, number, gap,
    variance, gram, centre, fitted, sign, found, roots, out,
):  # fmt: skip
    """Errors of one observation over their own deviation into ``out``, NaN where there is none."""
    k = factors.shape[0]
    length = values.shape[1]
    residuals_of(
        values, factors, end, gap_day, gap_record, row, begin, sessions, coefficients, number, gap, found, roots
    )
    low, high = max(-begin, 0), min(length - begin, sessions)
    for place in range(low):
        out[place] = np.nan
    for place in range(max(high, low), sessions):
        out[place] = np.nan
    if k == 1 and fitted == 2:
        _deviate(found[low:], roots[low:], factors[0], begin + low, high - low, centre[0], gram[0, 0], gram[0, 1],
                 gram[1, 1], variance, sign, out[low:])  # fmt: skip
        _deviate_gaps(found, roots, begin, begin + high, gap, end, gap_day, gap_record, centre[0], gram[0, 0],
                      gram[0, 1], gram[1, 1], variance, sign, out)  # fmt: skip
        return
    if fitted == 0:
        _divide(found[low:], roots[low:], high - low, 1.0 / np.sqrt(variance), out[low:])
    else:
        for place in range(low, high):
            _one_deviation(factors, found, roots, place, begin, gap_record, -1, k, variance, gram, centre, fitted, sign,
                           out)  # fmt: skip
    # returns after gaps have factors of their own
    while gap < end and gap_day[gap] < begin + high:
        _one_deviation(factors, found, roots, gap_day[gap] - begin, begin, gap_record, gap, k, variance, gram, centre,
                       fitted, sign, out)  # fmt: skip
        gap += 1


@compiled
def gap_from(gap, end, gap_day, begin):  # type: ignore[no-untyped-def]
    """The first gap on or after a session, from one that is not after it on."""
    while gap < end and gap_day[gap] < begin:
        gap += 1
    return gap


@compiled
def standardised(  # type: ignore[no-untyped-def]
    values, factors, gap_begin, gap_day, gap_span, gap_record,
    chosen, security, position, gaps, coefficients, variance, gram, centres, fitted, sign, first, sessions, out,
):  # fmt: skip
    """Errors of some sessions over their own deviation, NaN where there is none, into the ``chosen`` lines of ``out``.

    Line i of ``out`` is observation i. ``sign`` is -1 inside the estimation window, whose residuals vary less by
    their leverage, and 1 beyond it, where errors vary more.
    """
    found, roots = np.empty(sessions), np.empty(sessions)
    for number in chosen:
        row, begin = security[number], position[number] + first
        gap = gap_from(gaps[number], gap_begin[row + 1], gap_day, begin)
        standardise(
            values, factors, gap_begin[row + 1], gap_day, gap_span, gap_record, row, begin, sessions, coefficients,
            number, gap, variance[number], gram[number], centres[row], fitted, sign, found, roots, out[number],
        )  # fmt: skip


@compiled
def day_moments(  # type: ignore[no-untyped-def]
    values, factors, gap_begin, gap_day, gap_span, gap_record,
    chosen, security, position, gaps, coefficients, variance, gram, centres, fitted,
    first_event, days, event, first, sessions, estimation,
):  # fmt: skip
    """Count, mean and central sums of such errors by session, into the four lines of ``event`` and ``estimation``."""
    tile, ahead = np.empty((TILE, sessions)), np.empty((TILE, days))
    longer = max(sessions, days)
    found, roots = np.empty(longer), np.empty(longer)
    room = np.empty((4, longer))
    for begun in range(0, len(chosen), TILE):
        size = min(TILE, len(chosen) - begun)
        for line in range(size):
            number = chosen[begun + line]
            row = security[number]
            end, begin, begin_event = gap_begin[row + 1], position[number] + first, position[number] + first_event
            gap = gap_from(gaps[number], end, gap_day, begin)
            standardise(
                values, factors, end, gap_day, gap_span, gap_record, row, begin, sessions, coefficients,
                number, gap, variance[number], gram[number], centres[row], fitted, -1.0, found, roots, tile[line],
            )  # fmt: skip
            standardise(
                values, factors, end, gap_day, gap_span, gap_record, row, begin_event, days, coefficients, number,
                gap_from(gap, end, gap_day, begin_event), variance[number], gram[number], centres[row], fitted, 1.0,
                found, roots, ahead[line],
            )  # fmt: skip
        _add_tile(tile, size, room, estimation)
        _add_tile(ahead, size, room, event)


@compiled
def _add_tile(tile, size, room, sums):  # type: ignore[no-untyped-def]
    """The moments of some lines with those that are there (Chan, Golub & LeVeque)."""
    sessions = tile.shape[1]
    there, middle, squares, cubes = room[0], room[1], room[2], room[3]
    count, mean, m2, m3 = sums[0], sums[1], sums[2], sums[3]
    room[:, :sessions] = 0.0
    for line in range(size):
        _add_known(tile[line], there, middle, sessions)
    for day in range(sessions):
        middle[day] /= max(there[day], 1.0)
    for line in range(size):
        _add_powers(tile[line], middle, squares, cubes, sessions)
    for day in range(sessions):
        both = count[day] + there[day]
        if there[day] == 0.0:
            continue
        left, right = count[day] / both, there[day] / both
        apart = middle[day] - mean[day]
        square = apart * apart
        m3[day] += cubes[day] + square * apart * left * there[day] * (left - right)
        m3[day] += 3.0 * apart * (left * squares[day] - right * m2[day])
        m2[day] += squares[day] + square * left * there[day]
        mean[day] += apart * right
        count[day] = both


@compiled
def _add_known(values, there, total, count):  # type: ignore[no-untyped-def]
    """Numbers that are there, and how many."""
    for place in range(count):
        known = values[place] == values[place]
        there[place] += 1.0 if known else 0.0
        total[place] += values[place] if known else 0.0


@compiled
def _add_powers(values, middle, squares, cubes, count):  # type: ignore[no-untyped-def]
    """Second and third powers about the middle of the numbers that are there."""
    for place in range(count):
        apart = values[place] - middle[place] if values[place] == values[place] else 0.0
        squares[place] += apart * apart
        cubes[place] += apart * apart * apart
