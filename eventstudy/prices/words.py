"""What is said of prices: what the checks found in them, why there are none, what a source has and lacks.

The texts are English, as tables and the command line print them, by the code that every ``Sentence`` carries.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from eventstudy.sentences import sentence

# one finding; `.many` where it is of several days
_CHECKS: Final = {
    "column.close": "close",
    "column.adj_close": "adj_close",
    "check.columns_apart": "close and adj_close move apart on {days} of {all} days: they are not of one series",
    "check.column_alone": "{column} {before:.6g} to {now:.6g} on {day} while {other} moved by {change:+.1%}: {meaning}",
    "check.raw_closes": "the closes before are not adjusted, the returns are",
    "check.wrongly_adjusted": "adjusted for what did not happen, and the return is wrong",
    "check.currencies": "prices are stated in {units}",
    "check.unit_and_unit": "{one} and in {other}",
    "check.currency": "prices are in {unit}, the universe says {expected}",
    "check.ticks": (
        "closes from {first} to the last stand between the exchange's ticks: in another currency, or adjusted for more "
        "than splits"
    ),
    "check.identical": "{what} of {other} on {days} sessions, {first} to {last}",
    "check.same_prices": "the prices",
    "check.same_returns": "the returns, at {ratio:.4g} times the level,",
    "check.other_currency": "stated in {unit}, at the level of {other}, which is in {other_unit}",
    "check.moved": "{column} {before:.6g} to {now:.6g} on {day}",
    "check.moved_after_market": "{moved} ({change:+.1%} after the market)",
    "check.stretch": "{column} {value:.6g}, {day}, {times} than before and after",
    "check.stretch.many": "{count} values of {column}, {first} to {last}, {times} than before and after",
    "check.higher": "{times} times higher",
    "check.lower": "{times} times lower",
    "check.units": "{moved}, {times}: as between two units or currencies",
    "check.split": "{moved}, like a split of {new} to {old} that was not adjusted",
    "check.split_opens": "{moved} while the opens went on, like a split of {new} to {old} that was not adjusted",
    "check.spike": "{moved}, taken back in the next session",
    "check.joined": "{moved}, {why}: as where two sources are joined by level",
    "check.opens_went_on": "while the opens went on",
    "check.nothing_follows": "and nothing follows it",
    "check.ordinary_volume": "with an ordinary volume",
    "check.finer_since": "with more than {most} decimals from here on",
    "check.finer_before": "with more than {most} decimals before",
    "check.decimals_since": "with decimals from here on",
    "check.decimals_before": "with decimals before",
    "check.price": "a price, {day}",
    "check.price.many": "{count} prices, {first} to {last}",
    "check.early": (
        "{prices}, stamped one day early: shifted by a day they fit the sessions, as if dated in another time zone at "
        "the opening"
    ),
    "check.late": (
        "{prices}, stamped one day late: shifted by a day they fit the sessions, as if dated in another time zone at "
        "the close"
    ),
    "check.missing_sessions": "a session without a price, {day}",
    "check.missing_sessions.many": "{count} sessions without a price, {first} to {last}",
    "check.no_trade": "no trade, as the source says, {day}",
    "check.no_trade.many": "{count} sessions without a trade, as the source says, {first} to {last}",
    "check.unknown_session": "a price on a day that is no session, {day}",
    "check.unknown_session.many": "{count} prices on days that are no session, {first} to {last}",
    "check.carried": "{found}: the price of the session before, carried forward",
    "check.other_calendar": (
        "{unknown} prices on days that are no session and {missing} sessions without a price from {first} on: the "
        "dates are those of {city}"
    ),
    "check.swapped": "from {day} on at the level that {other} had, and {other} at this one's: the two changed places",
    "check.swapped_sectors": (
        "moves with {its_fund} (correlation {with_its:.2f} after the market), the sector of {other}, more than with "
        "its own {own_fund} ({with_own:.2f}), and {other} the other way round: the two may have changed places"
    ),
    "check.zero_price": "a price of zero or below, {day}",
    "check.zero_price.many": "{count} prices of zero or below, {first} to {last}",
    "check.zero_volume": "a price on a day without volume, {day}",
    "check.zero_volume.many": "{count} prices on days without volume, {first} to {last}",
    "check.stale_run": "{count} identical values of {column}, {value:.10g}, {first} to {last}",
    "check.upper_limit": "closed at its upper limit: {moved}",
    "check.lower_limit": "closed at its lower limit: {moved}",
    "check.beyond_upper_limit": "closed beyond its upper limit: {moved}",
    "check.beyond_lower_limit": "closed beyond its lower limit: {moved}",
    "check.limit_scaled": "{base:.10g} to {close:.10g}, judged on its level before a later split",
    "check.limit_share": "{base:.10g} to {close:.10g}, {change:+.1%}",
    "check.limit_band": "{base:.10g} to {close:.10g}, {move:+.10g} where the band is {band:.10g}",
    "check.limit_rounded": "{moved}, {beyond:.10g} beyond it: rounded up to the tick",
}

# many findings of one kind, told in one
SUMMED: Final = {
    "missing_sessions": "{sessions} sessions without a price in {count} stretches, {first} to {last}",
    "no_trade": "{sessions} sessions without a trade, as the source says, in {count} stretches, {first} to {last}",
    "unknown_session": "{sessions} prices on days that are no session, {first} to {last}",
    "shifted_dates": "{sessions} prices stamped on a neighbouring day in {count} stretches, {first} to {last}",
    "stale_run": "{count} runs of unchanged closes, {first} to {last}",
    "zero_price": "{sessions} prices of zero or below, {first} to {last}",
    "zero_volume": "{sessions} prices on days without volume, {first} to {last}",
    "raw_close": "{count} splits that the closes were not adjusted for, the returns were, {first} to {last}",
    "suspected_split": "{count} returns like unadjusted splits, {first} to {last}",
    "stretch": "{count} stretches at another level, {first} to {last}",
    "level_shift": "{count} changes of level, {first} to {last}",
    "jump": "{count} unexplained jumps, {first} to {last}",
    "columns": "{count} days on which the columns disagree, {first} to {last}",
    "swapped": "{count} exchanges of series with other tickers, {first} to {last}",
    "limit_close": "{count} closes at the daily limit, {first} to {last}",
    "beyond_limit": "{count} closes beyond the daily limit, {first} to {last}",
}

_ABSENCES: Final = {
    "absent.not_asked": "the source was not asked for it",
    "absent.no_ticker": "the source has no such ticker",
    "absent.no_dates": "the source has no prices on these dates",
    "absent.sample_ticker": "the embedded market has no such ticker",
    "absent.sample_listing": "not listed between {first} and {last}, the span of the embedded market",
    "absent.sample_dates": "no price in the dates asked for",
    "absent.yahoo_dates": "Yahoo has no prices on these dates",
    "absent.store_then": "the store had no prices on these dates at {then}",
}

# on the prices as a whole, whole sentences; `.one` and `.many` are of one line and of several
_NOTES: Final = {
    "place.indices": "indices",
    "place.elsewhere": "elsewhere",
    "lines.few": "{tickers}",
    "lines.many": "{count} lines",
    "lines.in_places": "{count} lines ({places})",
    "note.end": "{said}.",
    "note.and": "{said}; {more}",
    "note.closes_only": "Closes are adjusted for splits only; dividends are not in these returns.",
    "note.unadjusted.one": "{lines} has closes without dividend adjustment",
    "note.unadjusted.many": "{lines} have closes without dividend adjustment",
    "note.adjusted.one": "{lines} has adjusted closes only",
    "note.adjusted.many": "{lines} have adjusted closes only",
    "note.both.one": "{lines} has both",
    "note.both.many": "{lines} have both",
    "note.without_dividends": "Returns of a line without adjusted closes are without dividends.",
    "note.adjusted_only": "The source has adjusted closes only: prices as traded are not known.",
    "note.no_high_low": "The source has no high or low.",
    "note.no_range": "The source has no day's range.",
    "note.no_range.one": "{lines} has no high or low",
    "note.no_range.many": "{lines} have no high or low",
    "note.gaps.one": "{lines} has days with a close but no adjusted close; these days have no return",
    "note.gaps.many": "{lines} have days with a close but no adjusted close; these days have no return",
    "note.as_of": "Prices are those that the store held at {then}.",
    "note.stale": "Prices of {lines} are from the store, last downloaded {day}: {reason}.",
    "note.stale_more": (
        "Prices of {lines} are from the store, last downloaded {day}: {reason} (and {more} other reasons)."
    ),
    "note.superseded.one": "{rows} stored row of {tickers} comes from before a later restatement and is not used.",
    "note.superseded.many": "{rows} stored rows of {tickers} come from before a later restatement and are not used.",
    "note.tickers_more": "{tickers} …",
    "note.invented": (
        "Simulated prices: every price, volume, dividend and split here is invented by the package; only the sessions "
        "of the exchanges are real."
    ),
    "note.planted": (
        "Effects of the catalogue's events are planted in them, so that the study's answers are known beforehand."
    ),
    "note.unplanted": "No event has an effect in them, so that whatever the study finds is chance.",
    "note.as_traded": "Closes are as traded at the time; adjusted closes carry dividends and splits.",
}

# figures that a later download states otherwise; `.from` is said where they are told to be restated already
_RESTATED: Final = {
    "figure.none": "none",
    "figure.close": "close",
    "figure.close.many": "closes",
    "figure.adj_close": "adjusted close",
    "figure.adj_close.many": "adjusted closes",
    "figure.open": "open",
    "figure.open.many": "opens",
    "figure.high": "high",
    "figure.high.many": "highs",
    "figure.low": "low",
    "figure.low.many": "lows",
    "figure.volume": "volume",
    "figure.volume.many": "volumes",
    "restated.one": "{ticker}: {figure} of {day} restated from {old} to {new}",
    "restated.one.from": "{ticker}: {figure} of {day} from {old} to {new}",
    "restated.size": "{said} ({size})",
    "restated.many": "{ticker}: {rows:,} {figures} {span} restated",
    "restated.between": "between {first} and {last}",
    "restated.before": "before {day}",
    "restated.up_to": "up to {day}",
    "restated.by": "{said} by {factor}",
    "restated.by_range": "{said} by {low} to {high}",
    "restated.dividend": "{said}: a dividend",
    "restated.dividends": "{said}: dividends",
    "restated.split": "{said}: a split",
    "restated.last": "{said}, the last from {old} to {new}",
    "restated.note": "Restated since an earlier download, last noticed {day}: {what}.",
    "restated.routine": "earlier closes of {lines} by dividends or splits",
    "restated.corrected": "corrected by the source: {named}",
    "restated.corrected_more": "corrected by the source: {named} and {more} more",
    "restated.both": "{routine}, and {corrected}",
}

PATTERNS: Final[dict[str, str]] = {
    **_CHECKS,
    **{f"summed.{kind}": text for kind, text in SUMMED.items()},
    **_ABSENCES,
    **_NOTES,
    **_RESTATED,
}
said = partial(sentence, PATTERNS)
