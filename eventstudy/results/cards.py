"""What a notebook shows of a study: its specification, and one table of means with their readings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eventstudy.notebook import card
from eventstudy.numbers import counted, in_percent, interval, pvalue
from eventstudy.panel.windows import window_label

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.results.study_results import StudyResults

# a card is looked at, not read through
MOST_ROWS = 12
# beyond these the adjusted p of the summary would take longer than anybody waits for a card
MOST_EVENTS, MOST_PAIRS = 12, 20_000


def study_card(results: StudyResults) -> str:
    """The card of a study.

    Parameters
    ----------
    results : StudyResults
        Any study. Up to 12 events it shows the rows of ``summary_groups`` by event and role, beyond that the roles
        pooled over all dates, and beyond 20,000 pairs no table.

    Examples
    --------
    >>> import eventstudy as es
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> page = study_card(results)
    >>> "6 of 6 pairs" in page, "suggestive" in page or "clear" in page or "noise" in page
    (True, True)
    """
    evidence, spec = results.evidence, results.spec
    events = len(evidence.labels("event_id")[1])
    used, pairs = int((evidence.row >= 0).sum()), len(evidence.row)
    first, last = spec.estimation
    lines = [
        f"{used:,} of {counted(pairs, 'pair')} used, {counted(events, 'event')}; model {spec.model.name}, estimated on "
        f"sessions {window_label((first, last))}; windows {', '.join(map(window_label, spec.windows))}"
    ]
    if pairs > MOST_PAIRS:
        return card("Event study", lines, notes=[_more(pairs - used)], simulated=results.simulated)
    window = next((each for each in spec.windows if each[0] == 0), spec.windows[0])
    frame, family = _means(results, events)
    frame = frame[frame["window"] == window_label(window)]
    several = [name for name in ("event_id", "direction") if name in frame and frame[name].nunique() > 1]
    keys = several[:1] + [name for name in ("role",) if name in frame] or ["event_id"]
    notes = [f"Mean abnormal return over {window_label(window)}, its 95% interval and headline test. {family}"]
    if len(frame) > MOST_ROWS:
        notes.append(f"The first {MOST_ROWS} of {len(frame)} rows.")
    return card(
        "Event study",
        lines,
        (*keys, "shares", "mean", "95% interval", "p", "adjusted p", "reading"),
        _rows(frame.head(MOST_ROWS), keys),
        [*notes, _more(pairs - used)],
        words=len(keys),
        simulated=results.simulated,
    )


def _means(results: StudyResults, events: int) -> tuple[pd.DataFrame, str]:
    """Rows by event and role, or by role alone where there are many events; and whom the adjustment covers."""
    if events <= MOST_EVENTS:
        frame = results.summary_groups()
        frame = frame[frame["event_id"] != ""]
        if "sector" in frame:
            frame = frame[frame["sector"] == ""]
        return frame, "Adjusted p: Holm, over all groups and windows of the event."
    by = ("role",) if "role" in results.evidence.columns else ()
    return results.groups(by=by), "Pooled over all dates. Adjusted p: Holm, over the groups and windows of this table."


def _rows(frame: pd.DataFrame, keys: Sequence[str]) -> list[tuple[str, ...]]:
    return [
        (
            *(str(row.get(name, "")) or "all" for name in keys),
            f"{row['n_pairs']:,}",
            in_percent(row["caar"]),
            interval(row["ci_low"], row["ci_high"]),
            pvalue(row["pvalue"]),
            pvalue(row["pvalue_holm"]),
            str(row["reading"]).replace("_", " "),
        )
        for row in frame.to_dict("records")
    ]


def _more(left_out: int) -> str:
    told = f"{counted(left_out, 'pair')} left out: .attrition. " if left_out else ""
    return f"{told}More: .groups(by=…), .tests(by=…), .cars, .pairs."
