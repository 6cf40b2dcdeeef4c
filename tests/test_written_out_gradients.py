"""The written-out updates, in PyTorch and compiled, against autograd, on random networks and batches."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from learner.crew import Crew
from learner.replay_buffer import Batch
from sac_compiled import CompiledUpdate
from sac_config import SACConfig
from sac_learned import Learned
from sac_update import SACUpdate
from tests.autograd_sac import AutogradSAC, Transitions

OBSERVATION_SIZE, ACTION_SIZE, ROWS = 5, 2, 51  # an odd batch, whose reciprocal is no binary fraction
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}
CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "one hidden layer": {"hidden_layers": 1},
    "three hidden layers": {"hidden_layers": 3, "hidden_units": 17},
    "layer norm": {"layer_norm_critics": True},
    "smallest alpha": {"min_alpha": 0.9999},
    "target entropy 0": {"target_entropy": 0.0, "initial_alpha": 0.1},
}


Updater = SACUpdate | CompiledUpdate
UPDATERS: dict[str, Callable[[Learned], Updater]] = {
    "in PyTorch": SACUpdate,
    "compiled": lambda learned: CompiledUpdate(learned, Crew(1)),
    "compiled, two threads": lambda learned: CompiledUpdate(learned, Crew(2)),
}
Make = Callable[[Mapping[str, Any], torch.dtype], Updater]


@pytest.fixture(params=list(UPDATERS.values()), ids=list(UPDATERS))
def make(request: pytest.FixtureRequest) -> Make:
    def make(options: Mapping[str, Any], dtype: torch.dtype) -> Updater:
        if options.get("layer_norm_critics") and request.param is not SACUpdate:
            pytest.skip("layer norm is left to PyTorch")
        made: Updater = request.param(learned_of(options, dtype))
        return made

    return make


def learned_of(options: Mapping[str, Any], dtype: torch.dtype) -> Learned:
    config = SACConfig.model_validate({"batch_size": ROWS, "hidden_units": 24, **options})
    learned = Learned(OBSERVATION_SIZE, ACTION_SIZE, config, dtype)
    rng = torch.Generator().manual_seed(1)
    for tensor in (learned.actor.parameters, learned.critic.parameters, learned.target_critic.parameters):
        tensor.copy_(torch.randn(tensor.shape, generator=rng, dtype=dtype) * 0.3)
    return learned


def draw(learned: Learned, rng: torch.Generator) -> None:
    """Every ninth row is terminal with a successor that is not a number; actions reach the box's edge."""
    batch = learned.batch
    batch.rows.copy_(torch.randn(batch.rows.shape, generator=rng, dtype=batch.rows.dtype))
    batch.actor_inputs[:, -1] = batch.next_actor_inputs[:, -1] = 1.0
    batch.actions.clamp_(-1.0, 1.0)
    batch.discounts.fill_(0.97)
    batch.discounts[::9] = 0.0
    batch.next_observations[::9] = torch.nan
    learned.noise.copy_(torch.randn(learned.noise.shape, generator=rng, dtype=batch.rows.dtype))


def transitions(batch: Batch) -> Transitions:
    def own(column: Tensor) -> Tensor:
        return column.to(torch.float64, copy=True)

    return Transitions(
        observations=own(batch.observations),
        actions=own(batch.actions),
        rewards=own(batch.rewards),
        next_observations=own(batch.next_observations),
        discounts=own(batch.discounts),
        terminated=batch.terminated.clone(),
    )


def oracle_of(learned: Learned) -> AutogradSAC:
    """In float64, whatever the learner computes in: its own rounding is not what is tested."""
    tensors = {name: tensor.to(torch.float64, copy=True) for name, tensor in learned.tensors().items()}
    return AutogradSAC(tensors, learned.config, learned.target_entropy)


def step_both(update: Updater, oracle: AutogradSAC, rng: torch.Generator) -> None:
    learned = update.learned
    draw(learned, rng)
    before = transitions(learned.batch)  # a step may overwrite the batch's actions
    update.step()
    noise = learned.noise.double()
    oracle.update(before, noise[:, :ROWS].t(), noise[:, ROWS:].t())


