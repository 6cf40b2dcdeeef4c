"""What a report says, gathered from a run: everything but its curves, ready to be set as tables. Knows no markup."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from knobs import Parameter, Registry
from market.episode import Trade, trades_of
from market.round_trips import RoundTrip, round_trips_of
from runs.actions import Action
from runs.controller import RunController
from runs.labels import Label
from runs.run import Run
from runs.summaries import EvaluationSummary
from training.config import parameters
from training.evaluation_metrics import EVALUATION_METRICS, EvaluationMetric
from training.metrics import METRICS, Metric
from training.wording import SECTION_TITLES, setting_text, value_text
from web.report import figures
from web.report.chart import Chart
from web.report.readings import decimals_for, metric_text
from web.report.words import p_value, signed

MAX_ROWS = 100  # of trades and of round trips; the files hold all trades
EPISODE_FIGURES = (
    *("return_pct", "buy_and_hold_pct", "max_drawdown_pct", "final_equity"),
    *("costs", "trades", "reward", "sharpe", "action_std"),
)
WINDOWS = {"validation": "Last validation", "test": "Test"}
COMPARED = {"sharpe": "Sharpe", "log_return": "log growth a year"}


@dataclass(frozen=True)
class Setting:
    """A parameter as it was at the start and after all changes, beside what it would have been."""

    parameter: Parameter
    value: Any
    in_force: Any

    @property
    def is_changed(self) -> bool:
        return bool(self.value != self.parameter.default or self.in_force != self.value)

    @property
    def texts(self) -> tuple[str, str, str]:
        """The start's value, the one in force, and the default, with their units."""
        start, in_force, default = (
            value_text(self.parameter, value) for value in (self.value, self.in_force, self.parameter.default)
        )
        return start, in_force, default


@dataclass(frozen=True)
class Judgement:
    """One evaluation as a table, with what can be said about the differences."""

    title: str
    summary: EvaluationSummary
    curves: list[tuple[str, list[str]]]  # label, and every figure as text
    differences: list[str]
    equity: Chart


@dataclass(frozen=True)
class LastEpisode:
    """The run's last whole episode, or its only one: what it earned and how.

    Of its trades and round trips the newest `MAX_ROWS` are there.
    """

    episode: int
    figures: list[tuple[str, str]]  # label, and value with its unit
    charts: list[Chart]
    actions: Chart
    left_out: str  # what is to be said of the one behind it
    trades: Sequence[Trade]
    total_trades: int
    trips: Sequence[RoundTrip]
    total_trips: int

    @property
    def price_decimals(self) -> int:
        return decimals_for([trade.price for trade in self.trades], least=2)

    @property
    def quantity_decimals(self) -> int:
        return decimals_for([trade.quantity for trade in self.trades])


@dataclass(frozen=True)
class Report:
    run: Run
    label: Label | None
    version: str
    bars: str
    curves: list[Chart]
    validation: Chart
    judgements: list[Judgement]
    last: LastEpisode | None
    settings: Mapping[str, list[Setting]]
    actions: Sequence[Action]


def gather(controller: RunController, run: Run, version: str) -> Report:
    """Everything as it is at this moment; the run may go on meanwhile."""
    evaluations = controller.evaluations(run.run_id).evaluations
    return Report(
        run=run,
        label=controller.labels().get(run.run_id),
        version=version,
        bars=_bars(run.config),
        curves=figures.metric_charts(controller, run),
        validation=figures.validation_chart(evaluations),
        judgements=[_judgement(controller, run, each) for each in _newest_of_each_window(evaluations)],
        last=_last_episode(controller, run) if run.episodes else None,
        settings=_settings(run),
        actions=controller.actions(run.run_id),
    )


def evaluation_columns() -> list[tuple[str, str, str]]:
    """Label, unit and help of every figure of `Judgement.curves`."""
    return [(entry.item.label, entry.item.unit, entry.item.help) for entry in EVALUATION_METRICS]


