"""Runs in a data folder, without a server: `python -m runs resume 20261123-051200-k3f9`."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from market.data import DataError
from runs.controller import RunController
from runs.data_folder import default_data_folder
from runs.errors import RunError, RunNotActiveError
from runs.events import Envelope, Notice, NoticeLevel, RunProgress, RunStatus
from runs.run import Run
from training.config import ConfigError, RunConfig
from training.console import InputError, Reporter, StopOnInterrupt, assignment, preset_values
from training.presets import PRESETS

FAILED, USAGE_ERROR = 1, 2
WAIT_S = 0.1

Command = Callable[[RunController, argparse.Namespace], Run | None]


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code: 0 done, or stopped by Ctrl-C; 1 the run failed; 2 it could not be done."""
    options = _parser().parse_args(arguments)
    command: Command = options.command
    try:
        controller = RunController(options.data_dir or default_data_folder())
    except RunError as error:
        return _refuse(error)
    try:
        with tqdm(disable=options.json or None, unit=" steps") as bar:
            controller.subscribe(_listener(Reporter(bar, as_json=options.json)))
            run = command(controller, options)
            return 0 if run is None else _follow(controller, run.run_id)
    except (RunError, ConfigError, DataError, InputError) as error:
        return _refuse(error)
    finally:
        controller.close()


def _follow(controller: RunController, run_id: str) -> int:
    """Wait for the run's end. The first Ctrl-C or SIGTERM stops and saves it."""
    is_asked = StopOnInterrupt()
    while not controller.wait(WAIT_S):
        if is_asked():
            try:
                controller.stop(run_id)
            except RunNotActiveError:
                continue  # it is stopping already
    run = controller.run(run_id)
    reason = f": {run.reason}" if run.reason else ""
    print(f"run {run_id} is {run.status.value} at step {run.step}{reason}", file=sys.stderr)
    return FAILED if run.status is RunStatus.FAILED else 0


def _listener(report: Reporter) -> Callable[[Envelope, Run], None]:
    def listen(envelope: Envelope, run: Run) -> None:
        match envelope.event:
            case RunProgress(progress=progress):
                report(progress)
            case Notice(level=level, text=text) if level is not NoticeLevel.INFO:
                print(f"{level.value}: {text}", file=sys.stderr)
            case event:
                report(event)

    return listen


def _list(controller: RunController, options: argparse.Namespace) -> None:
    for run in controller.runs():
        saved = "not saved" if run.checkpoint_step is None else f"saved at step {run.checkpoint_step}"
        origin = f", forked from {run.parent.run_id} at step {run.parent.step}" if run.parent else ""
        print(f"{run.run_id}  {run.status.value:12} step {run.step} of {run.config['total_steps']}, {saved}{origin}")


def _list_deleted(controller: RunController, options: argparse.Namespace) -> None:
    for label in controller.labels().values():
        if label.deleted_at is not None:
            print(f"{label.run_id}  deleted {label.deleted_at:%Y-%m-%d %H:%M} UTC  {label.name}".rstrip())


def _checkpoints(controller: RunController, options: argparse.Namespace) -> None:
    for one in controller.checkpoints(options.run_id):
        sharpe = "" if one.validation_sharpe is None else f", validation Sharpe {one.validation_sharpe:.2f}"
        pinned = ", pinned" if one.is_pinned else ""
        size = one.size_bytes / 1e6
        print(f"step {one.step:>9}  after {one.episodes} episodes, {one.reason.value}, {size:.1f} MB{sharpe}{pinned}")


def _start(controller: RunController, options: argparse.Namespace) -> Run:
    values = preset_values(options.preset) | dict(map(assignment, options.set))
    return controller.start(RunConfig.from_flat(values))


def _resume(controller: RunController, options: argparse.Namespace) -> Run:
    return controller.resume(options.run_id)


def _roll_back(controller: RunController, options: argparse.Namespace) -> None:
    run = controller.roll_back(options.run_id, options.step)
    print(f"run {run.run_id} is at step {run.step}; resume it to go on")


def _fork(controller: RunController, options: argparse.Namespace) -> Run:
    run = controller.fork(options.run_id, options.step, dict(map(assignment, options.set)))
    print(f"run {run.run_id} goes on from step {options.step}", file=sys.stderr)
    return run


def _pin(controller: RunController, options: argparse.Namespace) -> None:
    controller.pin(options.run_id, options.step)
    print(f"the checkpoint at step {options.step} of run {options.run_id} stays until it is unpinned")


