"""Which parameters may change when a run goes on from a checkpoint as another run. Knows no checkpoint."""

from collections.abc import Mapping
from typing import Any

from training.config import ConfigError, Problem, RunConfig

# Everything else is fixed by what is saved: sizes of networks and replay buffer, bars and their features, the
# warm-up that is over or under way, random generators that have been drawn from, and the discount, which every row of
# the replay buffer was stored with.
CHANGEABLE = (
    "total_steps",
    "updates_per_step",
    "evaluate_every_episodes",
    "checkpoint_every_episodes",
    "torch_threads",
    "fee_bps",
    "half_spread_bps",
    "slippage_bps",
    "financing_rate_pct",
    "borrow_rate_pct",
    "no_trade_band",
    "rebalances_drift",
    "max_long",
    "max_short",
    "ruin_equity_pct",
    "ruin_penalty",
    "learning_rate",
    "batch_size",
    "target_smoothing",
    "target_entropy",
    "min_alpha",
    "device",
)


def forked_config(config: Mapping[str, Any], changes: Mapping[str, Any], step: int) -> RunConfig:
    """The flat `config` with `changes`, for a run that goes on after `step` steps.

    Raises:
        ConfigError: a value out of range, a parameter that cannot change, or no steps left.
    """
    wanted = RunConfig.from_flat({**config, **changes})
    fixed = [name for name in changes if name not in CHANGEABLE and wanted.flat()[name] != config.get(name)]
    allowed = ", ".join(CHANGEABLE)
    problems = [Problem(name, f"cannot change in a run that goes on; what can: {allowed}") for name in fixed]
    if wanted.loop.total_steps <= step:
        text = (
            f"must be more than the {step:,} steps that lie behind this checkpoint, found {wanted.loop.total_steps:,}"
        )
        problems.append(Problem("total_steps", text))
    if problems:
        raise ConfigError(problems)
    return wanted
