"""How numbers print: one definition for sentences, tables, figures and cards.

Returns arrive as decimals (0.051) and print as per cent (+5.1). What is missing (None, NaN) prints as an en dash.
"""

from __future__ import annotations

import math

MINUS = "\u2212"
MISSING = "–"


def _rounded(value: float, decimals: int) -> str:
    """``value`` in fixed decimals with a true minus; what rounds to zero has no sign."""
    if math.isinf(value):
        return f"{MINUS if value < 0 else ''}∞"
    text = f"{abs(value):.{decimals}f}"
    return text if value >= 0 or float(text) == 0 else MINUS + text


def _signed(value: float, decimals: int) -> str:
    """As `_rounded`, with a plus before what is above zero."""
    text = _rounded(value, decimals)
    return text if text.startswith(MINUS) or not any(digit in "123456789∞" for digit in text) else "+" + text


def percent(value: float | None, decimals: int = 1) -> str:
    """A return or an effect in per cent, signed, without the per cent sign.

    Examples
    --------
    >>> percent(0.0506), percent(-0.0123), percent(-0.0004), percent(None)
    ('+5.1', '−1.2', '0.0', '–')
    """
    return MISSING if value is None or math.isnan(value) else _signed(100 * value, decimals)


def in_percent(value: float | None) -> str:
    """The same with the per cent sign.

    Examples
    --------
    >>> in_percent(0.0506), in_percent(-0.0004), in_percent(float("nan"))
    ('+5.1%', '0.0%', '–')
    """
    text = percent(value)
    return text if text == MISSING else f"{text}%"


def size(value: float | None, decimals: int = 1) -> str:
    """A magnitude in per cent without sign: detectable effects, standard errors, "fell 1.2%".

    Examples
    --------
    >>> size(0.0194), size(-0.012)
    ('1.9', '1.2')
    """
    return MISSING if value is None or math.isnan(value) else _rounded(abs(100 * value), decimals)


def interval(low: float | None, high: float | None) -> str:
    """An interval in per cent, never with a dash or brackets.

    Examples
    --------
    >>> interval(-0.012, 0.016)
    '−1.2 to +1.6'
    """
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return MISSING
    return f"{percent(low)} to {percent(high)}"


def pvalue(p: float | None) -> str:
    """A p-value: three decimals below 0.10, else two, never 0.000 and never above 1.

    Examples
    --------
    >>> pvalue(0.0004), pvalue(0.0163), pvalue(0.0996), pvalue(0.42), pvalue(1.0), pvalue(None)
    ('< 0.001', '0.016', '0.10', '0.42', '1.00', '–')
    """
    if p is None or math.isnan(p):
        return MISSING
    if p < 0.001:
        return "< 0.001"
    text = f"{p:.3f}"
    return text if float(text) < 0.1 else f"{min(p, 1.0):.2f}"


def p_equals(p: float | None) -> str:
    """The same inside a sentence: "p = 0.016", "p < 0.001".

    Examples
    --------
    >>> p_equals(0.0163), p_equals(0.0004)
    ('p = 0.016', 'p < 0.001')
    """
    text = pvalue(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def coefficient(value: float | None, decimals: int = 2) -> str:
    """Correlations, betas, R², statistics: two decimals, a true minus, no plus.

    Examples
    --------
    >>> coefficient(0.331), coefficient(-0.02), coefficient(-0.001)
    ('0.33', '−0.02', '0.00')
    """
    return MISSING if value is None or math.isnan(value) else _rounded(value, decimals)


def counted(number: int, one: str, many: str = "") -> str:
    """A number in figures with its noun.

    Examples
    --------
    >>> counted(1, "event"), counted(1300, "share"), counted(0, "company", "companies")
    ('1 event', '1,300 shares', '0 companies')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
