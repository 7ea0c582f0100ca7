"""The page: safe with hostile text, alone in the world, and the same every time."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

from eventstudy.report.html import render_html
from eventstudy.report.model import (
    Code,
    Column,
    DotsCell,
    Emphasis,
    Link,
    LinkCell,
    MissingCell,
    Muted,
    NumberCell,
    Raised,
    Report,
    RichCell,
    Row,
    RowGroup,
    Section,
    SparkCell,
    Strong,
    Table,
    TextCell,
)

SKELETON = Path(__file__).parent / "golden" / "one_event.txt"

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><b>",
    '#read("/etc/passwd")',
    "*bold* _it_ `code` $x$ @label <label> \\ ~ --- // /* ]#",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;already&gt; &amp;",
    "nul\x00 bell\x07 del\x7f",
    "W" * 400,
    "",
]


class Outline(HTMLParser):
    """Elements, attributes, ids and visible text of a page."""

    void = frozenset({"meta", "link", "br", "img", "hr", "input"})
    inline = frozenset({"a", "abbr", "b", "code", "i", "span", "sup", "svg", "path", "circle", "rect"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.lines: list[str] = []
        self.paragraphs: list[str] = [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)
        if tag not in self.inline and self.paragraphs[-1].strip():
            self.paragraphs.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else at {self.getpos()}"
        if tag not in self.inline and self.paragraphs[-1].strip():
            self.paragraphs.append("")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"style", "script"} and "svg" not in self.open and data.strip():
            self.lines.append(" ".join(data.split()))
        if self.open and self.open[-1] not in {"style", "script"} and "svg" not in self.open:
            self.paragraphs[-1] += data


def outline(page: bytes) -> Outline:
    found = Outline()
    found.feed(page.decode())
    found.close()
    assert found.open == []
    return found


def hostile_report(base: Report, text: str) -> Report:
    """Every kind of text and cell filled with one string."""
    url = f"https://example.org/{text}"
    cells = (
        TextCell(text, text, text, "exposed", sort=text),
        NumberCell(text, 1.0, raised=text, after=text),
        MissingCell(text),
        DotsCell(2, 3, "control"),
        SparkCell((-1, 0, 1), (0.0, 1.0, float("nan")), "exposed", ((0, 1), (1, -1)), text),
        LinkCell(text, url),
        LinkCell(text, f"javascript:{text}"),
        RichCell((text, Strong(text), Emphasis(text), Muted(text), Code(text), Raised(text), Link(text, url))),
    )
    columns = tuple(Column(f"c{index}", text, explanation=text) for index in range(len(cells)))
    groups = (RowGroup((Row(cells, strong=True), Row(cells, muted=True)), text, text, "beneficiary"),)
    table = Table("hostile", text, text, text, columns, groups, (text,), groups, text)
    section = Section(text, text, text, "hostile-part", ((text, Strong(text)),), (table,))
    assert base.first_page is not None
    figure = base.first_page.figure
    return replace(
        base,
        title=text,
        headline=text,
        lede=(text, Link(text, url)),
        masthead=replace(base.masthead, name=text, of=text, right=text),
        event_line=replace(base.event_line, title=text, rest=text),
        first_page=replace(base.first_page, figure=replace(figure, title=text, alt=text, subtitle=text)),
        sections=(section,),
        page_footer=text,
        keywords=(text,),
        author=text,
    )


@pytest.fixture(scope="module")
def page(sample: ModuleType) -> bytes:
    return render_html(sample.one_event())


@pytest.fixture(scope="module")
def chapters(sample: ModuleType) -> bytes:
    return render_html(sample.several_events(3, simulated=True))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_out_as_text(sample: ModuleType, text: str) -> None:
    found = outline(render_html(hostile_report(sample.one_event(), text)))
    names = [tag for tag, _ in found.tags]
    assert names.count("script") == 1
    assert "img" not in names
    for _, attributes in found.tags:
        assert not [name for name in attributes if name.startswith("on")]
        assert not str(attributes.get("href", "")).lower().startswith("javascript")
    if text:
        shown = " ".join("".join(letter if letter.isprintable() else "\ufffd" for letter in text).split())
        assert found.lines.count(shown) >= 10


def test_only_the_pages_own_script_may_run(page: bytes) -> None:
    text = page.decode()
    policy = next(
        attributes["content"] or ""
        for tag, attributes in outline(page).tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-")
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.S)
    assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy
    assert text.index("Content-Security-Policy") < text.index("<style>")


def test_nothing_is_loaded_from_outside(page: bytes, chapters: bytes) -> None:
    for each in (page, chapters):
        for tag, attributes in outline(each).tags:
            assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
            assert not {"src", "srcset", "xlink:href", "action"} & set(attributes)
            if "href" in attributes and tag != "a":
                assert str(attributes["href"]).startswith("#")
        # addresses inside styles are data only
        assert set(re.findall(r"url\(.?(\w+):", each.decode())) <= {"data"}
        assert "@import" not in each.decode()


def test_ids_are_unique_and_links_and_labels_lead_somewhere(page: bytes, chapters: bytes) -> None:
    for each in (page, chapters):
        tags = outline(each).tags
        ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
        assert len(ids) == len(set(ids))
        for _, attributes in tags:
            for name in ("aria-describedby", "aria-labelledby"):
                if name in attributes:
                    # a list of ids, read one after another
                    assert set(attributes[name].split()) <= set(ids)
            target = str(attributes.get("href", ""))
            if target.startswith("#"):
                assert target[1:] in ids


def test_the_page_can_be_heard(page: bytes, chapters: bytes) -> None:
    for each in (page, chapters):
        tags = outline(each).tags
        names = [tag for tag, _ in tags]
        assert names.count("h1") == 1
        assert names.count("main") == 1
        assert next(attributes for tag, attributes in tags if tag == "html")["lang"] == "en"
        assert all("scope" in attributes for tag, attributes in tags if tag == "th")
        levels = [int(tag[1]) for tag in names if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1
        for _, attributes in tags:
            if "box" in str(attributes.get("class", "")).split():
                assert attributes["tabindex"] == "0"
                assert attributes["aria-label"]
        for tag, attributes in tags:
            if tag == "svg":
                assert attributes.get("aria-hidden") == "true" or (
                    attributes["role"] == "img" and attributes["aria-label"]
                )
    assert b'<span class="hidden">5 of 5 rose</span>' in page


def test_dark_and_print_are_the_tokens(page: bytes) -> None:
    text = page.decode()
    assert "prefers-color-scheme:dark){:root{--paper:#15181b" in text
    assert "@media print{:root{color-scheme:light;--paper:#ffffff" in text
    assert re.search(r'(?:fill|stroke)[:=]"?#', text.split("</style>")[1]) is None


def test_a_simulated_report_says_so_four_times(sample: ModuleType) -> None:
    text = render_html(sample.one_event(simulated=True)).decode()
    found = outline(text.encode())
    assert "Simulated prices." in found.lines
    assert found.lines.count("Simulated market: e" + sample.HEADLINE[1:]) == 1
    drawn = re.findall(r'<svg class="part".*?</svg>', text)
    assert drawn
    assert all(">simulated</text>" in svg for svg in drawn)
    assert text.count('class="box simulated"') + text.count('class="box compact simulated"') == text.count("<table ")
    real = render_html(sample.one_event()).decode()
    assert ">simulated</text>" not in real
    assert 'class="band"' not in real


def test_the_same_report_gives_the_same_bytes(sample: ModuleType, page: bytes) -> None:
    assert render_html(sample.one_event()) == page


def test_columns_of_paper_stay_off_the_page(page: bytes) -> None:
    lines = outline(page).lines
    assert lines.count("placebo p") == 1  # Table 2 alone


def test_sorting_keys_are_numbers(page: bytes) -> None:
    for tag, attributes in outline(page).tags:
        if tag == "td" and attributes.get("data-sort") and attributes.get("class") == "n still":
            float(attributes["data-sort"] or "")


def test_what_the_page_says_word_by_word(page: bytes) -> None:
    """The golden text: delete the file and run once to write it anew, then read the difference."""
    text = "".join(" ".join(paragraph.split()) + "\n" for paragraph in outline(page).paragraphs if paragraph.strip())
    if not SKELETON.exists():
        SKELETON.parent.mkdir(exist_ok=True)
        SKELETON.write_text(text, "utf-8")
        pytest.fail(f"{SKELETON} was written; read it, then run again")
    assert text == SKELETON.read_text("utf-8")
