"""Part 5c: what the shares would have done without the event, by shares that it did not touch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from eventstudy.counterfactual.attribution import Attribution, attribution
from eventstudy.counterfactual.base import CounterfactualPanel
from eventstudy.counterfactual.of_study import (
    ESTIMATORS,
    Comparison,
    EventCounterfactuals,
    event_counterfactuals,
    studied_groups,
)
from eventstudy.counterfactual.pools import donor_pool
from eventstudy.report import wording
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
from eventstudy.report.wording import counterfactuals as say
from eventstudy.report.wording import numbers
from eventstudy.report.wording.sentences import worded

LEVEL = 0.05
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
        reasons = Counter(worded(group.pool.reason) for group in found.groups)
        why = "; ".join(reasons) or say.NO_GROUP
        return Section(number, say.TOPIC, say.NO_DONORS, anchor, blocks=(Empty(say.no_counterfactual(why)),))
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
    return Section(number, say.TOPIC, _finding(chapter, found), anchor, paragraphs, tuple(blocks))


def _name(chapter: Chapter, group: Comparison) -> str:
    """A group inside a sentence."""
    if group.sector:
        words = wording.sector_words(group.sector)
        roles = {share.role for share in chapter.evidence.used(chapter.focus.event_id, sector=group.sector)}
        if {"exposed", "beneficiary"} <= roles:  # the roles that this part speaks of
            words = say.of_kind(words, group.role)
        return say.sector_in(words, worded(group.pool.city))
    noun = say.role_noun(group.role)
    return say.group_in(len(group.pool.treated), noun, worded(group.pool.city))


def _told(group: Comparison, name: str) -> bool:
    return group.tests[name].pvalue < LEVEL


def _finding(chapter: Chapter, found: EventCounterfactuals) -> str:
    whole = [group for group in found.groups if not group.sector and group.fits]
    told = [group for group in whole if _told(group, found.chosen)]
    if not told:
        names = numbers.listed([say.role_noun(each.role) for each in whole])
        return say.no_further(names)
    words = []
    for group in told:
        effect = group.fits[found.chosen].cumulated()
        verb = say.gained_or_lost(effect)
        noun = say.role_noun(group.role)
        words.append(f"{noun} {verb} {numbers.size(effect)}%")
    return say.against_untouched(words)


def _sentences(chapter: Chapter, found: EventCounterfactuals) -> list[str]:
    """Each role, where estimators disagree, and the difference between the roles."""
    said = []
    for group in found.groups:
        if group.sector or not group.fits:
            continue
        test, fit = group.tests[found.chosen], group.fits[found.chosen]
        text = say.moved_against(
            _name(chapter, group),
            fit.cumulated(),
            say.ESTIMATORS[found.chosen],
            _bounds(test.ci_low, test.ci_high),
            test.pvalue,
            group.model_effect,
        )
        if group.placebo is not None and not math.isnan(group.placebo.pvalue):
            text += say.among_donors(len(group.placebo.ratios), group.placebo.pvalue)
        said.append(text)
    said.append(survival(chapter, found))
    loser = heaviest_loser(found)  # its sentence has just told what each estimate says
    disagreeing: dict[tuple[str, ...], list[str]] = {}
    for group in found.groups:
        words = disagreement(group, found.chosen) if group.fits and group is not loser else ()
        if words:
            disagreeing.setdefault(words, []).append(_name(chapter, group))
    said += [say.disagree(names, words) for words, names in disagreeing.items()]
    if found.contrast is not None:
        effect = found.contrast
        said.append(say.contrast_sentence(effect.effect[2], effect.ci_low[2], effect.ci_high[2]))
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
        say.against_estimator(effect, say.ESTIMATORS[name], group.tests[name].pvalue)
        for name, effect in effects.items()
    ]
    size = ""
    if all(effect < group.model_effect for effect in effects.values()):
        size = say.LARGER
    elif all(group.model_effect < effect < 0 for effect in effects.values()):
        size = say.SMALLER
    kept = [say.ESTIMATORS[name] for name in effects if _told(group, name) and effects[name] < 0]
    rest = [say.ESTIMATORS[name] for name in effects if say.ESTIMATORS[name] not in kept]
    if not rest:
        verdict = say.survives_all(len(kept))
    elif kept:
        verdict = say.survives_some(kept, rest)
    else:
        verdict = say.survives_none(len(rest))
    return say.survival(_name(chapter, group), group.model_effect, size, parts, verdict)


def _bounds(low: float, high: float) -> str:
    return say.bounds(low, high)


def disagreement(group: Comparison, chosen: str) -> tuple[str, ...]:
    """Where the model and the counterfactuals do not say the same, in words; none where they do.

    They differ where signs do, where one is told from noise and another is not, or where the study's model lies
    outside the counterfactual's interval.
    """
    effects = {say.ESTIMATORS[name]: fit.cumulated() for name, fit in group.fits.items()}
    test = group.tests[chosen]
    words = []
    if not math.isnan(group.model_effect):
        outside = not (test.ci_low <= group.model_effect <= test.ci_high) and not math.isnan(test.ci_low)
        apart = abs(group.model_effect - effects[say.ESTIMATORS[chosen]]) >= 0.005
        opposite = group.model_effect * effects[say.ESTIMATORS[chosen]] < 0 and apart
        if outside or opposite:
            words.append(say.own_says(group.model_effect, say.ESTIMATORS[chosen], effects[say.ESTIMATORS[chosen]]))
    told = [say.ESTIMATORS[name] for name in group.fits if _told(group, name)]
    rest = [say.ESTIMATORS[name] for name in group.fits if not _told(group, name)]
    if told and rest:
        words.append(say.one_tells(told, rest))
    return tuple(words)


def _table(chapter: Chapter, found: EventCounterfactuals) -> Table:
    groups = []
    other = [name for name in ("sc", "gsynth") if name != found.chosen]
    for role in ("exposed", "beneficiary"):
        rows = [_row(group, found.chosen, other) for group in found.groups if group.role == role]
        if rows:
            title = wording.ROLE_TITLES[cells.role_value(role)]
            groups.append(RowGroup(tuple(rows), title, "", cells.role_value(role)))
    chosen = numbers.capitalised(say.ESTIMATORS[found.chosen])
    columns = [
        Column("group", say.HEADS["group"], explanation=say.TIPS["group"]),
        Column("model", say.HEADS["model"], "number", explanation=say.TIPS["model"]),
        Column("chosen", f"{chosen}, %", "number", explanation=say.TIPS["chosen"]),
        Column("interval", say.HEADS["interval"], "interval", explanation=say.TIPS["interval"]),
        Column("p", "p", "p", explanation=say.TIPS["p"]),
        Column("range", say.HEADS["range"], "interval", phone=False, explanation=say.TIPS["range"]),
        Column("fit", say.HEADS["fit"], "number", phone=False, explanation=say.TIPS["fit"]),
    ]
    for name in other:
        columns.append(Column(name, f"{numbers.capitalised(say.ESTIMATORS[name])}, %", "number"))
        columns.append(Column(f"{name}_p", "p", "p", phone=False))
    return Table(
        id=chapter.anchored("table-counterfactuals"),
        label=chapter.label(wording.TABLE, 3) + "c",
        title=say.TABLE_TITLE,
        subtitle=say.table_subtitle(chapter.focus_window),
        columns=tuple(columns),
        groups=tuple(groups),
        note=(say.TABLE_NOTE,),
    )


def _row(group: Comparison, chosen: str, other: Sequence[str]) -> Row:
    count = len(group.pool.treated)
    label = group.sector or say.ALL_SECTORS
    if not group.fits:
        missing: list[Cell] = [MissingCell(worded(group.pool.reason))] * (5 + 2 * len(other))
        return Row((TextCell(label, worded(group.pool.reason)), cells.percent_cell(group.model_effect), *missing))
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
            TextCell(label, say.against(count, heavy)),
            cells.percent_cell(group.model_effect),
            cells.percent_cell(fit.cumulated(), strong=True),
            NumberCell(interval, 100 * test.ci_low) if math.isfinite(test.ci_low) else MissingCell(say.NO_BOUND),
            cells.p_cell(test.pvalue),
            NumberCell(numbers.interval(*group.leave_one_out), 100 * group.leave_one_out[0]),
            NumberCell(f"{r_squared:.2f}", r_squared) if not math.isnan(r_squared) else MissingCell(say.NO_VARIANCE),
            *further,
        )
    )


def _path_figure(chapter: Chapter, found: EventCounterfactuals) -> Figure | None:
    panels = [panel for role in ("exposed", "beneficiary") if (panel := _path_panel(chapter, found, role)) is not None]
    if not panels:
        return None
    return Figure(
        id=chapter.anchored("figure-counterfactual"),
        label=chapter.label(wording.FIGURE, 3) + "c",
        title=say.figure_title(say.ESTIMATORS[found.chosen]),
        subtitle=say.FIGURE_SUBTITLE,
        alt="; ".join(say.panel_alt(panel.title, panel.values[-1], panel.other[-1], panel.taus[-1]) for panel in panels)
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
    groups = studied_groups(results, found.event_id)
    whole = next(members for name, sector, members in groups if (name, sector) == (role, ""))
    members = whole[whole["ticker"].isin(group.pool.treated)]
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
    labels = [PathLabel(0, values[zero], say.on_day_0(values[zero]), mark=True)]
    nothing = tuple(math.nan for _ in taus)
    return PathPanel(
        role=cells.role_value(role),
        title=wording.ROLE_TITLES[cells.role_value(role)],
        subtitle=say.panel_subtitle(cells.shares_text(len(pool.treated)), worded(pool.city), len(pool.donors)),
        taus=taus,
        values=values,
        low=nothing,
        high=nothing,
        labels=tuple(labels),
        other=other,
        other_text=say.ESTIMATORS[found.chosen],
    )


def _from_the_close_before(series: np.ndarray, first: int) -> tuple[float, ...]:
    """Returns of days ``first`` … cumulated in per cent, zero at the close of tau −1."""
    level = np.concatenate([[0.0], np.cumsum(series)])
    return tuple((100.0 * (level - level[-first])).tolist())


def _waterfall(chapter: Chapter, parts: Sequence[Attribution]) -> Figure:
    panels = []
    for each in parts:
        bars = [
            WaterfallBar(_part(name), 100 * value, numbers.percent(value), rest=name == "remainder")
            for name, value in each.parts
        ]
        bars.append(WaterfallBar(say.TOTAL, 100 * each.total, numbers.percent(each.total), total=True))
        title = each.sector or (say.all_of_role(each.role))
        panels.append(WaterfallPanel(cells.role_value(each.role), title, cells.shares_text(each.n), tuple(bars)))
    names = list(dict.fromkeys(_part(name) for each in parts for name, _ in each.parts[1:-1]))
    return Figure(
        id=chapter.anchored("figure-attribution"),
        label=chapter.label(wording.FIGURE, 3) + "d",
        title=say.WATERFALL_TITLE,
        subtitle=say.waterfall_subtitle(chapter.focus_window),
        alt="; ".join(say.waterfall_alt(panel.title, panel.bars[-1].text, panel.bars[-2].text) for panel in panels)
        + ".",
        drawing=WaterfallPlot(tuple(panels)),
        note=(say.waterfall_note(names, _lacking(parts)),),
    )


def _part(name: str) -> str:
    """A part of the sum as the reader knows it; a factor of the universe by its own name."""
    return say.PARTS.get(name, name)


def _lacking(parts: Sequence[Attribution]) -> str:
    """Which factors the source has no prices of, and what to fetch; empty where it has all."""
    told = list(dict.fromkeys(f"{_part(name)} ({tickers})" for each in parts for name, tickers in each.lacking))
    if not told:
        return ""
    return say.lacking(told)


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
    text = say.pool(len(group.pool.donors), worded(group.pool.city), weights)
    if group.pool.left_out:
        reasons: dict[str, list[str]] = {}
        for ticker, why in group.pool.left_out.items():
            reasons.setdefault(worded(why), []).append(ticker)
        told = "; ".join(f"{numbers.listed(names, most=6)} ({why})" for why, names in reasons.items())
        text += say.left_out(told)
    return text
