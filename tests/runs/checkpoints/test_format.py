"""A checkpoint on disk: it comes back to the bit, it is whole or not there, and a changed byte is found."""

import contextlib
import errno
import hashlib
import itertools
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runs.checkpoints.archive import Archive
from runs.checkpoints.filesystem import FileSystem
from runs.checkpoints.format import (
    FORMAT_VERSION,
    LIBRARIES,
    STATE,
    WEIGHTS,
    SavedRun,
    Written,
    other_libraries,
    read_checkpoint,
    write_checkpoint,
)
from runs.checkpoints.shelf import Shelf
from runs.errors import CheckpointError, CheckpointVersionError
from tests.runs.helpers import RUN_ID
from training.state import TrainingState

ROOT = Path(__file__).parents[3]


def saved(step: int = 100, rows: int = 50) -> SavedRun:
    """Numbers that a lossy format would change, in every shape and type that a run has."""
    rng = np.random.default_rng(step)
    episode = np.zeros(7, dtype=[("time_ms", "i8"), ("price", "f8"), ("gated", "?")])
    episode["price"] = rng.normal(size=7)
    state = TrainingState(
        step=step,
        episodes=3,
        values={"random": 2**127 + step, "sum": 0.1 + 0.2, "tiny": 5e-324, "phase": "learning", "none": None},
        weights={
            "log_alpha": np.array(-0.5, np.float32),
            "actor.0": rng.normal(size=(4, 3)).astype(np.float32),
            "moment": rng.normal(size=(2, 5)).astype(np.float64).T,
        },
        arrays={
            "replay_observations": rng.normal(size=(rows, 15)).astype(np.float32)[: rows - 1],
            "replay_terminated": rng.random(rows) < 0.5,
            "replay_none": np.empty((0, 3), np.float32),
            "episode": episode,
        },
    )
    return SavedRun(RUN_ID, {"seed": 1, "learning_rate": 3e-4, "data_file": None}, state)


def assert_same(found: SavedRun, expected: SavedRun) -> None:
    assert (found.run_id, found.config) == (expected.run_id, expected.config)
    assert (found.state.step, found.state.episodes) == (expected.state.step, expected.state.episodes)
    assert found.state.values == expected.state.values
    for kind in ("weights", "arrays"):
        ours, theirs = getattr(found.state, kind), getattr(expected.state, kind)
        assert ours.keys() == theirs.keys()
        for name, array in theirs.items():
            assert (ours[name].dtype, ours[name].shape) == (array.dtype, array.shape), name
            assert ours[name].tobytes() == array.tobytes(), name


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints" / RUN_ID / "100"


def test_everything_comes_back_to_the_bit(place: Path) -> None:
    written = write_checkpoint(place, saved())

    assert_same(read_checkpoint(place, RUN_ID, written.sha256), saved())
    assert written.size_bytes == sum(file.stat().st_size for file in place.iterdir())
    assert list(place.parent.iterdir()) == [place]


def test_the_same_state_has_the_same_bytes(place: Path) -> None:
    assert write_checkpoint(place, saved()) == write_checkpoint(place.with_name("again"), saved())


def test_what_is_there_is_not_overwritten(place: Path) -> None:
    written = write_checkpoint(place, saved(100))

    with pytest.raises(FileExistsError, match="is there already"):
        write_checkpoint(place, saved(200))

    assert_same(read_checkpoint(place, RUN_ID, written.sha256), saved(100))


def test_other_programs_can_read_it(place: Path) -> None:
    write_checkpoint(place, saved())
    program = (
        "import json, sys, numpy; from safetensors.numpy import load_file; from pathlib import Path\n"
        "place = Path(sys.argv[1]); json.loads((place / 'state.json').read_text())\n"
        "load_file(place / 'weights.safetensors')\n"
        "[numpy.load(path, allow_pickle=False) for path in place.glob('*.npy')]"
    )

    subprocess.run([sys.executable, "-c", program, place], check=True, cwd="/")


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def link_elsewhere(path: Path) -> None:
    elsewhere = path.parent.parent / "elsewhere"
    shutil.copy(path, elsewhere)
    path.unlink()
    path.symlink_to(elsewhere)


@pytest.mark.parametrize("harm", [truncate, flip_a_bit, Path.unlink, link_elsewhere])
@pytest.mark.parametrize("name", [WEIGHTS, "replay_observations.npy", "replay_none.npy", "episode.npy"])
def test_harm_to_any_file_is_found_and_named(place: Path, name: str, harm: Callable[[Path], None]) -> None:
    written = write_checkpoint(place, saved())
    harm(place / name)

    with pytest.raises(CheckpointError, match=name) as refusal:
        read_checkpoint(place, RUN_ID, written.sha256)
    assert str(place) not in str(refusal.value)  # nobody else's business, and it is shown to browsers


