"""Which device and how many threads a configuration means; CUDA itself is tested where there is one."""

import numpy as np
import pytest
import torch

from learner.cuda_graph import rehearse
from learner.devices import available_cores, device_of, thread_count
from sac_agent import SACAgent, SACConfig
from sac_learned import Learned
from sac_update import SACUpdate

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no GPU here")


def test_an_update_takes_two_threads_where_there_are_cores_unless_it_is_told_how_many() -> None:
    assert thread_count(7, hidden_values=1) == 7
    assert thread_count(None, hidden_values=64 * 256) == min(2, available_cores())
    assert thread_count(None, hidden_values=64 * 64) == 1


def test_auto_finds_what_there_is() -> None:
    assert device_of("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_cuda_without_a_gpu_is_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match="choose auto or cpu"):
        SACAgent(3, 1, SACConfig(device="cuda"))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_rehearsal_leaves_the_first_update_as_it_was(precision: str) -> None:
    rehearsed, other = (learned_of(precision) for _ in range(2))
    step = SACUpdate(rehearsed).step
    rehearse(step, rehearsed.overwritten, rehearsed.refresh)
    step()
    SACUpdate(other).step()

    for name, wanted in other.tensors().items():
        assert torch.equal(rehearsed.tensors()[name], wanted), name


def learned_of(precision: str) -> Learned:
    config = SACConfig.model_validate({"batch_size": 32, "hidden_units": 32, "precision": precision})
    made, rng = Learned(3, 1, config), np.random.default_rng(0)
    for networks in (made.actor, made.critic, made.target_critic):
        networks.initialise(rng)
    for memory in (made.batch.rows, made.noise):
        memory.copy_(torch.from_numpy(rng.normal(size=tuple(memory.shape))))
    return made


@needs_cuda
def test_recorded_updates_on_cuda_agree_with_the_processor() -> None:
    weights = []
    for device in ("cpu", "cuda"):
        agent = SACAgent(3, 1, SACConfig(batch_size=32, hidden_units=32, device=device), seed=0)
        rng = np.random.default_rng(0)
        for _ in range(100):
            observation, following = rng.normal(size=(2, 3))
            agent.replay_buffer.add(observation, rng.uniform(-1, 1, 1), rng.normal(), following, False)
        for _ in range(10):
            agent.update()
        weights.append(agent.state().weights)
    for name, wanted in weights[0].items():
        assert weights[1][name] == pytest.approx(wanted, abs=1e-4), name
