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
from runs.rest import Rest
from training.events import EpisodeFinished
from training.state import TrainingState
from warmup_gate import Phase


@dataclass(frozen=True, slots=True)
class Saved:
    """The state after `step` steps is on disk; the database knows after the event of this number."""

    step: int
    number: int


class Saver:
    """Belongs to the training thread; any thread may call `request` and `withdraw`.

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
        self._due: SaveReason | None = None  # the run's own reason
        self._run_id = run_id
        self._config = config
        self._shelf = shelf
        self._saved_step = saved_step
        self._rest = Rest(clock)
        self._progress: RunProgress | None = None
        self._requests: Requests[Saved] = Requests()

    @property
    def due(self) -> SaveReason | None:
        """What the run is to be saved for before its next step."""
        return self._due or (SaveReason.REQUEST if self._requests.is_waiting else None)

    def observe(self, event: RunProgress | EpisodeFinished) -> None:
        """After every step and every episode of the run."""
        match event:
            case RunProgress():
                self._progress = event
                if event.progress.phase is Phase.WARMUP and event.progress.steps_until_open == 0:
                    self._due = SaveReason.GATE
            case EpisodeFinished():
                is_turn = event.episode % self._config["checkpoint_every_episodes"] == 0
                if is_turn and self._due is None and self._rest.left_s == 0.0:
                    self._due = SaveReason.EPISODE

    def request(self) -> "Future[Saved]":
        """Ask for a checkpoint between the next two steps; `answer` gives the result."""
        return self._requests.add()

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
        self._due = None
        self.answer(reason)

    def save(self, state: TrainingState, reason: SaveReason) -> CheckpointSaved | None:
        """Write the state; None where it is on disk already.

        Raises:
            OSError: it could not be written, and nothing has changed.
        """
        if self._due is SaveReason.GATE:
            reason = self._due  # whoever asks, pauses or stops just there
        if state.step == self._saved_step or self._progress is None:
            self._due = None
            return None
        self._rest.begin()
        written = self._shelf.write(SavedRun(self._run_id, self._config, state))
        self._saved_step, self._due = state.step, None
        self._rest.end()
        progress = replace(self._progress, steps_per_s=None)
        return CheckpointSaved(state.step, state.episodes, reason, written.sha256, written.size_bytes, progress)
