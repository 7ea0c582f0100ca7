"""Frames of polars and PyArrow in place of pandas: the same study, to the last bit."""

from __future__ import annotations

import pandas as pd
import pytest

import eventstudy as es

polars = pytest.importorskip("polars", reason="polars is not installed")
pyarrow = pytest.importorskip("pyarrow")
SPEC = es.StudySpec(windows=((0, 0), (-1, 1)))


@pytest.fixture(scope="module")
def own():
    return es.example_returns()


@pytest.fixture(scope="module")
def expected(own):
    return es.study_returns(*own, SPEC)


def _polars(frame: pd.DataFrame | pd.Series, name: str = "session"):
    return polars.from_pandas(frame.rename_axis(name).reset_index())


def _same(found: es.StudyResults, expected: es.StudyResults) -> None:
    for table in ("pairs", "abnormal_returns", "cars", "attrition"):
        one, other = getattr(found, table), getattr(expected, table)
        # the resolution of the stamps may differ, not their day
        for name in ("event_session", "session"):
            if name in one:
                one, other = (frame.assign(**{name: frame[name].astype(str).str[:10]}) for frame in (one, other))
        pd.testing.assert_frame_equal(one, other, check_exact=True, check_dtype=False)
    pd.testing.assert_frame_equal(found.groups(), expected.groups(), check_exact=True, check_dtype=False)


@pytest.mark.parametrize("name", ["session", "Date", "anything"])
def test_polars(own, expected, name):
    returns, pairs, market = own
    given = (_polars(returns, name), polars.from_pandas(pairs), _polars(market.to_frame("market"), name))
    before = [frame.clone() for frame in given]
    _same(es.study_returns(*given, SPEC), expected)
    assert all(one.equals(other) for one, other in zip(given, before, strict=True))


def test_lazy_frames_and_a_series_without_sessions(own, expected):
    returns, pairs, market = own
    given = (_polars(returns).lazy(), polars.from_pandas(pairs).lazy(), polars.Series("market", market.to_numpy()))
    _same(es.study_returns(*given, SPEC), expected)


def test_plain_dates_and_missing_returns(own):
    returns, pairs, market = own
    thin = returns.copy()
    thin.iloc[5, 0] = float("nan")
    frame = _polars(thin).with_columns(polars.col("session").cast(polars.Date)).fill_nan(None)
    assert frame.null_count().row(0)[1] == 1
    given = (frame, polars.from_pandas(pairs).with_columns(polars.col("event_session").cast(polars.Date)))
    _same(es.study_returns(*given, market, SPEC), es.study_returns(thin, pairs, market, SPEC))


def test_arrow_tables(own, expected):
    returns, pairs, market = own
    table = pyarrow.Table.from_pandas(returns.rename_axis("session").reset_index(), preserve_index=False)
    _same(es.study_returns(table, pyarrow.Table.from_pandas(pairs), market, SPEC), expected)


def test_results_go_back_to_polars(expected):
    frame = polars.from_pandas(expected.cars)
    assert frame.height == len(expected.cars)
    assert frame["car"].to_list() == expected.cars["car"].tolist()


def test_factors_of_a_catalogue_study(tmp_path):
    sessions = pd.date_range("2020-01-01", periods=5)
    factors = pd.DataFrame({"mktrf": [0.01, 0.0, -0.01, 0.02, 0.0]}, index=sessions)
    from eventstudy.prices.factors import as_factor_table

    ours, theirs = as_factor_table(factors), as_factor_table(_polars(factors, "date"))
    assert ours is not None
    assert theirs is not None
    pd.testing.assert_frame_equal(ours.frame, theirs.frame, check_freq=False, check_names=False, check_index_type=False)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda frame: frame.drop("session"), "returns: which column holds the sessions is not clear, no column holds"),
        (
            lambda frame: frame.rename({"session": "a"}).with_columns(polars.col("a").alias("b")),
            r"several columns could be \(a, b\); name one of them session",
        ),
    ],
    ids=["none", "two"],
)
def test_frames_without_clear_sessions_are_refused(own, change, told):
    returns, pairs, market = own
    with pytest.raises(ValueError, match=told):
        es.study_returns(change(_polars(returns)), pairs, market, SPEC)


def test_a_series_of_another_length_is_refused(own):
    returns, pairs, market = own
    with pytest.raises(ValueError, match="factors: a series of 3 values without sessions cannot be set beside"):
        es.study_returns(returns, pairs, polars.Series("market", market.to_numpy()[:3]), SPEC)
