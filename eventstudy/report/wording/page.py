"""What the page says of its own: links and buttons, formulas, glossary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TABLE, FIGURE = "Table", "Figure"
"""What stands before their numbers."""


@dataclass(frozen=True)
class PageWords:
    """What the page says of its own: links, buttons, and what is read aloud. ``{}`` is filled in where it stands."""

    skip: str = "Skip to the findings"
    notice: str = "Notice"
    parts: str = "In this report"
    chapter_parts: str = "In this chapter"
    all_rows: str = "All rows"
    all_numbers: str = "All numbers of this figure"
    table: str = "Table"
    rose: str = "{} rose"
    up_of: str = "{} of {}"
    heat_note: str = (
        "Bold: told from noise before adjustment. *: stands after adjusting for all cells. Grey: not told from noise."
    )
    announcement: str = "Announcement"
    not_measured: str = "not measured"
    download: str = "CSV"
    download_label: str = "CSV of {}"
    group: str = "Group"
    lower: str = "{}, lower end"
    upper: str = "{}, upper end"
    filter: str = "Filter rows"
    filtered: str = "{} of {} rows"
    sorted_up: str = "Sorted by {}, ascending"
    sorted_down: str = "Sorted by {}, descending"
    sorted_not: str = "In the report’s own order"
    values: str = "Values of {}: step with the arrow keys"


PAGE = PageWords()
"""In English; a page in another language has its own."""

FORMULA_TEXTS: tuple[tuple[str, str, str], ...] = (
    (
        "Abnormal return",
        "What a share earned beyond what was to be expected of its own history with the market. α and β come from the "
        "estimation window, which ends before the event window begins.",
        "ar",
    ),
    (
        "Cumulated over a window",
        "Abnormal returns added up. The standard error holds the uncertainty of the fitted coefficients too, over the "
        "whole window of L sessions at once; x is the window’s sum of regressors, X those of the estimation window.",
        "car",
    ),
    (
        "Mean of a group",
        "Equal weights. SCAR sets each share’s move against its own usual size.",
        "caar",
    ),
    (
        "Headline test from six shares on one date",
        "Adjusted BMP (Kolari and Pynnönen 2010). The shares move together on ordinary days, by a mean correlation r̄ "
        "of their residuals; the last factor takes that into account.",
        "adjusted_bmp",
    ),
    (
        "Headline test below six shares",
        "Portfolio t: the group’s own mean residual ē on the days of the estimation window is the yardstick, so "
        "whatever its members share on ordinary days is in it. d: degrees of freedom of the model; k: the bracket in "
        "Var(CAR), as a mean over the shares.",
        "portfolio",
    ),
    (
        "Headline test from six dates",
        "Wild cluster bootstrap: the dates are clusters, and their signs and sizes are drawn anew many times as if "
        "there were no effect.",
        "",
    ),
    (
        "Ordinary days",
        "The same group, the same portfolio t, on B dates that are clear of every event. No law of distribution is "
        "assumed.",
        "placebo",
    ),
    (
        "Adjusted p",
        "Holm’s: the smallest of m p is multiplied by m, the next by m − 1, and so on, never falling.",
        "holm",
    ),
)
"""Term, what it means, and the name of its formula, in the order in which numbers are made."""

SPOKEN: Mapping[str, str] = {
    "ar": "AR of share i on day tau is its return less alpha less beta times the market’s return",
    "car": "CAR is the sum of AR over the window; its variance is s squared times L plus x X-prime-X inverse x",
    "caar": "CAAR is the mean of CAR over the N shares of a group; SCAR is CAR over its standard deviation",
    "adjusted_bmp": (
        "adjusted BMP t is mean SCAR over its standard error, times the root of one minus r-bar over one plus N minus "
        "one times r-bar"
    ),
    "portfolio": "portfolio t is CAAR over the root of k times the variance of the group’s mean residual",
    "placebo": (
        "placebo p is one plus the number of ordinary days as far from zero, over one plus the number of ordinary days"
    ),
    "holm": "Holm’s adjusted p of the k-th smallest of m is the largest of m minus j plus one times p j, j up to k",
}
"""Formulas as they are read aloud, by name."""

GLOSSARY: tuple[tuple[str, str], ...] = (
    (
        "Abnormal return (AR)",
        "A share’s return less the return that was to be expected of it, given the market’s that day.",
    ),
    (
        "Adjusted p (adj. p)",
        "The p after allowing for how many groups and windows were looked at. Below 0.05 it is clear.",
    ),
    ("Announcement, event day", "The event day is the first session in which a market could trade on the news. Day 0."),
    (
        "Beneficiaries",
        "Shares that were expected, before any price was looked at, to gain: miners elsewhere, recyclers.",
    ),
    ("CAAR", "The mean of a group’s abnormal returns, cumulated over a window, in per cent."),
    ("Clear", "Told from noise even after allowing for all the tests that were made."),
    ("Controls", "Shares that the news should not touch. Where they move, something else happened that day."),
    (
        "Daily limit",
        "Tokyo, Seoul, Shanghai and Shenzhen stop a price after a set move. What came later shows on later days.",
    ),
    ("Exposed", "Shares of the target’s own markets, of companies that need the materials."),
    (
        "Holding its level",
        "A test that promises five false alarms in a hundred, and raises no more on shares like these.",
    ),
    ("Interval", "In 95 of 100 such studies it holds the true mean. One that holds zero says: not told from noise."),
    ("MDE", "The smallest true effect that this study would find four times in five. Smaller ones mostly go unseen."),
    ("Not told from noise", "The move is of a size that chance alone often makes. That is not proof of no effect."),
    ("Ordinary days", "Days without any event of the catalogue, on which the same group is measured for comparison."),
    ("p", "How often chance alone makes a move this far from zero: at 0.05 one time in twenty."),
    ("Placebo p", "The p counted on ordinary days, without any formula."),
    ("r̄", "How much a group’s shares move together on ordinary days: 0 not at all, 1 in step."),
    ("Suggestive", "Told from noise taken alone, but not after allowing for all the tests."),
    (
        "Unusual, uneven",
        "Few ordinary days moved the group as far, yet a few shares carry it: the average share is in doubt.",
    ),
    ("Window [−1,+1]", "Sessions counted from the event day: from the one before to the one after."),
)
"""Words and what they mean to somebody who has read no other report."""
