"""StudyResults: what a study found, and everything needed to say where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.catalogue import Confounder, Event, Universe
from eventstudy.grouping import Label
from eventstudy.inference.placebo import OrdinaryDays
from eventstudy.panel.attrition import REASONS
from eventstudy.panel.windows import window_label
from eventstudy.prices.source import PriceHistory
from eventstudy.processes import halved
from eventstudy.results.context import Context
from eventstudy.results.cross_section import (
    CrossSection,
    cross_section,
    observation_frame,
)
from eventstudy.results.evidence import Evidence
from eventstudy.results.formula import formula_error
from eventstudy.results.group_tables import (
    GROUP_COLUMNS,
    TEST_COLUMNS,
    adjusted,
    any_headline,
    expect,
    group_frame,
    group_ordinary_days,
    group_records,
    labelled_groups,
    tests_frame,
)
from eventstudy.results.pair_tables import abnormal_returns_table, attrition_table, cars_table, pairs_table
from eventstudy.results.paths import path_arrays, path_frame, path_records
from eventstudy.results.role_contrast import RoleContrast, role_contrast
from eventstudy.results.unit import Group, Unit
from eventstudy.specification import StudySpec

if TYPE_CHECKING:
    from eventstudy.prices.quality import Finding

# below so many groups a second process costs more than it does
_WORTH_A_PROCESS = 200
GROUPING_COLUMNS = ("episode", "event_id", "direction", "role", "sector")


@dataclass(frozen=True, eq=False, repr=False)
class StudyResults:
    """Abnormal returns of a study's pairs, and what the tests say of any grouping of them.

    Attributes
    ----------
    spec : StudySpec
        What was asked for.
    events : tuple of Event
        The catalogue events studied, in time order; empty for returns that the user brought.
    universe : Universe or None
        The securities.
    evidence : Evidence
        The arrays behind the tables.
    provenance : dict
        Version, specification, input hashes, price snapshot, package versions, seed: the content of ``study.json``.
    prices : PriceHistory or None
        The prices as the source gave them.
    confounders : tuple of Confounder
        Other news, by session.
    checks : callable
        Looks the prices over; called once, when ``findings`` is first asked for.
    limit_closes : mapping of ticker to session to sign
        Closes at the exchange's daily limit.
    claims : DataFrame
        Reported moves against measured ones.
    days : DataFrame
        Event day of every event on every exchange, with the rule that chose it.
    context : Context or None
        The other events of the catalogue, studied the same way when they are compared; None where there are none.

    Examples
    --------
    >>> import eventstudy as es
    >>> returns, pairs, market = es.example_returns()
    >>> results = es.study_returns(returns, pairs, market, es.StudySpec(windows=((0, 0),)))
    >>> results
    <StudyResults: 6 of 6 pairs used, 1 event, model market, windows [0,0]>
    """

    spec: StudySpec
    events: tuple[Event, ...]
    universe: Universe | None
    evidence: Evidence
    provenance: Mapping[str, Any]
    prices: PriceHistory | None = None
    confounders: tuple[Confounder, ...] = ()
    checks: Callable[[], tuple[Finding, ...]] = tuple
    limit_closes: Mapping[str, Mapping[date, int]] = field(default_factory=dict)
    claims: pd.DataFrame = field(default_factory=pd.DataFrame)
    days: pd.DataFrame = field(default_factory=pd.DataFrame)
    context: Context | None = None

    def __repr__(self) -> str:
        row = self.evidence.row
        events = len(self.evidence.labels("event_id")[1])
        windows = ", ".join(dict.fromkeys(self._window_labels))
        return (
            f"<StudyResults: {int((row >= 0).sum())} of {len(row)} pairs used, "
            f"{events} event{'' if events == 1 else 's'}, model {self.spec.model.name}, windows {windows}>"
        )

    def _repr_html_(self) -> str:
        from eventstudy.results.cards import study_card

        return study_card(self)

    @property
    def _window_labels(self) -> list[str]:
        return [window_label(window) for window in self.spec.windows]

    @property
    def simulated(self) -> bool:
        """Whether the prices are those of the embedded market.

        Examples
        --------
        >>> import eventstudy as es
        >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
        >>> results.simulated  # these are nobody's prices, and not those of the embedded market
        False
        """
        return self.prices is not None and self.prices.simulated

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the quality checks saw in the prices.

        Examples
        --------
        >>> import eventstudy as es
        >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
        >>> results.findings  # returns that the user brought have no prices to look over
        ()
        """
        return self.checks()

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """One row a pair: status, reason, event session, estimates.

        Examples
        --------
        >>> import eventstudy as es
        >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
        >>> results.pairs[["ticker", "n_estimation", "status"]].head(2).values.tolist()
        [['S0', 250, 'used'], ['S1', 250, 'used']]
        """
        return pairs_table(self.evidence)

    @cached_property
    def abnormal_returns(self) -> pd.DataFrame:
        """One row a used pair and event day: return, expected, AR, SAR; decimal.

        Examples
        --------
        >>> import eventstudy as es
        >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
        >>> day = results.abnormal_returns.query("tau == 0").iloc[0]
        >>> bool(abs(day["return"] - day["expected"] - day["ar"]) < 1e-15)
        True
        """
        return abnormal_returns_table(self.evidence)

    @cached_property
    def cars(self) -> pd.DataFrame:
        """One row a used pair and window: CAR, its standard error, SCAR, p, BHAR; decimal.

        Examples
        --------
        >>> import eventstudy as es
        >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
        >>> results.cars[["ticker", "window", "car"]].head(2).round(3).values.tolist()
        [['S0', '[0,0]', 0.04], ['S1', '[0,0]', 0.03]]
        """
        return cars_table(self.evidence)

    @cached_property
    def attrition(self) -> pd.DataFrame:
        """One row an excluded pair, or a pair × window without a CAR, with the reason.

        Examples
        --------
        >>> import eventstudy as es
        >>> returns, pairs, market = es.example_returns()
        >>> results = es.study_returns(returns.assign(S0=float("nan")), pairs, market)
        >>> results.attrition[["ticker", "reason"]].values.tolist()
        [['S0', 'no_prices']]
        """
        return attrition_table(self.evidence, {reason: step for reason, (step, _) in REASONS.items()})

    def event_days(self) -> pd.DataFrame:
        """Event day of every event on every exchange: event_id, exchange, city, session, rule, sentence.

        Examples
        --------
        >>> import eventstudy as es
        >>> events, universe = es.read_events(), es.read_universe().select(sector="Autos & parts")
        >>> ban = events.select(["2026-01-06-japan-dual-use-ban"])
        >>> spec = es.StudySpec(windows=((0, 0),), tests=("adjusted_bmp_t", "placebo"), placebo_draws=99)
        >>> results = es.run_study(ban, universe, es.SamplePrices(), spec, context=events)
        >>> results.event_days().query("exchange == 'XTKS'")[["session", "rule"]].astype(str).values.tolist()
        [['2026-01-07', 'after_close']]
        """
        return self.days

    def groups(self, by: Sequence[str] | None = None, event_ids: Sequence[str] | None = None) -> pd.DataFrame:
        """Mean CAR of every group and window: interval, headline test, adjusted p, placebo p, reading.

        Parameters
        ----------
        by : sequence of str
            Grouping columns, any of the pair columns (``event_id, episode, direction, role, sector, exchange, …``);
            by default event, role and sector, as far as there are such columns.
            Rows pooled over catalogue events are kept apart by ``direction``, which is then added: opposite news is
            never averaged.
        event_ids : sequence of str, optional
            The pairs of these events alone; all events by default.

        Returns
        -------
        DataFrame
            The grouping columns, then those of the ``groups`` table. Holm's family is the event; for rows pooled over
            an episode the episode, else the whole table.

        Raises
        ------
        ValueError
            If a grouping column does not exist.

        Examples
        --------
        >>> import eventstudy as es
        >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
        >>> results.groups(by=("role",))[["role", "n_pairs", "headline_test", "reading"]].values.tolist()
        [['exposed', 3, 'portfolio_t', 'clear'], ['beneficiary', 3, 'portfolio_t', 'clear']]
        """
        columns, _, frame = self._grouped(self._by(by), None if event_ids is None else tuple(event_ids))
        return frame[[*columns, *GROUP_COLUMNS]].copy()

    def tests(self, by: Sequence[str] | None = None) -> pd.DataFrame:
        """Every test of ``spec.tests`` for every group and window, one row each; ``by`` as in :meth:`groups`.

        Examples
        --------
        >>> import eventstudy as es
        >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
        >>> tests = results.tests(by=("role",)).set_index(["role", "test"])
        >>> tests.loc[("exposed", "portfolio_t"), "distribution"]
        't(248)'
        """
        by = self._by(by)
        columns, groups = self._labelled(by, None)
        frame = None
        expect(self.evidence, groups, self.spec.tests)
        # a headline is worked out where its own row, which bears its adjusted p, is asked for
        if (by, None) in self._group_cache or any_headline(self.evidence, groups, self.spec.tests):
            columns, groups, frame = self._grouped(by)
        return tests_frame(self.evidence, groups, frame, columns, self.spec.tests, self.spec.seed)[
            [*columns, *TEST_COLUMNS]
        ]

    def group_notes(self, by: Sequence[str] | None = None) -> pd.DataFrame:
        """Beside each row of :meth:`groups`: variance_ratio, n_dates, and the reason where there is no p.

        Examples
        --------
        >>> import eventstudy as es
        >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
        >>> results.group_notes(by=("role",))[["role", "n_dates"]].values.tolist()
        [['exposed', 1], ['beneficiary', 1]]
        """
        columns, _, frame = self._grouped(self._by(by))
        return frame[[*columns, "window", "variance_ratio", "n_dates", "reason"]].copy()

    def summary_groups(self) -> pd.DataFrame:
        """The ``groups`` table of ``run`` and of the report.

        Every event by role and by role × sector; with several events also each episode and the whole, the same two
        ways. Grouping columns are empty where a row pools over them.

        Examples
        --------
        >>> import eventstudy as es
        >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
        >>> results.summary_groups()[["event_id", "role", "window"]].values.tolist()
        [['announcement', 'exposed', '[0,0]'], ['announcement', 'beneficiary', '[0,0]']]
        """
        return self._summary.drop(columns="pvalue_bh")

    @cached_property
    def _summary(self) -> pd.DataFrame:
        """The summary's rows with p adjusted over all rows of an event, of an episode, of the whole (METHODS 5.7)."""
        parts = []
        for by in self._summary_groupings():
            columns, _, frame = self._grouped(by)
            parts.append(self._widened(by, frame[[*columns, *GROUP_COLUMNS]]))
        frame = pd.concat([part for part in parts if len(part)], ignore_index=True)
        episodes = frame["episode"] if "episode" in frame.columns else [""] * len(frame)
        units = [(event, "" if event else episode) for event, episode in zip(frame["event_id"], episodes, strict=True)]
        return adjusted(frame, units)

    def unit(self, event_id: str = "", episode: str = "") -> Unit:
        """The rows of :meth:`summary_groups` whose p are adjusted together, each worked out when it is asked for.

        Parameters
        ----------
        event_id, episode : str
            One event's rows, an episode's pooled ones, or, where both are empty, those of the whole study.

        Examples
        --------
        >>> import eventstudy as es
        >>> from eventstudy.results.unit import Group
        >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
        >>> unit = results.unit("announcement")
        >>> unit.family, unit.reading(Group("exposed"), 0)
        (2, 'clear')
        """
        if (event_id, episode) not in self._units:
            self._units[event_id, episode] = self._new_unit({})
        return self._units[event_id, episode]

    @cached_property
    def _units(self) -> dict[tuple[str, str], Unit]:
        found: dict[tuple[str, str], dict[Group, IntArray]] = {}
        for by in self._summary_groupings():
            columns, groups = self._labelled(by, None)
            for label, rows in groups.items():
                value = dict(zip(columns, label, strict=True))
                event_id, pooled = value.get("event_id", ""), value.get("episode", "")
                group = Group(value.get("role", ""), value.get("sector", ""), value.get("direction", ""))
                found.setdefault((event_id, pooled), {})[group] = rows
        return {name: self._new_unit(groups) for name, groups in found.items()}

    def _new_unit(self, groups: Mapping[Group, IntArray]) -> Unit:
        return Unit(self.evidence, groups, self.spec.seed, "placebo" in self.spec.tests)

    def summary_tests(self) -> pd.DataFrame:
        """The ``tests`` table of ``run``: the groups of :meth:`summary_groups`, every test.

        Examples
        --------
        >>> import eventstudy as es
        >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
        >>> found = results.summary_tests()
        >>> int((found["test"] == "bmp_t").sum()), int(found["pvalue_holm"].notna().sum())
        (2, 2)
        """
        parts = [self._widened(by, self.tests(by)) for by in self._summary_groupings()]
        frame = pd.concat([part for part in parts if len(part)], ignore_index=True)
        summary = self._summary
        keys = [name for name in (*GROUPING_COLUMNS, "window") if name in summary.columns]
        place = pd.MultiIndex.from_frame(summary[keys]).get_indexer(pd.MultiIndex.from_frame(frame[keys]))
        spoken = summary["headline_test"].to_numpy()[place] == frame["test"].to_numpy()
        for name in ("pvalue_holm", "pvalue_bh"):
            frame[name] = np.where(spoken, summary[name].to_numpy()[place], np.nan)
        return frame

    def paths(self, by: Sequence[str] = ("event_id", "role"), event_ids: Sequence[str] | None = None) -> pd.DataFrame:
        """CAAR cumulated from the close before day 0, by event day, with interval and ordinary range.

        Parameters
        ----------
        by : sequence of str
            Grouping columns.
        event_ids : sequence of str, optional
            The pairs of these events alone; all events by default.

        Returns
        -------
        DataFrame
            The grouping columns, then tau, n_pairs, caar, ci_low, ci_high, ordinary_low, ordinary_high. Before the
            event the value is what was still to come: minus the sum up to day -1. NaN where there are fewer than 99
            ordinary dates.

        Examples
        --------
        >>> import eventstudy as es
        >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
        >>> results.paths(by=("role",)).query("role == 'exposed' and tau in (-1, 0)")["caar"].round(3).tolist()
        [0.0, 0.033]
        """
        columns = self._columns(tuple(by))
        records: list[tuple[object, ...]] = []
        groups = labelled_groups(self.evidence, self._keys(columns), self._of_events(event_ids))
        kept = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *groups.values()]))
        arrays = path_arrays(self.evidence.arrays, kept, self.spec.standardise, self.spec.returns)
        for label, rows in groups.items():
            if len(rows):
                here = np.searchsorted(kept, rows)
                records += path_records(self.evidence, label, here, arrays, kept, self.spec.seed)
        return path_frame(records, columns)

    def ordinary_days(
        self, event_id: str, role: str, sector: str = "", window: tuple[int, int] = (0, 0)
    ) -> OrdinaryDays:
        """The group's studentised mean on ordinary days, and the event's own.

        Parameters
        ----------
        event_id, role, sector : str
            The group; an empty sector takes the whole role.
        window : (int, int)
            One of ``spec.windows``.

        Returns
        -------
        OrdinaryDays
            Needs ``placebo`` in ``spec.tests``; empty with a reason otherwise.

        Examples
        --------
        >>> import eventstudy as es
        >>> events, universe = es.read_events(), es.read_universe().select(sector="Autos & parts")
        >>> ban = events.select(["2026-01-06-japan-dual-use-ban"])
        >>> spec = es.StudySpec(windows=((0, 0),), tests=("adjusted_bmp_t", "placebo"), placebo_draws=99)
        >>> results = es.run_study(ban, universe, es.SamplePrices(), spec, context=events)
        >>> days = results.ordinary_days("2026-01-06-japan-dual-use-ban", "exposed")
        >>> days.n_dates, days.effective
        (99, 99.0)
        """
        pairs = self.evidence.pairs
        chosen = (pairs["event_id"] == event_id) & (pairs["role"] == role)
        if sector:
            chosen &= pairs["sector"] == sector
        rows = self.evidence.row[chosen.to_numpy()]
        sample = self.evidence.sample(rows[rows >= 0], self.spec.windows.index(window))
        return group_ordinary_days(self.evidence, sample)

    def cross_section(
        self,
        formula: str,
        window: tuple[int, int] | None = None,
        *,
        where: str = "",
        covariance: str = "HC3",
        weights: str = "equal",
    ) -> CrossSection:
        """Regression of CAR on what the pairs and the universe say of each observation.

        Parameters
        ----------
        formula : str
            Such as ``"car ~ role + sector + beta"``: on the left ``car``; on the right columns of ``pairs``, numeric
            columns of ``universe.csv``, and what the formula language makes of them.
        window : (int, int), optional
            One of ``spec.windows``; the first that opens on day 0 by default.
        where : str
            Which observations, as ``DataFrame.query`` reads it: ``"role in ['exposed', 'beneficiary']"``. The
            exposed shares outside an event's target are a role of their own, ``exposed_elsewhere``.
        covariance : {"HC3", "cluster"}
            Of ``se``, ``pvalue`` and the interval: heteroskedasticity-robust, or clustered by date.
        weights : {"equal", "precision"}
            Least squares, or weighted by 1/σ² of each CAR.

        Returns
        -------
        CrossSection
            Beside the named covariance: for one common date each coefficient as a portfolio (Sefcik & Thompson
            1986) and against the same slope on ordinary days (needs ``placebo`` in ``spec.tests``); for several
            dates, fewer than 30, a wild cluster bootstrap p.

        Raises
        ------
        ValueError
            If the formula cannot be read or estimated, or an argument is unknown.

        Notes
        -----
        With one common date HC3 takes observations for independent that are not: quote the portfolio's p or that of
        ordinary days.

        Examples
        --------
        >>> import eventstudy as es
        >>> returns, pairs, market = es.example_returns()
        >>> results = es.study_returns(returns, pairs, market, es.StudySpec(windows=((0, 0),)))
        >>> results.cross_section("car ~ role").table["term"].tolist()
        ['Intercept', 'role[T.exposed]']
        """
        if window is None:
            window = next((each for each in self.spec.windows if each[0] == 0), self.spec.windows[0])
        if window not in self.spec.windows:
            raise ValueError(f"window: {window!r} is not studied; choose from {self.spec.windows}")
        number = self.spec.windows.index(window)
        frame = observation_frame(self.evidence, self.universe, number)
        if where:
            try:
                frame = frame.query(where).reset_index(drop=True)
            except Exception as error:  # of the query language's own many kinds
                raise formula_error("where", where, error, frame.columns) from error
        return cross_section(self.evidence, frame, formula, number, covariance, weights, self.spec.seed, self.simulated)

    def role_contrast(self, event_id: str, window: tuple[int, int] = (0, 0)) -> RoleContrast:
        """Beneficiaries against exposed shares of the same beta and volatility, around one event.

        Parameters
        ----------
        event_id : str
            An event with a role for every pair.
        window : (int, int)
            One of ``spec.windows``.

        Returns
        -------
        RoleContrast
            Empty with a reason where either side has fewer than three shares.

        Examples
        --------
        >>> import eventstudy as es
        >>> returns, pairs, market = es.example_returns()
        >>> results = es.study_returns(returns, pairs, market, es.StudySpec(windows=((0, 0),)))
        >>> results.role_contrast("announcement").counts
        {'exposed': 3, 'beneficiary': 3, 'control': 0}
        """
        return role_contrast(self.evidence, event_id, self.spec.windows.index(window), self.spec.seed)

    @cached_property
    def read_returns(self) -> dict[tuple[str, str], FloatArray]:
        """Returns of a line by session of a calendar, (ticker, calendar) to (S,), as counterfactuals have read them.

        Examples
        --------
        >>> import eventstudy as es
        >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
        >>> results.read_returns  # nobody has asked for a counterfactual
        {}
        """
        return {}

    @cached_property
    def _group_cache(self) -> dict[Any, tuple[tuple[str, ...], dict[Label, Any], pd.DataFrame]]:
        return {}

    def _of_events(self, event_ids: Sequence[str] | None) -> BoolArray | None:
        """Which pairs belong to these events; None for all."""
        if event_ids is None:
            return None
        chosen: BoolArray = self.evidence.pairs["event_id"].isin(list(event_ids)).to_numpy()
        return chosen

    def _columns(self, by: tuple[str, ...]) -> tuple[str, ...]:
        """The grouping columns, with direction where catalogue events are pooled."""
        known = self.evidence.columns
        unknown = [name for name in by if name not in known or name in ("status", "reason")]
        if unknown:
            raise ValueError(f"by: no column {', '.join(unknown)}; choose from {', '.join(known)}")
        if "event_id" not in by and "direction" in known and "direction" not in by:
            return (*by, "direction")
        return by

    def _by(self, by: Sequence[str] | None) -> tuple[str, ...]:
        """The grouping columns asked for, or those of event, role and sector that there are."""
        if by is not None:
            return tuple(by)
        return tuple(name for name in ("event_id", "role", "sector") if name in self.evidence.columns)

    def _keys(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """The columns behind the labels: a pooled row speaks of the news' direction, an event's row of its own."""
        if "event_id" in columns or "news" not in self.evidence.columns:
            return columns
        return tuple("news" if name == "direction" else name for name in columns)

    def _grouped(
        self, by: tuple[str, ...], event_ids: tuple[str, ...] | None = None
    ) -> tuple[tuple[str, ...], dict[Label, Any], pd.DataFrame]:
        """Grouping columns, rows of each group, and the full frame of headlines."""
        if (by, event_ids) not in self._group_cache:
            columns, groups = self._labelled(by, event_ids)
            self._keep(by, event_ids, columns, groups, self._records(groups, list(groups)))
        return self._group_cache[by, event_ids]

    def _labelled(
        self, by: tuple[str, ...], event_ids: tuple[str, ...] | None
    ) -> tuple[tuple[str, ...], dict[Label, Any]]:
        """Grouping columns, and the used observations of each group."""
        columns = self._columns(by)
        return columns, labelled_groups(self.evidence, self._keys(columns), self._of_events(event_ids))

    def _records(self, groups: dict[Label, Any], labels: Sequence[Label]) -> list[dict[str, object]]:
        """Headlines of some of the groups."""
        chosen = {label: groups[label] for label in labels}
        return group_records(self.evidence, chosen, self.spec.seed, "placebo" in self.spec.tests)

    def _keep(
        self,
        by: tuple[str, ...],
        event_ids: tuple[str, ...] | None,
        columns: tuple[str, ...],
        groups: dict[Label, Any],
        records: list[dict[str, object]],
    ) -> None:
        """Headlines as a frame, kept for whoever asks next."""
        unit = next((name for name in ("event_id", "episode") if name in columns), None)
        place = columns.index(unit) if unit else -1
        frame = group_frame(records, columns, lambda label: label[place] if unit else "")
        self._group_cache[by, event_ids] = (columns, groups, frame)

    def prepare(self) -> None:
        """Work out the groups of :meth:`summary_groups` beforehand; of very many, half in a second process.

        It changes no result. Programs that write many groups at once call it; where a process cannot be forked, or is
        not worth its start, the groups are made when they are asked for.

        Examples
        --------
        >>> import eventstudy as es
        >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
        >>> results.prepare()  # worth its while before many groups are written at once
        >>> len(results.summary_groups())
        2
        """
        wanted = [by for by in self._summary_groupings() if (by, None) not in self._group_cache]
        labelled = {by: self._labelled(by, None) for by in wanted}
        if sum(len(groups) for _, groups in labelled.values()) < _WORTH_A_PROCESS:
            return
        # groups of one role and sector stay together: they share what ordinary days say of their shares
        blocks: dict[tuple[tuple[str, ...], Label], list[Label]] = {}
        for by, (_, groups) in labelled.items():
            for label in groups:
                blocks.setdefault((by, label[1:]), []).append(label)
        shares: tuple[list[Any], list[Any]] = ([], [])
        weight = [0, 0]
        for (by, _), labels in sorted(blocks.items(), key=lambda item: len(item[1]), reverse=True):
            lighter = weight.index(min(weight))
            shares[lighter].append((by, labels))
            weight[lighter] += sum(40 + len(labelled[by][1][label]) for label in labels)

        def of(share: list[Any]) -> list[Any]:
            return [(by, self._records(labelled[by][1], labels)) for by, labels in share]

        found: dict[tuple[str, ...], list[dict[str, object]]] = {by: [] for by in wanted}
        for part in halved(of, shares):
            for by, records in part:
                found[by] += records
        for by, records in found.items():
            columns, groups = labelled[by]
            order = {label: place for place, label in enumerate(groups)}
            # the sort is stable: a group's windows keep their order
            records.sort(key=lambda record: order[record["label"]])  # type: ignore[index]
            self._keep(by, None, columns, groups, records)

    def _summary_groupings(self) -> list[tuple[str, ...]]:
        known = self.evidence.columns
        inner = [tuple(name for name in names if name in known) for names in (("role",), ("role", "sector"))]
        levels: list[tuple[str, ...]] = [("event_id",)]
        if "episode" in known and self.evidence.pairs["event_id"].nunique() > 1:
            levels += [("episode",), ()]
        return list(dict.fromkeys((*level, *names) for level in levels for names in inner if level or names))

    def _widened(self, by: tuple[str, ...], frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with every grouping column, empty where it pools; an event's row names its episode."""
        if not len(frame):
            return frame
        frame = frame.copy()
        known = [name for name in GROUPING_COLUMNS if name in self.evidence.columns or name == "event_id"]
        if "event_id" in by:
            first = self.evidence.pairs.drop_duplicates("event_id").set_index("event_id")
            for name in ("episode", "direction"):
                if name in known and name not in frame.columns:
                    frame[name] = first[name].reindex(frame["event_id"]).to_numpy()
        for name in known:
            if name not in frame.columns:
                frame[name] = ""
        return frame[[*known, *(name for name in frame.columns if name not in known)]]
