"""From a study to the content of its report."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from eventstudy.catalogue.events import Event
from eventstudy.errors import UsageError
from eventstudy.processes import halved
from eventstudy.report import model, wording
from eventstudy.report.chapter import Chapter, episode_name, make_chapter, pooled_period, reading_window
from eventstudy.report.evidence import Evidence, read_evidence
from eventstudy.report.measures import Scope
from eventstudy.report.model import Empty, EventLine, Figure, Masthead, Report, Section, Table
from eventstudy.report.sections import (
    BRIEF,
    CLOSING,
    DEFAULT_SECTIONS,
    ONCE,
    Builder,
    colophon,
    counterfactuals,
    first_page,
    then_and_now,
    timeline,
    trust,
)
from eventstudy.report.sections import curve as curve_section
from eventstudy.report.sections.other_announcements import grid_finding, heat_figure, make_grid
from eventstudy.report.shared import Job, among, shared_out
from eventstudy.report.wording import frame as say
from eventstudy.report.wording import numbers
from eventstudy.results import StudyResults

if TYPE_CHECKING:
    from eventstudy.curve import SpecificationCurve
    from eventstudy.laboratory import SizeResult
    from eventstudy.report.figures import Drawings, Size

CATALOGUE = "catalogue"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def build_report(
    results: StudyResults,
    sections: Sequence[Builder] = DEFAULT_SECTIONS,
    curve: SpecificationCurve | None = None,
    size: SizeResult | None = None,
    counterfactual: str = "sc",
) -> Report:
    """Everything the report says, as content without markup; parameters as `build_drawn` has them."""
    return build_drawn(results, (), sections, curve, size, counterfactual)[0]


def build_drawn(
    results: StudyResults,
    sizes: Sequence[Size],
    sections: Sequence[Builder] = DEFAULT_SECTIONS,
    curve: SpecificationCurve | None = None,
    size: SizeResult | None = None,
    counterfactual: str = "sc",
) -> tuple[Report, Drawings]:
    """Everything the report says, and its figures drawn, each where its part is built.

    Parameters
    ----------
    results : StudyResults
        A study of catalogue events.
    sizes : sequence of str
        In which sizes of `figures.sizes_of` to draw.
    sections : sequence of callables
        Parts 2 to 9.
    curve : SpecificationCurve, optional
        Of one of the events; part 10 of the chapter that holds it.
    size : SizeResult, optional
        What ``study_size`` measured of this study; part 8 then tells false alarms, and judges by them.
    counterfactual : {"sc", "asc", "sdid", "gsynth", "did"}
        The estimator that speaks in part 5c.

    Raises
    ------
    UsageError
        If the study has no catalogue events, as one made by ``study_returns``; if the curve is of another event, or
        simulated where the study is not; if the size is not that of this study's groups, prices and specification.
    """
    _check_events(results)
    if curve is not None:
        _check_curve(results, curve)
    evidence = read_evidence(results)
    chapters = make_chapters(evidence)
    chosen = partial(counterfactuals.build, estimator=counterfactual)
    sections = tuple(chosen if build is counterfactuals.build else build for build in sections)
    if size is not None:
        trust.check_size(chapters[0] if len(chapters) == 1 else _whole(evidence), size)
        measured = partial(trust.build, size=size)
        sections = tuple(measured if build is trust.build else build for build in sections)
    if len(chapters) == 1:
        return _one(evidence, chapters[0], _parts(sections, chapters[0], curve), sizes)
    return _several(evidence, chapters, sections, sizes, curve)


def judged_groups(results: StudyResults) -> trust.JudgedGroups:
    """The groups that part 8 is about: the event's or the episode's, or those of the whole study.

    Parameters
    ----------
    results : StudyResults
        A study of catalogue events.

    Raises
    ------
    UsageError
        If the study has no catalogue events.
    """
    _check_events(results)
    evidence = read_evidence(results)
    chapters = make_chapters(evidence)
    return trust.judged(chapters[0] if len(chapters) == 1 else _whole(evidence))


def _check_events(results: StudyResults) -> None:
    if not results.events:
        raise UsageError(
            "this study has no catalogue of events, which a report is about; use results.groups() and results.tests(), "
            "or run_study() with events and a universe"
        )


def _check_curve(results: StudyResults, curve: SpecificationCurve) -> None:
    """Refuse a curve that this report cannot speak of."""
    known = [event.event_id for event in results.events]
    if curve.event_id not in known:
        raise UsageError(
            f"the curve is of {curve.event_id}, which this report is not about; "
            f"give one of {numbers.listed(known, most=5)}"
        )
    if curve.simulated != results.simulated:
        raise UsageError(
            f"the curve is made on {'simulated' if curve.simulated else 'real'} prices and the study on "
            f"{'simulated' if results.simulated else 'real'} ones; make both from one source"
        )


def _parts(sections: Sequence[Builder], chapter: Chapter, curve: SpecificationCurve | None) -> Sequence[Builder]:
    """The parts of a chapter: no line of time for one event, the curve where it is of one of its events."""
    if len(chapter.events) < 2:
        sections = tuple(build for build in sections if build is not timeline.build)
    if curve is None or curve.event_id not in {event.event_id for event in chapter.events}:
        return sections
    return (*sections, partial(curve_section.build, curve=curve))


def make_chapters(evidence: Evidence) -> tuple[Chapter, ...]:
    """One chapter an episode, in the order of their first events."""
    episodes: dict[str, list[Event]] = {}
    for event in evidence.events:
        episodes.setdefault(event.episode, []).append(event)
    single = len(episodes) == 1
    return tuple(
        make_chapter(evidence, episode, events, "" if single else str(index))
        for index, (episode, events) in enumerate(episodes.items(), start=1)
    )


def file_stem(results: StudyResults) -> str:
    """The report's file name without suffix: the event, the episode, or the catalogue.

    Letters, digits, ``.``, ``_`` and ``-`` only; nothing that leads to another folder.
    """
    events = results.events
    episodes = {event.episode for event in events}
    name = events[0].event_id if len(events) == 1 else events[0].episode if len(episodes) == 1 else CATALOGUE
    safe = _UNSAFE.sub("-", name).strip(".-")[:100] or "report"
    return f"{safe}-simulated" if results.simulated else safe


def report_headline(results: StudyResults) -> str:
    """The report's headline, without building the rest."""
    if not results.events:
        return ""
    evidence = read_evidence(results)
    chapters = make_chapters(evidence)
    chapter = chapters[0] if len(chapters) == 1 else _whole(evidence)
    return first_page.headline(chapter, simulated=results.simulated)


