"""The written-out update against autograd, on random networks and batches."""

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import Tensor

from sac_config import SACConfig
from sac_update import SACUpdate
from tests.autograd_sac import AutogradSAC, Transitions

OBSERVATION_SIZE, ACTION_SIZE, ROWS = 5, 2, 64
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}
CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "one hidden layer": {"hidden_layers": 1},
    "three hidden layers": {"hidden_layers": 3, "hidden_units": 17},
    "layer norm": {"layer_norm_critics": True},
    "smallest alpha": {"min_alpha": 0.9999},
    "target entropy 0": {"target_entropy": 0.0, "initial_alpha": 0.1},
}


def update_of(options: Mapping[str, Any], dtype: torch.dtype) -> SACUpdate:
    config = SACConfig.model_validate({"batch_size": ROWS, "hidden_units": 24, **options})
    update = SACUpdate(OBSERVATION_SIZE, ACTION_SIZE, config, dtype)
    rng = torch.Generator().manual_seed(1)
    for tensor in (update.actor.parameters, update.critic.parameters, update.target_critic.parameters):
        tensor.copy_(torch.randn(tensor.shape, generator=rng, dtype=dtype) * 0.3)
    return update


def draw(update: SACUpdate, rng: torch.Generator) -> None:
    """Every ninth row is terminal with a successor that is not a number; actions reach the box's edge."""
    batch = update.batch
    batch.rows.copy_(torch.randn(batch.rows.shape, generator=rng, dtype=batch.rows.dtype))
    batch.actor_inputs[:, -1] = batch.next_actor_inputs[:, -1] = 1.0
    batch.actions.clamp_(-1.0, 1.0)
    batch.discounts.fill_(0.97)
    batch.discounts[::9] = 0.0
    batch.next_observations[::9] = torch.nan
    update.noise.copy_(torch.randn(update.noise.shape, generator=rng, dtype=batch.rows.dtype))


def transitions(update: SACUpdate) -> Transitions:
    batch = update.batch
    columns = (batch.observations, batch.actions, batch.rewards, batch.next_observations, batch.discounts)
    return Transitions(*(column.clone() for column in (*columns, batch.terminated)))


def step_both(update: SACUpdate, oracle: AutogradSAC, rng: torch.Generator) -> None:
    draw(update, rng)
    before = transitions(update)  # a step overwrites the batch's actions
    update.step()
    oracle.update(before, update.noise[:, :ROWS].t(), update.noise[:, ROWS:].t())


def assert_close(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], relative: float) -> None:
    """Relative to the largest entry of each tensor."""
    for name, tensor in wanted.items():
        scale = tensor.abs().max().item()
        assert torch.isfinite(found[name]).all(), name
        assert (found[name] - tensor).abs().max().item() <= relative * max(scale, 1e-30), name


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("options", CASES.values(), ids=CASES)
def test_gradients_agree_with_autograd(options: Mapping[str, Any], dtype: torch.dtype) -> None:
    update = update_of(options, dtype)
    oracle = AutogradSAC(update.tensors(), update.config, update.target_entropy)
    step_both(update, oracle, torch.Generator().manual_seed(2))
    assert_close(update.gradients(), oracle.gradients(), TOLERANCE[dtype])


@pytest.mark.parametrize("options", CASES.values(), ids=CASES)
def test_parameters_agree_with_autograd_after_ten_updates(options: Mapping[str, Any]) -> None:
    update = update_of(options, torch.float64)
    oracle = AutogradSAC(update.tensors(), update.config, update.target_entropy)
    rng = torch.Generator().manual_seed(3)
    for _ in range(10):
        step_both(update, oracle, rng)
    assert_close(update.tensors(), oracle.learned(), 1e-9)


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize(("means", "log_stds"), [(30.0, -9.0), (-30.0, 9.0), (0.0, 9.0)])
def test_saturated_actions_and_clipped_log_stds_agree(means: float, log_stds: float, dtype: torch.dtype) -> None:
    update = update_of({}, dtype)
    head_bias = update.actor.named()["0.2.bias"]
    head_bias[:ACTION_SIZE], head_bias[ACTION_SIZE:] = means, log_stds
    oracle = AutogradSAC(update.tensors(), update.config, update.target_entropy)
    step_both(update, oracle, torch.Generator().manual_seed(4))
    assert_close(update.gradients(), oracle.gradients(), TOLERANCE[dtype])


def test_figures_are_those_of_the_losses() -> None:
    update = update_of({}, torch.float64)
    oracle = AutogradSAC(update.tensors(), update.config, update.target_entropy)
    step_both(update, oracle, torch.Generator().manual_seed(5))
    wanted = {
        "critic_loss": oracle.losses["critic"],
        "actor_loss": oracle.losses["actor"],
        "alpha": 1.0,  # before it moved
        "entropy": oracle.entropy,
        "q_mean": oracle.q_mean,
    }
    assert update.figures() == pytest.approx(wanted, rel=1e-9)
