"""Walk-forward: folds that expand, never overlap what they are judged on, and add up to one curve."""

from typing import Any

import numpy as np
import pytest

from market.data import DataError
from market.datasets import DataConfig, load_dataset
from training.config import RunConfig
from training.events import EpisodeFinished, TrainingEvent
from training.walk_forward import make_folds, walk_forward

SPLITS = load_dataset(DataConfig(dataset="synthetic", synthetic_bars=1000))  # 600 train, 200 validation, 200 test
SMALL: dict[str, Any] = {"total_steps": 120, "no_trading_warmup_steps": 50, "hidden_units": 8, "batch_size": 16}


def test_folds_expand_up_to_the_test_bars_and_leave_the_embargo_out() -> None:
    folds = make_folds(SPLITS, count=4, embargo_bars=5)
    assert [(len(fold.train), fold.window.start, len(fold.window)) for fold in folds] == [
        (295, 299, 425),
        (420, 424, 550),
        (545, 549, 675),
        (670, 674, 800),
    ]
    assert folds[-1].window.time[-1] == SPLITS.validation.time[-1]


def test_too_many_folds_are_refused() -> None:
    with pytest.raises(DataError, match="take fewer folds"):
        make_folds(SPLITS, count=400, embargo_bars=0)


def test_every_fold_is_trained_and_judged_and_the_curves_are_stitched() -> None:
    seen: list[tuple[int, int]] = []

    def watch(fold: int, event: TrainingEvent) -> None:
        if isinstance(event, EpisodeFinished):
            seen.append((fold, event.steps))

    result = walk_forward(RunConfig.from_flat(SMALL), make_folds(SPLITS, 2, embargo_bars=0), watch)

    assert seen == [(1, 120), (2, 120)]
    assert [evaluation.window for evaluation in result.evaluations] == ["fold 1", "fold 2"]
    policy = result.stitched["policy"]
    total = np.prod([one.policy.series.equity[-1] / one.policy.series.equity[0] for one in result.evaluations])
    assert policy.equity[-1] == pytest.approx(total)
    assert len(policy.equity) == 1 + sum(one.policy.series.steps for one in result.evaluations)
    assert policy.return_pct == pytest.approx((total - 1) * 100)


def test_run_that_never_learns_is_an_error() -> None:
    config = RunConfig.from_flat(SMALL | {"total_steps": 20})
    with pytest.raises(DataError, match="had not learned anything"):
        walk_forward(config, make_folds(SPLITS, 2, embargo_bars=0), lambda fold, event: None)


def test_stitched_buy_and_hold_without_costs_is_the_price_ratio() -> None:
    free = {"fee_bps": 0.0, "half_spread_bps": 0.0, "slippage_bps": 0.0, "fill_mode": "close"}
    folds = make_folds(SPLITS, 3, embargo_bars=0)
    result = walk_forward(RunConfig.from_flat(SMALL | free), folds, lambda fold, event: None)

    close = SPLITS.validation.close
    ratio = close[-1] / close[folds[0].window.start]
    assert result.stitched["buy_and_hold"].equity[-1] == pytest.approx(ratio)