@pytest.mark.parametrize("harm", [truncate, flip_a_bit, Path.unlink])
def test_harm_to_the_head_is_found(place: Path, harm: Callable[[Path], None]) -> None:
    written = write_checkpoint(place, saved())
    harm(place / STATE)

    with pytest.raises(CheckpointError, match=STATE):
        read_checkpoint(place, RUN_ID, written.sha256)


def rewritten(place: Path, **changes: Any) -> str:
    """The head with other members, under a hash that fits: what another program or another run would leave."""
    text = json.dumps(json.loads((place / STATE).read_text()) | changes)
    (place / STATE).write_text(text)
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": FORMAT_VERSION + 1}, r"a later version of Warmgate wrote it \(format 3, this one knows 2\)"),
        ({"format": FORMAT_VERSION - 1}, r"an earlier version of Warmgate wrote it \(format 1, this one knows 2\)"),
        ({"run_id": "20260101-000000-aaaa"}, "it belongs to run 20260101-000000-aaaa"),
        ({"config": {"seed": 2}}, "its configuration does not have the hash"),
        ({"files": {"../../x.npy": {"sha256": "", "bytes": 0}, WEIGHTS: {}}}, "is not a file of the checkpoint"),
        ({"files": {WEIGHTS: {"bytes": 0}}}, f"state.json, files, {WEIGHTS} has no 'sha256'"),
        ({"files": {WEIGHTS: None}}, f"state.json, files, {WEIGHTS} is not an object"),
        ({"files": {}}, f"state.json, files has no '{WEIGHTS}'"),
        ({"files": None}, "state.json has a 'files' that is not an object"),
        ({"format": "2"}, "state.json has a 'format' that is not a whole number"),
        ({"step": 1.5}, "state.json has a 'step' that is not a whole number"),
    ],
)
def test_a_foreign_or_later_checkpoint_is_refused(place: Path, changes: dict[str, Any], message: str) -> None:
    write_checkpoint(place, saved())

    with pytest.raises(CheckpointError, match=message):
        read_checkpoint(place, RUN_ID, rewritten(place, **changes))


HEAD = {"format", "run_id", "step", "episodes", "config", "config_sha256", "libraries", "state", "files"}


@pytest.mark.parametrize("name", sorted(HEAD))
def test_a_missing_member_is_named(place: Path, name: str) -> None:
    write_checkpoint(place, saved())
    head = json.loads((place / STATE).read_text())
    assert head.keys() == HEAD
    del head[name]
    text = json.dumps(head)
    (place / STATE).write_text(text)

    with pytest.raises(CheckpointError, match=f"^state.json has no '{name}'$"):
        read_checkpoint(place, RUN_ID, hashlib.sha256(text.encode()).hexdigest())


@pytest.mark.parametrize("version", [FORMAT_VERSION - 1, FORMAT_VERSION + 1])
def test_another_versions_checkpoint_is_told_from_a_damaged_one(place: Path, version: int) -> None:
    write_checkpoint(place, saved())
    sha256 = rewritten(place, format=version, config="in another form")

    with pytest.raises(CheckpointVersionError):
        read_checkpoint(place, RUN_ID, sha256)
    with Archive(place, sha256, "taken") as archive:  # it is whole, and its own version can use it
        assert len(b"".join(archive)) == archive.size_bytes


def test_a_folder_that_is_a_link_is_refused(place: Path, tmp_path: Path) -> None:
    written = write_checkpoint(place, saved())
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")

    for use in (
        lambda: read_checkpoint(place, RUN_ID, written.sha256),
        lambda: Archive(place, written.sha256, "taken"),
    ):
        with pytest.raises(CheckpointError, match="its folder is a link, which Warmgate never makes"):
            use()


@pytest.mark.parametrize("harm", [truncate, flip_a_bit, Path.unlink, link_elsewhere])
@pytest.mark.parametrize("name", [STATE, WEIGHTS, "episode.npy"])
def test_a_damaged_checkpoint_is_not_taken_away(place: Path, name: str, harm: Callable[[Path], None]) -> None:
    written = write_checkpoint(place, saved())
    harm(place / name)

    with pytest.raises(CheckpointError, match=name):
        Archive(place, written.sha256, "taken")  # a file left open would be a warning, and fail this test


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_in_the_way_is_set_aside(tmp_path: Path, is_there: bool) -> None:
    shelf = Shelf(tmp_path / "checkpoints")
    place, elsewhere = shelf.place(RUN_ID, 100), tmp_path / "elsewhere"
    place.parent.mkdir(parents=True)
    if is_there:
        elsewhere.mkdir()
    place.symlink_to(elsewhere)

    shelf.set_aside(RUN_ID, 100)

    assert place.with_name("100.refused-1").readlink() == elsewhere
    assert shelf.read(RUN_ID, 100, shelf.write(saved()).sha256).state.step == 100


