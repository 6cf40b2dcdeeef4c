"""Walk-forward evaluation: train on all bars so far, judge on the next stretch, move on.

Every fold trains an agent of its own from scratch, so the stitched curve is one that somebody following the recipe
could have earned. The test bars take no part. Knows no thread and no storage.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from market.data import Column, DataError, MarketData
from market.datasets import DatasetSplits
from market.episode import EpisodeSeries
from market.features import LOOKBACK, TrainStatistics
from market.metrics import max_drawdown_pct, sharpe, sharpe_standard_error, total_return_pct
from training.config import RunConfig
from training.evaluation import POLICY, Evaluation, Judge
from training.events import PolicyReady, TrainingEvent
from training.loop import train

STITCHED = (POLICY, "buy_and_hold", "vol_target")


@dataclass(frozen=True, slots=True)
class Fold:
    """Bars to learn from, and the next stretch to be judged on; `embargo` bars lie between them."""

    number: int
    train: MarketData
    window: MarketData


@dataclass(frozen=True, slots=True)
class StitchedCurve:
    """The folds' curves of one contestant in a row: figures of bars that no agent had seen when it was judged."""

    equity: Column
    return_pct: float
    sharpe: float | None
    sharpe_standard_error: float | None
    max_drawdown_pct: float


@dataclass(frozen=True, slots=True)
class WalkForward:
    """One evaluation a fold, and the stitched curves of policy and benchmarks by name."""

    evaluations: tuple[Evaluation, ...]
    stitched: Mapping[str, StitchedCurve]


def make_folds(splits: DatasetSplits, count: int, embargo_bars: int) -> list[Fold]:
    """`count` expanding folds: the first trains on the train bars' first half, the last is judged up to the test bars.

    Raises:
        DataError: a fold would have too few bars.
    """
    data = splits.validation.window(0, len(splits.validation), splits.all_bars.name)
    edges = np.linspace(len(splits.train) // 2, len(data), count + 1).astype(int).tolist()
    if edges[0] - embargo_bars < 2 * LOOKBACK or edges[1] - edges[0] < 2:
        raise DataError(
            f"{data.name}: {count} folds of {len(data):,} bars leave {edges[0] - embargo_bars:,} bars to train on and "
            f"{edges[1] - edges[0]:,} to judge on; take fewer folds or more bars"
        )
    return [
        # judged from the close before its first bar, which is the last fold's last: the stitched curve misses no bar
        Fold(number, data.window(0, start - embargo_bars), data.window(start - 1, stop, f"{data.name} fold {number}"))
        for number, (start, stop) in enumerate(itertools.pairwise(edges), start=1)
    ]


def walk_forward(
    config: RunConfig,
    folds: list[Fold],
    publish: Callable[[int, TrainingEvent], None],
    should_stop: Callable[[], bool] = lambda: False,
) -> WalkForward:
    """Train and judge fold by fold; `publish` gets the fold's number with each training event.

    A run that is stopped, or too short to learn anything, is judged by the folds that it finished.

    Raises:
        NonFiniteError: as `train` does.
        DataError: not one fold was finished.
    """
    evaluations = []
    for fold in folds:
        policy = _final_policy(config, fold, publish, should_stop)
        if policy is None or should_stop():
            break
        statistics = TrainStatistics.fit(fold.train)
        name = f"fold {fold.number}"
        judge = Judge(fold.window, config.environment, statistics, window=name)
        evaluations.append(judge.evaluate(policy.policy))
    if not evaluations:
        raise DataError("no fold was finished: the agent had not learned anything when training ended")
    return WalkForward(tuple(evaluations), {name: _stitch(name, evaluations) for name in STITCHED})


def _final_policy(
    config: RunConfig, fold: Fold, publish: Callable[[int, TrainingEvent], None], should_stop: Callable[[], bool]
) -> PolicyReady | None:
    final: list[PolicyReady] = []

    def take(event: TrainingEvent) -> None:
        if isinstance(event, PolicyReady) and event.is_final:
            final.append(event)
        publish(fold.number, event)

    train(config, fold.train, take, should_stop)
    return final[0] if final else None


def _stitch(name: str, evaluations: list[Evaluation]) -> StitchedCurve:
    growth = [_curve(name, evaluation).equity / _curve(name, evaluation).equity[0] for evaluation in evaluations]
    equity = np.array([1.0])
    for part in growth:
        equity = np.concatenate([equity, equity[-1] * part[1:]])
    bars_per_year = evaluations[0].bars_per_year
    return StitchedCurve(
        equity=equity,
        return_pct=total_return_pct(equity),
        sharpe=sharpe(equity, bars_per_year),
        sharpe_standard_error=sharpe_standard_error(equity, bars_per_year),
        max_drawdown_pct=max_drawdown_pct(equity),
    )


def _curve(name: str, evaluation: Evaluation) -> EpisodeSeries:
    contestants = (evaluation.policy, *evaluation.baselines)
    return next(contestant.series for contestant in contestants if contestant.name == name)
