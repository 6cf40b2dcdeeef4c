"""What a report says, gathered from a run: everything but its curves, ready to be set as tables. Knows no markup."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from knobs import Parameter
from market.episode import Trade, trades_of
from runs.actions import Action
from runs.controller import RunController
from runs.labels import Label
from runs.run import EvaluationSummary, Run
from training.config import parameters
from training.evaluation_metrics import EVALUATION_METRICS
from training.wording import SECTION_TITLES, setting_text, value_text
from web.report import figures
from web.report.chart import Drawing
from web.report.words import number, p_value, signed

MAX_TRADES = 100  # rows of the table; the files hold all of them
WINDOWS = {"validation": "Last validation", "test": "Test, looked at once"}
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
    equity: Drawing


@dataclass(frozen=True)
class TradedEpisode:
    """The run's last episode with its trades, the newest `MAX_TRADES` of them."""

    episode: int
    chart: Drawing
    trades: Sequence[Trade]
    total: int


@dataclass(frozen=True)
class Report:
    run: Run
    label: Label | None
    version: str
    bars: str
    curves: list[Drawing]
    validation: Drawing
    judgements: list[Judgement]
    traded: TradedEpisode | None
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
        traded=_traded(controller, run) if run.episodes else None,
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
    title = WINDOWS[found["window"]]
    series = controller.evaluation(run.run_id, summary.number)[1]
    variants = [variant | {"label": f"Policy, {variant['label']}"} for variant in found["variants"]]
    curves = [found["policy"], *variants, *found["baselines"]]
    names = EVALUATION_METRICS.names()
    return Judgement(
        title=title,
        summary=summary,
        curves=[(each["label"], [number(each["metrics"].get(name)) for name in names]) for each in curves],
        differences=_differences(found),
        equity=figures.equity_chart(f"{title}: account", series),
    )


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


def _traded(controller: RunController, run: Run) -> TradedEpisode:
    summary, series = controller.episode(run.run_id, run.episodes)
    trades = trades_of(series)
    chart = figures.trades_chart(f"Episode {summary.episode}: price and trades", series, trades)
    return TradedEpisode(summary.episode, chart, trades[-MAX_TRADES:], len(trades))


def _bars(config: Mapping[str, Any]) -> str:
    """The data set and what makes it this one."""
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
