"""What writing a checkpoint asks of the operating system. Knows no checkpoint."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CHUNK_BYTES = 2**24


@dataclass(frozen=True, slots=True)
class FileSystem:
    """The three calls whose failure half-way matters: a test hands in ones that fail."""

    write: Callable[[int, memoryview], int] = os.write
    fsync: Callable[[int], None] = os.fsync
    rename: Callable[[Path, Path], None] = os.rename

    def write_file(self, path: Path, pieces: tuple[memoryview, ...]) -> None:
        """A new file of these bytes; it survives a power cut once its folder is synchronised too."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            for piece in pieces:
                rest = piece
                while rest:
                    rest = rest[self.write(descriptor, rest[:CHUNK_BYTES]) :]
            self.fsync(descriptor)
        finally:
            os.close(descriptor)

    def synchronise(self, folder: Path) -> None:
        """What was created, renamed or removed in `folder` survives a power cut."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self.fsync(descriptor)
        finally:
            os.close(descriptor)

    def make_folder(self, folder: Path) -> None:
        """`folder` and those above it, where they are missing."""
        if not folder.is_dir():
            self.make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            self.synchronise(folder.parent)
