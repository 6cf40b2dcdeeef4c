"""The policy that did best on the validation bars before a run goes on, from its checkpoint. Knows no thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runs.checkpoints.checkpoint import Checkpoint, best_of
from runs.errors import CheckpointError
from runs.events import Notice, NoticeLevel
from runs.trainer import policy_of
from training.events import PolicyReady
from training.state import TrainingState

Read = Callable[[Checkpoint], TrainingState]

LOST = "The policy with the highest validation Sharpe ratio so far, {:.2f}, cannot see the test bars any more: {}."


@dataclass(frozen=True, slots=True)
class JudgedPolicy:
    """A policy and its Sharpe ratio on the validation bars."""

    ready: PolicyReady
    sharpe: float


def best_so_far(
    checkpoints: Sequence[Checkpoint], read: Read, highest: float | None
) -> tuple[JudgedPolicy | None, tuple[Notice, ...]]:
    """The best policy among a run's checkpoints, and what is to be said when `highest`, the run's highest Sharpe ratio
    on the validation bars, was another one's. A checkpoint that cannot be read gives way to the next best.
    """
    best, reason = None, "it was not saved"
    left = [checkpoint for checkpoint in checkpoints if checkpoint.validation_sharpe is not None]
    while best is None and (checkpoint := best_of(left)) is not None:
        left.remove(checkpoint)
        try:
            best = _judged(checkpoint, read(checkpoint))
        except CheckpointError as error:
            reason = f"its checkpoint at step {checkpoint.step:,} cannot be used: {error}"
    if highest is None or (best is not None and best.sharpe >= highest):
        return best, ()
    return best, (Notice(NoticeLevel.WARNING, LOST.format(highest, reason)),)


def _judged(checkpoint: Checkpoint, state: TrainingState) -> JudgedPolicy:
    assert checkpoint.validation_sharpe is not None, "only judged ones are asked for"
    ready = PolicyReady(checkpoint.episodes, checkpoint.step, False, policy_of(state))
    return JudgedPolicy(ready, checkpoint.validation_sharpe)
