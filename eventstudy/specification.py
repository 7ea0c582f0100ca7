"""StudySpec: every choice that moves a number, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from eventstudy.models import MarketModel, ReturnModel
from eventstudy.panel.windows import Window, check_window
from eventstudy.spelling import did_you_mean

DEFAULT_WINDOWS: tuple[Window, ...] = ((-2, -1), (0, 0), (-1, 1), (0, 5))
CLOSED_FORM_TESTS = (
    "cross_sectional_t", "time_series_t", "portfolio_t", "patell_z", "bmp_t", "adjusted_patell_z", "adjusted_bmp_t",
    "rank_z", "grank_t", "grank_z", "sign", "generalized_sign_z", "wilcoxon", "skewness_adjusted_t",
)  # fmt: skip
TESTS_ON_REQUEST = ("wild_bootstrap_t", "placebo", "grank_permutation", "mvrm_f", "calendar_time_t")
KNOWN_TESTS = (*CLOSED_FORM_TESTS, *TESTS_ON_REQUEST)
FIXED_BY_CLASS = ("name", "regressors", "estimated", "rolling", "single_sessions", "riskless")


@dataclass(frozen=True)
class StudySpec:
    """The specification of a study.

    Parameters
    ----------
    model : ReturnModel
        Model of the normal return.
    estimation : (int, int)
        Estimation window in event days, both inclusive.
    windows : tuple of (int, int)
        Event windows; none may share a session with the estimation window.
    min_estimation : int
        Fewest valid returns of an estimation window, more than four.
    standardise : {"exact", "sum"}
        SCAR as CAR over its prediction-error deviation, or Patell's Σ SAR/√L.
    returns : {"simple", "log"}
        Of the securities and of their market alike.
    gaps : {"trade-to-trade", "drop"}
        A return over several sessions is kept with its span, or left out.
    partial : {"exclude", "truncate"}
        Of a line that stops trading inside a window: no CAR, with that reason; or the CAR of the sessions until then,
        with the variance of those sessions, named in ``attrition`` and with their number in ``cars``.
    exclude_events : bool
        Leave days inside the windows of a security's other events out of its estimation window.
    tests : tuple of str
        Tests of ``results.tests``. ``placebo``, ``wild_bootstrap_t``, ``grank_permutation``, ``mvrm_f`` and
        ``calendar_time_t`` are computed when named.
    seed : int
        Of bootstrap and placebo draws.
    placebo_draws : int
        Most ordinary dates used.

    Raises
    ------
    ValueError
        Naming the argument, its value and what to write instead.

    Examples
    --------
    >>> StudySpec(windows=((0, 0), (0, 5))).windows
    ((0, 0), (0, 5))
    >>> StudySpec(windows=((-15, 0),))
    Traceback (most recent call last):
        ...
    ValueError: windows: (-15, 0) reaches into the estimation window (-260, -11); begin at -10 or later
    """

    model: ReturnModel = field(default_factory=MarketModel)
    estimation: Window = (-260, -11)
    windows: tuple[Window, ...] = DEFAULT_WINDOWS
    min_estimation: int = 120
    standardise: str = "exact"
    returns: str = "simple"
    gaps: str = "trade-to-trade"
    partial: str = "exclude"
    exclude_events: bool = False
    tests: tuple[str, ...] = CLOSED_FORM_TESTS
    seed: int = 0
    placebo_draws: int = 999

    def __post_init__(self) -> None:
        object.__setattr__(self, "estimation", check_window(self.estimation, "estimation"))
        windows = tuple(check_window(window, "windows") for window in self.windows)
        object.__setattr__(self, "windows", tuple(dict.fromkeys(windows)))
        object.__setattr__(self, "tests", tuple(dict.fromkeys(self.tests)))
        if not windows:
            raise ValueError("windows: none given; give at least one, such as (0, 0)")
        if self.estimation[1] >= -1 and any(window[0] <= self.estimation[1] for window in windows):
            raise ValueError(
                f"estimation: {self.estimation} reaches into the event windows; end it before {windows[0][0]}"
            )
        for window in windows:
            if window[0] <= self.estimation[1]:
                raise ValueError(
                    f"windows: {window} reaches into the estimation window {self.estimation}; "
                    f"begin at {self.estimation[1] + 1} or later"
                )
        self._check_choice("standardise", ("exact", "sum"))
        self._check_choice("returns", ("simple", "log"))
        self._check_choice("gaps", ("trade-to-trade", "drop"))
        self._check_choice("partial", ("exclude", "truncate"))
        length = self.estimation[1] - self.estimation[0] + 1
        if not 5 <= self.min_estimation <= length:
            raise ValueError(
                f"min_estimation: {self.min_estimation} does not fit an estimation window of {length} sessions; "
                f"write a number from 5 to {length}"
            )
        unknown = [name for name in self.tests if name not in KNOWN_TESTS]
        if unknown:
            near = did_you_mean(unknown[0], KNOWN_TESTS)
            told = f"tests: {', '.join(unknown)} unknown; choose from {', '.join(KNOWN_TESTS)}"
            raise ValueError(f"{told}; {near}" if near else told)
        if self.placebo_draws < 99:
            raise ValueError(f"placebo_draws: {self.placebo_draws} is too few for a p of 0.01; write 99 or more")

    def _check_choice(self, name: str, choices: tuple[str, ...]) -> None:
        if getattr(self, name) not in choices:
            raise ValueError(f"{name}: {getattr(self, name)!r} unknown; choose from {', '.join(choices)}")

    @property
    def gap_rule(self) -> str:
        """The rule for gaps in force: ``drop`` for a model that takes single sessions only, else ``gaps``.

        Examples
        --------
        >>> import eventstudy as es
        >>> es.StudySpec().gap_rule, es.StudySpec(model=es.Dimson()).gap_rule
        ('trade-to-trade', 'drop')
        """
        return "drop" if self.model.single_sessions else self.gaps

    def to_json(self) -> dict[str, Any]:
        """The specification as plain values, for ``study.json``.

        Examples
        --------
        >>> StudySpec().to_json()["model"]
        'market'
        """
        plain = {item.name: getattr(self, item.name) for item in fields(self)}
        plain["model"] = self.model.name
        plain["model_parameters"] = _parameters(self.model)
        plain["gaps"] = self.gap_rule
        plain["estimation"] = list(self.estimation)
        plain["windows"] = [list(window) for window in self.windows]
        plain["tests"] = list(self.tests)
        return plain


def _parameters(model: ReturnModel) -> dict[str, Any]:
    """What a model was made with, as plain values; what follows from its class alone is left out.

    Examples
    --------
    >>> _parameters(MarketModel())
    {'class': 'MarketModel', 'regressors': ['market']}
    """
    names: list[str] = [item.name for item in fields(model)] if is_dataclass(model) else []
    given: dict[str, Any] = {name: getattr(model, name) for name in names if name not in FIXED_BY_CLASS}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    return {"class": type(model).__name__, **plain, "regressors": list(model.regressors)}
