"""Begins runs that do not begin at their first step: resumed ones and forks. Knows no command and no web."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from market.datasets import DatasetSplits
from runs.errors import CheckpointNotFoundError, RunNotActiveError
from runs.events import PlannedChange, RunStatus
from runs.history import History, Place
from runs.job import Job
from runs.run import Run
from runs.stage import Stage
from runs.standing import RESUME, refusal
from runs.store.run_store import RunStore
from training.config import RunConfig
from training.forking import forked_config

LoadData = Callable[[RunConfig], DatasetSplits]


class Continuing:
    """Any thread may call every method; `RunController` says what each of them raises."""

    def __init__(self, stage: Stage, store: RunStore, history: History, load: LoadData) -> None:
        self._stage = stage
        self._store = store
        self._history = history
        self._load = load

    def resume(self, run_id: str) -> Run:
        """A run that ended early goes on from its newest good checkpoint."""
        with self._stage.changing:
            self._stage.clear()
            run = self._store.run(run_id)
            if run.status not in RESUME.after_the_end:
                raise refusal(run_id, run.status, RESUME)
            self._store.labels.refuse_deleted(run_id)
            place = self._history.newest(run)
            config = RunConfig.from_flat(run.config)
            splits = self._loaded(config, place)
            return self._stage.launch(lambda: self._begun_again(run, place, config, splits))

    def roll_back(self, run_id: str, step: int) -> Run:
        """An ended run as it was after `step` steps, stopped."""
        with self._stage.changing:
            alive = self._stage.alive(run_id)
            if alive is not None:
                raise RunNotActiveError(f"run {run_id} is {alive.run.status.value}; stop it first")
            if self._stage.active is None:
                self._stage.clear()
            run = self._store.run(run_id)
            self._store.labels.refuse_deleted(run_id)
            place = self._history.at(run, step)
            said = f"Rolled back from step {run.step:,} to step {step:,}."
            return self._gone_back(run, place, f"rolled back to step {step:,}", said)

    def fork(self, run_id: str, step: int, changes: Mapping[str, Any]) -> Run:
        """A new run from a checkpoint of another one."""
        with self._stage.changing:
            self._stage.clear()
            parent = self._store.run(run_id)
            self._store.labels.refuse_deleted(run_id)
            place = self._history.at(parent, step).of_another_run()
            if place.checkpoint is None:
                raise CheckpointNotFoundError(run_id, step)
            config = forked_config(parent.config_at(step), changes, step)
            splits = self._loaded(config, place)

            def prepare() -> Job:
                return self._job(self._history.fork(parent, place, config), config, splits, place)

            return self._stage.launch(prepare)

    def _loaded(self, config: RunConfig, place: Place) -> DatasetSplits:
        splits = self._load(config)
        place.check_bars(splits.train)
        return splits

    def _begun_again(self, run: Run, place: Place, config: RunConfig, splits: DatasetSplits) -> Job:
        said = _resumed(run, place)
        stopped = self._gone_back(run, place, f"goes on from step {place.step:,}", said, _changes_after(run, place))
        begun = replace(stopped, status=RunStatus.RUNNING, reason=None, ended_at=None)
        return self._job(begun, config, splits, place)

    def _job(self, run: Run, config: RunConfig, splits: DatasetSplits, place: Place) -> Job:
        best, notices = self._history.best(run)
        evaluations, looks = self._store.last_evaluation(run.run_id), self._store.looks(run.run_id)
        return Job(run, config, splits, place.state, evaluations, looks, best, notices)

    def _gone_back(
        self, run: Run, place: Place, reason: str, said: str, pending: tuple[PlannedChange, ...] = ()
    ) -> Run:
        envelope, after = self._history.go_back(run, place, reason, said, pending)
        self._stage.listeners.tell(envelope, after)
        return after


def _changes_after(run: Run, place: Place) -> tuple[PlannedChange, ...]:
    """What a run that goes on from `place` must change again, where it did, and what it still had to change."""
    later = (PlannedChange(change.step, change.after) for change in run.changes if change.step >= place.step)
    return (*later, *run.pending_changes)


def _resumed(run: Run, place: Place) -> str:
    """Where, and after what; steps that no checkpoint has are taken again."""
    why = f"{run.status.value}: {run.reason}" if run.reason else run.status.value
    lost = f"; the steps up to {run.step:,} are taken again" if place.step < run.step else ""
    return f"Resumed at step {place.step:,}{lost} ({why})."
