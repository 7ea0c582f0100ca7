"""The formulas that a report prints, as MathML: browsers set it themselves, and screen readers read it."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report import wording


def _name(text: str) -> str:
    # names of several letters stand upright
    return f"<mi>{text}</mi>" if len(text) == 1 or text == "r̄" else f'<mi mathvariant="normal">{text}</mi>'


def _sign(text: str) -> str:
    return f"<mo>{text}</mo>"


def _number(text: str) -> str:
    return f"<mn>{text}</mn>"


def _row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def _below(base: str, *low: str) -> str:
    return f"<msub>{base}{_row(*low)}</msub>"


def _above(base: str, *high: str) -> str:
    return f"<msup>{base}{_row(*high)}</msup>"


def _both(base: str, low: str, high: str) -> str:
    return f"<msubsup>{base}{low}{high}</msubsup>"


def _over(top: str, bottom: str) -> str:
    return f"<mfrac>{top}{bottom}</mfrac>"


def _root(*parts: str) -> str:
    return f"<msqrt>{''.join(parts)}</msqrt>"


def _sum(low: str, high: str = "") -> str:
    sign = '<mo largeop="true">∑</mo>'
    return f"<munderover>{sign}{low}{high}</munderover>" if high else f"<munder>{sign}{low}</munder>"


def _bar(base: str) -> str:
    # a rule drawn by the style sheet: a sign over the letters stretches only where there is a font for formulas
    return f'<mrow class="mean">{base}</mrow>'


def _hat(base: str) -> str:
    return f'<mover accent="true">{base}<mo>^</mo></mover>'


def _of(name: str, *inside: str) -> str:
    return _row(_name(name), _sign("&#8289;"), _sign("("), *inside, _sign(")"))


def _math(words: str, *parts: str) -> str:
    return f'<math display="block" alttext="{words}">{_row(*parts)}</math>'


_EQ, _MINUS, _PLUS, _TIMES = _sign("="), _sign("−"), _sign("+"), _sign("&#8290;")
_I, _TAU, _N = _name("i"), _name("τ"), _name("N")
_AR, _CAR, _SCAR = (_below(_name(name), _I) for name in ("AR", "CAR", "SCAR"))
_R_BAR = _name("r̄")
_INFLATED = _row(_number("1"), _PLUS, _sign("("), _N, _MINUS, _number("1"), _sign(")"), _TIMES, _R_BAR)

FORMULAS: Mapping[str, str] = {
    "ar": _math(
        wording.SPOKEN["ar"],
        _below(_name("AR"), _I, _TAU),
        _EQ,
        _below(_name("R"), _I, _TAU),
        _MINUS,
        _below(_hat(_name("α")), _I),
        _MINUS,
        _below(_hat(_name("β")), _I),
        _TIMES,
        _below(_name("R"), _name("m"), _TAU),
    ),
    "car": _math(
        wording.SPOKEN["car"],
        _CAR,
        _EQ,
        _sum(_row(_TAU, _sign("="), _below(_TAU, _number("1"))), _below(_TAU, _number("2"))),
        _below(_name("AR"), _I, _TAU),
        _sign(","),
        '<mspace width="1.2em"/>',
        _of("Var", _CAR),
        _EQ,
        _both(_name("s"), _I, _number("2")),
        _TIMES,
        _sign("("),
        _name("L"),
        _PLUS,
        _above(_name("x"), _sign("′")),
        _above(_row(_sign("("), _above(_name("X"), _sign("′")), _name("X"), _sign(")")), _MINUS, _number("1")),
        _name("x"),
        _sign(")"),
    ),
    "caar": _math(
        wording.SPOKEN["caar"],
        _name("CAAR"),
        _EQ,
        _over(_number("1"), _N),
        _sum(_I),
        _CAR,
        _sign(","),
        '<mspace width="1.2em"/>',
        _SCAR,
        _EQ,
        _over(_CAR, _root(_of("Var", _CAR))),
    ),
    "adjusted_bmp": _math(
        wording.SPOKEN["adjusted_bmp"],
        _name("t"),
        _EQ,
        _over(_bar(_name("SCAR")), _row(_of("sd", _name("SCAR")), _sign("/"), _root(_N))),
        _TIMES,
        _root(_over(_row(_number("1"), _MINUS, _R_BAR), _INFLATED)),
    ),
    "portfolio": _math(
        wording.SPOKEN["portfolio"],
        _name("t"),
        _EQ,
        _over(
            _name("CAAR"),
            _root(_below(_name("k"), _name("P")), _TIMES, _both(_name("s"), _name("P"), _number("2"))),
        ),
        _sign(","),
        '<mspace width="1.2em"/>',
        _both(_name("s"), _name("P"), _number("2")),
        _EQ,
        _over(_number("1"), _name("d")),
        _sum(_name("t")),
        _both(_bar(_name("e")), _name("t"), _number("2")),
    ),
    "placebo": _math(
        wording.SPOKEN["placebo"],
        _name("p"),
        _EQ,
        _over(
            _row(_number("1"), _PLUS, _sign("#"), _sign("("), _sign("|"), _below(_name("t"), _name("b")), _sign("|"),
                 _sign("≥"), _sign("|"), _name("t"), _sign("|"), _sign(")")),
            _row(_number("1"), _PLUS, _name("B")),
        ),
    ),
    "holm": _math(
        wording.SPOKEN["holm"],
        _both(_name("p"), _row(_sign("("), _name("k"), _sign(")")), _name("Holm")),
        _EQ,
        f"<munder>{_sign('max')}{_row(_name('j'), _sign('≤'), _name('k'))}</munder>",
        _sign("("),
        _name("m"),
        _MINUS,
        _name("j"),
        _PLUS,
        _number("1"),
        _sign(")"),
        _TIMES,
        _below(_name("p"), _sign("("), _name("j"), _sign(")")),
    ),
}  # fmt: skip
"""Name to one ``<math>`` element; nothing in it comes from outside."""
