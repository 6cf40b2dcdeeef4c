"""What many open dashboards cost: training speed, delivery, and what the server holds when they are gone.

    python -m benchmarks.dashboard_load

1. Speed: one run trains in the server while 50 official Socket.IO clients, in one process beside it, come and go.
   Rounds alternate between none and all; steps a second are those between the ends of episodes in the database.
2. Delivery: in the same rounds, from the end of an episode to its event in each client, by the machine's clock.
3. Coming and going: threads, files and memory of the server, from /proc, before and after 2,000 connections.
4. Stalled readers: ten bare WebSockets that greet and never read again, while a run ends episodes as fast as it can.

Writes into docs/performance.md; `--dry` prints only.
"""

import argparse
import contextlib
import math
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import torch

from benchmarks.crowd import Attendance, Crowd, crowd_at
from benchmarks.report import circumstances, write_section
from benchmarks.server import Holdings, Server, serving
from learner.devices import thread_count
from tests.web.raw import frame_head, raw_websocket
from web.websocket import LiveLimits

CLIENTS = 50
EPISODE_STEPS = {256: 15, 64: 100}  # by hidden units; about four episodes a second
WARMUP_STEPS = 300
WINDOW_S = 6.0  # of one measurement of speed
CALM_S = 1.0  # after clients came or went
FIRST_CYCLES = 200  # bring every pool and arena of the server to its size
GONE_S = LiveLimits().ping_interval_s + 1.0  # a thread that was to ping a client sleeps so long after it is gone
STALLED = 10
STALLED_LIMIT_S = 120.0
POLL_S = 0.2
MB = 1e6

SLOWED_GOAL_PCT, DELAY_GOAL_MS, MEMORY_GOAL_PCT = 3.0, 100.0, 5.0

NEVER_ENDING = {
    "total_steps": 10_000_000,
    "device": "cpu",
    "evaluate_every_episodes": 1_000_000,
    "checkpoint_every_episodes": 1_000_000,
}
BUFFER_CAPACITY = 1_000
FLOOD = NEVER_ENDING | {
    "no_trading_warmup_steps": 10_000_000,
    "episode_bars": 10,
    "hidden_units": 16,
    "buffer_capacity": BUFFER_CAPACITY,
}


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the machine's clock, in which nobody or everybody was connected."""

    start_s: float
    end_s: float

    def rate(self, ends_s: list[float], episode_steps: int) -> float:
        """Steps a second between the first and the last end of an episode in it."""
        inside = [end for end in ends_s if self.start_s <= end <= self.end_s]
        if len(inside) < 2:
            raise RuntimeError(f"only {len(inside)} episodes ended in {WINDOW_S:g} s: the machine is too slow or busy")
        return (len(inside) - 1) * episode_steps / (inside[-1] - inside[0])


@dataclass(frozen=True, slots=True)
class Speeds:
    """Steps a second round by round, without and with the clients, and what those saw."""

    alone: list[float]
    watched: list[float]
    attendances: list[Attendance]

    @property
    def slowed_pct(self) -> float:
        pairs = zip(self.watched, self.alone, strict=True)
        return 100.0 * (1.0 - statistics.median(mine / base for mine, base in pairs))

    @property
    def delays_ms(self) -> list[float]:
        return sorted(delay for one in self.attendances for delay in one.delays_ms)

    @property
    def load(self) -> float:
        return statistics.median(one.load for one in self.attendances)


@dataclass(frozen=True, slots=True)
class Stall:
    """The server before, at its fullest and after."""

    before: Holdings
    peak: Holdings
    after: Holdings
    seconds: float  # until the last stalled reader's threads were gone
    events: int  # that were sent to each meanwhile

    @property
    def is_over(self) -> bool:
        return self.after.threads <= self.before.threads


