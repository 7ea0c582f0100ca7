"""Writes reports in a made-up language: every word that `wording` gives stands in ⟦ ⟧. Run by test_wording.py.

A second language is another `wording` folder with the same names. This one is made from the English one while it is
imported: public texts, and what public functions return, are wrapped. English that other parts of the package tell
the report stands in ⟪ ⟫, so that a sentence is found wherever it was not said in the made-up language.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import importlib.abc
import importlib.machinery
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = "eventstudy.report.wording"
# not words: signs and names of windows, letters made large or small, and what other parts look up
AS_THEY_ARE = {"window", "window_label", "capitalised", "lowered", "hash_short", "integer", "MINUS", "MISSING", "THIN"}
AS_THEY_ARE |= {"R_BAR", "TO", "LANGUAGE", "worded"}


def wrapped(value: Any) -> Any:
    """Every text of a value in brackets; keys of mappings stay, as do names of formulas."""
    if isinstance(value, str):
        return f"⟦{value}⟧" if value.strip() else value
    if isinstance(value, Mapping):
        return {key: wrapped(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return tuple(wrapped(each) for each in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(value, **{name: wrapped(each) for name, each in vars(value).items()})
    return value


def _giving(function: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(function)
    def given(*args: Any, **kwargs: Any) -> str:
        return str(wrapped(function(*args, **kwargs)))

    return given


def translate(module: ModuleType) -> None:
    """Wrap a module's public texts, and what its public functions return."""
    for name, value in list(vars(module).items()):
        if name.startswith("_") or name in AS_THEY_ARE:
            continue
        if name == "FORMULA_TEXTS":
            module.FORMULA_TEXTS = tuple((*wrapped(each[:2]), each[2]) for each in value)
        elif callable(value) and not isinstance(value, type):
            own = getattr(value, "__module__", "") == module.__name__ or name == "interval"
            if own and getattr(value, "__annotations__", {}).get("return") == "str":
                setattr(module, name, _giving(value))
        elif name.isupper() and not isinstance(value, int | float | frozenset):
            setattr(module, name, wrapped(value))


def mark_english() -> None:
    """Put ⟪ ⟫ around every sentence that other parts of the package make."""
    from eventstudy.sentences import Sentence

    made = Sentence.__new__

    def marked(cls: type[Sentence], text: str, code: str, parts: Mapping[str, object]) -> Sentence:
        return made(cls, text if text.startswith("⟪") else f"⟪{text}⟫", code, parts)

    Sentence.__new__ = marked  # type: ignore[method-assign, assignment]


def no_plain_texts(module: ModuleType) -> None:
    """Put ⟪ ⟫ around what is told to the report and is no sentence: the embedded market answers nothing of its own."""
    from eventstudy.sentences import Sentence

    worded = module.worded
    module.worded = lambda text: worded(text) if isinstance(text, Sentence) or not text else f"⟪{text}⟫"  # type: ignore[attr-defined]


class Translator(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of the folder where they are, and wraps them once they are loaded."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if not fullname.startswith(f"{FOLDER}."):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        assert spec is not None
        self._loaders[fullname] = spec.loader
        spec.loader = self
        return spec

    def __init__(self) -> None:
        self._loaders: dict[str, Any] = {}

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        self._loaders[module.__name__].exec_module(module)
        translate(module)
        if module.__name__ == f"{FOLDER}.sentences":
            no_plain_texts(module)


def data_of(results: Any) -> set[str]:
    """Every text of the user's files that a report shows: names, titles, sectors, notes."""
    from eventstudy.report.build import make_chapters
    from eventstudy.report.chapter import episode_name
    from eventstudy.report.evidence import read_evidence
    from eventstudy.report.sections.other_announcements import short_title

    found = {"UTC"}
    evidence = read_evidence(results)
    for event in evidence.catalogue:
        found |= {event.title, event.source_title, event.source_publisher, short_title(event), event.episode}
        found |= set(event.materials)
    for chapter in make_chapters(evidence):
        found.add(episode_name(chapter.episode, chapter.events))
    for line in results.universe.narrowed_from or results.universe:
        found |= {line.name, line.ticker, line.sector, line.exposure_note.partition(":")[0]}
    found |= set(results.claims["instrument"])
    return found | {news.note.rstrip(".") for news in results.confounders}


def paper(report: Any, drawings: Any) -> Any:
    """What typst is given to set: the report, and what the file says of itself."""
    from eventstudy.report import pdf

    return [pdf._report(report, drawings), pdf._describe(report)]


def two_shares(folder: Path) -> Any:
    """A universe of one exposed share and one beneficiary, without controls: most of what is asked has no answer."""
    from eventstudy.catalogue import read_universe

    header, *lines = csv.reader(Path(read_universe().path).read_text("utf-8").splitlines())
    role = header.index("role")
    kept = [line for line in lines if line[role] == "benchmark"]
    kept += [next(line for line in lines if line[role] == wanted) for wanted in ("exposed", "beneficiary")]
    path = folder / "universe.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *kept])
    return read_universe(path)


def main(folder: Path, name: str) -> None:
    """A report on the embedded market, and what in it is data: of an event, of several episodes, of few shares."""
    sys.meta_path.insert(0, Translator())
    mark_english()
    import eventstudy as es
    from eventstudy.report.build import build_report
    from eventstudy.report.figures import draw_all
    from eventstudy.report.html import render_html

    events, universe, prices = es.read_events(), es.read_universe(), es.SamplePrices()
    ids = ["2026-01-06-japan-dual-use-ban"]
    if name == "episodes":
        ids += [event.event_id for event in events if event.episode.startswith("2010")]
    spec, curve = es.StudySpec(), None
    if name == "few":
        universe, model = two_shares(folder), es.GarchMarketModel()
        spec = es.StudySpec(windows=((0, 0),), model=model, tests=(*spec.tests, "placebo"))
        curve = es.specification_curve(
            events, universe, prices, event_id=ids[0], role="exposed", models=(es.MarketModel(), model),
            estimations=((-260, -11),), windows=((0, 0),), draws=99,
        )  # fmt: skip
    results = es.run_study(events.select(ids), universe, prices, spec, context=events)
    report = build_report(results, curve=curve)
    drawings = draw_all(report)
    (folder / f"{name}.html").write_bytes(render_html(report, drawings))
    (folder / f"{name}.paper.json").write_text(json.dumps(paper(report, drawings)), "utf-8")
    (folder / f"{name}.json").write_text(json.dumps(sorted(data_of(results))), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
