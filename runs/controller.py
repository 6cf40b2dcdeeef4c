"""The one place that starts and ends runs: at most one is active, all of them are stored. Knows no web."""

import logging
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from market.datasets import USER_FILE, DataConfig, DatasetSplits, load_dataset
from market.episode import EpisodeSeries
from market.files.uploads import keep_user_file, resolve_user_file
from runs.actions import COMMAND_LINE, Action, ActionKind, ActionListener, Audit
from runs.bus import utc_now
from runs.checkpoints.archive import Archive
from runs.checkpoints.checkpoint import Checkpoint, best_of
from runs.checkpoints.shelf import Shelf
from runs.continuing import Continuing
from runs.data_folder import DataFolder
from runs.errors import (
    CheckpointNotFoundError,
    RunAliveError,
    RunNotActiveError,
    RunNotFoundError,
    StorageError,
)
from runs.history import History
from runs.job import Job
from runs.labels import Label, clean_name, clean_notes, clean_tags
from runs.listeners import Audience, Listener
from runs.live_run import LiveRun
from runs.policy_file import PolicyFile, exported_policy
from runs.run import EpisodeSummary, EvaluationSummary, Run, new_run, new_run_id
from runs.stage import Stage
from runs.standing import PAUSE, RESUME, STOP, Command, refusal
from runs.store.run_store import EpisodePage, EvaluationPage, RunStore
from runs.store.series_store import SeriesStore
from trading_env import episode_window
from training.config import RunConfig
from training.events import PolicyReady

logger = logging.getLogger(__name__)

LabelListener = Callable[[Label], None]

FILES = "files"  # users' data files, in the data folder
CHECKPOINTS = "checkpoints"

_RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-z]{4}", re.ASCII)


