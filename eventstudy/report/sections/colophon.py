"""Part 10: method, prices, made by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from eventstudy.catalogue.markets import EXCHANGES
from eventstudy.report import numbers
from eventstudy.report.evidence import Evidence
from eventstudy.report.model import FooterColumn
from eventstudy.report.sections import _cells as cells
from eventstudy.report.sections.first_page import model_name

FINDING_WORDS = {
    "missing_sessions": ("gap in the sessions", "gaps in the sessions"),
    "no_trade": ("stretch without trade", "stretches without trade"),
    "unknown_session": ("row on a day without a session", "rows on days without a session"),
    "shifted_dates": ("stretch of dates one day off", "stretches of dates one day off"),
    "other_calendar": ("series with another exchange’s dates", "series with another exchange’s dates"),
    "stale_run": ("run of unchanged closes", "runs of unchanged closes"),
    "zero_price": ("price of zero", "prices of zero"),
    "zero_volume": ("price on a day without volume", "prices on days without volume"),
    "raw_close": ("split that the closes were not adjusted for", "splits that the closes were not adjusted for"),
    "suspected_split": ("split that the adjustment may have missed", "splits that the adjustment may have missed"),
    "stretch": ("stretch in another unit", "stretches in another unit"),
    "level_shift": (
        "change of level that the market may not have made",
        "changes of level that the market may not have made",
    ),
    "jump": ("unexplained jump", "unexplained jumps"),
    "columns": ("disagreement of close and adjusted close", "disagreements of close and adjusted close"),
    "swapped": ("series that may be another ticker’s", "series that may be another ticker’s"),
    "identical": ("series that another ticker has too", "series that another ticker has too"),
    "currency": ("sign of another currency or unit", "signs of another currency or unit"),
    "limit_close": ("close at the daily limit", "closes at the daily limit"),
    "beyond_limit": ("close beyond the daily limit", "closes beyond the daily limit"),
    "no_prices": ("ticker without prices", "tickers without prices"),
}


def build(evidence: Evidence) -> tuple[FooterColumn, ...]:
    """Three closing columns."""
    return (
        FooterColumn("Method", (_method(evidence),)),
        FooterColumn("Prices", (_prices(evidence),)),
        FooterColumn("Made by", (_made_by(evidence),)),
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
    for ticker, city in used.items():
        frame = history.frames.get(ticker)
        if frame is not None and len(frame):
            last = frame.index[-1].date()
            found[city] = max(found.get(city, last), last)
    return found


def first_session(evidence: Evidence) -> date | None:
    """The first session of any price."""
    history = evidence.results.prices
    starts = [frame.index[0].date() for frame in history.frames.values() if len(frame)] if history is not None else []
    return min(starts, default=None)


def _method(evidence: Evidence) -> str:
    spec = evidence.results.spec
    first, last = spec.estimation
    returns = "Simple" if spec.returns == "simple" else "Log"
    kept = spec.gap_rule == "trade-to-trade"
    gaps = "a return after a gap keeps its span" if kept else "returns after a gap are left out"
    sentences = [
        f"{numbers.capitalised(model_name(spec.model))}, sessions {_number(first)} to {_number(last)}, at least "
        f"{numbers.integer(spec.min_estimation)} valid.",
        _markets(evidence),
        f"{returns} returns in local currency; {gaps}.",
        "Event day: the first session whose close follows the announcement.",
        "Headline test, fixed by the number of shares and dates before any result is seen: adjusted BMP from six "
        "shares on one date, portfolio t below; wild cluster bootstrap from six dates.",
        "Adjusted p: Holm within each event, each episode, and the whole.",
    ]
    if "placebo" in spec.tests and not spec.model.rolling:
        sentences.append("Ordinary days: none, as they need a model fitted by least squares.")
    elif "placebo" in spec.tests:
        sentences.append(
            f"Ordinary days: the same group on up to {numbers.integer(spec.placebo_draws)} dates clear of every event."
        )
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
            city = EXCHANGES.get(security.exchange, security.exchange)
            pairs.setdefault(city, Counter())[security.benchmark] += 1
    named = [f"{city} against {counts.most_common(1)[0][0]}" for city, counts in sorted(pairs.items())]
    return f"{', '.join(named)}." if named else ""


def _prices(evidence: Evidence) -> str:
    results = evidence.results
    history = results.prices
    if history is None:
        return "Returns given by the user."
    snapshot = history.snapshot
    source = {
        "sample": "The embedded market, simulated: no real share",
        "yahoo": "Yahoo Finance",
    }.get(snapshot.source, f"Files at {snapshot.source}")
    ends = last_sessions(evidence)
    groups: dict[date, list[str]] = {}
    for city, day in sorted(ends.items()):
        groups.setdefault(day, []).append(city)
    spans = [f"{numbers.listed(cities)} to {numbers.day_year(day)}" for day, cities in sorted(groups.items())]
    begin = first_session(evidence)
    parts = [f"{source}."]
    if begin is not None:
        until = f"; {', '.join(spans)}" if spans else ""
        parts.append(f"From {numbers.day_year(begin)}{until}.")
    parts += list(history.notes)
    parts.append(_findings(evidence))
    if snapshot.last_fetch:
        fetched = sorted({snapshot.first_fetch[:10], snapshot.last_fetch[:10]} - {""})
        parts.append(f"Fetched {' to '.join(fetched)}.")
    if snapshot.sha256:
        parts.append(f"Snapshot {numbers.hash_short(snapshot.sha256)}.")
    return cells.joined(parts)


def _findings(evidence: Evidence) -> str:
    """What the quality checks saw, counted by kind."""
    counts = Counter(finding.kind for finding in evidence.results.findings)
    if not counts:
        return "The quality checks found nothing."
    named = [
        f"{numbers.integer(count)} {FINDING_WORDS.get(kind, (kind, kind))[0 if count == 1 else 1]}"
        for kind, count in counts.most_common()
    ]
    return f"Quality checks, reported and not repaired: {numbers.listed(named)}."


def _made_by(evidence: Evidence) -> str:
    provenance = evidence.results.provenance
    packages: Mapping[str, Any] = provenance.get("packages") or {}
    python = packages.get("python", "")
    versions = [
        f"{name.replace('_', '-')} {packages[name]}" for name in ("numpy", "pandas", "scipy") if name in packages
    ]
    parts = [
        f"eventstudy {version(provenance)}" + (f", Python {python}" if python else "") + ".",
        f"{', '.join(versions)}." if versions else "",
        f"Seed {provenance.get('seed', evidence.results.spec.seed)}.",
        _inputs(provenance),
        "Every number stands in the tables of eventstudy run, and study.json beside them says how to repeat it.",
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
    return f"Hashes: {', '.join(named)}." if named else ""


def prices_to(evidence: Evidence) -> str:
    """For the masthead: "Prices to 6 February 2026", the first market to end."""
    ends: Sequence[date] = list(last_sessions(evidence).values())
    return f"Prices to {numbers.day_year(min(ends))}" if ends else "Prices: none usable"
