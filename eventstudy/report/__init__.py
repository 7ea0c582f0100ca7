"""The sector impact report: content from a study, set as a page and as paper."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventstudy.curve import SpecificationCurve
    from eventstudy.laboratory import SizeResult
    from eventstudy.report.figures import Drawings
    from eventstudy.report.model import Report
    from eventstudy.results import StudyResults

FORMATS = ("html", "pdf")

__all__ = ["FORMATS", "report_headline", "write_report"]


def write_report(
    results: StudyResults,
    out: str | os.PathLike[str] = "reports",
    formats: Sequence[str] = FORMATS,
    *,
    curve: SpecificationCurve | None = None,
    size: SizeResult | None = None,
    counterfactual: str = "sc",
) -> tuple[Path, ...]:
    """The paths of the report, once every format is written whole.

    Parameters
    ----------
    results : StudyResults
        What ``run_study`` returned.
    out : path-like
        A folder; made if it is not there.
    formats : sequence of str
        Any of ``html`` and ``pdf``.
    curve : SpecificationCurve, optional
        Of one of the report's events; its part then closes what is said of that event.
    size : SizeResult, optional
        What ``eventstudy.laboratory.study_size`` measured of this study: how often each test raises a false alarm.
    counterfactual : {"sc", "asc", "sdid", "gsynth", "did"}
        What the shares are set against in part 5c: synthetic control, its ridge augmentation, synthetic difference in
        differences, interactive fixed effects, difference in differences.

    Returns
    -------
    tuple of Path
        One path a format, in the order asked for. The name is the event's id, the episode's, or ``catalogue``;
        ``-simulated`` is added on the embedded market.

    Raises
    ------
    ValueError
        If a format is unknown, or none is given.
    UsageError
        If the study has no catalogue events, the curve is not of one of them on the same kind of prices, or the size
        is not this study's.
    OSError
        If the folder cannot be written or the disk is full; reports that stood there before are unchanged then.

    Notes
    -----
    Every format is rendered before the first file is replaced. The same study gives the same bytes.

    Examples
    --------
    >>> import tempfile
    >>> import eventstudy as es
    >>> events, universe = es.read_events(), es.read_universe().select(sector="Autos & parts")
    >>> ban = events.select(["2026-01-06-japan-dual-use-ban"])
    >>> results = es.run_study(ban, universe, es.SamplePrices())
    >>> [path.name for path in es.write_report(results, tempfile.mkdtemp(), formats=("html",))]
    ['2026-01-06-japan-dual-use-ban-simulated.html']
    """
    wanted = tuple(dict.fromkeys([formats] if isinstance(formats, str) else formats))
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown or not wanted:
        raise ValueError(f"formats: {', '.join(unknown) or 'none given'}; choose from {', '.join(FORMATS)}")
    from eventstudy.files import write_all_atomically
    from eventstudy.report.build import build_drawn
    from eventstudy.report.figures import ALL_SIZES, PAGE_SIZES, PAPER_SIZES

    sizes = ALL_SIZES if len(wanted) > 1 else PAGE_SIZES if wanted == ("html",) else PAPER_SIZES
    report, drawings = build_drawn(results, sizes, curve=curve, size=size, counterfactual=counterfactual)
    contents = _rendered(report, drawings, wanted)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    return write_all_atomically({folder / f"{report.file_stem}.{name}": contents[name] for name in wanted})


def _rendered(report: Report, drawings: Drawings, wanted: Sequence[str]) -> dict[str, bytes]:
    """Each format's bytes; with both, the page is written while the paper is set."""
    from eventstudy.processes import halved
    from eventstudy.report.html import render_html
    from eventstudy.report.pdf import render_pdf

    def rendered(name: str) -> bytes:
        return render_pdf(report, drawings) if name == "pdf" else render_html(report, drawings)

    slower_first = sorted(wanted, reverse=True)
    return dict(zip(slower_first, halved(rendered, slower_first), strict=True))


def report_headline(results: StudyResults) -> str:
    """The report's headline, for a terminal.

    Parameters
    ----------
    results : StudyResults
        What ``run_study`` returned.
    """
    from eventstudy.report.build import report_headline as headline

    return headline(results)
