"""The program as a user starts it, in a process of its own, asked over REST and watched from outside.

Knows nothing of what is measured.
"""

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contestant import ROOT

POLL_S = 0.2
PATIENCE_S = 30.0
TRAINING_PATIENCE_S = 120.0
SETTLED_S = 2.0  # in which no thread and no file came or went

NEVER_ENDING = {
    "total_steps": 10_000_000,
    "device": "cpu",
    "evaluate_every_episodes": 1_000_000,
    "checkpoint_every_episodes": 1_000_000,
}


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the system says that a process holds."""

    threads: int
    files: int  # descriptors, sockets among them
    memory_bytes: int  # resident


@dataclass(frozen=True, slots=True)
class Server:
    url: str  # with a slash at its end
    pid: int

    def ask(self, path: str, body: object = None) -> Any:
        """Parsed JSON of a GET, or of a POST where there is a body."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "X-Warmgate": "1"}
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers)) as response:
            return json.load(response)

    def start_run(self, config: dict[str, Any], steps: int) -> str:
        """The id of a run that has taken so many steps.

        Raises:
            TimeoutError: it did not get there.
        """
        run_id: str = self.ask("api/runs", {"config": config})["run_id"]
        deadline = time.monotonic() + TRAINING_PATIENCE_S
        while (self.progress_of(run_id) or {"step": 0})["step"] < steps:
            if time.monotonic() > deadline:
                raise TimeoutError(f"training took no {steps} steps within {TRAINING_PATIENCE_S:g} s")
            time.sleep(POLL_S)
        return run_id

    def progress_of(self, run_id: str) -> Any:
        """As the run last told it; None before that."""
        return self.ask(f"api/runs/{run_id}")["run"]["progress"]

    def holdings(self) -> Holdings:
        """As they are at this moment; Linux only."""
        own = Path("/proc") / str(self.pid)
        pages = int((own / "statm").read_text(encoding="ascii").split()[1])
        return Holdings(_entries(own / "task"), _entries(own / "fd"), pages * os.sysconf("SC_PAGE_SIZE"))

    def cpu_seconds(self) -> float:
        """Processor time of all its threads so far; Linux only."""
        fields = (Path("/proc") / str(self.pid) / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    def settled_holdings(self, after_s: float = 0.0) -> Holdings:
        """After so many seconds, once no thread and no file comes or goes, or as they are when patience ends."""
        time.sleep(after_s)
        deadline = time.monotonic() + PATIENCE_S
        held, since = self.holdings(), time.monotonic()
        while time.monotonic() - since < SETTLED_S and time.monotonic() < deadline:
            time.sleep(POLL_S)
            following = self.holdings()
            if (following.threads, following.files) != (held.threads, held.files):
                since = time.monotonic()
            held = following
        return held


@contextlib.contextmanager
def serving(data_dir: Path | None = None) -> Iterator[Server]:
    """A server on a free port; without a data folder on one that goes away with it.

    Raises:
        RuntimeError: it ended, or said no address.
    """
    with tempfile.TemporaryDirectory() as own:
        command = [sys.executable, str(ROOT / "web_app.py"), "--port", "0", "--data-dir", str(data_dir or own)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout is not None
            try:
                found = re.search(r"http://\S+/", process.stdout.readline())
                if found is None:
                    raise RuntimeError("the server printed no address")
                yield Server(found.group(), process.pid)
            finally:
                process.terminate()


def _entries(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir())