def test_a_pickle_is_never_loaded(place: Path) -> None:
    harmful = replace(saved().state, arrays={"replay": np.array([{"any": "object"}], dtype=object)})

    with pytest.raises((TypeError, ValueError)):
        write_checkpoint(place, replace(saved(), state=harmful))

    assert list(place.parent.iterdir()) == []


def test_libraries_of_another_version_are_named(place: Path) -> None:
    write_checkpoint(place, saved())
    assert other_libraries(place) == []

    rewritten(place, libraries={name: version(name) for name in LIBRARIES[1:-1]} | {"torch": "1.0"})

    assert other_libraries(place) == ["torch 1.0", "scipy (not told)"]


class Failing:
    """A file system whose N-th call of any kind fails, as on a full disk or a broken one."""

    def __init__(self, fails_at: int) -> None:
        self.calls = 0
        self.fails_at = fails_at
        self.system = FileSystem(self._wrap(os.write), self._wrap(os.fsync), self._wrap(os.rename))

    def _wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            self.calls += 1
            if self.calls == self.fails_at:
                if call is os.write:
                    os.write(arguments[0], arguments[1][:3])  # some bytes got through before the disk was full
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return call(*arguments)

        return counted


def test_whichever_call_fails_the_state_is_the_old_or_the_new_one(place: Path) -> None:
    """Every write, fsync and rename of one checkpoint fails once; afterwards the same checkpoint can be written."""
    old = write_checkpoint(place, saved(100))
    newer = place.with_name("200")
    new: Written | None = None
    failing = Failing(0)
    for fails_at in itertools.count(1):
        failing = Failing(fails_at)
        with contextlib.suppress(OSError):
            new = write_checkpoint(newer, saved(200), failing.system)
        if new is not None:
            break
        assert failing.calls == fails_at
        assert list(place.parent.iterdir()) == [place]  # no trace of the new one
        assert_same(read_checkpoint(place, RUN_ID, old.sha256), saved(100))

    assert failing.calls == 6 * 2 + 3 + 3  # six files, a header for three of them, two folders and a rename
    assert new is not None
    assert_same(read_checkpoint(newer, RUN_ID, new.sha256), saved(200))
    assert_same(read_checkpoint(place, RUN_ID, old.sha256), saved(100))


def test_a_write_that_takes_only_part_is_continued(place: Path) -> None:
    def write_a_little(descriptor: int, content: memoryview) -> int:
        return os.write(descriptor, content[:100])

    written = write_checkpoint(place, saved(), FileSystem(write=write_a_little))

    assert_same(read_checkpoint(place, RUN_ID, written.sha256), saved())


@pytest.mark.parametrize("limit_bytes", [0, 10, 1_000, 3_000])
def test_the_operating_systems_own_limit_leaves_nothing_behind(place: Path, limit_bytes: int) -> None:
    old = write_checkpoint(place, saved(100))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_checkpoint(place.with_name("200"), saved(200))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert list(place.parent.iterdir()) == [place]
    assert_same(read_checkpoint(place, RUN_ID, old.sha256), saved(100))


def test_a_full_device_leaves_nothing_behind(place: Path) -> None:
    def write_to_a_full_device(descriptor: int, content: memoryview) -> int:
        full = os.open("/dev/full", os.O_WRONLY)
        try:
            return os.write(full, content)
        finally:
            os.close(full)

    with pytest.raises(OSError, match="No space left on device"):
        write_checkpoint(place, saved(), FileSystem(write=write_to_a_full_device))

    assert list(place.parent.iterdir()) == []


@pytest.mark.parametrize("kibibytes", [8, 16, 40, 80])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, kibibytes: int) -> None:
    """A real file system of a few blocks, where this machine lets us mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root may mount a file system")
    try:
        place = disk / RUN_ID / "100"
        with pytest.raises(OSError, match="No space left on device"):
            write_checkpoint(place, saved(rows=2_000))
        assert list(disk.rglob("*")) in ([], [place.parent])
        small = write_checkpoint(place, replace(saved(), state=replace(saved().state, arrays={}, weights={})))
        assert isinstance(small, Written)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
