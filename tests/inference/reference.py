"""The formulas of every statistic in loops over observations and days, from raw returns.

Slow on purpose: nothing is shared with the package but the panel's raw numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import stats


@dataclass
class Observation:
    """One security in one event, fitted by itself."""

    number: int
    cluster: int
    calendar: int
    position: int
    column: dict[int, int]  # estimation day -> news-clock column
    residual: dict[int, float]  # estimation day -> e
    span: dict[int, float]
    estimation_sar: dict[int, float]
    variance: float
    dof: float
    gram: np.ndarray
    ar: dict[int, float]  # event day -> AR
    sar: dict[int, float]
    design: dict[int, np.ndarray]
    event_span: dict[int, float]

    @cached_property
    def z(self) -> dict[int, float]:
        """Residual of one session's scale over the root of its mean square, by news-clock column."""
        scaled = {day: e / math.sqrt(self.span[day]) for day, e in self.residual.items()}
        root = math.sqrt(sum(e * e for e in scaled.values()) / len(scaled))
        return {self.column[day]: e / root for day, e in scaled.items() if self.column[day] >= 0}

    @cached_property
    def plain(self) -> dict[int, float]:
        """Residual of one session's scale by news-clock column."""
        return {
            self.column[day]: e / math.sqrt(self.span[day]) for day, e in self.residual.items() if self.column[day] >= 0
        }

    @cached_property
    def whole(self) -> set[int]:
        """Columns whose return spans one session."""
        return {self.column[day] for day in self.residual if self.span[day] == 1 and self.column[day] >= 0}

    def k(self, window: tuple[int, int]) -> float:
        """Var(CAR)/s² = L + x_W'G x_W."""
        days = [tau for tau in range(window[0], window[1] + 1) if tau in self.ar]
        total = sum((self.design[tau] for tau in days), np.zeros(len(self.gram)))
        return sum(self.event_span[tau] for tau in days) + float(total @ self.gram @ total)

    def car(self, window: tuple[int, int]) -> float:
        return sum(self.ar.get(tau, 0.0) for tau in range(window[0], window[1] + 1))

    def sigma(self, window: tuple[int, int]) -> float:
        return math.sqrt(self.variance * self.k(window))

    def scar(self, window: tuple[int, int]) -> float:
        return self.car(window) / self.sigma(window)


def observations(arrays: Any, rows: Any) -> list[Observation]:
    """Market models by weighted least squares, one at a time."""
    panel = arrays.panel
    found = []
    for row in np.asarray(rows).tolist():
        days = [
            day
            for day in range(panel.estimation_returns.shape[1])
            if math.isfinite(panel.estimation_returns[row, day])
            and np.isfinite(panel.estimation_regressors[row, day]).all()
        ]
        span = {day: float(panel.estimation_span[row, day]) for day in days}
        x = {day: np.concatenate([[span[day]], panel.estimation_regressors[row, day]]) for day in days}
        weighted = np.array([x[day] / math.sqrt(span[day]) for day in days])
        answer = np.array([panel.estimation_returns[row, day] / math.sqrt(span[day]) for day in days])
        coefficient, *_ = np.linalg.lstsq(weighted, answer, rcond=None)
        gram = np.linalg.inv(weighted.T @ weighted)
        residual = {day: float(panel.estimation_returns[row, day] - x[day] @ coefficient) for day in days}
        dof = len(days) - weighted.shape[1]
        variance = sum(e * e / span[day] for day, e in residual.items()) / dof
        standard = {
            day: e / math.sqrt(variance * (span[day] - float(x[day] @ gram @ x[day]))) for day, e in residual.items()
        }
        ar, sar, design, event_span = {}, {}, {}, {}
        for place, tau in enumerate(panel.taus.tolist()):
            value = panel.event_returns[row, place]
            if not (math.isfinite(value) and np.isfinite(panel.event_regressors[row, place]).all()):
                continue
            n = float(panel.event_span[row, place])
            design[tau] = np.concatenate([[n], panel.event_regressors[row, place]])
            event_span[tau] = n
            ar[tau] = float(value - design[tau] @ coefficient)
            sar[tau] = ar[tau] / math.sqrt(variance * (n + float(design[tau] @ gram @ design[tau])))
        found.append(
            Observation(
                number=row,
                cluster=int(arrays.cluster[row]),
                calendar=int(arrays.calendar[row]),
                position=int(arrays.position[row]),
                column={day: int(panel.estimation_column[row, day]) for day in days},
                residual=residual,
                span=span,
                estimation_sar=standard,
                variance=variance,
                dof=float(dof),
                gram=gram,
                ar=ar,
                sar=sar,
                design=design,
                event_span=event_span,
            )
        )
    return found


