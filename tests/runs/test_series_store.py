"""Curves over episodes from the database: their order, their gaps and what lies between two places."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import inspect, text

from runs.errors import EpisodesGoneError
from runs.events import RunRewound
from runs.run import apply
from runs.store.database import Database
from runs.store.run_store import RunStore
from runs.store.series_store import SeriesStore
from tests.runs.helpers import RUN_ID, START, envelope, episode_finished, run_before_its_first_event

OTHER = "20261123-051200-zzzz"


def record(store: RunStore, run_id: str, episodes: int) -> None:
    """Episode k is 3 steps long, ends k seconds after the start, and has the reward 10 k; even ones have no Sharpe."""
    run = replace(run_before_its_first_event(), run_id=run_id)
    store.create(run)
    for number in range(1, episodes + 1):
        finished = episode_finished(number, 3, reward=10.0 * number, sharpe=None if number % 2 == 0 else 1.0)
        store.record(run, replace(run, episodes=number), replace(envelope(number, finished), run_id=run_id))


@pytest.fixture
def series(tmp_path: Path) -> Iterator[SeriesStore]:
    store = RunStore.open(tmp_path)
    record(store, RUN_ID, 6)
    record(store, OTHER, 2)
    yield store.series
    store.close()


def test_a_curve_has_its_run_only_and_ends_where_it_is_told(series: SeriesStore) -> None:
    curve = series.curve(RUN_ID, "reward", 5)

    assert curve.episode.tolist() == [1, 2, 3, 4, 5]
    assert curve.value.tolist() == [10.0, 20.0, 30.0, 40.0, 50.0]


def test_what_is_undefined_is_nan(series: SeriesStore) -> None:
    values = series.curve(RUN_ID, "sharpe", 3).value.tolist()

    assert (values[0], values[2]) == (1.0, 1.0)
    assert math.isnan(values[1])


def test_a_metric_nobody_knew_is_empty(series: SeriesStore) -> None:
    curve = series.curve(RUN_ID, "later_metric", 6)

    assert (len(curve.episode), len(curve.value)) == (0, 0)


def test_places_come_in_the_order_asked_for(series: SeriesStore) -> None:
    places = series.places(RUN_ID, np.array([5, 1]))

    start_ms = int(START.timestamp() * 1_000)
    assert places.step.tolist() == [15, 3]
    assert places.time_ms.tolist() == [start_ms + 5_000, start_ms + 1_000]
    assert series.places(RUN_ID, np.array([], np.int64)).step.tolist() == []


def at(seconds: float) -> float:
    return (START + timedelta(seconds=seconds)).timestamp() * 1_000


@pytest.mark.parametrize(
    ("axis", "low", "high", "expected"),
    [
        ("episode", None, None, (1, 6)),
        ("episode", 3, 4, (2, 5)),
        ("episode", 3.5, 3.6, (3, 4)),
        ("episode", -5, 100, (1, 6)),
        ("episode", 50, 100, (6, 6)),
        ("step", 9, 9, (2, 4)),
        ("step", 10, None, (3, 6)),
        ("time", at(2.5), at(3.5), (2, 4)),
        ("time", -1e30, 1e30, (1, 6)),
    ],
)
def test_a_range_reaches_one_episode_further_on_either_side(
    series: SeriesStore, axis: str, low: float | None, high: float | None, expected: tuple[int, int]
) -> None:
    assert series.episodes_between(RUN_ID, axis, low, high) == expected


def test_a_run_without_episodes_has_an_empty_range(series: SeriesStore) -> None:
    assert series.episodes_between("20261123-051200-none", "episode", None, None) == (1, 0)


def test_an_earlier_database_gets_the_index(tmp_path: Path) -> None:
    database = Database.open(tmp_path)
    with database.write(is_durable=True) as connection:
        connection.execute(text("DROP INDEX metric_by_name"))
    database.close()

    database = Database.open(tmp_path)

    assert "metric_by_name" in {index["name"] for index in inspect(database.engine).get_indexes("metric")}
    database.close()


def test_a_curve_that_is_known_grows_with_its_run_and_begins_anew_when_it_goes_back(tmp_path: Path) -> None:
    store = RunStore.open(tmp_path)
    record(store, RUN_ID, 4)
    run = store.run(RUN_ID)
    before = store.series.curve(RUN_ID, "reward", 9).value.tolist()

    fifth = envelope(5, episode_finished(5, 3, reward=50.0))
    store.record(run, replace(run, episodes=5), fifth)
    grown = store.series.curve(RUN_ID, "reward", 9).value.tolist()
    back = apply(store.run(RUN_ID), envelope(6, RunRewound(6, 2, None, None, 0, (), "back")))
    store.record(store.run(RUN_ID), back, envelope(6, RunRewound(6, 2, None, None, 0, (), "back")))
    gone = store.series.curve(RUN_ID, "reward", 9).value.tolist()
    with pytest.raises(EpisodesGoneError, match="went back to a checkpoint while it was read; ask again"):
        store.series.places(RUN_ID, np.array([2, 3]))  # of a curve that was read before
    store.record(back, replace(back, episodes=3), envelope(7, episode_finished(3, 3, reward=-3.0)))
    again = store.series.curve(RUN_ID, "reward", 9).value.tolist()
    places = store.series.places(RUN_ID, np.array([3]))
    store.close()

    assert before == [10.0, 20.0, 30.0, 40.0]
    assert grown == [*before, 50.0]
    assert gone == [10.0, 20.0]
    assert again == [10.0, 20.0, -3.0]
    assert places.time_ms.tolist() == [int(START.timestamp() * 1_000) + 7_000]
