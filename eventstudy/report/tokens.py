"""Colours, sizes and type of the report, in one place for the page, the paper and the drawings."""

from __future__ import annotations

from typing import Final

LIGHT: Final[dict[str, str]] = {
    "paper": "#fdfcf9",
    "ink": "#1b1d20",
    "muted": "#5a6068",
    "rule": "#d9d4c9",
    "grid": "#e8e4db",
    "exposed": "#bf5317",
    "beneficiary": "#0b4474",
    "control": "#69707a",
    "exposed-band": "#f3ddcf",
    "beneficiary-band": "#d2dfeb",
    "control-band": "#e3e5e8",
    "ordinary": "#b9b3a6",
    "fall-3": "#5e2a78",
    "fall-2": "#a884bc",
    "fall-1": "#d9c9e2",
    "rise-1": "#cbe3cf",
    "rise-2": "#6bae7b",
    "rise-3": "#14632f",
    "on-strong": "#ffffff",
}
"""Token to colour, light. Every colour stands once, so that a drawing's colours lead back to their tokens."""

DARK: Final[dict[str, str]] = {
    "paper": "#15181b",
    "ink": "#ece9e2",
    "muted": "#a9aeb4",
    "rule": "#3a4046",
    "grid": "#282d32",
    "exposed": "#f6a973",
    "beneficiary": "#58a4df",
    "control": "#a2a9b2",
    "exposed-band": "#4a2f1d",
    "beneficiary-band": "#17344c",
    "control-band": "#33383e",
    "ordinary": "#5c6269",
    "fall-3": "#c9a3dc",
    "fall-2": "#775090",
    "fall-1": "#43314e",
    "rise-1": "#24412c",
    "rise-2": "#2f6e42",
    "rise-3": "#8fd19f",
    "on-strong": "#15181a",
}
"""Token to colour, dark. Text on level 3 is as dark as the paper, one step apart so that it stays its own token."""

PRINT: Final[dict[str, str]] = {**LIGHT, "paper": "#ffffff", "on-strong": "#fffffe"}
"""Token to colour on white paper."""

THEMES: Final[dict[str, dict[str, str]]] = {"light": LIGHT, "dark": DARK, "print": PRINT}

TOKEN_OF: Final[dict[str, str]] = {colour: token for token, colour in LIGHT.items()}

ROLE_COLOUR: Final[dict[str, str]] = {
    "exposed": "exposed",
    "beneficiary": "beneficiary",
    "control": "control",
    "exposed_elsewhere": "exposed",
    "": "muted",
}

HEAT_BREAKS: Final[tuple[float, float]] = (2.0, 8.0)
"""Per cent in absolute value where the heat map's colour changes level; the same in every report."""

# the Latin faces first; behind them those in which each system has Japanese, Chinese and Korean
SERIF: Final = (
    '"Iowan Old Style", "Palatino Nova", Palatino, "Palatino Linotype", Charter, Georgia, '
    '"Hiragino Mincho ProN", "Yu Mincho", "Noto Serif CJK JP", "Songti SC", SimSun, serif'
)
SANS: Final = (
    '-apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Hiragino Sans", "Yu Gothic", Meiryo, "PingFang SC", '
    '"Microsoft YaHei", "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans CJK JP", sans-serif'
)
PAPER_SERIFS: Final = ("Libertinus Serif", "Noto Serif JP", "Noto Serif SC")

NARROW: Final = 358
MEDIUM: Final = 690
WIDE: Final = 1120

TEXT: Final = 12.5
AXIS: Final = 11.5


def matplotlib_settings(theme: str = "light") -> dict[str, object]:
    """Settings for ``matplotlib.rc_context`` that make any other drawing look like the report's.

    Parameters
    ----------
    theme : str
        ``"light"``, ``"dark"`` or ``"print"``.

    Returns
    -------
    dict
        rc parameter to value.

    Examples
    --------
    >>> matplotlib_settings()["text.color"]
    '#1b1d20'
    """
    colour = THEMES[theme]
    return {
        "figure.facecolor": colour["paper"],
        "savefig.facecolor": colour["paper"],
        "axes.facecolor": colour["paper"],
        "axes.edgecolor": colour["rule"],
        "axes.labelcolor": colour["muted"],
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": colour["grid"],
        "grid.linewidth": 1.0,
        "xtick.color": colour["muted"],
        "ytick.color": colour["muted"],
        "text.color": colour["ink"],
        "font.size": TEXT,
        "axes.labelsize": AXIS,
        "xtick.labelsize": AXIS,
        "ytick.labelsize": AXIS,
        "svg.fonttype": "none",
        "svg.hashsalt": "eventstudy",
        "path.simplify": False,
    }


def stylesheet_tokens() -> str:
    """The tokens as CSS custom properties: light, and dark where the reader prefers it on a screen.

    Examples
    --------
    >>> stylesheet_tokens().startswith(":root{color-scheme:light dark;--paper:#fdfcf9;")
    True
    """
    light = "".join(f"--{token}:{colour};" for token, colour in LIGHT.items())
    dark = "".join(f"--{token}:{colour};" for token, colour in DARK.items())
    paper = "".join(f"--{token}:{colour};" for token, colour in PRINT.items())
    return (
        f":root{{color-scheme:light dark;{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f"@media print{{:root{{color-scheme:light;{paper}}}}}"
    )
