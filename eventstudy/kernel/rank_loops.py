"""Compiled loops over ranks of standardised residuals, summed by day.

A line holds what one observation ranks: the days of its estimation window, those of the event, and its SCAR. NumPy
sorts a key a day, which the machine's vectors make several times faster than a loop of ours: on top a day's place
between the extremes of its line, below it the day. Numbers that share the upper part are put right by their values.
"""

from __future__ import annotations

import numpy as np

from eventstudy.kernel.loops import compiled
from eventstudy.kernel.residual_loops import gap_from, standardise

# a key without a number, behind all others
NOTHING = np.uint32(0xFFFFFFFF)


@compiled
def rank_lines(  # type: ignore[no-untyped-def]
    values, factors, gap_begin, gap_day, gap_span, gap_record,
    chosen, security, position, gaps, coefficients, variance, gram, centres, fitted,
    first, scale, first_event, event_scale, scar, lines,
):  # fmt: skip
    """Lines of some observations: standardised residuals and abnormal returns over their scales, beside ``scar``."""
    sessions, days = len(scale), len(event_scale)
    longer = max(sessions, days)
    found, roots = np.empty(longer), np.empty(longer)
    for place in range(len(chosen)):
        number, line = chosen[place], lines[place]
        row = security[number]
        end, begin, begin_event = gap_begin[row + 1], position[number] + first, position[number] + first_event
        gap = gap_from(gaps[number], end, gap_day, begin)
        standardise(
            values, factors, end, gap_day, gap_span, gap_record, row, begin, sessions, coefficients,
            number, gap, variance[number], gram[number], centres[row], fitted, -1.0, found, roots, line,
        )  # fmt: skip
        for day in range(sessions):
            line[day] /= scale[day]
        after = line[sessions:]
        standardise(
            values, factors, end, gap_day, gap_span, gap_record, row, begin_event, days, coefficients,
            number, gap_from(gap, end, gap_day, begin_event), variance[number], gram[number], centres[row], fitted, 1.0,
            found, roots, after,
        )  # fmt: skip
        for day in range(days):
            after[day] /= event_scale[day]
        after[days] = scar[number]


@compiled
def _extreme(line):  # type: ignore[no-untyped-def]
    """The number that is farthest from zero."""
    most = 0.0
    for value in line:
        most = max(most, abs(value) if value == value else 0.0)
    return most


@compiled
def _key_line(line, half, width, shift, keys):  # type: ignore[no-untyped-def]
    """The key of every day of a line."""
    for day in range(len(line)):
        level = np.uint32(np.int32(half + line[day] * width))
        keys[day] = (level << shift) | np.uint32(day) if line[day] == line[day] else NOTHING


@compiled
def rank_keys(lines, shift, keys):  # type: ignore[no-untyped-def]
    """Keys of lines, of which the lower ``shift`` bits say the day and the upper ones are larger for larger numbers."""
    # one level less on either side than there is room for, so that no day's key is that of none
    half = float(2 ** (31 - int(shift)) - 1)
    for number in range(len(lines)):
        most = _extreme(lines[number])
        line = lines[number]
        if 0.0 < most < np.inf and half / most < np.inf:
            _key_line(line, half, half / most, shift, keys[number])
        else:
            for day in range(len(line)):
                keys[number, day] = np.uint32(day) if line[day] == line[day] else NOTHING


@compiled
def _put_right(line, keys, count, mask, order, ordered):  # type: ignore[no-untyped-def]
    """Days and numbers ascending, from sorted keys; whether two numbers are equal."""
    for place in range(count):
        day = keys[place] & mask
        order[place] = day
        ordered[place] = line[day]
    misplaced = 0
    for place in range(1, count):
        misplaced += 1 if ordered[place - 1] >= ordered[place] else 0
    if misplaced == 0:
        return False
    equal = 0
    for place in range(1, count):
        value = ordered[place]
        if ordered[place - 1] >= value:
            own, before = order[place], place
            while before > 0 and ordered[before - 1] > value:
                ordered[before] = ordered[before - 1]
                order[before] = order[before - 1]
                before -= 1
            ordered[before] = value
            order[before] = own
            equal += 1 if before > 0 and ordered[before - 1] == value else 0
    return equal > 0


@compiled
def _add_different(order, count, sessions, last, over_days, over_window, by_day, by_window):  # type: ignore[no-untyped-def]
    """Centred ranks of numbers all of which differ."""
    event = scar = np.int32(0)
    for place in range(count):
        day = order[place]
        own = np.int32(day == last)
        scar += own
        event += np.int32(day >= sessions) - own
        by_day[day] += (place + 1 - scar) * over_days - 0.5
        by_window[day] += (place + 1 - event) * over_window - 0.5


@compiled
def _add_tied(order, ordered, count, sessions, last, over_days, over_window, by_day, by_window):  # type: ignore[no-untyped-def]
    """The same where equal numbers share their rank."""
    days, window, place = 0.0, 0.0, 0
    while place < count:
        until, more_days, more_window = place, 0.0, 0.0
        while until < count and ordered[until] == ordered[place]:
            day = order[until]
            more_days += 1.0 if day != last else 0.0
            more_window += 1.0 if day < sessions or day == last else 0.0
            until += 1
        for one in range(place, until):
            by_day[order[one]] += (days + 0.5 * (more_days + 1.0)) * over_days - 0.5
            by_window[order[one]] += (window + 0.5 * (more_window + 1.0)) * over_window - 0.5
        days += more_days
        window += more_window
        place = until


@compiled
def _count_known(line, present):  # type: ignore[no-untyped-def]
    """One more on every day with a number."""
    for day in range(len(line)):
        present[day] += 1.0 if line[day] == line[day] else 0.0


@compiled
def _known(line):  # type: ignore[no-untyped-def]
    """How many numbers there are."""
    count = 0
    for value in line:
        count += 1 if value == value else 0
    return count


@compiled
def add_ranks(lines, keys, shift, sessions, by_day, by_window, present):  # type: ignore[no-untyped-def]
    """Rank/(V + 1) - 1/2 of every number, added by day, from the sorted keys of each line.

    ``by_day`` ranks the event's days among those of the estimation window, and leaves out SCAR, which is the last
    place; ``by_window`` ranks SCAR alone among them. What each says of the other's places is no rank.
    """
    width = lines.shape[1]
    mask, last = np.uint32((1 << int(shift)) - 1), np.uint32(width - 1)
    until = np.uint32(sessions)
    order, ordered = np.empty(width, np.uint32), np.empty(width)
    for number in range(len(lines)):
        line = lines[number]
        estimation, event, scar = _known(line[:sessions]), _known(line[sessions : width - 1]), _known(line[width - 1 :])
        over_days, over_window = 1.0 / (estimation + event + 1.0), 1.0 / (estimation + scar + 1.0)
        count = estimation + event + scar
        if _put_right(line, keys[number], count, mask, order, ordered):
            _add_tied(order, ordered, count, until, last, over_days, over_window, by_day, by_window)
        else:
            _add_different(order, count, until, last, over_days, over_window, by_day, by_window)
        _count_known(line, present)
