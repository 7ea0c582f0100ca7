"""Part 5c: what the shares would have done without the event, by shares that it did not touch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from eventstudy.counterfactual.attribution import Attribution, attribution
from eventstudy.counterfactual.base import CounterfactualPanel
from eventstudy.counterfactual.of_study import ESTIMATORS, Comparison, EventCounterfactuals, event_counterfactuals
from eventstudy.counterfactual.pools import donor_pool
from eventstudy.report import numbers, wording
from eventstudy.report.chapter import Chapter
from eventstudy.report.model import (
    Block,
    Cell,
    Column,
    Empty,
    Figure,
    MissingCell,
    Note,
    NumberCell,
    PathLabel,
    PathPanel,
    PathsPlot,
    Row,
    RowGroup,
    Section,
    Table,
    TextCell,
    WaterfallBar,
    WaterfallPanel,
    WaterfallPlot,
)
from eventstudy.report.sections import _cells as cells

TOPIC = "Against shares that it did not touch"
LEVEL = 0.05
NAMES: Mapping[str, str] = {
    "sc": "synthetic control",
    "asc": "ridge-augmented control",
    "sdid": "synthetic DiD",
    "gsynth": "factor model",
    "did": "difference in differences",
}
PATH = (-10, 10)
MOST_SECTORS, FEWEST_SHARES = 4, 3


def build(chapter: Chapter, estimator: str = "sc") -> Section:
    """The focus event's groups by the model, by a counterfactual of donors and by the donors' factors."""
    number, anchor = f"{chapter.part(5)}c", chapter.anchored("counterfactuals")
    results = chapter.evidence.results
    window = numbers.window_bounds(chapter.focus_window)
    alone = not chapter.number
    found = event_counterfactuals(
        results, chapter.focus.event_id, window, estimator, draws=99 if alone else 0, sectors=alone
    )
    usable = [group for group in found.groups if group.fits]
    if not usable:
        reasons = Counter(group.pool.reason for group in found.groups)
        why = "; ".join(reasons) or "no group of this event was estimated"
        return Section(
            number, TOPIC, "There are no donors to compare with", anchor, blocks=(Empty(f"No counterfactual: {why}."),)
        )
    blocks: list[Block] = [_table(chapter, found)]
    figure = _path_figure(chapter, found)
    if figure is not None:
        blocks.append(figure)
    if alone:
        # the roles, and the sectors with most shares: as many as a sheet of paper holds
        large = sorted((group for group in usable if group.sector), key=lambda group: -len(group.pool.treated))
        shown = [group for group in usable if not group.sector or group in large[:MOST_SECTORS]]
        parts = [
            each
            for group in shown
            if (each := attribution(results, found.event_id, group.role, group.sector, window)) is not None
        ]
        if parts:
            blocks.append(_waterfall(chapter, parts))
    blocks.append(Note((_pool_note(usable, estimator),)))
    paragraphs = tuple((sentence,) for sentence in _sentences(chapter, found) if sentence)
    return Section(number, TOPIC, _finding(chapter, found), anchor, paragraphs, tuple(blocks))


def _name(chapter: Chapter, group: Comparison) -> str:
    """A group inside a sentence."""
    if group.sector:
        return f"{cells.sector_words(group.sector)} in {group.pool.city}"
    noun = "exposed shares" if group.role == "exposed" else "beneficiaries"
    return f"the {numbers.integer(len(group.pool.treated))} {noun} in {group.pool.city}"


def _told(group: Comparison, name: str) -> bool:
    return group.tests[name].pvalue < LEVEL


def _finding(chapter: Chapter, found: EventCounterfactuals) -> str:
    whole = [group for group in found.groups if not group.sector and group.fits]
    told = [group for group in whole if _told(group, found.chosen)]
    if not told:
        names = numbers.listed(["exposed shares" if each.role == "exposed" else "beneficiaries" for each in whole])
        return f"Against untouched shares {names} moved no further than on other days"
    words = []
    for group in told:
        effect = group.fits[found.chosen].cumulated()
        verb = "gained" if effect > 0 else "lost"
        noun = "exposed shares" if group.role == "exposed" else "beneficiaries"
        words.append(f"{noun} {verb} {numbers.size(effect)}%")
    return f"Against untouched shares {numbers.listed(words)}"


def _sentences(chapter: Chapter, found: EventCounterfactuals) -> list[str]:
    """Each role, where estimators disagree, and the difference between the roles."""
    said = []
    for group in found.groups:
        if group.sector or not group.fits:
            continue
        test, fit = group.tests[found.chosen], group.fits[found.chosen]
        text = (
            f"{numbers.capitalised(_name(chapter, group))} moved {numbers.percent(fit.cumulated())}% against their "
            f"{NAMES[found.chosen]} (95% {_bounds(test.ci_low, test.ci_high)}; {numbers.p_equals(test.pvalue)}), "
            f"{numbers.percent(group.model_effect)}% by the study’s own model."
        )
        if group.placebo is not None and not math.isnan(group.placebo.pvalue):
            text += (
                f" Of {numbers.integer(len(group.placebo.ratios))} groups of as many donors, "
                f"{numbers.in_a_hundred(group.placebo.pvalue)} moved as far for their fit."
            )
        said.append(text)
    said.append(survival(chapter, found))
    loser = heaviest_loser(found)  # its sentence has just told what each estimate says
    said += [disagreement(chapter, group, found.chosen) for group in found.groups if group.fits and group is not loser]
    if found.contrast is not None:
        effect = found.contrast
        said.append(
            f"Exposed shares moved {numbers.percent(effect.effect[2])} points against beneficiaries "
            f"({numbers.interval(effect.ci_low[2], effect.ci_high[2])} in a band that holds for both and for their "
            "difference at once)."
        )
    return said


def heaviest_loser(found: EventCounterfactuals) -> Comparison | None:
    """The exposed sector of some size that lost most by the study's own model; None where none lost."""
    losers = [
        group
        for group in found.groups
        if group.role == "exposed"
        and group.sector
        and group.fits
        and len(group.pool.treated) >= FEWEST_SHARES
        and group.model_effect < 0
    ]
    return min(losers, key=lambda each: each.model_effect) if losers else None


