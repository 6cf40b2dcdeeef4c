"""Evaluation metrics by name: figures of one equity curve on bars that nobody learned from.

Adding one is one line in the registry; storage, REST and page follow.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from knobs import Registry
from market import metrics
from market.episode import EpisodeSeries


@dataclass(frozen=True, slots=True)
class Curve:
    """What an evaluation metric may look at; `trials` is how many policies were tried in all."""

    series: EpisodeSeries
    bars_per_year: float
    trials: int


@dataclass(frozen=True, slots=True)
class EvaluationMetric:
    """One figure of a curve; `compute` returns None where it is undefined."""

    name: str
    label: str
    unit: str
    help: str
    compute: Callable[[Curve], float | None]


def evaluation_metrics(curve: Curve) -> dict[str, float | None]:
    """Every registered figure of the curve; what is not finite is undefined too."""
    values = {entry.name: entry.item.compute(curve) for entry in EVALUATION_METRICS}
    return {name: value if value is not None and math.isfinite(value) else None for name, value in values.items()}


EVALUATION_METRICS: Registry[EvaluationMetric] = Registry("evaluation metric")
for _metric in (
    EvaluationMetric(
        name="return_pct",
        label="Return",
        unit="%",
        help="Change of equity over the window.",
        compute=lambda curve: metrics.total_return_pct(curve.series.equity),
    ),
    EvaluationMetric(
        name="sharpe",
        label="Sharpe",
        unit="annualised",
        help="Mean over standard deviation of the bar returns; undefined for a flat account.",
        compute=lambda curve: metrics.sharpe(curve.series.equity, curve.bars_per_year),
    ),
    EvaluationMetric(
        name="sharpe_standard_error",
        label="± s.e.",
        unit="annualised",
        help="Standard error of the Sharpe ratio: chance alone moves the ratio by about twice as much, up or down.",
        compute=lambda curve: metrics.sharpe_standard_error(curve.series.equity, curve.bars_per_year),
    ),
    EvaluationMetric(
        name="sortino",
        label="Sortino",
        unit="annualised",
        help="Mean over downside deviation of the bar returns.",
        compute=lambda curve: metrics.sortino(curve.series.equity, curve.bars_per_year),
    ),
    EvaluationMetric(
        name="max_drawdown_pct",
        label="Max drawdown",
        unit="%",
        help="Deepest fall of equity below an earlier peak.",
        compute=lambda curve: metrics.max_drawdown_pct(curve.series.equity),
    ),
    EvaluationMetric(
        name="calmar",
        label="Calmar",
        unit="",
        help="Compound growth a year over the deepest drawdown.",
        compute=lambda curve: metrics.calmar(curve.series.equity, curve.bars_per_year),
    ),
    EvaluationMetric(
        name="turnover",
        label="Turnover",
        unit="of equity",
        help="Sum of all traded changes of position: in and out of a full one is 2.",
        compute=lambda curve: metrics.turnover(curve.series),
    ),
    EvaluationMetric(
        name="exposure",
        label="Exposure",
        unit="of equity",
        help="Mean absolute position.",
        compute=lambda curve: metrics.mean_exposure(curve.series.position),
    ),
    EvaluationMetric(
        name="costs",
        label="Costs",
        unit="currency",
        help="Fees, spread, slippage, and interest on shorts and borrowed cash.",
        compute=lambda curve: float(curve.series.costs.sum()),
    ),
    EvaluationMetric(
        name="probabilistic_sharpe",
        label="PSR",
        unit="probability",
        help="Probability that the true Sharpe ratio is above 0.",
        compute=lambda curve: metrics.probabilistic_sharpe(curve.series.equity, curve.bars_per_year),
    ),
    EvaluationMetric(
        name="deflated_sharpe",
        label="DSR",
        unit="probability",
        help="Probability that the true Sharpe ratio is above the best of as many trials without skill.",
        compute=lambda curve: metrics.deflated_sharpe(curve.series.equity, curve.bars_per_year, curve.trials),
    ),
):
    EVALUATION_METRICS.add(_metric.name, _metric, help=_metric.help)
