"""Shared by all tests: no network, no display, one place for the outside data, small studies made once."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parents[1]

os.environ.setdefault("MPLBACKEND", "Agg")

# deadlines measure the machine, not the code; derandomised runs fail for everybody or for nobody
settings.register_profile(
    "eventstudy", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], max_examples=50
)
settings.load_profile("eventstudy")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--compiled``: studies of any size go by compiled running sums, so that no number depends on the way."""
    parser.addoption("--compiled", action="store_true", help="studies of any size by compiled running sums")


def pytest_configure(config: pytest.Config) -> None:
    """Every worker of the run takes that way; and Ctrl-C reaches what tests start, in the background too."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("--compiled"):
        pytest.importorskip("numba")
        from eventstudy.study import one_calendar

        one_calendar.FEWEST_COMPILED = 0


@pytest.fixture(scope="session", autouse=True)
def _matplotlib_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A font cache of the session's own where the user's folder cannot be written."""
    if "MPLCONFIGDIR" not in os.environ and not os.access(Path.home(), os.W_OK):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MPLCONFIGDIR", str(tmp_path_factory.mktemp("matplotlib")))
            yield
    else:
        yield


@pytest.fixture(scope="session")
def module_beside() -> Callable[[str, str], ModuleType]:
    """Load a module that stands beside a test file: ``module_beside(__file__, "panels")``."""

    def load(file: str, name: str) -> ModuleType:
        place = Path(file).with_name(f"{name}.py")
        full = f"{place.parent.name}_{name}"
        if full not in sys.modules:
            spec = importlib.util.spec_from_file_location(full, place)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[full] = module
            spec.loader.exec_module(module)
        return sys.modules[full]

    return load


class NetworkBlockedError(OSError):
    """A test tried to reach another machine."""


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0])
    return host in ("localhost", "::1", "0.0.0.0", "") or host.startswith("127.")


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Sockets reach this machine only (notebook kernels and browsers need that much)."""
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def refuse(address: Any) -> None:
        if not _is_local(address):
            raise NetworkBlockedError(f"tests do not use the network, but one asked for {address}")

    def connect_locally(self: socket.socket, address: Any) -> None:
        refuse(address)
        return connect(self, address)

    def connect_ex_locally(self: socket.socket, address: Any) -> int:
        refuse(address)
        return connect_ex(self, address)

    def resolve_locally(host: Any, *rest: Any, **named: Any) -> Any:
        refuse((host.decode() if isinstance(host, bytes) else host or "",))
        return resolve(host, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_locally)
        patch.setattr(socket.socket, "connect_ex", connect_ex_locally)
        patch.setattr(socket, "getaddrinfo", resolve_locally)
        # libraries with their own C sockets (curl) and child processes obey these
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            patch.setenv(name, "http://127.0.0.1:9")
        patch.setenv("no_proxy", "localhost,127.0.0.1,::1")
        patch.setenv("NO_PROXY", "localhost,127.0.0.1,::1")
        yield


@pytest.fixture(scope="session")
def repository() -> Path:
    """The source tree."""
    return REPOSITORY


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, built."""
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling, which builds wheels, is not installed")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, timeout=300)
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="session")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package alone, as an installation has it."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Reference data that is never part of the project: ``EVENTSTUDY_DATA``, or ``../shared/data``."""
    folder = Path(os.environ.get("EVENTSTUDY_DATA", REPOSITORY / ".." / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder}; set EVENTSTUDY_DATA to its folder")
    return folder.resolve()


@pytest.fixture(scope="session")
def real_prices(shared_data: Path) -> Path:
    """Daily closes of Tokyo, New York and Sydney, 2018 to 2026."""
    path = shared_data / "real_prices" / "prices.csv.gz"
    if not path.is_file():
        pytest.skip(f"no real prices at {path}")
    return path


@pytest.fixture(scope="session")
def sample_prices() -> Any:
    """The embedded market, made once."""
    import eventstudy as es

    return es.SamplePrices()


@pytest.fixture(scope="session")
def sample_results(sample_prices: Any) -> Any:
    """A small study on the embedded market: two events of one episode, every test that a report names."""
    import eventstudy as es

    events = es.read_events(REPOSITORY / "events.csv")
    universe = es.read_universe(REPOSITORY / "universe.csv")
    chosen = events.select(event_ids=("2025-04-04-seven-heavy-rare-earths", "2026-01-06-japan-dual-use-ban"))
    tests = (*es.StudySpec().tests, "placebo", "wild_bootstrap_t")
    return es.run_study(chosen, universe, sample_prices, es.StudySpec(tests=tests, placebo_draws=199))
