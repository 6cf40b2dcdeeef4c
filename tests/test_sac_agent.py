"""The learner: its densities, its targets, its ring buffer, and that it learns."""

import copy
import math
import random

import numpy as np
import pytest
import torch

from learner.squashed_gaussian import squashed_log_prob
from sac_agent import ReplayBuffer, SACAgent, SACConfig

SMALL = SACConfig(batch_size=16, hidden_units=16)


def filled(agent: SACAgent, rows: int = 64, *, terminated: bool = False, seed: int = 0) -> SACAgent:
    rng = np.random.default_rng(seed)
    for _ in range(rows):
        agent.replay_buffer.add(rng.normal(size=3), rng.uniform(-1, 1, 1), rng.normal(), rng.normal(size=3), terminated)
    return agent


@pytest.mark.parametrize(("mean", "log_std"), [(0.0, 0.0), (0.5, -1.0), (-1.0, 0.5)])
def test_density_of_the_squashed_gaussian_integrates_to_one(mean: float, log_std: float) -> None:
    before_tanh = torch.linspace(-12, 12, 200_001, dtype=torch.float64)[None]
    log_std_column = torch.full_like(before_tanh, log_std)
    noise = (before_tanh - mean) / log_std_column.exp()
    density = squashed_log_prob(noise, log_std_column, before_tanh).exp()
    integral = torch.trapezoid(density, before_tanh.tanh().squeeze(0))
    assert integral.item() == pytest.approx(1.0, abs=1e-4)


def test_log_density_is_finite_where_tanh_saturates() -> None:
    before_tanh = torch.tensor([[-40.0, 40.0]])
    log_prob = squashed_log_prob(torch.zeros(1, 2), torch.zeros(1, 2), before_tanh)
    assert log_prob == pytest.approx(2 * (40 - math.log(2)) - 0.5 * math.log(2 * math.pi), rel=1e-5)


def test_actions_are_float32_in_the_unit_box() -> None:
    agent = SACAgent(3, 2, SMALL, seed=0)
    actions = np.array([agent.select_action(np.full(3, 5.0)) for _ in range(100)])
    assert actions.dtype == np.float32
    assert actions.shape == (100, 2)
    assert np.abs(actions).max() <= 1.0
    assert actions.std() > 0.1


def test_deterministic_action_is_the_same_every_time() -> None:
    agent = SACAgent(3, 1, SMALL, seed=0)
    state = np.array([0.1, -0.2, 0.3])
    assert agent.select_action(state, deterministic=True) == agent.select_action(state, deterministic=True)


def test_same_seed_gives_equal_parameters_after_training() -> None:
    fingerprints = []
    for seed in (0, 0, 1):
        agent = filled(SACAgent(3, 1, SMALL, seed))
        for _ in range(20):
            agent.select_action(np.zeros(3))
            agent.update()
        fingerprints.append(agent.fingerprint())
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]


def test_global_random_generators_stay_untouched() -> None:
    before = (random.getstate(), torch.get_rng_state().tolist())
    filled(SACAgent(3, 1, SMALL, seed=0)).update()
    assert (random.getstate(), torch.get_rng_state().tolist()) == before


def test_fingerprint_changes_with_every_tensor_that_learning_moves() -> None:
    agent = filled(SACAgent(3, 1, SMALL, seed=0))
    agent.update()
    state = agent.state()
    seen = {agent.fingerprint()}
    for name in state.weights:
        changed = copy.deepcopy(state)
        changed.weights[name].flat[0] += 1.0
        agent.restore(changed)
        seen.add(agent.fingerprint())
    networks, optimizers, alpha = (
        3 * 2 + 2 * 2 * 3 * 2,
        (1 + 2 * 2) + (1 + 2 * 2),
        1,
    )  # matrices and biases; steps, moments
    assert len(seen) == 1 + networks + optimizers + alpha


def test_alpha_falls_by_one_learning_rate_an_update_while_entropy_is_above_target() -> None:
    config = SACConfig(batch_size=16, hidden_units=16, learning_rate=1e-3, initial_alpha=0.5)
    agent = filled(SACAgent(3, 1, config, seed=0))
    for update in range(1, 101):
        figures = agent.update()
        assert figures["entropy"] > agent.target_entropy
        assert figures["alpha"] == pytest.approx(0.5 * math.exp(-1e-3 * update), rel=0.01)


def test_target_entropy_defaults_to_minus_one_per_action_and_zero_is_a_value() -> None:
    assert SACAgent(3, 2, SMALL).target_entropy == -2.0
    assert SACAgent(3, 2, SACConfig(target_entropy=0.0)).target_entropy == 0.0


def test_nan_behind_a_terminal_row_does_not_leak() -> None:
    agent = SACAgent(3, 1, SMALL, seed=0)
    for reward in range(16):
        agent.replay_buffer.add(np.zeros(3), np.zeros(1), float(reward), np.full(3, np.nan), True)
    assert all(math.isfinite(value) for value in agent.update().values())
    assert all(np.isfinite(array).all() for array in agent.state().weights.values())