def _newest_of_each_window(evaluations: Sequence[EvaluationSummary]) -> list[EvaluationSummary]:
    newest = {each.figures["window"]: each for each in evaluations}
    return [newest[window] for window in WINDOWS if window in newest]


def _judgement(controller: RunController, run: Run, summary: EvaluationSummary) -> Judgement:
    found = summary.figures
    title = WINDOWS[found["window"]] + (f", {_looks(found.get('looks', 1))}" if found["window"] == "test" else "")
    series = controller.evaluation(run.run_id, summary.number)[1]
    variants = [variant | {"label": f"Policy, {variant['label']}"} for variant in found["variants"]]
    curves = [found["policy"], *variants, *found["baselines"]]
    return Judgement(
        title=title,
        summary=summary,
        curves=[(each["label"], _figures(EVALUATION_METRICS, each["metrics"])) for each in curves],
        differences=_differences(found),
        equity=figures.equity_chart(f"{title}: account", series),
    )


def _looks(count: int) -> str:
    return "looked at once" if count == 1 else f"looked at {count:,} times by this run, so not unseen any more"


def _differences(found: Mapping[str, Any]) -> list[str]:
    labels = {each["name"]: each["label"] for each in found["baselines"]}
    sentences = [
        f"Policy minus {labels.get(benchmark, benchmark)}, {words}: {signed(given['estimate'])} "
        f"[{signed(given['low'])}, {signed(given['high'])}], {p_value(given['p_value'])}."
        for benchmark, comparison in found["comparisons"].items()
        for name, words in COMPARED.items()
        if comparison and (given := comparison[name])
    ]
    ability = found["superior_ability"]
    if ability is not None:
        sentences.append(f"That no strategy in the table is better than buy & hold: {p_value(ability)} (SPA).")
    return sentences


def _last_episode(controller: RunController, run: Run) -> LastEpisode:
    fragment = controller.cut_short(run)
    has_others = fragment is not None and fragment.episode > 1
    summary, series = controller.episode(run.run_id, run.episodes - has_others)
    trades, trips = trades_of(series), round_trips_of(series)
    title = f"Episode {summary.episode}"
    return LastEpisode(
        episode=summary.episode,
        figures=[_with_unit(METRICS[name], summary.metrics.get(name)) for name in EPISODE_FIGURES],
        charts=[
            figures.equity_chart(f"{title}: account", series),
            figures.drawdown_chart(series),
            figures.trades_chart(f"{title}: price and trades", series, trades),
        ],
        actions=figures.actions_chart(series),
        left_out="" if fragment is None else figures.cut_note(fragment),
        trades=trades[-MAX_ROWS:],
        total_trades=len(trades),
        trips=trips[-MAX_ROWS:],
        total_trips=len(trips),
    )


def _figures(metrics: Registry[EvaluationMetric], values: Mapping[str, Any]) -> list[str]:
    return [metric_text(entry.name, entry.item.unit, values.get(entry.name)) for entry in metrics]


def _with_unit(metric: Metric, value: float | None) -> tuple[str, str]:
    text = metric_text(metric.name, metric.unit, value)
    return metric.label, f"{text} %" if metric.unit == "%" and value is not None else text


def _bars(config: Mapping[str, Any]) -> str:
    """The dataset and what makes it this one."""
    own = {
        "synthetic": ", ".join(setting_text(name, config[name]) for name in ("synthetic_seed", "synthetic_bars")),
        "file": f"id {config['data_file']}",
    }
    dataset = config["dataset"]
    return f"{dataset}: {own[dataset]}" if dataset in own else str(dataset)


def _settings(run: Run) -> dict[str, list[Setting]]:
    """By the title of their section."""
    in_force = run.config_in_force
    known = [
        Setting(parameter, run.config[parameter.name], in_force[parameter.name])
        for parameter in parameters()
        if parameter.name in run.config
    ]
    return {
        title: [each for each in known if each.parameter.section == section]
        for section, title in SECTION_TITLES.items()
    }
