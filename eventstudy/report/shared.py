"""A report's parts built and drawn on two cores: each part's figures where the part is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from eventstudy.processes import halved
from eventstudy.report.evidence import Evidence
from eventstudy.report.figures import draw_figure
from eventstudy.report.model import Block, Chapter, Figure, FirstPage, FooterColumn, Section
from eventstudy.report.sections import (
    before_after,
    colophon,
    counterfactuals,
    price_checks,
    then_and_now,
    trust,
)

if TYPE_CHECKING:
    from eventstudy.report.figures import Drawings, Size

Part: TypeAlias = Chapter | FirstPage | Section
Job: TypeAlias = "partial[Any]"

SLOW: tuple[Callable[..., Any], ...] = (
    counterfactuals.build,
    before_after.build,
    then_and_now.build,
    price_checks.build,  # which another process may be at already
    trust.build,
)
"""Parts that take longest, the longest first."""


@dataclass(frozen=True, eq=False)
class Told:
    """What the jobs made.

    Attributes
    ----------
    parts : tuple
        Of each job, in their order.
    footer : tuple of FooterColumn
        It counts what the price checks found, so it is made where those are.
    drawings : dict
        Figure id to what ``draw_figure`` gives, in the order of the parts.
    """

    parts: tuple[Any, ...]
    footer: tuple[FooterColumn, ...]
    drawings: Drawings


def shared_out(jobs: Sequence[Job], evidence: Evidence, sizes: Sequence[Size]) -> Told:
    """The parts that the jobs make, their figures in some sizes, and the footer.

    Parameters
    ----------
    jobs : sequence of partial
        Each returns a chapter, a first page or a section.
    evidence : Evidence
        The study.
    sizes : sequence of str
        Of the drawings; none to draw nothing.
    """
    order = sorted(range(len(jobs)), key=lambda place: _rank(jobs[place]))

    def work(place: int) -> tuple[Any, tuple[FooterColumn, ...], Drawings]:
        part = jobs[place]()
        footer = colophon.build(evidence) if among(jobs[place].func, (price_checks.build,)) else ()
        simulated = evidence.results.simulated
        figures = _figures(part) if sizes else ()
        return part, footer, {each.id: draw_figure(each, simulated=simulated, sizes=sizes) for each in figures}

    done = dict(zip(order, halved(work, order), strict=True))
    footer: tuple[FooterColumn, ...] = ()
    drawings: dict[str, Any] = {}
    for place in range(len(jobs)):
        footer = done[place][1] or footer
        drawings |= done[place][2]
    return Told(tuple(done[place][0] for place in range(len(jobs))), footer or colophon.build(evidence), drawings)


def among(build: Callable[..., Any], parts: Sequence[Callable[..., Any]]) -> bool:
    """Whether a part is one of these, with or without what it was given beside the chapter."""
    return (build.func if isinstance(build, partial) else build) in parts


def _rank(job: Job) -> int:
    """Where a job stands in the queue: those that take long first."""
    return next((rank for rank, build in enumerate(SLOW) if among(job.func, (build,))), len(SLOW))


def _figures(part: Part) -> Iterator[Figure]:
    """The figures of a part."""
    sections = part.sections if isinstance(part, Chapter) else (part,) if isinstance(part, Section) else ()
    page = part.first_page if isinstance(part, Chapter) else part if isinstance(part, FirstPage) else None
    blocks: list[Block] = [] if page is None else [page.figure, page.table]
    for section in sections:
        blocks += section.blocks
    yield from (block for block in blocks if isinstance(block, Figure))
