"""What many open dashboards cost: training speed, delivery, and what the server holds when they are gone.

    python -m benchmarks.dashboard_load

1. Speed: one run trains in the server while 50 official Socket.IO clients, in one process beside it, come and go.
   Rounds alternate between none and all, every other round the other way round, as machines drift; the run is paused
   between them, and its steps counted. Once with the episodes that a run has by default, one pass over all bars, and
   once with very short ones: many more events.
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
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from benchmarks.crowd import Attendance, crowd_at
from benchmarks.report import circumstances, verdict, write_section
from benchmarks.server import Holdings, Server, serving
from tests.web.raw import frame_head, raw_websocket
from web.websocket import LiveLimits

CLIENTS = 50
SHORT_EPISODE = {256: 15, 64: 100}  # steps by hidden units; about five episodes a second
WARMUP_STEPS = 300
LEARNING_STEPS = 100  # before the first measurement
WINDOW_S = 6.0  # of one measurement of speed
CALM_S = 1.0  # after a pause: the last step is taken and saved
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
class Speeds:
    """Steps a second round by round, without and with the clients, and what those saw."""

    alone: list[float]
    watched: list[float]
    attendances: list[Attendance]

    @property
    def slowed_pct(self) -> tuple[float, float, float]:
        """The quartiles over the rounds: of half of them it lies between the outer two."""
        pairs = zip(self.watched, self.alone, strict=True)
        low, middle, high = statistics.quantiles((100.0 * (1.0 - mine / base) for mine, base in pairs), n=4)
        return low, middle, high

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
    cases = [(hidden, steps) for hidden, short in SHORT_EPISODE.items() for steps in (None, short)]
    sections = [_speed_table({case: _measure_speeds(*case, options.rounds) for case in cases})]
    with serving() as server:
        sections.append(_cycles_table(options.cycles, *_measure_cycles(server, options.cycles)))
        sections.append(_stall_table(_measure_stall(server)))
    text = "\n\n".join([heading, *("\n".join(lines) for lines in sections)])
    print(text)
    if not options.dry:
        write_section("dashboard_load", text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--cycles", type=int, default=2_000)
    parser.add_argument("--dry", action="store_true", help="print, and leave the document as it is")
    return parser


def _measure_speeds(hidden: int, episode_steps: int | None, rounds: int) -> Speeds:
    config = {"hidden_units": hidden, "no_trading_warmup_steps": WARMUP_STEPS, "episode_bars": episode_steps}
    speeds = Speeds([], [], [])
    with serving() as server, crowd_at(server.url) as crowd:
        run_id = _start(server, NEVER_ENDING | config, WARMUP_STEPS + LEARNING_STEPS)
        _pause(server, run_id)
        time.sleep(CALM_S)
        for number in range(rounds):
            if number % 2 == 0:
                speeds.alone.append(_speed(server, run_id))
            crowd.connect(CLIENTS)
            speeds.watched.append(_speed(server, run_id))
            speeds.attendances.append(crowd.disconnect())
            if number % 2 == 1:
                speeds.alone.append(_speed(server, run_id))
    return speeds


def _speed(server: Server, run_id: str) -> float:
    """Steps a second of the paused run, from now to the next pause."""
    before = _steps_of(server, run_id)
    server.ask(f"api/runs/{run_id}/resume", {})
    started = time.perf_counter()
    time.sleep(WINDOW_S)
    _pause(server, run_id)
    seconds = time.perf_counter() - started
    time.sleep(CALM_S)
    return (_steps_of(server, run_id) - before) / seconds


def _pause(server: Server, run_id: str) -> None:
    server.ask(f"api/runs/{run_id}/pause", {})


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


def _speed_table(speeds: dict[tuple[int, int | None], Speeds]) -> list[str]:
    lines = [
        f"**Speed, and time from an episode's end to its event, with {CLIENTS} clients** on the server's machine",
        "",
        "| network | episode | alone, steps/s | with clients | slowed by (quartiles) | clients' CPU | p50 | p99 | n |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [_speed_row(hidden, episode_steps, own) for (hidden, episode_steps), own in speeds.items()]
    usual, short = (
        max(own.slowed_pct[1] for (_, episode_steps), own in speeds.items() if (episode_steps is None) is is_usual)
        for is_usual in (True, False)
    )
    slowest = max(_quantile(own.delays_ms, 0.99) for own in speeds.values() if own.delays_ms)
    summary = (
        f"Goal: training slowed by at most {SLOWED_GOAL_PCT:g} %; measured: {usual:.1f} % at most with the usual "
        f"episodes, {verdict(usual <= SLOWED_GOAL_PCT)}, {short:.1f} % with short ones, "
        f"{verdict(short <= SLOWED_GOAL_PCT)}. "
        f"Goal: 99 of 100 events within {DELAY_GOAL_MS:g} ms of the episode's end; measured: {slowest:.0f} ms at most, "
        f"{verdict(slowest <= DELAY_GOAL_MS)}."
    )
    return [*lines, "", summary]


def _speed_row(hidden: int, episode_steps: int | None, own: Speeds) -> str:
    cells = [
        f"{hidden} x {hidden}",
        "all bars" if episode_steps is None else f"{episode_steps} steps",
        f"{statistics.median(own.alone):,.1f}",
        f"{statistics.median(own.watched):,.1f}",
        "{1:.1f} % ({0:.1f} to {2:.1f})".format(*own.slowed_pct),
        f"{100.0 * own.load:.1f} %",
        *(f"{_quantile(own.delays_ms, share):.0f} ms" if own.delays_ms else "" for share in (0.5, 0.99)),
        f"{len(own.delays_ms):,}",
    ]
    return f"| {' | '.join(cells)} |"


def _cycles_table(cycles: int, before: Holdings, after: Holdings, seconds: float) -> list[str]:
    grown_pct = 100.0 * (after.memory_bytes / before.memory_bytes - 1.0)
    is_met = after.threads <= before.threads and after.files <= before.files and grown_pct <= MEMORY_GOAL_PCT
    summary = (
        f"Goal: no thread and no file more, memory within {MEMORY_GOAL_PCT:g} %; measured: "
        f"{after.threads - before.threads:+d} threads, {after.files - before.files:+d} files, memory "
        f"{grown_pct:+.1f} %, {verdict(is_met)}."
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
        f"given up; measured: {per_client:.1f} MB at most for each, {left} threads left, {verdict(stall.is_over)}."
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


if __name__ == "__main__":
    main()
