"""The data folder: one server at a time, and clear words when it cannot be used."""

import os
from pathlib import Path

import pytest

from runs.data_folder import LOCK_NAME, DataFolder
from runs.errors import DataFolderError


def test_a_missing_folder_is_created(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "deep" / "folder") as folder:
        assert folder.path.is_dir()


def test_a_second_user_is_refused_until_the_first_is_done(tmp_path: Path) -> None:
    with DataFolder(tmp_path), pytest.raises(DataFolderError) as refusal:
        DataFolder(tmp_path)

    assert f"another Warmgate server (process {os.getpid()}) already uses {tmp_path}" in str(refusal.value)
    DataFolder(tmp_path).close()


def test_a_lock_file_left_by_a_dead_server_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).write_text("999999\n", encoding="ascii")

    DataFolder(tmp_path).close()


@pytest.mark.parametrize("below", ["", "folder"], ids=["is a file", "lies below a file"])
def test_a_folder_that_cannot_be_written_is_named_with_the_reason(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / below

    with pytest.raises(DataFolderError, match=r"cannot be written .*; choose another with --data-dir") as refusal:
        DataFolder(path)

    assert str(path) in str(refusal.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(DataFolderError, match="Permission denied"):
        DataFolder(tmp_path)