def test_targets_move_by_the_smoothing_share() -> None:
    agent = filled(SACAgent(3, 1, SACConfig(batch_size=16, hidden_units=8, target_smoothing=0.25), seed=0))
    before = copy.deepcopy(agent.state().weights)
    agent.update()
    after = agent.state().weights
    for name in (name for name in after if name.startswith("critic.")):
        old = before[f"target_{name}"]
        assert np.allclose(after[f"target_{name}"], old + 0.25 * (after[name] - old), atol=1e-7)


def test_buffer_is_a_ring_of_the_newest() -> None:
    buffer = ReplayBuffer(3, 1, 1)
    for value in range(5):
        buffer.add([value], [0.0], value, [value + 1], False)
    assert len(buffer) == 3
    batch = buffer.sample(200, np.random.default_rng(0))
    assert set(batch.rewards.tolist()) == {2.0, 3.0, 4.0}
    assert torch.equal(batch.observations.squeeze(1), batch.rewards)
    assert torch.equal(batch.next_observations.squeeze(1), batch.rewards + 1)


def test_cleared_buffer_is_empty_and_refuses_to_sample() -> None:
    buffer = ReplayBuffer(3, 1, 1)
    buffer.add([1.0], [0.0], 1.0, [1.0], False)
    buffer.clear()
    assert len(buffer) == 0
    with pytest.raises(ValueError, match="empty replay buffer"):
        buffer.sample(1, np.random.default_rng(0))


def test_it_learns_to_answer_the_identity_box() -> None:
    """The observation is the best action: reward is 1 minus twice the distance. 400 steps, as in SB3's own test."""
    rng = np.random.default_rng(0)
    agent = SACAgent(1, 1, SACConfig(batch_size=64, hidden_units=64, learning_rate=3e-3, initial_alpha=0.1), seed=0)
    for step in range(400):
        state = rng.uniform(-1, 1, 1)
        action = agent.select_action(state)
        reward = 1.0 - 2.0 * abs(float(action[0] - state[0]))
        agent.replay_buffer.add(state, action, reward, rng.uniform(-1, 1, 1), True)
        if step >= 64:
            agent.update()
    states = np.linspace(-0.9, 0.9, 100)
    distance = [abs(float(agent.select_action([state], deterministic=True)[0]) - state) for state in states]
    assert sum(distance) / 100 < 0.1


def test_restored_agent_learns_on_to_the_bit() -> None:
    agent = filled(SACAgent(3, 1, SMALL, seed=0))
    for _ in range(3):
        agent.update()
    restored = SACAgent(3, 1, SMALL, seed=99)
    restored.restore(copy.deepcopy(agent.state()))
    for either in (agent, restored):
        for _ in range(3):
            either.update()
            either.select_action(np.zeros(3))
    assert restored.fingerprint() == agent.fingerprint()
    assert restored.select_action(np.zeros(3)) == agent.select_action(np.zeros(3))


def test_state_of_another_size_is_refused_by_name() -> None:
    state = SACAgent(3, 1, SMALL, seed=0).state()
    with pytest.raises(ValueError, match=r"actor.*needs shape"):
        SACAgent(4, 1, SMALL, seed=0).restore(state)


def test_reset_forgets_every_update_and_keeps_the_data() -> None:
    config = SACConfig(batch_size=16, hidden_units=16, initial_alpha=0.3)
    agent = filled(SACAgent(3, 1, config, seed=0))
    for _ in range(5):
        agent.update()
    learned, rows = copy.deepcopy(agent.state().weights), len(agent.replay_buffer)
    agent.reset_networks()
    fresh = agent.state().weights
    assert len(agent.replay_buffer) == rows
    assert agent.alpha == pytest.approx(0.3)
    assert all(not array.any() for name, array in fresh.items() if "_optimizer." in name)
    assert np.array_equal(fresh["target_critic.0.0.weight"], fresh["critic.0.0.weight"])
    assert not np.array_equal(fresh["actor.0.0.weight"], learned["actor.0.0.weight"])


def test_alpha_never_falls_below_its_floor() -> None:
    config = SACConfig(batch_size=16, hidden_units=16, learning_rate=0.05, initial_alpha=0.5, min_alpha=0.4)
    agent = filled(SACAgent(3, 1, config, seed=0))
    for _ in range(20):
        agent.update()
    assert agent.alpha == pytest.approx(0.4)


def test_learning_rate_can_change_between_updates() -> None:
    agents = [filled(SACAgent(3, 1, SMALL, seed=0)) for _ in range(2)]
    for agent in agents:
        agent.update()
    agents[1].set_learning_rate(1e-12)
    before = agents[1].state().weights["actor.0.0.weight"].copy()
    for agent in agents:
        agent.update()
    assert np.allclose(agents[1].state().weights["actor.0.0.weight"], before, atol=1e-9)
    assert not np.allclose(agents[0].state().weights["actor.0.0.weight"], before, atol=1e-9)
