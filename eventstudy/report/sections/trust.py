"""Part 8: which p may be quoted."""

from __future__ import annotations

import math
from dataclasses import dataclass

from eventstudy.report import numbers
from eventstudy.report.chapter import Chapter
from eventstudy.report.evidence import number, text
from eventstudy.report.model import (
    Cell,
    Column,
    Empty,
    MissingCell,
    NumberCell,
    Row,
    RowGroup,
    Section,
    Table,
    TextCell,
)
from eventstudy.report.sections import _cells as cells

TOPIC = "Can the tests be trusted here"

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
    "calendar_time_t": "wants many sessions, and weighs sessions, not shares",
}
CORRELATED = 0.02
ALPHA = 0.05


@dataclass(frozen=True)
class _Result:
    """One test of one group."""

    statistic: float
    p: float
    reason: str


@dataclass(frozen=True)
class _Group:
    """A group whose tests are laid side by side."""

    role: str
    noun: str
    headline: str
    correlation: float
    n: int
    reading: str
    results: dict[str, _Result]


def build(chapter: Chapter) -> Section:
    """Table 5: every test of the exposed and of the beneficiaries, the headline first."""
    number_, anchor = chapter.part(8), chapter.anchored("trust")
    groups = [group for group in (_group(chapter, role) for role in ("exposed", "beneficiary")) if group is not None]
    if not groups:
        return Section(
            number_,
            TOPIC,
            "There is no test to judge",
            anchor,
            blocks=(Empty("No group has a test: no share was measured."),),
        )
    standings = {name: _standing(name, groups) for group in groups for name in group.results}
    names = sorted(standings, key=lambda name: (standings[name][0], _place(name)))
    rows = [_row(name, standings[name], groups) for name in names]
    columns = [Column("test", "Test")]
    for group in groups:
        columns += [
            Column(f"{group.role}_statistic", f"{group.noun}: statistic", "number", phone=False),
            Column(f"{group.role}_p", f"{group.noun}: p", "p"),
        ]
    columns += [Column("standing", "Standing", grow=1.0), Column("reason", "Because it", phone=False, grow=2.0)]
    window = numbers.window(chapter.window)
    table = Table(
        id=chapter.anchored("table-5"),
        label=chapter.label("Table", 5),
        title=f"{numbers.capitalised(numbers.number_word(len(rows)))} tests of {window}",
        subtitle="False alarms: not measured on this panel. The standing follows from what each test assumes",
        columns=tuple(columns),
        groups=(RowGroup(tuple(rows)),),
        note=(
            cells.joined(["Grey rows are shown and never quoted in a sentence.", *_disagreements(groups, standings)]),
        ),
        sortable=False,
    )
    return Section(number_, TOPIC, _finding(groups, standings), anchor, blocks=(table,))


def _group(chapter: Chapter, role: str) -> _Group | None:
    measure = chapter.measure(role)
    if measure is None or not measure.measured:
        return None
    results: dict[str, _Result] = {}
    for row in chapter.evidence.tests(chapter.scope, role, chapter.window):
        results[text(row[0])] = _Result(number(row[1]), number(row[2]), text(row[3]))
    if not results:
        return None
    noun = "Exposed" if role == "exposed" else "Beneficiaries"
    return _Group(role, noun, measure.test, measure.correlation, measure.n, measure.reading, results)


def _place(name: str) -> int:
    order = list(cells.TEST_NAMES)
    return order.index(name) if name in order else len(order)


def _standing(name: str, groups: list[_Group]) -> tuple[int, str, str]:
    """Rank, standing and reason of a test over the groups at hand."""
    headlines = [group for group in groups if group.headline == name]
    together = any(group.n > 1 and group.correlation > CORRELATED for group in groups)
    if name == BOOTSTRAP[0]:
        return (0, "Headline", BOOTSTRAP[1]) if headlines else (3, "Not applicable", "needs six separate dates")
    if headlines:
        who = "" if len(headlines) == len(groups) else f", {headlines[0].noun.lower()}"
        return 0, f"Headline{who}", HOLD.get(name, "is fixed before any result is seen")
    if name in HOLD:
        return 1, "Holds its level", HOLD[name]
    if name in INDEPENDENT:
        if together:
            return 2, "Over-rejects", "takes shares that move together for independent ones"
        return 2, "Not measured here", "takes the shares for independent"
    return 3, "Not measured here", CONDITIONAL.get(name, "has no known false-alarm rate on such a panel")


def _row(name: str, standing: tuple[int, str, str], groups: list[_Group]) -> Row:
    rank, word, reason = standing
    line: list[Cell] = [TextCell(cells.name_of_test(name))]
    for group in groups:
        result = group.results.get(name)
        if result is None or math.isnan(result.statistic):
            why = result.reason if result is not None and result.reason else "not computed for this group"
            line.append(MissingCell(why))
        else:
            line.append(NumberCell(numbers.coefficient(result.statistic), result.statistic))
        line.append(cells.p_cell(math.nan if result is None else result.p, "not computed for this group"))
    line += [TextCell(word), TextCell(reason)]
    return Row(tuple(line), muted=rank >= 2)


def _finding(groups: list[_Group], standings: dict[str, tuple[int, str, str]]) -> str:
    over = sum(1 for _, word, _ in standings.values() if word == "Over-rejects")
    total = numbers.number_word(len(standings))
    if not over:
        return "The headline test may be quoted; the tests that assume independent shares were not measured here"
    largest = max(groups, key=lambda group: group.correlation if not math.isnan(group.correlation) else -1.0)
    count = numbers.capitalised(numbers.number_word(over))
    return (
        f"{count} of {total} tests would raise false alarms here, because the shares move together "
        f"({numbers.R_BAR} {numbers.coefficient(largest.correlation)}); the headline test allows for it"
    )


def _disagreements(groups: list[_Group], standings: dict[str, tuple[int, str, str]]) -> list[str]:
    """Where tests that hold their level disagree with the headline: that, and why it can be."""
    sentences = []
    for group in groups:
        headline = group.results.get(group.headline)
        if headline is None or math.isnan(headline.p):
            continue
        others = {
            name: result.p
            for name, result in group.results.items()
            if name != group.headline and standings[name][0] <= 1 and not math.isnan(result.p)
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


def in_sentence(name: str) -> str:
    """A test's name inside a sentence; initials stay large."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]
