"""The warm-up-gated training loop: act, execute, store, update. It reads as the algorithm.

Publishes events and knows no listener; asks `should_stop` before every step and knows no thread, clock or run.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch

from market.data import MarketData
from sac_agent import SACAgent
from trading_env import ACTION_SIZE, TradingEnv
from training.config import RunConfig
from training.events import GateOpened, PolicyReady, Progress, TrainingEvent, TrainingFinished, TrainingStarted
from training.finite import require_finite
from training.recorder import EpisodeRecorder
from warmup_gate import GateDecision

Publish = Callable[[TrainingEvent], None]


def train(
    config: RunConfig, data: MarketData, publish: Publish, should_stop: Callable[[], bool] = lambda: False
) -> TrainingFinished:
    """Train one agent on `data` for `config.loop.total_steps` steps or until `should_stop()`.

    An episode cut short by the end of the run is published like any other, with the steps it has.

    Raises:
        NonFiniteError: a number stopped being finite; everything published before it stands.
        DataError: `data` is too short for one episode.
    """
    torch.set_num_threads(config.loop.torch_threads)  # holds for the calling thread alone
    env = TradingEnv(data, config.environment)
    agent = SACAgent(len(env.observation_names), ACTION_SIZE, config.agent, config.loop.seed)
    return TrainingLoop(config, env, agent, publish).run(should_stop)


class TrainingLoop:
    """One run: environment, agent and the counts that only the loop knows."""

    def __init__(self, config: RunConfig, env: TradingEnv, agent: SACAgent, publish: Publish) -> None:
        self.config = config
        self.env = env
        self.agent = agent
        self.publish = publish
        self.episode = 0
        self.updates_while_gated = 0
        self._was_stopped = False
        self._initial_fingerprint = agent.fingerprint()

    def run(self, should_stop: Callable[[], bool]) -> TrainingFinished:
        """Run episodes until the steps are used up or somebody asks to stop."""
        self.publish(TrainingStarted(self._initial_fingerprint, self.env.observation_names, self.env.steps_per_episode))
        while self._has_steps_left() and not self._asked_to_stop(should_stop):
            self._run_episode(should_stop)
        if self.agent.update_count and not self._was_stopped:
            self._publish_policy(is_final=True)
        finished = TrainingFinished(self.env.global_step_count, self.episode, self._was_stopped)
        self.publish(finished)
        return finished

    def _run_episode(self, should_stop: Callable[[], bool]) -> None:
        env, agent = self.env, self.agent
        self.episode += 1
        observation, info = env.reset(seed=self.config.loop.seed if self.episode == 1 else None)
        recorder = EpisodeRecorder(self.episode, env.global_step_count, info)
        terminated = truncated = False

        # the first step of an episode was already asked for in `run`, so an episode has at least one step
        while not (terminated or truncated):
            action = agent.select_action(observation)
            next_observation, reward, terminated, truncated, info = env.step(action)
            require_finite(env.global_step_count, {"reward": reward, "equity": info["equity"]})
            decision = env.gate_decision  # the environment obeyed it when acting; the rest of the step obeys it too
            if decision.opens:
                self._open_gate(recorder)
            # the action that was executed, never the one that was wanted
            agent.replay_buffer.add(observation, info["executed_action"], reward, next_observation, terminated)
            recorder.add_step(info, reward, decision)
            if decision.updates_allowed and not agent.missing_transitions:
                self._update(decision, recorder)
            self._publish_progress(decision, recorder, info)
            observation = next_observation
            if not self._has_steps_left() or self._asked_to_stop(should_stop):
                break

        self.publish(
            recorder.finish(
                terminated=terminated,
                bars_per_year=env.data.bars_per_year,
                alpha=agent.alpha,
                updates=agent.update_count,
                updates_while_gated=self.updates_while_gated,
            )
        )

        is_due = self.episode % self.config.loop.evaluate_every_episodes == 0
        if is_due and agent.update_count and self._has_steps_left() and not self._was_stopped:
            self._publish_policy(is_final=False)

    def _publish_policy(self, *, is_final: bool) -> None:
        """Only a policy that has learned anything: before that it is the one of the first step, and tells nothing."""
        self.publish(PolicyReady(self.episode, self.env.global_step_count, is_final, self.agent.policy()))

    def _open_gate(self, recorder: EpisodeRecorder) -> None:
        """Runs once, in the first step that is not gated, before its transition is stored."""
        self.env.gate.strategy.on_open(self.agent.replay_buffer)
        self.publish(
            GateOpened(
                step=self.env.global_step_count - 1,  # steps behind the gate, the opening one not counted
                episode=self.episode,
                episode_step=recorder.steps,
                updates_while_gated=self.updates_while_gated,
                fingerprint_before=self._initial_fingerprint,
                fingerprint_after=self.agent.fingerprint(),
                missing_transitions=self.agent.missing_transitions,
            )
        )

    def _update(self, decision: GateDecision, recorder: EpisodeRecorder) -> None:
        for _ in range(self.config.loop.updates_per_step):
            figures = self.agent.update()
            require_finite(self.env.global_step_count, figures)
            recorder.add_update(figures)
            self.updates_while_gated += decision.is_gated

    def _publish_progress(self, decision: GateDecision, recorder: EpisodeRecorder, info: Mapping[str, Any]) -> None:
        self.publish(
            Progress(
                step=self.env.global_step_count,
                total_steps=self.config.loop.total_steps,
                episode=self.episode,
                episode_step=recorder.steps,
                phase=decision.phase,
                steps_until_open=self.env.gate.steps_until_open(self.env.global_step_count),
                buffer_size=len(self.agent.replay_buffer),
                updates=self.agent.update_count,
                updates_while_gated=self.updates_while_gated,
                equity=info["equity"],
                position=info["position"],
                alpha=self.agent.alpha,
            )
        )

    def _has_steps_left(self) -> bool:
        return self.env.global_step_count < self.config.loop.total_steps

    def _asked_to_stop(self, should_stop: Callable[[], bool]) -> bool:
        self._was_stopped = self._was_stopped or should_stop()
        return self._was_stopped
