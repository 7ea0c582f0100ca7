"""Compiled loops that fit observations and cumulate their abnormal returns, by running sums of a security."""

from __future__ import annotations

import numpy as np

from eventstudy.kernel.loops import compiled, summing

# below, the reference fit decides: R² or a correlation of regressors so near to one costs running sums their digits
LEAST_SHARE = 1e-5
LEAST_DETERMINANT = 1e-4
# sessions whose products are summed before they enter a running sum
BLOCK = 16
# what became of an observation, beside the attrition reasons that these stand for
USED, SHORT_ESTIMATION, SHORT_REGRESSORS, NO_EVENT_RETURN, HARD = 0, 1, 2, 3, 4


@summing
def _block_product(blocked, one, other, block):  # type: ignore[no-untyped-def]
    """Σ one × other over one block of sessions; ``blocked`` is ``scaled`` by blocks."""
    total = 0.0
    for place in range(blocked.shape[2]):
        total += blocked[one, block, place] * blocked[other, block, place]
    return total


@summing
def _edge_products(blocked, one, other, opening, closing, weights, head, tail):  # type: ignore[no-untyped-def]
    """Σ one × other over the last sessions of one block and the first ones of a later one."""
    total = 0.0
    for place in range(blocked.shape[2]):
        total += (
            blocked[one, opening, place] * blocked[other, opening, place] * weights[head, place]
            + blocked[one, closing, place] * blocked[other, closing, place] * weights[tail, place]
        )
    return total


@summing
def _mean(scaled, one, length):  # type: ignore[no-untyped-def]
    """Mean a session of one row of ``scaled``."""
    spans, total = 0.0, 0.0
    for day in range(length):
        spans += scaled[0, day] * scaled[0, day]
        total += scaled[0, day] * scaled[one, day]
    return total / spans if spans > 0.0 else 0.0


@compiled
def scaled_returns(  # type: ignore[no-untyped-def]
    values, row, factors, begin, end, gap_day, gap_span, gap_record, centred, centre, scaled, spans, holes
):
    """Rows of (root of the span, factors, return, 1) of one security, over that root; 0 where one is missing.

    If they are to be ``centred``, the security's own means are taken out of returns and factors, so that sums of
    squares keep their digits; they are ``centre``, those of the factors first. ``spans`` are the sessions that each
    return spans, dropped or without factors too; ``holes`` says where factors alone are missing, and the answer is
    whether anywhere.
    """
    k, length = factors.shape
    last = k + 1
    for day in range(length):
        there = values[row, day] - values[row, day] == 0.0
        scaled[last + 1, day] = 1.0 if there else 0.0
        scaled[last, day] = values[row, day] if there else 0.0
        spans[day] = 1.0 if there else 0.0
    for one in range(k):
        for day in range(length):
            there = factors[one, day] - factors[one, day] == 0.0
            scaled[last + 1, day] = scaled[last + 1, day] if there else 0.0
            scaled[one + 1, day] = factors[one, day] if there else 0.0
    for day in range(length):
        scaled[0, day] = scaled[last + 1, day]
    for gap in range(begin, end):
        day = gap_day[gap]
        known = True
        for one in range(k + 2):
            known &= gap_record[gap, one] - gap_record[gap, one] == 0.0
        spans[day] = gap_span[gap]
        scaled[last + 1, day] = 1.0 if known else 0.0
        for one in range(k + 2):
            scaled[one, day] = gap_record[gap, one] if known else 0.0
    some = False
    for day in range(length):
        holes[day] = spans[day] > 0.0 and scaled[last + 1, day] == 0.0
        some |= holes[day]
    if some:
        for gap in range(begin, end):
            if gap_record[gap, last] - gap_record[gap, last] != 0.0:
                holes[gap_day[gap]] = False
    for one in range(1, k + 2):
        mean = _mean(scaled, one, length) if centred else 0.0
        centre[one - 1] = mean
        for day in range(length):
            scaled[one, day] = (scaled[one, day] - mean * scaled[0, day]) * scaled[last + 1, day]
    return some


