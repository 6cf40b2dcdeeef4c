"""Steps a second of whole training: headless, inside the server with its page open, and Stable-Baselines3's loop.

    python -m benchmarks.loop_speed

All of them trade the same bars in the same environment with the same sizes, two updates a step, and run in turn, each
in processes of its own. Warmgate's steps include environment, buffer, events and database, by the times at which the
database saw episodes end; checkpoints and evaluations, which take a tenth of the time each at most, are left out.
"Updates alone" are Warmgate's two updates a step and nothing else. What the loop adds to its updates is also taken from
one run, by a clock around each update: there no other process can be the faster one. Writes into docs/performance.md.
"""

import argparse
import contextlib
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import torch
from playwright.sync_api import sync_playwright
from stable_baselines3 import SAC

from benchmarks.contestant import Contestant, Work, serve, timed
from benchmarks.report import circumstances, write_section
from benchmarks.server import serving
from market.datasets import load_dataset
from runs.controller import RunController
from sac_agent import SACAgent, SACConfig
from trading_env import ACTION_SIZE, OBSERVATION_NAMES, TradingConfig, TradingEnv
from training.config import RunConfig
from training.loop import TrainingLoop

SIZES = (256, 64)
EPISODE_STEPS = {256: 100, 64: 400}
WARMUP_STEPS = 300
EPISODES = 3  # in a round, after the one that learning begins in
POLL_S = 0.2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", nargs=2, metavar=("NAME", "HIDDEN"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        name, hidden = options.serve
        with CONTESTANTS[name](int(hidden)) as work:
            serve(work)
        return
    lines = [f"{circumstances()}, PyTorch {torch.__version__}; medians of {options.rounds} alternating rounds.", ""]
    for hidden in SIZES:
        lines += [*_table(hidden, _measure(hidden, options.rounds), _added_pct(hidden)), ""]
    text = "\n".join(lines)
    print(text)
    write_section("loop_speed", text)


def _measure(hidden: int, rounds: int) -> dict[str, list[float]]:
    """Steps a second, round by round."""
    rates: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    steps = EPISODES * EPISODE_STEPS[hidden]
    with contextlib.ExitStack() as stack:
        children = {
            name: stack.enter_context(Contestant("benchmarks.loop_speed", name, str(hidden))) for name in CONTESTANTS
        }
        for child in children.values():
            child.work(steps)
        for _ in range(rounds):
            for name, child in children.items():
                rates[name].append(steps / child.work(steps))
    return rates


class _TimedAgent(SACAgent):
    """Knows when its first update began and how long all of them took."""

    began_s: float | None = None
    updating_s = 0.0

    def update(self) -> dict[str, float]:
        started = time.perf_counter()
        figures = super().update()
        self.began_s = self.began_s or started
        self.updating_s += time.perf_counter() - started
        return figures


def _added_pct(hidden: int) -> float:
    """What environment, buffer, actions and episodes add to the updates of one run whose events nobody hears."""
    config = RunConfig.from_flat(_config(hidden, EPISODES * EPISODE_STEPS[hidden]))
    env = TradingEnv(load_dataset(config.data).train, config.environment)
    agent = _TimedAgent(len(OBSERVATION_NAMES), ACTION_SIZE, config.agent)
    TrainingLoop(config, env, agent, lambda event: None).run(lambda: False)
    assert agent.began_s is not None, "nothing was learned"
    return 100.0 * ((time.perf_counter() - agent.began_s) / agent.updating_s - 1.0)


def _table(hidden: int, rates: dict[str, list[float]], added_pct: float) -> list[str]:
    def ratio(mine: str, theirs: str) -> float:
        return statistics.median(a / b for a, b in zip(rates[mine], rates[theirs], strict=True))

    lines = [
        f"**{hidden} x {hidden} hidden units**",
        "",
        "| | steps a second | headless Warmgate over it |",
        "|---|---:|---:|",
    ]
    lines += [f"| {name} | {statistics.median(rates[name]):,.1f} | {ratio(HEADLESS, name):.2f} |" for name in rates]
    overhead = 100.0 * (ratio(UPDATES_ALONE, HEADLESS) - 1.0)
    kept = 100.0 * ratio(IN_SERVER, HEADLESS)
    summary = (
        f"The loop adds {overhead:.1f} % to the updates of another process, {added_pct:.1f} % to its own; "
        f"server and page leave it {kept:.1f} % of its speed."
    )
    return [*lines, "", summary]


