"""Transitions in memory, laid out as the networks read them. Knows no network and no update.

One transition is one row: action, observation, 1, room for the next action, next observation, 1, reward, discount.
Critics read action, observation and the 1 (the bias's input); actors observation and 1; the targets the same columns
of the second half. So a batch is one gather, and no copy stands between the buffer and the first matrix product.
"""

from collections import deque
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor


class Batch:
    """Named columns of transitions `(rows, width)`; all of them are views."""

    def __init__(self, rows: Tensor, observation_size: int, action_size: int) -> None:
        self.rows = rows
        half = action_size + observation_size + 1
        own, following = rows[:, :half], rows[:, half : 2 * half]
        self.actions = own[:, :action_size]  # (batch, action_size), as executed
        self.observations = own[:, action_size:-1]  # (batch, observation_size)
        self.next_observations = following[:, action_size:-1]  # of the last of the n steps
        self.rewards = rows[:, -2]  # (batch,), summed over n steps, discounted
        self.discounts = rows[:, -1]  # (batch,): of the value of what follows; 0 where the episode was terminated

        self.next_actions = following[:, :action_size]  # room for what the policy would do next
        self.actor_inputs, self.next_actor_inputs = own[:, action_size:], following[:, action_size:]
        self.critic_inputs, self.next_critic_inputs = own, following

    @property
    def terminated(self) -> Tensor:
        """True cuts the bootstrap; a truncated episode is False and keeps it."""
        return self.discounts == 0.0

    @staticmethod
    def width(observation_size: int, action_size: int) -> int:
        return 2 * (action_size + observation_size + 1) + 2


class ReplayBuffer:
    """A ring of the newest `capacity` transitions, each over `n_step` steps (Sutton & Barto 2018, section 7.1).

    The rows are reserved, not touched: the operating system hands out their pages as they fill.
    """

    def __init__(
        self, capacity: int, observation_size: int, action_size: int, discount: float = 0.99, n_step: int = 1
    ) -> None:
        self.capacity = capacity
        self._sizes = (observation_size, action_size)
        self._discount = discount
        self._n_step = n_step
        self._rows = np.empty((capacity, Batch.width(*self._sizes)), np.float32)
        self._memory = torch.from_numpy(self._rows)
        self.clear()

    def __len__(self) -> int:
        return self._size

    def clear(self) -> None:
        self._size = 0
        self._position = 0
        self._open: deque[NDArray[np.float32]] = deque()  # rows whose n steps are not over

    def add(
        self,
        observation: ArrayLike,
        action: ArrayLike,
        reward: float,
        next_observation: ArrayLike,
        terminated: bool,
        truncated: bool = False,
    ) -> None:
        """Take one step's transition; a full buffer drops its oldest.

        It is stored `n_step` - 1 steps later, or with the end of the episode.
        """
        observation_size, action_size = self._sizes
        row = np.empty(self._rows.shape[1], np.float32)
        row[:action_size] = action
        row[action_size : action_size + observation_size] = observation
        half = action_size + observation_size + 1
        row[half - 1] = row[2 * half - 1] = 1.0
        row[-2:] = 0.0, 1.0
        self._open.append(row)
        for unfinished in self._open:
            unfinished[-2] += unfinished[-1] * reward
            unfinished[-1] *= self._discount
        is_over = terminated or truncated
        while self._open and (is_over or len(self._open) == self._n_step):
            self._store(self._open.popleft(), next_observation, terminated)

    def sample(self, batch_size: int, rng: np.random.Generator) -> Batch:
        """Draw uniformly, with replacement.

        Raises:
            ValueError: the buffer is empty.
        """
        rows = torch.empty(batch_size, self._rows.shape[1])
        self.sample_into(rows, rng)
        return Batch(rows, *self._sizes)

    def sample_into(self, rows: Tensor, rng: np.random.Generator) -> None:
        """Like `sample`, into the rows of a batch that exists already."""
        if self._size == 0:
            raise ValueError("cannot sample from an empty replay buffer")
        torch.index_select(self._memory, 0, torch.from_numpy(rng.integers(self._size, size=len(rows))), out=rows)

    def state(self) -> dict[str, NDArray[Any]]:
        """The filled rows, a view; the rows still open; where the next one goes."""
        unfinished = np.array(self._open, np.float32).reshape(-1, self._rows.shape[1])
        return {"rows": self._rows[: self._size], "open_rows": unfinished, "position": np.array(self._position)}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Raises ValueError when the rows do not fit."""
        rows = state["rows"]
        if rows.shape[1:] != self._rows.shape[1:] or len(rows) > self.capacity:
            raise ValueError(
                f"replay rows need shape (up to {self.capacity}, {self._rows.shape[1]}), found {rows.shape}"
            )
        self._size, self._position = len(rows), int(state["position"])
        self._rows[: self._size] = rows
        self._open = deque(row.copy() for row in state["open_rows"])

    def _store(self, row: NDArray[np.float32], next_observation: ArrayLike, terminated: bool) -> None:
        observation_size, action_size = self._sizes
        start = 2 * action_size + observation_size + 1
        row[start - action_size : start] = 0.0
        row[start : start + observation_size] = next_observation
        if terminated:
            row[-1] = 0.0
        self._rows[self._position] = row
        self._position = (self._position + 1) % self.capacity
        self._size = min(self._size + 1, self.capacity)
