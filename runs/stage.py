"""Where runs live: one at a time. Knows no data, no command line and no web."""

import logging
import threading
from collections.abc import Callable

from runs.bus import EventListeners
from runs.checkpoints.shelf import Shelf
from runs.errors import RunConflictError, RunNotActiveError, ServerStoppingError, StorageError
from runs.job import Job
from runs.live_run import LiveRun
from runs.run import Run
from runs.standing import STOP
from runs.store.run_store import RunStore

logger = logging.getLogger(__name__)

SHUTDOWN_REASON = "the server was shut down"
CLOSE_TIMEOUT_S = 3.0  # for the step in progress; the server promises to end within 5 s


class Stage:
    """Any thread may call every method.

    Whoever begins a run or changes one that has ended holds `changing` meanwhile, loading the data included.
    """

    def __init__(self, store: RunStore, shelf: Shelf, boot_id: str) -> None:
        self.changing = threading.Lock()
        self._store = store
        self._shelf = shelf
        self._boot_id = boot_id
        self.listeners = EventListeners()
        self._lock = threading.Lock()  # guards the two below, for moments
        self._last: LiveRun | None = None
        self._is_closed = False

    @property
    def last(self) -> LiveRun | None:
        """The run that is alive, or the last one that was: its end may have been shown and not stored."""
        return self._last

    @property
    def active(self) -> LiveRun | None:
        last = self._last
        return last if last is not None and last.is_alive else None

    def alive(self, run_id: str) -> LiveRun | None:
        """The run of this id, where it is the active one."""
        active = self.active
        return active if active is not None and active.run.run_id == run_id else None

    def clear(self) -> None:
        """The last run's threads end here. The caller holds `changing`.

        Raises:
            RunConflictError: it is alive.
        """
        last = self._last
        if last is not None:
            if last.is_alive:
                raise RunConflictError(last.run.run_id)
            last.join()
            self._last = None
        self._store.interrupt_alive_runs(self._boot_id)  # one whose end could not be stored

    def launch(self, prepare: Callable[[], Job]) -> Run:
        """Begin the job that `prepare` has stored the beginning of; where that fails, the run is interrupted.

        The caller holds `changing`.

        Raises:
            ServerStoppingError: nothing was prepared.
            NoThreadError
        """
        with self._lock:
            if self._is_closed:
                raise ServerStoppingError("the server is shutting down; no run was started")
            try:
                live = LiveRun(prepare(), self._store, self._shelf, self.listeners)
                self._last = live  # before anybody hears of it: they may command it at once
                live.start()
            except Exception as error:
                self._last = None
                self._interrupt(f"it could not begin: {error}")
                raise
        return live.run

    def _interrupt(self, reason: str) -> None:
        """Nobody could end a run that is stored as running and is not; `clear` does it where this fails."""
        try:
            self._store.interrupt_alive_runs(self._boot_id, reason)
        except StorageError:
            logger.exception("a run that could not begin is still stored as running")

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the last run's threads to end, if there is one. Returns False when time ran out."""
        with self._lock:  # before they are started there is nothing to wait for
            last = self._last
        return last is None or last.join(timeout_s)

    def close(self) -> bool:
        """Stop the active run and begin no other. Returns False when its thread had to be left behind."""
        with self._lock:
            self._is_closed = True
            last = self._last
        return last is None or _shut_down(last)


def _shut_down(live: LiveRun) -> bool:
    try:
        live.obey(STOP, SHUTDOWN_REASON)
    except RunNotActiveError:
        logger.debug("run %s is ending already", live.run.run_id)
    if live.join(CLOSE_TIMEOUT_S):
        return True
    live.abandon(timeout_s=1.0)
    return False
