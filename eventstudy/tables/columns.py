"""What the columns of the tables hold, and with how many digits it is read."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """The meaning of a column, as far as its printing goes."""

    RETURN = "decimal return"
    SHARE = "share or correlation"
    PROBABILITY = "probability"
    STATISTIC = "statistic or coefficient"
    OTHER = "anything else"


_RETURNS = frozenset(
    (
        *("return", "expected", "ar", "car", "car_se", "bhar", "alpha", "residual_sd", "caar", "caar_se"),
        *("ci_low", "ci_high", "mde", "effect", "att", "model_effect", "pre_rmse", "reported", "measured"),
    )
)
_SHARES = frozenset({"share_positive", "mean_correlation", "r_squared", "pre_r_squared"})
_STATISTICS = frozenset({"sar", "scar", "statistic", "beta"})


def kind_of(column: str) -> Kind:
    """The meaning of a column of that name.

    Examples
    --------
    >>> kind_of("caar").value, kind_of("pvalue_holm").value, kind_of("n_pairs").value
    ('decimal return', 'probability', 'anything else')
    """
    if column in _RETURNS:
        return Kind.RETURN
    if column in _SHARES:
        return Kind.SHARE
    if column in _STATISTICS:
        return Kind.STATISTIC
    return Kind.PROBABILITY if column.startswith("pvalue") or column.endswith("_pvalue") else Kind.OTHER
