"""The whole-catalogue page in a browser that logs its network: the page asks for nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from eventstudy.cli import main

pytestmark = pytest.mark.browser

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def asked_for(page: Path, folder: Path) -> tuple[list[str], str]:
    """Addresses that the page made the browser ask for, and the page's own words as the browser has them."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium is installed")
    log = folder / "net.json"
    rest = [f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}", "--virtual-time-budget=8000", "--dump-dom"]
    done = subprocess.run([browser, *FLAGS, *rest, page.as_uri()], capture_output=True, timeout=180, check=True)
    logged = json.loads(log.read_text("utf-8"))
    start = logged["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    jobs = [event["params"] for event in logged["events"] if event["type"] == start and event.get("params")]
    # what the browser asks on its own account (the time, updates of itself) has no page behind it
    return [
        job["url"] for job in jobs if job.get("initiator") != "not an origin" and "url" in job
    ], done.stdout.decode()


def test_the_log_shows_what_a_page_asks_for(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    links = "<link rel=stylesheet href=http://127.0.0.1:9/a.css><script src=http://127.0.0.1:9/b.js></script>"
    page.write_text(f"<!DOCTYPE html><head>{links}</head><body><img src=http://127.0.0.1:9/c.png>", "utf-8")
    asked, _ = asked_for(page, tmp_path)
    assert set(asked) == {f"http://127.0.0.1:9/{name}" for name in ("a.css", "b.js", "c.png")}


def test_the_whole_catalogue_asks_for_nothing(tmp_path: Path) -> None:
    assert main(["report", "--source", "sample", "--format", "html", "--quiet", "--out", str(tmp_path)]) == 0
    (page,) = tmp_path.glob("*.html")
    asked, words = asked_for(page, tmp_path)
    assert len(words) > 0.9 * len(page.read_text("utf-8"))
    assert asked == []