@compiled
def _running_sums(blocked, high, low):  # type: ignore[no-untyped-def]
    """Running sums of all products of ``scaled`` rows by blocks of sessions, compensated.

    ``high`` + ``low`` at block b is the sum over all earlier blocks to twice the working precision (Knuth's two-sum),
    so that a difference of two is exact to the last digit whatever came before.
    """
    width = blocked.shape[0] - 1
    place = 0
    for one in range(width + 1):
        for other in range(one, width if one < width else width + 1):
            old, left = 0.0, 0.0
            for block in range(high.shape[1] - 1):
                term = _block_product(blocked, one, other, block)
                new = old + term
                part = new - old
                left += (old - (new - part)) + (term - part)
                low[place, block + 1] = left
                high[place, block + 1] = new
                old = new
            place += 1


@compiled
def _window_sums(scaled, blocked, weights, high, low, first, last, sums):  # type: ignore[no-untyped-def]
    """Σ products over sessions first … last - 1 into ``sums``: whole blocks by a difference, their edges by themselves.

    The sum from the beginning of a block to the window's end, less that to its first session, is taken inside each edge
    block, never over the history. ``weights[i]`` is 1 for the sessions of a block before its i-th.
    """
    width = scaled.shape[0] - 1
    opening, closing = first // BLOCK, last // BLOCK
    head, tail = BLOCK + 1 + first - opening * BLOCK, last - closing * BLOCK
    place = 0
    for one in range(width + 1):
        for other in range(one, width if one < width else width + 1):
            if closing > opening:
                total = (high[place, closing] - high[place, opening + 1]) + (
                    low[place, closing] - low[place, opening + 1]
                )
                total += _edge_products(blocked, one, other, opening, closing, weights, head, tail)
            else:
                total = 0.0
                for day in range(first, last):
                    total += scaled[one, day] * scaled[other, day]
            sums[one, other] = total
            sums[other, one] = total
            place += 1


@compiled
def _invert(matrix, lower, column, inverse, p):  # type: ignore[no-untyped-def]
    """Inverse of a positive definite matrix with a unit diagonal, by Cholesky from three rows on; its determinant."""
    determinant = 1.0
    if p == 2:
        share = matrix[1, 0]
        determinant -= share * share
        if not determinant > 0.0:
            return 0.0
        inverse[0, 0] = inverse[1, 1] = 1.0 / determinant
        inverse[0, 1] = inverse[1, 0] = -share / determinant
        return determinant
    for one in range(p):
        for other in range(one + 1):
            total = matrix[one, other]
            for inner in range(other):
                total -= lower[one, inner] * lower[other, inner]
            if one == other:
                if not total > 0.0:
                    return 0.0
                determinant *= total
                lower[one, one] = np.sqrt(total)
            else:
                lower[one, other] = total / lower[other, other]
    # columns of the inverse by two triangular solutions
    for place in range(p):
        for one in range(p):
            total = 1.0 if one == place else 0.0
            for inner in range(one):
                total -= lower[one, inner] * column[inner]
            column[one] = total / lower[one, one]
        for back in range(p):
            one = p - 1 - back
            total = column[one]
            for inner in range(one + 1, p):
                total -= lower[inner, one] * column[inner]
            column[one] = total / lower[one, one]
        for one in range(p):
            inverse[one, place] = column[one]
    return determinant


@summing
def _cumulate(scaled, spans, first, last, coefficients, level, logs, load):  # type: ignore[no-untyped-def]
    """Σ AR, sessions, and what returns and expectations come to over sessions first … last - 1; loads into ``load``.

    Coefficients are those of centred rows. A day without a return has zeros in every row and adds nothing.
    """
    k = scaled.shape[0] - 3
    total, sessions = 0.0, 0.0
    realised, normal = (0.0, 0.0) if logs else (1.0, 1.0)
    for day in range(first, last):
        root = scaled[0, day]
        value = scaled[k + 1, day]
        error = value - coefficients[0] * root
        for one in range(1, k + 1):
            error -= coefficients[one] * scaled[one, day]
        abnormal = error * root
        total += abnormal
        sessions += spans[day] * scaled[k + 2, day]
        whole = (value + level * root) * root
        if logs:
            realised += whole
            normal += whole - abnormal
        else:
            realised *= 1.0 + whole
            normal *= 1.0 + (whole - abnormal)
    load[0] = sessions
    for one in range(1, k + 1):
        over = 0.0
        for day in range(first, last):
            over += scaled[one, day] * scaled[0, day]
        load[one] = over
    return total, sessions, realised, normal