def _config(hidden: int, steps: int) -> dict[str, Any]:
    """A flat configuration with `steps` steps to measure behind the episode in which learning begins."""
    length = EPISODE_STEPS[hidden]
    begin = -(-WARMUP_STEPS // length) * length + length
    return {
        "hidden_units": hidden,
        "no_trading_warmup_steps": WARMUP_STEPS,
        "episode_bars": length,
        "total_steps": begin + steps,
        "evaluate_every_episodes": 1_000_000,
        "checkpoint_every_episodes": 1_000_000,
        "device": "cpu",
    }


def _seconds(episodes: list[tuple[int, float]]) -> float:
    """From the end of the episode that learning began in to the last one's; `episodes` are first steps and times."""
    begun = next(i for i, (first_step, _) in enumerate(episodes) if first_step >= WARMUP_STEPS)
    return episodes[-1][1] - episodes[begun][1]


@contextlib.contextmanager
def _headless(hidden: int) -> Iterator[Work]:
    with tempfile.TemporaryDirectory() as folder:
        controller = RunController(Path(folder))

        def work(steps: int) -> float:
            run = controller.start(RunConfig.from_flat(_config(hidden, steps)))
            controller.wait()
            found = controller.episodes(run.run_id).episodes
            return _seconds([(episode.first_step, episode.ended_at.timestamp()) for episode in found])

        yield work
        controller.close()


@contextlib.contextmanager
def _in_server(hidden: int) -> Iterator[Work]:
    with serving() as server, _page(server.url):

        def work(steps: int) -> float:
            run_id = server.ask("api/runs", {"config": _config(hidden, steps)})["run_id"]
            while server.ask(f"api/runs/{run_id}")["run"]["status"] not in ("finished", "failed"):
                time.sleep(POLL_S)
            found = server.ask(f"api/runs/{run_id}/episodes")["episodes"]
            times = [datetime.fromisoformat(episode["ended_at"]).timestamp() for episode in found]
            return _seconds([(e["first_step"], time_s) for e, time_s in zip(found, times, strict=True)])

        yield work


@contextlib.contextmanager
def _page(url: str) -> Iterator[None]:
    """The dashboard, open in Chromium."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell") or shutil.which("chromium"), args=arguments
        )
        browser.new_page().goto(url)
        yield
        browser.close()


@contextlib.contextmanager
def _updates_alone(hidden: int) -> Iterator[Work]:
    agent = SACAgent(len(OBSERVATION_NAMES), ACTION_SIZE, SACConfig(hidden_units=hidden, device="cpu"))
    env = TradingEnv(load_dataset(RunConfig().data).train, TradingConfig(no_trading_warmup_steps=0))
    observation, _ = env.reset(seed=0)
    for _ in range(1_000):
        action = agent.select_action(observation)
        following, reward, terminated, _, _ = env.step(action)
        agent.replay_buffer.add(observation, action, reward, following, terminated)
        observation = following
    yield timed(lambda: (agent.update(), agent.update()))


@contextlib.contextmanager
def _stable_baselines(hidden: int) -> Iterator[Work]:
    config = TradingConfig(no_trading_warmup_steps=0, episode_bars=EPISODE_STEPS[hidden])
    env = TradingEnv(load_dataset(RunConfig().data).train, config)
    model = SAC(
        "MlpPolicy",
        env,
        learning_starts=WARMUP_STEPS,
        gradient_steps=2,
        policy_kwargs={"net_arch": [hidden] * 2},
        device="cpu",
    )
    model.learn(WARMUP_STEPS + 10)

    def work(steps: int) -> float:
        started = time.perf_counter()
        model.learn(steps, reset_num_timesteps=False)
        return time.perf_counter() - started

    yield work


HEADLESS, IN_SERVER, UPDATES_ALONE = "Warmgate, headless", "Warmgate, server and page", "its updates alone"
CONTESTANTS: dict[str, Callable[[int], contextlib.AbstractContextManager[Work]]] = {
    HEADLESS: _headless,
    IN_SERVER: _in_server,
    UPDATES_ALONE: _updates_alone,
    "Stable-Baselines3": _stable_baselines,
}


if __name__ == "__main__":
    main()
