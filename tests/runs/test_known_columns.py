"""What was read once is not read again, within a limit of memory."""

import numpy as np

from runs.store.known_columns import Columns, KnownColumns


def columns(first: int, last: int) -> Columns:
    """Episode k has the value 10 k; 16 bytes each."""
    episode = np.arange(first, last + 1, dtype=np.int64)
    return episode, 10.0 * episode


def test_what_was_forgotten_between_asking_and_adding_is_not_lost() -> None:
    known = KnownColumns(most_bytes=6 * 16)

    known.add("key", None, columns(1, 4))
    before = known.get("key")
    known.add("another thread's", None, columns(1, 6))
    episode, value = known.add("key", before, columns(5, 6))

    assert episode.tolist() == [1, 2, 3, 4, 5, 6]
    assert value.tolist() == [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]


def test_nothing_known_is_nothing_kept() -> None:
    known = KnownColumns()

    assert len(known.add("key", None, columns(1, 0))[0]) == 0
    assert known.get("key") is None


def test_what_was_asked_for_longest_ago_is_forgotten_first() -> None:
    known = KnownColumns(most_bytes=10 * 16)

    known.add("one", None, columns(1, 4))
    known.add("two", None, columns(1, 4))
    known.add("one", known.get("one"), columns(5, 4))
    known.add("three", None, columns(1, 4))

    assert known.get("two") is None
    assert known.get("one") is not None
    assert known.get("three") is not None


def test_columns_above_the_limit_are_answered_and_not_kept() -> None:
    known = KnownColumns(most_bytes=16)

    assert len(known.add("key", None, columns(1, 4))[0]) == 4
    assert known.get("key") is None
