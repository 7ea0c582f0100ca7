"""What may be chosen otherwise: models, estimation windows, event windows, benchmarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from eventstudy.catalogue import EXCHANGES, Security, Universe
from eventstudy.models import ReturnModel
from eventstudy.prices.source import PriceHistory
from eventstudy.returns import split_shift
from eventstudy.spelling import did_you_mean

OWN = "own"
Benchmarks = Mapping[str, Mapping[str, str]]


def takes_market(model: ReturnModel) -> bool:
    """Whether a model's numbers depend on the benchmark.

    Examples
    --------
    >>> from eventstudy.models import MarketModel, MeanAdjusted
    >>> takes_market(MarketModel()), takes_market(MeanAdjusted())
    (True, False)
    """
    return any(split_shift(name)[0] == "market" for name in model.regressors)


def model_labels(models: Sequence[ReturnModel]) -> tuple[str, ...]:
    """A name for each model: its own, or all it was made with where two share a name.

    Examples
    --------
    >>> from eventstudy.models import MarketModel, MeanAdjusted
    >>> model_labels((MarketModel(), MeanAdjusted()))
    ('market', 'mean')
    """
    names = [model.name for model in models]
    labels = tuple(repr(model) if names.count(name) > 1 else name for model, name in zip(models, names, strict=True))
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise ValueError(f"models: {', '.join(twice)} given more than once; name each once")
    return labels


def check_benchmarks(benchmarks: Benchmarks, lines: Sequence[Security]) -> None:
    """Refuse alternatives that change nothing, or that would count a specification twice.

    Raises
    ------
    ValueError
        Naming the alternative.
    """
    exchanges = sorted({line.exchange for line in lines})
    seen: dict[tuple[str, ...], str] = {tuple(line.benchmark for line in lines): OWN}
    for name, tickers in benchmarks.items():
        if not name.strip() or name == OWN:
            raise ValueError(f"benchmarks: {name!r} cannot name an alternative; {OWN!r} is the universe's own column")
        empty = [exchange for exchange, ticker in tickers.items() if not ticker.strip()]
        if empty:
            raise ValueError(f"benchmarks: {name!r} names no ticker for {', '.join(empty)}; write one")
        for exchange in tickers:
            if exchange not in EXCHANGES:
                remedy = did_you_mean(exchange, EXCHANGES, f"choose from {', '.join(exchanges)}")
                raise ValueError(f"benchmarks: {name!r} names {exchange!r}, which is no exchange; {remedy}")
        chosen = tuple(tickers.get(line.exchange, line.benchmark) for line in lines)
        if chosen in seen:
            raise ValueError(
                f"benchmarks: {name!r} gives every line the benchmark that {seen[chosen]!r} gives it; "
                f"name another ticker for {', '.join(exchanges)}"
            )
        seen[chosen] = name


def check_priced(benchmarks: Benchmarks, universe: Universe, history: PriceHistory) -> None:
    """Refuse an alternative whose ticker the source does not have: its specifications would silently be empty.

    Raises
    ------
    ValueError
        Naming the alternative and the ticker, with the likeliest one of the universe.
    """
    known = {line.ticker: line.name for line in universe if line.role == "benchmark"}
    for name, tickers in benchmarks.items():
        for exchange, ticker in tickers.items():
            if ticker in history.missing:
                remedy = did_you_mean(ticker, known, f"benchmarks of the universe are {', '.join(known)}")
                raise ValueError(
                    f"benchmarks: {name!r} names {ticker!r} for {exchange}, of which there is no price "
                    f"({history.missing[ticker]}); {remedy}"
                )


def with_benchmark(universe: Universe, tickers: Mapping[str, str]) -> Universe:
    """The universe with another market for the lines of some exchanges."""
    rows = tuple(
        line
        if line.role == "benchmark" or line.exchange not in tickers
        else replace(line, benchmark=tickers[line.exchange])
        for line in universe
    )
    return replace(universe, rows=rows)
