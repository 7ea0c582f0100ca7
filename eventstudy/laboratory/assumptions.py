"""Under which stated laws a test claims to keep its level: the column "robust to" of METHODS 5, as a table of names."""

from __future__ import annotations

from typing import Any

from eventstudy.laboratory.simulated import SCENARIO_LABELS, Scenario

# What a law may do that independent normal errors of one variance do not. Windows of unequal length and thin trading
# are no departure: every test has its formula for them.
CORRELATION = "correlation of one date"
VARIANCE = "raised variance of day 0"
OWN_VARIANCE = "raised variance of the members' own parts alone, which changes their correlation on day 0"
TAILS = "fat tails"
SKEWNESS = "skewness, with fat tails"

# METHODS 5, column "robust to"
ROBUST_TO: dict[str, frozenset[str]] = {
    "cross_sectional_t": frozenset({VARIANCE}),
    "time_series_t": frozenset({CORRELATION}),
    "portfolio_t": frozenset({CORRELATION}),
    "patell_z": frozenset(),
    "bmp_t": frozenset({VARIANCE}),
    "adjusted_patell_z": frozenset({CORRELATION}),
    "adjusted_bmp_t": frozenset({CORRELATION, VARIANCE}),
    "rank_z": frozenset({TAILS, SKEWNESS}),
    "grank_t": frozenset({CORRELATION, VARIANCE, TAILS, SKEWNESS}),
    "grank_z": frozenset({VARIANCE, TAILS, SKEWNESS}),
    "sign": frozenset({TAILS}),
    "generalized_sign_z": frozenset({SKEWNESS}),
    "wilcoxon": frozenset({TAILS}),
    "skewness_adjusted_t": frozenset({SKEWNESS}),
}
_ERRORS = {"t4": TAILS, "skewed": SKEWNESS}


def departures(law: Scenario) -> frozenset[str]:
    """What a law does that independent normal errors of one variance do not.

    Examples
    --------
    >>> sorted(departures(Scenario(30, 0.06, variance=2.0, errors="t4")))
    ['correlation of one date', 'fat tails', 'raised variance of day 0']
    >>> departures(Scenario(30, unequal=True, thin=0.05))
    frozenset()
    """
    found = set()
    if law.correlation > 0 and law.members > 1:
        found.add(CORRELATION)
    if law.variance != 1:
        found.add(OWN_VARIANCE if law.own_only and CORRELATION in found else VARIANCE)
    if law.errors in _ERRORS:
        found.add(_ERRORS[law.errors])
    return frozenset(found)


def beyond_claims(test: str, members: int, label: tuple[Any, ...]) -> tuple[str, ...]:
    """What a law does that a test claims no robustness to; nothing where it claims to keep its level.

    Parameters
    ----------
    test : str
        Name of a closed-form test.
    members : int
        N.
    label : tuple
        The rest of the law, as ``Scenario.label``.

    Returns
    -------
    tuple of str
        In alphabetical order. Tests of normal theory claim nothing under other errors, however many observations: the
        errors of one date have a common part that no mean takes away.

    Examples
    --------
    >>> wild = Scenario(5, 0.06, variance=2.0).label
    >>> beyond_claims("portfolio_t", 5, wild), beyond_claims("adjusted_bmp_t", 10, wild)
    (('raised variance of day 0',), ())
    """
    law = Scenario(members, **dict(zip(SCENARIO_LABELS, label, strict=True)))
    return tuple(sorted(departures(law) - ROBUST_TO[test]))