# One chapter


def _one(
    evidence: Evidence, chapter: Chapter, sections: Sequence[Builder], sizes: Sequence[Size]
) -> tuple[Report, Drawings]:
    results = evidence.results
    simulated = results.simulated
    _work_out(evidence, [chapter])
    jobs: list[Job] = [*(partial(build, chapter) for build in sections), partial(first_page.build, chapter)]
    told = shared_out(jobs, evidence, sizes)
    *parts, opening = told.parts
    headline = first_page.headline(chapter, simulated=simulated)
    event = chapter.pooled[0]
    title = episode_name(chapter.episode, chapter.events) if chapter.is_pooled else event.title
    report = Report(
        title=_title(title, simulated),
        file_stem=file_stem(results),
        masthead=Masthead(say.REPORT_KIND, say.episode_of(chapter.episode), _right(evidence)),
        event_line=first_page.event_line(chapter),
        headline=headline,
        lede=first_page.lede(chapter),
        first_page=opening,
        sections=tuple(each for build, each in zip(sections, parts, strict=True) if not among(build, CLOSING)),
        closing=tuple(each for build, each in zip(sections, parts, strict=True) if among(build, CLOSING)),
        footer=told.footer,
        page_footer=_page_footer(evidence),
        simulated=simulated,
        keywords=_keywords(evidence),
        made_at=_made_at(evidence),
    )
    return report, told.drawings


# Several chapters


