"""The objects of docs/api.md as models: what every answer, and every body, is made of."""

from typing import Any, Literal

from pydantic import ConfigDict, Field, create_model

from knobs import Parameter
from market.candles import Candles
from market.episode import EpisodeSeries, Trade
from market.files.summary import DataSummary, Preview
from market.round_trips import RoundTrip
from runs.actions import Action as StoredAction
from runs.checkpoints.checkpoint import Checkpoint as StoredCheckpoint
from runs.labels import MAX_NAME_LENGTH, MAX_NOTES_LENGTH, MAX_TAG_LENGTH, MAX_TAGS
from runs.labels import Erasure as StoredErasure
from runs.labels import Label as StoredLabel
from runs.run import Gate as RunGate
from runs.run import Run as StoredRun
from runs.summaries import EpisodeSummary, EvaluationSummary
from training.changes import LIVE
from training.config import SECTIONS
from training.evaluation_metrics import EVALUATION_METRICS
from training.events import Progress as StepProgress
from training.metrics import METRICS
from web.log_tail import LogLine
from web.machine import Machine
from web.openapi.shapes import Shape, by_name, many, or_null, shape, shape_of
from web.query import MAX_NUMBER

Number = float | None

Problem = shape("Problem", field=str, message=str)
ErrorContent = create_model(
    "ErrorContent",
    __base__=Shape,
    code=(str, ...),
    message=(str, ...),
    problems=(many(Problem), Field(default_factory=list)),
)
Error = shape("Error", error=ErrorContent)

Choice = shape("Choice", name=str, help=str)
_metric = {"name": str, "label": str, "unit": str, "help": str}
Health = shape("Health", status=Literal["ok"], version=str, boot_id=str, active_run=or_null(str))
Catalog = shape(
    "Catalog",
    datasets=many(Choice),
    sections=many(shape("Section", name=str, title=str)),
    parameters=many(shape_of(Parameter, forkable=bool)),
    presets=many(shape("Preset", name=str, help=str, config=by_name(Any))),
    warmup_strategies=many(Choice),
    metrics=many(shape("Metric", **_metric, chart=bool)),
    evaluation_metrics=many(shape("EvaluationMetric", **_metric)),
    keep_deleted_days=Number,
)

Progress = shape_of(StepProgress, buffer_capacity=int, active_s=Number, steps_per_s=Number, eta_s=Number)
Run = shape_of(
    StoredRun, progress=or_null(Progress), gate=shape_of(RunGate, is_open=bool), config_in_force=by_name(Any)
)
RunAnswer = shape("RunAnswer", run=Run)
RunStarted = shape("RunStarted", run_id=str, run=Run)
Runs = shape("Runs", runs=many(Run))

Label = shape_of(StoredLabel)
LabelAnswer = shape("LabelAnswer", label=Label)
Erased = shape("Erased", erased=many(shape_of(StoredErasure, "Erasure")))
Labels = shape("Labels", labels=many(Label), best_validation_sharpes=by_name(float))

Actions = shape("Actions", run_id=str, actions=many(shape_of(StoredAction, "Action", text=str)))

_figures = {entry.name: or_null(int) if entry.item.is_count else Number for entry in METRICS}
Episode = shape_of(EpisodeSummary, "Episode", omit=["metrics"], **_figures)
Episodes = shape("Episodes", run_id=str, episodes=many(Episode), sequence=int, has_more=bool)
_bars = {
    "series": shape_of(EpisodeSeries, "Series", buy_and_hold=many(Number)),
    "trades": many(shape_of(Trade)),
    "round_trips": many(shape_of(RoundTrip)),
}
EpisodeAnswer = shape("EpisodeAnswer", run_id=str, episode=Episode, **_bars)

