"""What a run has done, as everybody reads it: episodes and evaluations without their series. Knows no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runs.events import Envelope, PolicyEvaluated
from training.events import EpisodeFinished


@dataclass(frozen=True, slots=True)
class EpisodeSummary:
    """A finished episode without its series."""

    episode: int
    sequence: int
    ended_at: datetime
    steps: int
    first_step: int
    phase: str
    gated_steps: int
    terminated: bool
    truncated: bool | None  # None: an earlier version did not keep it
    metrics: Mapping[str, float | None]

    @property
    def is_whole(self) -> bool:
        """False where the end of the run cut it short; whole where nobody kept it."""
        return self.terminated or self.truncated is not False

    @classmethod
    def of(cls, envelope: Envelope, finished: EpisodeFinished) -> "EpisodeSummary":
        return cls(
            episode=finished.episode,
            sequence=envelope.sequence,
            ended_at=envelope.time,
            steps=finished.steps,
            first_step=finished.first_step,
            phase=finished.phase,
            gated_steps=finished.gated_steps,
            terminated=finished.terminated,
            truncated=finished.truncated,
            metrics=finished.metrics,
        )


@dataclass(frozen=True, slots=True)
class EvaluationSummary:
    """An evaluation without its series."""

    number: int
    sequence: int
    ended_at: datetime
    episode: int
    step: int
    figures: Mapping[str, Any]

    @classmethod
    def of(cls, envelope: Envelope, event: PolicyEvaluated) -> "EvaluationSummary":
        return cls(event.number, envelope.sequence, envelope.time, event.episode, event.step, event.figures)


@dataclass(frozen=True, slots=True)
class EpisodePage:
    """The episodes of a run after a given one, and the number of the run's last event when they were read."""

    sequence: int
    episodes: list[EpisodeSummary]


@dataclass(frozen=True, slots=True)
class EvaluationPage:
    """The evaluations of a run after a given one, and the number of the run's last event when they were read."""

    sequence: int
    evaluations: list[EvaluationSummary]