def survival(chapter: Chapter, found: EventCounterfactuals) -> str:
    """Whether the exposed sector that lost most by the study's model lost as much by the counterfactuals; or empty."""
    group = heaviest_loser(found)
    if group is None:
        return ""
    effects = {name: fit.cumulated() for name, fit in group.fits.items()}
    parts = [
        f"{numbers.percent(effect)}% against the {NAMES[name]} ({numbers.p_equals(group.tests[name].pvalue)})"
        for name, effect in effects.items()
    ]
    size = ""
    if all(effect < group.model_effect for effect in effects.values()):
        size = "larger "
    elif all(group.model_effect < effect < 0 for effect in effects.values()):
        size = "smaller "
    kept = [NAMES[name] for name in effects if _told(group, name) and effects[name] < 0]
    rest = [NAMES[name] for name in effects if NAMES[name] not in kept]
    if not rest:
        verdict = "survives both" if len(kept) == 2 else "survives all of them"
    elif kept:
        verdict = f"survives the {numbers.listed(kept)}, and not the {numbers.listed(rest)}"
    else:
        verdict = "survives neither" if len(rest) == 2 else "survives none of them"
    return (
        f"The loss of {_name(chapter, group)}, {numbers.percent(group.model_effect)}% by the study’s own model, is "
        f"{size}against shares that the event did not touch: {numbers.listed(parts)}. At the 5% level it {verdict}."
    )


def _bounds(low: float, high: float) -> str:
    return f"interval {numbers.interval(low, high)}"


def disagreement(chapter: Chapter, group: Comparison, chosen: str) -> str:
    """One sentence where the model and the counterfactuals do not say the same; empty where they do.

    They differ where signs do, where one is told from noise and another is not, or where the study's model lies
    outside the counterfactual's interval.
    """
    effects = {NAMES[name]: fit.cumulated() for name, fit in group.fits.items()}
    test = group.tests[chosen]
    words = []
    if not math.isnan(group.model_effect):
        outside = not (test.ci_low <= group.model_effect <= test.ci_high) and not math.isnan(test.ci_low)
        apart = abs(group.model_effect - effects[NAMES[chosen]]) >= 0.005
        opposite = group.model_effect * effects[NAMES[chosen]] < 0 and apart
        if outside or opposite:
            words.append(
                f"the study’s model says {numbers.percent(group.model_effect)}%, the {NAMES[chosen]} "
                f"{numbers.percent(effects[NAMES[chosen]])}%"
            )
    told = [NAMES[name] for name in group.fits if _told(group, name)]
    rest = [NAMES[name] for name in group.fits if not _told(group, name)]
    if told and rest:
        words.append(f"the {numbers.listed(told)} tells a move from noise, the {numbers.listed(rest)} does not")
    if not words:
        return ""
    return f"The estimates disagree on {_name(chapter, group)}: {'; '.join(words)}."


