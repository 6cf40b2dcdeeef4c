"""What the buffer keeps of n steps, worked out by hand."""

import numpy as np
import pytest

from learner.replay_buffer import ReplayBuffer


def rows(buffer: ReplayBuffer) -> list[tuple[float, float, float, float]]:
    """Observation, reward, next observation and discount of every stored row."""
    observation, following = 1, 4  # columns: action, observation, 1, next action, next observation, 1, reward, discount
    return [
        (float(row[observation]), float(row[-2]), float(row[following]), float(row[-1]))
        for row in buffer.state()["rows"]
    ]


def fill(buffer: ReplayBuffer, rewards: list[float], *, terminated: bool = False, truncated: bool = False) -> None:
    """One episode over observations 0, 1, 2, …"""
    for step, reward in enumerate(rewards):
        is_last = step == len(rewards) - 1
        buffer.add([step], [0.0], reward, [step + 1], terminated and is_last, truncated and is_last)


def test_three_steps_sum_their_discounted_rewards() -> None:
    buffer = ReplayBuffer(10, 1, 1, discount=0.5, n_step=3)
    fill(buffer, [1.0, 2.0, 4.0, 8.0])
    assert rows(buffer) == [(0.0, 1 + 1 + 1, 3.0, 0.125), (1.0, 2 + 2 + 2, 4.0, 0.125)]


def test_truncated_episode_stores_its_shorter_tails_and_still_bootstraps() -> None:
    buffer = ReplayBuffer(10, 1, 1, discount=0.5, n_step=3)
    fill(buffer, [1.0, 2.0, 4.0], truncated=True)
    assert rows(buffer) == [(0.0, 3.0, 3.0, 0.125), (1.0, 4.0, 3.0, 0.25), (2.0, 4.0, 3.0, 0.5)]


def test_terminated_episode_cuts_the_bootstrap_of_every_tail() -> None:
    buffer = ReplayBuffer(10, 1, 1, discount=0.5, n_step=2)
    fill(buffer, [1.0, 2.0], terminated=True)
    assert [row[-1] for row in rows(buffer)] == [0.0, 0.0]


def test_episodes_do_not_run_into_each_other() -> None:
    buffer = ReplayBuffer(10, 1, 1, discount=0.5, n_step=3)
    fill(buffer, [1.0], truncated=True)
    fill(buffer, [5.0, 5.0, 5.0])
    assert [row[0] for row in rows(buffer)] == [0.0, 0.0]


@pytest.mark.parametrize("n_step", [1, 3])
def test_restored_buffer_goes_on_to_the_bit(n_step: int) -> None:
    buffer, restored = (ReplayBuffer(8, 1, 1, n_step=n_step) for _ in range(2))
    fill(buffer, [float(step) for step in range(11)])  # round the ring once, with steps open
    restored.restore({name: array.copy() for name, array in buffer.state().items()})
    for either in (buffer, restored):
        fill(either, [7.0, 8.0, 9.0], truncated=True)
    assert rows(restored) == rows(buffer)
    assert len(restored) == len(buffer) == 8
    drawn = [each.sample(5, np.random.default_rng(3)).rows for each in (buffer, restored)]
    assert drawn[0].equal(drawn[1])


def test_rows_of_another_width_are_refused() -> None:
    wide = ReplayBuffer(8, 2, 1)
    with pytest.raises(ValueError, match="replay rows need shape"):
        ReplayBuffer(8, 1, 1).restore(wide.state())
