"""English sentences that know of what they are made, so that a report can say them in another language."""

from __future__ import annotations

from collections.abc import Mapping

BETWEEN = ", "  # the members of a list


class Sentence(str):
    """A text as tables and the command line print it, with the code of its pattern and the parts put into it.

    Attributes
    ----------
    code : str
        The key of its pattern, the same in every language.
    parts : mapping of str to object
        What the pattern names: numbers, dates, names, lists of these, and other sentences.

    Examples
    --------
    >>> said = sentence({"moved": "{ticker} moved by {change:+.1%}"}, "moved", ticker="7203.T", change=0.1)
    >>> said, said.code, said.parts["change"]
    ('7203.T moved by +10.0%', 'moved', 0.1)
    """

    __slots__ = ("code", "parts")

    code: str
    parts: Mapping[str, object]

    def __new__(cls, text: str, code: str, parts: Mapping[str, object]) -> Sentence:
        """The text, with what it is made of."""
        made = super().__new__(cls, text)
        made.code, made.parts = code, parts
        return made

    def __reduce__(self) -> tuple[type[Sentence], tuple[str, str, Mapping[str, object]]]:
        """Pickled and copied with what it is made of."""
        return Sentence, (str(self), self.code, self.parts)


def sentence(patterns: Mapping[str, str], code: str, **parts: object) -> Sentence:
    """The sentence of a code, its parts put in.

    Parameters
    ----------
    patterns : mapping of str to str
        Code to text, with parts in braces as ``str.format`` takes them.
    code : str
        Which of them.
    **parts
        By the names of the pattern.
    """
    return Sentence(filled(patterns[code], parts), code, parts)


def filled(pattern: str, parts: Mapping[str, object], between: str = BETWEEN) -> str:
    """A pattern with its parts put in, the members of a list one after the other.

    Examples
    --------
    >>> filled("{count} lines ({places})", {"count": 5, "places": ("Tokyo", "Sydney")})
    '5 lines (Tokyo, Sydney)'
    """
    return pattern.format(
        **{name: between.join(map(str, part)) if isinstance(part, tuple) else part for name, part in parts.items()}
    )
