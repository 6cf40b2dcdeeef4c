"""Everything that a training run needs to go on as if it had never stopped. Knows no file and no learner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from market.features import TrainStatistics

Arrays = dict[str, NDArray[Any]]

NEEDED = (  # values without which no run goes on
    "updates_while_gated",
    "initial_fingerprint",
    "observation_names",
    "statistics",
    "environment",
    "episode",
    "agent",
)


@dataclass(frozen=True, slots=True)
class TrainingState:
    """A run between two steps. Arrays may be views: write them before training goes on."""

    step: int
    episodes: int  # that have ended; a further one may be under way
    values: dict[str, Any]  # JSON-ready; floats survive JSON to the bit
    weights: Arrays  # networks, log alpha, optimizer moments
    arrays: Arrays  # replay buffer and the rows of the episode under way

    @property
    def missing(self) -> list[str]:
        """The names of values that the training loop will need and that are not there."""
        return [name for name in NEEDED if name not in self.values]

    @property
    def changes(self) -> list[dict[str, Any]]:
        """Of the configuration since the run's start, in order, each with its step and its values."""
        changes: list[dict[str, Any]] = self.values.get("changes", [])
        return changes

    def of_another_run(self) -> "TrainingState":
        """For a run that starts with the configuration in force here."""
        return replace(self, values={**self.values, "changes": []})


def describe_observations(names: Sequence[str], statistics: TrainStatistics) -> dict[str, Any]:
    """What the policy sees and how it was scaled, JSON-ready, to the bit; equal for the same bars alone."""
    plain = {
        "feature_mean": statistics.feature_mean.tolist(),
        "feature_std": statistics.feature_std.tolist(),
        "return_mean": statistics.return_mean,
        "return_mean_square": statistics.return_mean_square,
    }
    return {"observation_names": list(names), "statistics": plain}


def check_observations(values: Mapping[str, Any], names: Sequence[str], statistics: TrainStatistics) -> None:
    """Compare the values of a state with what a run would go on with.

    Raises:
        ValueError: it saw other features, or other bars.
    """
    present = describe_observations(names, statistics)
    if values["observation_names"] != present["observation_names"]:
        raise ValueError(f"it was trained on other features: {', '.join(values['observation_names'])}")
    if values["statistics"] != present["statistics"]:
        raise ValueError("these are not the bars that it was trained on")