def clusters(group: list[Observation]) -> list[list[Observation]]:
    """Members of each calendar cluster, in order."""
    return [[one for one in group if one.cluster == name] for name in sorted({one.cluster for one in group})]


def pair_mean(left: list[Observation], right: list[Observation]) -> tuple[float, int]:
    """Mean over pairs of different observations and common columns of z z', and the number of terms."""
    total, count = 0.0, 0
    for one in left:
        for other in right:
            if one is other:
                continue
            mine, theirs = one.z, other.z
            for column in mine.keys() & theirs.keys():
                total += mine[column] * theirs[column]
                count += 1
    return (total / count if count else 0.0), count


def overlap(one: list[Observation], other: list[Observation], length: int) -> float:
    """Common sessions of two windows over L, mean over the calendars that both keep."""
    shares = []
    for calendar in {member.calendar for member in one} & {member.calendar for member in other}:
        first = next(member.position for member in one if member.calendar == calendar)
        second = next(member.position for member in other if member.calendar == calendar)
        shares.append(len(set(range(first, first + length)) & set(range(second, second + length))) / length)
    return sum(shares) / len(shares) if shares else 0.0


@dataclass
class Correlation:
    """r̄ as it is and floored, 1 + (N - 1) r̄ floored, ν."""

    mean: float
    floored: float
    inflation: float
    dof: float


def correlation(group: list[Observation], length: int) -> Correlation:
    """Section 5.1: r̄ over all pairs, and Satterthwaite's ν."""
    parts = clusters(group)
    size = [len(part) for part in parts]
    n = sum(size)
    within = [pair_mean(part, part)[0] for part in parts]
    c = range(len(parts))
    between = [
        [0.0 if a == b else overlap(parts[a], parts[b], length) * pair_mean(parts[a], parts[b])[0] for b in c]
        for a in c
    ]

    def mean(inside: list[float], outside: list[list[float]]) -> float:
        total = sum(size[a] * (size[a] - 1) * inside[a] for a in c)
        total += sum(size[a] * size[b] * outside[a][b] for a in c for b in c if a != b)
        return total / (n * (n - 1))

    safe = [max(one, 0.0) for one in within]
    apart = [[max(one, 0.0) for one in line] for line in between]
    floored = mean(safe, apart)
    v = [1 + (size[a] - 1) * safe[a] + sum(size[b] * apart[a][b] for b in c if b != a) for a in c]
    load = sum(size[a] * v[a] for a in c) / n
    g1 = n - load
    g2 = sum(size[a] + size[a] * (size[a] - 1) * safe[a] ** 2 for a in c)
    g2 += sum(size[a] * size[b] * apart[a][b] ** 2 for a in c for b in c if a != b)
    g2 += -2 * sum(size[a] * v[a] ** 2 for a in c) / n + load**2
    return Correlation(mean(within, between), floored, 1 + (n - 1) * floored, g1**2 / g2)


def mean_residual(part: list[Observation], fewest: int) -> dict[int, float] | None:
    """ē_t over the columns with all members and no gap; None where those are too few."""
    everybody = set.intersection(*(one.whole for one in part))
    if len(everybody) < fewest:
        return None
    return {column: sum(one.plain[column] for one in part) / len(part) for column in everybody}


