"""What the page costs in a browser: opening and panning 100,000 episodes, memory, and the way from event to pixel.

    python -m benchmarks.browser_load

A short run is recorded and its last episode repeated with other numbers until there are 100,000; Chromium opens it
without a cache. Then a run trains live beside one page, once with the default agent, whose episodes are made short
enough to end about once a second, and once with a small one that ends several a second: each episode's row and point
are timed against the moment at which the episode ended. Last, a run ends episodes as fast as it can; from where the
page drops records and thins curves, the heap is measured after collection. Writes into docs/performance.md.
"""

import argparse
import math
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page

from benchmarks.browser import browsing
from benchmarks.report import circumstances, verdict, write_section
from benchmarks.server import serving
from runs.controller import RunController
from runs.store import tables
from runs.store.database import Database
from runs.store.rows import episode_values, metric_values
from runs.summaries import EpisodeSummary
from training.config import RunConfig
from training.metrics import METRICS

SMALL = {
    "dataset": "synthetic",
    "synthetic_bars": 600,
    "no_trading_warmup_steps": 500,
    "hidden_units": 16,
    "batch_size": 16,
}
NEVER_ENDING = {"dataset": "synthetic", "synthetic_bars": 2000, "total_steps": 10_000_000}
USUAL = NEVER_ENDING | {"no_trading_warmup_steps": 500, "episode_bars": 60}
HURRIED = SMALL | NEVER_ENDING | {"updates_per_step": 1, "episode_bars": 500}
REPLAYED = HURRIED | {"episode_bars": 20}
LIVE = {"default agent": USUAL, "small agent": HURRIED}
HEAPS = 20  # measurements
FULL = 2_500  # episodes after which the page has dropped records, and curves have all the points that are drawn
PIECE = 5_000  # episodes in a transaction
PATIENCE_MS = 120_000
FULL_WITHIN_S = 600
OPEN_LIMIT_MS, STALL_LIMIT_MS, PIXEL_LIMIT_MS, HEAP_LIMIT = 1_500, 200, 250, 0.2

IS_DRAWN = (
    "() => (document.querySelector('[data-metric=reward] .plot')?.data?.[0].y.length ?? 0) > 1000 && performance.now()"
)
EPISODES = "async (id) => (await (await fetch(`/api/runs/${id}`)).json()).run.episodes"
WATCH_FRAMES = """() => {
    window.longest = 0;
    let last = performance.now();
    const frame = (now) => {
        [window.longest, last] = [Math.max(window.longest, now - last), now];
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
}"""
WATCH_PIXELS = """() => {
    window.seen = { row: {}, point: {} };
    const note = (kind, newest) => requestAnimationFrame((frame) => { // which begins when the last one is painted
        for (const episode of newest) {
            if (episode <= known || episode in window.seen[kind]) return;
            window.seen[kind][episode] = performance.timeOrigin + frame;
        }
    });
    const body = document.getElementById("episodes-body");
    const rows = () => [...body.rows].map((row) => Number(row.cells[0].textContent.replaceAll(",", "")));
    const plot = document.querySelector("[data-metric=reward] .plot");
    const points = () => [...plot.data[0].x].reverse();
    const known = points()[0];
    new MutationObserver(() => note("row", rows())).observe(body, { childList: true });
    plot.on("plotly_afterplot", () => note("point", points()));
}"""


@dataclass(frozen=True, slots=True)
class Delays:
    """Milliseconds from each episode's end to its row and to its point, also of those that were never the newest."""

    rows: list[float]
    points: list[float]
    seconds: float

    @property
    def per_second(self) -> float:
        return len(self.rows) / self.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=100_000)
    parser.add_argument("--opens", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=3.0, help="of live training, and of the long replay")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run_id = record(Path(folder), options.episodes)
        with serving(Path(folder)) as server, browsing() as browser:
            url, version = server.url, f"Chromium {browser.version}"
            first, *opened = [open_ms(browser, f"{url}#run={run_id}") for _ in range(options.opens + 1)]
            stall = pan_ms(browser, f"{url}#run={run_id}")
            seen = {name: live(browser, url, 60 * options.minutes, config) for name, config in LIVE.items()}
            heap, last = replay(browser, url, 60 * options.minutes)
    lines = [
        f"{circumstances()}, {version}, {options.opens} openings, {options.minutes:g} minutes of live training.",
        "",
    ]
    lines += table(options.episodes, first, opened, stall, seen, heap, last)
    print("\n".join(lines))
    write_section("browser_load", "\n".join(lines))


