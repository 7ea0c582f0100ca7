"""Text as such within LaTeX and Markdown: whatever a file holds, nothing of it is markup."""

from __future__ import annotations

import unicodedata

_LATEX_SIGNS = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "[": "{[}",  # after \\ a bracket would be read as an optional argument
        "]": "{]}",
        "−": "$-$",
        "–": "--",
        "²": "$^2$",
        "\n": " ",
        "\r": " ",
        "\t": " ",
    }
)
# what Markdown or the HTML within it would read as markup
_MARKDOWN_SIGNS = str.maketrans(
    {**{sign: f"\\{sign}" for sign in "\\`*_{}[]<>|#!~$&"}, "\n": " ", "\r": " ", "\t": " "}
)


def latex(text: str) -> str:
    r"""The text as LaTeX that prints it, on one line.

    Examples
    --------
    >>> print(latex("Autos & parts_1\n−5%"))
    Autos \& parts\_1 $-$5\%
    """
    return _printable(text).translate(_LATEX_SIGNS)


def markdown(text: str) -> str:
    r"""The text as Markdown that shows it, on one line.

    Examples
    --------
    >>> print(markdown("a|b <b>[here](x)</b>"))
    a\|b \<b\>\[here\](x)\</b\>
    """
    return _printable(text).translate(_MARKDOWN_SIGNS)


def _printable(text: str) -> str:
    """Without control characters, which neither format can hold."""
    return "".join(sign for sign in text if sign in "\n\r\t" or unicodedata.category(sign) != "Cc")