def assert_close(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], relative: float) -> None:
    """Relative to the largest entry of each layer, whose bias is one row of its matrix."""
    scales: dict[str, float] = {}
    for name, tensor in wanted.items():
        layer = name.rpartition(".")[0]
        scales[layer] = max(scales.get(layer, 0.0), tensor.abs().max().item())
    for name, tensor in wanted.items():
        scale = scales[name.rpartition(".")[0]]
        assert torch.isfinite(found[name]).all(), name
        assert (found[name] - tensor).abs().max().item() <= relative * max(scale, 1e-30), name


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("options", CASES.values(), ids=CASES)
def test_gradients_agree_with_autograd(make: Make, options: Mapping[str, Any], dtype: torch.dtype) -> None:
    update = make(options, dtype)
    oracle = oracle_of(update.learned)
    step_both(update, oracle, torch.Generator().manual_seed(2))
    assert_close(update.learned.gradients(), oracle.gradients(), TOLERANCE[dtype])


@pytest.mark.parametrize("options", CASES.values(), ids=CASES)
def test_parameters_agree_with_autograd_after_ten_updates(make: Make, options: Mapping[str, Any]) -> None:
    update = make(options, torch.float64)
    oracle = oracle_of(update.learned)
    rng = torch.Generator().manual_seed(3)
    for _ in range(10):
        step_both(update, oracle, rng)
    assert_close(update.learned.tensors(), oracle.learned(), 1e-9)


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize(("means", "log_stds"), [(30.0, -9.0), (-30.0, 9.0), (0.0, 9.0)])
def test_saturated_actions_and_clipped_log_stds_agree(
    make: Make, means: float, log_stds: float, dtype: torch.dtype
) -> None:
    update = make({}, dtype)
    head_bias = update.learned.actor.named()["0.2.bias"]
    head_bias[:ACTION_SIZE], head_bias[ACTION_SIZE:] = means, log_stds
    oracle = oracle_of(update.learned)
    step_both(update, oracle, torch.Generator().manual_seed(4))
    assert_close(update.learned.gradients(), oracle.gradients(), TOLERANCE[dtype])


def test_figures_are_those_of_the_losses(make: Make) -> None:
    update = make({}, torch.float64)
    oracle = oracle_of(update.learned)
    step_both(update, oracle, torch.Generator().manual_seed(5))
    wanted = {
        "critic_loss": oracle.losses["critic"],
        "actor_loss": oracle.losses["actor"],
        "alpha": 1.0,  # before it moved
        "entropy": oracle.entropy,
        "q_mean": oracle.q_mean,
    }
    assert update.learned.figures() == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("log_stds", [-9.0, 0.0, 9.0])
def test_actions_agree_before_and_after_an_update(make: Make, log_stds: float) -> None:
    update = make({}, torch.float32)
    update.learned.actor.named()["0.2.bias"][ACTION_SIZE:] = log_stds
    rng = torch.Generator().manual_seed(8)
    for _ in range(3):
        observation, noise = torch.randn(1, OBSERVATION_SIZE, generator=rng), torch.randn(1, ACTION_SIZE, generator=rng)
        for drawn in (noise, torch.zeros_like(noise)):
            wanted, _ = oracle_of(update.learned).sample(observation.double(), drawn.double())
            found = update.act(observation.numpy()[0], drawn.numpy()[0])
            assert found.dtype == np.float32
            assert found == pytest.approx(wanted.detach().numpy()[0], abs=1e-6)
        draw(update.learned, rng)
        update.step()


def test_an_action_stays_when_the_next_one_is_asked_for(make: Make) -> None:
    update = make({}, torch.float32)
    noise = np.zeros(ACTION_SIZE, np.float32)
    first = update.act(np.zeros(OBSERVATION_SIZE, np.float32), noise)
    kept = first.copy()
    update.act(np.ones(OBSERVATION_SIZE, np.float32), noise)
    assert (first == kept).all()


def test_the_number_of_threads_moves_no_bit() -> None:
    learned = [learned_of({}, torch.float32) for _ in range(2)]
    updates = [CompiledUpdate(each, Crew(threads)) for each, threads in zip(learned, (1, 2), strict=True)]
    for each, update in zip(learned, updates, strict=True):
        rng = torch.Generator().manual_seed(6)
        for _ in range(20):
            draw(each, rng)
            update.step()
    for name, wanted in learned[0].tensors().items():
        assert torch.equal(learned[1].tensors()[name], wanted), name


@pytest.mark.parametrize("network", ["critic", "target_critic"])
@pytest.mark.parametrize("member", [0, 1])
def test_one_network_that_is_not_a_number_shows_in_the_losses(make: Make, network: str, member: int) -> None:
    update = make({}, torch.float32)
    update.learned.tensors()[f"{network}.{member}.2.bias"].fill_(torch.nan)
    draw(update.learned, torch.Generator().manual_seed(7))

    update.step()

    figures = update.learned.figures()
    assert math.isnan(figures["critic_loss"])
    assert math.isnan(figures["actor_loss"])
