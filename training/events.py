"""What training says while it runs: frozen values without a clock, run id or sequence number.

One seed gives equal events twice. Whoever listens stamps them and turns them into JSON.
"""

from dataclasses import dataclass, field, fields
from typing import Any

from market.episode import EpisodeSeries
from training.rollout import Act
from warmup_gate import Phase


@dataclass(frozen=True, slots=True)
class TrainingStarted:
    """The first event of a run. `fingerprint` hashes every parameter and optimizer state."""

    fingerprint: str
    observation_names: tuple[str, ...]
    steps_per_episode: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the run stands after a step; only the newest matters, so listeners may skip any of them."""

    step: int
    total_steps: int
    episode: int
    episode_step: int
    phase: Phase
    steps_until_open: int
    buffer_size: int
    updates: int
    updates_while_gated: int
    equity: float
    position: float
    alpha: float


@dataclass(frozen=True, slots=True)
class GateOpened:
    """Warm-up is over. Equal fingerprints prove that no network, log alpha or optimizer bit moved."""

    step: int
    episode: int
    episode_step: int
    updates_while_gated: int
    fingerprint_before: str
    fingerprint_after: str
    missing_transitions: int = 0  # that the replay buffer needs for a batch: updates wait for them

    @property
    def message(self) -> str:
        when = f" once {self.missing_transitions} more transitions are stored" if self.missing_transitions else ""
        gated = self.updates_while_gated
        what = f"network updates go on, after {gated:,} while gated" if gated else f"network updates start{when}"
        return f"Warm-up complete at step {self.step}: {what}"


@dataclass(frozen=True, slots=True)
class EpisodeFinished:
    """One episode: its figures by name (None where undefined) and its full-resolution series.

    `phase` is that of the episode's last step; `gated_steps` of its `steps` were warm-up. One that neither ruin nor the
    end of its bars ended was cut short by the end of the run.
    """

    episode: int
    steps: int
    first_step: int
    phase: Phase
    gated_steps: int
    terminated: bool
    truncated: bool
    metrics: dict[str, float | None]
    series: EpisodeSeries

    @property
    def is_whole(self) -> bool:
        return self.terminated or self.truncated

    def summary(self) -> dict[str, Any]:
        """Everything but the series, flat, as REST, Socket.IO and the command line show an episode."""
        values = {own.name: getattr(self, own.name) for own in fields(self)}
        del values["metrics"], values["series"]
        return values | self.metrics


@dataclass(frozen=True, slots=True)
class ConfigChanged:
    """Parameters have other values from the first step of `episode` on, after `step` steps."""

    step: int
    episode: int
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PolicyReady:
    """A frozen copy of the policy, to be evaluated by whoever listens; `is_final` is that of the run's end.

    `episode` is the last one that had ended, 0 where none had.
    """

    episode: int
    step: int
    is_final: bool
    policy: Act = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TrainingFinished:
    """The last event of a run that ended by itself or was asked to stop."""

    step: int
    episodes: int
    was_stopped: bool


TrainingEvent = (
    TrainingStarted | Progress | GateOpened | EpisodeFinished | ConfigChanged | PolicyReady | TrainingFinished
)
