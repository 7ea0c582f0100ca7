"""The five readings: section 3 of the report's design, edge by edge."""

from __future__ import annotations

import itertools
import math

import pytest

from eventstudy.inference.reading import READINGS, reading

NAN = math.nan


@pytest.mark.parametrize(
    ("pvalue", "holm", "placebo", "n", "expected"),
    [
        (0.001, 0.049, 0.9, 2, "clear"),
        (0.001, 0.05, 0.9, 2, "suggestive"),
        (0.049, 1.0, 0.001, 20, "suggestive"),
        (0.05, 1.0, 0.049, 20, "uneven"),
        (0.05, 1.0, 0.05, 20, "noise"),
        (0.9, 1.0, NAN, 20, "noise"),
        (0.9, 1.0, 0.001, 1, "not_testable"),
        (0.001, 0.001, 0.001, 1, "not_testable"),
        (NAN, NAN, 0.001, 20, "not_testable"),
        (NAN, NAN, NAN, 0, "not_testable"),
        (0.04, NAN, NAN, 5, "suggestive"),
    ],
)
def test_rules(pvalue: float, holm: float, placebo: float, n: int, expected: str) -> None:
    assert reading(pvalue, holm, placebo, n) == expected


def test_every_input_has_one_of_five_answers() -> None:
    values = (0.0, 0.001, 0.0499, 0.05, 0.5, 1.0, NAN)
    found = {reading(p, q, r, n) for p, q, r, n in itertools.product(values, values, values, (0, 1, 2, 50))}
    assert found == set(READINGS)
