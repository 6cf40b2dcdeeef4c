"""Curves for drawing over REST: of a run's metrics over its episodes, and of one episode or evaluation bar by bar.

Each trace has at most `MAX_POINTS` points, its spikes and gaps among them; a zoom asks again for a part.
"""

import math
from dataclasses import fields
from typing import Any

import numpy as np
from flask import Blueprint
from numpy.typing import NDArray

from market.decimation import Rows, rows_to_draw
from market.episode import Column, EpisodeSeries
from market.smoothing import MAX_WEIGHT, smooth
from runs.controller import RunController
from runs.curves import AXES, MetricCurve
from runs.errors import EpisodesGoneError, RunNotFoundError
from training.evaluation_metrics import EVALUATION_METRICS
from training.metrics import METRICS
from web.bar_routes import BarView, JsonObject, add_bar_routes
from web.errors import RequestError
from web.openapi import answers
from web.openapi.operation import describe
from web.query import FROM, TO, UP_TO, Number, OneOf, SomeOf, WholeNumber, read_range

MAX_POINTS = 2_000
MIN_POINTS = 10
BAR_COLUMNS = (*(field.name for field in fields(EpisodeSeries) if field.name != "time_ms"), "buy_and_hold")

CHARTED = tuple(entry.name for entry in METRICS if entry.item.chart)
VALIDATED = "validation."  # in front of the name of an evaluation metric
CURVES = (*METRICS.names(), *(VALIDATED + name for name in EVALUATION_METRICS.names()))
METRIC_NAMES = SomeOf("metrics", "Which ones, separated by commas.", CURVES, CHARTED)
METRIC_AXIS = OneOf("axis", "What from and to are; time in milliseconds since 1970 UTC.", AXES, "episode")
COLUMN_NAMES = SomeOf("columns", "Which ones, separated by commas.", BAR_COLUMNS, BAR_COLUMNS)
BAR_AXIS = OneOf("axis", "What from and to are; time in milliseconds since 1970 UTC.", ("row", "time"), "row")
SMOOTHING = Number("smoothing", "Weight of the past in a smoothed curve beside the values.", 0.0, MAX_WEIGHT)
POINTS = WholeNumber("points", "The most in a trace.", MAX_POINTS, MIN_POINTS, MAX_POINTS)


def add_series_routes(api: Blueprint, controller: RunController) -> None:
    @api.get("/runs/<run_id>/series")
    @describe(
        "Metrics over episodes, for drawing: a few points of many, every spike among them",
        query=[METRIC_NAMES, METRIC_AXIS, FROM, TO, UP_TO, POINTS, SMOOTHING],
        answers=answers.MetricCurves,
        errors=[RequestError, RunNotFoundError, EpisodesGoneError],
    )
    def show_metric_series(run_id: str) -> JsonObject:
        run = controller.run(run_id)
        names, axis, points, weight = METRIC_NAMES.read(), METRIC_AXIS.read(), POINTS.read(), SMOOTHING.read() or 0.0
        first, last = controller.series.episodes_between(run_id, axis, *read_range())
        part = range(first, min(last, UP_TO.read()) + 1)
        fragment = controller.cut_short(run)
        cut = None if fragment is None else fragment.episode
        return {
            "run_id": run_id,
            "sequence": run.sequence,
            "axis": axis,
            "cut_short": cut,
            "metrics": {name: _metric_trace(controller, run_id, name, part, cut, points, weight) for name in names},
        }

    bars = BarView(
        "series",
        "The columns of {}, for drawing",
        (COLUMN_NAMES, BAR_AXIS, FROM, TO, POINTS),
        answers.EpisodeCurves,
        answers.EvaluationCurves,
        _bar_traces,
    )
    add_bar_routes(api, controller, bars)


def _metric_trace(
    controller: RunController, run_id: str, name: str, part: range, cut: int | None, points: int, weight: float
) -> JsonObject:
    """`part` are episodes; what lies before them counts in the smoothed curve, and one cut short does not."""
    whole = _curve(controller, run_id, name, part.stop - 1)
    start = first_row(whole, part.start)
    rows = rows_to_draw(whole.value[start:], points) + start
    curve = whole.at(rows)
    places = curve.places or controller.series.places(run_id, curve.episode)
    return {
        "episode": curve.episode.tolist(),
        "step": places.step.tolist(),
        "time_ms": places.time_ms.tolist(),
        "value": _values(curve.value),
        "smoothed": None if weight == 0.0 else _smoothed(_of_whole_episodes(whole, cut), rows, weight),
        "total": len(whole.value) - start,
    }


def _of_whole_episodes(curve: MetricCurve, cut: int | None) -> Column:
    """Undefined for the one cut short; a point with a place of its own is of a policy, not of an episode."""
    if cut is None or curve.places is not None:
        return curve.value
    return np.where(curve.episode == cut, np.nan, curve.value)


def _curve(controller: RunController, run_id: str, name: str, last: int) -> MetricCurve:
    if name.startswith(VALIDATED):
        return controller.series.validation_curve(run_id, name.removeprefix(VALIDATED), last)
    return controller.series.curve(run_id, name, last)


def first_row(curve: MetricCurve, first: int) -> int:
    """The row at which the part from the episode `first` on begins. A point with a place of its own lies behind the end
    of its episode, and the nearest one before the part belongs to it.
    """
    if curve.places is None:
        return int(np.searchsorted(curve.episode, first))
    before, inside = np.searchsorted(curve.episode, [first - 1, first])
    return int(min(before, max(inside - 1, 0)))


def _smoothed(values: Column, rows: Rows, weight: float) -> JsonObject:
    smoothed = smooth(values, weight)
    last = None if math.isnan(smoothed.last) else smoothed.last
    return {"value": _values(smoothed.values[rows]), "last": last, "count": smoothed.count}


def _bar_traces(run_id: str, series: EpisodeSeries) -> JsonObject:
    names, axis, points = COLUMN_NAMES.read(), BAR_AXIS.read(), POINTS.read()
    columns = series.columns() | {"buy_and_hold": series.buy_and_hold()}
    rows = rows_between(series.time_ms if axis == "time" else np.arange(len(series)), *read_range())
    traces = {name: _bar_trace(series, columns[name], rows, points) for name in names}
    return {"axis": axis, "columns": traces}


def rows_between(places: NDArray[np.int64], low: float | None, high: float | None) -> slice:
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
