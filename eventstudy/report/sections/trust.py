"""Part 8: which p may be quoted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy._arrays import BoolArray
from eventstudy.catalogue.events import Event
from eventstudy.errors import UsageError
from eventstudy.report import wording
from eventstudy.report.chapter import Chapter
from eventstudy.report.evidence import number, records, text
from eventstudy.report.measures import Scope
from eventstudy.report.model import (
    Cell,
    Column,
    Empty,
    MissingCell,
    Muted,
    NumberCell,
    RichCell,
    Row,
    RowGroup,
    Section,
    Table,
    TextCell,
)
from eventstudy.report.sections import _cells as cells
from eventstudy.report.sections._standings import (
    ALPHA,
    HOLD,
    Group,
    Outcome,
    Rate,
    Standing,
    measured_of,
    place_of,
    standing_of,
)
from eventstudy.report.wording import numbers
from eventstudy.report.wording import standings as standing_words
from eventstudy.report.wording import trust as say
from eventstudy.study.provenance import abnormal_returns_origin

if TYPE_CHECKING:
    from eventstudy.laboratory import SizeResult


# statistics that count shares or add ranks
COUNTS = ("sign", "wilcoxon")

ROLES = ("exposed", "beneficiary")
SPEAKER = "headline"  # the laboratory's name for whichever test speaks
LABELS = ("episode", "event_id", "direction", "role")


@dataclass(frozen=True, eq=False)
class JudgedGroups:
    """The groups of this part: what a measurement of false alarms has to be about.

    Attributes
    ----------
    scope : Scope
        Whose rows of the group table.
    events : tuple of Event
        The events that these rows pool, in time order.
    window : (int, int)
        The window that is read.
    roles : tuple of str
        Roles that have a test.
    """

    scope: Scope
    events: tuple[Event, ...]
    window: tuple[int, int]
    roles: tuple[str, ...]

    def chosen(self, pairs: pd.DataFrame, role: str) -> BoolArray:
        """(P,) which rows of the ``pairs`` of a study make up the group of a role."""
        wanted = {"role": role, "event_id": self.scope.event_id, "episode": self.scope.episode}
        wanted["news"] = self.scope.direction
        found = np.ones(len(pairs), dtype=bool)
        for column, value in wanted.items():
            if value:
                found &= (pairs[column] == value).to_numpy()
        return found


def judged(chapter: Chapter) -> JudgedGroups:
    """The groups whose tests are laid side by side."""
    roles = [role for role in ROLES if (group := chapter.measure(role)) is not None and group.measured]
    return JudgedGroups(chapter.scope, chapter.pooled, numbers.window_bounds(chapter.window), tuple(roles))


def check_size(chapter: Chapter, size: SizeResult) -> None:
    """Refuse a measurement that this part cannot speak of.

    Raises
    ------
    UsageError
        If it is not of this study's groups, over another window, or on other prices or returns.
    """
    results = chapter.evidence.results
    known = judged(chapter)
    asked = [(*known.scope, role) for role in known.roles]
    labels = [*(cell.label for cell in size.cells), *size.unmeasured]
    remedy = "measure it with laboratory.study_size(results)"
    if size.labels != LABELS or sorted(map(str, labels)) != sorted(map(str, asked)):
        raise UsageError(f"the size is of other groups than this report's; {remedy}")
    if size.simulated != results.simulated:
        raise UsageError(
            f"the size is measured on {'simulated' if size.simulated else 'real'} prices and the study made on "
            f"{'simulated' if results.simulated else 'real'} ones; {remedy}"
        )
    if any(cell.window != known.window for cell in size.cells):
        raise UsageError(f"the size is of another window than {chapter.window}, which the report reads; {remedy}")
    own = abnormal_returns_origin(results.provenance)
    for name, what in (("prices", "prices"), ("inputs", "a universe or factors"), ("specification", "a specification")):
        if size.origin.get(name) != own[name]:
            raise UsageError(f"the size is measured with {what} other than the study's; {remedy}")


def build(chapter: Chapter, size: SizeResult | None = None) -> Section:
    """Table 5: every test of the exposed and of the beneficiaries, the headline first.

    With a measurement, each test's false alarms on ordinary dates of the same shares stand beside it and decide its
    standing; without one, what the test assumes.
    """
    number_, anchor = chapter.part(8), chapter.anchored("trust")
    groups = [group for group in (_group(chapter, role, size) for role in ROLES) if group is not None]
    if not groups:
        return Section(
            number_,
            say.TOPIC,
            say.NO_TEST,
            anchor,
            blocks=(Empty(say.NO_GROUP),),
        )
    standings = {name: standing_of(name, groups) for group in groups for name in group.results}
    names = sorted(standings, key=lambda name: (standings[name].rank, place_of(name)))
    rows = [_row(name, standings[name], groups) for name in names]
    columns = [Column("test", say.HEADS["test"])]
    for group in groups:
        columns += [
            Column(f"{group.role}_statistic", say.statistic_head(group.noun), "number", phone=False),
            Column(f"{group.role}_p", f"{group.noun}: p", "p"),
        ]
        if group.rates:
            columns.append(
                Column(
                    f"{group.role}_alarms",
                    say.alarms_head(group.noun),
                    "interval",
                    explanation=say.ALARMS_TIP,
                )
            )
    # what was measured needs no reason on paper, where width is scarce
    columns += [
        Column("standing", say.HEADS["standing"], grow=1.0),
        Column("reason", say.HEADS["reason"], phone=False, paper=not measured_of(groups), grow=2.0),
    ]
    table = Table(
        id=chapter.anchored("table-5"),
        label=chapter.label(wording.TABLE, 5),
        title=say.table_title(len(rows), chapter.window),
        subtitle=_subtitle(chapter, groups),
        columns=tuple(columns),
        groups=(RowGroup(tuple(rows)),),
        note=(
            cells.joined(
                [
                    say.GREY_ROWS,
                    *_dispersions(chapter, groups),
                    *_measurements(groups),
                    *_disagreements(groups, standings),
                ]
            ),
        ),
        sortable=False,
    )
    finding = _measured_finding(chapter, groups, standings) if measured_of(groups) else _finding(groups, standings)
    return Section(number_, say.TOPIC, finding, anchor, blocks=(table,))


def _group(chapter: Chapter, role: str, size: SizeResult | None) -> Group | None:
    measure = chapter.measure(role)
    if measure is None or not measure.measured:
        return None
    results: dict[str, Outcome] = {}
    for row in chapter.evidence.tests(chapter.scope, role, chapter.window):
        results[text(row[0])] = Outcome(number(row[1]), number(row[2]), text(row[3]))
    if not results:
        return None
    rates: dict[str, Rate] = {}
    dates, unmeasured = 0, ""
    if size is not None:
        label = (*chapter.scope, role)
        unmeasured = size.unmeasured.get(label, "")
        dates = next((cell.dates for cell in size.cells if cell.label == label), 0)
        columns = (*LABELS, "test", "rate", "low", "high", "verdict", "n_draws", "effective")
        for *key, test, rate, low, high, verdict, draws, effective in records(size.table((ALPHA,)), columns):
            if tuple(key) == label and draws and test != SPEAKER:
                rates[test] = Rate(rate, low, high, verdict, draws, effective)
    noun = say.role_noun(role)
    return Group(
        role=role,
        noun=noun,
        headline=measure.test,
        correlation=measure.correlation,
        n=measure.n,
        reading=measure.reading,
        results=results,
        rates=rates,
        dates=dates,
        unmeasured=unmeasured,
    )


def _row(name: str, standing: Standing, groups: list[Group]) -> Row:
    line: list[Cell] = [TextCell(cells.name_of_test(name))]
    for group in groups:
        result = group.results.get(name)
        if result is None or math.isnan(result.statistic):
            why = result.reason if result is not None and result.reason else say.NOT_COMPUTED
            line.append(MissingCell(why))
        else:
            line.append(NumberCell(_statistic(name, result.statistic), result.statistic))
        line.append(cells.p_cell(math.nan if result is None else result.p, say.NOT_COMPUTED))
        if group.rates:
            line.append(_alarms(name, group))
    line += [TextCell(standing.word, standing.only), TextCell(standing.reason)]
    return Row(tuple(line), muted=standing.muted)


def _statistic(name: str, value: float) -> str:
    """A statistic with two decimals; counts and sums of ranks as what they are.

    Examples
    --------
    >>> _statistic("portfolio_t", 2.304), _statistic("sign", 16.0)
    ('2.30', '16')
    """
    if name in COUNTS and value.is_integer():
        return numbers.integer(int(value))
    return numbers.coefficient(value)


def _alarms(name: str, group: Group) -> Cell:
    """False alarms in 100 dates, with their interval in grey."""
    found = group.rates.get(name)
    if found is None:
        return MissingCell(standing_words.BY_CONSTRUCTION if name == "placebo" else say.NOT_MEASURED)
    return RichCell((hundredths(found.rate), Muted(say.alarm_bounds(hundredths(found.low), hundredths(found.high)))))


def hundredths(share: float) -> str:
    """A share in a column of hundredths: without decimals; above zero and below one half it says so.

    Examples
    --------
    >>> hundredths(0.412), hundredths(0.004), hundredths(1e-18)
    ('41', '< 1', '0')
    """
    return "< 1" if 1e-9 < share < 0.005 else f"{100 * share:.0f}"


def _subtitle(chapter: Chapter, groups: list[Group]) -> str:
    if not measured_of(groups):
        return say.ASSUMED_SUBTITLE
    what = say.which_prices(chapter.evidence.results.simulated)
    return say.measured_subtitle(what)


def _dispersions(chapter: Chapter, groups: list[Group]) -> list[str]:
    """How far apart each group's moves lie, and what ranks alone say, beside the headline test that corrects for it."""
    sentences = []
    for group in groups:
        ratio, p = chapter.evidence.dispersion(chapter.scope, group.role, chapter.window)
        who = say.role_shares(group.role)
        said = []
        if math.isfinite(ratio):
            said.append(say.dispersion(who, ratio))
        if math.isfinite(p):
            said.append(say.permutation(said, who, p))
        if said:
            sentences.append(numbers.capitalised(say.AND_ALSO.join(said)) + ".")
    return sentences


