"""The folder that one server at a time keeps everything in. Knows nothing of what lies in it."""

import fcntl
import os
from pathlib import Path
from types import TracebackType

import platformdirs

from runs.errors import DataFolderError

LOCK_NAME = "warmgate.lock"


def default_data_folder() -> Path:
    """`warmgate` in the user's data directory."""
    return platformdirs.user_data_path("warmgate", appauthor=False)


class DataFolder:
    """An existing, writable folder, locked until `close` or the end of the process, however it ends.

    Raises:
        DataFolderError: it cannot be created or written, or another server uses it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock_file = os.open(self.path / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except (FileExistsError, NotADirectoryError) as error:
            raise _not_writable(self.path, "it is not a folder") from error
        except OSError as error:
            raise _not_writable(self.path, error.strerror) from error
        try:
            _lock(self._lock_file, self.path)
        except DataFolderError:
            self.close()
            raise

    def close(self) -> None:
        """Release the folder; once is enough, twice does no harm."""
        if self._lock_file >= 0:
            os.close(self._lock_file)
            self._lock_file = -1

    def __enter__(self) -> "DataFolder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _lock(lock_file: int, path: Path) -> None:
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock_file, 0)
        os.write(lock_file, f"{os.getpid()}\n".encode("ascii"))
    except BlockingIOError as error:
        owner = os.read(lock_file, 20).decode("ascii", "replace").strip()
        process = f" (process {owner})" if owner else ""
        raise DataFolderError(
            f"another Warmgate server{process} already uses {path}; stop it, or choose another folder with --data-dir"
        ) from error
    except OSError as error:
        raise _not_writable(path, error.strerror) from error


def _not_writable(path: Path, reason: str | None) -> DataFolderError:
    return DataFolderError(f"the data folder {path} cannot be written ({reason}); choose another with --data-dir")