def _table(chapter: Chapter, found: EventCounterfactuals) -> Table:
    groups = []
    other = [name for name in ("sc", "gsynth") if name != found.chosen]
    for role in ("exposed", "beneficiary"):
        rows = [_row(group, found.chosen, other) for group in found.groups if group.role == role]
        if rows:
            title = wording.ROLE_TITLES[cells.role_value(role)]
            groups.append(RowGroup(tuple(rows), title, "", cells.role_value(role)))
    chosen = numbers.capitalised(NAMES[found.chosen])
    columns = [
        Column("group", "Group", explanation="treated shares, and donors that carry weight"),
        Column("model", "Own model, %", "number", explanation="mean CAR by the study's model"),
        Column("chosen", f"{chosen}, %", "number", explanation="mean return minus that of weighted donors"),
        Column("interval", "95% interval", "interval", explanation="effects that the test does not reject"),
        Column("p", "p", "p", explanation="conformal: against every other stretch of days, each for how loud it was"),
        Column("range", "Leave one out", "interval", phone=False, explanation="without one of the heaviest donors"),
        Column("fit", "Fit before, R²", "number", phone=False, explanation="share of variance followed"),
    ]
    for name in other:
        columns.append(Column(name, f"{numbers.capitalised(NAMES[name])}, %", "number"))
        columns.append(Column(f"{name}_p", "p", "p", phone=False))
    return Table(
        id=chapter.anchored("table-counterfactuals"),
        label=chapter.label("Table", 3) + "c",
        title="The same shares by three ways to say what is normal",
        subtitle=f"Window {numbers.window(chapter.focus_window)}; mean of the shares that trade where most of the "
        "group does, %",
        columns=tuple(columns),
        groups=tuple(groups),
        note=(
            "The own model is that of the rest of this report. The others need no model of the market: weighted donors "
            "that moved alike before, and the donors’ own common factors with the shares’ loadings on them. None of "
            "these p is among the adjusted ones.",
        ),
    )


def _row(group: Comparison, chosen: str, other: Sequence[str]) -> Row:
    count = len(group.pool.treated)
    label = group.sector or "All"
    if not group.fits:
        missing: list[Cell] = [MissingCell(group.pool.reason)] * (5 + 2 * len(other))
        return Row((TextCell(label, group.pool.reason), cells.percent_cell(group.model_effect), *missing))
    fit, test = group.fits[chosen], group.tests[chosen]
    heavy = int(np.count_nonzero(np.abs(fit.weights) > 1e-9))
    further: list[Cell] = []
    for name in other:
        further += [
            cells.percent_cell(group.fits[name].cumulated()),
            cells.p_cell(group.tests[name].pvalue),
        ]
    interval = numbers.interval(test.ci_low, test.ci_high)
    r_squared = fit.pre_r_squared
    return Row(
        (
            TextCell(label, f"{count} against {heavy}"),
            cells.percent_cell(group.model_effect),
            cells.percent_cell(fit.cumulated(), strong=True),
            NumberCell(interval, 100 * test.ci_low) if math.isfinite(test.ci_low) else MissingCell("no finite bound"),
            cells.p_cell(test.pvalue),
            NumberCell(numbers.interval(*group.leave_one_out), 100 * group.leave_one_out[0]),
            NumberCell(f"{r_squared:.2f}", r_squared) if not math.isnan(r_squared) else MissingCell("no variance"),
            *further,
        )
    )


def _path_figure(chapter: Chapter, found: EventCounterfactuals) -> Figure | None:
    panels = [panel for role in ("exposed", "beneficiary") if (panel := _path_panel(chapter, found, role)) is not None]
    if not panels:
        return None
    return Figure(
        id=chapter.anchored("figure-counterfactual"),
        label=chapter.label("Figure", 3) + "c",
        title=f"What the shares did, and what their {NAMES[found.chosen]} did",
        subtitle="Mean return cumulated from the close before the event day, %. Dashed: donors, weighted on the "
        "estimation window alone",
        alt="; ".join(
            f"{panel.title}: {panel.values[-1]:+.1f}% against {panel.other[-1]:+.1f}% by day {panel.taus[-1]}"
            for panel in panels
        )
        + ".",
        drawing=PathsPlot(tuple(panels)),
        described_by=chapter.anchored("table-counterfactuals"),
    )