def _measurements(groups: list[Group]) -> list[str]:
    """How many dates were measured, and which group could not be."""
    sentences = []
    for group in groups:
        who = say.role_shares(group.role)
        if group.unmeasured:
            sentences.append(say.unmeasured(who, group.unmeasured))
        if not group.rates:
            continue
        most = max(group.rates.values(), key=lambda rate: rate.draws)
        draws, effective = numbers.integer(most.draws), numbers.integer(round(most.effective))
        what = say.draws_of(group.dates, draws)
        counts = "" if draws == effective else say.independent_ones(effective)
        sentences.append(say.measured_on(who, what, counts))
        headline = group.rates.get(group.headline)
        if headline is not None and headline.verdict == "over-rejects":
            sentences.append(say.headline_over_rejects(who))
    if measured_of(groups):
        sentences.append(say.HOLDS_WHERE)
    return sentences


def _measured_finding(chapter: Chapter, groups: list[Group], standings: dict[str, Standing]) -> str:
    """How many tests raise too many false alarms here, and on how many dates the headline does."""
    measured = measured_of(groups)
    tests = [name for name in standings if any(name in group.rates for group in measured)]
    over = [
        name
        for name in tests
        if any(group.rates[name].verdict == "over-rejects" for group in measured if name in group.rates)
    ]
    kind = say.SIMULATED if chapter.evidence.results.simulated else ""
    of_whom = say.these_shares(kind)
    if len(measured) < len(groups):
        of_whom = say.these_of_role(kind, measured[0].role)
    where = say.where(chapter.period().noun, of_whom)
    total = numbers.number_word(len(tests))
    if over:
        verb = say.raises(len(over))
        said = say.some_raise(len(over), total, verb, where)
    else:
        said = say.none_raises(total, where)
    rates = [
        (group, hundredths(group.rates[group.headline].rate)) for group in measured if group.headline in group.rates
    ]
    if not rates:
        return said
    told = rates[0][1]
    if len(rates) > 1:
        told = numbers.listed(f"{rate} ({numbers.lowered(group.noun)})" for group, rate in rates)
    return say.headline_on(said, told)


