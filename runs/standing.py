"""The status of a live run, ahead of what is stored: who may change it, who waits for it. Knows no training."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from runs.errors import RunNotActiveError
from runs.events import Notice, NoticeLevel, RunEvent, RunStatus, RunStatusChanged

RETRY_S = 5.0
SILENCE_S = 600.0  # the same trouble is said again only after this time without it


class Source(Enum):
    """What a run writes, and where trouble comes from: each has its own, and its own end of it."""

    STORE = "store"
    CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True)
class Command:
    """What a person may ask of a run: the statuses it is allowed in, and the status it leads to."""

    name: str
    allowed_in: tuple[RunStatus, ...]
    leads_to: RunStatus
    after_the_end: tuple[RunStatus, ...] = ()  # statuses in which the run is begun again to obey


PAUSE = Command("paused", (RunStatus.RUNNING,), RunStatus.PAUSED)
RESUME = Command(
    "resumed",
    (RunStatus.PAUSED,),
    RunStatus.RUNNING,
    after_the_end=(RunStatus.STOPPED, RunStatus.INTERRUPTED, RunStatus.FAILED),
)
STOP = Command("stopped", (RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.EVALUATING), RunStatus.STOPPING)


class Standing:
    """Any thread may call every method; statuses are published in the order in which they are taken."""

    def __init__(
        self,
        run_id: str,
        status: RunStatus,
        publish: Callable[[RunEvent], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.status = status  # may be read at any time
        self.stop_reason: str | None = None
        self._run_id = run_id
        self._publish = publish
        self._clock = clock
        self._changed = threading.Condition()  # guards all of this
        self._in_trouble: set[Source] = set()
        self._said: dict[Source, tuple[str, float]] = {}  # the last trouble of each, and until when it is known
        self._is_paused_by_trouble = False
        self._lost_store: str | None = None

    @property
    def is_running(self) -> bool:
        return self.status is RunStatus.RUNNING

    @property
    def has_lost_store(self) -> bool:
        return self._lost_store is not None

    def obey(self, command: Command, reason: str | None) -> int:
        """Take the command's status; returns the number of its event. `reason` is kept for a run that stops.

        Raises:
            RunNotActiveError: the status does not allow it.
        """
        with self._changed:
            if self.status not in command.allowed_in:
                raise refusal(self._run_id, self.status, command)
            self.stop_reason = reason
            self._is_paused_by_trouble = False
            return self._set(command.leads_to)

    def begin_evaluating(self) -> None:
        """A pause that came too late for training is over; a stop stands."""
        with self._changed:
            if self.status in (RunStatus.RUNNING, RunStatus.PAUSED):
                self._set(RunStatus.EVALUATING)

    def end(self, status: RunStatus, reason: str | None) -> None:
        """The last status. A run that was to stop has stopped; one whose results could not be kept has failed."""
        with self._changed:
            if not self.status.is_alive:
                return
            if status is RunStatus.FINISHED and self.status is RunStatus.STOPPING:
                status, reason = RunStatus.STOPPED, self.stop_reason
            if self._lost_store is not None:
                status, reason = RunStatus.FAILED, self._lost_store
            self._set(status, reason)

    def lose_store(self, reason: str) -> None:
        """Results cannot be kept any more: stop, without an event, since there is nowhere to store one."""
        with self._changed:
            self._lost_store = self._lost_store or reason
            if self.status.is_alive:
                self.status = RunStatus.STOPPING
                self._changed.notify_all()

    def wait_while_paused(self, is_wanted: Callable[[], bool]) -> None:
        """Until the status is another, or `is_wanted()` when somebody calls `wake`."""
        with self._changed:
            self._changed.wait_for(lambda: self.status is not RunStatus.PAUSED or is_wanted())

    def wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def pause_in_trouble(self, source: Source, trouble: str) -> bool:
        """Something could not be written: pause, and say so once. False: the run is to stop, so give it up."""
        with self._changed:
            if self.status is RunStatus.STOPPING or not self.status.is_alive:
                return False
            self._in_trouble.add(source)
            said, silent_until = self._said.get(source, ("", 0.0))
            if said != trouble or self._clock() >= silent_until:
                self._publish(Notice(NoticeLevel.ERROR, f"{trouble}. It is tried again every {RETRY_S:.0f} s."))
            self._said[source] = trouble, self._clock() + SILENCE_S
            if self.status is RunStatus.RUNNING:
                self._is_paused_by_trouble = True
                self._set(RunStatus.PAUSED, trouble)
            return True

    def wait_to_retry(self) -> None:
        """Some seconds after `pause_in_trouble`, or until somebody resumes or stops the run, who may have done so."""
        with self._changed:
            self._changed.wait_for(lambda: self.status not in (RunStatus.PAUSED, RunStatus.EVALUATING), RETRY_S)

    def end_trouble(self, source: Source) -> None:
        """It can be written again: go on, unless something else cannot, or it was a person who paused the run."""
        if source not in self._in_trouble:
            return
        with self._changed:
            self._in_trouble.discard(source)
            if self._in_trouble:
                return
            if self._is_paused_by_trouble and self.status is RunStatus.PAUSED:
                self._set(RunStatus.RUNNING)
            self._is_paused_by_trouble = False

    def _set(self, status: RunStatus, reason: str | None = None) -> int:
        """The caller holds the lock."""
        self.status = status
        self._changed.notify_all()
        return self._publish(RunStatusChanged(status, reason))


def refusal(run_id: str, status: RunStatus, command: Command) -> RunNotActiveError:
    """Says what the run is and when the command would do."""
    *others, last = (status.value for status in (*command.allowed_in, *command.after_the_end))
    needed = f"{', '.join(others)} or {last}" if others else last
    return RunNotActiveError(f"run {run_id} is {status.value}; only a {needed} run can be {command.name}")
