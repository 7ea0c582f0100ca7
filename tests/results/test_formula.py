"""Formulas that cannot be read: the likeliest name, or what is missing, in one line."""

from __future__ import annotations

import pytest

import eventstudy as es


@pytest.fixture(scope="module")
def results():
    return es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("car ~ rol + beta", "there is no variable 'rol'; did you mean role? It may name event_id, ticker, role"),
        ("car ~ np.log(bta)", "there is no variable 'bta'; did you mean beta?"),
        ("cra ~ beta", "there is no variable 'cra'; did you mean car?"),
        ("car ~ zzzzzz", "there is no variable 'zzzzzz'; it may name event_id"),
        ("car ~ log(beta)", "there is no function 'log'; write np.log"),
        ("car ~ foo(beta)", "there is no function 'foo'; functions are those of NumPy: np.log"),
        ("car role", "it has no ~; write what is explained, ~, and what explains it: car ~ role + beta"),
        ("", "it has no ~"),
        ("car ~ beta ~ role", "it has more than one ~"),
        ("car ~ beta +", "; it may name event_id"),
        ("car ~ 'a", "; it may name event_id"),
    ],
)
def test_a_formula_that_cannot_be_read(results, formula, told):
    with pytest.raises(ValueError, match="cannot be read: ") as caught:
        results.cross_section(formula)
    message = str(caught.value)
    assert message.startswith(f"formula: {formula!r} cannot be read: ")
    assert told in message
    assert "\n" not in message


def test_a_condition_that_cannot_be_read(results):
    with pytest.raises(ValueError, match="where: 'rolle == 1' cannot be read: there is no variable 'rolle'; did you"):
        results.cross_section("car ~ beta", where="rolle == 1")
