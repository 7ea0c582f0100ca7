"""Exchanges and their cities, and the role that a line has in an event: the markets of the event's target decide."""

from __future__ import annotations

from eventstudy.catalogue.events import Event
from eventstudy.catalogue.universe import Security, Universe
from eventstudy.sentences import Sentence, sentence

# ISO 10383 market identifier code -> city, in English
CITIES: dict[str, str] = {
    "XTKS": "Tokyo",
    "XASX": "Sydney",
    "XNYS": "New York",
    "XNAS": "New York",
    "ARCX": "New York",
    "XASE": "New York",
    "XSHG": "Shanghai",
    "XSHE": "Shenzhen",
    "XHKG": "Hong Kong",
    "XKRX": "Seoul",
    "XTSE": "Toronto",
    "XTSX": "Toronto",
}
# ... and as a word that a report may say in another language
EXCHANGES: dict[str, Sentence] = {mic: sentence(CITIES, mic) for mic in CITIES}
# An event's target -> the exchanges whose exposed lines make up its headline group.
TARGET_MARKETS: dict[str, tuple[str, ...]] = {
    "Japan": ("XTKS",),
    "United States": ("XNYS", "XNAS", "XASE", "ARCX"),
    "China": ("XSHG", "XSHE", "XHKG"),
    "Australia": ("XASX",),
    "Canada": ("XTSE", "XTSX"),
    "South Korea": ("XKRX",),
}
_TARGET_ALIASES = {
    "us": "United States",
    "usa": "United States",
    "united states of america": "United States",
    "america": "United States",
    "prc": "China",
    "people's republic of china": "China",
    "mainland china": "China",
    "korea": "South Korea",
    "republic of korea": "South Korea",
    "rok": "South Korea",
} | {name.casefold(): name for name in TARGET_MARKETS}


def target_exchanges(event: Event, universe: Universe) -> frozenset[str]:
    """The exchanges whose exposed lines are the event's headline group; empty means all of them.

    All of them where the target names no known market, or only markets that hold no exposed line.
    """
    named = {_TARGET_ALIASES.get(target.replace(".", "").casefold()) for target in event.target}
    markets = frozenset(mic for name in named if name is not None for mic in TARGET_MARKETS[name])
    return markets if markets & universe.exposed_exchanges else frozenset()


def role_in_event(event: Event, security: Security, universe: Universe) -> str:
    """The security's role in this event: ``exposed_elsewhere`` for exposed lines outside the target's markets.

    Parameters
    ----------
    event : Event
        Its ``target`` names the markets.
    security : Security
        The line in question.
    universe : Universe
        Decides whether the target's markets hold an exposed line at all; if not, every market counts.

    Examples
    --------
    >>> from eventstudy.catalogue import read_events, read_universe
    >>> universe = read_universe()
    >>> ban = read_events().get("2026-01-06-japan-dual-use-ban")
    >>> role_in_event(ban, universe.get("7203.T"), universe), role_in_event(ban, universe.get("TSLA"), universe)
    ('exposed', 'exposed_elsewhere')
    """
    if security.role != "exposed":
        return security.role
    markets = target_exchanges(event, universe)
    return "exposed" if not markets or security.exchange in markets else "exposed_elsewhere"
