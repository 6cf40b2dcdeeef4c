"""Episode metrics by name: what is stored, streamed and shown for every finished episode.

Adding one is one function and one line in the registry; storage, REST, table and docs follow.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from knobs import Registry
from market.episode import EpisodeSeries
from market.metrics import max_drawdown_pct, sharpe, total_return_pct


@dataclass(frozen=True, slots=True)
class EpisodeRecord:
    """What a metric may look at. `learner` holds the figures of `SACAgent.update`, averaged over the episode."""

    series: EpisodeSeries
    bars_per_year: float
    alpha: float
    updates: int
    updates_while_gated: int
    learner: Mapping[str, float]


Compute = Callable[[EpisodeRecord], float | None]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of an episode; `compute` returns None where it is undefined, a whole number where it counts."""

    name: str
    label: str
    unit: str
    help: str
    compute: Compute
    chart: bool = False  # one of the dashboard's five
    is_count: bool = False  # a whole number


def _action_std(record: EpisodeRecord) -> float | None:
    chosen = record.series.action[1:][~record.series.gated[1:]]
    return float(chosen.std()) if len(chosen) > 1 else None


def _learner(name: str) -> Compute:
    return lambda record: record.learner.get(name)


METRICS: Registry[Metric] = Registry("metric")
for _metric in (
    Metric(
        name="reward",
        label="Reward",
        unit="",
        help="Sum of the episode's rewards. At reward scale 100 it is the log return in percent.",
        compute=lambda record: float(record.series.reward.sum()),
        chart=True,
    ),
    Metric(
        name="sharpe",
        label="Sharpe",
        unit="annualised",
        help="Mean over standard deviation of the equity returns on the training bars; undefined for a flat account.",
        compute=lambda record: sharpe(record.series.equity, record.bars_per_year),
        chart=True,
    ),
    Metric(
        name="trades",
        label="Trades",
        unit="",
        help="Executed position changes beyond the no-trade band.",
        compute=lambda record: int(np.count_nonzero(record.series.traded)),
        chart=True,
        is_count=True,
    ),
    Metric(
        name="alpha",
        label="Alpha",
        unit="",
        help="Weight of the entropy bonus at the episode's end. Near 0 too early, exploration is gone.",
        compute=lambda record: record.alpha,
        chart=True,
    ),
    Metric(
        name="action_std",
        label="Action std",
        unit="",
        help="Standard deviation of the actions the policy chose and the environment executed; undefined while gated.",
        compute=_action_std,
        chart=True,
    ),
    Metric(
        name="final_equity",
        label="Final equity",
        unit="currency",
        help="Account value at the episode's end.",
        compute=lambda record: float(record.series.equity[-1]),
    ),
    Metric(
        name="return_pct",
        label="Return",
        unit="%",
        help="Change of equity over the episode.",
        compute=lambda record: total_return_pct(record.series.equity),
    ),
    Metric(
        name="buy_and_hold_pct",
        label="Buy & hold",
        unit="%",
        help="Return of holding the asset over the same bars, without costs.",
        compute=lambda record: total_return_pct(record.series.buy_and_hold()),
    ),
    Metric(
        name="max_drawdown_pct",
        label="Max drawdown",
        unit="%",
        help="Deepest fall of equity below an earlier peak.",
        compute=lambda record: max_drawdown_pct(record.series.equity),
    ),
    Metric(
        name="costs",
        label="Costs",
        unit="currency",
        help="Fees, spread, slippage, and interest on shorts and borrowed cash.",
        compute=lambda record: float(record.series.costs.sum()),
    ),
    Metric(
        name="updates",
        label="Updates",
        unit="",
        help="Network updates since the run began.",
        compute=lambda record: record.updates,
        is_count=True,
    ),
    Metric(
        name="updates_while_gated",
        label="Updates while gated",
        unit="",
        help="Network updates taken during warm-up since the run began. Must be 0.",
        compute=lambda record: record.updates_while_gated,
        is_count=True,
    ),
    Metric(
        name="critic_loss",
        label="Critic loss",
        unit="",
        help="Mean over the episode's updates.",
        compute=_learner("critic_loss"),
    ),
    Metric(
        name="actor_loss",
        label="Actor loss",
        unit="",
        help="Mean over the episode's updates.",
        compute=_learner("actor_loss"),
    ),
    Metric(
        name="entropy",
        label="Entropy",
        unit="nats",
        help="Policy entropy estimated from sampled actions, mean over the episode's updates.",
        compute=_learner("entropy"),
    ),
    Metric(
        name="q_mean",
        label="Mean Q",
        unit="",
        help="Critics' mean value of replayed actions, over the episode's updates.",
        compute=_learner("q_mean"),
    ),
):
    METRICS.add(_metric.name, _metric, help=_metric.help)
