"""Part 10, where it is asked for: what other choices would have found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from eventstudy.report import numbers
from eventstudy.report.chapter import Chapter
from eventstudy.report.evidence import number, text
from eventstudy.report.model import (
    Column,
    CurveChoice,
    CurvePlot,
    CurvePoint,
    Empty,
    Figure,
    MissingCell,
    NumberCell,
    Row,
    RowGroup,
    Section,
    Table,
)
from eventstudy.report.sections import _cells as cells

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.curve import JointTest, SpecificationCurve

TOPIC = "Under other choices"
LEVEL = 0.05
OWN = "own"
MODEL_NAMES: Mapping[str, str] = {
    "market": "Market model",
    "mean": "Mean-adjusted",
    "market-adjusted": "Market-adjusted",
    "sector": "Market and sector",
    "scholes-williams": "Scholes–Williams",
    "dimson": "Dimson",
    "garch": "GARCH",
    "robust": "Robust",
}
_GROUPS = {
    "exposed": "exposed shares",
    "beneficiary": "beneficiaries",
    "control": "control shares",
    "exposed_elsewhere": "exposed shares outside the target",
}
_COLUMNS = (
    Column("model", "Model"),
    Column("estimation", "Estimation", phone=False),
    Column("window", "Window"),
    Column("benchmark", "Benchmark", phone=False),
    Column("n", "Shares", "number", phone=False),
    Column("caar", "CAAR, %", "number"),
    Column("interval", "95% interval", "interval", phone=False),
    Column("p", "p", "p", explanation="of the headline test, not adjusted for the other specifications"),
)


def build(chapter: Chapter, curve: SpecificationCurve) -> Section:
    """The curve as a figure, its joint test as sentences, every specification as a row."""
    anchor, part = chapter.anchored("other-choices"), chapter.part(10)
    rows = curve.measured
    if not len(rows):
        why = "Not one specification has a mean."
        return Section(part, TOPIC, "No other choice could be measured", anchor, blocks=(Empty(why),))
    finding = curve_finding(curve)
    joint = joint_sentences(curve.joint)
    table = _table(chapter, curve)
    figure = Figure(
        id=chapter.anchored("figure-5"),
        label=chapter.label("Figure", 5),
        title=f"{numbers.capitalised(group_words(curve))} under {numbers.integer(len(rows))} specifications",
        subtitle="Mean cumulative abnormal return with its 95% interval, from the lowest to the highest. Each column "
        "is one specification, its choices below",
        alt=f"{finding}. {joint[0]}",
        drawing=curve_plot(curve),
        described_by=table.id,
        note=(
            cells.joined(["p is that of each specification's own headline test.", *_samples(curve), *_missing(curve)]),
        ),
    )
    return Section(part, TOPIC, finding, anchor, ((_by_window(chapter, curve),), (" ".join(joint),)), (figure, table))


def group_words(curve: SpecificationCurve) -> str:
    """The group as it stands in a sentence."""
    words = _GROUPS.get(curve.role, curve.role)
    return f"{words} in {cells.sector_words(curve.sector)}" if curve.sector else words


def curve_finding(curve: SpecificationCurve) -> str:
    """How many specifications there are, how many tell the group from noise, and the median move."""
    count = len(curve.measured)
    told = curve.n_told
    which = numbers.capitalised(numbers.counted(count, "specification"))
    if told == count:
        share = "it is told from noise" if count == 1 else "all of them told from noise"
    else:
        share = f"{numbers.number_word(told) if told else 'none'} of them told from noise"
    return f"{which}, {share}; the median move is {numbers.percent(curve.median_caar)}%"


def _by_window(chapter: Chapter, curve: SpecificationCurve) -> str:
    """The range, and the median of each window: moves over windows of different length are not one quantity."""
    rows = curve.measured
    told = rows[rows["pvalue"] < LEVEL]
    up, down = int((told["caar"] > 0).sum()), int((told["caar"] < 0).sum())
    day = next(event.announced_date for event in chapter.events if event.event_id == curve.event_id)
    sentence = (
        f"Around the announcement of {numbers.day_year(day)} the {group_words(curve)} moved between "
        f"{numbers.percent(float(rows['caar'].min()))}% and {numbers.percent(float(rows['caar'].max()))}%, whichever "
        "model, estimation window, event window and benchmark is taken. "
    )
    medians = curve.median_by_window()
    if len(medians) > 1:
        listed = numbers.listed(
            [f"{numbers.percent(value)}% over {numbers.window(label)}" for label, value in medians.items()]
        )
        sentence += f"By window the median is {listed}. "
    if up and down:
        sentence += (
            f"Of those told from noise at 5%, taken one by one, {numbers.number_word(up)} point up and "
            f"{numbers.number_word(down)} down."
        )
    elif up or down:
        which = "The one" if up + down == 1 else "Those"
        verb = "points" if up + down == 1 else "all point"
        sentence += f"{which} told from noise at 5%, taken one by one, {verb} {'up' if up else 'down'}."
    else:
        sentence += "Not one is told from noise at 5%, even taken by itself."
    return sentence


def joint_sentences(joint: JointTest) -> list[str]:
    """What ordinary dates say of the curve as a whole, in words; or why they say nothing."""
    if joint.reason:
        found = [f"The specifications have no joint test: {joint.reason}."]
    else:
        count = numbers.counted(joint.n_specifications, "specification")
        dates = numbers.integer(joint.n_dates)
        found = [
            f"Set beside {dates} ordinary dates, on each of which the same {count} were run on the same shares: a "
            f"median at least as many standard errors from zero comes on "
            f"{numbers.in_a_hundred(joint.median_t.pvalue)} "
            f"({numbers.p_equals(joint.median_t.pvalue)}), "
            f"as large a share of tests below 5% in the median's direction on "
            f"{numbers.in_a_hundred(joint.share_significant.pvalue)} "
            f"({numbers.p_equals(joint.share_significant.pvalue)}), and a Stouffer Z as large on "
            f"{numbers.in_a_hundred(joint.stouffer_z.pvalue)} ({numbers.p_equals(joint.stouffer_z.pvalue)}).",
            _verdict(joint),
            f"Windows overlap, so these dates count for about {numbers.integer(round(joint.effective))}.",
        ]
    if joint.left_out:
        count = numbers.counted(len(joint.left_out), "specification")
        reasons = numbers.listed(list(dict.fromkeys(reason for _, reason in joint.left_out)))
        verb = "is" if len(joint.left_out) == 1 else "are"
        found.append(f"{numbers.capitalised(count)} {verb} shown but not in the joint test: {reasons}.")
    return found


def _verdict(joint: JointTest) -> str:
    below = sum(each.pvalue < LEVEL for each in joint.statistics)
    if below == len(joint.statistics):
        return "Taken together, the specifications are told from ordinary dates."
    if below:
        return "Taken together, they are told from ordinary dates by some of the three measures and not by others."
    return "Taken together, the specifications are not told from ordinary dates."


def curve_plot(curve: SpecificationCurve) -> CurvePlot:
    """The curve as a drawing's data, in per cent."""
    rows = curve.measured
    fields = ["model", "estimation", "window", "benchmark"]
    titles = {"model": "Model", "estimation": "Estimation", "window": "Event window", "benchmark": "Benchmark"}
    values = {name: _values(curve.table, name) for name in fields}
    shown = [name for name in fields if name != "benchmark" or len(values[name]) > 1]
    points = []
    for row in rows.to_dict(orient="records"):
        picks = tuple(values[name].index(row[name]) if row[name] in values[name] else -1 for name in shown)
        points.append(
            CurvePoint(
                100 * number(row["caar"]),
                100 * number(row["ci_low"]),
                100 * number(row["ci_high"]),
                picks,
                bool(number(row["pvalue"]) < LEVEL),
            )
        )
    return CurvePlot(
        role=cells.role_value(curve.role),
        points=tuple(points),
        choices=tuple(CurveChoice(titles[name], tuple(_name(name, value) for value in values[name])) for name in shown),
        middle=100 * curve.median_caar,
        middle_text=f"median {numbers.percent(curve.median_caar)}",
    )


