"""The warm-up-gated training loop: act, execute, store, update. It reads as the algorithm.

Publishes events and knows no listener; asks `should_stop` before every step and knows no thread, clock or run.
"""

from collections.abc import Callable, Mapping
from typing import Any

from market.data import MarketData
from sac_agent import AgentState, SACAgent
from trading_env import ACTION_SIZE, TradingEnv
from training.changes import NextChange, config_after, no_change
from training.config import RunConfig
from training.events import (
    ConfigChanged,
    GateOpened,
    PolicyReady,
    Progress,
    TrainingEvent,
    TrainingFinished,
    TrainingStarted,
)
from training.finite import require_finite
from training.recorder import EpisodeRecorder
from training.state import TrainingState, check_observations, describe_observations
from warmup_gate import GateDecision

Publish = Callable[[TrainingEvent], None]


def train(
    config: RunConfig, data: MarketData, publish: Publish, should_stop: Callable[[], bool] = lambda: False
) -> TrainingFinished:
    """Train one agent on `data` for `config.loop.total_steps` steps or until `should_stop()`.

    An episode cut short by the end of the run is published with the steps it has, neither terminated nor truncated.

    Raises:
        NonFiniteError: a number stopped being finite; everything published before it stands.
        DataError: `data` is too short for one episode.
    """
    return make_loop(config, data, publish).run(should_stop)


def make_loop(
    config: RunConfig,
    data: MarketData,
    publish: Publish,
    state: TrainingState | None = None,
    next_change: NextChange = no_change,
) -> "TrainingLoop":
    """A run before its first step, or between the two steps where `state` was taken. Train in the calling thread.

    `config` is that of the run's start: the changes since then are in `state`.

    Raises:
        ValueError: `state` is not of such bars or such networks.
        DataError: `data` is too short for one episode.
    """
    config = config_after(config, [] if state is None else state.changes)
    env = TradingEnv(data, config.environment)
    agent = SACAgent(len(env.observation_names), ACTION_SIZE, config.agent, config.loop.seed, config.loop.torch_threads)
    loop = TrainingLoop(config, env, agent, publish, next_change)
    if state is not None:
        loop.restore(state)
    return loop


