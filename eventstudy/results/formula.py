"""What is wrong with a formula, in a sentence: which name is meant, or what the formula lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable

from eventstudy.errors import one_line
from eventstudy.spelling import did_you_mean

_UNKNOWN = re.compile(r"name '([^']{1,200})' is not defined")
_NUMPY = ("log", "log1p", "exp", "sqrt", "abs", "sign", "square", "clip")
# columns of the frame that are no variables
_BOOKKEEPING = ("row", "status", "reason", "news")


def formula_error(argument: str, formula: str, error: Exception, columns: Iterable[str]) -> ValueError:
    """The error to raise for a formula or condition that the library of formulas refused.

    Parameters
    ----------
    argument : str
        ``formula`` or ``where``.
    formula : str
        As it was given.
    error : Exception
        What that library said.
    columns : iterable of str
        The variables that there are.

    Examples
    --------
    >>> print(formula_error("formula", "car ~ rol", NameError("name 'rol' is not defined"), ["role", "beta"]))
    formula: 'car ~ rol' cannot be read: there is no variable 'rol'; did you mean role? It may name role, beta
    """
    known = [name for name in columns if name not in _BOOKKEEPING]
    may_name = f"it may name {', '.join(known)}"
    head = f"{argument}: {formula[:200]!r} cannot be read"
    found = _UNKNOWN.search(str(error))
    if found is not None:
        name = found[1]
        if name in _NUMPY:
            return ValueError(f"{head}: there is no function {name!r}; write np.{name}")
        if re.search(rf"\b{re.escape(name)}\s*\(", formula):
            remedy = did_you_mean(name, _NUMPY, f"functions are those of NumPy: {', '.join(f'np.{n}' for n in _NUMPY)}")
            return ValueError(f"{head}: there is no function {name!r}; {remedy}")
        near = did_you_mean(name, known)
        told = f"{head}: there is no variable {name!r}; "
        return ValueError(f"{told}{near} I{may_name[1:]}" if near else told + may_name)
    if argument == "formula" and formula.count("~") != 1:
        what = "it has no ~" if "~" not in formula else "it has more than one ~"
        return ValueError(f"{head}: {what}; write what is explained, ~, and what explains it: car ~ role + beta")
    # the libraries draw the place below the formula, which a single line cannot
    said = one_line(str(error).splitlines()[0]) if str(error) else type(error).__name__
    return ValueError(f"{head}: {said}; {may_name}")
