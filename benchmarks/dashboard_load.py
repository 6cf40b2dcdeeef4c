"""What many open dashboards cost: training speed, delivery, and what the server holds when they are gone.

    python -m benchmarks.dashboard_load

1. Speed: one run trains in the server while 50 official Socket.IO clients, in one process beside it, come and go.
   A round is two windows, one without and one with them, every other round the other way round, as machines drift.
   Steps and seconds of a window are those that the run itself reports; the server's processor time is the system's.
   Once with the episodes that a run has by default, one pass over all bars, and once with very short ones: many more
   events.
2. Delivery: in the same rounds, from the end of an episode to its event in each client, by the machine's clock.
3. Coming and going: threads, files and memory of the server, from /proc, before and after 2,000 connections.
4. Stalled readers: ten bare WebSockets that greet and never read again, while a run ends episodes as fast as it can.

Writes into docs/performance.md; `--dry` prints only.
"""

import argparse
import contextlib
import socket
import time
from dataclasses import dataclass

import torch

from benchmarks.crowd import crowd_at
from benchmarks.report import circumstances, verdict, write_section
from benchmarks.server import NEVER_ENDING, Holdings, Server, serving
from benchmarks.watched_speed import speed_table
from tests.web.raw import frame_head, raw_websocket
from web.websocket import LiveLimits

FIRST_CYCLES = 200  # bring every pool and arena of the server to its size
GONE_S = LiveLimits().ping_interval_s + 1.0  # a thread that was to ping a client sleeps so long after it is gone
STALLED = 10
STALLED_LIMIT_S = 120.0
POLL_S = 0.2
MB = 1e6

MEMORY_GOAL_PCT = 5.0

BUFFER_CAPACITY = 1_000
FLOOD = NEVER_ENDING | {
    "no_trading_warmup_steps": 10_000_000,
    "episode_bars": 10,
    "hidden_units": 16,
    "buffer_capacity": BUFFER_CAPACITY,
}


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
    sections = [speed_table(options.rounds)]
    with serving() as server:
        sections.append(_cycles_table(options.cycles, *_measure_cycles(server, options.cycles)))
        sections.append(_stall_table(_measure_stall(server)))
    text = "\n\n".join([heading, *("\n".join(lines) for lines in sections)])
    print(text)
    if not options.dry:
        write_section("dashboard_load", text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=24)
    parser.add_argument("--cycles", type=int, default=2_000)
    parser.add_argument("--dry", action="store_true", help="print, and leave the document as it is")
    return parser


def _measure_cycles(server: Server, cycles: int) -> tuple[Holdings, Holdings, float]:
    """The server before and after so many clients came and went, and the seconds they took."""
    with crowd_at(server.url) as crowd:
        crowd.cycle(FIRST_CYCLES)
        before = server.settled_holdings(GONE_S)
        seconds = crowd.cycle(cycles)
        return before, server.settled_holdings(GONE_S), seconds


def _measure_stall(server: Server) -> Stall:
    """Of a server that nobody is connected to, but was."""
    run_id = server.start_run(FLOOD, BUFFER_CAPACITY)
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


if __name__ == "__main__":
    main()
