"""Curves for drawing over REST: of a run's metrics over its episodes, and of one episode or evaluation bar by bar.

Each trace has at most `MAX_POINTS` points, its spikes and gaps among them; a zoom asks again for a part.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from flask import Blueprint
from numpy.typing import NDArray

from market.decimation import rows_to_draw
from market.episode import Column, EpisodeSeries
from runs.controller import RunController
from runs.store.series_store import AXES, MetricCurve
from training.metrics import METRICS
from web.query import MAX_NUMBER, bounds, one_of, some_of, whole_number

JsonObject = dict[str, Any]

MAX_POINTS = 2_000
MIN_POINTS = 10
BAR_AXES = ("row", "time")
_NOT_DRAWN = ("time_ms",)  # it is an axis


def add_series_routes(api: Blueprint, controller: RunController) -> None:
    @api.get("/runs/<run_id>/series")
    def show_metric_series(run_id: str) -> JsonObject:
        run = controller.run(run_id)
        names = some_of("metrics", METRICS.names(), charted_metrics())
        first, last = controller.series.episodes_between(run_id, axis := one_of("axis", AXES, "episode"), *bounds())
        points = _points()
        curves = {name: _drawn(controller.series.curve(run_id, name, first, last), points) for name in names}
        return {
            "run_id": run_id,
            "sequence": run.sequence,
            "axis": axis,
            "metrics": {name: _metric_trace(controller, run_id, *drawn) for name, drawn in curves.items()},
        }

    @api.get("/runs/<run_id>/episodes/<int:episode>/series")
    def show_episode_series(run_id: str, episode: int) -> JsonObject:
        summary, series = controller.episode(run_id, min(episode, MAX_NUMBER))
        return {"run_id": run_id, "episode": summary.episode} | _bar_traces(series)

    @api.get("/runs/<run_id>/evaluations/<int:number>/series")
    def show_evaluation_series(run_id: str, number: int) -> JsonObject:
        summary, series = controller.evaluation(run_id, min(number, MAX_NUMBER))
        return {"run_id": run_id, "evaluation": summary.number} | _bar_traces(series)


def charted_metrics() -> list[str]:
    return [entry.name for entry in METRICS if entry.item.chart]


def drawn_columns(series: EpisodeSeries) -> Mapping[str, NDArray[Any]]:
    """What can be drawn bar by bar."""
    columns = series.columns() | {"buy_and_hold": series.buy_and_hold()}
    return {name: column for name, column in columns.items() if name not in _NOT_DRAWN}


def _points() -> int:
    return whole_number("points", MAX_POINTS, MIN_POINTS, MAX_POINTS)


def _drawn(curve: MetricCurve, points: int) -> tuple[MetricCurve, int]:
    """The rows to draw, and how many there are in all."""
    rows = rows_to_draw(curve.value, points)
    return MetricCurve(curve.episode[rows], curve.value[rows]), len(curve.value)


def _metric_trace(controller: RunController, run_id: str, curve: MetricCurve, total: int) -> JsonObject:
    episodes = curve.episode.tolist()
    places = controller.series.places(run_id, episodes)
    return {
        "episode": episodes,
        "step": places.step.tolist(),
        "time_ms": places.time_ms.tolist(),
        "value": _values(curve.value),
        "total": total,
    }


def _bar_traces(series: EpisodeSeries) -> JsonObject:
    columns = drawn_columns(series)
    names = some_of("columns", columns, columns)
    axis = one_of("axis", BAR_AXES, "row")
    rows = _rows_between(series.time_ms if axis == "time" else np.arange(len(series)), *bounds())
    points = _points()
    traces = {name: _bar_trace(series, columns[name], rows, points) for name in names}
    return {"axis": axis, "columns": traces}


def _rows_between(places: NDArray[np.int64], low: float | None, high: float | None) -> slice:
    """The rows from `low` to `high`, and one more on either side, so that lines reach the edge."""
    start = 0 if low is None else int(np.searchsorted(places, low, side="left"))
    end = len(places) if high is None else int(np.searchsorted(places, high, side="right"))
    return slice(max(start - 1, 0), end + 1)


def _bar_trace(series: EpisodeSeries, column: NDArray[Any], rows: slice, points: int) -> JsonObject:
    values = column[rows].astype(np.float64)
    kept = rows_to_draw(values, points) + rows.start
    return {
        "row": kept.tolist(),
        "time_ms": series.time_ms[kept].tolist(),
        "value": _values(column[kept].astype(np.float64)),
        "total": len(values),
    }


def _values(values: Column) -> list[float | None]:
    """With None for what is undefined."""
    return [value if math.isfinite(value) else None for value in values.tolist()]
