"""Updates a second of Warmgate's learner, Stable-Baselines3 and SBX (JAX), side by side, and the products' own limit.

    make peers && python -m benchmarks.sac_speed

Every contestant runs in a process of its own; rounds alternate between them, two updates a step as in training, batch
256, 16 inputs, one action. Contestants run with one thread and with two, and are compared at their best. The limit is
what the matrix products of one update take when nothing else is done, each shared by the threads or, in "products side
by side", every other one in a thread of its own. Writes into docs/performance.md.
"""

import argparse
import contextlib
import importlib
import itertools
import resource
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path

import gymnasium
import numpy as np
import torch

from benchmarks.contestant import Contestant, Work, serve, timed
from benchmarks.report import circumstances, write_section
from learner.crew import Crew
from learner.networks import Product
from sac_agent import SACAgent, SACConfig
from sac_learned import Learned
from sac_update import SACUpdate

OBSERVATION_SIZE, BATCH = 16, 256
SIZES = (256, 64)
PIECES = {256: 30, 64: 150}  # steps of two updates in a round
SIDE_BY_SIDE = "products side by side"
SBX_PYTHON = Path(".peers-sbx/bin/python")
BUFFER_TRANSITIONS, BUFFER_INPUTS = 1_000_000, 24
MOST_BUFFER_MB = 250


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--serve", nargs=3, metavar=("NAME", "HIDDEN", "THREADS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        name, hidden, threads = options.serve
        torch.set_num_threads(int(threads))
        serve(CONTESTANTS[name](int(hidden), int(threads)))
        return
    lines = [f"{circumstances()}, PyTorch {torch.__version__}; medians of {options.rounds} alternating rounds.", ""]
    for hidden in SIZES:
        lines += [*_table(hidden, _measure(hidden, options.rounds)), ""]
    lines.append(_memory_line())
    text = "\n".join(lines)
    print(text)
    write_section("sac_speed", text)


def _measure(hidden: int, rounds: int) -> dict[tuple[str, int], list[float]]:
    """Updates a second of every contestant, round by round."""
    names = [*itertools.product(("Warmgate", "its PyTorch form", "products alone", "Stable-Baselines3"), (1, 2))]
    names.append((SIDE_BY_SIDE, 2))
    if SBX_PYTHON.exists():
        names.append(("SBX", 2))
    rates: dict[tuple[str, int], list[float]] = {name: [] for name in names}
    with contextlib.ExitStack() as stack:
        children = {}
        for name, threads in names:
            python = {"python": str(SBX_PYTHON)} if name == "SBX" else {}
            child = Contestant("benchmarks.sac_speed", name, str(hidden), str(threads), **python)
            children[name, threads] = stack.enter_context(child)
        for child in children.values():
            child.work(10)
        for _ in range(rounds):
            for key, child in children.items():
                rates[key].append(2 * PIECES[hidden] / child.work(PIECES[hidden]))
    return rates


def _table(hidden: int, rates: dict[tuple[str, int], list[float]]) -> list[str]:
    medians = {key: statistics.median(values) for key, values in rates.items()}
    best = {name: max((key for key in rates if key[0] == name), key=lambda key: medians[key]) for name, _ in rates}
    lines = [
        f"**{hidden} x {hidden} hidden units**, updates a second",
        "",
        "| | 1 thread | 2 threads | Warmgate's best over its best |",
        "|---|---:|---:|---:|",
    ]
    for name, key in best.items():
        cells = [f"{medians[name, threads]:,.0f}" if (name, threads) in medians else "" for threads in (1, 2)]
        pairs = zip(rates[best["Warmgate"]], rates[key], strict=True)
        lines.append(f"| {name} | {' | '.join(cells)} | {statistics.median(a / b for a, b in pairs):.2f} |")
    return lines


def _config(hidden: int) -> SACConfig:
    return SACConfig(hidden_units=hidden, batch_size=BATCH, device="cpu")


def _warmgate(hidden: int, threads: int) -> Work:
    agent = SACAgent(OBSERVATION_SIZE, 1, _config(hidden), threads=threads)
    rng = np.random.default_rng(0)
    for _ in range(5_000):
        observation, following = rng.normal(size=(2, OBSERVATION_SIZE))
        agent.replay_buffer.add(observation, rng.uniform(-1, 1, 1), rng.normal(), following, False)
    return timed(lambda: (agent.update(), agent.update()))