def _finding(groups: list[Group], standings: dict[str, Standing]) -> str:
    over = sum(1 for standing in standings.values() if standing.word == standing_words.OVER_REJECTS)
    total = numbers.number_word(len(standings))
    if not over:
        return say.MAY_BE_QUOTED
    largest = max(groups, key=lambda group: group.correlation if not math.isnan(group.correlation) else -1.0)
    count = numbers.capitalised(numbers.number_word(over))
    return say.over_finding(count, total, largest.correlation)


def _disagreements(groups: list[Group], standings: dict[str, Standing]) -> list[str]:
    """Where tests that hold their level disagree with the headline: that, and why it can be."""
    sentences = []
    measured = bool(measured_of(groups))
    for group in groups:
        headline = group.results.get(group.headline)
        if headline is None or math.isnan(headline.p):
            continue
        others = {
            name: result.p
            for name, result in group.results.items()
            if name != group.headline
            and _comparable(name, group, standings[name], measured)
            and not math.isnan(result.p)
        }
        rejects = headline.p < ALPHA
        against = [name for name, p in others.items() if (p < ALPHA) != rejects]
        if not against:
            continue
        named = numbers.listed(in_sentence(cells.name_of_test(name)) for name in against)
        count = say.tests(len(against))
        who = numbers.lowered(group.noun) if group.role == "beneficiary" else say.EXPOSED_SHARES
        if rejects:
            verb = say.does_do(len(against))
            holds = say.holds_hold(len(against))
            sentences.append(say.headline_alone(who, count, holds, verb, named))
            continue
        verb = say.rejects_reject(len(against))
        holds = say.holds_hold(len(against))
        sentences.append(say.headline_not(who, count, holds, verb, named))
    return sentences


def _comparable(name: str, group: Group, standing: Standing, measured: bool) -> bool:
    """Whether a test's verdict on a group may be set beside the headline's: it holds its level there."""
    if name in group.rates:
        return group.rates[name].verdict == "holds"
    return name in HOLD if measured else standing.rank <= 1


def in_sentence(name: str) -> str:
    """A test's name inside a sentence; initials stay large."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]