def products(one: Observation, other: Observation) -> list[float]:
    """s s' z z' of the columns that two observations share."""
    scale = math.sqrt(one.variance * other.variance)
    return [scale * one.z[column] * other.z[column] for column in sorted(one.z.keys() & other.z.keys())]


def variance_of_pairs(part: list[Observation], parameters: int) -> tuple[float, float]:
    """s_P² and d from the members' variances and the covariances of their pairs, every matrix written out.

    e is normal with equal variances and correlation c̄/s̄²; s_P² is a quadratic form in it, of mean E and variance
    2 tr(AΣAΣ), hence d = E²/tr(AΣAΣ), less the share of the fit.
    """
    n = len(part)
    pairs = [(one, other) for one in part for other in part if one is not other]
    shared = [value for one, other in pairs for value in products(one, other)]
    own = sum(one.variance for one in part) / n
    covariance = sum(shared) / len(shared)
    variance = (sum(one.variance for one in part) + n * (n - 1) * covariance) / n**2
    cells = sum(len(one.z) for one in part)
    rho, expected, noise = covariance / own, 0.0, 0.0
    for column in sorted(set().union(*(one.z for one in part))):
        count = sum(column in one.z for one in part)
        a = np.full((count, count), n * (n - 1) / len(shared))
        np.fill_diagonal(a, n / cells)
        sigma = np.full((count, count), rho)
        np.fill_diagonal(sigma, 1.0)
        product = a @ sigma
        expected += float(np.trace(product))
        noise += float(np.trace(product @ product))
    return variance, expected**2 / noise * (1 - parameters * n / cells)


def portfolio(
    group: list[Observation], window: tuple[int, int], fewest: int, parameters: int = 2
) -> tuple[float, float]:
    """V and d of section 5.1."""
    length = window[1] - window[0] + 1
    parts = clusters(group)
    n = len(group)
    own, dofs, means = [], [], []
    for part in parts:
        k = sum(one.k(window) for one in part) / len(part)
        mean = mean_residual(part, fewest)
        if len(part) == 1:
            day, dof = part[0].variance, part[0].dof
        elif mean is None:
            day, dof = variance_of_pairs(part, parameters)
        else:
            dof = len(mean) - parameters
            day = sum(e * e for e in mean.values()) / dof
        own.append((len(part) / n) ** 2 * day * k)
        dofs.append(dof)
        means.append(mean)
    total = sum(own)
    for a in range(len(parts)):
        for b in range(a):
            left, right = means[a], means[b]
            if left is not None and right is not None:
                shared = [left[column] * right[column] for column in left.keys() & right.keys()]
            else:
                shared = [value for one in parts[a] for other in parts[b] for value in products(one, other)]
            omega = overlap(parts[a], parts[b], length)
            if omega and shared:
                covariance = sum(shared) / len(shared)
                total += 2 * len(parts[a]) * len(parts[b]) / n**2 * max(covariance, 0.0) * omega * length
    return total, sum(own) ** 2 / sum(one**2 / dof for one, dof in zip(own, dofs, strict=True))


def midrank(values: dict[Any, float]) -> dict[Any, float]:
    """1 + how many are smaller + half of how many others are equal."""
    return {
        key: 1
        + sum(other < value for other in values.values())
        + (sum(other == value for other in values.values()) - 1) / 2
        for key, value in values.items()
    }


def day_deviation(group: list[Observation], day: Callable[[Observation], float | None]) -> float | None:
    """Cross-sectional sd, None where fewer than four are present."""
    values = [value for one in group if (value := day(one)) is not None]
    return float(np.std(values, ddof=1)) if len(values) >= 4 else None


