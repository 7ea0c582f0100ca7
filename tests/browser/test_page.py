"""The page in a browser: it fits, asks nothing of the network, is quick, and lets everybody read."""

from __future__ import annotations

import io
import itertools
import re
from pathlib import Path
from typing import Any

import pypdf
import pytest

pytestmark = pytest.mark.browser

_OPEN_ALL = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
_SCHEMES = ("light", "dark")
# WCAG 2.2 A and AA, and axe's own good practice
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("width", [360, 390, 800, 1200])
@pytest.mark.parametrize("kind", ["one", "episode_page", "catalogue_page"])
def test_the_page_never_scrolls_sideways(kind: str, width: int, open_page: Any, request: pytest.FixtureRequest) -> None:
    page = open_page(request.getfixturevalue(kind), viewport={"width": width, "height": 800}).page
    page.evaluate(_OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("kind", ["one", "episode_page", "catalogue_page"])
def test_nothing_is_complained_of_and_nothing_asked_for(
    kind: str, open_page: Any, request: pytest.FixtureRequest
) -> None:
    path = request.getfixturevalue(kind)
    watched = open_page(path)
    watched.page.evaluate(_OPEN_ALL)
    watched.page.locator("thead button").first.click()
    watched.page.mouse.wheel(0, 4000)
    watched.page.wait_for_timeout(200)
    assert watched.complaints == []
    # a picture inside the style sheet is part of the file
    assert [url for url in watched.requests if not url.startswith("data:")] == [path.as_uri()]


def test_the_whole_catalogue_is_small_and_answers_within_a_second(catalogue_page: Path, open_page: Any) -> None:
    assert catalogue_page.stat().st_size < 6_000_000
    # of three loads the quickest: what the page needs, not what the machine does beside it
    waits, answers = [], []
    for _ in range(3):
        page = open_page(catalogue_page).page
        waits.append(page.evaluate("performance.getEntriesByType('navigation')[0].domInteractive"))
        answers.append(
            page.evaluate(
                """async () => { const begin = performance.now(); document.querySelector("thead button").click();
                await new Promise(requestAnimationFrame); return performance.now() - begin; }"""
            )
        )
    assert min(waits) < 1000
    assert min(answers) < 300


@pytest.mark.parametrize("scheme", _SCHEMES)
@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("kind", ["one", "episode_page", pytest.param("catalogue_page", marks=pytest.mark.slow)])
def test_axe_finds_nothing(
    kind: str, size: str, scheme: str, axe: str, open_page: Any, request: pytest.FixtureRequest
) -> None:
    page = open_page(request.getfixturevalue(kind), size, color_scheme=scheme).page
    page.evaluate(_OPEN_ALL)
    page.evaluate(axe)
    found = page.evaluate(
        """(tags) => axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] })
        .then((result) => result.violations.map((each) => [each.id, each.help,
            each.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + " " + node.failureSummary)]))""",
        _RULES,
    )
    assert found == []


def test_everything_is_read_without_a_script(episode_page: Path, open_page: Any) -> None:
    with_script = open_page(episode_page).page
    without = open_page(episode_page, java_script_enabled=False).page
    words = without.locator("main").inner_text()
    assert "Filter rows" not in words
    assert without.locator("button").count() == 0
    # the script adds controls and takes nothing away
    kept = set(re.findall(r"\S+", words))
    assert kept - set(re.findall(r"\S+", with_script.locator("main").inner_text())) == set()
    without.locator("summary", has_text="companies").first.click()
    assert without.locator("#table-3-full").is_visible()


def test_the_skip_link_is_first_and_leads_to_the_findings(one: Path, open_page: Any) -> None:
    page = open_page(one).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    box = page.locator(".skip").bounding_box()
    assert box["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#start"


def test_whatever_has_the_focus_shows_it_and_is_not_covered(episode_page: Path, open_page: Any) -> None:
    page = open_page(episode_page, "phone").page
    seen = 0
    for _ in range(60):
        page.keyboard.press("Tab")
        state = page.evaluate(
            """() => { const it = document.activeElement; if (!it || it === document.body) return null;
            const box = it.getBoundingClientRect(), style = getComputedStyle(it);
            const band = document.querySelector(".band")?.getBoundingClientRect().bottom ?? 0;
            const name = it.outerHTML.slice(0, 80), covered = box.bottom <= band && !it.matches(".skip");
            return [name, parseFloat(style.outlineWidth), style.outlineStyle, covered]; }"""
        )
        if state is None:
            break
        seen += 1
        assert state[1] >= 2, state
        assert state[2] != "none", state
        assert not state[3], state
    assert seen > 20


def test_dark_is_dark_and_paper_is_white(one: Path, open_page: Any) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page = open_page(one, color_scheme="dark").page
    assert page.evaluate(ground) == "rgb(21, 24, 27)"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


def test_paper_shows_all_rows_and_no_controls(episode_page: Path, open_page: Any, tmp_path: Path) -> None:
    page = open_page(episode_page).page
    page.emulate_media(media="print")
    for name in (".save", ".tools", ".skip", ".parts", "details.numbers"):
        found = page.locator(name)
        assert found.count() > 0, name
        assert not any(found.nth(place).is_visible() for place in range(found.count())), name
    document = page.pdf(format="A4", prefer_css_page_size=True)
    assert document.startswith(b"%PDF")
    # paper opens what is folded, and folds it again
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#table-3-full").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0


def test_a_printed_table_goes_on_under_its_heads_and_no_finding_is_torn(episode_page: Path, open_page: Any) -> None:
    page = open_page(episode_page).page
    findings = page.locator(".finding").all_inner_texts()
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    sheets = [" ".join(sheet.extract_text().split()) for sheet in printed.pages]
    assert sum("AR day 0, %" in sheet for sheet in sheets) > 2
    for words in map(str.split, findings):
        begin, end = " ".join(words[:3]), " ".join(words[-3:])
        assert any(begin in sheet and end in sheet for sheet in sheets), words


def test_a_printed_page_is_laid_out_for_paper(episode_page: Path, open_page: Any) -> None:
    # A4 is as narrow as a tablet, but no phone: lists stand beside each other, tickers after their names
    page = open_page(episode_page, viewport={"width": 680, "height": 900}).page
    page.emulate_media(media="print")
    beside = page.evaluate(
        "[...document.querySelectorAll('.lists-2, .lists-3')].map((lists) => "
        "new Set([...lists.children].map((each) => each.getBoundingClientRect().left)).size > 1)"
    )
    assert beside
    assert all(beside)
    assert page.evaluate("getComputedStyle(document.querySelector('.table .second')).display") == "inline"
    # words for readers alone, one pixel wide, follow the last column
    assert page.evaluate("document.documentElement.scrollWidth") <= 681
    # of the price checks what the page shows, not each of a hundred
    checks = page.locator("#price-checks")
    assert checks.locator(".box").first.is_visible()
    assert not checks.locator("details.full").is_visible()


@pytest.mark.parametrize("kind", ["one", "episode_page"])
def test_the_outline_has_one_top_and_no_gap(kind: str, open_page: Any, request: pytest.FixtureRequest) -> None:
    page = open_page(request.getfixturevalue(kind)).page
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map((each) => Number(each.tagName[1]))")
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_links_of_the_contents_lead_somewhere(episode_page: Path, open_page: Any) -> None:
    page = open_page(episode_page).page
    lost = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map((each) => each.hash.slice(1))"
        ".filter((name) => !document.getElementById(name))"
    )
    assert lost == []
    assert page.locator(".parts a").count() > 8
