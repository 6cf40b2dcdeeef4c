"""The objects of docs/api.md, made from the program's own. Knows no request and no connection."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

from knobs import Registry
from market.datasets import DATASETS
from market.episode import EpisodeSeries, trades_of
from market.round_trips import round_trips_of
from runs.actions import Action
from runs.checkpoints.checkpoint import Checkpoint, best_of
from runs.events import Envelope, PolicyEvaluated, RunProgress
from runs.labels import Label
from runs.run import Gate, Run
from runs.summaries import EpisodePage, EpisodeSummary, EvaluationPage, EvaluationSummary
from training.config import parameters
from training.evaluation_metrics import EVALUATION_METRICS
from training.events import EpisodeFinished
from training.forking import CHANGEABLE
from training.metrics import METRICS
from training.presets import PRESETS
from training.wording import SECTION_TITLES
from warmup_gate import WARMUP_STRATEGIES
from web.json import plain

JsonObject = dict[str, Any]

NO_TABLES: JsonObject = {"variants": [], "baselines": [], "comparisons": {}}


def run_json(run: Run) -> JsonObject:
    progress = None if run.progress is None else run.progress.summary()
    own: JsonObject = plain(
        _fields(run) | {"progress": progress, "gate": _gate(run.gate), "config_in_force": run.config_in_force}
    )
    return own


def label_json(label: Label) -> JsonObject:
    own: JsonObject = plain(label)
    return own


def action_json(action: Action) -> JsonObject:
    own: JsonObject = plain(_fields(action) | {"text": action.text})
    return own


def actions_json(run_id: str, actions: list[Action]) -> JsonObject:
    return {"run_id": run_id, "actions": [action_json(action) for action in actions]}


def episode_json(summary: EpisodeSummary) -> JsonObject:
    """The episode's own fields and every metric by name; one that was not known when it ran is null."""
    own = _fields(summary)
    metrics = own.pop("metrics")
    episode: JsonObject = plain(own | dict.fromkeys(METRICS.names()) | metrics)
    return episode


def episodes_json(run_id: str, page: EpisodePage, *, has_more: bool) -> JsonObject:
    return {
        "run_id": run_id,
        "episodes": [episode_json(summary) for summary in page.episodes],
        "sequence": page.sequence,
        "has_more": has_more,
    }


def inspected_json(run_id: str, summary: EpisodeSummary, series: EpisodeSeries) -> JsonObject:
    return {"run_id": run_id, "episode": episode_json(summary)} | _series_json(series)


def evaluation_json(summary: EvaluationSummary) -> JsonObject:
    own = _fields(summary)
    figures = own.pop("figures")
    evaluation: JsonObject = plain(own | figures)
    return evaluation


def evaluations_json(run_id: str, page: EvaluationPage, tables_of: str = "all") -> JsonObject:
    shown = page.evaluations if tables_of == "all" else with_newest_tables(page.evaluations)
    return {
        "run_id": run_id,
        "evaluations": [evaluation_json(summary) for summary in shown],
        "sequence": page.sequence,
    }


def with_newest_tables(evaluations: Sequence[EvaluationSummary]) -> Iterable[EvaluationSummary]:
    """The same in order; all but the newest of each window without their tables, nine tenths of their weight."""
    newest = {summary.figures["window"]: summary for summary in evaluations}
    for summary in evaluations:
        is_newest = newest[summary.figures["window"]] is summary
        yield summary if is_newest else replace(summary, figures={**summary.figures, **NO_TABLES})


def inspected_evaluation_json(run_id: str, summary: EvaluationSummary, series: EpisodeSeries) -> JsonObject:
    return {"run_id": run_id, "evaluation": evaluation_json(summary)} | _series_json(series)


def checkpoints_json(run_id: str, checkpoints: list[Checkpoint]) -> JsonObject:
    return {"run_id": run_id, "checkpoints": [checkpoint_json(one, checkpoints) for one in checkpoints]}


def checkpoint_json(checkpoint: Checkpoint, checkpoints: list[Checkpoint]) -> JsonObject:
    """One of a run's, beside those that there are; it may have gone meanwhile."""
    best = best_of(checkpoints)
    own = {name: value for name, value in _fields(checkpoint).items() if name not in ("run_id", "notices", "progress")}
    shown: JsonObject = plain(own | {"is_best": best is not None and best.step == checkpoint.step})
    return shown


def _series_json(series: EpisodeSeries) -> JsonObject:
    columns = series.columns() | {"buy_and_hold": series.buy_and_hold()}
    return {
        "series": plain(columns),
        "trades": plain(trades_of(series)),
        "round_trips": plain(round_trips_of(series)),
    }


def catalog_json(keep_deleted: timedelta | None) -> JsonObject:
    """Everything the page needs to build its form, its charts and its table."""
    shown = ("name", "label", "unit", "help")
    return {
        "datasets": _choices(DATASETS),
        "sections": [{"name": name, "title": title} for name, title in SECTION_TITLES.items()],
        "parameters": [plain(each) | {"forkable": each.name in CHANGEABLE} for each in parameters()],
        "presets": [{"name": entry.name, "help": entry.help, "config": dict(entry.item)} for entry in PRESETS],
        "warmup_strategies": _choices(WARMUP_STRATEGIES),
        "metrics": [{name: getattr(entry.item, name) for name in (*shown, "chart")} for entry in METRICS],
        "evaluation_metrics": [{name: getattr(entry.item, name) for name in shown} for entry in EVALUATION_METRICS],
        "keep_deleted_days": None if keep_deleted is None else keep_deleted / timedelta(days=1),
    }


def live_event(envelope: Envelope, run: Run) -> tuple[str, JsonObject]:
    """The Socket.IO event for an event of a run, its stamp included."""
    stamp: JsonObject = plain({name: getattr(envelope, name) for name in ("run_id", "boot_id", "sequence", "time")})
    match envelope.event:
        case RunProgress():
            return "progress", stamp | {"progress": plain(envelope.event.summary())}
        case EpisodeFinished():
            return "episode", stamp | episode_json(EpisodeSummary.of(envelope, envelope.event))
        case PolicyEvaluated():
            return "evaluation", stamp | evaluation_json(EvaluationSummary.of(envelope, envelope.event))
        case _:
            return "run_status", stamp | {"run": run_json(run)}


def _gate(gate: Gate) -> JsonObject:
    return _fields(gate) | {"is_open": gate.is_open}


def _choices(registry: Registry[Any]) -> list[JsonObject]:
    return [{"name": entry.name, "help": entry.help} for entry in registry]


def _fields(value: Any) -> JsonObject:
    return {field.name: getattr(value, field.name) for field in fields(value)}
