"""A headless Chromium, and reports opened in it; skipped, with the reason, where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from eventstudy.report.html import render_html

REPOSITORY = Path(__file__).resolve().parents[2]
SIZES = {"desktop": {"width": 1200, "height": 900}, "phone": {"width": 390, "height": 844}}


class Watched:
    """A page with all that it complained of and asked for."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))


Opener = Callable[..., Watched]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser, once for all tests."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make test-all does")
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(names)} is installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Opener]:
    """Open a file: ``open_page(path, "phone", color_scheme="dark")``; more options are a browser context's own."""
    contexts = []

    def opened(path: Path, size: str = "desktop", **options: Any) -> Watched:
        context = chromium.new_context(viewport=options.pop("viewport", SIZES.get(size)), **options)
        contexts.append(context)
        watched = Watched(context.new_page())
        watched.page.goto(path.as_uri())
        return watched

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def sample(module_beside: Callable[[str, str], ModuleType]) -> ModuleType:
    """Reports made by hand."""
    return module_beside(str(REPOSITORY / "tests" / "report" / "conftest.py"), "sample")


@pytest.fixture(scope="session")
def one(sample: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on one event, made by hand."""
    path = tmp_path_factory.mktemp("one") / "one.html"
    path.write_bytes(render_html(sample.one_event()))
    return path


@pytest.fixture(scope="session")
def episode_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on one episode of the packaged catalogue, on the embedded market."""
    return _written(tmp_path_factory.mktemp("episode"), "--episode", "2026-japan-curbs")


@pytest.fixture(scope="session")
def catalogue_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on the whole packaged catalogue, on the embedded market."""
    return _written(tmp_path_factory.mktemp("catalogue"))


def _written(folder: Path, *options: str) -> Path:
    command = [sys.executable, "-P", "-m", "eventstudy", "report", "--source", "sample", "--format", "html", "--quiet"]
    subprocess.run([*command, *options, "--out", str(folder)], check=True, capture_output=True, cwd=REPOSITORY)
    (path,) = folder.glob("*.html")
    return path


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which looks for what keeps people out."""
    if given := os.environ.get("AXE_CORE"):
        return Path(given).read_text("utf-8")
    path = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        pytest.skip("axe-core is not installed: make test-all does where npm is there")
    return path.read_text("utf-8")
