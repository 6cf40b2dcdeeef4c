"""What a live run is begun with. Knows no thread."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from market.datasets import DatasetSplits
from runs.best_policy import JudgedPolicy
from runs.events import Notice
from runs.run import Run
from training.config import RunConfig
from training.state import TrainingState


@dataclass(frozen=True, slots=True)
class Job:
    """A stored run with its configuration and its bars; `state` is where it goes on, None at the first step."""

    run: Run
    config: RunConfig
    splits: DatasetSplits
    state: TrainingState | None = None
    evaluations: int = 0  # that the run has already
    looks: Mapping[str, int] = field(default_factory=dict)  # by window, how often it judged a policy there already
    best: JudgedPolicy | None = None  # of them
    notices: tuple[Notice, ...] = ()  # to begin with
