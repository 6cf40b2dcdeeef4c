"""The gate in a real run: no bit moves while it is closed, and the first open step takes exactly its updates."""

from typing import Any

import numpy as np
import pytest

from market.datasets import load_dataset
from sac_agent import SACAgent
from trading_env import ACTION_SIZE, TradingEnv
from training.config import RunConfig
from training.events import EpisodeFinished, GateOpened, Progress, TrainingEvent
from training.loop import TrainingLoop
from warmup_gate import WARMUP_STRATEGIES, Phase

WARMUP_STEPS = 300
BATCH_SIZE = 32
SMALL: dict[str, Any] = {
    "dataset": "synthetic",
    "synthetic_bars": 500,  # 300 train bars: the gate opens inside episode 2
    "no_trading_warmup_steps": WARMUP_STEPS,
    "batch_size": BATCH_SIZE,
    "hidden_units": 16,
    "total_steps": WARMUP_STEPS + 50,
}


class Watched:
    """A real run whose agent is looked at after every step, through the run's own progress events."""

    def __init__(self, **changes: Any) -> None:
        self.config = RunConfig.from_flat(SMALL | changes)
        self.env = TradingEnv(load_dataset(self.config.data).train, self.config.environment)
        self.agent = SACAgent(len(self.env.observation_names), ACTION_SIZE, self.config.agent, self.config.loop.seed)
        self.initial_fingerprint = self.agent.fingerprint()
        self.progress: list[Progress] = []
        self.fingerprints: list[str] = []
        self.buffer_sizes: list[int] = []
        self.gate_openings: list[GateOpened] = []
        self.episodes: list[EpisodeFinished] = []
        TrainingLoop(self.config, self.env, self.agent, self._see).run(lambda: False)

    def _see(self, event: TrainingEvent) -> None:
        match event:
            case Progress():
                self.progress.append(event)
                self.fingerprints.append(self.agent.fingerprint())
                self.buffer_sizes.append(len(self.agent.replay_buffer))
            case GateOpened():
                self.gate_openings.append(event)
            case EpisodeFinished():
                self.episodes.append(event)


@pytest.mark.parametrize("strategy", WARMUP_STRATEGIES.names())
def test_no_bit_of_the_learner_moves_while_gated(strategy: str) -> None:
    run = Watched(warmup_strategy=strategy)
    assert set(run.fingerprints[:WARMUP_STEPS]) == {run.initial_fingerprint}
    assert run.fingerprints[-1] != run.initial_fingerprint
    assert all(progress.updates_while_gated == 0 for progress in run.progress)
    (opening,) = run.gate_openings
    assert opening.fingerprint_before == opening.fingerprint_after == run.initial_fingerprint
    waits = f" once {BATCH_SIZE} more transitions are stored" if strategy == "clear_buffer" else ""
    assert opening.message == f"Warm-up complete at step {WARMUP_STEPS}: network updates start{waits}"


@pytest.mark.parametrize("strategy", ["forced_neutral", "random_actions"])
@pytest.mark.parametrize("updates_per_step", [1, 2, 5])
def test_first_open_step_takes_exactly_its_updates(strategy: str, updates_per_step: int) -> None:
    run = Watched(warmup_strategy=strategy, updates_per_step=updates_per_step)
    updates = [progress.updates for progress in run.progress]
    assert updates[:WARMUP_STEPS] == [0] * WARMUP_STEPS
    assert updates[WARMUP_STEPS:] == [updates_per_step * (step + 1) for step in range(50)]


def test_cleared_buffer_delays_updates_until_it_holds_a_batch() -> None:
    run = Watched(warmup_strategy="clear_buffer")
    assert run.buffer_sizes[WARMUP_STEPS - 1] == WARMUP_STEPS
    assert run.buffer_sizes[WARMUP_STEPS] == 1
    updates = [progress.updates for progress in run.progress]
    assert updates[: WARMUP_STEPS + BATCH_SIZE - 1] == [0] * (WARMUP_STEPS + BATCH_SIZE - 1)
    assert updates[WARMUP_STEPS + BATCH_SIZE - 1] == 2


def test_updates_wait_for_a_batch_when_the_gate_opens_early() -> None:
    run = Watched(no_trading_warmup_steps=10, total_steps=40)
    updates = [progress.updates for progress in run.progress]
    assert updates[: BATCH_SIZE - 1] == [0] * (BATCH_SIZE - 1)
    assert updates[BATCH_SIZE - 1 : BATCH_SIZE + 1] == [2, 4]  # two a step from here on: no burst to catch up


def test_gate_counts_steps_over_episodes() -> None:
    run = Watched()
    (opening,) = run.gate_openings
    first, second = run.episodes[:2]
    assert (first.phase, first.gated_steps) == (Phase.WARMUP, first.steps)
    assert opening.episode == second.episode == 2
    assert opening.episode_step == second.gated_steps == WARMUP_STEPS - first.steps
    assert second.phase is Phase.LEARNING


def test_buffer_holds_the_executed_action_not_the_wanted_one() -> None:
    run = Watched()
    executed = np.concatenate([episode.series.action[1:] for episode in run.episodes])
    batch = run.agent.replay_buffer.sample(4000, np.random.default_rng(0))
    assert (executed[:WARMUP_STEPS] == 0.0).all()
    assert (executed[WARMUP_STEPS:] != 0.0).all()
    assert set(batch.actions.flatten().tolist()) == set(executed.tolist())


def test_random_actions_are_executed_and_stored() -> None:
    run = Watched(warmup_strategy="random_actions")
    gated = run.episodes[0].series.action[1:]
    assert len(np.unique(gated)) == len(gated)
    batch = run.agent.replay_buffer.sample(4000, np.random.default_rng(0))
    assert set(gated.tolist()) <= set(batch.actions.flatten().tolist())


def test_reproducing_the_bug_updates_on_forced_transitions_and_shrinks_alpha() -> None:
    run = Watched(update_during_warmup=True, total_steps=WARMUP_STEPS)
    updates = run.progress[-1].updates_while_gated
    assert updates == 2 * (WARMUP_STEPS - BATCH_SIZE + 1)
    assert run.agent.alpha == pytest.approx(np.exp(-run.config.agent.learning_rate * updates), rel=0.01)
    assert run.config.warnings()


def test_forced_neutral_episode_has_no_sharpe_no_trades_and_no_action_std() -> None:
    episode = Watched().episodes[0]
    assert episode.metrics["sharpe"] is None
    assert episode.metrics["action_std"] is None
    assert episode.metrics["trades"] == 0
    assert episode.metrics["final_equity"] == 100_000.0


def test_evaluation_environment_never_forces() -> None:
    config = RunConfig().environment.for_evaluation()
    env = TradingEnv(load_dataset(RunConfig().data).validation, config)
    env.reset(seed=0)
    _, _, _, _, info = env.step(np.array([1.0], np.float32))
    assert info["executed_action"] == 1.0
    assert info["phase"] == "learning"
