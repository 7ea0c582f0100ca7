"""Part 10, where it is asked for: what other choices would have found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from eventstudy.report import wording
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
from eventstudy.report.wording import curve as say
from eventstudy.report.wording import numbers
from eventstudy.report.wording.sentences import worded

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.curve import JointTest, SpecificationCurve

LEVEL = 0.05
OWN = "own"
_COLUMNS = (
    Column("model", say.HEADS["model"]),
    Column("estimation", say.HEADS["estimation"], phone=False),
    Column("window", say.HEADS["window"]),
    Column("benchmark", say.HEADS["benchmark"], phone=False),
    Column("n", say.HEADS["n"], "number", phone=False),
    Column("caar", say.HEADS["caar"], "number"),
    Column("interval", say.HEADS["interval"], "interval", phone=False),
    Column("p", "p", "p", explanation=say.TIPS["p"]),
)


def build(chapter: Chapter, curve: SpecificationCurve) -> Section:
    """The curve as a figure, its joint test as sentences, every specification as a row."""
    anchor, part = chapter.anchored("other-choices"), chapter.part(10)
    rows = curve.measured
    if not len(rows):
        why = say.NO_MEAN
        return Section(part, say.TOPIC, say.NOTHING_MEASURED, anchor, blocks=(Empty(why),))
    finding = curve_finding(curve)
    joint = joint_sentences(curve.joint)
    table = _table(chapter, curve)
    figure = Figure(
        id=chapter.anchored("figure-5"),
        label=chapter.label(wording.FIGURE, 5),
        title=say.figure_title(group_words(curve), len(rows)),
        subtitle=say.FIGURE_SUBTITLE,
        alt=f"{finding}. {joint[0]}",
        drawing=curve_plot(curve),
        described_by=table.id,
        note=(cells.joined([say.OWN_TEST, *_samples(curve), *_missing(curve)]),),
    )
    return Section(
        part, say.TOPIC, finding, anchor, ((_by_window(chapter, curve),), (" ".join(joint),)), (figure, table)
    )


def group_words(curve: SpecificationCurve) -> str:
    """The group as it stands in a sentence."""
    words = say.GROUPS.get(curve.role, curve.role)
    return say.group_in_sector(words, wording.sector_words(curve.sector)) if curve.sector else words


def curve_finding(curve: SpecificationCurve) -> str:
    """How many specifications there are, how many tell the group from noise, and the median move."""
    count = len(curve.measured)
    told = curve.n_told
    which = numbers.capitalised(say.specifications(count))
    share = say.all_told(count) if told == count else say.some_told(told)
    return say.finding(which, share, curve.median_caar)


def _by_window(chapter: Chapter, curve: SpecificationCurve) -> str:
    """The range, and the median of each window: moves over windows of different length are not one quantity."""
    rows = curve.measured
    told = rows[rows["pvalue"] < LEVEL]
    up, down = int((told["caar"] > 0).sum()), int((told["caar"] < 0).sum())
    day = next(event.announced_date for event in chapter.events if event.event_id == curve.event_id)
    sentence = say.range_sentence(day, group_words(curve), float(rows["caar"].min()), float(rows["caar"].max()))
    medians = curve.median_by_window()
    if len(medians) > 1:
        listed = numbers.listed([say.median_over(value, label) for label, value in medians.items()])
        sentence += say.medians(listed)
    if up and down:
        sentence += say.up_and_down(up, down)
    elif up or down:
        which = say.those_told(up, down)
        verb = say.point_words(up, down)
        sentence += say.one_way(which, verb, up)
    else:
        sentence += say.NOT_ONE
    return sentence


def joint_sentences(joint: JointTest) -> list[str]:
    """What ordinary dates say of the curve as a whole, in words; or why they say nothing."""
    if joint.reason:
        found = [say.no_joint_test(worded(joint.reason))]
    else:
        count = say.specifications(joint.n_specifications)
        dates = numbers.integer(joint.n_dates)
        found = [
            say.joint(dates, count, joint.median_t.pvalue, joint.share_significant.pvalue, joint.stouffer_z.pvalue),
            _verdict(joint),
            say.dates_count_for(round(joint.effective)),
        ]
    if joint.left_out:
        count = say.specifications(len(joint.left_out))
        reasons = numbers.listed(list(dict.fromkeys(worded(reason) for _, reason in joint.left_out)))
        verb = say.is_are(len(joint.left_out))
        found.append(say.left_out(count, verb, reasons))
    return found


def _verdict(joint: JointTest) -> str:
    below = sum(each.pvalue < LEVEL for each in joint.statistics)
    if below == len(joint.statistics):
        return say.ALL_MEASURES
    if below:
        return say.SOME_MEASURES
    return say.NO_MEASURE


def curve_plot(curve: SpecificationCurve) -> CurvePlot:
    """The curve as a drawing's data, in per cent."""
    rows = curve.measured
    fields = ["model", "estimation", "window", "benchmark"]
    titles = {"model": say.MODEL, "estimation": say.ESTIMATION, "window": say.EVENT_WINDOW, "benchmark": say.BENCHMARK}
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
        middle_text=say.median(curve.median_caar),
    )


def _values(table: pd.DataFrame, name: str) -> list[str]:
    """The values of a choice: windows in the order of their days, the universe's own benchmark first."""
    found = [str(value) for value in dict.fromkeys(table[name]) if str(value)]
    if name in ("estimation", "window"):
        return sorted(found, key=numbers.window_bounds)
    if name == "benchmark":
        return sorted(found, key=lambda value: (value != OWN, value))
    order = list(say.MODEL_NAMES)
    return sorted(found, key=lambda value: (order.index(value) if value in order else len(order), value))


def _name(choice: str, value: str) -> str:
    if choice == "model":
        return say.MODEL_NAMES.get(value, value)
    if choice == "benchmark":
        return say.OWN_BENCHMARK if value == OWN else value
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
        label=chapter.label(wording.TABLE, 7),
        title=say.table_title(everything),
        subtitle=say.TABLE_SUBTITLE,
        columns=_COLUMNS,
        groups=(RowGroup(tuple(rows[place] for place in kept)),),
        full=(RowGroup(tuple(rows)),) if everything else (),
        full_label=say.all_specifications(len(rows)) if everything else "",
    )


def _row(row: Mapping[str, object]) -> Row:
    caar, low, high = (number(row[name]) for name in ("caar", "ci_low", "ci_high"))
    p, reason = number(row["pvalue"]), worded(text(row["reason"])) or say.NO_INTERVAL
    benchmark = text(row["benchmark"])
    count = int(number(row["n_pairs"]))
    return Row(
        (
            cells.text_cell(_name("model", text(row["model"]))),
            cells.text_cell(numbers.window(text(row["estimation"]))),
            cells.text_cell(numbers.window(text(row["window"]))),
            cells.text_cell(_name("benchmark", benchmark) if benchmark else say.NONE_NEEDED, muted=not benchmark),
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
    return [say.samples(fewest, most)]


def _missing(curve: SpecificationCurve) -> list[str]:
    """Specifications without a mean, and why."""
    rows = curve.table[curve.table["caar"].isna()]
    if not len(rows):
        return []
    reasons = numbers.listed(list(dict.fromkeys(worded(text(reason)) for reason in rows["reason"])))
    count = say.specifications(len(rows))
    verb = say.has_have(len(rows))
    return [say.without_mean(count, verb, reasons)]
