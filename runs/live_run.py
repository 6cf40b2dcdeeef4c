"""One run while it lives: its training thread, its commands and its state. Knows no other run and no data folder."""

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from market.datasets import DatasetSplits
from runs.bus import EventBus, Listener
from runs.errors import RunNotActiveError, StorageError
from runs.evaluator import Evaluator
from runs.events import Envelope, RunProgress, RunStatus, RunStatusChanged
from runs.run import Run, apply
from runs.speed import Speedometer
from runs.store.run_store import RunStore
from runs.trainer import load_train
from training.config import RunConfig
from training.events import PolicyReady, Progress, TrainingEvent

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Command:
    """What a person may ask of a run: the statuses it is allowed in, and the status it leads to."""

    name: str
    allowed_in: tuple[RunStatus, ...]
    leads_to: RunStatus


PAUSE = Command("paused", (RunStatus.RUNNING,), RunStatus.PAUSED)
RESUME = Command("resumed", (RunStatus.PAUSED,), RunStatus.RUNNING)
STOP = Command("stopped", (RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.EVALUATING), RunStatus.STOPPING)


class LiveRun:
    """Trains in the thread "training-<run id>", which also ends the event bus, so that no thread outlives the run.

    `run` is the state after the last stored event; `_status` is ahead of it by what is still queued.
    """

    def __init__(
        self, run: Run, config: RunConfig, splits: DatasetSplits, store: RunStore, listeners: Iterable[Listener]
    ) -> None:
        self.run = run
        self._config = config
        self._data = splits.train
        self._store = store
        self._bus = EventBus(run.run_id, run.boot_id, self._record, listeners)
        self._evaluator = Evaluator(run.run_id, config, splits, self._bus.publish, store.count_validated_policies)
        self._speed = Speedometer()
        self._status = run.status
        self._status_changed = threading.Condition()  # guards _status, _stop_reason and _lost_store
        self._stop_reason: str | None = None
        self._lost_store: str | None = None
        self._thread = threading.Thread(target=self._work, name=f"training-{run.run_id}", daemon=True)

    @property
    def is_alive(self) -> bool:
        return self.run.status.is_alive

    def start(self) -> None:
        """Store the run, announce it and start training.

        Raises:
            StorageError: the run cannot be stored; nothing was started.
        """
        self._store.create(self.run)
        self._bus.start()
        first = self._bus.publish(RunStatusChanged(RunStatus.RUNNING))
        self._evaluator.start()
        self._thread.start()
        self._bus.wait_for(first)

    def obey(self, command: Command, reason: str | None = None) -> Run:
        """Change the status and return the run with it. `reason` is kept for a run that ends because of this.

        Raises:
            RunNotActiveError: the status does not allow it.
        """
        with self._status_changed:
            refuse_unless_allowed(self.run.run_id, self._status, command)
            self._stop_reason = reason
            changed = self._set_status(command.leads_to)
        if command is STOP:
            self._evaluator.cancel()
        self._bus.wait_for(changed)
        return self.run

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the end of all threads. Returns False when time ran out."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        self._thread.join(timeout_s)
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        return not self._thread.is_alive() and self._evaluator.join(left)

    def abandon(self, timeout_s: float) -> None:
        """Close the run as stopped although its thread is busy in one long step; what the step still says is lost."""
        self._end(RunStatus.STOPPED, self._stop_reason)
        self._bus.close(timeout_s)

    def _work(self) -> None:
        try:
            load_train()(self._config, self._data, self._publish, self._should_stop)
        except Exception as error:
            logger.exception("run %s failed", self.run.run_id)
            self._evaluator.cancel()
            self._end(RunStatus.FAILED, f"{type(error).__name__}: {error}")
        else:
            self._begin_evaluating()
            self._evaluator.finish()
            self._end(RunStatus.FINISHED, None)
        self._bus.close()

    def _begin_evaluating(self) -> None:
        """A pause that came too late for training is over; a stop stands."""
        with self._status_changed:
            if self._status in (RunStatus.RUNNING, RunStatus.PAUSED):
                self._set_status(RunStatus.EVALUATING)

    def _publish(self, event: TrainingEvent) -> None:
        match event:
            case Progress():
                self._bus.publish(self._timed(event))
            case PolicyReady():
                self._evaluator.offer(event)
            case _:
                self._bus.publish(event)

    def _timed(self, progress: Progress) -> RunProgress:
        self._speed.observe(progress)
        return RunProgress(progress, self._config.agent.buffer_capacity, self._speed.steps_per_s)

    def _should_stop(self) -> bool:
        status = self._status  # asked before every step: no lock while nothing is asked for
        if status is RunStatus.RUNNING:
            return False
        self._bus.flush()
        with self._status_changed:
            self._status_changed.wait_for(lambda: self._status is not RunStatus.PAUSED)
            self._speed.skip_pause()
            return self._status is not RunStatus.RUNNING

    def _end(self, status: RunStatus, reason: str | None) -> None:
        with self._status_changed:
            if not self._status.is_alive:
                return
            if status is RunStatus.FINISHED and self._status is RunStatus.STOPPING:
                status, reason = RunStatus.STOPPED, self._stop_reason
            if self._lost_store is not None:
                status, reason = RunStatus.FAILED, self._lost_store
            self._set_status(status, reason)

    def _set_status(self, status: RunStatus, reason: str | None = None) -> int:
        """The caller holds `_status_changed`, so that statuses are published in the order they are taken."""
        self._status = status
        self._status_changed.notify_all()
        return self._bus.publish(RunStatusChanged(status, reason))

    def _record(self, envelope: Envelope) -> Run:
        """The bus's thread: store the event, then let everybody see the run after it."""
        after = apply(self.run, envelope)
        try:
            self._store.record(self.run, after, envelope)
        except StorageError as error:
            self._stop_without_store(error)
            if not isinstance(envelope.event, RunStatusChanged):
                raise
            logger.exception("run %s: status %s is shown but not stored", after.run_id, after.status)
        self.run = after
        return after

    def _stop_without_store(self, error: StorageError) -> None:
        """Training whose results cannot be kept ends with its next step; this thread must not publish."""
        with self._status_changed:
            self._lost_store = self._lost_store or f"{type(error).__name__}: {error}"
            if self._status.is_alive:
                self._status = RunStatus.STOPPING
                self._status_changed.notify_all()


def refuse_unless_allowed(run_id: str, status: RunStatus, command: Command) -> None:
    """Raises RunNotActiveError, which says what the run is and when the command would do."""
    if status not in command.allowed_in:
        needed = " or ".join(allowed.value for allowed in command.allowed_in)
        raise RunNotActiveError(f"run {run_id} is {status.value}; only a {needed} run can be {command.name}")
