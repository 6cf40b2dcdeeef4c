"""That it learns what it must: five probes, each for one part of the algorithm, and Pendulum."""

import statistics

import gymnasium
import numpy as np
import pytest
import torch

from learner.policy import Policy
from sac_agent import SACAgent, SACConfig
from tests.learner.worlds import PROBE_DISCOUNT, learn, mean_return, train


def value(agent: SACAgent, observation: float, action: float = 0.0) -> float:
    """The first critic's."""
    weights = agent.state().weights
    values = torch.tensor([action, observation])
    for layer in range(3):
        weight, bias = (torch.from_numpy(weights[f"critic.0.{layer}.{part}"]) for part in ("weight", "bias"))
        values = values @ weight + bias
        values = values.relu() if layer < 2 else values
    return values.item()


def policy_at(agent: SACAgent, observation: float) -> float:
    return float(agent.select_action([observation], deterministic=True)[0])


def test_probe_1_a_constant_reward_is_the_value() -> None:
    agent = learn(lambda observation, action: (1.0, 0.0, True), steps=400)
    assert value(agent, 0.0) == pytest.approx(1.0, abs=0.05)


def test_probe_2_the_value_follows_the_observation() -> None:
    agent = learn(lambda observation, action: (observation, 0.0, True), steps=500, starts=(-1.0, 1.0))
    assert value(agent, -1.0) == pytest.approx(-1.0, abs=0.1)
    assert value(agent, 1.0) == pytest.approx(1.0, abs=0.1)


def test_probe_3_a_later_reward_is_discounted() -> None:
    agent = learn(lambda observation, action: (observation, 1.0, observation == 1.0), steps=800)
    assert value(agent, 1.0) == pytest.approx(1.0, abs=0.1)
    assert value(agent, 0.0) == pytest.approx(PROBE_DISCOUNT, abs=0.1)


def test_probe_4_the_action_that_pays_is_chosen() -> None:
    agent = learn(lambda observation, action: (action, 0.0, True), steps=600)
    assert policy_at(agent, 0.0) > 0.8


def test_probe_5_the_action_that_pays_follows_the_observation() -> None:
    agent = learn(lambda observation, action: (observation * action, 0.0, True), steps=800, starts=(-1.0, 1.0))
    assert policy_at(agent, -1.0) < -0.8
    assert policy_at(agent, 1.0) > 0.8


@pytest.mark.parametrize("options", [{"n_step": 3}, {"layer_norm_critics": True}, {"exploration": "pink"}], ids=str)
def test_every_option_learns_the_identity(options: dict[str, object]) -> None:
    agent = learn_identity(options)
    near = sum(abs(policy_at(agent, state / 50 - 0.99) - (state / 50 - 0.99)) < 0.25 for state in range(100))
    assert near >= 90


def test_bfloat16_products_learn_the_identity_too() -> None:
    agent = learn_identity({"precision": "bfloat16"})
    near = sum(abs(policy_at(agent, state / 50 - 0.99) - (state / 50 - 0.99)) < 0.25 for state in range(100))
    assert near >= 90


@pytest.mark.slow
@pytest.mark.parametrize(("precision", "seeds"), [("float32", 3), ("bfloat16", 1)])
def test_pendulum_swings_up_within_10_000_steps(precision: str, seeds: int) -> None:
    returns = []
    for seed in range(seeds):
        config = SACConfig.model_validate({"learning_rate": 1e-3, "hidden_units": 64, "precision": precision})
        agent = SACAgent(3, 1, config, seed)
        with gymnasium.make("Pendulum-v1") as world:
            train(agent, world, steps=10_000, warmup=500, seed=seed)
            returns.append(mean_return(agent, world, episodes=20, seed=1_000))
    print(f"Pendulum-v1, {precision}: {returns}")
    assert statistics.median(returns) >= -250
    assert min(returns) >= -400


def test_policy_and_its_module_agree_with_the_agent() -> None:
    agent = learn_identity({}, steps=100)
    states = torch.linspace(-1, 1, 7)[:, None]
    policy = agent.policy()
    assert isinstance(policy, Policy)
    expected = [policy_at(agent, state.item()) for state in states]
    assert policy(states.numpy())[:, 0] == pytest.approx(expected, abs=1e-6)
    assert policy.module()(states)[:, 0].numpy() == pytest.approx(expected, abs=1e-6)


def learn_identity(options: dict[str, object], steps: int = 400) -> SACAgent:
    """One-step episodes that pay for answering with the observation."""
    defaults = {"batch_size": 64, "hidden_units": 64, "learning_rate": 3e-3, "initial_alpha": 0.1}
    agent = SACAgent(1, 1, SACConfig.model_validate(defaults | options), seed=0)
    rng = np.random.default_rng(0)
    for _ in range(steps):
        state = rng.uniform(-1, 1, 1)
        action = agent.select_action(state)
        agent.replay_buffer.add(state, action, 1.0 - 2.0 * abs(float(action[0] - state[0])), state, True)
        if not agent.missing_transitions:
            agent.update()
    return agent
