"""Which known name somebody meant who wrote another."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_SIGNS = re.compile(r"[\W_]+")
_MAX_LETTERS = 200
# comparing with one name takes some 10 microseconds, word by word some 50
_MAX_COMPARED = 1000
_MAX_BY_WORDS = 300
_ALIKE = 0.55
_WHOLE_ALIKE = 0.65
_SAME_WORD = 0.75


def nearest_names(value: str, names: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The known names most like ``value``, the likeliest first; none where nothing is alike.

    Compared are the names as wholes and word by word, so that half a title, words in another order and a slip of
    the pen are all understood.

    Parameters
    ----------
    value : str
        What was written.
    names : iterable of str
        What could have been meant.
    most : int
        How many are returned at most. A name that is clearly less alike than the first is left out.

    Examples
    --------
    >>> nearest_names("defense", ["Autos & parts", "Defence & heavy machinery", "Deep-sea & engineering"])
    ('Defence & heavy machinery',)
    >>> nearest_names("japan ban", ["2026-01-06-japan-dual-use-ban", "2010-09-24-japan-releases-captain"], most=1)
    ('2026-01-06-japan-dual-use-ban',)
    >>> nearest_names("nothing like it", ["restriction", "relief"])
    ()
    """
    sought = value.strip().casefold()
    if not sought or len(sought) > _MAX_LETTERS:
        return ()
    known = list(dict.fromkeys(names))
    if len(known) > _MAX_COMPARED:
        return tuple(name for name in known if sought in name.casefold())[:most]
    by_words = len(known) <= _MAX_BY_WORDS
    scored = [(_likeness(sought, name.casefold(), by_words), -place) for place, name in enumerate(known)]
    best = sorted((each for each in scored if each[0] >= _ALIKE), reverse=True)[:most]
    return tuple(known[-place] for score, place in best if score >= best[0][0] - 0.1)


def nearest(value: str, names: Iterable[str]) -> str:
    """The known name most like ``value``, or an empty string.

    Examples
    --------
    >>> nearest("restrict", ["relief", "restriction"])
    'restriction'
    """
    return next(iter(nearest_names(value, names, most=1)), "")


def did_you_mean(value: str, names: Iterable[str], otherwise: str = "") -> str:
    """The remedy that a message about an unknown name ends with.

    Examples
    --------
    >>> did_you_mean("markt", ["market", "mean"], "choose one of market, mean")
    'did you mean market?'
    >>> did_you_mean("x", ["market", "mean"], "choose one of market, mean")
    'choose one of market, mean'
    """
    near = nearest_names(value, names)
    return f"did you mean {' or '.join(near)}?" if near else otherwise


def _likeness(sought: str, name: str, by_words: bool) -> float:
    """From 0 to 1, for what was written and one name, both in lower case."""
    matcher = difflib.SequenceMatcher(None, sought, name, autojunk=False)
    whole = matcher.ratio() if matcher.quick_ratio() >= _WHOLE_ALIKE else 0.0
    whole = whole if whole >= _WHOLE_ALIKE else 0.0
    if sought in name:
        whole = max(whole, 0.9 + 0.1 * len(sought) / len(name))
    if not by_words or whole == 1.0:
        return whole
    ours, theirs = _words(sought), _words(name)
    if not ours or not theirs:
        return whole
    found = [max(_same(word, other) for other in theirs) for word in ours]
    letters = [len(word) for word in ours]
    told = sum(share * length for share, length in zip(found, letters, strict=True)) / sum(letters)
    covered = sum(1 for share in found if share > 0) / max(len(theirs), len(ours))
    return max(whole, 0.85 * told + 0.15 * covered)


def _words(text: str) -> list[str]:
    return [word for word in _SIGNS.split(text) if word]


def _same(word: str, other: str) -> float:
    """Whether two words are one: the same, alike in their beginning, or a slip of the pen."""
    if word == other:
        return 1.0
    if word.isdigit() or other.isdigit():
        return 0.0
    begun, shorter = _begun_alike(word, other), min(len(word), len(other))
    if begun >= 3 and begun == shorter:
        return 0.95
    if begun >= 4 and begun >= 0.75 * shorter:
        return 0.8
    ratio = difflib.SequenceMatcher(None, word, other, autojunk=False).ratio()
    return ratio if ratio >= _SAME_WORD else 0.0


def _begun_alike(word: str, other: str) -> int:
    """How many letters two words share from their beginning."""
    pairs = zip(word, other, strict=False)
    return next((place for place, (one, two) in enumerate(pairs) if one != two), min(len(word), len(other)))
