"""A checkpoint as one file to take away: an uncompressed tar of its folder. Knows no web."""

import os
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from io import BufferedReader
from pathlib import Path

from runs.checkpoints.format import open_checkpoint

BLOCK_BYTES = tarfile.BLOCKSIZE
CHUNK_BYTES = 2**20


class Archive:
    """The bytes of the tar, read while they are asked for. `close` it, whether all of them were or not.

    Its files are opened at once, so that a checkpoint which becomes superfluous meanwhile is sent whole, and checked
    before the first byte is.

    Raises:
        CheckpointError: it is damaged, or not there.
    """

    def __init__(self, place: Path, sha256: str, name: str) -> None:
        """`sha256` is that of its `state.json`, `name` the folder's name in the tar."""
        self._open_files = ExitStack()
        self._members: list[tuple[tarfile.TarInfo, BufferedReader]] = []
        try:
            files = open_checkpoint(place, sha256, self._open_files)
        except BaseException:
            self.close()
            raise
        for file_name, file in sorted(files.items()):
            status = os.fstat(file.fileno())
            member = tarfile.TarInfo(f"{name}/{file_name}")
            member.size, member.mtime = status.st_size, int(status.st_mtime)
            self._members.append((member, file))

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

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._open_files.close()


def _padded(size: int) -> int:
    return -(-size // BLOCK_BYTES) * BLOCK_BYTES
