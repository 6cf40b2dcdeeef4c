"""Which checkpoints are kept. Knows no file and no database."""

from collections.abc import Collection, Sequence

from runs.checkpoints.checkpoint import Checkpoint, best_of
from runs.events import SaveReason

NEWEST = 2  # one may turn out to be damaged


def superfluous(checkpoints: Sequence[Checkpoint], judged: Collection[int]) -> list[Checkpoint]:
    """Those that nobody needs any more, of one run's in order of their steps.

    Kept are the newest two, the best on the validation bars, the one before the gate opened (what other parameters
    would have learned from the same warm-up starts there), what a person pinned, and those whose policies are being
    `judged`: one of them may be the best.
    """
    best = best_of(checkpoints)
    return [
        checkpoint
        for checkpoint in checkpoints[:-NEWEST]
        if not checkpoint.is_pinned
        if checkpoint is not best
        if checkpoint.reason is not SaveReason.GATE
        if checkpoint.step not in judged
    ]
