"""SpecificationCurve: what one group's mean move is under every specification."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from eventstudy.curve.joint import JointTest
from eventstudy.notebook import card
from eventstudy.numbers import coefficient, counted, in_percent, p_equals

TABLE_COLUMNS = (
    "model", "estimation", "window", "benchmark", "n_pairs", "caar", "ci_low", "ci_high", "headline_test", "pvalue",
    "portfolio_t", "reason",
)  # fmt: skip
LEVEL = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class SpecificationCurve:
    """The CAAR of one group over models, estimation windows, event windows and benchmarks, and their joint test.

    Attributes
    ----------
    event_id, role, sector : str
        The group; an empty ``sector`` means all of the role.
    table : DataFrame
        One row a specification, from the lowest CAAR to the highest, those without one last: model, estimation,
        window, benchmark (empty for a model that takes no market), n_pairs, caar, ci_low, ci_high, headline_test,
        pvalue, portfolio_t, reason. Returns are decimal.
    joint : JointTest
        Of all specifications that have a law on ordinary dates.
    simulated : bool
        Whether the prices are those of the embedded market.
    provenance : dict
        As ``StudyResults.provenance``; its ``curve`` holds the choices.

    Examples
    --------
    >>> import eventstudy as es
    >>> curve = es.specification_curve(
    ...     es.read_events(), es.read_universe(), es.SamplePrices(), event_id="2026-01-06-japan-dual-use-ban",
    ...     role="exposed", sector="Autos & parts", estimations=((-260, -11),), windows=((0, 0), (0, 5)),
    ...     models=(es.MarketModel(), es.MeanAdjusted()),
    ... )
    >>> curve
    <SpecificationCurve: 2026-01-06-japan-dual-use-ban, exposed, Autos & parts, 4 specifications, 1 with p < 0.05>
    >>> curve.n_told, len(curve.measured), list(curve.median_by_window())
    (1, 4, ['[0,0]', '[0,+5]'])
    >>> bool(curve.measured["caar"].min() <= curve.median_caar <= curve.measured["caar"].max())
    True
    >>> curve.summary().splitlines()[1]
    'Specification curve: 2026-01-06-japan-dual-use-ban, exposed, Autos & parts'
    >>> curve.to_json()["joint"]["n_specifications"]
    4
    """

    event_id: str
    role: str
    sector: str
    table: pd.DataFrame
    joint: JointTest
    simulated: bool
    provenance: Mapping[str, Any]

    def __repr__(self) -> str:
        return (
            f"<SpecificationCurve: {self._group}, {len(self.table)} specifications, {self.n_told} with p < {LEVEL:g}>"
        )

    @property
    def _group(self) -> str:
        return f"{self.event_id}, {self.role}{f', {self.sector}' if self.sector else ''}"

    @property
    def measured(self) -> pd.DataFrame:
        """The rows that have a CAAR."""
        return self.table[self.table["caar"].notna()]

    @property
    def n_told(self) -> int:
        """Specifications whose headline p is below 0.05, unadjusted."""
        return int((self.table["pvalue"] < LEVEL).sum())

    @property
    def median_caar(self) -> float:
        """Median CAAR as it stands, over windows of all lengths; decimal."""
        return float(self.measured["caar"].median())

    def median_by_window(self) -> dict[str, float]:
        """Median CAAR of each window, in the order of their first and last day."""
        found = self.measured.groupby("window")["caar"].median()
        bounds = {label: tuple(int(day) for day in label.strip("[]").split(",")) for label in found.index}
        return {label: float(found[label]) for label in sorted(found.index, key=lambda label: bounds[label])}

    def summary(self) -> str:
        """The curve in a few lines of text."""
        rows = self.measured
        told = rows[rows["pvalue"] < LEVEL]
        lines = ["Simulated prices: no number below describes a real share."] if self.simulated else []
        lines.append(f"Specification curve: {self._group}")
        lines.append(
            f"{len(self.table)} specifications, {len(rows)} measured: CAAR {rows['caar'].min():+.2%} to "
            f"{rows['caar'].max():+.2%}, median {self.median_caar:+.2%}"
        )
        lines.append(
            "Median CAAR by window: "
            + ", ".join(f"{label} {value:+.2%}" for label, value in self.median_by_window().items())
        )
        lines.append(
            f"Headline p < {LEVEL:g}: {len(told)} ({int((told['caar'] > 0).sum())} up, "
            f"{int((told['caar'] < 0).sum())} down)"
        )
        joint = self.joint
        if joint.reason:
            lines.append(f"Joint test: none, {joint.reason}")
        else:
            lines.append(
                f"Joint test of {joint.n_specifications} specifications on {joint.n_dates} ordinary dates, about "
                f"{joint.effective:.0f} of them without overlap:"
            )
        lines += [
            f"  {each.name:<18}{each.value:8.2f}" + ("" if math.isnan(each.pvalue) else f"   p = {each.pvalue:.3f}")
            for each in joint.statistics
            if not math.isnan(each.value)
        ]
        if joint.left_out:
            lines.append(f"Left out of the joint test: {len(joint.left_out)}")
            reasons = dict.fromkeys(reason for _, reason in joint.left_out)
            lines += [f"  {sum(why == reason for _, why in joint.left_out)} × {reason}" for reason in reasons]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The curve as plain values, None where a number is missing."""
        plain = self.table.astype(object).where(self.table.notna(), None)
        joint = self.joint
        return {
            "event_id": self.event_id,
            "role": self.role,
            "sector": self.sector,
            "simulated": self.simulated,
            "specifications": plain.to_dict(orient="records"),
            "joint": {
                "statistics": {
                    each.name: {"value": _number(each.value), "pvalue": _number(each.pvalue)}
                    for each in joint.statistics
                },
                "n_specifications": joint.n_specifications,
                "n_dates": joint.n_dates,
                "effective": joint.effective,
                "left_out": [list(pair) for pair in joint.left_out],
                "reason": joint.reason,
            },
            "provenance": dict(self.provenance),
        }

    def _repr_html_(self) -> str:
        rows, joint = self.measured, self.joint
        told = f"{counted(len(self.table), 'specification')}, {self.n_told} with p < {LEVEL:g}"
        choices = {name: [each for each in self.table[name].unique() if each] for name in ("model", "benchmark")}
        varied = "; ".join(f"{name}s: {', '.join(map(str, each))}" for name, each in choices.items() if each)
        means = [
            (label, str(len(part)), *(in_percent(value) for value in (part.min(), part.median(), part.max())))
            for label, part in ((each, rows.loc[rows["window"] == each, "caar"]) for each in self.median_by_window())
        ]
        notes = [f"Joint test: none, {joint.reason}."] if joint.reason else [
            f"Joint test on {counted(joint.n_dates, 'ordinary date')}: "
            + "; ".join(f"{each.name} {coefficient(each.value)}, {p_equals(each.pvalue)}" for each in joint.statistics)
            + "."
        ]  # fmt: skip
        head = ("window", "specifications", "lowest mean", "median", "highest")
        return card(
            "Specification curve",
            [self._group, told, varied],
            head,
            means,
            [*notes, "All rows: .table"],
            simulated=self.simulated,
        )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
