"""Generalised rank tests: the window as one virtual day among the days of the estimation window (GRANK).

Kolari & Pynnönen 2011; METHODS 5.3. Every day is divided by its cross-sectional deviation, not the event's SCAR alone:
that keeps the size in small and in correlated groups.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.rank import DayRanks, day_ranks
from eventstudy.inference.reasons import because
from eventstudy.inference.sample import GroupSample

NULL = "the window ranks as an ordinary day"
UNVARIED = because("none.ranks")


@dataclass(frozen=True)
class GeneralisedRank:
    """How the window ranks among the days of the estimation window.

    Attributes
    ----------
    mean : float
        Ū of the window, the mean over observations of rank/(V + 1) - 1/2.
    present : float
        Observations N of the window.
    days : int
        T, days of the estimation window with an observation, and the window as one more.
    z : float
        √N Ū over the root of the mean of N_τ Ū_τ² over all T days; NaN where ranks do not vary.
    beyond : int
        Days, the window included, with N_τ Ū_τ² at least as large as the window's.
    """

    mean: float
    present: float
    days: int
    z: float
    beyond: int

    @property
    def t(self) -> float:
        """Z √((T - 2)/(T - 1 - Z²)); NaN where Z has its largest value, T - 1, or there are two days."""
        left = self.days - 1.0 - self.z**2
        # Z² = T - 1 is reached when all other days rank alike, up to rounding
        return self.z * math.sqrt((self.days - 2.0) / left) if self.days > 2 and left > 1e-9 * self.days else math.nan


# of groups that are in use: what is known of one does not keep its study in memory
_KNOWN: WeakKeyDictionary[GroupSample | DayRanks, dict[str | None, GeneralisedRank]] = WeakKeyDictionary()


def generalised_rank(group: GroupSample | DayRanks, restandardise: str | None = "day") -> GeneralisedRank:
    """Ranks of SCAR among the standardised residuals; GRANK-T, GRANK-Z and the permutation p all follow from them.

    Parameters
    ----------
    group : GroupSample or DayRanks
        One group over one window, or the sum of its parts' ranks.
    restandardise : {"day", "event", None}
        Every day is divided by its cross-sectional deviation; SCAR alone, as Kolari & Pynnönen 2011; or nothing. With
        fewer than four observations nothing is divided.

    Returns
    -------
    GeneralisedRank
    """
    known = _KNOWN.setdefault(group, {})
    if restandardise not in known:
        known[restandardise] = _ranked(group, restandardise)
    return known[restandardise]


def _ranked(group: GroupSample | DayRanks, restandardise: str | None) -> GeneralisedRank:
    """The same, worked out."""
    ranks = day_ranks(group, cumulated=True, restandardise=restandardise)
    mean, count = ranks.mean, ranks.present
    squares = count * mean**2
    total = int((count > 0).sum())
    variance = float(squares[count > 0].sum()) / total if total else 0.0
    own = float(squares[-1])
    z = math.sqrt(float(count[-1])) * float(mean[-1]) / math.sqrt(variance) if variance > 0 else math.nan
    # days that rank exactly as high may differ by rounding
    beyond = int((squares[count > 0] >= own * (1.0 - 1e-12)).sum())
    return GeneralisedRank(float(mean[-1]), float(count[-1]), total, z, beyond)


def grank_t(group: GroupSample | DayRanks, *, restandardise: str | None = "day") -> StatisticResult:
    """Generalised rank t, t(T - 2); where the ranks leave no t, the permutation p of Z.

    With two observations that always move against each other and once together no t exists, only the place of the
    window among its days.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.grank import grank_t
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = grank_t(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (3.78, '0.0002', 't(249)')
    """
    name = "grank_t"
    if group.n < 2:
        return missing(group, name, NULL, because("none.two_observations"))
    ranks = generalised_rank(group, restandardise)
    if not (math.isfinite(ranks.z) and ranks.days > 2):
        return missing(group, name, NULL, UNVARIED)
    if not math.isfinite(ranks.t):
        return StatisticResult(name, NULL, ranks.z, ranks.beyond / ranks.days, _permutation(ranks), group.n)
    return t_result(group, name, NULL, ranks.t, ranks.days - 2)


def grank_z(group: GroupSample | DayRanks, *, restandardise: str | None = "day") -> StatisticResult:
    """Ū over its deviation when ranks are uniform and independent, √((T - 1)/(12 N (T + 1))), N(0, 1).

    Of no use for observations that move together: ten with a correlation of 0.2 reject 26% at 5%. Dividing by the day's
    deviation, which is common to the group, costs size in small groups too: independent normal returns reject 11% at
    N = 4, 7% at N = 10, 5.5% at N = 34; with ``restandardise=None`` 5%.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.grank import grank_z
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = grank_z(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (4.09, '4e-05', 'N(0,1)')
    """
    name = "grank_z"
    if group.n < 2:
        return missing(group, name, NULL, because("none.two_observations"))
    ranks = generalised_rank(group, restandardise)
    if not (math.isfinite(ranks.z) and ranks.days > 2):
        return missing(group, name, NULL, UNVARIED)
    scale = math.sqrt(12.0 * ranks.present * (ranks.days + 1.0) / (ranks.days - 1.0))
    return t_result(group, name, NULL, scale * ranks.mean, math.inf)


def grank_permutation(group: GroupSample | DayRanks, *, restandardise: str | None = "day") -> StatisticResult:
    """Z of GRANK with its place among all days: p = #{τ : N_τ Ū_τ² ≥ N_0 Ū_0²}/T, exact when days are exchangeable.

    For observations that move nearly as one, Ū is nearly uniform, |Z| cannot pass √3, and no t rejects: this p can.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.grank import grank_permutation
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = grank_permutation(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (3.68, '0.004', 'permutation, 251 days')
    """
    name = "grank_permutation"
    if group.n < 2:
        return missing(group, name, NULL, because("none.two_observations"))
    ranks = generalised_rank(group, restandardise)
    if not (math.isfinite(ranks.z) and ranks.days > 2):
        return missing(group, name, NULL, UNVARIED)
    return StatisticResult(name, NULL, ranks.z, ranks.beyond / ranks.days, _permutation(ranks), group.n)


def _permutation(ranks: GeneralisedRank) -> str:
    return f"permutation, {ranks.days} days"
