"""Who is exposed: the lines of ``universe.csv``, typed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, overload

from eventstudy.catalogue.rows import quoted
from eventstudy.errors import UsageError
from eventstudy.notebook import card
from eventstudy.numbers import counted
from eventstudy.spelling import did_you_mean, nearest_names

if TYPE_CHECKING:
    import pandas as pd


UNIVERSE_COLUMNS = (
    "ticker",
    "name",
    "exchange",
    "currency",
    "sector",
    "role",
    "benchmark",
    "sector_benchmark",
    "exposure_note",
    "first_trade",
    "last_trade",
    "listing_note",
    "source_url",
)
ROLES = ("exposed", "beneficiary", "control", "benchmark")
# controls of this sector stand in donor pools, and are observations of no event
DONORS = "Donors"
# benchmarks of this sector take a day apart: currency, oil, metals; a word of their note before a colon names them
FACTORS = "Factors"
# A column that may be there: the symbols a line had before.
PREVIOUS = "previous_tickers"


@dataclass(frozen=True)
class PreviousTicker:
    """A symbol that a line had before.

    Attributes
    ----------
    ticker : str
        In the price source.
    last_session : date
        The last session whose price is taken from it.
    ratio : float or None
        Shares that one share became on the next session; None where nothing is said of it.
    """

    ticker: str
    last_session: date
    ratio: float | None = None


@dataclass(frozen=True)
class Security:
    """One listed line, index or fund.

    Attributes
    ----------
    ticker, name : str
        Symbol in the price source, unique in its file, and the name in the report.
    exchange : str
        ISO 10383 MIC, a key of ``EXCHANGES``.
    currency : str
        Three capital letters.
    sector : str
        The report's sector.
    role : str
        ``exposed``, ``beneficiary``, ``control`` or ``benchmark``; a prior, not a finding.
    benchmark, sector_benchmark : str
        Tickers of the market's return and of ``SectorModel``'s second regressor (may be empty).
    exposure_note, listing_note, source_url : str
        Why it is here, what to know of its listing, where that was read.
    first_trade, last_trade : date or None
        First and last session whose prices are this line's; None where unknown.
    previous : tuple of PreviousTicker
        Symbols it had before, the oldest first, from the column ``previous_tickers`` if there is one.
    characteristics : mapping of str to float
        Further columns whose every filled cell is a number; NaN where the cell is empty.
    extra : mapping of str to str
        All other columns of the file.
    line : int
        Line of the file; 0 for a security made in code.

    Examples
    --------
    >>> import eventstudy as es
    >>> toyota = es.read_universe().get("7203.T")
    >>> toyota.exchange, toyota.role, toyota.is_observation, toyota.is_donor_only
    ('XTKS', 'exposed', True, False)
    """

    ticker: str
    name: str
    exchange: str
    currency: str
    sector: str
    role: str
    benchmark: str = ""
    sector_benchmark: str = ""
    exposure_note: str = ""
    first_trade: date | None = None
    last_trade: date | None = None
    listing_note: str = ""
    source_url: str = ""
    characteristics: Mapping[str, float] = field(default_factory=dict, hash=False)
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    line: int = 0
    previous: tuple[PreviousTicker, ...] = ()

    @property
    def is_observation(self) -> bool:
        """Whether the line is studied itself: benchmarks and donors are there for the others."""
        return self.role != "benchmark" and not self.is_donor_only

    @property
    def is_donor_only(self) -> bool:
        """Whether the line stands in donor pools alone: a control of the sector ``Donors``."""
        return self.role == "control" and self.sector == DONORS


@dataclass(frozen=True, repr=False)
class Universe(Sequence[Security]):
    """The securities of one file, in its order.

    Attributes
    ----------
    rows : tuple of Security
        The securities, benchmark lines among them.
    path : str
        The file, as the user named it.
    sha256 : str
        Hash of its bytes, 64 hex digits.
    narrowed_from : Universe or None
        The whole universe where this one is a selection of it: who counts as exposed to an event
        does not depend on what is shown.

    Examples
    --------
    >>> import eventstudy as es
    >>> universe = es.read_universe()
    >>> universe.get("7203.T").sector
    'Autos & parts'
    >>> autos = universe.select(sector="Autos & parts", role="exposed")
    >>> {each.role for each in autos.observations}, "XTKS" in autos.exposed_exchanges
    ({'exposed'}, True)
    >>> len(universe.to_frame()) == len(universe)
    True
    """

    rows: tuple[Security, ...]
    path: str = ""
    sha256: str = ""
    narrowed_from: Universe | None = field(default=None, compare=False)

    @overload
    def __getitem__(self, index: int) -> Security: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Security, ...]: ...
    def __getitem__(self, index: int | slice) -> Security | tuple[Security, ...]:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Security]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return f"Universe({len(self.rows)} from {self.path or 'code'})"

    def _repr_html_(self) -> str:
        members: dict[tuple[str, str], list[Security]] = {}
        for security in self.rows:
            members.setdefault((security.role, security.sector), []).append(security)
        rows = [
            (role, sector, ", ".join(sorted({each.exchange for each in found})), str(len(found)))
            for (role, sector), found in members.items()
        ]
        line = f"{counted(len(self.rows), 'line')} from {self.path or 'code'}; all: .to_frame()"
        return card("Universe", [line], ("role", "sector", "exchanges", "lines"), rows, words=3)

    @property
    def observations(self) -> tuple[Security, ...]:
        """The lines that can be observations: all but benchmarks and donors."""
        return tuple(security for security in self.rows if security.is_observation)

    @cached_property
    def exposed_exchanges(self) -> frozenset[str]:
        """Exchanges that hold at least one exposed line of the whole universe."""
        whole = self.narrowed_from or self
        return frozenset(security.exchange for security in whole.rows if security.role == "exposed")

    def get(self, ticker: str) -> Security:
        """The security of that ticker.

        Raises
        ------
        UsageError
            If there is none; the message names the nearest ticker, or the tickers of the companies called so.
        """
        for security in self.rows:
            if security.ticker == ticker:
                return security
        message = f"there is no ticker {quoted(ticker)} in {self.path or 'this universe'}"
        called = {security.name: security.ticker for security in self.rows if security.name}
        by_name = " or ".join(f"{called[name]} ({name})" for name in nearest_names(ticker, called))
        remedy = f"did you mean {by_name}?" if by_name else "see `eventstudy universe list`"
        raise UsageError(f"{message}; {did_you_mean(ticker, (line.ticker for line in self.rows), remedy)}")

    def select(self, sector: str | None = None, role: str | None = None) -> Universe:
        """The lines of a sector or role, and always the benchmarks and donors.

        Raises
        ------
        UsageError
            If no line has that sector or role; the message lists those there are.
        """
        for what, wanted in (("sector", sector), ("role", role)):
            known = list(dict.fromkeys(getattr(security, what) for security in self.observations))
            if wanted is not None and wanted not in known:
                remedy = did_you_mean(wanted, known, f"there are {', '.join(map(quoted, known))}")
                raise UsageError(
                    f"no security has the {what} {quoted(wanted)} in {self.path or 'this universe'}; {remedy}"
                )
        kept = tuple(
            security
            for security in self.rows
            if not security.is_observation
            or ((sector is None or security.sector == sector) and (role is None or security.role == role))
        )
        return replace(self, rows=kept, narrowed_from=self.narrowed_from or self)

    def to_frame(self) -> pd.DataFrame:
        """One row a security: the columns of ``universe.csv``, characteristics as numbers, further columns as text.

        ``first_trade`` and ``last_trade`` are ISO 8601 text, empty where unknown.
        """
        import pandas as pd

        numeric = list(dict.fromkeys(name for security in self.rows for name in security.characteristics))
        extra = list(dict.fromkeys(name for security in self.rows for name in security.extra))
        columns: dict[str, pd.Series] = {}
        for name in UNIVERSE_COLUMNS:
            values = [getattr(security, name) for security in self.rows]
            texts = [value.isoformat() if isinstance(value, date) else value or "" for value in values]
            columns[name] = pd.Series(texts, dtype=object)
        for name in numeric:
            numbers = [security.characteristics.get(name, math.nan) for security in self.rows]
            columns[name] = pd.Series(numbers, dtype="float64")
        for name in extra:
            columns[name] = pd.Series([security.extra.get(name, "") for security in self.rows], dtype=object)
        return pd.DataFrame(columns)
