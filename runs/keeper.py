"""Keeps what happens in a live run, event by event, and what everybody may see of it. Knows no training."""

import logging
from collections.abc import Callable, Collection
from dataclasses import replace

from runs.bus import utc_now
from runs.checkpoints.keeping import superfluous
from runs.checkpoints.shelf import Shelf
from runs.errors import StorageBlockedError, StorageError
from runs.events import CheckpointSaved, Envelope, NoticeLevel, RunStatusChanged
from runs.run import DatedNotice, Run, apply
from runs.standing import Source, Standing
from runs.store.run_store import RunStore

logger = logging.getLogger(__name__)


class Keeper:
    """The bus's thread calls `record`; `stored` and `shown` may be read at any time."""

    def __init__(
        self, run: Run, store: RunStore, shelf: Shelf, standing: Standing, announce: Callable[[Run], None]
    ) -> None:
        """`announce` shows the run under the number of its last event."""
        self.stored = run
        self._in_trouble: Run | None = None  # shown in its place, while events cannot be stored
        self._store = store
        self._shelf = shelf
        self._standing = standing
        self._announce = announce

    @property
    def shown(self) -> Run:
        return self._in_trouble or self.stored

    def record(self, envelope: Envelope) -> Run:
        """Store the event, then let everybody see the run after it. Raises StorageError where that is given up."""
        after = apply(self.stored, envelope)
        try:
            if self._standing.has_lost_store and not isinstance(envelope.event, RunStatusChanged):
                raise StorageError("an earlier event was not stored: a checkpoint must not hide the gap")
            self._store_when_possible(after, envelope)
        except StorageError as error:
            self._standing.lose_store(f"{type(error).__name__}: {error}")
            if not isinstance(envelope.event, RunStatusChanged):
                raise
            logger.exception("run %s: status %s is shown but not stored", after.run_id, after.status)
        self.stored, self._in_trouble = after, None
        if isinstance(envelope.event, CheckpointSaved):
            self._prune(envelope.event.judged)
        return after

    def _store_when_possible(self, after: Run, envelope: Envelope) -> None:
        """Where the disk is full the run pauses, and the event waits for room, unless the run is to stop."""
        while True:
            try:
                self._store.record(self.stored, after, envelope)
            except StorageBlockedError as error:
                trouble = str(error).capitalize()
                if not self._standing.pause_in_trouble(Source.STORE, trouble):
                    raise
                self._show(trouble)
                self._standing.wait_to_retry()
            else:
                self._standing.end_trouble(Source.STORE)
                return

    def _show(self, trouble: str) -> None:
        """What is said of this trouble is in the queue behind it: show it before it can be stored."""
        said = DatedNotice(utc_now(), NoticeLevel.ERROR, trouble)
        status = self._standing.status
        self._in_trouble = replace(self.stored, status=status, reason=trouble, notices=(*self.stored.notices, said))
        self._announce(self._in_trouble)

    def _prune(self, judged: Collection[int]) -> None:
        """Only what is not needed: where this fails, the next checkpoint tries again."""
        run_id = self.stored.run_id
        try:
            gone = [checkpoint.step for checkpoint in superfluous(self._store.checkpoints.of_run(run_id), judged)]
            if gone:
                self._shelf.remove(run_id, self._store.checkpoints.forget(run_id, gone))
        except StorageError:
            logger.exception("run %s: superfluous checkpoints stay for now", run_id)
