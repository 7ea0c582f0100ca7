"""What groups, their members and their markets are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from eventstudy.report.wording import numbers

if TYPE_CHECKING:
    from eventstudy.report.model import Role

ROLE_TITLES: Mapping[Role, str] = {
    "exposed": "Exposed",
    "beneficiary": "Beneficiaries",
    "control": "Controls",
    "exposed_elsewhere": "Exposed, elsewhere",
}

NEWS_TITLES: Mapping[str, str] = {"tightening": "Restrictions and escalations", "relief": "Relief and support"}
"""The two sides of an episode's line of time."""

DIRECTIONS: Mapping[str, str] = {
    "restriction": "restriction",
    "escalation": "escalation",
    "relief": "relief",
    "support": "support",
    "tightening": "tightening",
}
"""What an event's direction is called, and the news of several that are pooled."""

CONFIDENCES: Mapping[str, str] = {"confirmed": "confirmed", "reported": "reported", "uncertain": "uncertain"}

# What the members of a sector of the packaged universe are called; any other sector's are its "shares".
_MEMBERS: Mapping[str, tuple[str, str]] = {
    "Autos & parts": ("carmaker", "carmakers"),
    "Electronic components": ("component maker", "component makers"),
    "Defence & heavy machinery": ("defence and machinery maker", "defence and machinery makers"),
    "Magnets & specialty metals": ("magnet and metals maker", "magnet and metals makers"),
    "Deep-sea & engineering": ("deep-sea and engineering company", "deep-sea and engineering companies"),
    "Rare-earth miners": ("rare-earth miner", "rare-earth miners"),
    "Other critical-mineral miners": ("other critical-mineral miner", "other critical-mineral miners"),
    "Recycling & substitutes": ("recycler", "recyclers"),
    "Trading houses": ("trading house", "trading houses"),
    "Chinese producers": ("Chinese producer", "Chinese producers"),
    "Controls": ("control", "controls"),
}


def event_kind(direction: str, confidence: str) -> str:
    """An event's kind in brackets and second lines: "restriction", "relief, reported".

    Examples
    --------
    >>> event_kind("restriction", "confirmed"), event_kind("relief", "reported")
    ('restriction', 'relief, reported')
    """
    return DIRECTIONS[direction] if confidence == "confirmed" else f"{DIRECTIONS[direction]}, {CONFIDENCES[confidence]}"


def members(sector: str, count: int) -> str:
    """What a sector's members are called: "carmakers"; of an unknown sector, "shares in X".

    Examples
    --------
    >>> members("Autos & parts", 10), members("Autos & parts", 1), members("Toys", 2)
    ('carmakers', 'carmaker', 'shares in Toys')
    """
    known = _MEMBERS.get(sector)
    if known is None:
        return f"{'share' if count == 1 else 'shares'} in {sector}" if sector else "share" if count == 1 else "shares"
    return known[0] if count == 1 else known[1]


def sector_words(sector: str, joined: str = "and") -> str:
    """A sector inside a sentence: "deep-sea and engineering", "Chinese producers".

    Examples
    --------
    >>> sector_words("Deep-sea & engineering"), sector_words("Chinese producers")
    ('deep-sea and engineering', 'Chinese producers')
    """
    words = sector.replace("&", joined)
    keeps = words.startswith(("Chinese", "Japan", "US ", "EU ")) or words[1:2].isupper()
    return words if keeps else words[:1].lower() + words[1:]


def short_sector(sector: str) -> str:
    """A sector for a narrow label: "Magnets, specialty metals"."""
    return sector.replace(" & ", ", ").replace("critical-mineral miners", "critical minerals")


def exposed_name(cities: Sequence[str]) -> str:
    """The exposed group with its market.

    Examples
    --------
    >>> exposed_name(["Tokyo"]), exposed_name(["New York", "Tokyo"]), exposed_name(["A", "B", "C"])
    ('exposed Tokyo shares', 'exposed shares in New York and Tokyo', 'exposed shares in three markets')
    """
    return _with_market("exposed {city}shares", cities)


def beneficiary_name(cities: Sequence[str]) -> str:
    """The beneficiaries, with their market where it is one: "the Tokyo beneficiaries"."""
    return f"the {cities[0]} beneficiaries" if len(cities) == 1 else "the beneficiaries"


def control_name(cities: Sequence[str]) -> str:
    """The controls, with their market where it is one."""
    return f"the {cities[0]} controls" if len(cities) == 1 else "the controls"


def _with_market(pattern: str, cities: Sequence[str]) -> str:
    if len(cities) == 1:
        return pattern.format(city=f"{cities[0]} ")
    name = pattern.format(city="")
    if len(cities) == 2:
        return f"{name} in {numbers.listed(cities)}"
    return f"{name} in {numbers.number_word(len(cities))} markets" if cities else name


def markets_text(counts: Mapping[str, int]) -> str:
    """Where a group's shares are listed: "Tokyo", or "Tokyo 10, New York 8, Sydney 2" by size.

    Examples
    --------
    >>> markets_text({"Tokyo": 34}), markets_text({"Sydney": 2, "Tokyo": 10})
    ('Tokyo', 'Tokyo 10, Sydney 2')
    """
    if len(counts) == 1:
        return next(iter(counts))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{city} {numbers.integer(count)}" for city, count in ordered)


def possessive(name: str) -> str:
    """A plural or singular name in the possessive: "the beneficiaries’", "Tesla’s"."""
    return f"{name}’" if name.endswith("s") else f"{name}’s"
