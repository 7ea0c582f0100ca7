"""What windows are called and hold, and a sentence for every reason."""

from __future__ import annotations

import ast
import re

import pytest

from eventstudy.panel.attrition import REASONS, describe
from eventstudy.panel.windows import check_window, event_range, window_label, window_length


@pytest.mark.parametrize(
    ("window", "label", "length"),
    [
        ((0, 0), "[0,0]", 1),
        ((-1, 1), "[-1,+1]", 3),
        ((0, 5), "[0,+5]", 6),
        ((-2, -1), "[-2,-1]", 2),
        ((-10, 0), "[-10,0]", 11),
        ((3, 3), "[+3,+3]", 1),
        ((-1, 5), "[-1,+5]", 7),
    ],
)
def test_labels_and_lengths(window, label, length):
    assert window_label(window) == label
    assert window_length(window) == length
    assert check_window(list(window), "windows") == window


@pytest.mark.parametrize("wrong", [5, (0,), (0, 1, 2), (0.0, 1), ("0", "1"), None, "0,1", {0, 1}])
def test_what_is_no_window_is_named(wrong):
    with pytest.raises(ValueError, match=r"^windows: .* is no window; write two whole event days such as \(-1, 1\)$"):
        check_window(wrong, "windows")


def test_a_window_ends_where_it_begins_or_later():
    with pytest.raises(ValueError, match=r"^estimation: \(5, -1\) ends before it begins; write \(-1, 5\)$"):
        check_window((5, -1), "estimation")


@pytest.mark.parametrize(
    ("windows", "estimation", "expected"),
    [
        (((0, 0),), (-260, -11), (-10, 10)),
        (((-2, -1), (0, 5)), (-130, -11), (-10, 10)),
        (((0, 25),), (-130, -11), (-10, 25)),
        (((-20, 0),), (-260, -21), (-20, 10)),
        # never into the estimation window
        (((0, 0),), (-130, -3), (-2, 10)),
        (((-15, 40),), (-260, -16), (-15, 40)),
    ],
)
def test_event_range_is_ten_days_each_side_and_stops_at_the_estimation_window(windows, estimation, expected):
    assert event_range(windows, estimation) == expected


STEPS = {"event_time", "listing", "prices", "returns", "estimation", "model", "window"}


def test_every_reason_has_a_step_and_a_sentence():
    for code, (step, sentence) in REASONS.items():
        assert re.fullmatch(r"[a-z_]+", code)
        assert step in STEPS, code
        assert len(sentence) > 20, code
        assert describe(code) == sentence
        assert not sentence.endswith("."), code
    assert len({sentence for _, sentence in REASONS.values()}) == len(REASONS)
    assert describe("sunspots") == "sunspots"


def test_every_reason_that_the_study_writes_is_known(repository):
    """Codes are words of the program: each one that stands in a place of reasons must be in the table."""
    written = set()
    for path in sorted((repository / "eventstudy").rglob("*.py")):
        if path.name == "attrition.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                written.add(node.value)
    # every code of the table is used somewhere, so none is a sentence for nothing
    assert sorted(set(REASONS) - written) == []
    looks_like_one = re.compile(
        r"(no|short|zero|singular|before|after|beyond|future|integrated)_(prices|benchmark|sector_benchmark|factors"
        r"|estimation|regressors|variance|event_return|event|calendar|convergence)"
    )
    assert sorted(code for code in written if looks_like_one.fullmatch(code) and code not in REASONS) == []
