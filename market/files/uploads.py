"""Files that users gave, kept in one folder under ids made from their content.

An id is the only name by which a configuration or a client can ask for a file; no path is made of anything else.
Knows no web and no run.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Collection
from pathlib import Path

from market.data import DataError, MarketData
from market.files.faults import quoted
from market.files.reader import ending_of, parse_bars

ID_FORM = re.compile(r"[0-9a-f]{32}\.(?:csv|tsv|csv\.gz|tsv\.gz|parquet)")

_PART_FORM = re.compile(r"\.[0-9a-f]{16}\.part")


def file_id(content: bytes, name: str) -> str:
    """The id of a file: half of its SHA-256 and its ending. The same bytes have the same id everywhere.

    Raises:
        FileError: (a DataError) no format has that ending.
    """
    ending, is_packed = ending_of(name)
    return hashlib.sha256(content).hexdigest()[:32] + ending + (".gz" if is_packed else "")


def keep_user_file(
    folder: Path, content: bytes, name: str, check: Callable[[MarketData], object] = lambda data: None
) -> tuple[str, MarketData]:
    """Check the file and, only if every bar is sound, keep its bytes in `folder`; returns id and bars.

    Raises:
        FileError: (a DataError) something is wrong with it, or whatever `check` raises; the folder is as it was.
        OSError: the folder cannot be written.
    """
    data = parse_bars(content, name)
    check(data)
    kept_as = file_id(content, name)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{secrets.token_hex(8)}.part"
    try:
        part.write_bytes(content)
        part.replace(folder / kept_as)  # a reader sees the whole file or none
    finally:
        part.unlink(missing_ok=True)
    return kept_as, data


def resolve_user_file(folder: Path, file_id: str) -> Path:
    """Where the file of that id lies.

    Raises:
        DataError: it is no id, whatever else it may be, or there is no such file.
    """
    if not ID_FORM.fullmatch(file_id):
        raise DataError(f"{quoted(file_id)} is not the id of an uploaded file")
    path = folder / file_id
    if path.is_symlink() or not path.is_file():
        raise DataError(f"there is no uploaded file {file_id}; upload it again")
    return path


def forget_user_files(folder: Path, used: Collection[str], before_s: float) -> list[str]:
    """Erase what was kept before that time (seconds since 1970) and is not used; returns the ids.

    Halves of files that a killed process left go too. Other files are not ours.

    Raises:
        OSError: one could not be erased.
    """
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    old = [path for path in found if path.lstat().st_mtime < before_s and path.name not in used]
    goes = [path for path in old if ID_FORM.fullmatch(path.name) or _PART_FORM.fullmatch(path.name)]
    for path in goes:
        path.unlink()
    return [path.name for path in goes]