def main() -> None:
    options = _parser().parse_args()
    heading = f"{circumstances()}, PyTorch {torch.__version__}; {options.rounds} alternating rounds."
    sections = [_speed_table({hidden: _measure_speeds(hidden, options.rounds) for hidden in EPISODE_STEPS})]
    with serving() as server:
        sections.append(_cycles_table(options.cycles, *_measure_cycles(server, options.cycles)))
        sections.append(_stall_table(_measure_stall(server)))
    text = "\n\n".join([heading, *("\n".join(lines) for lines in sections)])
    print(text)
    if not options.dry:
        write_section("dashboard_load", text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--cycles", type=int, default=2_000)
    parser.add_argument("--dry", action="store_true", help="print, and leave the document as it is")
    return parser


def _measure_speeds(hidden: int, rounds: int) -> Speeds:
    length = EPISODE_STEPS[hidden]
    config = {"hidden_units": hidden, "no_trading_warmup_steps": WARMUP_STEPS, "episode_bars": length}
    with serving() as server, crowd_at(server.url) as crowd:
        run_id = _start(server, NEVER_ENDING | config, WARMUP_STEPS + 2 * length)
        alone, watched = [], []
        attendances: list[Attendance] = []
        for _ in range(rounds):
            alone.append(_window())
            with _everybody(crowd, attendances):
                watched.append(_window())
        found = server.ask(f"api/runs/{run_id}/episodes")["episodes"]
    ends_s = [datetime.fromisoformat(episode["ended_at"]).timestamp() for episode in found]
    before, beside = ([window.rate(ends_s, length) for window in windows] for windows in (alone, watched))
    return Speeds(before, beside, attendances)


@contextlib.contextmanager
def _everybody(crowd: Crowd, attendances: list[Attendance]) -> Iterator[None]:
    crowd.connect(CLIENTS)
    yield
    attendances.append(crowd.disconnect())


def _window() -> Window:
    time.sleep(CALM_S)
    start_s = time.time()
    time.sleep(WINDOW_S)
    return Window(start_s, time.time())


def _start(server: Server, config: dict[str, Any], steps: int) -> str:
    """The id of a run that has taken so many steps."""
    run_id: str = server.ask("api/runs", {"config": config})["run_id"]
    _wait_until(lambda: _steps_of(server, run_id) >= steps, 120.0)
    return run_id


def _steps_of(server: Server, run_id: str) -> int:
    run = server.ask(f"api/runs/{run_id}")["run"]
    return 0 if run["progress"] is None else int(run["progress"]["step"])


def _measure_cycles(server: Server, cycles: int) -> tuple[Holdings, Holdings, float]:
    """The server before and after so many clients came and went, and the seconds they took."""
    with crowd_at(server.url) as crowd:
        crowd.cycle(FIRST_CYCLES)
        before = server.settled_holdings(GONE_S)
        seconds = crowd.cycle(cycles)
        return before, server.settled_holdings(GONE_S), seconds


def _measure_stall(server: Server) -> Stall:
    """Of a server that nobody is connected to, but was."""
    run_id = _start(server, FLOOD, BUFFER_CAPACITY)
    before = server.settled_holdings()
    first, started = _sequence_of(server, run_id), time.monotonic()
    readers = [_stalled_reader(server) for _ in range(STALLED)]
    peak = _fullest(server, before.threads)
    seconds, events = time.monotonic() - started, _sequence_of(server, run_id) - first
    after = server.settled_holdings()
    for reader in readers:
        reader.close()
    return Stall(before, peak, after, seconds, events)


def _stalled_reader(server: Server) -> socket.socket:
    """A WebSocket that joined and reads no more, with hardly room for what comes."""
    with contextlib.ExitStack() as stack:
        reader = stack.enter_context(raw_websocket(server.url))
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.sendall(frame_head(2) + b"40")
        return reader.dup()


def _fullest(server: Server, threads: int) -> Holdings:
    """The most it held until it was back at so many threads, or until patience was at its end."""
    seen = [server.holdings()]
    deadline = time.monotonic() + STALLED_LIMIT_S
    while (len(seen) < 2 / POLL_S or seen[-1].threads > threads) and time.monotonic() < deadline:
        time.sleep(POLL_S)
        seen.append(server.holdings())
    return Holdings(*(max(getattr(one, name) for one in seen) for name in Holdings.__slots__))


def _sequence_of(server: Server, run_id: str) -> int:
    return int(server.ask(f"api/runs/{run_id}")["run"]["sequence"])


def _wait_until(is_true: Callable[[], bool], patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while not is_true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"training did not get there within {patience_s:g} s")
        time.sleep(POLL_S)


def _speed_table(speeds: dict[int, Speeds]) -> list[str]:
    lines = [
        f"**Speed and delivery with {CLIENTS} clients**, which share the machine with the server",
        "",
        "| hidden units | alone, steps/s | with clients | slowed by | clients' CPU | event p50 | p99 | events |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [_speed_row(hidden, own) for hidden, own in speeds.items()]
    slowed = max(own.slowed_pct for own in speeds.values())
    slowest = max(_quantile(own.delays_ms, 0.99) for own in speeds.values())
    summary = (
        f"Goal: training slowed by at most {SLOWED_GOAL_PCT:g} %; measured: {slowed:.1f} % at most, "
        f"{_verdict(slowed <= SLOWED_GOAL_PCT)}. "
        f"Goal: 99 of 100 events within {DELAY_GOAL_MS:g} ms of the episode's end; measured: {slowest:.0f} ms at most, "
        f"{_verdict(slowest <= DELAY_GOAL_MS)}."
    )
    return [*lines, "", summary]


def _speed_row(hidden: int, own: Speeds) -> str:
    cells = [
        f"{hidden} x {hidden}, {thread_count(None)} thread(s)",
        f"{statistics.median(own.alone):,.1f}",
        f"{statistics.median(own.watched):,.1f}",
        f"{own.slowed_pct:.1f} %",
        f"{100.0 * own.load:.0f} %",
        f"{_quantile(own.delays_ms, 0.5):.0f} ms",
        f"{_quantile(own.delays_ms, 0.99):.0f} ms",
        f"{len(own.delays_ms):,}",
    ]
    return f"| {' | '.join(cells)} |"


def _cycles_table(cycles: int, before: Holdings, after: Holdings, seconds: float) -> list[str]:
    grown_pct = 100.0 * (after.memory_bytes / before.memory_bytes - 1.0)
    is_met = after.threads <= before.threads and after.files <= before.files and grown_pct <= MEMORY_GOAL_PCT
    summary = (
        f"Goal: no thread and no file more, memory within {MEMORY_GOAL_PCT:g} %; measured: "
        f"{after.threads - before.threads:+d} threads, {after.files - before.files:+d} files, memory "
        f"{grown_pct:+.1f} %, {_verdict(is_met)}."
    )
    return [
        f"**{cycles:,} clients come and go** in {seconds:.0f} s, after {FIRST_CYCLES} others",
        "",
        *_holdings_table({"before": before, "after": after}),
        "",
        summary,
    ]


def _stall_table(stall: Stall) -> list[str]:
    per_client = (stall.peak.memory_bytes - stall.before.memory_bytes) / STALLED / MB
    left = max(0, stall.after.threads - stall.before.threads)
    summary = (
        f"Goal: bounded memory and no thread left behind. At {LiveLimits().unread_packets:,} unread events a client is "
        f"given up; measured: {per_client:.1f} MB at most for each, {left} threads left, {_verdict(stall.is_over)}."
    )
    return [
        f"**{STALLED} clients stop reading** while {stall.events:,} events are sent to each in {stall.seconds:.0f} s",
        "",
        *_holdings_table({"before": stall.before, "at most": stall.peak, "after": stall.after}),
        "",
        summary,
    ]


def _holdings_table(states: dict[str, Holdings]) -> list[str]:
    rows = [
        f"| {name} | {own.threads} | {own.files} | {own.memory_bytes / MB:,.1f} MB |" for name, own in states.items()
    ]
    return ["| server | threads | open files | resident memory |", "|---|---:|---:|---:|", *rows]


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[math.ceil(share * len(ordered)) - 1]


def _verdict(is_met: bool) -> str:
    return "met" if is_met else "missed"


if __name__ == "__main__":
    main()
