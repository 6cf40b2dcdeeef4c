"""What can be taken away of a run, each as rows under typed columns, read piece by piece.

Adding one is one entry of the registry; formats, routes and documents follow.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from knobs import Registry
from market.episode import Trade, trades_of
from runs.actions import Action
from runs.controller import RunController
from runs.run import Run
from runs.summaries import EpisodeSummary, EvaluationSummary
from training.evaluation_metrics import EVALUATION_METRICS
from training.metrics import METRICS
from web.export.columns import Column, Kind, Rows, Value, clean, columns_of, values_of

EPISODES_AT_ONCE = 2_000  # summaries: some hundred bytes each
SERIES_AT_ONCE = 50  # a thousand times larger

Read = Callable[[RunController, Run], Iterator[Rows]]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a run as it is when reading begins; `read` never holds more than one piece of them."""

    columns: tuple[Column, ...]
    read: Read


def _read_metrics(controller: RunController, run: Run) -> Iterator[Rows]:
    for first, last in _pieces(run.episodes, EPISODES_AT_ONCE):
        summaries = controller.episodes(run.run_id, first - 1, last).episodes
        yield [[*values_of(summary), *_figures(summary.metrics, METRICS.names())] for summary in summaries]


def _read_trades(controller: RunController, run: Run) -> Iterator[Rows]:
    for first, last in _pieces(run.episodes, SERIES_AT_ONCE):
        for episode, series in controller.series.bars(run.run_id, first, last):
            yield [[episode, *values_of(trade)] for trade in trades_of(series)]


def _read_evaluations(controller: RunController, run: Run) -> Iterator[Rows]:
    for summary in controller.evaluations(run.run_id).evaluations:
        figures = summary.figures
        shared = [*values_of(summary), *(figures.get(name) for name in ("window", "fill_mode", "trials", "looks"))]
        policy = [("policy", figures["policy"], figures["superior_ability"])]
        others = [(role, each, None) for role in ("variant", "baseline") for each in figures[f"{role}s"]]
        yield [
            [
                *shared,
                role,
                each["name"],
                each["label"],
                *_figures(each["metrics"], EVALUATION_METRICS.names()),
                ability,
            ]
            for role, each, ability in policy + others
        ]


def _read_comparisons(controller: RunController, run: Run) -> Iterator[Rows]:
    for summary in controller.evaluations(run.run_id).evaluations:
        compared = summary.figures["comparisons"].items()
        yield [
            [*values_of(summary), summary.figures["window"], name, figure, *_figures(interval, _INTERVAL), blocks]
            for name, comparison in compared
            for figure, interval, blocks in _intervals(comparison)
        ]


def _read_actions(controller: RunController, run: Run) -> Iterator[Rows]:
    yield [[*values_of(action), action.kind.value, action.text] for action in controller.actions(run.run_id)]


def _intervals(comparison: Mapping[str, Any] | None) -> list[tuple[str, Mapping[str, Any], Value]]:
    given = {} if comparison is None else dict(comparison)
    blocks = given.pop("block_bars", None)
    return [(figure, interval, blocks) for figure, interval in given.items() if interval is not None]


def _figures(values: Mapping[str, Any], names: list[str]) -> list[Value]:
    return [clean(values.get(name)) for name in names]


def _pieces(count: int, size: int) -> Iterator[tuple[int, int]]:
    return ((first, min(first + size - 1, count)) for first in range(1, count + 1, size))


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, Kind.TEXT) for name in names)


def _numbers(names: list[str]) -> tuple[Column, ...]:
    return tuple(Column(name, Kind.NUMBER) for name in names)


_INTERVAL = ["estimate", "low", "high", "p_value"]
_METRIC_COLUMNS = tuple(Column(entry.name, Kind.INTEGER if entry.item.is_count else Kind.NUMBER) for entry in METRICS)

TABLES: Registry[Table] = Registry("table")
TABLES.add(
    "metrics",
    Table((*columns_of(EpisodeSummary), *_METRIC_COLUMNS), _read_metrics),
    help="Every episode with all of its metrics.",
)
TABLES.add(
    "trades",
    Table((Column("episode", Kind.INTEGER), *columns_of(Trade)), _read_trades),
    help="Every trade of every episode.",
)
TABLES.add(
    "evaluations",
    Table(
        (
            *columns_of(EvaluationSummary),
            *_texts("window", "fill_mode"),
            Column("trials", Kind.INTEGER),
            Column("looks", Kind.INTEGER),
            *_texts("role", "name", "label"),
            *_numbers([*EVALUATION_METRICS.names(), "superior_ability"]),
        ),
        _read_evaluations,
    ),
    help="Every evaluation: the policy, its variants and the baselines, a row each.",
)
TABLES.add(
    "actions",
    Table((*columns_of(Action), *_texts("kind", "text")), _read_actions),
    help="What people did to the run: when, from where, and what it changed.",
)
TABLES.add(
    "comparisons",
    Table(
        (
            *columns_of(EvaluationSummary),
            *_texts("window", "benchmark", "figure"),
            *_numbers(_INTERVAL),
            Column("block_bars", Kind.INTEGER),
        ),
        _read_comparisons,
    ),
    help="How much each evaluated policy differs from its benchmarks, with intervals and p-values.",
)