class TrainingLoop:
    """One run: environment, agent and the counts that only the loop knows."""

    def __init__(
        self,
        config: RunConfig,
        env: TradingEnv,
        agent: SACAgent,
        publish: Publish,
        next_change: NextChange = no_change,
    ) -> None:
        self.config = config  # in force: `next_change` may bring another one before each episode
        self.env = env
        self.agent = agent
        self.publish = publish
        self._next_change = next_change
        self._changes: list[dict[str, Any]] = []
        self.episode = 0  # the one under way, or the last one
        self.updates_while_gated = 0
        self._recorder: EpisodeRecorder | None = None  # of the episode under way
        self._was_stopped = False
        self._initial_fingerprint = agent.fingerprint()

    @property
    def step(self) -> int:
        """Steps that lie behind the run."""
        return self.env.global_step_count

    def run(self, should_stop: Callable[[], bool]) -> TrainingFinished:
        """Take steps until they are used up or somebody asks to stop."""
        if self.env.global_step_count == 0:
            self.publish(
                TrainingStarted(self._initial_fingerprint, self.env.observation_names, self.env.steps_per_episode)
            )
        while self._has_steps_left() and not self._asked_to_stop(should_stop):
            recorder = self._recorder or self._begin_episode()
            if self._take_step(recorder):
                self._end_episode(recorder)
        if self._recorder is not None:
            self._publish_episode(self._recorder)  # cut short; it stays under way, so that it may be continued
        if self.agent.update_count and not self._was_stopped:
            self._publish_policy(is_final=True)
        finished = TrainingFinished(self.env.global_step_count, self.episode, self._was_stopped)
        self.publish(finished)
        return finished

    def state(self) -> TrainingState:
        """Where the run stands between two steps: while `should_stop` is asked, or once `run` has returned.

        Raises:
            RuntimeError: there was no step yet.
        """
        agent, recorder = self.agent.state(), self._recorder
        return TrainingState(
            step=self.env.global_step_count,
            episodes=self._episodes_ended,
            values={
                "updates_while_gated": self.updates_while_gated,
                "initial_fingerprint": self._initial_fingerprint,
                "changes": list(self._changes),
                **describe_observations(self.env.observation_names, self.env.statistics),
                "environment": self.env.state(),
                "episode": recorder and recorder.state(),
                "agent": agent.values,
            },
            weights=agent.weights,
            arrays={f"replay_{name}": rows for name, rows in agent.replay.items()}
            | ({} if recorder is None else {"episode": recorder.rows()}),
        )

    def policy(self) -> PolicyReady | None:
        """The policy as it is between two steps; None before it has learned anything."""
        if not self.agent.update_count:
            return None
        return PolicyReady(self._episodes_ended, self.env.global_step_count, False, self.agent.policy())

    def restore(self, state: TrainingState) -> None:
        """Go on exactly where `state` was taken.

        Raises:
            ValueError: it is not of these bars or these networks; the message says what does not fit, or is missing.
        """
        try:
            self._restore(state)
        except KeyError as error:
            raise ValueError(f"the saved state has no {error}") from error

    def _restore(self, state: TrainingState) -> None:
        values = state.values
        check_observations(values, self.env.observation_names, self.env.statistics)
        replay = {
            name.removeprefix("replay_"): rows for name, rows in state.arrays.items() if name.startswith("replay_")
        }
        self.agent.restore(AgentState(values["agent"], state.weights, replay))
        self._observation = self.env.restore(values["environment"])
        self.updates_while_gated = values["updates_while_gated"]
        self._initial_fingerprint = values["initial_fingerprint"]
        self._changes = list(state.changes)
        self.episode = state.episodes
        if values["episode"] is not None:
            self.episode += 1
            self._recorder = EpisodeRecorder.restored(values["episode"], state.arrays["episode"])

    def _begin_episode(self) -> EpisodeRecorder:
        self.episode += 1
        while (values := self._next_change(self.step)) is not None:
            self._change(values)
        self._observation, info = self.env.reset(seed=self.config.loop.seed if self.episode == 1 else None)
        self._recorder = EpisodeRecorder(self.episode, self.env.global_step_count, info)
        return self._recorder

    def _change(self, values: Mapping[str, Any]) -> None:
        """Only between two episodes: the account of the next one is the first on other costs."""
        before = self.config.flat()
        self.config = self.config.changed(values)
        self.env.set_costs(self.config.environment)
        self.agent.set_learning_rate(self.config.agent.learning_rate)
        self.agent.set_target_entropy(self.config.agent.target_entropy)
        self._changes.append({"step": self.step, "values": dict(values)})
        old = {name: before[name] for name in values}
        self.publish(ConfigChanged(self.step, self.episode, old, dict(values)))

    def _take_step(self, recorder: EpisodeRecorder) -> bool:
        """Act, execute, store, update. Returns whether that was the episode's last step."""
        env, agent, observation = self.env, self.agent, self._observation
        action = agent.select_action(observation)
        next_observation, reward, terminated, truncated, info = env.step(action)
        require_finite(env.global_step_count, {"reward": reward, "equity": info["equity"]})
        decision = env.gate_decision  # the environment obeyed it when acting; the rest of the step obeys it too
        if decision.opens:
            self._open_gate(recorder)
        # the action that was executed, never the one that was wanted
        executed = info["executed_action"]
        agent.replay_buffer.add(observation, executed, reward, next_observation, terminated, truncated)
        recorder.add_step(info, reward, decision, terminated, truncated)
        if decision.updates_allowed and not agent.missing_transitions:
            self._update(decision, recorder)
        self._publish_progress(decision, recorder, info)
        self._observation = next_observation
        return terminated or truncated

    def _end_episode(self, recorder: EpisodeRecorder) -> None:
        self._publish_episode(recorder)
        self._recorder = None
        is_due = self.episode % self.config.loop.evaluate_every_episodes == 0
        if is_due and self.agent.update_count and self._has_steps_left():
            self._publish_policy(is_final=False)

    def _publish_episode(self, recorder: EpisodeRecorder) -> None:
        self.publish(
            recorder.finish(
                bars_per_year=self.env.data.bars_per_year,
                alpha=self.agent.alpha,
                updates=self.agent.update_count,
                updates_while_gated=self.updates_while_gated,
            )
        )

    def _publish_policy(self, *, is_final: bool) -> None:
        """Only a policy that has learned anything: before that it is the one of the first step, and tells nothing."""
        self.publish(PolicyReady(self.episode, self.env.global_step_count, is_final, self.agent.policy()))

    def _open_gate(self, recorder: EpisodeRecorder) -> None:
        """Runs once, in the first step that is not gated, before its transition is stored."""
        fingerprint_after = self.agent.fingerprint()  # before a strategy may reset the networks
        self.env.gate.strategy.on_open(self.agent)
        self.publish(
            GateOpened(
                step=self.env.global_step_count - 1,  # steps behind the gate, the opening one not counted
                episode=self.episode,
                episode_step=recorder.steps,
                updates_while_gated=self.updates_while_gated,
                fingerprint_before=self._initial_fingerprint,
                fingerprint_after=fingerprint_after,
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

    @property
    def _episodes_ended(self) -> int:
        return self.episode - (self._recorder is not None)

    def _has_steps_left(self) -> bool:
        return self.env.global_step_count < self.config.loop.total_steps

    def _asked_to_stop(self, should_stop: Callable[[], bool]) -> bool:
        self._was_stopped = self._was_stopped or should_stop()
        return self._was_stopped
