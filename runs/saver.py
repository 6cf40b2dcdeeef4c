"""Says when a run is to be saved, and saves it. Knows no pause and no database."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from runs.checkpoints.format import SavedRun
from runs.checkpoints.shelf import Shelf
from runs.events import CheckpointSaved, RunProgress, SaveReason
from runs.requests import Requests
from training.events import EpisodeFinished
from training.state import TrainingState
from warmup_gate import Phase

REST = 9.0  # times as long as saving took: that is a tenth of the time at most, however short episodes are


@dataclass(frozen=True, slots=True)
class Saved:
    """The state after `step` steps is on disk; the database knows after the event of this number."""

    step: int
    number: int


class Saver:
    """Belongs to the training thread; any thread may call `request`.

    Progress must be shown before it is saved: what is saved is told together with it.
    """

    def __init__(
        self,
        run_id: str,
        config: Mapping[str, Any],
        shelf: Shelf,
        saved_step: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`config` is flat; the state after `saved_step` steps is on disk already (0: none is)."""
        self.due: SaveReason | None = None
        self._run_id = run_id
        self._config = config
        self._shelf = shelf
        self._clock = clock
        self._saved_step = saved_step
        self._rests_until = clock()
        self._progress: RunProgress | None = None
        self._requests: Requests[Saved] = Requests()

    def observe(self, event: RunProgress | EpisodeFinished) -> None:
        """After every step and every episode of the run."""
        match event:
            case RunProgress():
                self._progress = event
                if event.progress.phase is Phase.WARMUP and event.progress.steps_until_open == 0:
                    self.due = SaveReason.GATE
            case EpisodeFinished():
                is_turn = event.episode % self._config["checkpoint_every_episodes"] == 0
                if is_turn and self.due is None and self._clock() >= self._rests_until:
                    self.due = SaveReason.EPISODE

    def request(self) -> "Future[Saved]":
        """Ask for a checkpoint between the next two steps; `answer` gives the result."""
        request = self._requests.add()
        self.due = self.due or SaveReason.REQUEST
        return request

    def withdraw(self, request: "Future[Saved]") -> bool:
        """Nobody waits for this checkpoint any more. Returns False where it is there, or was refused."""
        return self._requests.withdraw(request)

    def answer(self, result: Saved | Exception) -> None:
        """Let those who asked go on."""
        self._requests.answer(result)

    def close(self, refusal: Exception) -> None:
        """Nothing is saved any more."""
        self._requests.close(refusal)

    def decline(self, reason: Exception) -> None:
        """There is nothing to save."""
        self.due = None
        self.answer(reason)

    def save(self, state: TrainingState, reason: SaveReason) -> CheckpointSaved | None:
        """Write the state; None where it is on disk already.

        Raises:
            OSError: it could not be written, and nothing has changed.
        """
        if self.due is SaveReason.GATE:
            reason = self.due  # whoever pauses or stops just there
        if state.step == self._saved_step or self._progress is None:
            self.due = None
            return None
        started = self._clock()
        written = self._shelf.write(SavedRun(self._run_id, self._config, state))
        self._saved_step, self.due = state.step, None
        self._rests_until = self._clock() + REST * (self._clock() - started)
        progress = replace(self._progress, steps_per_s=None)
        return CheckpointSaved(state.step, state.episodes, reason, written.sha256, written.size_bytes, progress)
