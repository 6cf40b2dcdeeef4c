"""One checkpoint on disk: a folder of `state.json`, `weights.safetensors` and one `.npy` for each array.

docs/checkpoints.md describes it for other programs. Knows no database, no thread and no other checkpoint.
"""

import hashlib
import io
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from runs.checkpoints.filesystem import FileSystem
from runs.errors import CheckpointError, CheckpointVersionError
from training.state import TrainingState

FORMAT_VERSION = 2  # 1 had the moments of both critics in one vector
STATE, WEIGHTS = "state.json", "weights.safetensors"
LIBRARIES = ("torch", "numpy", "numba", "scipy")  # other versions of these may compute other bits

_FILE_NAME = re.compile(r"[a-z0-9_]+\.(?:npy|safetensors)")
_OF_STATE: dict[str, type] = {
    "format": int,
    "run_id": str,
    "step": int,
    "episodes": int,
    "config": dict,
    "config_sha256": str,
    "libraries": dict,
    "state": dict,
    "files": dict,
}
_OF_FILE: dict[str, type] = {"sha256": str, "bytes": int}
_KINDS = {int: "a whole number", str: "a text", dict: "an object"}


@dataclass(frozen=True, slots=True)
class SavedRun:
    """What a checkpoint holds: a run's configuration and the state of its training."""

    run_id: str
    config: Mapping[str, Any]  # flat
    state: TrainingState


