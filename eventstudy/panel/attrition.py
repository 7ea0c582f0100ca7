"""Why a pair, or one window of it, is left out: a code in the tables, a sentence for the reader."""

from __future__ import annotations

from typing import Final

from eventstudy.sentences import sentence

# code -> (step of the flow that left the pair out, sentence for the reader)
REASONS: dict[str, tuple[str, str]] = {
    "beyond_calendar": ("event_time", "the exchange's calendar does not reach the announcement"),
    "not_yet_listed": ("listing", "the event precedes the line's first session"),
    "delisted": ("listing", "the line had stopped trading before the event"),
    "delisted_in_window": ("listing", "the line stopped trading before the window's last session"),
    "partial_window": ("listing", "the line stopped trading inside the window, which ends with its last session"),
    "no_prices": ("prices", "the price source does not have this ticker"),
    "no_factors": ("model", "the factor table has no row on any session of this line's exchange"),
    "no_benchmark": ("prices", "the price source does not have this line's benchmark"),
    "no_sector_benchmark": ("model", "the line has no sector benchmark, or the source has no prices for it"),
    "before_prices": ("prices", "the event precedes the first price"),
    "after_prices": ("prices", "the event follows the last price: not yet testable"),
    "future_event": ("event_time", "the event lies after every price of the source: not yet testable"),
    "no_event_return": ("returns", "no window has both its first and its last return"),
    "short_estimation": ("estimation", "too few valid returns in the estimation window"),
    "short_regressors": ("estimation", "too few sessions of the estimation window have the model's market or factors"),
    "zero_variance": ("estimation", "returns in the estimation window do not vary around their expectation"),
    "no_convergence": ("estimation", "the model's iterations do not settle on the estimation window"),
    "integrated_variance": ("estimation", "the fitted GARCH variance has no long-run level: alpha + beta is 1 or more"),
    "singular_regressors": ("estimation", "the regressors do not vary in the estimation window"),
    "no_regressors": ("window", "a session of the window has a return, but not the model's market or factors"),
    "unlinked_ticker": ("listing", "the line changed its symbol in the window, and no price links the two"),
    "window_edge": ("window", "no return at the window's last session, or its first return begins before the window"),
}
PATTERNS: Final[dict[str, str]] = {code: text for code, (_, text) in REASONS.items()}


def describe(reason: str) -> str:
    """The sentence of a reason code, a ``Sentence``; the code itself where it is unknown.

    Examples
    --------
    >>> describe("short_estimation")
    'too few valid returns in the estimation window'
    """
    return sentence(PATTERNS, reason) if reason in PATTERNS else reason