def rank_days(
    group: list[Observation], event: dict[Any, Callable[[Observation], float | None]]
) -> tuple[dict[Any, float], dict[Any, int]]:
    """Ū and N of every estimation and event day, each day divided by its cross-sectional deviation."""
    days: dict[Any, Callable[[Observation], float | None]] = {
        ("E", day): (lambda one, day=day: one.estimation_sar.get(day))
        for day in sorted(set().union(*(one.estimation_sar for one in group)))
    }
    days |= event
    scale = {key: day_deviation(group, value) for key, value in days.items()}
    if any(scale[key] is None for key in event):
        scale = dict.fromkeys(days, 1.0)
    mean: dict[Any, list[float]] = {}
    for one in group:
        own = {
            key: value(one) / scale[key]  # type: ignore[operator]
            for key, value in days.items()
            if scale[key] is not None and value(one) is not None
        }
        for key, rank in midrank(own).items():
            mean.setdefault(key, []).append(rank / (1 + len(own)) - 0.5)
    return {key: sum(values) / len(values) for key, values in mean.items()}, {k: len(v) for k, v in mean.items()}


def rank_z(group: list[Observation], window: tuple[int, int]) -> float:
    """Section 5.2."""
    inside = {tau: (lambda one, tau=tau: one.sar.get(tau)) for tau in range(window[0], window[1] + 1)}
    u, n = rank_days(group, inside)
    total, length = len(u), len(inside)
    spread = length * (total - length) / (total - 1) / total * sum(n[key] * u[key] ** 2 for key in u)
    return sum(math.sqrt(n[tau]) * u[tau] for tau in inside) / math.sqrt(spread)


def grank_t(group: list[Observation], window: tuple[int, int]) -> tuple[float, int]:
    """Section 5.3: t and its degrees of freedom."""
    u, n = rank_days(group, {0: lambda one: one.scar(window)})
    total = len(u)
    z = math.sqrt(n[0]) * u[0] / math.sqrt(sum(n[key] * u[key] ** 2 for key in u) / total)
    return z * math.sqrt((total - 2) / (total - 1 - z * z)), total - 2


def sd(values: list[float]) -> float:
    """Divisor N - 1."""
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def all_statistics(group: list[Observation], window: tuple[int, int], fewest: int) -> dict[str, tuple[float, float]]:
    """Statistic and p of every closed-form test of section 5, for two observations or more."""
    n, length = len(group), window[1] - window[0] + 1
    car = [one.car(window) for one in group]
    scar = [one.scar(window) for one in group]
    q = [one.dof / (one.dof - 2) for one in group]
    caar = sum(car) / n
    common = correlation(group, length)
    found: dict[str, tuple[float, float]] = {}

    def t(name: str, value: float, dof: float) -> None:
        found[name] = value, 2 * float(stats.t.sf(abs(value), dof))

    def z(name: str, value: float) -> None:
        found[name] = value, 2 * float(stats.norm.sf(abs(value)))

    t("cross_sectional_t", caar / (sd(car) / math.sqrt(n)), n - 1)
    by_day: dict[int, list[float]] = {}
    for one in group:
        for day, e in one.residual.items():
            by_day.setdefault(day, []).append(e)
    means = [sum(values) / len(values) for values in by_day.values()]
    t("time_series_t", caar / (sd(means) * math.sqrt(length)), len(means) - 1)
    v, d = portfolio(group, window, fewest)
    t("portfolio_t", caar / math.sqrt(v), d)
    patell = sum(scar) / math.sqrt(sum(q))
    z("patell_z", patell)
    bmp = sum(scar) / n / (sd(scar) / math.sqrt(n))
    t("bmp_t", bmp, n - 1)
    z("adjusted_patell_z", patell / math.sqrt(common.inflation))
    t("adjusted_bmp_t", bmp * math.sqrt((1 - common.floored) / common.inflation), common.dof)
    z("rank_z", rank_z(group, window))
    t("grank_t", *grank_t(group, window))
    positive, negative = sum(value > 0 for value in car), sum(value < 0 for value in car)
    found["sign"] = float(positive), float(stats.binomtest(positive, positive + negative).pvalue)
    shares = [sum(e > 0 for e in one.residual.values()) / len(one.residual) for one in group]
    p = sum(shares) / n
    z("generalized_sign_z", (positive - n * p) / math.sqrt(n * p * (1 - p)))
    return found
