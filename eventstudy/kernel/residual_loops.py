"""Compiled loops over residuals of single observations: standardised, summed by cluster and session, ranked.

As in ``loops``: each function works on rows that no other call writes, sums run in the order of the rows, and arguments
have the same conventions. A place that cannot be negative is an unsigned number, which is found without a question, and
a loop has few arrays: both let it run on the machine's vectors.
"""

from __future__ import annotations

import numpy as np

from eventstudy.kernel.loops import compiled, summing

# rows whose moments are taken at a time, so that they stay near the processor
TILE = 32
# places among which values are thrown before they are sorted, and how many deviations they cover on either side
BUCKETS, REACH = 1_024, 3.0


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
def _known(found, roots, count):  # type: ignore[no-untyped-def]
    """Root 1 where a number stands; 0, and the number 0, where none does."""
    for place in range(count):
        there = found[place] - found[place] == 0.0
        roots[place] = 1.0 if there else 0.0
        found[place] = found[place] if there else 0.0


@compiled
def _residuals(  # type: ignore[no-untyped-def]
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
def _standardise(  # type: ignore[no-untyped-def]
    values, factors, end, gap_day, gap_span, gap_record, row, begin, sessions, coefficients, number, gap,
    variance, gram, centre, fitted, sign, found, roots, out,
):  # fmt: skip
    """Errors of one observation over their own deviation into ``out``, NaN where there is none."""
    k = factors.shape[0]
    length = values.shape[1]
    _residuals(values, factors, end, gap_day, gap_record, row, begin, sessions, coefficients, number, gap, found, roots)
    low, high = max(-begin, 0), min(length - begin, sessions)
    for place in range(low):
        out[place] = np.nan
    for place in range(max(high, low), sessions):
        out[place] = np.nan
    if k == 1 and fitted == 2:
        _deviate(found[low:], roots[low:], factors[0], begin + low, high - low, centre[0], gram[0, 0], gram[0, 1],
                 gram[1, 1], variance, sign, out[low:])  # fmt: skip
    elif fitted == 0:
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
def _gap_from(gap, end, gap_day, begin):  # type: ignore[no-untyped-def]
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
        gap = _gap_from(gaps[number], gap_begin[row + 1], gap_day, begin)
        _standardise(
            values, factors, gap_begin[row + 1], gap_day, gap_span, gap_record, row, begin, sessions, coefficients,
            number, gap, variance[number], gram[number], centres[row], fitted, sign, found, roots, out[number],
        )  # fmt: skip


@compiled
def standardised_moments(  # type: ignore[no-untyped-def]
    values, factors, gap_begin, gap_day, gap_span, gap_record,
    chosen, security, position, gaps, coefficients, variance, gram, centres, fitted, sign, first, sessions,
    count, mean, m2, m3,
):  # fmt: skip
    """Count, mean and central sums by session of the same errors, tile by tile (Chan, Golub & LeVeque)."""
    tile = np.empty((TILE, sessions))
    found, roots = np.empty(sessions), np.empty(sessions)
    there, middle, squares, cubes = np.empty(sessions), np.empty(sessions), np.empty(sessions), np.empty(sessions)
    for begun in range(0, len(chosen), TILE):
        size = min(TILE, len(chosen) - begun)
        for line in range(size):
            number = chosen[begun + line]
            row, begin = security[number], position[number] + first
            gap = _gap_from(gaps[number], gap_begin[row + 1], gap_day, begin)
            _standardise(
                values, factors, gap_begin[row + 1], gap_day, gap_span, gap_record, row, begin, sessions, coefficients,
                number, gap, variance[number], gram[number], centres[row], fitted, sign, found, roots, tile[line],
            )  # fmt: skip
        there[:], middle[:], squares[:], cubes[:] = 0.0, 0.0, 0.0, 0.0
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


@compiled
def _bucket(value, reach, width):  # type: ignore[no-untyped-def]
    """Which bucket a number falls into; a larger number never into a lower one."""
    return np.uint32(min(max((value + reach) * width, 0.0), BUCKETS - 1.0))


@compiled
def _room(sessions):  # type: ignore[no-untyped-def]
    """Room for one sort: numbers, their places, their order, buckets, ends of buckets."""
    return (
        np.empty(sessions + 1),
        np.empty(sessions + 1, np.uint32),
        np.empty(sessions + 1, np.uint32),
        np.empty(sessions + 1, np.uint32),
        np.empty(BUCKETS + 1, np.uint32),
    )


@compiled
def _sort(values, numbers, places, order, ordered, key, ends):  # type: ignore[no-untyped-def]
    """The numbers that are there, ascending, into ``ordered``, and their places into ``order``.

    They are thrown into buckets by size, which leaves few out of order for the insertion that follows; ``ends`` says
    where each bucket ends. The answer is how many there are, and reach and width for ``_bucket``.
    """
    there, squares = np.uint32(0), 0.0
    for place in range(len(values)):
        value = values[place]
        known = value == value
        numbers[there] = value
        places[there] = place
        there += np.uint32(1 if known else 0)
        squares += value * value if known else 0.0
    count = int(there)
    reach = REACH * np.sqrt(squares / max(count, 1))
    width = 0.5 * BUCKETS / reach if reach > 0.0 and reach < np.inf else 0.0
    ends[:] = 0
    for place in range(count):
        key[place] = _bucket(numbers[place], reach, width)
    for place in range(count):
        ends[key[place] + np.uint32(1)] += np.uint32(1)
    total = np.uint32(0)
    for bucket in range(1, BUCKETS + 1):
        total += ends[bucket]
        ends[bucket] = total
    for place in range(count):
        into = ends[key[place]]
        ends[key[place]] = into + np.uint32(1)
        ordered[into] = numbers[place]
        order[into] = places[place]
    for place in range(1, count):
        value = ordered[place]
        if ordered[place - 1] > value:
            own, before = order[place], place
            while before > 0 and ordered[before - 1] > value:
                ordered[before] = ordered[before - 1]
                order[before] = order[before - 1]
                before -= 1
            ordered[before] = value
            order[before] = own
    return count, reach, width


@compiled
def _place_event(ordered, count, ends, reach, width, event, steps, total, present):  # type: ignore[no-untyped-def]
    """Centred ranks of the event's days among sorted numbers, added to the last days of ``total``; ties share theirs.

    ``steps`` end as what the numbers from each place on move up by; the answer is one over V + 1.
    """
    days = len(total) - len(event)
    steps[: count + 1] = 0.0
    valid = count
    for value in event:
        valid += 1 if value == value else 0
    over = 1.0 / (valid + 1.0)
    for place in range(len(event)):
        value = event[place]
        if value != value:
            continue
        below, same = 0, 0
        for other in event:
            below += 1 if other < value else 0
            same += 1 if other == value else 0
        bucket = int(_bucket(value, reach, width))
        low = int(ends[bucket - 1]) if bucket > 0 else 0
        while low < count and ordered[low] < value:
            low += 1
        until = low
        while until < count and ordered[until] == value:
            until += 1
        steps[low] += 0.5
        steps[until] += 0.5
        total[days + place] += (0.5 * (low + until + same + 1) + below) * over - 0.5
        present[days + place] += 1.0
    return over


@compiled
def _count_known(values, one, other):  # type: ignore[no-untyped-def]
    """One more on every day with a number."""
    for place in range(len(values)):
        there = 1.0 if values[place] == values[place] else 0.0
        one[place] += there
        other[place] += there


@compiled
def _add_ranks(  # type: ignore[no-untyped-def]
    line, event, scar, room, ordered, steps, moved, by_day, days_present, by_window, window_present
):
    """Rank/(V + 1) - 1/2 of every number, added by day: with the event's days among them, and with its SCAR alone."""
    numbers, places, order, key, ends = room
    count, reach, width = _sort(line, numbers, places, order, ordered, key, ends)
    over_days = _place_event(ordered, count, ends, reach, width, event, steps, by_day, days_present)
    over_window = _place_event(ordered, count, ends, reach, width, scar, moved, by_window, window_present)
    _count_known(line, days_present, window_present)
    below_days, below_window, place = 0.0, 0.0, 0
    while place < count:
        until = place + 1
        while until < count and ordered[until] == ordered[place]:
            until += 1
        below_days += steps[place]
        below_window += moved[place]
        rank = 0.5 * (place + until + 1)
        for one in range(place, until):
            by_day[order[one]] += (rank + below_days) * over_days - 0.5
            by_window[order[one]] += (rank + below_window) * over_window - 0.5
        for one in range(place + 1, until):
            below_days += steps[one]
            below_window += moved[one]
        place = until


@compiled
def rank_given(lines, event, scar, by_day, days_present, by_window, window_present):  # type: ignore[no-untyped-def]
    """Sums of centred ranks of days that are given, line by line."""
    sessions = lines.shape[1]
    room = _room(sessions)
    ordered, steps, moved = np.empty(sessions), np.empty(sessions + 1), np.empty(sessions + 1)
    for number in range(lines.shape[0]):
        _add_ranks(
            lines[number], event[number], scar[number], room, ordered, steps, moved,
            by_day, days_present, by_window, window_present,
        )  # fmt: skip


@compiled
def rank_sums(  # type: ignore[no-untyped-def]
    values, factors, gap_begin, gap_day, gap_span, gap_record,
    chosen, security, position, gaps, coefficients, variance, gram, centres, fitted, first, sessions, scale,
    events, scar, by_day, days_present, by_window, window_present,
):  # fmt: skip
    """Sums of centred ranks of observations: standardised residuals over ``scale`` beside ``events``, and ``scar``."""
    room = _room(sessions)
    ordered, steps, moved = np.empty(sessions), np.empty(sessions + 1), np.empty(sessions + 1)
    found, roots, line = np.empty(sessions), np.empty(sessions), np.empty(sessions)
    for number in chosen:
        row, begin = security[number], position[number] + first
        gap = _gap_from(gaps[number], gap_begin[row + 1], gap_day, begin)
        _standardise(
            values, factors, gap_begin[row + 1], gap_day, gap_span, gap_record, row, begin, sessions, coefficients,
            number, gap, variance[number], gram[number], centres[row], fitted, -1.0, found, roots, line,
        )  # fmt: skip
        for day in range(sessions):
            line[day] /= scale[day]
        _add_ranks(
            line, events[number], scar[number], room, ordered, steps, moved,
            by_day, days_present, by_window, window_present,
        )  # fmt: skip


@summing
def _add_member(errors, roots, one_over, deviation, total, scaled, mean, present):  # type: ignore[no-untyped-def]
    """One member's residuals added to the sums of its cluster; the sum of their squares."""
    count, squares = len(errors), 0.0
    for place in range(count):
        total[place] += errors[place] * one_over
        squares += errors[place] * errors[place]
    weight = one_over * deviation
    for place in range(count):
        scaled[place] += errors[place] * weight
    for place in range(count):
        mean[place] += errors[place]
    for place in range(count):
        present[place] += 1.0 if roots[place] > 0.0 else 0.0
    return squares


@compiled
def cluster_sums(  # type: ignore[no-untyped-def]
    values, factors, gap_begin, gap_day, gap_span, gap_record,
    which, starts, security, position, gaps, coefficients, centred_by, scale, spread, first, sessions,
    total, squares, present, scaled, scaled_squares, mean, known,
):  # fmt: skip
    """Sums by estimation session over the members of some clusters, whose event session is one.

    Members stand in the order of their cluster, whose ``starts`` (C + 1,) say where each one's begin; ``which`` are the
    clusters wanted. ``scale`` is the root of each member's mean square, ``spread`` the root of its residual variance.
    ``mean`` ends as Σ e, ``known`` as the number of members whose return spans one session. All begin as zeros.
    """
    found, roots = np.empty(sessions), np.empty(sessions)
    for cluster in which:
        for number in range(starts[cluster], starts[cluster + 1]):
            row, begin, gap = security[number], position[number] + first, gaps[number]
            end = gap_begin[row + 1]
            _residuals(
                values, factors, end, gap_day, gap_record, row, begin, sessions, coefficients, number, gap, found, roots
            )
            middle = centred_by[number]
            if middle != 0.0:
                for place in range(sessions):
                    found[place] -= middle * roots[place]
            while gap < end and gap_day[gap] < begin + sessions:
                if roots[gap_day[gap] - begin] > 0.0:
                    known[cluster, gap_day[gap] - begin] -= 1.0
                gap += 1
            one_over = 1.0 / scale[number]
            own = (
                one_over
                * one_over
                * _add_member(
                    found,
                    roots,
                    one_over,
                    spread[number],
                    total[cluster],
                    scaled[cluster],
                    mean[cluster],
                    present[cluster],
                )
            )
            squares[cluster] += own
            scaled_squares[cluster] += own * spread[number] * spread[number]
        for place in range(sessions):
            known[cluster, place] += present[cluster, place]


@compiled
def finish_clusters(  # type: ignore[no-untyped-def]
    which, size, fewest, total, squares, present, mean, known, within, enough, mean_squares, columns
):
    """Correlation inside some clusters, and their mean residual on full columns; 0, and not ``known``, elsewhere."""
    sessions = total.shape[1]
    for cluster in which:
        products, pairs, full = -squares[cluster], 0.0, 0
        for day in range(sessions):
            products += total[cluster, day] * total[cluster, day]
            pairs += present[cluster, day] * (present[cluster, day] - 1.0)
        within[cluster] = products / pairs if pairs > 0.0 else 0.0
        square = 0.0
        for day in range(sessions):
            if known[cluster, day] == size[cluster] and present[cluster, day] > 0.0:
                known[cluster, day] = 1.0
                mean[cluster, day] /= present[cluster, day]
                square += mean[cluster, day] * mean[cluster, day]
                full += 1
            else:
                known[cluster, day] = 0.0
                mean[cluster, day] = 0.0
        enough[cluster] = full >= fewest
        mean_squares[cluster], columns[cluster] = square, full


@summing
def _products(one, other, apart, count):  # type: ignore[no-untyped-def]
    """Σ one × other, the first ``apart`` places on."""
    total = 0.0
    for place in range(count):
        total += one[np.uint64(apart + place)] * other[place]
    return total


@compiled
def overlapping_products(  # type: ignore[no-untyped-def]
    which, position, length, begins, enough, total, present, scaled, mean, known, between, covariance
):
    """Mean correlation, and covariance of a session's mean residual, of every pair of clusters that overlap.

    Clusters ascend by ``position``; the partners of cluster c are the next ones, while fewer than ``length`` sessions
    away, and stand from ``begins[c]`` on.
    """
    count, sessions = total.shape
    for one in which:
        place = begins[one]
        for other in range(one + 1, count):
            apart = position[other] - position[one]
            if apart >= length:
                break
            common = max(sessions - apart, 0)
            products = _products(total[one], total[other], apart, common)
            pairs = _products(present[one], present[other], apart, common)
            if enough[one] and enough[other]:
                together = _products(mean[one], mean[other], apart, common)
                days = _products(known[one], known[other], apart, common)
            else:
                together, days = _products(scaled[one], scaled[other], apart, common), pairs
            between[place] = products / pairs if pairs > 0.0 else 0.0
            covariance[place] = max(together / days, 0.0) if days > 0.0 else 0.0
            place += 1
