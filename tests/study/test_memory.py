"""A study that nobody holds is gone at once: of a million observations it is a quarter of a gigabyte."""

from __future__ import annotations

import gc
import weakref

import pytest

import eventstudy as es
from eventstudy.study import one_calendar


@pytest.mark.parametrize("fewest", [pytest.param(0, id="compiled"), pytest.param(10**9, id="plain")])
def test_nothing_keeps_the_arrays_of_results_that_were_let_go(monkeypatch, fewest):
    if not fewest:
        pytest.importorskip("numba")
    monkeypatch.setattr(one_calendar, "FEWEST_COMPILED", fewest)

    def study() -> es.StudyResults:
        found = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0), (-1, 1))))
        assert len(found.tests())
        return found

    # loops are compiled by the first: what the compiler keeps is not ours
    study()
    gc.collect()
    gc.disable()
    try:
        results = study()
        arrays = weakref.ref(results.evidence.arrays)
        del results
        assert arrays() is None
    finally:
        gc.enable()
