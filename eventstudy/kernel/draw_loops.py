"""Compiled loops over draws: groups of observations, one after the other, each of which shares one event session."""

from __future__ import annotations

import numpy as np

from eventstudy.kernel.loops import compiled


@compiled
def divide_days(lines, which, starts, divided, sessions, fewest):  # type: ignore[no-untyped-def]
    """Every session of some draws over its deviation between the members, NaN where it has none; in place.

    ``starts`` (C + 1,) say where the lines of each draw begin; draws not ``divided`` stay as they are. A session has no
    deviation where fewer than ``fewest`` members are present, or all are equal.
    """
    count, mean, squares = np.empty(sessions), np.empty(sessions), np.empty(sessions)
    for draw in which:
        if not divided[draw]:
            continue
        count[:], mean[:], squares[:] = 0.0, 0.0, 0.0
        for place in range(starts[draw], starts[draw + 1]):
            line = lines[place]
            for day in range(sessions):
                there = line[day] == line[day]
                count[day] += 1.0 if there else 0.0
                mean[day] += line[day] if there else 0.0
        for day in range(sessions):
            mean[day] /= max(count[day], 1.0)
        for place in range(starts[draw], starts[draw + 1]):
            line = lines[place]
            for day in range(sessions):
                apart = line[day] - mean[day] if line[day] == line[day] else 0.0
                squares[day] += apart * apart
        for day in range(sessions):
            deviation = np.sqrt(squares[day] / max(count[day] - 1.0, 1.0))
            # equal values leave a rounding error of a deviation
            sound = count[day] >= fewest and deviation > 1e-12 * abs(mean[day])
            squares[day] = deviation if sound else np.nan
        for place in range(starts[draw], starts[draw + 1]):
            line = lines[place]
            for day in range(sessions):
                line[day] /= squares[day]
