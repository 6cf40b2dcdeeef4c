"""Runs one contestant in a process of its own, so that no library's threads disturb another's.

The child answers each line `<n>` with the seconds that n pieces of work took.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[1]

Work = Callable[[int], float]  # does so many pieces of work and returns the seconds they took


class Contestant:
    """A child process `python -m <module> --serve <arguments>`, ended with the `with` block."""

    def __init__(self, module: str, *arguments: str, python: str = sys.executable) -> None:
        self._name = " ".join(arguments)
        self._child = subprocess.Popen(
            [python, "-m", module, "--serve", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def work(self, pieces: int) -> float:
        """Let it do so many pieces; returns its seconds.

        Raises:
            RuntimeError: the child ended.
        """
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(f"{pieces}\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline()
        if not answer:
            raise RuntimeError(f"the contestant {self._name} ended")
        return float(answer)

    def __enter__(self) -> "Contestant":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.close()  # its loop over lines ends, and it with it
        try:
            self._child.wait(10.0)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child.stdout.close()


def serve(work: Work) -> None:
    """The child's side, until its input ends."""
    for line in sys.stdin:
        print(work(int(line)), flush=True)


def timed(piece: Callable[[], object]) -> Work:
    """`piece`, so many times, by the clock."""

    def work(pieces: int) -> float:
        started = time.perf_counter()
        for _ in range(pieces):
            piece()
        return time.perf_counter() - started

    return work
