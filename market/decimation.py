"""Which rows of a long series to draw: few enough for a screen, chosen so that no spike and no gap disappears.

Knows no chart and no storage; what is not drawn stays where it is.
"""

import numpy as np
from numpy.typing import NDArray

from market.episode import Column

Rows = NDArray[np.intp]

MIN_LIMIT = 5  # first, last, and one bucket's lowest, highest and gap


def rows_to_draw(values: Column, limit: int) -> Rows:
    """At most `limit` row numbers, rising: the first and the last row, and of every bucket between them its lowest
    and its highest value and, where it has undefined ones (NaN), the first of those.

    Source: min-max aggregation, as in Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation" (2014),
    with equally many rows in each bucket.

    Raises:
        ValueError: `limit` is below `MIN_LIMIT`.
    """
    if limit < MIN_LIMIT:
        raise ValueError(f"limit must be {MIN_LIMIT} or more, found {limit}")
    if len(values) <= limit:
        return np.arange(len(values))
    edges = bucket_edges(values, limit)
    bucket = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
    inner = values[1:-1]
    is_gap = np.isnan(inner)
    lowest = np.minimum.reduceat(np.where(is_gap, np.inf, inner), edges[:-1])
    highest = np.maximum.reduceat(np.where(is_gap, -np.inf, inner), edges[:-1])
    wanted = (inner == lowest[bucket], inner == highest[bucket], is_gap)
    chosen = [_first_of_each(bucket, is_wanted) for is_wanted in wanted]
    return np.unique(np.concatenate([[0, len(values) - 1], np.concatenate(chosen) + 1]))


def bucket_edges(values: Column, limit: int) -> Rows:
    """Where the buckets of `values[1:-1]` begin, and the end of the last one; their sizes differ by one at most."""
    rows_a_bucket = 3 if bool(np.isnan(values).any()) else 2
    count = (limit - 2) // rows_a_bucket
    return np.linspace(0, len(values) - 2, count + 1).astype(np.intp)


def _first_of_each(bucket: Rows, is_wanted: NDArray[np.bool_]) -> Rows:
    rows = np.flatnonzero(is_wanted)
    first: Rows = rows[np.unique(bucket[rows], return_index=True)[1]]
    return first