def table(
    episodes: int,
    first: float,
    opened: list[float],
    stall: float,
    seen: dict[str, Delays],
    heap: list[float],
    last: int,
) -> list[str]:
    middle = statistics.median(heap)
    spread = max(abs(size / middle - 1) for size in heap)
    held = f"heap from episode {FULL:,} to {last:,}, around its median of {middle / 1e6:.1f} MB"
    return [
        "| | measured | target | |",
        "|---|---:|---:|---|",
        row(f"{episodes:,} episodes open, median", statistics.median(opened), OPEN_LIMIT_MS),
        f"| the first time since the server's start, when it reads them | {first:,.0f} ms | | |",
        row("the longest frame while it is zoomed and panned", stall, STALL_LIMIT_MS),
        *(line for name, delays in seen.items() for line in pixel_rows(name, delays)),
        f"| {held} | ±{spread:.0%} | ±{HEAP_LIMIT:.0%} | {verdict(spread <= HEAP_LIMIT)} |",
    ]


def pixel_rows(name: str, delays: Delays) -> list[str]:
    pace = f"{name}, {delays.per_second:.1f} episodes/s"
    return [
        row(f"{pace}: episode's end to its {what}, {spoken(own)}", p99(own), PIXEL_LIMIT_MS)
        for what, own in (("row", delays.rows), ("point", delays.points))
    ]


def row(what: str, measured_ms: float, limit_ms: int) -> str:
    return f"| {what} | {measured_ms:,.0f} ms | {limit_ms:,} ms | {verdict(measured_ms <= limit_ms)} |"


def spoken(delays_ms: list[float]) -> str:
    return f"p99 of {len(delays_ms)} (median {statistics.median(delays_ms):,.0f} ms)"


def p99(values: list[float]) -> float:
    return sorted(values)[math.ceil(0.99 * len(values)) - 1]


def record(data_dir: Path, episodes: int) -> str:
    """The id of a finished run with so many episodes."""
    controller = RunController(data_dir)
    try:
        run = controller.start(RunConfig.from_flat(SMALL | {"total_steps": 1200}))
        assert controller.wait(600.0), "the run did not end in time"
        last = controller.episodes(run.run_id).episodes[-1]
    finally:
        controller.close()
    database = Database.open(data_dir)
    rng = np.random.default_rng(0)
    for first in range(last.episode + 1, episodes + 1, PIECE):
        added = [later(last, number, rng) for number in range(first, min(first + PIECE, episodes + 1))]
        with database.write(is_durable=False) as connection:
            connection.execute(tables.episode.insert(), [episode_values(run.run_id, one) for one in added])
            connection.execute(tables.metric.insert(), [row for one in added for row in metric_values(run.run_id, one)])
            connection.execute(
                tables.run.update().where(tables.run.c.run_id == run.run_id).values(episodes=added[-1].episode)
            )
    database.close()
    return run.run_id


def later(last: EpisodeSummary, number: int, rng: np.random.Generator) -> EpisodeSummary:
    """An episode as if the run had gone on like its last one."""
    ahead = number - last.episode
    values = dict(zip(METRICS.names(), rng.normal(size=len(METRICS.names())).tolist(), strict=True))
    return EpisodeSummary(
        episode=number,
        sequence=last.sequence,
        ended_at=last.ended_at + timedelta(seconds=ahead),
        steps=last.steps,
        first_step=last.first_step + ahead * last.steps,
        phase=last.phase,
        gated_steps=0,
        terminated=False,
        truncated=True,
        metrics=values,
    )


