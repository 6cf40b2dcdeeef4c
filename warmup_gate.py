"""The warm-up gate: the one place that decides whether a step is warm-up or learning.

`TradingEnv.step` asks once per step and leaves the answer in `gate_decision`, where the loop reads it, so acting
and updating can never disagree. This module knows no market, network, thread or clock.

Why it exists: an environment forced action 0 for 20,000 steps while the agent kept updating on those
transitions. Reward did not depend on the stored choice, entropy stayed above its target, Adam drove log alpha
down by about one learning rate per update, and when forcing ended exploration was gone. Gated, the forced
steps fill the buffer and every network, log alpha and optimizer state keeps its initial bits.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol

import numpy as np
from numpy.typing import NDArray

from knobs import Knobs, Registry, knob

Action = NDArray[np.float32]


class Phase(StrEnum):
    WARMUP = "warmup"
    LEARNING = "learning"


class Clearable(Protocol):
    """The part of a replay buffer that a warm-up strategy may touch."""

    def clear(self) -> None: ...


class Learner(Protocol):
    """The part of a learner that a warm-up strategy may touch."""

    @property
    def replay_buffer(self) -> Clearable: ...

    def reset_networks(self) -> None: ...


class WarmupStrategy:
    """What is executed while gated, and what becomes of the buffer when the gate opens.

    The base class forces the neutral action (no position) and keeps the buffer.
    """

    def forced_action(self, action_size: int, rng: np.random.Generator) -> Action:
        """The action to execute in place of the agent's: `(action_size,)` float32 in [-1, 1]."""
        return np.zeros(action_size, dtype=np.float32)

    def on_open(self, learner: Learner) -> None:
        """Called once, by the first learning step, before its transition is stored."""


class ForcedNeutral(WarmupStrategy):
    """The default, and the fix this project grew from."""


class RandomActions(WarmupStrategy):
    """Uniform actions widen the buffer before the first update (the choice of CleanRL and SB3)."""

    def forced_action(self, action_size: int, rng: np.random.Generator) -> Action:
        return rng.uniform(-1.0, 1.0, action_size).astype(np.float32)


class ClearBuffer(WarmupStrategy):
    """Forced neutral, then learning starts from real actions only."""

    def on_open(self, learner: Learner) -> None:
        learner.replay_buffer.clear()


class ResetNetworks(WarmupStrategy):
    """Forced neutral, and a fresh start with the data kept: the remedy for primacy bias (Nikishin et al. 2022)."""

    def on_open(self, learner: Learner) -> None:
        learner.reset_networks()


WARMUP_STRATEGIES: Registry[type[WarmupStrategy]] = Registry("warm-up strategy")
WARMUP_STRATEGIES.add("forced_neutral", ForcedNeutral, help="Force action 0 (no position) and keep those transitions.")
WARMUP_STRATEGIES.add(
    "random_actions", RandomActions, help="Execute uniform random actions and keep those transitions."
)
WARMUP_STRATEGIES.add(
    "clear_buffer", ClearBuffer, help="Force action 0, then empty the replay buffer when the gate opens."
)

WARMUP_STRATEGIES.add(
    "reset_networks",
    ResetNetworks,
    help="Force action 0, then draw new networks, keeping the data: what updates during warm-up did is undone.",
)

UPDATE_DURING_WARMUP_WARNING = (
    "Updates during warm-up are ON: this run reproduces the original failure and its policy is not to be used."
)


class WarmupConfig(Knobs):
    """The gate's parameters. `TradingConfig` inherits them; only this module reads them."""

    no_trading_warmup_steps: int = knob(
        5_000,
        ge=0,
        le=10_000_000,
        unit="steps",
        primary=True,
        label="Warm-up",
        help="Steps, counted over all episodes, that are forced and take no network update. 0 opens the gate at once.",
    )
    warmup_strategy: Annotated[str, WARMUP_STRATEGIES] = knob(
        "forced_neutral",
        primary=True,
        label="Warm-up strategy",
        help="What is executed during warm-up, and what becomes of those transitions.",
    )
    update_during_warmup: bool = knob(
        False,
        label="Updates during warm-up (reproduces the bug)",
        help="Only to reproduce the original failure: networks update on forced transitions. Never use the result.",
    )


@dataclass(frozen=True, slots=True)
class GateDecision:
    """What one step may do. Made by `WarmupGate.decide`, obeyed by the environment and the loop alike."""

    phase: Phase
    updates_allowed: bool
    opens: bool  # True on exactly one step of a run: the first one that is not gated

    @property
    def is_gated(self) -> bool:
        return self.phase is Phase.WARMUP


class WarmupGate:
    """Decides, from the run's step count alone, what each step may do."""

    def __init__(self, config: WarmupConfig) -> None:
        self.warmup_steps = config.no_trading_warmup_steps
        self.strategy = WARMUP_STRATEGIES[config.warmup_strategy]()
        self._gated = GateDecision(Phase.WARMUP, updates_allowed=config.update_during_warmup, opens=False)
        self._opening = GateDecision(Phase.LEARNING, updates_allowed=True, opens=True)
        self._open = GateDecision(Phase.LEARNING, updates_allowed=True, opens=False)

    def decide(self, global_step_count: int) -> GateDecision:
        """The decision for the step about to be taken, when `global_step_count` steps lie behind it."""
        if global_step_count < self.warmup_steps:
            return self._gated
        return self._opening if global_step_count == self.warmup_steps else self._open

    def steps_until_open(self, global_step_count: int) -> int:
        """How many gated steps are still to come."""
        return max(0, self.warmup_steps - global_step_count)