def _path_panel(chapter: Chapter, found: EventCounterfactuals, role: str) -> PathPanel | None:
    """Treated and counterfactual from ten days before to as far as the prices go."""
    group = found.group(role)
    if group is None or not group.fits:
        return None
    results = chapter.evidence.results
    pairs = results.evidence.pairs
    members = pairs[
        (pairs["event_id"] == found.event_id) & pairs["ticker"].isin(group.pool.treated) & (pairs["role"] == role)
    ]
    first = max(PATH[0], results.spec.estimation[1] + 1)
    for last in range(PATH[1], 0, -1):
        pool = donor_pool(results, found.event_id, members, (first, last))
        if pool.panel is not None:
            break
    else:
        return None
    panel: CounterfactualPanel = pool.panel
    fit = ESTIMATORS[found.chosen].fit(panel)
    taus = tuple(range(first - 1, last + 1))
    values, other = (_from_the_close_before(series[panel.n_before :], first) for series in (fit.observed, fit.expected))
    zero = taus.index(0)
    labels = [PathLabel(0, values[zero], f"{values[zero]:+.1f} on day 0".replace("-", "−"), mark=True)]
    nothing = tuple(math.nan for _ in taus)
    return PathPanel(
        role=cells.role_value(role),
        title=wording.ROLE_TITLES[cells.role_value(role)],
        subtitle=f"{cells.shares_text(len(pool.treated))} in {pool.city}, {numbers.integer(len(pool.donors))} donors",
        taus=taus,
        values=values,
        low=nothing,
        high=nothing,
        labels=tuple(labels),
        other=other,
        other_text=NAMES[found.chosen],
    )


def _from_the_close_before(series: np.ndarray, first: int) -> tuple[float, ...]:
    """Returns of days ``first`` … cumulated in per cent, zero at the close of tau −1."""
    level = np.concatenate([[0.0], np.cumsum(series)])
    return tuple((100.0 * (level - level[-first])).tolist())


def _waterfall(chapter: Chapter, parts: Sequence[Attribution]) -> Figure:
    panels = []
    for each in parts:
        bars = [WaterfallBar(name, 100 * value, numbers.percent(value)) for name, value in each.parts]
        bars.append(WaterfallBar("total", 100 * each.total, numbers.percent(each.total), total=True))
        title = each.sector or ("All exposed" if each.role == "exposed" else "All beneficiaries")
        panels.append(WaterfallPanel(cells.role_value(each.role), title, cells.shares_text(each.n), tuple(bars)))
    names = list(dict.fromkeys(name for each in parts for name, _ in each.parts[1:-1]))
    return Figure(
        id=chapter.anchored("figure-attribution"),
        label=chapter.label("Figure", 3) + "d",
        title="News against factors: what each group’s move is made of",
        subtitle=f"Mean return over {numbers.window(chapter.focus_window)}, %; each factor cleared of those above it",
        alt="; ".join(
            f"{panel.title}: total {panel.bars[-1].text}%, remainder {panel.bars[-2].text}%" for panel in panels
        )
        + ".",
        drawing=WaterfallPlot(tuple(panels)),
        note=(
            f"Factors with prices on all these days: {numbers.listed(names)}. The sector fund holds exposed shares "
            "itself and so takes a part of the effect; the remainder is what no factor here explains."
            f"{_lacking(parts)}",
        ),
    )


def _lacking(parts: Sequence[Attribution]) -> str:
    """Which factors the source has no prices of, and what to fetch; empty where it has all."""
    told = list(dict.fromkeys(f"{name} ({tickers})" for each in parts for name, tickers in each.lacking))
    if not told:
        return ""
    return (
        f" The price source lacks {numbers.listed(told)} on some of these days, so that the remainder holds their "
        "part: add their prices to it, or fetch them with “eventstudy prices fetch”, to take it out."
    )


def _pool_note(usable: Sequence[Comparison], estimator: str) -> str:
    """Who the donors are, who was left out, and which carry most weight for the first group."""
    group = usable[0]
    fit = group.fits[estimator]
    heaviest = np.argsort(-np.abs(fit.weights), kind="stable")[:8]
    weights = [
        f"{group.pool.donors[row]} {100 * fit.weights[row]:.0f}%".replace("-", "−")
        for row in heaviest
        if abs(fit.weights[row]) > 1e-9
    ]
    text = (
        f"Pool: {numbers.integer(len(group.pool.donors))} controls of the universe that trade in {group.pool.city}, "
        f"never beneficiaries. Most weight: {', '.join(weights)}."
    )
    if group.pool.left_out:
        reasons: dict[str, list[str]] = {}
        for ticker, why in group.pool.left_out.items():
            reasons.setdefault(why, []).append(ticker)
        told = "; ".join(f"{numbers.listed(names, most=6)} ({why})" for why, names in reasons.items())
        text += f" Left out: {told}."
    return text
