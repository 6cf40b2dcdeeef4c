"""Many official Socket.IO clients in one process of their own, which does nothing else.

    python -m benchmarks.crowd <url>

One asyncio loop holds them all. Each line `connect <n>`, `disconnect` or `cycle <n>` on its input is obeyed and
answered with a line of JSON. Knows nothing of what the server trains.
"""

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import socketio

from benchmarks.contestant import ROOT

AT_ONCE = 10  # clients that connect side by side
WAIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Attendance:
    """What the clients saw from the moment at which all were connected until they were told to go."""

    delays_ms: list[float]  # from an episode's end to its event, of every client and episode
    seconds: float
    cpu_seconds: float  # of the clients' process

    @property
    def load(self) -> float:
        """The share of one core that the clients took."""
        return self.cpu_seconds / self.seconds


class Crowd:
    """The parent's side of the process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def connect(self, clients: int) -> None:
        """Returns when all of them are connected."""
        self._command(f"connect {clients}")

    def disconnect(self) -> Attendance:
        return Attendance(**self._command("disconnect"))

    def cycle(self, times: int) -> float:
        """Connect and disconnect so many clients, a few at once; returns the seconds it took."""
        seconds: float = self._command(f"cycle {times}")["seconds"]
        return seconds

    def _command(self, line: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the clients' process ended at {line!r}")
        return json.loads(answer)


@contextlib.contextmanager
def crowd_at(url: str) -> Iterator[Crowd]:
    """A process for clients of that server, none of them connected."""
    command = [sys.executable, "-m", "benchmarks.crowd", url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
        yield Crowd(process)  # its loop over lines ends with its input, and it with it


class _Members:
    """The child's side."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._clients: list[socketio.AsyncClient] = []
        self._delays_ms: list[float] = []
        self._since = (0.0, 0.0)  # clock and processor time at which all were connected

    async def connect(self, clients: int) -> dict[str, Any]:
        self._clients = [self._client() for _ in range(clients)]
        for first in range(0, clients, AT_ONCE):
            await asyncio.gather(*map(self._enter, self._clients[first : first + AT_ONCE]))
        self._delays_ms.clear()
        self._since = (time.perf_counter(), time.process_time())
        return {}

    async def disconnect(self) -> dict[str, Any]:
        clock, processor = self._since
        answer = {
            "delays_ms": self._delays_ms.copy(),
            "seconds": time.perf_counter() - clock,
            "cpu_seconds": time.process_time() - processor,
        }
        await asyncio.gather(*(client.disconnect() for client in self._clients))
        self._clients.clear()
        return answer

    async def cycle(self, times: int) -> dict[str, Any]:
        started = time.perf_counter()
        places = asyncio.Semaphore(AT_ONCE)

        async def come_and_go() -> None:
            async with places:
                client = self._client()
                await self._enter(client)
                await client.disconnect()

        await asyncio.gather(*(come_and_go() for _ in range(times)))
        return {"seconds": time.perf_counter() - started}

    def _client(self) -> socketio.AsyncClient:
        client = socketio.AsyncClient(reconnection=False)
        client.on("episode", self._note)
        return client

    async def _enter(self, client: socketio.AsyncClient) -> None:
        await client.connect(self._url, transports=["websocket"], wait_timeout=WAIT_S)

    def _note(self, episode: dict[str, Any]) -> None:
        ended_s = datetime.fromisoformat(episode["ended_at"]).timestamp()
        self._delays_ms.append(1_000.0 * (time.time() - ended_s))


async def _obey(url: str) -> None:
    """Until the input ends."""
    members = _Members(url)
    commands: dict[str, Callable[..., Awaitable[Any]]] = {
        "connect": members.connect,
        "disconnect": members.disconnect,
        "cycle": members.cycle,
    }
    while line := await asyncio.to_thread(sys.stdin.readline):
        name, *numbers = line.split()
        print(json.dumps(await commands[name](*map(int, numbers))), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    asyncio.run(_obey(parser.parse_args().url))
