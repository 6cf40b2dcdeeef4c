"""What is known of a checkpoint without opening it. Knows no file and no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from runs.events import RunProgress, SaveReason


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A run between two steps, saved."""

    run_id: str
    step: int
    episodes: int  # that had ended
    created_at: datetime
    reason: SaveReason
    sha256: str  # of its state.json, which has those of its other files
    size_bytes: int
    is_pinned: bool
    validation_sharpe: float | None  # of exactly this policy, where it was judged
    notices: int  # that the run had
    progress: RunProgress | None

    @property
    def name(self) -> str:
        """Of its folder, once it has been taken away, and of files made of it."""
        return f"{self.run_id}-{self.step}"


def best_of(checkpoints: Iterable[Checkpoint]) -> Checkpoint | None:
    """The one whose policy did best on the validation bars; the earlier one of equals."""
    judged = [checkpoint for checkpoint in checkpoints if checkpoint.validation_sharpe is not None]
    return max(judged, key=lambda checkpoint: (checkpoint.validation_sharpe, -checkpoint.step), default=None)
