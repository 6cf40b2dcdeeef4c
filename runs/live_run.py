"""One run while it lives: its threads, its commands and its state. Knows no other run and no data folder."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from runs.between_steps import BetweenSteps
from runs.bus import EventBus, EventListeners
from runs.changes import AcceptedChange, ChangeQueue
from runs.checkpoints.shelf import Shelf
from runs.errors import NoThreadError, StorageBlockedError
from runs.evaluator import Evaluator
from runs.events import Envelope, RunProgress, RunStatus, RunStatusChanged, SaveReason
from runs.job import Job
from runs.keeper import Keeper
from runs.run import Run
from runs.saver import Saver
from runs.speed import Speedometer
from runs.standing import STOP, Command, Standing
from runs.store.run_store import RunStore
from runs.trainer import Loop, load_training
from training.config import RunConfig
from training.events import EpisodeFinished, PolicyReady, Progress, TrainingEvent

logger = logging.getLogger(__name__)

OBEY_TIMEOUT_S = 3.0
STORE_TIMEOUT_S = 10.0


class LiveRun:
    """Trains in the thread "training-<run id>", which also ends the event bus, so that no thread outlives the run.

    `run` is the state after the last stored event; its standing is ahead of it by what is still queued.
    """

    def __init__(self, job: Job, store: RunStore, shelf: Shelf, listeners: EventListeners) -> None:
        """Its first events are queued from here on: whatever it is told to do comes after them."""
        run = job.run
        self._job: Job | None = job  # until training has begun: a saved state is large
        self._bus = EventBus(run, self._keep, listeners)
        self._first = self._bus.publish(RunStatusChanged(RunStatus.RUNNING))
        for notice in job.notices:
            self._bus.publish(notice)
        self._standing = Standing(run.run_id, RunStatus.RUNNING, self._bus.publish)
        self._keeper = Keeper(run, store, shelf, self._standing, self._bus.announce)
        self._evaluator = Evaluator(
            run.run_id,
            job.config,
            job.splits,
            self._bus.publish,
            store.count_validated_policies(),
            job.evaluations,
            job.looks,
            job.best,
        )
        in_force = RunConfig.from_flat(run.config_in_force)
        self._changes = ChangeQueue(in_force, run.pending_changes, self._bus.publish)
        self._saver = Saver(run.run_id, run.config, shelf, saved_step=0 if job.state is None else job.state.step)
        self._speed = Speedometer(0.0 if run.progress is None else run.progress.active_s)
        self._between_steps = BetweenSteps(
            run.run_id, self._standing, self._bus, self._saver, self._evaluator, self._speed
        )
        self._buffer_capacity = job.config.agent.buffer_capacity
        self._loop: Loop | None = None
        self._thread = threading.Thread(target=self._work, name=f"training-{run.run_id}", daemon=True)

    @property
    def run(self) -> Run:
        return self._keeper.shown

    @property
    def is_alive(self) -> bool:
        return self._keeper.stored.status.is_alive

    def start(self) -> None:
        """Announce the run, which is stored, and start training.

        Raises:
            NoThreadError: it has not begun; where anybody heard of it, they heard that it was interrupted too.
        """
        try:
            self._bus.start()
        except RuntimeError as error:
            raise NoThreadError(error) from error
        try:
            self._evaluator.start()
            self._thread.start()
        except RuntimeError as error:
            refusal = NoThreadError(error)
            self._interrupt(f"it could not begin: {refusal}")
            raise refusal from error
        self._bus.wait_for(self._first)

    def obey(self, command: Command, reason: str | None = None) -> Run:
        """Change the status and return the run with it, stored or not. `reason` is kept for a run that so ends.

        Raises:
            RunNotActiveError: the status does not allow it.
        """
        changed = self._standing.obey(command, reason)
        if command is STOP:
            self._evaluator.cancel()
        is_stored = self._bus.wait_for(changed, OBEY_TIMEOUT_S)
        run, status = self.run, self._standing.status
        return run if is_stored or run.status is status else replace(run, status=status, reason=None)

    def halted(self) -> Run:
        """The run once the step is over in which it was told to pause or to stop; after a while all the same."""
        if self._loop is not None:
            self._between_steps.wait_for_halt(OBEY_TIMEOUT_S)
        self._bus.wait_for(self._bus.flush(), OBEY_TIMEOUT_S)
        return self.run

    def save(self) -> int:
        """Save the run between two steps; returns how many lie behind it.

        Raises:
            RunNotActiveError: it is about to end, or did not come to the end of a step in time.
            StorageBlockedError: there is no room for it, or for what the database has to know of it.
        """
        saved = self._between_steps.saved()
        self._bus.wait_for(saved.number, STORE_TIMEOUT_S)
        newest = self._keeper.stored.checkpoint_step
        if newest is None or newest < saved.step:
            raise StorageBlockedError(
                f"the database has not taken the checkpoint at step {saved.step:,}, written to disk"
            )
        return saved.step

    def evaluate(self) -> PolicyReady:
        """Have the policy judged on the validation bars out of turn, as it is between two steps; returns it.

        Raises:
            NothingLearnedError: it is the one of the first step.
            RunNotActiveError: the run is about to end, or did not come to the end of a step in time.
        """
        return self._between_steps.policy()

    def change(self, values: Mapping[str, Any]) -> tuple[Run, AcceptedChange | None]:
        """Have the next episode begin with these values; returns the run with them among those that wait.

        No change where it begins with them anyway.

        Raises:
            ConfigError: a value out of range, or a parameter that cannot change.
            RunNotActiveError: no further episode will begin.
        """
        self._between_steps.refuse_unless_steps_follow("fork it to change its parameters")
        accepted = self._changes.request(values)
        if accepted is None or self._bus.wait_for(accepted.number, OBEY_TIMEOUT_S):
            return self.run, accepted
        return replace(self.run, pending_changes=self._changes.planned), accepted

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the end of all threads. Returns False when time ran out."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        self._thread.join(timeout_s)
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        return not self._thread.is_alive() and self._evaluator.join(left)

    def abandon(self, timeout_s: float) -> None:
        """Close the run as stopped although its thread is busy in one long step; what the step still says is lost."""
        self._standing.end(RunStatus.STOPPED, self._standing.stop_reason)
        self._bus.close(timeout_s)

    def _work(self) -> None:
        failure = self._train()
        self._between_steps.end()
        if failure is None:
            self._standing.begin_evaluating()
            self._evaluator.finish()
            self._end(RunStatus.FINISHED, None)
        else:
            self._evaluator.cancel()
            self._end(RunStatus.FAILED, failure)
        self._loop = None  # its replay buffer and its threads are over
        self._bus.close()

    def _keep(self, envelope: Envelope) -> Run:
        return self._keeper.record(envelope)

    def _interrupt(self, reason: str) -> None:
        """End what has begun of a run that has no training thread."""
        self._evaluator.cancel()
        self._standing.end(RunStatus.INTERRUPTED, reason)
        self._bus.close()
        self._evaluator.join()

    def _train(self) -> str | None:
        """Returns why it failed, if it did."""
        try:
            loop = self._loop = self._make_loop()
            if not loop.run(lambda: self._between_steps.should_stop(loop)).was_stopped:
                self._between_steps.save(loop, SaveReason.END)
        except Exception as error:
            logger.exception("run %s failed", self.run.run_id)
            return f"{type(error).__name__}: {error}"
        return None

    def _end(self, status: RunStatus, reason: str | None) -> None:
        """Take the last status when all results are stored or lost: a run that lost some has failed."""
        self._bus.wait_for(self._bus.flush(), timeout_s=None)
        self._standing.end(status, reason)

    def _make_loop(self) -> Loop:
        job, self._job = self._job, None
        assert job is not None, "a run is worked on once"
        return load_training()(job.config, job.splits.train, self._publish, job.state, self._changes.next)

    def _publish(self, event: TrainingEvent) -> None:
        match event:
            case Progress():
                self._speed.observe(event)
                speed = self._speed
                progress = RunProgress(event, self._buffer_capacity, speed.active_s, speed.steps_per_s)
                self._saver.observe(progress)
                self._bus.publish(progress)
            case PolicyReady():
                self._evaluator.offer(event)
            case _:
                self._bus.publish(event)
                if isinstance(event, EpisodeFinished):
                    self._saver.observe(event)