def _unpin(controller: RunController, options: argparse.Namespace) -> None:
    controller.pin(options.run_id, options.step, is_pinned=False)
    print(f"the checkpoint at step {options.step} of run {options.run_id} goes when its time comes")


def _delete(controller: RunController, options: argparse.Namespace) -> None:
    controller.delete(options.run_id)
    print(f"run {options.run_id} is deleted: undelete brings it back, erase removes it for good")


def _undelete(controller: RunController, options: argparse.Namespace) -> None:
    controller.undelete(options.run_id)
    print(f"run {options.run_id} is in the list of runs")


def _erase(controller: RunController, options: argparse.Namespace) -> None:
    controller.erase(options.run_id)
    print(f"run {options.run_id} is erased for good")


def _download(controller: RunController, options: argparse.Namespace) -> None:
    checkpoint = controller.checkpoint(options.run_id, options.step)
    path = _free_path(options.to, f"warmgate-{checkpoint.name}.tar")
    with controller.archive(checkpoint) as archive:
        write_new(path, archive)


def _policy(controller: RunController, options: argparse.Namespace) -> None:
    if options.step is None:
        checkpoint = controller.best_checkpoint(options.run_id)
    else:
        checkpoint = controller.checkpoint(options.run_id, options.step)
    path = _free_path(options.to, f"warmgate-{checkpoint.name}.onnx")
    write_new(path, [controller.policy(checkpoint)])


def _free_path(to: Path, name: str) -> Path:
    """Where to write a file: at `to`, or under its name where that is a folder.

    Raises:
        InputError: something is there, or there is no such folder.
    """
    try:
        path = to / name if to.is_dir() else to
        has_folder = path.parent.is_dir()
    except OSError as error:  # no name for a file at all
        raise InputError(f"{to} cannot be written: {error.strerror}") from error
    if os.path.lexists(path):
        raise InputError(f"{path} is there already and stays; --to names another file or folder")
    if not has_folder:
        raise InputError(f"{path} cannot be written: there is no folder {path.parent}")
    return path


def write_new(path: Path, pieces: Iterable[bytes]) -> None:
    """A new file, whole or not at all. Raises InputError."""
    try:
        with path.open("xb") as file:
            try:
                file.writelines(pieces)
                file.flush()
            except BaseException:
                path.unlink()
                raise
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
    print(path)


def _refuse(error: Exception) -> int:
    print(f"python -m runs: {error}", file=sys.stderr)
    return USAGE_ERROR


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data-dir", type=Path, metavar="FOLDER", help="default: warmgate in the user's data folder")
    common.add_argument("--json", action="store_true", help="print one JSON line per episode")
    parser = argparse.ArgumentParser(prog="python -m runs", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command, about: str, *positionals: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about, parents=[common])
        added.set_defaults(command=command)
        for positional in positionals:
            added.add_argument(positional, type=int if positional == "step" else str)
        return added

    setting: dict[str, Any] = {"action": "append", "default": [], "metavar": "NAME=VALUE"}
    add("list", _list, "list all runs, newest first")
    add("checkpoints", _checkpoints, "list the checkpoints of a run", "run_id")
    start = add("start", _start, "start a run")
    start.add_argument("--preset", metavar="NAME", help=f"begin with {', '.join(PRESETS.names())}")
    start.add_argument("--set", help="set a parameter", **setting)
    add("resume", _resume, "go on with a run that ended early, from its newest sound checkpoint", "run_id")
    add("rollback", _roll_back, "go back to a checkpoint, deleting what came later", "run_id", "step")
    fork = add("fork", _fork, "start a new run from a checkpoint", "run_id", "step")
    fork.add_argument("--set", help="change a parameter", **setting)
    add("pin", _pin, "keep a checkpoint until it is unpinned", "run_id", "step")
    add("unpin", _unpin, "let a checkpoint go when its time comes", "run_id", "step")
    add("deleted", _list_deleted, "list the deleted runs")
    add("delete", _delete, "hide a run that has ended", "run_id")
    add("undelete", _undelete, "show a deleted run again", "run_id")
    add("erase", _erase, "erase a deleted run for good, with its checkpoints", "run_id")
    download = add("download", _download, "write a checkpoint as a tar archive", "run_id", "step")
    policy = add(
        "policy", _policy, "write a policy as ONNX: the best on the validation bars, or else the newest", "run_id"
    )
    policy.add_argument("--step", type=int, help="that of the checkpoint at this step")
    for taking in (download, policy):
        taking.add_argument("--to", type=Path, default=Path(), metavar="PATH", help="file or folder; default: here")
    return parser


if __name__ == "__main__":
    sys.exit(main())