@contextmanager
def showing(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(url, wait_until="commit")
    yield page
    context.close()


def open_ms(browser: Browser, url: str) -> float:
    """From the navigation until the reward chart shows the whole run."""
    with showing(browser, url) as page:
        return float(page.wait_for_function(IS_DRAWN).json_value())


def pan_ms(browser: Browser, url: str) -> float:
    """The longest time between two frames while a person zooms into the run and pans to and fro."""
    with showing(browser, url) as page:
        page.wait_for_function(IS_DRAWN)
        page.locator("[data-metric=reward]").scroll_into_view_if_needed()
        box = page.locator("[data-metric=reward] .plot .nsewdrag").first.bounding_box()
        assert box, "the chart has no area to drag in"
        middle = box["y"] + box["height"] / 2
        page.wait_for_timeout(2_000)
        page.evaluate(WATCH_FRAMES)
        drag(page, box["x"] + 0.4 * box["width"], box["x"] + 0.6 * box["width"], middle)
        page.wait_for_timeout(1_000)
        page.keyboard.down("Shift")  # pans instead of zooming
        for start, end in ((0.8, 0.2), (0.2, 0.8), (0.7, 0.3)):
            drag(page, box["x"] + start * box["width"], box["x"] + end * box["width"], middle)
        page.wait_for_timeout(1_000)
        return float(page.evaluate("window.longest"))


def drag(page: Page, start: float, end: float, y: float) -> None:
    page.mouse.move(start, y)
    page.mouse.down()
    page.mouse.move(end, y, steps=30)
    page.mouse.up()


def live(browser: Browser, url: str, seconds: float, config: dict[str, Any]) -> Delays:
    """How late a page is while a run trains."""
    with showing(browser, url) as page:
        with training(page, config) as run_id:
            page.evaluate(WATCH_PIXELS)
            page.wait_for_timeout(1_000 * seconds)
            seen = page.evaluate("window.seen")
        ended = page.evaluate(
            """async (id) => Object.fromEntries((await (await fetch(`/api/runs/${id}/episodes`)).json()).episodes
                .map(({ episode, ended_at }) => [episode, Date.parse(ended_at)]))""",
            run_id,
        )
    rows, points = ([at - ended[episode] for episode, at in seen[kind].items()] for kind in ("row", "point"))
    return Delays(rows, points, seconds)


def replay(browser: Browser, url: str, seconds: float) -> tuple[list[float], int]:
    """The heap in bytes again and again while a page shows a run of many episodes, and how many they were."""
    with showing(browser, url) as page, training(page, REPLAYED) as run_id:
        fill(page, run_id)
        heap = [heap_bytes(page, seconds / HEAPS) for _ in range(HEAPS)]
        return heap, page.evaluate(EPISODES, run_id)


def fill(page: Page, run_id: str) -> None:
    """Return when the page is as full as it gets.

    Raises:
        TimeoutError: the run is too slow, or goes on no longer.
    """
    for _ in range(FULL_WITHIN_S):
        if page.evaluate(EPISODES, run_id) >= FULL:
            return
        page.wait_for_timeout(1_000)
    raise TimeoutError(f"run {run_id} has not come to episode {FULL:,} in {FULL_WITHIN_S} s")


@contextmanager
def training(page: Page, config: dict[str, Any]) -> Iterator[str]:
    """The id of a run that the page shows, with points in its charts; it is stopped in the end."""
    page.wait_for_selector("[data-start]:not([disabled]) >> nth=0")
    run_id = order(page, "/api/runs", {"config": config})["run_id"]
    page.wait_for_function(
        """id => location.hash.includes(id)
            && ((x) => x.length > 2 && x.at(-1) < 1000)( // no longer those of the long run that was shown before
                document.querySelector('[data-metric=reward] .plot').data?.[0].x ?? [],
            )""",
        arg=run_id,
    )
    yield run_id
    order(page, f"/api/runs/{run_id}/stop", {})


def heap_bytes(page: Page, after_s: float) -> float:
    page.wait_for_timeout(1_000 * after_s)
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used: float = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used


def order(page: Page, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = page.evaluate(
        """async ([path, body]) => (await fetch(path, {
            method: "POST",
            headers: { "X-Warmgate": "1", "Content-Type": "application/json" },
            body: JSON.stringify(body),
        })).json()""",
        [path, body],
    )
    return answer


if __name__ == "__main__":
    main()
