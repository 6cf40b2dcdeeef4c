"""Erases deleted runs and unused files for good: at once where somebody asks, at the server's start when time is up.

A run is marked first, in one transaction: from there on there is no such run, and nothing brings it back. Then its
checkpoints go, which makes room on a full disk, then its rows. Whatever cuts this short, the next start goes on.
Knows no thread and no web.
"""

import logging
from datetime import datetime, timedelta

from runs.bus import utc_now
from runs.checkpoints.shelf import Shelf
from runs.errors import StorageError
from runs.store.run_store import RunStore
from runs.training_data import TrainingData

logger = logging.getLogger(__name__)

KEEP_DELETED = timedelta(days=30)
SERVER = "the server"  # did it, since the time was up


class Erasing:
    """The caller sees to it that no thread works on these runs."""

    def __init__(self, store: RunStore, shelf: Shelf, data: TrainingData) -> None:
        self._store = store
        self._shelf = shelf
        self._data = data

    def erase(self, run_id: str, who: str) -> None:
        """Raises RunNotFoundError, RunNotDeletedError, or StorageError: the next start erases what is left."""
        self._store.erasures.mark(run_id, utc_now(), who)
        logger.info("run %s is erased for good by %s", run_id, who)
        self._finish(run_id)

    def clean_up(self, keep: timedelta | None) -> None:
        """Finish what was cut short, then erase what was deleted, or uploaded and not used, longer than `keep` ago.

        Only while nothing else is at work in the data folder. What cannot be erased is left to the next start.
        """
        try:
            self._finish_all()
            if keep is not None:
                self._erase_older(utc_now() - keep)
            self._store.shrink()
        except (StorageError, OSError):
            logger.exception("what should be erased stays until the next start")

    def _finish_all(self) -> None:
        left = self._shelf.run_ids()
        for erasure in self._store.erasures.erasures():
            if erasure.run_id in left:
                self._shelf.clear(erasure.run_id)
        for run_id in self._store.erasures.unfinished():
            self._finish(run_id)

    def _erase_older(self, before: datetime) -> None:
        for run_id in self._store.erasures.expired(before):
            self.erase(run_id, SERVER)
        for file_id in self._data.forget_unused(self._store.erasures.files_in_use(), before):
            logger.info("the file %s, which no run uses, is erased", file_id)

    def _finish(self, run_id: str) -> None:
        self._shelf.clear(run_id)
        self._store.erasures.erase(run_id)
