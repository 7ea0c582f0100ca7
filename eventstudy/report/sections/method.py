"""How it was computed, and what the words mean: on the page alone, once."""

from __future__ import annotations

from eventstudy.models import MarketModel
from eventstudy.report import wording
from eventstudy.report.chapter import Chapter
from eventstudy.report.model import Definition, Definitions, Section
from eventstudy.report.sections.first_page import model_name
from eventstudy.report.wording import method as say
from eventstudy.report.wording import numbers
from eventstudy.results import StudyResults


def build(chapter: Chapter) -> Section:
    """The formulas behind the numbers, in the order in which they are made."""
    results = chapter.evidence.results
    chosen = [
        Definition(term, (text,), formula) for term, text, formula in wording.FORMULA_TEXTS if _used(results, formula)
    ]
    model = model_name(results.spec.model)
    finding = say.finding(model)
    return Section("", say.TOPIC, finding, "method", blocks=(Definitions(tuple(chosen)),), on_paper=False)


def _used(results: StudyResults, formula: str) -> bool:
    """Whether the study computed what the formula is of."""
    spec = results.spec
    if formula == "ar":
        return isinstance(spec.model, MarketModel)
    return formula != "placebo" or ("placebo" in spec.tests and spec.model.rolling)


def build_glossary(chapter: Chapter) -> Section:
    """The words of the tables and figures, each in a sentence or two."""
    items = tuple(Definition(term, (text,)) for term, text in wording.GLOSSARY)
    count = numbers.capitalised(numbers.number_word(len(items)))
    return Section(
        "", say.GLOSSARY_TOPIC, say.glossary_finding(count), "glossary", blocks=(Definitions(items),), on_paper=False
    )