@dataclass(frozen=True, slots=True)
class Written:
    """`sha256` is that of `state.json`, which holds those of all other files."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _File:
    sha256: str
    bytes: int


def write_checkpoint(place: Path, saved: SavedRun, system: FileSystem | None = None) -> Written:
    """Write the folder beside `place`, then rename it: `place` is whole or not there, at any moment.

    Raises:
        OSError: it could not be written, or there is something at `place`; nothing new is left behind.
    """
    system = system or FileSystem()
    if place.exists():
        raise FileExistsError(f"{place} is there already")
    system.make_folder(place.parent)
    part = place.parent / f".{place.name}-{secrets.token_hex(4)}.part"
    part.mkdir()
    try:
        written = _write_files(part, saved, system)
        system.synchronise(part)
        system.rename(part, place)
        system.synchronise(place.parent)
    except BaseException:
        for left in (part, place):
            shutil.rmtree(left, ignore_errors=True)
        raise
    return written


def read_checkpoint(place: Path, run_id: str, sha256: str) -> SavedRun:
    """Read everything back after checking every byte of it against `sha256`, that of `state.json`.

    Raises:
        CheckpointVersionError: another version wrote it.
        CheckpointError: it is damaged or another run's; the message says which.
    """
    with _as_checkpoint_error(place), ExitStack() as opened:
        head = _read_head(place, sha256)
        _check_origin(head, run_id)
        files = _open_files(place, head, opened)
        weights = safetensors.numpy.load(files.pop(WEIGHTS).read())
        arrays = {Path(name).stem: np.load(file, allow_pickle=False) for name, file in files.items()}
        state = TrainingState(head["step"], head["episodes"], head["state"], weights, arrays)
    return SavedRun(run_id, head["config"], state)


def open_checkpoint(place: Path, sha256: str, opened: ExitStack) -> dict[str, io.BufferedReader]:
    """Its files by name, each at its beginning, after every byte was checked as `read_checkpoint` does.

    Whichever version wrote it, and whatever else lies in the folder.

    Raises:
        CheckpointError: it is damaged; what was opened until then is in `opened`.
    """
    with _as_checkpoint_error(place):
        head = _read_head(place, sha256)
        return {STATE: opened.enter_context(_open(place / STATE)), **_open_files(place, head, opened)}


def hash_of(config: Mapping[str, Any]) -> str:
    """SHA-256 of a flat configuration, the same for the same values in any order."""
    return hashlib.sha256(json.dumps(dict(config), sort_keys=True, allow_nan=False).encode()).hexdigest()


def other_libraries(place: Path) -> list[str]:
    """The libraries that computed this checkpoint in another version than the one installed: "torch 2.9.1"."""
    used = json.loads((place / STATE).read_bytes())["libraries"]
    return [f"{name} {used.get(name, '(not told)')}" for name in LIBRARIES if used.get(name) != version(name)]


def _write_files(part: Path, saved: SavedRun, system: FileSystem) -> Written:
    weights = {name: np.asarray(array, order="C") for name, array in saved.state.weights.items()}
    contents: dict[str, tuple[memoryview, ...]] = {WEIGHTS: (memoryview(safetensors.numpy.save(weights)),)}
    contents |= {f"{name}.npy": _npy(array) for name, array in saved.state.arrays.items()}
    files = {name: _describe(pieces) for name, pieces in contents.items()}
    contents[STATE] = (memoryview(_head(saved, files)),)
    for name, pieces in contents.items():
        assert name == STATE or _FILE_NAME.fullmatch(name), f"{name!r} would not be read back"
        system.write_file(part / name, pieces)
    head = _describe(contents[STATE])
    return Written(head.sha256, sum(file.bytes for file in (head, *files.values())))


def _head(saved: SavedRun, files: Mapping[str, _File]) -> bytes:
    head = {
        "format": FORMAT_VERSION,
        "run_id": saved.run_id,
        "step": saved.state.step,
        "episodes": saved.state.episodes,
        "config": dict(saved.config),
        "config_sha256": hash_of(saved.config),
        "libraries": {name: version(name) for name in LIBRARIES},
        "state": saved.state.values,
        "files": {name: asdict(file) for name, file in files.items()},
    }
    return json.dumps(head, indent=1, allow_nan=False).encode()


@contextmanager
def _as_checkpoint_error(place: Path) -> Iterator[None]:
    """Names no folder: the message is shown to browsers."""
    try:
        yield
    except OSError as error:
        raise CheckpointError(f"{Path(error.filename or place).name}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, SafetensorError) as error:
        raise CheckpointError(f"it is not a checkpoint of this form: {error!r}") from error


def _read_head(place: Path, sha256: str) -> dict[str, Any]:
    """What `state.json` says, whichever version wrote it."""
    if place.is_symlink():
        raise CheckpointError("its folder is a link, which Warmgate never makes")
    with _open(place / STATE) as file:
        text = file.read()
    if hashlib.sha256(text).hexdigest() != sha256:
        raise CheckpointError(f"{STATE} is not the one that was written: it is damaged, or from somewhere else")
    head: dict[str, Any] = json.loads(text)
    _check_members(STATE, head, {name: _OF_STATE[name] for name in ("format", "files")})
    return head


def _check_origin(head: Mapping[str, Any], run_id: str) -> None:
    """Raises CheckpointError unless this version wrote it, of this run, with all that belongs to it."""
    if head["format"] != FORMAT_VERSION:
        age = "a later" if head["format"] > FORMAT_VERSION else "an earlier"
        raise CheckpointVersionError(
            f"{age} version of Warmgate wrote it (format {head['format']}, this one knows {FORMAT_VERSION})"
        )
    _check_members(STATE, head, _OF_STATE)
    if head["run_id"] != run_id:
        raise CheckpointError(f"it belongs to run {head['run_id']}")
    if hash_of(head["config"]) != head["config_sha256"]:
        raise CheckpointError("its configuration does not have the hash that stands beside it")
    if WEIGHTS not in head["files"]:
        raise CheckpointError(f"{STATE}, files has no {WEIGHTS!r}")


def _check_members(where: str, found: Any, needed: Mapping[str, type]) -> None:
    """Raises CheckpointError with the name of the first member that is missing or of another type."""
    if not isinstance(found, dict):
        raise CheckpointError(f"{where} is not an object")
    for name, kind in needed.items():
        if name not in found:
            raise CheckpointError(f"{where} has no {name!r}")
        if not isinstance(found[name], kind):
            raise CheckpointError(f"{where} has a {name!r} that is not {_KINDS[kind]}")


def _open_files(place: Path, head: Mapping[str, Any], opened: ExitStack) -> dict[str, io.BufferedReader]:
    """All but `state.json`, each at its beginning and whole. Raises CheckpointError and OSError."""
    files: dict[str, io.BufferedReader] = {}
    for name, given in head["files"].items():
        if not _FILE_NAME.fullmatch(name):
            raise CheckpointError(f"{name!r} is not a file of the checkpoint")
        _check_members(f"{STATE}, files, {name}", given, _OF_FILE)
        files[name] = opened.enter_context(_open(place / name))
        _check(files[name], name, _File(given["sha256"], given["bytes"]))
    return files


def _open(path: Path) -> io.BufferedReader:
    if path.is_symlink():
        raise CheckpointError(f"{path.name} is a link, which Warmgate never makes")
    return path.open("rb")


def _check(file: io.BufferedReader, name: str, expected: _File) -> None:
    """Raises CheckpointError unless it is whole."""
    size = os.fstat(file.fileno()).st_size
    if size != expected.bytes:
        raise CheckpointError(f"{name} has {size} bytes, not {expected.bytes}")
    if hashlib.file_digest(file, "sha256").hexdigest() != expected.sha256:
        raise CheckpointError(f"{name} is damaged: its SHA-256 is another")
    file.seek(0)


def _npy(array: NDArray[Any]) -> tuple[memoryview, ...]:
    """Header and numbers, the latter without a copy where they lie row by row already."""
    in_order = np.asarray(array, order="C")
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(in_order))
    return memoryview(header.getvalue()), in_order.reshape(-1).view(np.uint8).data


def _describe(pieces: tuple[memoryview, ...]) -> _File:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return _File(digest.hexdigest(), sum(piece.nbytes for piece in pieces))
