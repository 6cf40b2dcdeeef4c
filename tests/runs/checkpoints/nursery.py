"""Processes that train and may be killed: `python -m …nursery` imports everything once and forks one for each line.

A line is `FOLDER start CONFIG`, `FOLDER resume RUN_ID` or `FOLDER again RUN_ID` (back to the beginning, then on). It
answers `born PID` at once, and `died STATUS` after the process's end.
"""

import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from runs.controller import RunController
from runs.run import Run
from training.config import RunConfig


def start(controller: RunController, text: str) -> Run:
    return controller.start(RunConfig.from_flat(json.loads(text)))


def resume(controller: RunController, run_id: str) -> Run:
    return controller.resume(run_id)


def again(controller: RunController, run_id: str) -> Run:
    controller.roll_back(run_id, 0)
    return controller.resume(run_id)


COMMANDS: dict[str, Callable[[RunController, str], Run]] = {"start": start, "resume": resume, "again": again}


def live(line: str) -> None:
    """The whole life of a process: until the run has ended."""
    folder, command, argument = line.rstrip("\n").split(" ", 2)
    controller = RunController(Path(folder))
    COMMANDS[command](controller, argument)
    controller.wait()
    controller.close()


def main() -> None:
    for module in ("training.loop", "training.evaluation"):  # which processes would import late, each for itself
        importlib.import_module(module)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            try:
                live(line)
            finally:
                os._exit(0 if sys.exc_info()[0] is None else 1)
        print(f"born {child}", flush=True)
        print(f"died {os.waitpid(child, 0)[1]}", flush=True)


if __name__ == "__main__":
    main()
