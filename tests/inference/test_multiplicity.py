"""Holm and Benjamini-Hochberg by hand and by their properties."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy._arrays import FloatArray
from eventstudy.inference.multiplicity import benjamini_hochberg, holm

NAN = float("nan")
FAMILY = st.lists(st.one_of(st.floats(0, 1), st.just(NAN)), max_size=12).map(np.array)


def test_holm_by_hand() -> None:
    # ordered .001 .02 .04 .5 times 4 3 2 1: .004 .06 .08 .5; monotone as they are
    np.testing.assert_allclose(holm(np.array([0.04, 0.001, 0.5, 0.02])), [0.08, 0.004, 0.5, 0.06], rtol=1e-12)
    # .03·3 = .09, .04·2 = .08 is lifted to .09
    np.testing.assert_allclose(holm(np.array([0.04, 0.03, 0.05])), [0.09, 0.09, 0.09], rtol=1e-12)
    np.testing.assert_allclose(holm(np.array([0.6, 0.7])), [1.0, 1.0])


def test_benjamini_hochberg_by_hand() -> None:
    # ordered .001 .02 .04 .5 times 4/1 4/2 4/3 4/4
    expected = [0.16 / 3, 0.004, 0.5, 0.04]
    np.testing.assert_allclose(benjamini_hochberg(np.array([0.04, 0.001, 0.5, 0.02])), expected, rtol=1e-12)
    # .03·3, .04·3/2 and .05: the last pulls the others down
    np.testing.assert_allclose(benjamini_hochberg(np.array([0.04, 0.03, 0.05])), [0.05, 0.05, 0.05], rtol=1e-12)


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_missing_p_are_not_counted(adjust: Callable[[FloatArray], FloatArray]) -> None:
    with_gaps = adjust(np.array([NAN, 0.01, NAN, 0.2, NAN]))
    np.testing.assert_array_equal(with_gaps[[1, 3]], adjust(np.array([0.01, 0.2])))
    assert np.isnan(with_gaps[[0, 2, 4]]).all()
    assert len(adjust(np.array([]))) == 0
    assert np.isnan(adjust(np.array([NAN]))).all()


@given(FAMILY)
def test_holm_never_lowers_a_p_and_is_never_below_benjamini_hochberg(pvalues: FloatArray) -> None:
    present = np.isfinite(pvalues)
    strict, lenient, raw = holm(pvalues)[present], benjamini_hochberg(pvalues)[present], pvalues[present]
    assert (strict <= 1).all()
    assert (lenient >= raw * (1 - 1e-12)).all()
    assert (strict >= lenient * (1 - 1e-12)).all()
    # the smallest p is multiplied by the whole family
    if len(raw):
        assert strict.min() == pytest.approx(min(1.0, raw.min() * len(raw)))


@given(FAMILY, st.randoms(use_true_random=False))
def test_order_of_the_family_is_irrelevant(pvalues: FloatArray, random: object) -> None:
    order = list(range(len(pvalues)))
    random.shuffle(order)  # type: ignore[attr-defined]
    for adjust in (holm, benjamini_hochberg):
        np.testing.assert_allclose(adjust(pvalues[order]), adjust(pvalues)[order], rtol=1e-12)
