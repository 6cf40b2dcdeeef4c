"""Everything that a training run needs to go on as if it had never stopped. Knows no file and no learner."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class TrainingState:
    """A run between two steps. Arrays may be views: write them before training goes on."""

    step: int
    episodes: int  # that have ended; a further one may be under way
    values: dict[str, Any]  # JSON-ready; floats survive JSON to the bit
    weights: Arrays  # networks, log alpha, optimizer moments
    arrays: Arrays  # replay buffer and the rows of the episode under way
