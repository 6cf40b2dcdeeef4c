"""Where the checkpoints of a data folder lie. Knows no database, and of a run only its id."""

import os
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

from runs.checkpoints.filesystem import FileSystem
from runs.checkpoints.format import SavedRun, Written, read_checkpoint, write_checkpoint

REFUSED = ".refused"  # ends the names of folders that are kept only for a person to look at


class Shelf:
    """One folder a run, in it one a checkpoint, named by its step. One thread at a time writes those of one run."""

    def __init__(self, folder: Path, system: FileSystem | None = None) -> None:
        self.folder = folder
        self._system = system

    def place(self, run_id: str, step: int) -> Path:
        return self.folder / run_id / str(step)

    def run_ids(self) -> set[str]:
        """The runs that have a folder here. Raises OSError."""
        return {found.name for found in self.folder.iterdir()} if self.folder.is_dir() else set()

    def write(self, saved: SavedRun) -> Written:
        """Raises OSError, and then nothing has changed."""
        return write_checkpoint(self.place(saved.run_id, saved.state.step), saved, self._system)

    def read(self, run_id: str, step: int, sha256: str) -> SavedRun:
        """Raises CheckpointError, with the reason; CheckpointVersionError where another version can read it."""
        return read_checkpoint(self.place(run_id, step), run_id, sha256)

    def remove(self, run_id: str, steps: Iterable[int]) -> None:
        for step in steps:
            shutil.rmtree(self.place(run_id, step), ignore_errors=True)

    def clear(self, run_id: str) -> None:
        """Remove all that a run has here."""
        shutil.rmtree(self.folder / run_id, ignore_errors=True)

    def set_aside(self, run_id: str, step: int) -> None:
        """Move what cannot be used out of the way of a new checkpoint of the same step. Raises OSError."""
        place = self.place(run_id, step)
        if not os.path.lexists(place):  # a link that leads nowhere is in the way too
            return
        number = sum(1 for other in place.parent.iterdir() if REFUSED in other.name)
        place.rename(place.with_name(f"{step}{REFUSED}-{number + 1}"))

    def sweep(self, run_id: str, known: Collection[int]) -> None:
        """Remove what a killed process left half done: folders without a row in the database."""
        kept = {str(step) for step in known}
        for found in (self.folder / run_id).glob("*"):
            is_half_done = found.name.isdecimal() or found.name.endswith(".part")
            if is_half_done and found.name not in kept:
                shutil.rmtree(found, ignore_errors=True)
