"""Part 8: which p may be quoted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy._arrays import BoolArray
from eventstudy.catalogue.events import Event
from eventstudy.errors import UsageError
from eventstudy.report import numbers
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
from eventstudy.study.provenance import abnormal_returns_origin

if TYPE_CHECKING:
    from eventstudy.laboratory import SizeResult

TOPIC = "Can the tests be trusted here"

# statistics that count shares or add ranks
COUNTS = ("sign", "wilcoxon")

# Tests that hold their level where shares of one date move together, with the reason.
HOLD = {
    "adjusted_bmp_t": "corrects for correlation and for a changed variance",
    "portfolio_t": "takes the group’s own variance, so correlation is in it",
    "adjusted_patell_z": "corrects for correlation, not for a day of raised variance",
    "grank_t": "ranks the day among ordinary ones, correlation in it",
    "grank_permutation": "takes the day’s place among ordinary ones, whatever their law",
    "placebo": "sets the day among ordinary days of the same group",
}
BOOTSTRAP = ("wild_bootstrap_t", "draws whole dates, so correlation within one is kept")
# Tests that take the shares for independent.
INDEPENDENT = {
    "cross_sectional_t", "patell_z", "bmp_t", "sign", "generalized_sign_z", "wilcoxon", "skewness_adjusted_t",
    "grank_z",
}  # fmt: skip
# Tests that allow for shares that move together and ask for something else instead.
CONDITIONAL = {
    "mvrm_f": "takes returns for normal, and asks of every share, not of their mean",
}
# Tests that reject too often whatever the shares do: 7-12% at 5% on up to 120 sessions.
OVER = {"calendar_time_t": "errs too little until sessions are many, and weighs sessions, not shares"}
# GRANK-Z divides by the spread of the shares: independent ones reject 11% at four, 7% at ten, 5.5% at 34.
ENOUGH_FOR_GRANK_Z = 30
# Tests of which only a measurement tells whether they hold their level.
MEASURED = {
    "time_series_t": "takes the variance of the group’s own days, so correlation is in it",
    "rank_z": "ranks the day among ordinary ones, correlation in it",
}
DISTRUSTED = "Not to be trusted"
CORRELATED = 0.02
ALPHA = 0.05
ROLES = ("exposed", "beneficiary")
SPEAKER = "headline"  # the laboratory's name for whichever test speaks
LABELS = ("episode", "event_id", "direction", "role")
BY_RANK = "is a place among ordinary days, so it holds its level by construction"
BY_CONSTRUCTION = "a place among these very dates holds its level by construction"
WORDS = {
    "holds": "Holds its level",
    "over-rejects": "Over-rejects",
    "under-rejects": "Under-rejects",
    "undecided": "Undecided",
}


@dataclass(frozen=True)
class _Result:
    """One test of one group."""

    statistic: float
    p: float
    reason: str


@dataclass(frozen=True)
class _Rate:
    """How often one test rejected on ordinary dates of one group: shares, and the verdict on them."""

    rate: float
    low: float
    high: float
    verdict: str
    draws: int
    effective: float


@dataclass(frozen=True)
class _Group:
    """A group whose tests are laid side by side; ``unmeasured`` says why it has no rates, "" where none were asked."""

    role: str
    noun: str
    headline: str
    correlation: float
    n: int
    reading: str
    results: Mapping[str, _Result]
    rates: Mapping[str, _Rate]
    dates: int
    unmeasured: str


@dataclass(frozen=True)
class _Standing:
    """What is said of one test: its place in the table, in words, why, whether in grey, and of which group alone."""

    rank: int
    word: str
    reason: str
    muted: bool
    only: str = ""


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
            TOPIC,
            "There is no test to judge",
            anchor,
            blocks=(Empty("No group has a test: no share was measured."),),
        )
    standings = {name: _standing(name, groups) for group in groups for name in group.results}
    names = sorted(standings, key=lambda name: (standings[name].rank, _place(name)))
    rows = [_row(name, standings[name], groups) for name in names]
    columns = [Column("test", "Test")]
    for group in groups:
        columns += [
            Column(f"{group.role}_statistic", f"{group.noun}: statistic", "number", phone=False),
            Column(f"{group.role}_p", f"{group.noun}: p", "p"),
        ]
        if group.rates:
            columns.append(
                Column(
                    f"{group.role}_alarms",
                    f"{group.noun}: false alarms in 100",
                    "interval",
                    explanation="of 100 ordinary dates of this group, on how many the test rejects at 5%, with the 95% "
                    "interval",
                )
            )
    # what was measured needs no reason on paper, where width is scarce
    columns += [
        Column("standing", "Standing", grow=1.0),
        Column("reason", "Because it", phone=False, paper=not _measured(groups), grow=2.0),
    ]
    table = Table(
        id=chapter.anchored("table-5"),
        label=chapter.label("Table", 5),
        title=f"{numbers.capitalised(numbers.number_word(len(rows)))} tests of {numbers.window(chapter.window)}",
        subtitle=_subtitle(chapter, groups),
        columns=tuple(columns),
        groups=(RowGroup(tuple(rows)),),
        note=(
            cells.joined(
                [
                    "Grey rows are shown and never quoted in a sentence.",
                    *_dispersions(chapter, groups),
                    *_measurements(groups),
                    *_disagreements(groups, standings),
                ]
            ),
        ),
        sortable=False,
    )
    finding = _measured_finding(chapter, groups, standings) if _measured(groups) else _finding(groups, standings)
    return Section(number_, TOPIC, finding, anchor, blocks=(table,))


def _measured(groups: list[_Group]) -> list[_Group]:
    return [group for group in groups if group.rates]


def _group(chapter: Chapter, role: str, size: SizeResult | None) -> _Group | None:
    measure = chapter.measure(role)
    if measure is None or not measure.measured:
        return None
    results: dict[str, _Result] = {}
    for row in chapter.evidence.tests(chapter.scope, role, chapter.window):
        results[text(row[0])] = _Result(number(row[1]), number(row[2]), text(row[3]))
    if not results:
        return None
    rates: dict[str, _Rate] = {}
    dates, unmeasured = 0, ""
    if size is not None:
        label = (*chapter.scope, role)
        unmeasured = size.unmeasured.get(label, "")
        dates = next((cell.dates for cell in size.cells if cell.label == label), 0)
        columns = (*LABELS, "test", "rate", "low", "high", "verdict", "n_draws", "effective")
        for *key, test, rate, low, high, verdict, draws, effective in records(size.table((ALPHA,)), columns):
            if tuple(key) == label and draws and test != SPEAKER:
                rates[test] = _Rate(rate, low, high, verdict, draws, effective)
    noun = "Exposed" if role == "exposed" else "Beneficiaries"
    return _Group(
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


def _place(name: str) -> int:
    order = list(cells.TEST_NAMES)
    return order.index(name) if name in order else len(order)


def _standing(name: str, groups: list[_Group]) -> _Standing:
    """What is said of a test over the groups at hand: measured where it was, else assumed."""
    measured = [group for group in groups if name in group.rates]
    return _measured_standing(name, groups, measured) if measured else _assumed_standing(name, groups)


def _assumed_standing(name: str, groups: list[_Group]) -> _Standing:
    """Standing by what a test assumes."""
    headlines = [group for group in groups if group.headline == name]
    together = any(group.n > 1 and group.correlation > CORRELATED for group in groups)
    if name == BOOTSTRAP[0]:
        if headlines:
            return _Standing(0, "Headline", BOOTSTRAP[1], False)
        return _Standing(3, "Not applicable", "needs six separate dates", True)
    if headlines:
        who = "" if len(headlines) == len(groups) else f", {headlines[0].noun.lower()}"
        return _Standing(0, f"Headline{who}", HOLD.get(name, "is fixed before any result is seen"), False)
    if name in HOLD:
        by_rank = name == "placebo" and _measured(groups)
        return _Standing(1, "Holds its level", BY_RANK if by_rank else HOLD[name], False)
    if name in INDEPENDENT:
        if together:
            return _Standing(2, "Over-rejects", "takes shares that move together for independent", True)
        if name == "grank_z" and any(group.n < ENOUGH_FOR_GRANK_Z for group in groups):
            return _Standing(2, DISTRUSTED, "divides by the spread of few shares", True)
        return _Standing(2, "Not measured here", "takes the shares for independent", True)
    if name in OVER:
        return _Standing(2, DISTRUSTED, OVER[name], True)
    reason = CONDITIONAL.get(name, "has no known false-alarm rate on such a panel")
    return _Standing(3, "Not measured here", reason, True)


def _measured_standing(name: str, groups: list[_Group], measured: list[_Group]) -> _Standing:
    """Standing by false alarms: the worst verdict decides the place, every verdict is told."""
    verdicts = {group.noun.lower(): group.rates[name].verdict for group in measured}
    told: dict[str, list[str]] = {}
    for who, found in verdicts.items():
        told.setdefault(WORDS[found], []).append(who)
    parts = [word if len(told) == 1 else f"{word}, {numbers.listed(who)}" for word, who in told.items()]
    word = "; ".join([parts[0], *(part[:1].lower() + part[1:] for part in parts[1:])])
    alone = any(_has(group, name) for group in groups if group not in measured)
    second = f"for the {numbers.listed(verdicts)}" if alone else ""
    over = "over-rejects" in verdicts.values()
    reason = _reason(name, over)
    headlines = [group for group in groups if group.headline == name]
    if headlines:
        who = "" if len(headlines) == len(groups) else f", {headlines[0].noun.lower()}"
        return _Standing(0, f"Headline{who}: {word[:1].lower()}{word[1:]}", reason, False, second)
    if set(verdicts.values()) == {"holds"}:
        return _Standing(1, word, reason, False, second)
    if over or "under-rejects" in verdicts.values():
        return _Standing(3, word, reason, True, second)
    return _Standing(2, word, reason, name not in HOLD and "holds" not in verdicts.values(), second)


def _has(group: _Group, name: str) -> bool:
    """Whether a group has a value of a test."""
    return name in group.results and not math.isnan(group.results[name].p)


def _reason(name: str, over: bool) -> str:
    """What a measured test does, in the words of its row."""
    if name == BOOTSTRAP[0]:
        return BOOTSTRAP[1]
    if name in INDEPENDENT:
        return "takes shares that move together for independent" if over else "takes the shares for independent"
    return (HOLD | MEASURED | CONDITIONAL | OVER).get(name, "is not corrected for shares that move together")


def _row(name: str, standing: _Standing, groups: list[_Group]) -> Row:
    line: list[Cell] = [TextCell(cells.name_of_test(name))]
    for group in groups:
        result = group.results.get(name)
        if result is None or math.isnan(result.statistic):
            why = result.reason if result is not None and result.reason else "not computed for this group"
            line.append(MissingCell(why))
        else:
            line.append(NumberCell(_statistic(name, result.statistic), result.statistic))
        line.append(cells.p_cell(math.nan if result is None else result.p, "not computed for this group"))
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


def _alarms(name: str, group: _Group) -> Cell:
    """False alarms in 100 dates, with their interval in grey."""
    found = group.rates.get(name)
    if found is None:
        return MissingCell(BY_CONSTRUCTION if name == "placebo" else "not measured")
    return RichCell((hundredths(found.rate), Muted(f" ({hundredths(found.low)} to {hundredths(found.high)})")))


def hundredths(share: float) -> str:
    """A share in a column of hundredths: without decimals; above zero and below one half it says so.

    Examples
    --------
    >>> hundredths(0.412), hundredths(0.004), hundredths(1e-18)
    ('41', '< 1', '0')
    """
    return "< 1" if 1e-9 < share < 0.005 else f"{100 * share:.0f}"


def _subtitle(chapter: Chapter, groups: list[_Group]) -> str:
    if not _measured(groups):
        return "False alarms: not measured on this panel. The standing follows from what each test assumes"
    what = "simulated prices of the embedded market" if chapter.evidence.results.simulated else "the same prices"
    return (
        f"False alarms: how many of 100 ordinary dates of the same shares, on {what}, the test rejects at 5%, with the "
        "95% interval. The standing follows from them"
    )


def _dispersions(chapter: Chapter, groups: list[_Group]) -> list[str]:
    """How far apart each group's moves lie, and what ranks alone say, beside the headline test that corrects for it."""
    sentences = []
    for group in groups:
        ratio, p = chapter.evidence.dispersion(chapter.scope, group.role, chapter.window)
        who = "exposed shares" if group.role == "exposed" else "beneficiaries"
        said = []
        if math.isfinite(ratio):
            said.append(f"standardised moves of the {who} vary {ratio:.1f} times as much as on ordinary days")
        if math.isfinite(p):
            said.append(
                f"the permutation of GRANK’s ranks gives {'them' if said else f'the {who}'} {numbers.p_equals(p)}"
            )
        if said:
            sentences.append(numbers.capitalised(", and ".join(said)) + ".")
    return sentences