@compiled
def _standardised(scaled, first, last, coefficients, inverse, fitted, variance):  # type: ignore[no-untyped-def]
    """Patell's Σ SAR/√L over sessions first … last - 1."""
    k = scaled.shape[0] - 3
    total, days = 0.0, 0
    for day in range(first, last):
        root = scaled[0, day]
        if root == 0.0:
            continue
        error = scaled[k + 1, day] - coefficients[0] * root
        for one in range(1, k + 1):
            error -= coefficients[one] * scaled[one, day]
        leverage = 0.0
        for one in range(fitted):
            for other in range(fitted):
                leverage += scaled[one, day] * inverse[one, other] * scaled[other, day]
        # AR and its deviation both grow with the root of the span
        total += error / np.sqrt(variance * (1.0 + leverage))
        days += 1
    return total / np.sqrt(max(days, 1))


@compiled
def fit_securities(  # type: ignore[no-untyped-def]
    values, factors, gap_begin, gap_day, gap_span, gap_record,
    rows, begins, position, estimation, windows, fewest, estimated, by_sum, logs,
    code, count, coefficients, centred_by, variance, r_squared, gram, centres, keep_gram,
    car, k_out, scar, bhar, present,
):  # fmt: skip
    """Fits and CARs of all observations of some securities.

    Observations stand in the order of their security; ``rows`` are the securities, ``begins`` (n + 1,) where each one's
    observations begin. Outputs are by observation, those of windows (W, N); NaN where there is nothing to say. ``gram``
    is the inverse for rows centred by ``centres`` (n, K + 1), both if ``keep_gram``.
    """
    k, length = factors.shape
    width = k + 2
    products = width * (width + 1) // 2
    p = k + 1 if estimated else 1
    fitted = k + 1 if estimated else 0
    blocks = length // BLOCK + 1
    high = np.zeros((products + 1, blocks))
    low = np.zeros((products + 1, blocks))
    # the last block is never whole: sessions beyond the history are zeros
    scaled = np.zeros((width + 1, blocks * BLOCK))
    blocked = scaled.reshape(width + 1, blocks, BLOCK)
    spans = np.zeros(blocks * BLOCK)
    holes = np.zeros(blocks * BLOCK, np.bool_)
    # of the sessions of a block: those before the i-th, then those from it on
    weights = np.zeros((2 * BLOCK + 2, BLOCK))
    for place in range(BLOCK + 1):
        for day in range(BLOCK):
            weights[place, day] = 1.0 if day < place else 0.0
            weights[BLOCK + 1 + place, day] = 0.0 if day < place else 1.0
    centre = np.zeros(k + 1)
    sums = np.zeros((width + 1, width + 1))
    unit, lower, inverse = np.zeros((k + 1, k + 1)), np.zeros((k + 1, k + 1)), np.zeros((k + 1, k + 1))
    scale, column, beta, load = np.zeros(k + 1), np.zeros(k + 1), np.zeros(k + 1), np.zeros(k + 1)
    for row in rows:
        if begins[row] == begins[row + 1]:
            continue
        begin, end = gap_begin[row], gap_begin[row + 1]
        holed = scaled_returns(
            values, row, factors, begin, end, gap_day, gap_span, gap_record, True, centre, scaled, spans, holes
        )
        _running_sums(blocked, high, low)
        if keep_gram:
            for one in range(k + 1):
                centres[row, one] = centre[one]
        for number in range(begins[row], begins[row + 1]):
            now = position[number]
            coefficients[number] = np.nan
            centred_by[number] = variance[number] = r_squared[number] = np.nan
            for window in range(windows.shape[0]):
                present[window, number] = False
                car[window, number] = k_out[window, number] = scar[window, number] = bhar[window, number] = np.nan
            first = min(max(now + estimation[0], 0), length)
            last = max(min(max(now + estimation[1] + 1, 0), length), first)
            _window_sums(scaled, blocked, weights, high, low, first, last, sums)
            valid = int(sums[width, width] + 0.5)
            count[number] = valid
            if valid < fewest:
                alone = valid
                for day in range(first, last):
                    alone += holes[day]
                code[number] = SHORT_ESTIMATION if alone < fewest else SHORT_REGRESSORS
                continue
            dof = float(valid - p)
            if not dof > 0.0:
                code[number] = SHORT_ESTIMATION
                continue
            sessions = sums[0, 0]
            level = centre[k]
            own = sums[width - 1, width - 1]
            plain = own + 2.0 * level * sums[0, width - 1] + level * level * sessions
            about = own - sums[0, width - 1] * sums[0, width - 1] / sessions
            if estimated:
                determinant, bare = 1.0, 1.0
                for one in range(p):
                    scale[one] = 1.0 / np.sqrt(sums[one, one]) if sums[one, one] > 0.0 else 1.0
                for one in range(p):
                    for other in range(p):
                        unit[one, other] = sums[one, other] * scale[one] * scale[other]
                determinant = _invert(unit, lower, column, inverse, p)
                bare = determinant
                for one in range(1, p):
                    middle = centre[one - 1]
                    raw = sums[one, one] + 2.0 * middle * sums[0, one] + middle * middle * sessions
                    bare *= sums[one, one] / raw if raw > 0.0 else 0.0
                if not min(determinant, bare) > LEAST_DETERMINANT:
                    code[number] = HARD
                    continue
                explained = 0.0
                for one in range(p):
                    total = 0.0
                    for other in range(p):
                        inverse[one, other] *= scale[one] * scale[other]
                        total += inverse[one, other] * sums[other, width - 1]
                    beta[one] = total
                    explained += total * sums[one, width - 1]
                squares = own - explained
                if not squares > LEAST_SHARE * own or not own > LEAST_SHARE * plain:
                    code[number] = HARD
                    continue
                alpha = beta[0] + level
                for one in range(1, p):
                    alpha -= beta[one] * centre[one - 1]
                    coefficients[number, one] = beta[one]
                coefficients[number, 0] = alpha
                centred_by[number] = 0.0
                r_squared[number] = 1.0 - squares / about if about > 0.0 else np.nan
            else:
                # the gap R - R_m around its mean; in centred terms the level is the difference of the two
                apart = centre[1] - centre[0]
                gap_squares = sums[2, 2] - 2.0 * sums[1, 2] + sums[1, 1]
                gap_total = sums[0, 2] - sums[0, 1]
                squares = gap_squares - gap_total * gap_total / sessions
                whole = gap_squares + 2.0 * apart * gap_total + apart * apart * sessions
                if not squares > LEAST_SHARE * own or not own > LEAST_SHARE * plain:
                    code[number] = HARD
                    continue
                coefficients[number, 0] = 0.0
                coefficients[number, 1] = 1.0
                centred_by[number] = apart + gap_total / sessions
                r_squared[number] = 1.0 - whole / about if about > 0.0 else np.nan
                beta[0], beta[1] = -apart, 1.0
            variance[number] = squares / dof
            if keep_gram:
                for one in range(fitted):
                    for other in range(fitted):
                        gram[number, one, other] = inverse[one, other]
            some = False
            for window in range(windows.shape[0]):
                opening, closing = now + windows[window, 0], now + windows[window, 1]
                begun, ended = max(opening, 0), min(closing + 1, length)
                good = closing < length and begun < ended and scaled[width, max(ended - 1, 0)] > 0.0
                if good:
                    leading = begun
                    while spans[leading] == 0.0:
                        leading += 1
                    good = spans[leading] <= leading - opening + 1
                if good and holed:
                    for day in range(begun, ended):
                        good &= not holes[day]
                present[window, number] = good
                if not good:
                    continue
                some = True
                total, sessions, realised, normal = _cumulate(scaled, spans, begun, ended, beta, level, logs, load)
                error = 0.0
                for one in range(fitted):
                    for other in range(fitted):
                        error += load[one] * inverse[one, other] * load[other]
                k_out[window, number] = sessions + error
                car[window, number] = total
                if by_sum:
                    scar[window, number] = _standardised(scaled, begun, ended, beta, inverse, fitted, variance[number])
                else:
                    scar[window, number] = total / np.sqrt(variance[number] * (sessions + error))
                if logs:
                    bhar[window, number] = np.expm1(realised) - np.expm1(normal)
                else:
                    bhar[window, number] = realised - normal
            code[number] = USED if some else NO_EVENT_RETURN
