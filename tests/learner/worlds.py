"""Tiny worlds in which one thing at a time must be learned, and a loop to learn in them."""

from collections.abc import Callable

import gymnasium
import numpy as np
from numpy.typing import NDArray

from sac_agent import SACAgent, SACConfig

Observation = NDArray[np.float32]
# What one step says, given observation and action: reward, next observation, and whether the episode is over.
Rule = Callable[[float, float], tuple[float, float, bool]]

PROBE_DISCOUNT = 0.5


def learn(rule: Rule, steps: int, starts: tuple[float, ...] = (0.0,), seed: int = 0) -> SACAgent:
    """An agent after `steps` steps with one update each; episodes begin at `starts` in turn."""
    config = SACConfig(batch_size=64, hidden_units=32, learning_rate=3e-3, initial_alpha=0.01, discount=PROBE_DISCOUNT)
    agent = SACAgent(1, 1, config, seed)
    observation, episode = starts[0], 0
    for _ in range(steps):
        action = agent.select_action([observation])
        reward, following, is_over = rule(observation, float(action[0]))
        agent.replay_buffer.add([observation], action, reward, [following], is_over)
        if not agent.missing_transitions:
            agent.update()
        episode += is_over
        observation = starts[episode % len(starts)] if is_over else following
    return agent


def train(agent: SACAgent, world: gymnasium.Env[Observation, Observation], steps: int, warmup: int, seed: int) -> None:
    """One update a step after `warmup` random actions; a time limit does not cut the value of what follows."""
    rng = np.random.default_rng(seed)
    observation, _ = world.reset(seed=seed)
    space = world.action_space
    assert isinstance(space, gymnasium.spaces.Box)
    for step in range(steps):
        action = agent.select_action(observation) if step >= warmup else rng.uniform(-1, 1, space.shape)
        following, reward, terminated, truncated, _ = world.step((action * space.high).astype(np.float32))
        agent.replay_buffer.add(observation, action, float(reward), following, terminated, truncated)
        if step >= warmup:
            agent.update()
        observation = world.reset()[0] if terminated or truncated else following


def mean_return(agent: SACAgent, world: gymnasium.Env[Observation, Observation], episodes: int, seed: int) -> float:
    """Of the deterministic policy."""
    space = world.action_space
    assert isinstance(space, gymnasium.spaces.Box)
    total = 0.0
    for episode in range(episodes):
        observation, _ = world.reset(seed=seed + episode)
        is_over = False
        while not is_over:
            action = agent.select_action(observation, deterministic=True)
            observation, reward, terminated, truncated, _ = world.step((action * space.high).astype(np.float32))
            total += float(reward)
            is_over = terminated or truncated
    return total / episodes