def _measurements(groups: list[_Group]) -> list[str]:
    """How many dates were measured, and which group could not be."""
    sentences = []
    for group in groups:
        who = "exposed shares" if group.role == "exposed" else "beneficiaries"
        if group.unmeasured:
            sentences.append(
                f"False alarms of the {who} are not measured ({group.unmeasured}): their standing follows from what "
                "each test assumes."
            )
        if not group.rates:
            continue
        most = max(group.rates.values(), key=lambda rate: rate.draws)
        draws, effective = numbers.integer(most.draws), numbers.integer(round(most.effective))
        what = (
            f"{draws} ordinary dates"
            if group.dates == 1
            else f"{draws} draws of {numbers.counted(group.dates, 'ordinary date')}, their windows apart"
        )
        counts = "" if draws == effective else f", which count for {effective} independent ones"
        sentences.append(f"The {who} are measured on {what}{counts}.")
        headline = group.rates.get(group.headline)
        if headline is not None and headline.verdict == "over-rejects":
            sentences.append(
                f"Even the headline test over-rejects for the {who} here: its p is too small on ordinary dates already."
            )
    if _measured(groups):
        sentences.append(
            "A test holds its level where the whole interval lies between 2.5 and 7.5, and is undecided where it "
            "crosses one of them."
        )
    return sentences