class RunController:
    """Every method may be called from any thread; `by` says whose action it is that is written down.

    Raises:
        DataFolderError: the folder cannot be written, or another server uses it.
        StorageError: the database in it cannot be used.
    """

    def __init__(self, data_dir: Path) -> None:
        self.boot_id = uuid.uuid4().hex
        self._folder = DataFolder(data_dir)
        try:
            self._store = RunStore.open(self._folder.path)
            self._store.interrupt_alive_runs(self.boot_id)
        except BaseException:
            self._folder.close()
            raise
        self._shelf = Shelf(self._folder.path / CHECKPOINTS)
        self._history = History(self._store, self._shelf, self.boot_id)
        self._stage = Stage(self._store, self._shelf, self.boot_id)
        self._continuing = Continuing(self._stage, self._store, self._history, self.data)
        self._audit = Audit(self._store.actions.keep)
        self._label_listeners: tuple[LabelListener, ...] = ()

    @property
    def data_dir(self) -> Path:
        return self._folder.path

    @property
    def active_run_id(self) -> str | None:
        active = self._stage.active
        return None if active is None else active.run.run_id

    def subscribe(self, listener: Listener, audience: Audience | None = None) -> None:
        """Call `listener` for every event from now on, after it is stored; it passes it on to so many."""
        self._stage.listeners.add(listener, audience)

    def subscribe_to_labels(self, listener: LabelListener) -> None:
        """Call `listener` in the caller's thread for every label that is written, after it is stored."""
        self._label_listeners = (*self._label_listeners, listener)

    def subscribe_to_actions(self, listener: ActionListener) -> None:
        """Call `listener` in the caller's thread with run id and action, after it is stored."""
        self._audit.subscribe(listener)

    def start(self, config: RunConfig, by: str = COMMAND_LINE) -> Run:
        """Load the data, then start a run on it.

        Raises:
            RunConflictError: a run is active; the error names it.
            DataError: the bars cannot be traded.
            StorageError: the run cannot be stored.
        """
        with self._stage.changing:
            self._stage.clear()
            splits = self.data(config)
            time = utc_now()
            run = new_run(new_run_id(time), self.boot_id, config, time)

            def prepare() -> Job:
                self._store.create(run)
                return Job(run, config, splits)

            return self._noted(self._stage.launch(prepare), ActionKind.START, by)

    def data(self, config: RunConfig) -> DatasetSplits:
        """The bars a run would train, validate and test on.

        Raises:
            DataError: they cannot be traded, or there is no such file.
        """
        splits = load_dataset(config.data, partial(resolve_user_file, self.data_dir / FILES))
        episode_window(splits.train, config.environment)
        return splits

    def keep_file(self, content: bytes, name: str) -> tuple[str, DatasetSplits]:
        """Check a user's file and keep it in the data folder; returns its id and its default split.

        Raises:
            DataError: something is wrong with it, and nothing was kept.
            StorageError: the folder cannot be written.
        """
        try:
            file_id, _ = keep_user_file(self.data_dir / FILES, content, name)
        except OSError as error:
            raise StorageError(f"the file could not be kept: {error.strerror}") from error
        return file_id, self.data(RunConfig(data=DataConfig(dataset=USER_FILE, data_file=file_id)))

    def pause(self, run_id: str, by: str = COMMAND_LINE) -> Run:
        """Raises RunNotFoundError, or RunNotActiveError when it is not running."""
        return self._noted(self._command(run_id, PAUSE), ActionKind.PAUSE, by)

    def resume(self, run_id: str, by: str = COMMAND_LINE) -> Run:
        """Go on: a paused run where it stands, one that ended early from its newest good checkpoint.

        Raises:
            RunNotFoundError, or RunNotActiveError: it is running, or finished.
            RunDeletedError: nobody would see it go on.
            RunConflictError: another run is active.
            CheckpointError: it has checkpoints, and none of them can be used.
            DataError, ConfigError: its bars or its configuration cannot be used any more.
            StorageError: it could not go back to its checkpoint, and is as it was.
        """
        active = self._active(run_id)
        run = self._continuing.resume(_known_form(run_id)) if active is None else active.obey(RESUME)
        return self._noted(run, ActionKind.RESUME, by)

    def roll_back(self, run_id: str, step: int, by: str = COMMAND_LINE) -> Run:
        """Go back to a checkpoint, or to the beginning, step 0; whatever came after is deleted. Nothing is begun.

        Raises:
            RunNotFoundError, RunDeletedError, CheckpointNotFoundError, CheckpointError, StorageError
            RunNotActiveError: it is active.
            CheckpointPinnedError: somebody wants to keep a later checkpoint.
        """
        return self._noted(
            self._continuing.roll_back(_known_form(run_id), step), ActionKind.ROLL_BACK, by, to_step=step
        )

    def fork(self, run_id: str, step: int, changes: Mapping[str, Any], by: str = COMMAND_LINE) -> Run:
        """Start a new run from a checkpoint of this one, with some parameters changed.

        Raises:
            RunNotFoundError, RunDeletedError, RunConflictError, CheckpointNotFoundError, CheckpointError, DataError
            StorageError
            ConfigError: one of the parameters cannot change.
        """
        fork = self._continuing.fork(_known_form(run_id), step, changes)
        self._noted(self.run(run_id), ActionKind.FORK, by, at_step=step, as_run=fork.run_id)
        return self._noted(fork, ActionKind.FORK, by, from_run=run_id, at_step=step)

    def change(self, run_id: str, values: Mapping[str, Any], by: str = COMMAND_LINE) -> Run:
        """Have the next episode of an active run begin with other values of some parameters.

        Raises:
            RunNotFoundError, or RunNotActiveError: no further episode will begin.
            ConfigError: a value out of range, or a parameter that cannot change; the message names those that can.
        """
        active = self._active(run_id)
        if active is None:
            status = self.run(run_id).status.value
            raise RunNotActiveError(f"run {run_id} is {status}; fork it to go on with other parameters")
        before = active.run.config_expected
        run = active.change(values)
        after = run.config_expected
        details: dict[str, Any] = {
            name: {"before": before[name], "after": after[name]} for name in values if before[name] != after[name]
        }
        return self._noted(run, ActionKind.CHANGE, by, **details) if details else run

    def evaluate(self, run_id: str, by: str = COMMAND_LINE) -> PolicyReady:
        """Have an active run's policy judged on the validation bars out of turn; returns it.

        Raises:
            RunNotFoundError, or RunNotActiveError: it takes no steps.
            NothingLearnedError: it is the policy of the first step.
        """
        active = self._active(run_id)
        if active is None:
            raise RunNotActiveError(
                f"run {run_id} is {self.run(run_id).status.value}; only an active run can be judged"
            )
        ready = active.evaluate()
        self._noted(active.run, ActionKind.EVALUATE, by, ready.step)
        return ready

    def save(self, run_id: str, by: str = COMMAND_LINE) -> Checkpoint:
        """Save an active run as it is after the step in progress.

        Raises:
            RunNotFoundError, or RunNotActiveError: it takes no steps.
            StorageError: it could not be written.
        """
        active = self._active(run_id)
        if active is None:
            raise RunNotActiveError(f"run {run_id} is {self.run(run_id).status.value}; only an active run can be saved")
        saved = self.checkpoint(run_id, active.save())
        self._noted(active.run, ActionKind.SAVE, by, saved.step)
        return saved

    def checkpoints(self, run_id: str) -> list[Checkpoint]:
        """In order of their steps. Raises RunNotFoundError."""
        return self._store.checkpoints.of_run(self.run(run_id).run_id)

    def checkpoint(self, run_id: str, step: int) -> Checkpoint:
        """Raises RunNotFoundError or CheckpointNotFoundError."""
        for checkpoint in self.checkpoints(run_id):
            if checkpoint.step == step:
                return checkpoint
        raise CheckpointNotFoundError(run_id, step)

    def archive(self, run_id: str, step: int) -> Archive:
        """A checkpoint to take away. Raises RunNotFoundError, CheckpointNotFoundError or CheckpointError."""
        checkpoint = self.checkpoint(run_id, step)
        return Archive(self._shelf.place(run_id, checkpoint.step), f"{run_id}-{step}")

    def policy_file(self, run_id: str, step: int | None = None) -> PolicyFile:
        """The policy of a checkpoint as ONNX; without a step, the best on the validation bars or else the newest.

        Raises:
            RunNotFoundError, CheckpointNotFoundError, or CheckpointError: it is damaged.
        """
        run, checkpoints = self.run(run_id), self.checkpoints(run_id)
        if step is None and checkpoints:
            checkpoint = best_of(checkpoints) or checkpoints[-1]
        else:
            checkpoint = self.checkpoint(run_id, step or 0)
        return PolicyFile(checkpoint.step, exported_policy(run, self._history.read(run, checkpoint)))

    def pin(self, run_id: str, step: int, *, is_pinned: bool = True, by: str = COMMAND_LINE) -> Checkpoint:
        """Keep a checkpoint for good, or no longer.

        Raises:
            RunNotFoundError, RunDeletedError, CheckpointNotFoundError
        """
        self._store.labels.refuse_deleted(self.run(run_id).run_id)
        self._store.checkpoints.pin(run_id, step, is_pinned)
        self._noted(self.run(run_id), ActionKind.PIN if is_pinned else ActionKind.UNPIN, by, at_step=step)
        return self.checkpoint(run_id, step)

    def stop(self, run_id: str, by: str = COMMAND_LINE) -> Run:
        """Ask for the end after the step in progress. Raises RunNotFoundError, or RunNotActiveError."""
        return self._noted(self._command(run_id, STOP), ActionKind.STOP, by)

    def run(self, run_id: str) -> Run:
        """Raises RunNotFoundError."""
        live = self._stage.last
        if live is not None and live.run.run_id == run_id:
            return live.run
        return self._store.run(_known_form(run_id))

    def runs(self) -> list[Run]:
        """All runs but the deleted ones, newest first."""
        live = self._stage.last
        labels = self.labels()
        stored = [run for run in self._store.runs() if run.run_id not in labels or not labels[run.run_id].is_deleted]
        if live is None:
            return stored
        return [live.run if run.run_id == live.run.run_id else run for run in stored]

    def episodes(self, run_id: str, after: int = 0, up_to: int | None = None) -> EpisodePage:
        """The finished episodes numbered above `after`, and not above `up_to`. Raises RunNotFoundError."""
        return self._store.episodes(_known_form(run_id), after, up_to)

    def episode(self, run_id: str, episode: int) -> tuple[EpisodeSummary, EpisodeSeries]:
        """Raises RunNotFoundError or EpisodeNotFoundError."""
        return self._store.episode(_known_form(run_id), episode)

    def evaluations(self, run_id: str, after: int = 0) -> EvaluationPage:
        """The evaluations numbered above `after`. Raises RunNotFoundError."""
        return self._store.evaluations(_known_form(run_id), after)

    def evaluation(self, run_id: str, number: int) -> tuple[EvaluationSummary, EpisodeSeries]:
        """Raises RunNotFoundError or EvaluationNotFoundError."""
        return self._store.evaluation(_known_form(run_id), number)

    def actions(self, run_id: str) -> list[Action]:
        """What people did to the run, in order. Raises RunNotFoundError."""
        return self._store.actions.of_run(self.run(run_id).run_id)

    @property
    def series(self) -> SeriesStore:
        """The curves of all stored runs, for ids that `run` knows."""
        return self._store.series

    def labels(self) -> dict[str, Label]:
        """What is written on runs, by run id; deleted runs are among them."""
        return self._store.labels.labels()

    def best_validation_sharpes(self) -> dict[str, float]:
        """The highest Sharpe ratio of each run on its validation bars, by run id."""
        return self._store.labels.best_validation_sharpes()

    def write_label(
        self, run_id: str, *, name: str | None = None, tags: Sequence[str] | None = None, notes: str | None = None
    ) -> Label:
        """Change what is given and leave the rest. Raises LabelError or RunNotFoundError."""
        given: dict[str, str | tuple[str, ...] | None] = {
            "name": None if name is None else clean_name(name),
            "tags": None if tags is None else clean_tags(tags),
            "notes": None if notes is None else clean_notes(notes),
        }
        return self._label(run_id, **{field: value for field, value in given.items() if value is not None})

    def delete(self, run_id: str, by: str = COMMAND_LINE) -> Label:
        """Hide an ended run; nothing of it is erased. A run that is hidden stays so, and nothing is written down.

        Raises:
            RunNotFoundError, RunAliveError
        """
        with self._stage.changing:
            run = self.run(run_id)
            if run.status.is_alive:
                raise RunAliveError(run_id, run.status.value)
            if (label := self._store.labels.label(run_id)).is_deleted:
                return label
            self._noted(run, ActionKind.DELETE, by)
            return self._label(run_id, deleted_at=utc_now())

    def undelete(self, run_id: str, by: str = COMMAND_LINE) -> Label:
        """Show a deleted run again; of any other nothing is written down. Raises RunNotFoundError."""
        with self._stage.changing:
            run = self.run(run_id)
            if not (label := self._store.labels.label(run_id)).is_deleted:
                return label
            self._noted(run, ActionKind.UNDELETE, by)
            return self._label(run_id, deleted_at=None)

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
        label = self._store.labels.change(_known_form(run_id), **changes)
        for listener in self._label_listeners:
            listener(label)
        return label

    def _noted(self, run: Run, kind: ActionKind, by: str, step: int | None = None, **details: Any) -> Run:
        self._audit.note(run, kind, by, step, **details)
        return run

    def _command(self, run_id: str, command: Command) -> Run:
        active = self._active(run_id)
        if active is None:
            raise refusal(run_id, self.run(run_id).status, command)
        return active.obey(command)

    def _active(self, run_id: str) -> LiveRun | None:
        active = self._stage.active
        return active if active is not None and active.run.run_id == run_id else None


def _known_form(run_id: str) -> str:
    """Raises RunNotFoundError for what cannot be an id, before it reaches the database."""
    if not _RUN_ID.fullmatch(run_id):
        raise RunNotFoundError(run_id)
    return run_id
