"""Size of groups pooled over several dates: one draw is one sector on several announcements that never were."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eventstudy._arrays import IntArray
from eventstudy.inference.bootstrap import sample_bootstrap, wild_bootstrap_t
from eventstudy.inference.headline import headline_test
from eventstudy.inference.placebo import group_seed
from eventstudy.inference.sample import GroupSample
from eventstudy.laboratory.draws import event_days
from eventstudy.laboratory.pseudo_events import OwnPanel
from eventstudy.laboratory.size import OWN_LABELS, SizeCell, SizeResult, check_tests
from eventstudy.laboratory.statistics import HEADLINE
from eventstudy.panel.windows import window_length
from eventstudy.results.group_tables import CLOSED_FORM

BOOTSTRAP = "wild_bootstrap_t"
DRAWS = 500


def separate_dates(sessions: IntArray, count: int, apart: int, rng: np.random.Generator) -> IntArray:
    """Places of so many dates, drawn in turn, no two of them closer than ``apart`` sessions.

    Parameters
    ----------
    sessions : (D,) int
        Positions of the dates that there are, ascending.
    count : int
        Dates wanted.
    apart : int
        Smallest distance.
    rng : Generator
        Source of randomness.

    Returns
    -------
    (count,) int
        Ascending places in ``sessions``; fewer where no further date is left.

    Examples
    --------
    >>> separate_dates(np.array([1, 2, 3, 9]), 2, 5, np.random.default_rng(0)).tolist()[-1]
    3
    """
    left = np.arange(len(sessions))
    chosen: list[int] = []
    while len(chosen) < count and len(left):
        one = int(rng.choice(left))
        chosen.append(one)
        left = left[np.abs(sessions[left] - sessions[one]) >= apart]
    return np.sort(np.array(chosen, dtype=np.int64))


def pooled_size(
    panel: OwnPanel,
    dates: int,
    draws: int = DRAWS,
    seed: int = 0,
    tests: Sequence[str] | None = None,
) -> SizeResult:
    """Size on the user's own prices of groups pooled over several dates.

    Parameters
    ----------
    panel : OwnPanel
        Groups and dates.
    dates : int
        Dates C of one draw, 2 or more, their windows apart.
    draws : int
        Draws B of each group.
    seed : int
        Of the dates and of the bootstrap.
    tests : sequence of str, optional
        Names of closed-form tests; all by default. The headline, and from five dates on the wild bootstrap, are always
        added.

    Returns
    -------
    SizeResult
        Every statistic is the package's own, of one pooled group at a time. Draws share dates: of D dates D/(L C) draws
        count as independent. Groups with fewer than C separate dates are left out.

    Raises
    ------
    ValueError
        If ``dates`` is below 2 or a test is unknown.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.laboratory import own_panel, pooled_size
    >>> universe = es.read_universe().select(sector="Autos & parts", role="exposed")
    >>> spec = es.StudySpec(windows=((0, 0),))
    >>> panel = own_panel(es.read_events(), universe, es.SamplePrices(), spec)
    >>> found = pooled_size(panel, dates=2, draws=20, tests=["portfolio_t"])
    >>> sorted(set(found.table()["test"])), set(found.table()["n_draws"])
    (['headline', 'portfolio_t'], {20})
    """
    if dates < 2:
        raise ValueError(f"dates: {dates} is not a pooled group; write 2 or more, or use own_size")
    names = check_tests(tests)
    first, last = event_days(panel.spec.windows)
    cells = []
    for group in panel.groups:
        rng = np.random.default_rng(group_seed(seed, group.tickers, (dates, dates)))
        sessions = group.positions[:, 0]
        picks = [separate_dates(sessions, dates, last - first + 1, rng) for _ in range(draws)]
        picks = [pick for pick in picks if len(pick) == dates]
        if not picks:
            continue
        needed = np.unique(np.concatenate(picks))
        studied = panel.draws(group, group.positions[needed])
        for number, window in enumerate(panel.spec.windows):
            records = [
                pooled_pvalues(studied.pooled(np.searchsorted(needed, pick).tolist(), number), names, (seed, place))
                for place, pick in enumerate(picks)
            ]
            cells.append(
                SizeCell(
                    label=(group.role, group.sector),
                    window=window,
                    members=len(group.tickers),
                    pvalues={name: np.array([one[name] for one in records]) for name in records[0]},
                    effective=min(len(picks), group.n_dates / (window_length(window) * dates)),
                    dates=dates,
                )
            )
    return SizeResult(OWN_LABELS, tuple(cells), panel.simulated)


def pooled_pvalues(sample: GroupSample, names: Sequence[str], seed: Sequence[int]) -> dict[str, float]:
    """Every p of one pooled group."""
    found = {name: CLOSED_FORM[name](sample).pvalue for name in names}
    if len(sample.clusters) >= 5:
        found[BOOTSTRAP] = wild_bootstrap_t(sample, sample_bootstrap(sample, seed)).pvalue
    speaker = headline_test(sample.n, len(sample.clusters))
    found[HEADLINE] = found[speaker] if speaker in found else CLOSED_FORM[speaker](sample).pvalue
    return found