def _in_pytorch(hidden: int, threads: int) -> Work:
    """Without a replay buffer and random numbers: one batch over and over."""
    update = _random_update(hidden)

    def steps() -> None:
        update.step()
        update.step()

    return timed(steps)


def _random_update(hidden: int) -> SACUpdate:
    learned, rng = Learned(OBSERVATION_SIZE, 1, _config(hidden)), np.random.default_rng(0)
    learned.actor.initialise(rng)
    learned.critic.initialise(rng)
    learned.batch.rows.normal_()
    learned.noise.normal_()
    return SACUpdate(learned)


def _products_alone(hidden: int, threads: int) -> Work:
    products = 2 * _random_update(hidden).products()
    return timed(lambda: _multiply(products))


def _products_side_by_side(hidden: int, threads: int) -> Work:
    products = 2 * _random_update(hidden).products()
    crew = Crew(threads)
    alone = partial(torch.set_num_threads, 1)
    crew.run(alone, alone)
    return timed(lambda: crew.run(partial(_multiply, products[::2]), partial(_multiply, products[1::2])))


def _multiply(products: list[Product]) -> None:
    for left, right, result in products:
        torch.mm(left, right, out=result)


class _NoisyWorld(gymnasium.Env[np.ndarray, np.ndarray]):
    """Random observations and rewards: the contestants learn nothing, at full speed."""

    observation_space = gymnasium.spaces.Box(-1.0, 1.0, (OBSERVATION_SIZE,), np.float32)
    action_space = gymnasium.spaces.Box(-1.0, 1.0, (1,), np.float32)

    def reset(self, *, seed: int | None = None, options: object = None) -> tuple[np.ndarray, dict[str, object]]:
        super().reset(seed=seed)
        return self.observation_space.sample(), {}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, object]]:
        return self.observation_space.sample(), 0.0, False, False, {}


def _peer(module: str, hidden: int, threads: int) -> Work:
    algorithm = importlib.import_module(module).SAC
    model = algorithm(
        "MlpPolicy", _NoisyWorld(), batch_size=BATCH, learning_starts=5_000, policy_kwargs={"net_arch": [hidden] * 2}
    )
    model.learn(1_000)  # fills the buffer, and compiles what is compiled
    torch.set_num_threads(threads)
    return timed(lambda: model.train(gradient_steps=2, batch_size=BATCH))


CONTESTANTS: dict[str, Callable[[int, int], Work]] = {
    "Warmgate": _warmgate,
    "its PyTorch form": _in_pytorch,
    "products alone": _products_alone,
    SIDE_BY_SIDE: _products_side_by_side,
    "Stable-Baselines3": partial(_peer, "stable_baselines3"),
    "SBX": partial(_peer, "sbx"),
}


def _memory_line() -> str:
    """What a replay buffer adds to the process, by the operating system's count, half full and full.

    Raises:
        SystemExit: it takes more than it may, or takes it before it fills.
    """
    agent = SACAgent(BUFFER_INPUTS, 1, SACConfig(buffer_capacity=BUFFER_TRANSITIONS, hidden_units=8, device="cpu"))
    row = np.zeros(BUFFER_INPUTS, np.float32)
    before, added = _peak_megabytes(), []
    for _ in range(2):
        for _ in range(BUFFER_TRANSITIONS // 2):
            agent.replay_buffer.add(row, row[:1], 0.0, row, False)
        added.append(_peak_megabytes() - before)
    half, full = added
    if full > MOST_BUFFER_MB or half > 0.6 * full:
        raise SystemExit(f"the replay buffer took {half:.0f} MB half full and {full:.0f} MB full")
    text = f"Replay buffer of {BUFFER_TRANSITIONS:,} transitions of {BUFFER_INPUTS} inputs: {half:,.0f} MB half full"
    return f"{text}, {full:,.0f} MB full; more than {MOST_BUFFER_MB} MB would fail this benchmark."


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    main()
