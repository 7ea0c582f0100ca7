"""Compiled loops over ranks of standardised residuals, summed by day."""

from __future__ import annotations

import numpy as np

from eventstudy.kernel.loops import compiled
from eventstudy.kernel.residual_loops import gap_from, standardise

# places among which values are thrown before they are sorted, and how many deviations they cover on either side
BUCKETS, REACH = 1_024, 3.0


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
        gap = gap_from(gaps[number], gap_begin[row + 1], gap_day, begin)
        standardise(
            values, factors, gap_begin[row + 1], gap_day, gap_span, gap_record, row, begin, sessions, coefficients,
            number, gap, variance[number], gram[number], centres[row], fitted, -1.0, found, roots, line,
        )  # fmt: skip
        for day in range(sessions):
            line[day] /= scale[day]
        _add_ranks(
            line, events[number], scar[number], room, ordered, steps, moved,
            by_day, days_present, by_window, window_present,
        )  # fmt: skip