def _values(table: pd.DataFrame, name: str) -> list[str]:
    """The values of a choice: windows in the order of their days, the universe's own benchmark first."""
    found = [str(value) for value in dict.fromkeys(table[name]) if str(value)]
    if name in ("estimation", "window"):
        return sorted(found, key=numbers.window_bounds)
    if name == "benchmark":
        return sorted(found, key=lambda value: (value != OWN, value))
    order = list(MODEL_NAMES)
    return sorted(found, key=lambda value: (order.index(value) if value in order else len(order), value))


def _name(choice: str, value: str) -> str:
    if choice == "model":
        return MODEL_NAMES.get(value, value)
    if choice == "benchmark":
        return "The line's own" if value == OWN else value
    return numbers.window(value)


def _table(chapter: Chapter, curve: SpecificationCurve) -> Table:
    """The lowest, the middle and the highest specification; all of them on request."""
    records = curve.table.to_dict(orient="records")
    rows = [_row({str(name): value for name, value in record.items()}) for record in records]
    count = len(curve.measured)
    kept = sorted({0, (count - 1) // 2, count - 1})
    everything = len(rows) > len(kept)
    return Table(
        id=chapter.anchored("table-7"),
        label=chapter.label("Table", 7),
        title="The lowest, the middle and the highest specification" if everything else "The specifications",
        subtitle="Mean cumulative abnormal return in per cent, p of the headline test",
        columns=_COLUMNS,
        groups=(RowGroup(tuple(rows[place] for place in kept)),),
        full=(RowGroup(tuple(rows)),) if everything else (),
        full_label=f"All {numbers.integer(len(rows))} specifications" if everything else "",
    )


def _row(row: Mapping[str, object]) -> Row:
    caar, low, high = (number(row[name]) for name in ("caar", "ci_low", "ci_high"))
    p, reason = number(row["pvalue"]), text(row["reason"]) or "no interval"
    benchmark = text(row["benchmark"])
    count = int(number(row["n_pairs"]))
    return Row(
        (
            cells.text_cell(_name("model", text(row["model"]))),
            cells.text_cell(numbers.window(text(row["estimation"]))),
            cells.text_cell(numbers.window(text(row["window"]))),
            cells.text_cell(_name("benchmark", benchmark) if benchmark else "none needed", muted=not benchmark),
            NumberCell(numbers.integer(count), count),
            cells.percent_cell(caar),
            MissingCell(reason)
            if math.isnan(low) or math.isnan(high)
            else NumberCell(numbers.interval(low, high), 100 * low),
            cells.p_cell(p, reason),
        ),
        muted=math.isnan(caar),
    )


def _samples(curve: SpecificationCurve) -> list[str]:
    """That not every specification measures the same shares, where that is so."""
    fewest, most = int(curve.measured["n_pairs"].min()), int(curve.measured["n_pairs"].max())
    if fewest == most:
        return []
    return [
        f"Specifications hold between {numbers.number_word(fewest)} and {numbers.counted(most, 'share')}: "
        "a model leaves out the shares it has no regressor for."
    ]


def _missing(curve: SpecificationCurve) -> list[str]:
    """Specifications without a mean, and why."""
    rows = curve.table[curve.table["caar"].isna()]
    if not len(rows):
        return []
    reasons = numbers.listed(list(dict.fromkeys(text(reason) for reason in rows["reason"])))
    count = numbers.counted(len(rows), "specification")
    verb = "has" if len(rows) == 1 else "have"
    return [f"{numbers.capitalised(count)} {verb} no mean ({reasons})."]
