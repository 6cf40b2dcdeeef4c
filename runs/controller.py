"""The one place that changes runs: every command that a person can give, and who gave it. Knows no web.

`Records` reads, `Stage` has the run that is alive, `Continuing` begins again where another one ended.
"""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from runs.actions import COMMAND_LINE, Action, ActionKind, Audit
from runs.bus import utc_now
from runs.checkpoints.checkpoint import Checkpoint
from runs.checkpoints.shelf import Shelf
from runs.continuing import Continuing
from runs.data_folder import DataFolder
from runs.erasing import Erasing
from runs.errors import RunAliveError, RunNotActiveError, StorageError
from runs.events import Envelope
from runs.history import History
from runs.job import Job
from runs.labels import Label, clean_name, cleaned
from runs.listeners import Audience, Listeners
from runs.live_run import LiveRun
from runs.records import Records, known_form
from runs.run import Run, new_run, new_run_id
from runs.stage import Stage
from runs.standing import PAUSE, RESUME, STOP, Command, refusal
from runs.store.run_store import RunStore
from runs.training_data import TrainingData
from training.config import RunConfig
from training.events import PolicyReady

logger = logging.getLogger(__name__)

FILES = "files"  # users' data files, in the data folder
CHECKPOINTS = "checkpoints"


class RunController(Records):
    """At most one run is active, all of them are stored.

    Every method may be called from any thread; `by` says whose action it is that is written down.

    Raises:
        DataFolderError: the folder cannot be written, or another server uses it.
        StorageError: the database in it cannot be used.
    """

    def __init__(self, data_dir: Path) -> None:
        self.boot_id = uuid.uuid4().hex
        self._folder = DataFolder(data_dir)
        try:
            store = RunStore.open(self._folder.path)
            store.interrupt_alive_runs(self.boot_id)
        except BaseException:
            self._folder.close()
            raise
        shelf = Shelf(self._folder.path / CHECKPOINTS)
        history = History(store, shelf, self.boot_id)
        stage = Stage(store, shelf, self.boot_id)
        super().__init__(store, shelf, history, stage)
        self.data = TrainingData(self._folder.path / FILES)
        self._erasing = Erasing(store, shelf, self.data)
        self._continuing = Continuing(stage, store, history, self.data.load)
        self._audit = Audit(store.actions.keep)
        self._label_listeners: Listeners[Label] = Listeners()

    @property
    def data_dir(self) -> Path:
        return self._folder.path

    def subscribe(self, listener: Callable[[Envelope, Run], object], audience: Audience | None = None) -> None:
        """Call `listener` for every event from now on, after it is stored; it passes it on to so many."""
        self._stage.listeners.add(listener, audience)

    def subscribe_to_labels(self, listener: Callable[[Label], object]) -> None:
        """Call `listener` in the caller's thread for every label that is written, after it is stored."""
        self._label_listeners.add(listener)

    def subscribe_to_actions(self, listener: Callable[[str, Action], object]) -> None:
        """Call `listener` in the caller's thread with run id and action, after it is stored."""
        self._audit.listeners.add(listener)

    def start(self, config: RunConfig, by: str = COMMAND_LINE, name: str = "") -> Run:
        """Load the data, then start a run on it; `name` is written on it.

        Raises:
            LabelError: the name cannot be kept.
            RunConflictError: a run is active; the error names it.
            DataError: the bars cannot be traded.
            ServerStoppingError, NoThreadError
            StorageError: the run cannot be stored.
        """
        called = _called(name)
        with self._stage.changing:
            self._stage.clear()
            splits = self.data.load(config)
            time = utc_now()
            run = new_run(new_run_id(time), self.boot_id, config, time)

            def prepare() -> Job:
                self._store.create(run)
                return Job(run, config, splits)

            return self._begun(self._stage.launch(prepare), ActionKind.START, by, called)

    def pause(self, run_id: str, by: str = COMMAND_LINE) -> Run:
        """Raises RunNotFoundError, or RunNotActiveError when it is not running."""
        return self._halt(run_id, PAUSE, ActionKind.PAUSE, by)

    def resume(self, run_id: str, by: str = COMMAND_LINE) -> Run:
        """Go on: a paused run where it stands, one that ended early from its newest good checkpoint.

        Raises:
            RunNotFoundError, or RunNotActiveError: it is running, or finished.
            RunDeletedError: nobody would see it go on.
            RunConflictError: another run is active.
            CheckpointError: it has checkpoints, and none of them can be used.
            DataError, ConfigError: its bars or its configuration cannot be used any more.
            ServerStoppingError, NoThreadError
            StorageError: it could not go back to its checkpoint, and is as it was.
        """
        active = self._stage.alive(run_id)
        if active is None:
            return self._noted(self._continuing.resume(known_form(run_id)), ActionKind.RESUME, by)
        stood, run = active.run, active.obey(RESUME)
        self._noted(stood, ActionKind.RESUME, by)  # the run it has become may have gone on by now
        return run

    def roll_back(self, run_id: str, step: int, by: str = COMMAND_LINE) -> Run:
        """Go back to a checkpoint, or to the beginning, step 0; whatever came after is deleted. Nothing is begun.

        Raises:
            RunNotFoundError, RunDeletedError, CheckpointNotFoundError, CheckpointError, StorageError
            RunNotActiveError: it is active.
            CheckpointPinnedError: somebody wants to keep a later checkpoint.
        """
        return self._noted(self._continuing.roll_back(known_form(run_id), step), ActionKind.ROLL_BACK, by, to_step=step)

    def fork(self, run_id: str, step: int, changes: Mapping[str, Any], by: str = COMMAND_LINE, name: str = "") -> Run:
        """Start a new run from a checkpoint of this one, with some parameters changed; `name` is written on it.

        Raises:
            LabelError: the name cannot be kept.
            RunNotFoundError, RunDeletedError, RunConflictError, CheckpointNotFoundError, CheckpointError, DataError
            ServerStoppingError, NoThreadError, StorageError
            ConfigError: one of the parameters cannot change.
        """
        called = _called(name)
        fork = self._continuing.fork(known_form(run_id), step, changes)
        self._noted(self.run(run_id), ActionKind.FORK, by, at_step=step, as_run=fork.run_id)
        return self._begun(fork, ActionKind.FORK, by, {"from_run": run_id, "at_step": step} | called)

    def change(self, run_id: str, values: Mapping[str, Any], by: str = COMMAND_LINE) -> Run:
        """Have the next episode of an active run begin with other values of some parameters.

        After a resume that has later changes to make again they wait until the last of those is made.

        Raises:
            RunNotFoundError, or RunNotActiveError: no further episode will begin.
            ConfigError: a value out of range, or a parameter that cannot change; the message names those that can.
        """
        active = self._alive(run_id, "fork it to go on with other parameters")
        run, accepted = active.change(values)
        if accepted is None:
            return run
        details: dict[str, Any] = {
            name: {"before": accepted.before[name], "after": after} for name, after in accepted.after.items()
        }
        return self._noted(run, ActionKind.CHANGE, by, **details)

    def evaluate(self, run_id: str, by: str = COMMAND_LINE) -> PolicyReady:
        """Have an active run's policy judged on the validation bars out of turn; returns it.

        Raises:
            RunNotFoundError, or RunNotActiveError: it takes no steps.
            NothingLearnedError: it is the policy of the first step.
        """
        active = self._alive(run_id, "only an active run can be judged")
        ready = active.evaluate()
        self._noted(active.run, ActionKind.EVALUATE, by, ready.step)
        return ready

    def save(self, run_id: str, by: str = COMMAND_LINE) -> Checkpoint:
        """Save an active run as it is after the step in progress.

        Raises:
            RunNotFoundError, or RunNotActiveError: it takes no steps.
            StorageError: it could not be written.
        """
        active = self._alive(run_id, "only an active run can be saved")
        saved = self.checkpoint(run_id, active.save())
        self._noted(active.run, ActionKind.SAVE, by, saved.step)
        return saved

    def pin(self, run_id: str, step: int, *, is_pinned: bool = True, by: str = COMMAND_LINE) -> Checkpoint:
        """Keep a checkpoint for good, or no longer.

        Raises:
            RunNotFoundError, RunDeletedError, CheckpointNotFoundError
        """
        self._store.labels.refuse_deleted(self.run(run_id).run_id)
        checkpoint = self._store.checkpoints.pin(run_id, step, is_pinned)
        self._noted(self.run(run_id), ActionKind.PIN if is_pinned else ActionKind.UNPIN, by, at_step=step)
        return checkpoint

    def stop(self, run_id: str, by: str = COMMAND_LINE) -> Run:
        """Ask for the end after the step in progress. Raises RunNotFoundError, or RunNotActiveError."""
        return self._halt(run_id, STOP, ActionKind.STOP, by)

    def write_label(
        self, run_id: str, *, name: str | None = None, tags: Sequence[str] | None = None, notes: str | None = None
    ) -> Label:
        """Change what is given and leave the rest. Raises LabelError or RunNotFoundError."""
        return self._label(run_id, **cleaned(name, tags, notes))

    def delete(self, run_id: str, by: str = COMMAND_LINE) -> Label:
        """Hide an ended run, with all that it has. A run that is hidden stays so, and nothing is written down.

        Raises:
            RunNotFoundError, RunAliveError
        """
        with self._stage.changing:
            run = self.run(run_id)
            if run.status.is_alive:
                raise RunAliveError(run_id, run.status.value)
            if (label := self._store.labels.label(run_id)).is_deleted:
                return label
            label = self._label(run_id, deleted_at=utc_now())
            self._noted(run, ActionKind.DELETE, by)
            return label

    def undelete(self, run_id: str, by: str = COMMAND_LINE) -> Label:
        """Show a deleted run again; of any other nothing is written down. Raises RunNotFoundError."""
        with self._stage.changing:
            run = self.run(run_id)
            if not (label := self._store.labels.label(run_id)).is_deleted:
                return label
            label = self._label(run_id, deleted_at=None)
            self._noted(run, ActionKind.UNDELETE, by)
            return label

    def erase(self, run_id: str, by: str = COMMAND_LINE) -> Label:
        """Erase a deleted run for good; what it tried still counts as trials. Returns what was written on it.

        Raises:
            RunNotFoundError, RunNotDeletedError
            StorageError: where there is no such run any more, the next clean-up erases what is left of it.
        """
        with self._stage.changing:
            label = self._store.labels.label(self.run(run_id).run_id)
            if label.is_deleted and self._stage.active is None:
                self._stage.clear()  # the last run is shown from there
            self._erasing.erase(run_id, by)
        erased = replace(label, is_erased=True)
        self._label_listeners.tell(erased)
        return erased

    def clean_up(self, keep: timedelta | None) -> None:
        """Erase what was deleted, or uploaded and not used, longer than `keep` ago; None keeps it all.

        Before any other command: a run may be about to use what seems unused.
        """
        with self._stage.changing:
            self._erasing.clean_up(keep)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the active run's threads to end, if there is one. Returns False when time ran out."""
        return self._stage.wait(timeout_s)

    def close(self) -> bool:
        """Stop the active run, store what it said, release the folder.

        Returns False when a training step was so long that its thread had to be left behind; the run is closed all
        the same, and the process should end.
        """
        is_clean = self._stage.close()
        self._store.close()
        self._folder.close()
        return is_clean

    def _label(self, run_id: str, **changes: str | tuple[str, ...] | datetime | None) -> Label:
        label = self._store.labels.change(known_form(run_id), **changes)
        self._label_listeners.tell(label)
        return label

    def _begun(self, run: Run, kind: ActionKind, by: str, details: Mapping[str, Any]) -> Run:
        """It trains by now, even where its name cannot be written on it."""
        if "name" in details:
            try:
                self._label(run.run_id, name=details["name"])
            except StorageError:
                logger.exception("run %s: its name was not written down", run.run_id)
        return self._noted(run, kind, by, **details)

    def _noted(self, run: Run, kind: ActionKind, by: str, step: int | None = None, **details: Any) -> Run:
        self._audit.note(run, kind, by, step, **details)
        return run

    def _halt(self, run_id: str, command: Command, kind: ActionKind, by: str) -> Run:
        """What is written down is where the run halts: the step in progress counts."""
        active = self._stage.alive(run_id)
        if active is None:
            raise refusal(run_id, self.run(run_id).status, command)
        changed = active.obey(command)
        self._noted(active.halted(), kind, by)
        return changed

    def _alive(self, run_id: str, advice: str) -> LiveRun:
        """Raises RunNotFoundError, or RunNotActiveError with this advice."""
        active = self._stage.alive(run_id)
        if active is None:
            raise RunNotActiveError(f"run {run_id} is {self.run(run_id).status.value}; {advice}")
        return active


def _called(name: str) -> dict[str, Any]:
    """The name as a detail of the action that gives it, none where it is empty. Raises LabelError."""
    cleaned_name = clean_name(name)
    return {"name": cleaned_name} if cleaned_name else {}
