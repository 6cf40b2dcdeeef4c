"""What the controller itself says about a run, and the stamp every event of a run gets.

Knows neither how events travel nor who listens.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from market.episode import EpisodeSeries
from training.events import Progress, TrainingEvent
from warmup_gate import Phase


class RunStatus(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    EVALUATING = "evaluating"  # training is over, its final policy is being judged
    STOPPING = "stopping"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def is_alive(self) -> bool:
        """A thread works on the run, or is about to stop working on it."""
        return self in (RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.EVALUATING, RunStatus.STOPPING)


class NoticeLevel(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class RunStatusChanged:
    """The run has this status now; `reason` says why, where there is something to say."""

    status: RunStatus
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence that stays with the run."""

    level: NoticeLevel
    text: str


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Training's `Progress` with what only the run knows: how long it took, and its speed."""

    progress: Progress
    buffer_capacity: int
    active_s: float | None  # in which steps were taken, the steps before a resume or a fork included; None: not known
    steps_per_s: float | None

    @property
    def eta_s(self) -> float | None:
        """Active seconds to the run's end; None where the speed ahead is unknown: warm-up is much the faster phase."""
        progress = self.progress
        steps_left = progress.total_steps - progress.step
        changes_speed = progress.phase is Phase.WARMUP and steps_left > progress.steps_until_open
        return None if changes_speed or not self.steps_per_s else steps_left / self.steps_per_s

    def summary(self) -> dict[str, Any]:
        """All of it, flat, as REST and Socket.IO show it."""
        own = {name: getattr(self, name) for name in ("buffer_capacity", "active_s", "steps_per_s", "eta_s")}
        return asdict(self.progress) | own


@dataclass(frozen=True, slots=True)
class PolicyEvaluated:
    """The policy of one episode on bars it has not learned from. `figures` is `training.evaluation.figures`."""

    number: int  # from 1, within the run
    episode: int
    step: int
    figures: dict[str, Any]
    series: EpisodeSeries


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """Values that parameters take before the first episode that begins after at least `from_step` steps."""

    from_step: int
    values: Mapping[str, Any]

    def joined(self, values: Mapping[str, Any]) -> "PlannedChange":
        """With these values too, which count where both have one."""
        return PlannedChange(self.from_step, {**self.values, **values})


@dataclass(frozen=True, slots=True)
class ChangeRequested:
    """Somebody wants the next episode to begin with these values; `ConfigChanged` follows when it does.

    One that `joins_last` becomes a part of the last one that waits.
    """

    values: Mapping[str, Any]
    joins_last: bool = False


class SaveReason(StrEnum):
    """Why a checkpoint was saved."""

    EPISODE = "episode"  # the interval of `checkpoint_every_episodes` was over
    GATE = "gate"  # the next step opens the warm-up gate
    PAUSE = "pause"
    STOP = "stop"
    END = "end"  # all steps were taken
    REQUEST = "request"  # somebody asked for it
    FORK = "fork"  # another run's checkpoint, with which this one began


@dataclass(frozen=True, slots=True)
class CheckpointSaved:
    """The run's state after `step` steps is on disk."""

    step: int
    episodes: int  # that had ended
    reason: SaveReason
    sha256: str  # of its state.json, which has those of its other files
    size_bytes: int
    progress: RunProgress
    judged: frozenset[int] = frozenset()  # steps whose policies are being judged: their checkpoints must stay


@dataclass(frozen=True, slots=True)
class RunRewound:
    """The run went back to a checkpoint, or to its beginning: whatever came later is gone."""

    step: int
    episodes: int
    last_reward: float | None
    progress: RunProgress | None
    notices: int  # how many of them stay
    said: tuple[Notice, ...]  # the first ones afterwards
    reason: str
    pending: tuple[PlannedChange, ...] = ()  # to be made as the run goes on
    refused: tuple[int, ...] = ()  # steps of later checkpoints that cannot be used: they go even if they are pinned


RunEvent = (
    RunStatusChanged
    | Notice
    | RunProgress
    | PolicyEvaluated
    | ChangeRequested
    | CheckpointSaved
    | RunRewound
    | TrainingEvent
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event with its stamp. Sequence numbers of a run start at 1 and have no gap."""

    run_id: str
    boot_id: str  # the server process that stamped it
    sequence: int
    time: datetime  # UTC
    event: RunEvent
