"""Exposed shares against beneficiaries of the same beta and volatility, on one date."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.inference.base import t_quantile
from eventstudy.inference.reasons import because
from eventstudy.inference.regression import projection
from eventstudy.notebook import card
from eventstudy.numbers import counted, in_percent, interval, pvalue
from eventstudy.results.cross_section import observation_frame, slopes_beside
from eventstudy.results.evidence import Evidence

FEWEST_A_ROLE = 3


@dataclass(frozen=True)
class ContrastTerm:
    """One line of a contrast: decimal returns; for ``beta`` a unit of it, for ``volatility`` a point a day.

    Attributes
    ----------
    name : str
        ``beneficiary``, ``control`` (both against exposed shares), ``beta`` or ``volatility``.
    coefficient, low, high, pvalue : float
        As a portfolio (Sefcik & Thompson 1986), 95% interval.
    ordinary_pvalue : float
        Share of ordinary days with a coefficient as large; NaN where there are too few.

    Examples
    --------
    >>> import eventstudy as es
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> term = results.role_contrast("announcement").terms[0]
    >>> term.name, term.low < term.coefficient < term.high
    ('beneficiary', True)
    """

    name: str
    coefficient: float
    low: float
    high: float
    pvalue: float
    ordinary_pvalue: float


@dataclass(frozen=True)
class RoleContrast:
    """Beneficiaries against exposed shares of the same beta and volatility, on one date.

    Attributes
    ----------
    terms : tuple of ContrastTerm
        Empty with a reason.
    counts : dict of str to int
        Shares of each role.
    n_sessions, n_ordinary : int
        Sessions of the estimation window, and ordinary dates, behind the two p.
    reason, ordinary_reason : str
        Why there is no contrast, or no ordinary-days p.

    Examples
    --------
    >>> import eventstudy as es
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> contrast = results.role_contrast("announcement")
    >>> [each.name for each in contrast.terms], contrast.n_sessions
    (['beneficiary', 'beta', 'volatility'], 250)
    """

    terms: tuple[ContrastTerm, ...]
    counts: dict[str, int]
    n_sessions: int = 0
    n_ordinary: int = 0
    reason: str = ""
    ordinary_reason: str = ""

    def _repr_html_(self) -> str:
        rows = [
            (each.name, in_percent(each.coefficient), interval(each.low, each.high), pvalue(each.pvalue),
             pvalue(each.ordinary_pvalue))
            for each in self.terms
        ]  # fmt: skip
        lines = [", ".join(f"{counted(number, f'{role} share')}" for role, number in self.counts.items())]
        notes = [each for each in (self.reason, self.ordinary_reason) if each]
        head = ("against exposed shares", "coefficient", "95% interval", "p (portfolio)", "p (ordinary days)")
        return card("Contrast of roles", lines, head, rows, notes)


def role_contrast(evidence: Evidence, event_id: str, number: int, seed: int) -> RoleContrast:
    """Least squares of CAR on role, beta and residual deviation over one event's exposed shares and beneficiaries."""
    frame = observation_frame(evidence, None, number, event_id)
    frame = frame[frame["role"].isin(["exposed", "beneficiary", "control"])]
    frame = frame[np.isfinite(frame["residual_sd"])]
    counts = {role: int((frame["role"] == role).sum()) for role in ("exposed", "beneficiary", "control")}
    if min(counts["exposed"], counts["beneficiary"]) < FEWEST_A_ROLE:
        return RoleContrast((), counts, reason=because("none.contrast", fewest=FEWEST_A_ROLE))
    if counts["control"] < FEWEST_A_ROLE:
        frame = frame[frame["role"] != "control"]
    columns = {
        "exposed": np.ones(len(frame)),
        "beneficiary": (frame["role"] == "beneficiary").to_numpy(dtype=np.float64),
        "control": (frame["role"] == "control").to_numpy(dtype=np.float64),
        "beta": frame["beta"].to_numpy(dtype=np.float64),
        "volatility": 100.0 * frame["residual_sd"].to_numpy(dtype=np.float64),
    }
    kept = {
        name: column
        for name, column in columns.items()
        if np.isfinite(column).all() and (name == "exposed" or np.ptp(column) > 0)
    }
    design, outcome = np.column_stack(list(kept.values())), frame["car"].to_numpy(dtype=np.float64)
    rows = frame["row"].to_numpy()
    if len(rows) <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        return RoleContrast((), counts, reason=because("none.contrast_design"))
    equal = np.ones(len(rows))
    coefficients = projection(design, equal) @ outcome
    found = slopes_beside(
        evidence, rows, number, design, equal, outcome, coefficients, np.zeros(len(rows), dtype=np.int64), 1, seed
    )
    portfolio, ordinary = found["portfolio"], found["ordinary"]
    if portfolio.reason:
        return RoleContrast((), counts, reason=portfolio.reason)
    half = t_quantile(portfolio.dof) * portfolio.standard_error
    terms = tuple(
        ContrastTerm(name, *(float(value) for value in values))
        for name, *values in zip(
            kept, coefficients, coefficients - half, coefficients + half, portfolio.pvalue, ordinary.pvalue, strict=True
        )
        if name != "exposed"
    )
    return RoleContrast(terms, counts, portfolio.count, ordinary.count, "", ordinary.reason)
