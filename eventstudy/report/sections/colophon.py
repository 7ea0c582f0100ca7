"""Part 10: method, prices, made by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from eventstudy.report.evidence import Evidence
from eventstudy.report.model import FooterColumn
from eventstudy.report.sections import _cells as cells
from eventstudy.report.sections.first_page import model_name
from eventstudy.report.wording import colophon as say
from eventstudy.report.wording import numbers
from eventstudy.report.wording.sentences import city, worded


def build(evidence: Evidence) -> tuple[FooterColumn, ...]:
    """Three closing columns."""
    return (
        FooterColumn(say.METHOD, (_method(evidence),)),
        FooterColumn(say.PRICES, (_prices(evidence),)),
        FooterColumn(say.MADE_BY, (_made_by(evidence),)),
    )


def last_sessions(evidence: Evidence) -> dict[str, date]:
    """City to the last session of any price used there."""
    history = evidence.results.prices
    if history is None:
        return {}
    used: dict[str, str] = {}
    for shares in evidence.shares.values():
        for share in shares:
            if share.used:
                used[share.ticker] = share.city
    found: dict[str, date] = {}
    for ticker, place in used.items():
        frame = history.frames.get(ticker)
        if frame is not None and len(frame):
            last = frame.index[-1].date()
            found[place] = max(found.get(place, last), last)
    return found


def first_session(evidence: Evidence) -> date | None:
    """The first session of any price."""
    history = evidence.results.prices
    starts = [frame.index[0].date() for frame in history.frames.values() if len(frame)] if history is not None else []
    return min(starts, default=None)


def _method(evidence: Evidence) -> str:
    spec = evidence.results.spec
    first, last = spec.estimation
    returns = say.returns_kind(spec.returns)
    kept = spec.gap_rule == "trade-to-trade"
    gaps = say.gaps_kind(kept)
    sentences = [
        say.model_sentence(model_name(spec.model), _number(first), _number(last), spec.min_estimation),
        _markets(evidence),
        say.returns_sentence(returns, gaps),
        say.EVENT_DAY_SENTENCE,
        say.HEADLINE_TEST_SENTENCE,
        say.ADJUSTED_SENTENCE,
    ]
    if "placebo" in spec.tests and not spec.model.rolling:
        sentences.append(say.NO_ORDINARY_DAYS)
    elif "placebo" in spec.tests:
        sentences.append(say.ordinary_days(spec.placebo_draws))
    return cells.joined(sentences)


def _number(value: int) -> str:
    return numbers.coefficient(float(value), 0)


def _markets(evidence: Evidence) -> str:
    """Which benchmark each city is held against."""
    universe = evidence.results.universe
    if universe is None:
        return ""
    used = {share.ticker for shares in evidence.shares.values() for share in shares if share.used}
    pairs: dict[str, Counter[str]] = {}
    for security in universe:
        if security.ticker in used and security.benchmark:
            pairs.setdefault(city(security.exchange), Counter())[security.benchmark] += 1
    named = [say.market_of(place, counts.most_common(1)[0][0]) for place, counts in sorted(pairs.items())]
    return f"{', '.join(named)}." if named else ""


def _prices(evidence: Evidence) -> str:
    results = evidence.results
    history = results.prices
    if history is None:
        return say.RETURNS_GIVEN
    snapshot = history.snapshot
    source = say.source_name(snapshot.source)
    ends = last_sessions(evidence)
    groups: dict[date, list[str]] = {}
    for place, day in sorted(ends.items()):
        groups.setdefault(day, []).append(place)
    spans = [say.prices_until(cities, day) for day, cities in sorted(groups.items())]
    begin = first_session(evidence)
    parts = [f"{source}."]
    if begin is not None:
        until = f"; {', '.join(spans)}" if spans else ""
        parts.append(say.prices_from(begin, until))
    parts += map(worded, history.notes)
    parts.append(_findings(evidence))
    if snapshot.last_fetch:
        fetched = sorted({snapshot.first_fetch[:10], snapshot.last_fetch[:10]} - {""})
        parts.append(say.fetched(fetched))
    if snapshot.sha256:
        parts.append(say.snapshot(snapshot.sha256))
    return cells.joined(parts)


def _findings(evidence: Evidence) -> str:
    """What the quality checks saw, counted by kind."""
    counts = Counter(finding.kind for finding in evidence.results.findings)
    if not counts:
        return say.NOTHING_FOUND
    named = [
        f"{numbers.integer(count)} {say.FINDING_WORDS.get(kind, (kind, kind))[0 if count == 1 else 1]}"
        for kind, count in counts.most_common()
    ]
    return say.quality_checks(named)


def _made_by(evidence: Evidence) -> str:
    provenance = evidence.results.provenance
    packages: Mapping[str, Any] = provenance.get("packages") or {}
    python = packages.get("python", "")
    versions = [
        f"{name.replace('_', '-')} {packages[name]}" for name in ("numpy", "pandas", "scipy") if name in packages
    ]
    parts = [
        say.versions(version(provenance), python),
        f"{', '.join(versions)}." if versions else "",
        say.seed(provenance.get("seed", evidence.results.spec.seed)),
        _inputs(provenance),
        say.REPEAT_IT,
    ]
    return cells.joined(parts)


def version(provenance: Mapping[str, Any]) -> str:
    """The package's version, as the study recorded it."""
    return str(provenance.get("eventstudy") or provenance.get("version") or "")


def _inputs(provenance: Mapping[str, Any]) -> str:
    inputs: Mapping[str, Any] = provenance.get("inputs") or {}
    named = [
        f"{name} {numbers.hash_short(str(item.get('sha256', '')))}"
        for name, item in inputs.items()
        if isinstance(item, Mapping) and item.get("sha256")
    ]
    return say.hashes(named) if named else ""


def prices_to(evidence: Evidence) -> str:
    """For the masthead: "Prices to 6 February 2026", the first market to end."""
    ends: Sequence[date] = list(last_sessions(evidence).values())
    if not ends:
        return say.NO_PRICES
    return say.prices_to(min(ends))