def _several(
    evidence: Evidence,
    chapters: Sequence[Chapter],
    sections: Sequence[Builder],
    sizes: Sequence[Size],
    curve: SpecificationCurve | None = None,
) -> tuple[Report, Drawings]:
    results = evidence.results
    simulated = results.simulated
    whole = _whole(evidence)
    _work_out(evidence, [*chapters, whole], [chapter.focus.event_id for chapter in chapters])
    inner = [build for build in sections if not among(build, ONCE)]
    jobs: list[Job] = [
        *(partial(_chapter, each, _parts(inner, each, curve), simulated) for each in chapters),
        partial(_opening, evidence, chapters, whole),
        partial(then_and_now.build, chapters),
        *(partial(build, whole) for build in sections if among(build, ONCE)),
    ]
    told = shared_out(jobs, evidence, sizes)
    inside, opening, closing = told.parts[: len(chapters)], told.parts[len(chapters)], told.parts[len(chapters) + 1 :]
    events = evidence.events
    first, last = events[0].announced_date, events[-1].announced_date
    report = Report(
        title=_title(say.WHOLE_CATALOGUE, simulated),
        file_stem=file_stem(results),
        masthead=Masthead(say.REPORT_KIND, say.episodes(len(chapters)), _right(evidence)),
        event_line=EventLine(
            say.announcements_in(len(events), len(chapters)),
            say.from_to_pooled(first, last, len(whole.pooled)),
        ),
        headline=first_page.headline(whole, simulated=simulated),
        lede=first_page.lede(whole),
        sections=(opening,),
        chapters=tuple(inside),
        closing=tuple(_unnumbered(section) for section in closing),
        footer=told.footer,
        page_footer=_page_footer(evidence),
        simulated=simulated,
        keywords=_keywords(evidence),
        made_at=_made_at(evidence),
    )
    return report, told.drawings


def _work_out(evidence: Evidence, chapters: Sequence[Chapter], paths: Sequence[str] = ()) -> None:
    """What several parts speak of, before they are shared out.

    The headlines of every family of tests of the chapters, and the paths around the events of ``paths``.
    """
    scopes = [scope for chapter in chapters for scope in (chapter.scope, chapter.focus_scope)]
    units = list({id(unit): unit for unit in map(evidence.measures.unit, scopes)}.values())
    units.sort(key=lambda unit: -sum(map(len, unit.groups.values())))
    jobs: list[Callable[[], Any]] = [unit.headlines for unit in units]
    if paths:
        # one process walks them all: they share their ordinary days
        jobs.insert(0, lambda: [evidence.paths(each) for each in paths])
    found = halved(lambda job: job(), jobs)
    for event_id, known in zip(paths, found.pop(0) if paths else (), strict=True):
        evidence.know_paths(event_id, known)
    for unit, headlines in zip(units, found, strict=True):
        unit.know(headlines)


def _unnumbered(section: Section) -> Section:
    """Closing parts carry no number: the chapters took them."""
    return replace(section, number="")


def _whole(evidence: Evidence) -> Chapter:
    """The whole study as one chapter: its tightening announcements pooled."""
    usable = [event for event in evidence.events if evidence.used(event.event_id)]
    tightening = [event for event in usable if event.news == "tightening"]
    pooled = tightening or usable[:1] or [evidence.events[0]]
    kind = pooled[0].news
    if len(pooled) == 1:
        return make_chapter(evidence, pooled[0].episode, pooled)
    return Chapter(
        evidence=evidence,
        number="",
        episode="",
        events=evidence.events,
        pooled=tuple(pooled),
        scope=Scope("", "", kind),
        focus=pooled[-1],
        window=reading_window(pooled, evidence.windows),
        focus_window=reading_window([pooled[-1]], evidence.windows),
    )


def _opening(evidence: Evidence, chapters: Sequence[Chapter], whole: Chapter) -> Section:
    """The heat map: one column an episode, the event that its chapter shows."""
    events = [chapter.focus for chapter in chapters if evidence.used(chapter.focus.event_id)]
    grid = make_grid(evidence, events)
    if len(grid.events) < 2:
        return Section(
            "",
            say.OVERVIEW_TOPIC,
            say.NO_SECOND_EPISODE,
            "overview",
            blocks=(Empty(say.NO_HEAT_MAP),),
        )
    names = {
        chapter.focus.event_id: episode_name(chapter.episode, ()) if chapter.episode != chapter.focus.event_id else ""
        for chapter in chapters
    }
    figure = heat_figure(grid, id="figure-overview", label=say.FIGURE_A, names=names)
    figure = replace(
        figure,
        title=say.overview_title(len(grid.events)),
        note=(say.one_announcement(model.plain(figure.note)),),
    )
    apart = _apart_sentences(whole)
    paragraphs = ((apart,),) if apart else ()
    return Section("", say.OVERVIEW_TOPIC, grid_finding(grid), "overview", paragraphs, (figure,))


