"""Numbers as they print: REPORT.md, section 4."""

from __future__ import annotations

import math
from datetime import date

import pytest

from eventstudy.report.wording import numbers

NAN = math.nan


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.002, "+0.2"), (-0.012, "−1.2"), (0.0, "0.0"), (-0.0, "0.0"), (0.00049, "0.0"), (-0.00049, "0.0"),
        (0.0006, "+0.1"), (1.2346, "+123.5"), (NAN, "–"), (None, "–"), (math.inf, "+∞"), (-math.inf, "−∞"),
    ],
)  # fmt: skip
def test_percent_is_signed_with_one_decimal_and_zero_has_no_sign(value, text):
    assert numbers.percent(value) == text


def test_percent_uses_the_minus_sign_and_not_a_hyphen():
    assert numbers.percent(-0.05) == "\u22125.0"
    assert "-" not in numbers.interval(-0.05, -0.01) + numbers.coefficient(-0.5) + numbers.window("[-2,-1]")


def test_raw_returns_can_have_two_decimals():
    assert numbers.percent(0.19529, 2) == "+19.53"


@pytest.mark.parametrize(("value", "text"), [(0.019, "1.9"), (-0.019, "1.9"), (0.0001, "0.0"), (NAN, "–")])
def test_sizes_carry_no_sign(value, text):
    assert numbers.size(value) == text


def test_intervals_are_words():
    assert numbers.interval(-0.012, 0.016) == "−1.2 to +1.6"
    assert numbers.interval(0.0, 0.016) == "0.0 to +1.6"
    assert numbers.interval(NAN, 0.016) == "–"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "< 0.001"), (0.00099, "< 0.001"), (0.001, "0.001"), (0.0594, "0.059"), (0.0994, "0.099"),
        (0.09951, "0.10"), (0.10, "0.10"), (0.425, "0.42"), (0.999, "1.00"), (1.0, "1.00"), (1.0000001, "1.00"),
        (NAN, "–"), (None, "–"),
    ],
)  # fmt: skip
def test_pvalues(p, text):
    assert numbers.pvalue(p) == text


def test_pvalues_in_sentences():
    assert numbers.p_equals(0.0163) == "p = 0.016"
    assert numbers.p_equals(0.00001) == "p < 0.001"


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.048, "5 in 100"), (0.0099, "fewer than 1 in 100"), (0.01, "1 in 100"), (0.125, "13 in 100"),
     (0.31, "31 in 100"), (1.0, "100 in 100"), (NAN, "–")],
)  # fmt: skip
def test_placebo_counts_ordinary_days(p, text):
    assert numbers.in_a_hundred(p) == text


def test_counts():
    assert [numbers.number_word(count) for count in (0, 1, 9, 10, 11, 1300)] == [
        "no", "one", "nine", "ten", "11", "1\u202f300",
    ]  # fmt: skip
    assert numbers.counted(1, "share") == "one share"
    assert [numbers.ordinal_word(count) for count in (1, 10, 11, 21, 22, 112)] == [
        "first", "tenth", "11th", "21st", "22nd", "112th",
    ]  # fmt: skip


def test_lists_end_with_and():
    assert numbers.listed([]) == ""
    assert numbers.listed(["a", "b"]) == "a and b"
    assert numbers.listed(["a", "b", "c", "d"], most=3) == "a, b, c and d"
    assert numbers.listed(["a", "b", "c", "d", "e"], most=3) == "a, b, c and two others"


@pytest.mark.parametrize("bounds", [(0, 0), (-1, 1), (0, 5), (-2, -1), (-10, 10)])
def test_window_labels_go_there_and_back(bounds):
    label = numbers.window_label(bounds)
    assert numbers.window_bounds(label) == bounds
    assert numbers.window_bounds(numbers.window(label)) == bounds


def test_dates():
    day = date(2026, 1, 6)
    assert numbers.day_month(day) == "6 January"
    assert numbers.day_short(day) == "6 Jan"
    assert numbers.weekday_date(day) == "Tuesday 6 January 2026"
    assert numbers.month_year(day) == "January 2026"
    assert numbers.days_listed([day, date(2026, 1, 7)]) == "6 and 7 January"


def test_hashes_show_their_ends():
    assert numbers.hash_short("5c1e" + "0" * 56 + "9a07") == "5c1e…9a07"
    assert numbers.hash_short("") == ""
