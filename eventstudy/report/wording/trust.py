"""Words of part 8: whether the tests can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eventstudy.report.wording import numbers

HEADS: Mapping[str, str] = {
    "test": "Test",
    "standing": "Standing",
    "reason": "Because it",
}
TOPIC = "Can the tests be trusted here"
NO_TEST = "There is no test to judge"
NO_GROUP = "No group has a test: no share was measured."
ALARMS_TIP = "of 100 ordinary dates of this group, on how many the test rejects at 5%, with the 95% interval"
GREY_ROWS = "Grey rows are shown and never quoted in a sentence."
NOT_COMPUTED = "not computed for this group"
NOT_MEASURED = "not measured"
ASSUMED_SUBTITLE = "False alarms: not measured on this panel. The standing follows from what each test assumes"
AND_ALSO = ", and "
HOLDS_WHERE = (
    "A test holds its level where the whole interval lies between 2.5 and 7.5, and is undecided where it "
    "crosses one of them."
)
SIMULATED = "simulated "
MAY_BE_QUOTED = "The headline test may be quoted; the tests that assume independent shares were not measured here"
EXPOSED_SHARES = "exposed shares"


def statistic_head(noun: str) -> str:
    return f"{noun}: statistic"


def alarms_head(noun: str) -> str:
    return f"{noun}: false alarms in 100"


def table_title(count: int, window: str) -> str:
    return f"{numbers.capitalised(numbers.number_word(count))} tests of {numbers.window(window)}"


def role_noun(role: str) -> str:
    return "Exposed" if role == "exposed" else "Beneficiaries"


def alarm_bounds(low: str, high: str) -> str:
    return f" ({low} to {high})"


def which_prices(simulated: bool) -> str:
    return "simulated prices of the embedded market" if simulated else "the same prices"


def measured_subtitle(what: str) -> str:
    return (
        f"False alarms: how many of 100 ordinary dates of the same shares, on {what}, the test rejects at 5%, with the "
        "95% interval. The standing follows from them"
    )


def role_shares(role: str) -> str:
    return "exposed shares" if role == "exposed" else "beneficiaries"


def dispersion(who: str, ratio: float) -> str:
    return f"standardised moves of the {who} vary {ratio:.1f} times as much as on ordinary days"


def permutation(said: Sequence[str], who: str, p: float) -> str:
    return f"the permutation of GRANK’s ranks gives {'them' if said else f'the {who}'} {numbers.p_equals(p)}"


def unmeasured(who: str, unmeasured: str) -> str:
    return (
        f"False alarms of the {who} are not measured ({unmeasured}): their standing follows from what "
        "each test assumes."
    )


def draws_of(dates: int, draws: str) -> str:
    return (
        f"{draws} ordinary dates"
        if dates == 1
        else f"{draws} draws of {numbers.counted(dates, 'ordinary date')}, their windows apart"
    )


def independent_ones(effective: str) -> str:
    return f", which count for {effective} independent ones"


def measured_on(who: str, what: str, counts: str) -> str:
    return f"The {who} are measured on {what}{counts}."


def headline_over_rejects(who: str) -> str:
    return f"Even the headline test over-rejects for the {who} here: its p is too small on ordinary dates already."


def these_shares(kind: str) -> str:
    return f"these {kind}shares"


def these_of_role(kind: str, role: str) -> str:
    return f"the {kind}{'exposed shares' if role == 'exposed' else 'beneficiaries'}"


def where(noun: str, of_whom: str) -> str:
    return f"on more than 7.5 in 100 ordinary {noun} of {of_whom}"


def raises(count: int) -> str:
    return "raises" if count == 1 else "raise"


def some_raise(count: int, total: str, verb: str, where: str) -> str:
    return f"{numbers.capitalised(numbers.number_word(count))} of {total} tests {verb} false alarms {where}"


def none_raises(total: str, where: str) -> str:
    return f"None of {total} tests is found to raise false alarms {where}"


def headline_on(said: str, told: str) -> str:
    return f"{said}; the headline test on {told}"


def over_finding(count: str, total: str, correlation: float) -> str:
    return (
        f"{count} of {total} tests would raise too many false alarms here, because the shares move together "
        f"({numbers.R_BAR} {numbers.coefficient(correlation)}); the headline test allows for it"
    )


def tests(count: int) -> str:
    return numbers.counted(count, "test")


def does_do(count: int) -> str:
    return "does" if count == 1 else "do"


def holds_hold(count: int) -> str:
    return "holds its" if count == 1 else "hold their"


def headline_alone(who: str, count: str, holds: str, verb: str, named: str) -> str:
    return (
        f"For the {who} the headline rejects and {count} that {holds} level {verb} not ({named}): "
        f"the tests weigh the shares differently, and the verdict is the headline’s."
    )


def rejects_reject(count: int) -> str:
    return "rejects" if count == 1 else "reject"


def headline_not(who: str, count: str, holds: str, verb: str, named: str) -> str:
    return (
        f"For the {who} {count} that {holds} level {verb} ({named}) and the headline does not: portfolio t "
        f"and placebo ask whether the day was unusual for the group, adjusted BMP whether the average member moved."
    )