def _apart_sentences(whole: Chapter) -> str:
    """What relief and support did, told apart from tightening."""
    evidence = whole.evidence
    sentences = []
    for kind in ("relief", "support"):
        events = [event for event in evidence.events if event.news == kind and evidence.used(event.event_id)]
        if not events or kind == whole.pooled[0].news:
            continue
        window = reading_window(events, evidence.windows)
        scope = Scope("", "", kind)
        period = pooled_period(window, len(events), wording.DIRECTIONS[kind])
        told = [
            (name, measure)
            for role, name in (("exposed", say.EXPOSED_SHARES), ("beneficiary", say.THE_BENEFICIARIES))
            if (measure := evidence.measure(scope, role, "", window)) is not None and measure.measured
        ]
        if len(told) == 2 and all(measure.reading == "noise" and not math.isnan(measure.mde) for _, measure in told):
            sentences.append(wording.both_noise(told[0], told[1], period))
            continue
        for name, measure in told:
            verdict = wording.verdict(name, measure, period)
            sentences.append(f"{period.opening} {verdict[:1].lower()}{verdict[1:]}")
    return " ".join(sentences)


def _chapter(chapter: Chapter, sections: Sequence[Builder], simulated: bool) -> model.Chapter:
    return model.Chapter(
        anchor=chapter.anchor,
        when=numbers.month_year(chapter.events[0].announced_date),
        name=episode_name(chapter.episode, chapter.events),
        event_line=first_page.event_line(chapter),
        headline=first_page.headline(chapter, simulated=simulated),
        lede=first_page.lede(chapter),
        first_page=first_page.build(chapter),
        sections=tuple(_brief(build(chapter)) if among(build, BRIEF) else build(chapter) for build in sections),
    )


def _brief(section: Section) -> Section:
    """A part of which paper has the finding and the sentences alone."""
    blocks = tuple(
        replace(each, on_paper=False) if isinstance(each, Figure | Table) else each for each in section.blocks
    )
    return replace(section, blocks=blocks)


# The frame


def _title(subject: str, simulated: bool) -> str:
    return say.title(simulated, subject)


def _right(evidence: Evidence) -> str:
    """At the right of the masthead: which prices, how large a catalogue."""
    results = evidence.results
    if results.simulated:
        return say.simulated_prices_right(results.spec.seed)
    lines = len(results.universe) if results.universe is not None else 0
    events = say.events_count(len(evidence.catalogue))
    return say.prices_right(colophon.prices_to(evidence), events, lines)


def _page_footer(evidence: Evidence) -> str:
    results = evidence.results
    snapshot = results.prices.snapshot if results.prices is not None else None
    parts = [say.package(colophon.version(results.provenance))]
    prices = say.SIMULATED_PRICES if results.simulated else numbers.lowered(colophon.prices_to(evidence))
    if snapshot is not None and snapshot.sha256:
        prices += say.snapshot(snapshot.sha256)
    parts += [prices, say.seed_words(results.spec.seed)]
    return " · ".join(parts)


def _keywords(evidence: Evidence) -> tuple[str, ...]:
    materials = {material for event in evidence.events for material in event.materials}
    return (say.EVENT_STUDY, say.ABNORMAL_RETURNS, *sorted(materials))[:12]


def _made_at(evidence: Evidence) -> datetime | None:
    """The last fetch of the prices, else their last session: never now."""
    results = evidence.results
    if results.prices is None:
        return None
    stamp = results.prices.snapshot.last_fetch
    if stamp:
        try:
            moment = datetime.fromisoformat(stamp)
        except ValueError:
            moment = None
        if moment is not None:
            return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    ends = colophon.last_sessions(evidence)
    if not ends:
        return None
    last = max(ends.values())
    return datetime(last.year, last.month, last.day, tzinfo=UTC)