def _measured_finding(chapter: Chapter, groups: list[_Group], standings: dict[str, _Standing]) -> str:
    """How many tests raise too many false alarms here, and on how many dates the headline does."""
    measured = _measured(groups)
    tests = [name for name in standings if any(name in group.rates for group in measured)]
    over = [
        name
        for name in tests
        if any(group.rates[name].verdict == "over-rejects" for group in measured if name in group.rates)
    ]
    kind = "simulated " if chapter.evidence.results.simulated else ""
    of_whom = f"these {kind}shares"
    if len(measured) < len(groups):
        of_whom = f"the {kind}{'exposed shares' if measured[0].role == 'exposed' else 'beneficiaries'}"
    where = f"on more than 7.5 in 100 ordinary {chapter.period().noun} of {of_whom}"
    total = numbers.number_word(len(tests))
    if over:
        verb = "raises" if len(over) == 1 else "raise"
        said = f"{numbers.capitalised(numbers.number_word(len(over)))} of {total} tests {verb} false alarms {where}"
    else:
        said = f"None of {total} tests is found to raise false alarms {where}"
    rates = [
        (group, hundredths(group.rates[group.headline].rate)) for group in measured if group.headline in group.rates
    ]
    if not rates:
        return said
    told = rates[0][1]
    if len(rates) > 1:
        told = numbers.listed(f"{rate} ({group.noun.lower()})" for group, rate in rates)
    return f"{said}; the headline test on {told}"