EvaluationFigures = shape("EvaluationFigures", **dict.fromkeys(EVALUATION_METRICS.names(), Number))
Curve = shape("Curve", name=str, label=str, metrics=EvaluationFigures)
Difference = shape("Difference", estimate=float, low=float, high=float, p_value=float)
Comparison = shape("Comparison", sharpe=or_null(Difference), log_return=or_null(Difference), block_bars=int)
Evaluation = shape_of(
    EvaluationSummary,
    "Evaluation",
    omit=["figures"],
    window=str,
    fill_mode=str,
    trials=int,
    looks=int,
    policy=Curve,
    variants=many(Curve),
    baselines=many(Curve),
    comparisons=by_name(or_null(Comparison)),
    superior_ability=Number,
)
Evaluations = shape("Evaluations", run_id=str, evaluations=many(Evaluation), sequence=int)
EvaluationAnswer = shape("EvaluationAnswer", run_id=str, evaluation=Evaluation, **_bars)

PolicyAsked = shape("PolicyAsked", step=int, episode=int)

_trace = {"time_ms": many(int), "value": many(Number), "total": int}
SmoothedTrace = shape("SmoothedTrace", value=many(Number), last=Number, count=int)
MetricTrace = shape("MetricTrace", episode=many(int), step=many(int), **_trace, smoothed=or_null(SmoothedTrace))
MetricCurves = shape(
    "MetricCurves", run_id=str, sequence=int, axis=str, cut_short=or_null(int), metrics=by_name(MetricTrace)
)
_columns = {"run_id": str, "axis": str, "columns": by_name(shape("BarTrace", row=many(int), **_trace))}
EpisodeCurves = shape("EpisodeCurves", **_columns, episode=int)
EvaluationCurves = shape("EvaluationCurves", **_columns, evaluation=int)

_candles = {"run_id": str, "candles": or_null(shape_of(Candles)), "reason": or_null(str)}
EpisodeCandles = shape("EpisodeCandles", **_candles, episode=int)
EvaluationCandles = shape("EvaluationCandles", **_candles, evaluation=int)

MachineReading = shape_of(Machine, "MachineReading")
Log = shape("Log", lines=many(shape_of(LogLine)))

_data = {"summary": shape_of(DataSummary), "preview": shape_of(Preview)}
Data = shape("Data", **_data)
FileKept = shape("FileKept", file_id=str, **_data)

_unshown = ["run_id", "notices", "progress"]
Checkpoint = shape_of(StoredCheckpoint, omit=_unshown, is_best=bool)
CheckpointAnswer = shape("CheckpointAnswer", checkpoint=Checkpoint)
Checkpoints = shape("Checkpoints", run_id=str, checkpoints=many(Checkpoint))

_knobs: dict[str, Any] = {
    name: (knob.annotation, knob) for model in SECTIONS.values() for name, knob in model.model_fields.items()
}
Config = create_model("Config", __config__=ConfigDict(extra="forbid", defer_build=True), **_knobs)
_config: Any = (Config, Field(default_factory=dict))
_name: Any = (or_null(str), Field(None, max_length=MAX_NAME_LENGTH))
ConfigBody = create_model("ConfigBody", __base__=Shape, config=_config)
StartBody = create_model("StartBody", __base__=Shape, config=_config, name=_name)
_live = {name: told for name, told in _knobs.items() if name in LIVE}
ChangeBody = create_model("ChangeBody", __config__=ConfigDict(extra="forbid", defer_build=True), **_live)
_Step = Field(ge=0, le=MAX_NUMBER)
StepBody = create_model("StepBody", __base__=Shape, step=(int, _Step))
ForkBody = create_model("ForkBody", __base__=Shape, step=(int, _Step), config=_config, name=_name)
LabelBody = create_model(
    "LabelBody",
    __base__=Shape,
    name=_name,
    tags=(many(str), Field(None, max_length=MAX_TAGS, description=f"Each of at most {MAX_TAG_LENGTH} characters.")),
    notes=(or_null(str), Field(None, max_length=MAX_NOTES_LENGTH)),
)
