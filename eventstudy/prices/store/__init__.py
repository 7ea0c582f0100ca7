"""The price store: Parquet, one file a ticker, each row with its source and the time of its download.

What a later download states otherwise replaces the row, and the row that stood there before is kept in a file of older
rows with the time it was replaced, so that any earlier state can be read again. ``layout`` says where things lie.
"""

from __future__ import annotations

from eventstudy.prices.store.layout import (
    MANIFEST,
    MARKER,
    OLDER,
    existing_store,
    file_name,
    is_store,
    older_name,
    stored_tickers,
)
from eventstudy.prices.store.lock import (
    Claims,
    locked,
)
from eventstudy.prices.store.reading import (
    AsOf,
    as_of_note,
    as_of_text,
    currencies_of,
    fetch_span,
    last_moment,
    latest_download,
    read_all,
    read_stored,
    superseded_note,
)
from eventstudy.prices.store.restatements import (
    Restatement,
    told,
)
from eventstudy.prices.store.rows import (
    Merge,
    StoredPrices,
    merge_rows,
    stored_from_frame,
)
from eventstudy.prices.store.upkeep import (
    Pruned,
    StoreFault,
    StoreStatus,
    prune_store,
    store_status,
    verify_store,
)
from eventstudy.prices.store.writing import (
    Written,
    discard_empty_store,
    open_store,
    write_rows,
)

__all__ = [
    "MANIFEST",
    "MARKER",
    "OLDER",
    "AsOf",
    "Claims",
    "Merge",
    "Pruned",
    "Restatement",
    "StoreFault",
    "StoreStatus",
    "StoredPrices",
    "Written",
    "as_of_note",
    "as_of_text",
    "currencies_of",
    "discard_empty_store",
    "existing_store",
    "fetch_span",
    "file_name",
    "is_store",
    "last_moment",
    "latest_download",
    "locked",
    "merge_rows",
    "older_name",
    "open_store",
    "prune_store",
    "read_all",
    "read_stored",
    "store_status",
    "stored_from_frame",
    "stored_tickers",
    "superseded_note",
    "told",
    "verify_store",
    "write_rows",
]