def _finding(groups: list[_Group], standings: dict[str, _Standing]) -> str:
    over = sum(1 for standing in standings.values() if standing.word == "Over-rejects")
    total = numbers.number_word(len(standings))
    if not over:
        return "The headline test may be quoted; the tests that assume independent shares were not measured here"
    largest = max(groups, key=lambda group: group.correlation if not math.isnan(group.correlation) else -1.0)
    count = numbers.capitalised(numbers.number_word(over))
    return (
        f"{count} of {total} tests would raise false alarms here, because the shares move together "
        f"({numbers.R_BAR} {numbers.coefficient(largest.correlation)}); the headline test allows for it"
    )


def _disagreements(groups: list[_Group], standings: dict[str, _Standing]) -> list[str]:
    """Where tests that hold their level disagree with the headline: that, and why it can be."""
    sentences = []
    measured = bool(_measured(groups))
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
        count = numbers.counted(len(against), "test")
        who = group.noun.lower() if group.role == "beneficiary" else "exposed shares"
        if rejects:
            verb = "does" if len(against) == 1 else "do"
            holds = "holds its" if len(against) == 1 else "hold their"
            sentences.append(
                f"For the {who} the headline rejects and {count} that {holds} level {verb} not ({named}): "
                f"the tests weigh the shares differently, and the verdict is the headline’s."
            )
            continue
        verb = "rejects" if len(against) == 1 else "reject"
        holds = "holds its" if len(against) == 1 else "hold their"
        sentences.append(
            f"For the {who} {count} that {holds} level {verb} ({named}) and the headline does not: portfolio t "
            f"and placebo ask whether the day was unusual for the group, adjusted BMP whether the average member moved."
        )
    return sentences


def _comparable(name: str, group: _Group, standing: _Standing, measured: bool) -> bool:
    """Whether a test's verdict on a group may be set beside the headline's: it holds its level there."""
    if name in group.rates:
        return group.rates[name].verdict == "holds"
    return name in HOLD if measured else standing.rank <= 1


def in_sentence(name: str) -> str:
    """A test's name inside a sentence; initials stay large."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]
