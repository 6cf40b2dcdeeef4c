"""A checkpoint as one file to take away: an uncompressed tar of its folder. Knows no web."""

import errno
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from runs.errors import CheckpointError

BLOCK_BYTES = tarfile.BLOCKSIZE
CHUNK_BYTES = 2**20


class Archive:
    """The bytes of the tar, read while they are asked for. `close` it, whether all of them were or not.

    Its files are opened at once, so that a checkpoint which becomes superfluous meanwhile is sent whole.

    Raises:
        CheckpointError: there is no such folder, or it cannot be read.
    """

    def __init__(self, place: Path, name: str) -> None:
        """`name` is the folder's name in the tar."""
        self._open_files = ExitStack()
        self._members: list[tuple[tarfile.TarInfo, BinaryIO]] = []
        try:
            for path in sorted(place.iterdir()):
                if path.is_symlink():
                    raise OSError(errno.ELOOP, "is a link, which Warmgate never makes", path.name)
                file = self._open_files.enter_context(path.open("rb"))
                member = tarfile.TarInfo(f"{name}/{path.name}")
                member.size, member.mtime = path.stat().st_size, int(path.stat().st_mtime)
                self._members.append((member, file))
        except OSError as error:
            self.close()
            raise CheckpointError(f"{Path(error.filename or place).name}: {error.strerror}") from error

    @property
    def size_bytes(self) -> int:
        return sum(BLOCK_BYTES + _padded(member.size) for member, _ in self._members) + 2 * BLOCK_BYTES

    def __iter__(self) -> Iterator[bytes]:
        for member, file in self._members:
            yield member.tobuf(tarfile.GNU_FORMAT)
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
            file.close()
            yield bytes(_padded(member.size) - member.size)
        yield bytes(2 * BLOCK_BYTES)

    def close(self) -> None:
        self._open_files.close()


def _padded(size: int) -> int:
    return -(-size // BLOCK_BYTES) * BLOCK_BYTES
