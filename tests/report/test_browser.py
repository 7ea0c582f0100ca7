"""The page in a browser: nothing scrolls sideways on a phone, and sorting sorts."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from eventstudy.report.html import render_html

pytestmark = pytest.mark.browser


def ask(page: str, width: int, question: str, folder: Path) -> str:
    """What an expression says about the page in a frame of some width (a window has a least width of its own)."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium is installed")
    # the frame shares its parent's origin, and lets it look in, once the policy is taken out
    inside = html.escape(re.sub(r"<meta http-equiv=[^>]*>", "", page), quote=True)
    path = folder / "frame.html"
    path.write_text(
        f'<!DOCTYPE html><body><iframe width="{width}" height="800" style="border:0" srcdoc="{inside}"></iframe>'
        "<script>"
        'document.querySelector("iframe").addEventListener("load", (event) => {'
        "const view = event.target.contentWindow, page = view.document;"
        f"document.body.dataset.answer = String({question}); event.target.remove(); }});</script></body>",
        "utf-8",
    )
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    flags += ["--disable-component-update", "--disable-sync", "--disable-quic", f"--user-data-dir={folder / 'profile'}"]
    done = subprocess.run(
        [browser, *flags, "--virtual-time-budget=4000", "--dump-dom", path.as_uri()],
        capture_output=True,
        timeout=90,
        check=True,
    )
    match = re.search(r'data-answer="([^"]*)"', done.stdout.decode())
    assert match, done.stdout.decode()[-2000:]
    return html.unescape(match[1])


@pytest.mark.parametrize("width", [390, 800, 1200])
@pytest.mark.parametrize("kind", ["one", "several"])
def test_the_page_never_scrolls_sideways(sample: ModuleType, tmp_path: Path, width: int, kind: str) -> None:
    report = sample.one_event(simulated=True) if kind == "one" else sample.several_events(2)
    # the details open too
    question = (
        '[...page.querySelectorAll("details")].map((each) => { each.open = true; }), '
        "page.documentElement.scrollWidth - view.innerWidth"
    )
    assert int(ask(render_html(report).decode(), width, f"({question})", tmp_path)) <= 0


@pytest.mark.parametrize(("width", "size"), [(390, "narrow"), (800, "medium"), (1200, "wide")])
def test_each_width_shows_one_drawing_at_its_true_size(
    sample: ModuleType, tmp_path: Path, width: int, size: str
) -> None:
    question = (
        '[...page.querySelectorAll("#figure-2 .drawing")].filter((each) => each.getClientRects().length)'
        '.map((each) => each.className + " " + each.querySelector("svg").getBoundingClientRect().width)'
    )
    answer = ask(render_html(sample.one_event()).decode(), width, question, tmp_path)
    pixels = {"narrow": 358, "medium": 690, "wide": 1120}[size]
    assert answer == f"drawing {size} {pixels}"


def test_a_click_on_a_head_sorts_within_groups(sample: ModuleType, tmp_path: Path) -> None:
    question = (
        '(() => { const table = page.getElementById("table-2"); table.tHead.rows[0].cells[1].firstChild.click();'
        "return [...table.tBodies].map((body) => [...body.rows].slice(1).map((row) => row.cells[1].textContent).join())"
        ".join(';')"
        ' + "|" + table.tHead.rows[0].cells[1].getAttribute("aria-sort"); })()'
    )
    answer = ask(render_html(sample.one_event()).decode(), 1200, question, tmp_path)
    assert answer == "11,10,7,5,1;8,4,3,2,2,1;3,2|descending"
