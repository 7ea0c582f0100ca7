"""Compiled sums of residuals: by group and day, by cluster and session, and products of clusters that overlap."""

from __future__ import annotations

import numpy as np

from eventstudy.kernel.fit_loops import scaled_returns
from eventstudy.kernel.loops import compiled, summing
from eventstudy.kernel.residual_loops import residuals_of


@summing
def _add_errors(scaled, begin, count, alpha, slope, total, traded, low):  # type: ignore[no-untyped-def]
    """Errors of one factor added to ``total`` from ``low`` on, days to ``traded``; the number of positive ones, of all.

    A place that cannot be negative is found without a question, so that the loop runs on the machine's vectors.
    """
    positive, there = 0.0, 0.0
    for place in range(count):
        day, into = np.uint64(begin + place), np.uint64(low + place)
        root = scaled[0, day]
        error = scaled[2, day] - alpha * root - slope * scaled[1, day]
        total[into] += error * root
        positive += 1.0 if error > 0.0 else 0.0
        there += scaled[3, day]
        traded[into] += scaled[3, day]
    return positive, there


@summing
def _add_many(scaled, begin, count, coefficients, total, traded, low, found):  # type: ignore[no-untyped-def]
    """The same for any number of factors."""
    width = scaled.shape[0] - 1
    for place in range(count):
        day = np.uint64(begin + place)
        found[place] = scaled[width - 1, day] - coefficients[0] * scaled[0, day]
    for one in range(1, width - 1):
        for place in range(count):
            found[place] -= coefficients[one] * scaled[one, np.uint64(begin + place)]
    positive, there = 0.0, 0.0
    for place in range(count):
        day, into = np.uint64(begin + place), np.uint64(low + place)
        total[into] += found[place] * scaled[0, day]
        positive += 1.0 if found[place] > 0.0 else 0.0
        there += scaled[width, day]
        traded[into] += scaled[width, day]
    return positive, there


@compiled
def day_sums(  # type: ignore[no-untyped-def]
    values, factors, gap_begin, gap_day, gap_span, gap_record,
    rows, begins, position, group, coefficients, first, sessions, rising, total, traded,
):  # fmt: skip
    """Share of positive residuals of each observation; Σ residual and their number by group and estimation session.

    Observations stand in the order of their security. ``group`` (N,) is that of each; those of a negative one are left
    out. ``total`` and ``traded`` are (groups, T).
    """
    k, length = factors.shape
    width = k + 2
    scaled = np.zeros((width + 1, length))
    spans, holes = np.zeros(length), np.zeros(length, np.bool_)
    found = np.empty(sessions)
    centre = np.zeros(k + 1)
    for row in rows:
        if begins[row] == begins[row + 1]:
            continue
        scaled_returns(
            values, row, factors, gap_begin[row], gap_begin[row + 1], gap_day, gap_span, gap_record,
            False, centre, scaled, spans, holes,
        )  # fmt: skip
        for number in range(begins[row], begins[row + 1]):
            into = group[number]
            if into < 0:
                continue
            begin = position[number] + first
            low, high = max(-begin, 0), min(length - begin, sessions)
            alpha = coefficients[number, 0]
            if k == 1:
                positive, count = _add_errors(
                    scaled, begin + low, high - low, alpha, coefficients[number, 1], total[into], traded[into], low
                )
            else:
                positive, count = _add_many(
                    scaled, begin + low, high - low, coefficients[number], total[into], traded[into], low, found
                )
            rising[number] = positive / count if count > 0.0 else np.nan


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
    ``mean`` ends as Σ e, ``known`` as the number of members whose return spans one session. What stood there is gone.
    """
    found, roots = np.empty(sessions), np.empty(sessions)
    for cluster in which:
        squares[cluster] = scaled_squares[cluster] = 0.0
        for into in (total, present, scaled, mean, known):
            into[cluster] = 0.0
        for number in range(starts[cluster], starts[cluster + 1]):
            row, begin, gap = security[number], position[number] + first, gaps[number]
            end = gap_begin[row + 1]
            residuals_of(
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
