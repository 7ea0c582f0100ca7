"""Returns in Parquet files, more of them than fit into memory: read by security, when they are wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from eventstudy.parquet_block import Calendar, ParquetBlock
from eventstudy.parquet_groups import Index, fault, opened_file, plain, read_group

# times that a study may read the rows because one row group holds securities of many parts
MOST_READINGS = 8
# cells of a block's (securities, sessions) array
BLOCK_CELLS = 1_000_000


@dataclass(frozen=True)
class ParquetReturns:
    """Long rows of returns in Parquet, one a security and session, taken by ``study_returns`` in place of a frame.

    Parameters
    ----------
    path : path-like
        A Parquet file, or a folder of them, at any depth. In each file rows ascend by security; the rows of one
        security may stand in several files, by year for example. Row groups of 100,000 to 1,000,000 rows let a study
        read little more than it wants.
    security, session, value : str
        Columns: integer or text; date, timestamp, integer or text; number. Others are not read.

    Notes
    -----
    A session without a row, or with an empty or NaN value, has no return. ``factors`` give the calendar; without
    factors it is made of all sessions found. Which securities stand in which row groups is looked up once, in the
    security column alone.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import eventstudy as es
    >>> frame, pairs, market = es.example_returns()
    >>> long = frame.rename_axis(columns="security_id").unstack().rename("return").reset_index()
    >>> path = Path(tempfile.mkdtemp()) / "returns.parquet"
    >>> long.to_parquet(path, row_group_size=100_000)
    >>> source = es.ParquetReturns(path)
    >>> es.study_returns(source, pairs, market, es.StudySpec(windows=((0, 0),)))
    <StudyResults: 6 of 6 pairs used, 1 event, model market, windows [0,0]>
    >>> source.columns, source.rows, len(source.sessions()), source.newest(market.index)
    (('security_id', 'session', 'return'), 1800, 300, 299)
    >>> source.absent(["S0", "S9"]), source.in_order(["S1", "S0"]), len(source.blocks(["S0", "S1"], market.index))
    (['S9'], ['S0', 'S1'], 1)
    """

    path: str | os.PathLike[str]
    security: str = "security_id"
    session: str = "session"
    value: str = "return"
    _index: list[Index] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def columns(self) -> tuple[str, str, str]:
        """Names of the security, the session and the value."""
        return self.security, self.session, self.value

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(group.rows for group in self._indexed().groups)

    def _indexed(self) -> Index:
        """Where each security is, looked up once."""
        if not self._index:
            self._index.append(Index.of(os.fspath(self.path), self.columns))
        return self._index[0]

    def sessions(self) -> pd.Index:
        """Every session that any row has, ascending."""
        found: list[np.ndarray] = []
        for file, numbers in self._indexed().by_file():
            opened = opened_file(file)
            found += [plain(read_group(opened, file, one, (self.session,)).column(0)) for one in numbers]
            found = [np.unique(np.concatenate(found))]
        calendar: pd.Index = pd.Index(found[0], name=self.session)
        return calendar

    def newest(self, index: pd.Index) -> int:
        """Place of the last session of any row in a calendar."""
        calendar = Calendar(index.to_numpy())
        latest = -1
        for file, numbers in self._indexed().by_file():
            opened = opened_file(file)
            for number in numbers:
                session = plain(read_group(opened, file, number, (self.session,)).column(0))
                latest = max(latest, int(calendar.places(session).max(initial=-1)))
        return latest

    def absent(self, names: Sequence[str]) -> list[str]:
        """Those of the names that no row has."""
        known = self._indexed().names
        return [name for name in names if name not in known]

    def in_order(self, names: Sequence[str]) -> list[str]:
        """The names in the order in which the files have them."""
        known = self._indexed().names
        return sorted(names, key=lambda name: known[name])

    def blocks(self, names: Sequence[str], index: pd.Index) -> list[ParquetBlock]:
        """The returns of some securities in blocks that are read when they are wanted.

        Parameters
        ----------
        names : sequence of str
            Securities in the order of the files.
        index : Index
            Sessions, ascending.

        Returns
        -------
        list of ParquetBlock
            The same for the same securities and sessions, whoever reads them.

        Raises
        ------
        InputError
            If the row groups are such that the blocks would read the files many times over.
        """
        indexed = self._indexed()
        ids = [indexed.names[name] for name in names]
        width = max(BLOCK_CELLS // max(len(index), 1), 1)
        sessions = index.to_numpy()
        blocks = []
        for begin in range(0, len(ids), width):
            chosen = ids[begin : begin + width]
            groups = indexed.holding(chosen)
            blocks.append(ParquetBlock(os.fspath(self.path), self.columns, tuple(groups), tuple(chosen), sessions))
        read = sum(group.rows for block in blocks for group in block.groups)
        total = self.rows
        if read > MOST_READINGS * total:
            largest = max(group.rows for group in indexed.groups)
            raise fault(
                os.fspath(self.path),
                self.security,
                f"its row groups of up to {largest:,} rows hold so many securities each that a study would read the "
                f"files {read / total:.0f} times over",
                f"write them with row_group_size={max(total // len(blocks) // 4, 10_000):,} or so",
            )
        return blocks
