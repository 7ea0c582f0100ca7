"""A study in parts has the tables of the study in one: whoever works, however many, whatever they die of."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

import eventstudy as es
from eventstudy import parquet_block, parquet_returns
from eventstudy.errors import WorkerError
from eventstudy.kernel import parts as kernel_parts
from eventstudy.study import in_parts, one_calendar

# sums in another order agree to 1e-12 where they are no differences of nearly equal numbers, as some p and R² are
CLOSE, SMALL = 1e-10, 1e-12
LENGTH = 420
COMPILED = pytest.param(0, id="compiled", marks=pytest.mark.skipif(find_spec("numba") is None, reason="numba"))
PLAIN = pytest.param(10**9, id="plain")
SPEC = es.StudySpec(windows=((0, 0), (-1, 1)), min_estimation=100)


@pytest.fixture(scope="module")
def panels(module_beside: Callable[[str, str], ModuleType]) -> ModuleType:
    """The irregular panels of ``tests/kernel``."""
    return module_beside(str(Path(__file__).parents[1] / "kernel" / "conftest.py"), "panels")


def _tables(results: es.StudyResults) -> dict[str, pd.DataFrame]:
    """Every kind of table, and groups of many and of few observations."""
    return {
        "pairs": results.pairs,
        "cars": results.cars,
        "abnormal_returns": results.abnormal_returns,
        "attrition": results.attrition,
        "groups": results.groups(by=("group",)),
        "tests": results.tests(by=("event_id",)),
        "tests of all": results.tests(by=()),
    }


def _same(found: es.StudyResults, wanted: dict[str, pd.DataFrame], exactly: bool = False) -> None:
    for name, table in _tables(found).items():
        if exactly:
            pd.testing.assert_frame_equal(table, wanted[name], check_exact=True, obj=name)
        else:
            pd.testing.assert_frame_equal(table, wanted[name], rtol=CLOSE, atol=SMALL, obj=name)


def _written(returns: pd.DataFrame, folder: Path) -> es.ParquetReturns:
    rows = returns.rename_axis(columns="security_id").unstack().rename("return").reset_index()
    # a security without any return has its rows all the same
    rows[rows["return"].notna() | (rows["security_id"] == "S03")].to_parquet(
        folder / "returns.parquet", row_group_size=500
    )
    return es.ParquetReturns(folder / "returns.parquet")


def _in_parts_of(monkeypatch: pytest.MonkeyPatch, securities: int) -> None:
    monkeypatch.setattr(in_parts, "PART_CELLS", LENGTH * securities)
    monkeypatch.setattr(parquet_returns, "BLOCK_CELLS", LENGTH * securities)


@pytest.mark.parametrize("fewest", [COMPILED, PLAIN])
@pytest.mark.parametrize("securities", [pytest.param(12, marks=pytest.mark.slow), 7, 3])
def test_one_two_and_four_parts_have_the_tables_of_the_whole(fewest, securities, panels, monkeypatch, tmp_path):
    monkeypatch.setattr(one_calendar, "FEWEST_COMPILED", fewest)
    returns, pairs, factors = panels.irregular(1)
    wanted = _tables(es.study_returns(returns, pairs, factors["market"], SPEC))
    _in_parts_of(monkeypatch, securities)
    with ThreadPoolExecutor(2) as pool:
        by_threads = es.study_returns(returns, pairs, factors["market"], SPEC, map=pool)
        _same(by_threads, wanted)
        if not fewest:
            for name in ("pairs", "cars", "attrition"):
                pd.testing.assert_frame_equal(_tables(by_threads)[name], wanted[name], check_exact=True, obj=name)
        # the same parts, read from files and studied here: not one bit apart
        _same(es.study_returns(_written(returns, tmp_path), pairs, factors["market"], SPEC),
              _tables(by_threads), exactly=True)  # fmt: skip


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(es.StudySpec(model=es.MeanAdjusted(), min_estimation=100), marks=pytest.mark.slow),
        pytest.param(es.StudySpec(model=es.MarketAdjusted(), min_estimation=100, gaps="drop"), marks=pytest.mark.slow),
        es.StudySpec(
            model=es.FactorModel(["market", "smb", "hml"]), min_estimation=60, standardise="sum", returns="log",
            tests=(*es.StudySpec().tests, "wild_bootstrap_t", "grank_permutation", "mvrm_f"),
        ),
        es.StudySpec(model=es.Dimson(lags=1), min_estimation=100, exclude_events=True),
        pytest.param(
            es.StudySpec(model=es.RobustMarketModel(), windows=((0, 0),), min_estimation=100), marks=pytest.mark.slow
        ),
    ],
    ids=lambda spec: spec.model.name,
)  # fmt: skip
def test_other_models_and_choices(spec, panels, monkeypatch, tmp_path):
    monkeypatch.setattr(one_calendar, "FEWEST_COMPILED", 0)
    returns, pairs, factors = panels.irregular(2)
    given = None if spec.model.name == "mean" else factors if "smb" in spec.model.regressors else factors["market"]
    wanted = _tables(es.study_returns(returns, pairs, given, spec))
    _in_parts_of(monkeypatch, 4)
    _same(es.study_returns(_written(returns, tmp_path), pairs, given, spec), wanted)


def test_little_room_for_the_sums_of_clusters(panels, monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setattr(one_calendar, "FEWEST_COMPILED", 0)
    returns, pairs, factors = panels.irregular(3)
    wanted = _tables(es.study_returns(returns, pairs, factors["market"], SPEC))
    _in_parts_of(monkeypatch, 5)
    monkeypatch.setattr(kernel_parts, "HELD", 20_000)
    with ThreadPoolExecutor(2) as pool:
        _same(es.study_returns(returns, pairs, factors["market"], SPEC, map=pool), wanted)


def test_all_groups_are_asked_for_in_few_passes(panels, monkeypatch, tmp_path):
    """A test of many groups reads the files a few times, not once a group."""
    pytest.importorskip("numba")
    monkeypatch.setattr(one_calendar, "FEWEST_COMPILED", 0)
    returns, pairs, factors = panels.irregular(3)
    _in_parts_of(monkeypatch, 12)
    results = es.study_returns(_written(returns, tmp_path), pairs, factors["market"], SPEC)
    reads: list[int] = []
    values = parquet_block.ParquetBlock.values
    monkeypatch.setattr(parquet_block.ParquetBlock, "values", lambda block: (reads.append(1), values(block))[1])
    results.tests(by=("event_id",))
    assert len(reads) <= 3


@contextmanager
def _dask(workers: int, processes: bool) -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=processes,
            host="127.0.0.1",
            protocol="tcp",
            dashboard_address=None,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_a_dask_client_works(panels, monkeypatch):
    monkeypatch.setattr(one_calendar, "FEWEST_COMPILED", 0)
    returns, pairs, factors = panels.irregular(1)
    _in_parts_of(monkeypatch, 5)
    with ThreadPoolExecutor(1) as pool:
        wanted = _tables(es.study_returns(returns, pairs, factors["market"], SPEC, map=pool))
    with _dask(2, processes=False) as client:
        found = es.study_returns(returns, pairs, factors["market"], SPEC, map=client)
        _same(found, wanted, exactly=True)


class Killing:
    """A client one of whose workers is killed while it works on the third task."""

    def __init__(self, client: Any) -> None:
        self.client, self.submitted, self.killed = client, 0, ""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        def slowly(*given: Any) -> Any:
            import time

            time.sleep(0.3)
            return function(*given)

        future = self.client.submit(slowly if self.submitted < 6 else function, *arguments, pure=False)
        self.submitted += 1
        if self.submitted == 3:
            pids = self.client.run(os.getpid)
            until = time.monotonic() + 20
            while not (busy := [name for name, tasks in self.client.processing().items() if tasks]):
                assert time.monotonic() < until
                time.sleep(0.01)
            time.sleep(0.1)
            self.killed = busy[0]
            os.kill(pids[self.killed], signal.SIGKILL)
        return future


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_worker_killed_in_the_middle_is_survived(panels, monkeypatch, tmp_path):
    monkeypatch.setattr(one_calendar, "FEWEST_COMPILED", 0)
    returns, pairs, factors = panels.irregular(1)
    _in_parts_of(monkeypatch, 3)
    source = _written(returns, tmp_path)
    wanted = _tables(es.study_returns(source, pairs, factors["market"], SPEC))
    with _dask(2, processes=True) as client:
        killing = Killing(client)
        found = es.study_returns(source, pairs, factors["market"], SPEC, map=killing)
        _same(found, wanted, exactly=True)
        assert killing.killed
        assert killing.killed not in client.scheduler_info()["workers"]


@pytest.mark.slow
def test_processes_work_too(panels, monkeypatch):
    monkeypatch.setattr(one_calendar, "FEWEST_COMPILED", 0)
    returns, pairs, factors = panels.irregular(1)
    _in_parts_of(monkeypatch, 5)
    with ThreadPoolExecutor(1) as pool:
        wanted = _tables(es.study_returns(returns, pairs, factors["market"], SPEC, map=pool))
    import multiprocessing

    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        _same(es.study_returns(returns, pairs, factors["market"], SPEC, map=pool), wanted, exactly=True)


def test_a_part_that_fails_is_named(panels, monkeypatch, tmp_path):
    monkeypatch.setattr(one_calendar, "FEWEST_COMPILED", 0)
    returns, pairs, factors = panels.irregular(1)
    _in_parts_of(monkeypatch, 3)
    whole = parquet_block.ParquetBlock.values

    def fails(block: parquet_block.ParquetBlock) -> Any:
        if "S04" in block.ids:
            raise MemoryError("no room")
        return whole(block)

    monkeypatch.setattr(parquet_block.ParquetBlock, "values", fails)
    with (
        ThreadPoolExecutor(2) as pool,
        pytest.raises(WorkerError, match=r"part 2 of 4 failed on a worker \(MemoryError: no room\)") as told,
    ):
        es.study_returns(_written(returns, tmp_path), pairs, factors["market"], SPEC, map=pool)
    assert told.value.part.endswith("part 2 of 4")


def test_arguments_at_fault_are_told_as_of_a_frame(panels, tmp_path):
    returns, pairs, factors = panels.irregular(1)
    source = _written(returns, tmp_path)
    wrong = pd.concat([pairs, pairs.iloc[:1]]).assign(
        event_session=lambda rows: rows["event_session"] + pd.Timedelta("1h")
    )
    wrong.loc[wrong["security_id"] == "S01", "security_id"] = "S99"
    with pytest.raises(ValueError, match="security_id S99 is no column of returns") as told:
        es.study_returns(source, wrong, factors["market"].iloc[::-1], SPEC)
    assert "stands twice" in str(told.value)
    assert "is no session of returns" in str(told.value)
    assert "factors: the index must hold each session once, in ascending order" in str(told.value)
    with pytest.raises(ValueError, match=r"placebo, partial='truncate' want every session of every security in memory"):
        es.study_returns(source, pairs, factors["market"], es.StudySpec(tests=("placebo",), partial="truncate"))
    with pytest.raises(TypeError, match="map: str has no submit"):
        es.study_returns(source, pairs, factors["market"], SPEC, map="local")


@pytest.mark.parametrize("fewest", [COMPILED, PLAIN])
def test_returns_in_per_cent_are_refused(fewest, panels, monkeypatch, tmp_path):
    monkeypatch.setattr(one_calendar, "FEWEST_COMPILED", fewest)
    returns, pairs, factors = panels.irregular(1)
    with pytest.raises(ValueError, match=r"half of them lie beyond 0\.2, so they look like per cent"):
        es.study_returns(_written(returns * 100.0, tmp_path), pairs, factors["market"], SPEC)


@pytest.mark.parametrize(
    "model",
    [es.MarketModel(), pytest.param(es.GarchMarketModel(), marks=pytest.mark.slow)],
    ids=lambda model: model.name,
)
def test_catalogue_studies_are_fitted_by_workers(model, monkeypatch):
    from eventstudy.study import assemble

    monkeypatch.setattr(assemble, "FITTED", 60)
    events = es.read_events()
    chosen = events.select([event.event_id for event in events][-2:])
    universe = es.read_universe()
    spec = es.StudySpec(model=model, windows=((0, 0),), tests=("adjusted_bmp_t",))
    here = es.run_study(chosen, universe, es.SamplePrices(), spec)
    with ThreadPoolExecutor(2) as pool:
        there = es.run_study(chosen, universe, es.SamplePrices(), spec, map=pool)
    for name in ("pairs", "abnormal_returns", "cars", "attrition"):
        pd.testing.assert_frame_equal(getattr(there, name), getattr(here, name), rtol=1e-9, atol=1e-12, obj=name)
    pd.testing.assert_frame_equal(there.groups(), here.groups(), rtol=1e-9, atol=1e-12)
