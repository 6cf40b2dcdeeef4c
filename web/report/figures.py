"""The curves of a report: metrics over episodes, validation with its uncertainty, and one episode bar by bar."""

from collections.abc import Sequence

import numpy as np

from market.episode import Column, EpisodeSeries, Trade
from runs.controller import RunController
from runs.run import Run
from runs.summaries import EpisodeSummary, EvaluationSummary
from training.metrics import METRICS
from web.report.chart import MAX_MARKS, NARROW, WIDE, Chart, Figure, Line, Marks, draw
from web.report.words import number
from web.series import CHARTED

REFERENCES = {"buy_and_hold": "held", "vol_target": "reference"}  # and how their lines look
RATIO_OF_LOG = 10.0
ACTION_BINS = np.linspace(-1.025, 1.025, 42)  # one around 0, so that flat is not mixed with almost flat


def metric_charts(controller: RunController, run: Run) -> list[Chart]:
    """The dashboard's five over all episodes, but for one that was cut short where there are others."""
    fragment, gate = controller.cut_short(run), gate_place(controller, run)
    return [draw(_metric_figure(controller, run, name, fragment, gate), NARROW) for name in CHARTED]


def gate_place(controller: RunController, run: Run) -> float | None:
    """Where among the episodes the gate opened, each of which ends at its number; None until that can be told."""
    opened = run.gate.opened
    if opened is None:
        return None
    ended_before = opened.episode - 1
    around = controller.episodes(run.run_id, ended_before, opened.episode).episodes
    return ended_before + opened.episode_step / around[0].steps if around else None


def cut_note(fragment: EpisodeSummary) -> str:
    """What is to be said of an episode that the end of the run cut short."""
    said = f"Episode {fragment.episode:,} was cut short after {number(fragment.steps)} steps by the end of the run"
    return f"{said}, and is left out." if fragment.episode > 1 else f"{said}."


def validation_chart(evaluations: Sequence[EvaluationSummary]) -> Chart:
    """The policy's Sharpe ratio on the validation bars, with its standard error, and the baselines' newest."""
    validations = [each for each in evaluations if each.figures["window"] == "validation"]
    episode = np.array([each.episode for each in validations], np.float64)
    policies = [each.figures["policy"]["metrics"] for each in validations]
    sharpe, error = (
        _column([figures.get(name) for figures in policies]) for name in ("sharpe", "sharpe_standard_error")
    )
    lines = [Line("Policy", "own", episode, sharpe)]
    for baseline in validations[-1].figures["baselines"] if validations else ():
        if baseline["name"] in REFERENCES:
            level = np.full(len(episode), _column([baseline["metrics"].get("sharpe")])[0])
            lines.append(Line(baseline["label"], REFERENCES[baseline["name"]], episode, level))
    return draw(Figure("Validation Sharpe", "annualised", "episode", lines, spread=error), WIDE, NARROW)


def equity_chart(title: str, series: EpisodeSeries) -> Chart:
    """Logarithmic where it spreads over more than a decade, as in the inspector."""
    time = series.time_ms.astype(np.float64)
    lines = [
        Line("Account", "own", time, series.equity),
        Line("Buy & hold, without costs", "held", time, series.buy_and_hold()),
    ]
    low, high = (bound([bound(line.y) for line in lines]) for bound in (np.min, np.max))
    is_log = bool(0.0 < low < high / RATIO_OF_LOG)
    unit = "currency, log scale" if is_log else "currency"
    return draw(Figure(title, unit, "", lines, x_is_time=True, y_is_log=is_log), WIDE, NARROW)


def trades_chart(title: str, series: EpisodeSeries, trades: Sequence[Trade]) -> Chart:
    """The price with every trade as a triangle: up for a buy, down for a sell."""
    time = series.time_ms.astype(np.float64)
    marks = [_marks(side, [trade for trade in trades if trade.side == side]) for side in ("buy", "sell")]
    is_cut = any(len(each.x) > MAX_MARKS for each in marks)
    note = f"Only the last {MAX_MARKS:,} of each side are drawn." if is_cut else ""
    price = Line("Price", "price", time, series.price)
    return draw(Figure(title, "currency", "", [price], marks, note=note, x_is_time=True), WIDE, NARROW)


def drawdown_chart(series: EpisodeSeries) -> Chart:
    """How far equity was below its highest so far, initial equity included."""
    peaks = np.maximum.accumulate(series.equity)
    line = Line("Drawdown", "own", series.time_ms.astype(np.float64), 100.0 * (series.equity / peaks - 1.0))
    return draw(Figure("Drawdown", "% of the highest equity so far", "", [line], x_is_time=True), WIDE, NARROW)


def actions_chart(series: EpisodeSeries) -> Chart:
    """A histogram: how often each action was executed, those that the gate forced apart."""
    by_whom = (("Policy", "own", ~series.gated[1:]), ("Forced", "forced", series.gated[1:]))
    lines = [_steps_of(label, kind, series.action[1:][taken]) for label, kind, taken in by_whom if taken.any()]
    return draw(Figure("Actions", "steps with each", "action", lines, y_counts=True), NARROW)


def _metric_figure(
    controller: RunController, run: Run, name: str, fragment: EpisodeSummary | None, gate: float | None
) -> Figure:
    metric = METRICS[name]
    is_left_out = fragment is not None and fragment.episode > 1
    curve = controller.series.curve(run.run_id, name, run.episodes - is_left_out)
    note = f"{metric.help} {cut_note(fragment)}" if fragment and is_left_out else metric.help
    moments = [] if gate is None else [(gate, "gate opens")]
    line = Line(metric.label, "own", curve.episode.astype(np.float64), curve.value)
    return Figure(metric.label, metric.unit, "episode", [line], moments=moments, note=note)


def _steps_of(label: str, kind: str, actions: Column) -> Line:
    """The outline of a histogram, which begins and ends on the ground."""
    counts, edges = np.histogram(actions, ACTION_BINS)
    heights = np.concatenate([[0], np.repeat(counts, 2), [0]])
    return Line(label, kind, np.repeat(edges, 2), heights.astype(np.float64))


def _marks(side: str, trades: Sequence[Trade]) -> Marks:
    time = np.array([trade.time_ms for trade in trades], np.float64)
    return Marks(f"{side.capitalize()} ({len(trades):,})", side, time, np.array([trade.price for trade in trades]))


def _column(values: Sequence[float | None]) -> Column:
    column: Column = np.array(values, np.float64)  # None becomes NaN
    return column
