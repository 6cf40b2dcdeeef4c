"""Environment steps a second, ours and the peers', on the same S&P 500 bars: `python -m benchmarks.env_speed`.

Writes docs/env_speed.md. Peers that are not installed (benchmarks/peers.txt) are left out and said to be.
"""

import argparse
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks import env_memory
from benchmarks.alternate import Rates, Work, alternate
from market.account import Accounts
from market.datasets import DataConfig, load_dataset
from trading_env import TradingConfig, TradingEnv
from trading_vector_env import TradingVectorEnv

ROOT = Path(__file__).parents[1]
STEPS = 2_800
LOOP_STEPS = 1_000
ACCOUNTS = 16_384
ACCOUNT_STEPS = 40
OURS = "Warmgate `TradingEnv`, all costs"
GYM_TRADING_ENV = "gym-trading-env"
SB3_PENDULUM = "Pendulum-v1 in Stable-Baselines3's loop"
SB3_OURS = "Warmgate `TradingEnv` in Stable-Baselines3's loop"
ACCOUNTS_ALONE = "accounts alone: trades, costs, interest, closing out"
WHOLE_STEP = "`TradingVectorEnv`: rewards, ends, info and observations too"

_METHOD = """Written by `python -m benchmarks.env_speed`; do not edit. Everything ran in turn in one process {pinned}
of a {cores}-core machine, {rounds} rounds: medians, medians of the ratios within each round, and the best round. Other
programs on the machine only ever slow a round down; absolute figures move with the machine, the ratios are the result.
"""
_LOOP = """\
"In Stable-Baselines3's loop" is its own `SAC.learn` with `learning_starts` beyond the last step: it draws random
actions, steps and fills its replay buffer, but takes no gradient step. Every other row is `env.step` alone, with
actions prepared before.
"""
_PASSES = """\
{accounts:,} parallel accounts in one numpy pass, all costs on, no band, so that every account trades at every step. The
first row is `market.account.Accounts`, in which evaluation settles the baselines; the second is a whole step of the
vectorised environment, with fresh arrays for all that it returns. 20 million is what we want of a pass.
"""
_MEMORY = """A fresh process that reads {bars:,} minute bars, ten years of trading hours, from a Parquet file holds
{read:,} MB at its peak; with an environment on all of them, {stepped:,} MB. We want less than 1,000.
"""

# fee, spread, slippage, borrow and financing, rebalanced at every step: nothing is left out to be faster
CONFIG = TradingConfig(no_trading_warmup_steps=0, no_trade_band=0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    memory = env_memory.measure()
    pinned = _pin_to_one_core()
    sys.path.append(str(ROOT / ".peers"))
    warnings.simplefilter("ignore")  # the peers' own
    scalar, missing = _scalar_contestants()
    rates = alternate(scalar, options.rounds)
    passes = alternate(_vector_contestants(), options.rounds)
    method = _METHOD.format(pinned=pinned, cores=os.cpu_count(), rounds=options.rounds)
    text = _report(method, rates, passes, missing, memory)
    (ROOT / "docs" / "env_speed.md").write_text(text, encoding="utf-8")
    print(text)


def _pin_to_one_core() -> str:
    """Returns where the process runs from here on, in words."""
    if not hasattr(os, "sched_setaffinity"):
        return "on whichever core the system chose"
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return "pinned to one core"


def _scalar_contestants() -> tuple[dict[str, Work], list[str]]:
    data = load_dataset(DataConfig()).train
    frame = pd.DataFrame(
        {name: getattr(data, name) for name in ("open", "high", "low", "close", "volume")},
        index=pd.DatetimeIndex(data.time),
    )
    rng = np.random.default_rng(0)
    targets = list(rng.uniform(-1, 1, (STEPS, 1)).astype(np.float32))
    contestants: dict[str, Work] = {
        "bare Python step with one observation copy": _work(_Bare(), targets),
        OURS: _work(TradingEnv(data, CONFIG), targets),
        "Pendulum-v1": _work(gymnasium.make("Pendulum-v1", max_episode_steps=STEPS + 1).unwrapped, targets),
    }
    makers: dict[str, Callable[[], Work]] = {
        GYM_TRADING_ENV: lambda: _gym_trading_env(frame, rng),
        "gym-anytrading (no borrow)": lambda: _gym_anytrading(frame, rng),
        SB3_PENDULUM: lambda: _collecting(gymnasium.make("Pendulum-v1")),
        SB3_OURS: lambda: _collecting(TradingEnv(data, CONFIG)),
    }
    missing = []
    for name, make in makers.items():
        try:
            contestants[name] = make()
        except ImportError:
            missing.append(name)
    return contestants, missing


class _Bare(gymnasium.Env[NDArray[np.float32], Any]):
    """What a Gymnasium environment in Python cannot be faster than."""

    def __init__(self) -> None:
        self._observation = np.zeros(17, np.float32)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[NDArray[np.float32], dict[str, Any]]:
        return self._observation.copy(), {}

    def step(self, action: Any) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        return self._observation.copy(), 0.0, False, False, {}


def _work(env: Any, actions: list[Any]) -> Work:
    def work() -> int:
        env.reset(seed=0)
        step = env.step
        for action in actions:
            step(action)
        return len(actions)

    return work


def _gym_trading_env(frame: pd.DataFrame, rng: np.random.Generator) -> Work:
    from gym_trading_env.environments import TradingEnv as Peer  # type: ignore[import-not-found]

    features = frame.copy()
    for horizon in range(1, 14):  # as many features as ours
        features[f"feature_{horizon}"] = frame["close"].pct_change(horizon)
    positions = np.linspace(-1, 1, 21).tolist()
    env = Peer(df=features.dropna(), positions=positions, trading_fees=5e-4, borrow_interest_rate=1e-5, verbose=0)
    return _work(env, rng.integers(0, len(positions), STEPS).tolist())


def _gym_anytrading(frame: pd.DataFrame, rng: np.random.Generator) -> Work:
    from gym_anytrading.envs import StocksEnv  # type: ignore[import-not-found]

    env = StocksEnv(frame.rename(columns=str.capitalize), window_size=1, frame_bound=(1, len(frame)))
    return _work(env, rng.integers(0, 2, STEPS).tolist())


def _collecting(env: Any) -> Work:
    """Stable-Baselines3's loop around `env` while it only collects."""
    import torch
    from stable_baselines3 import SAC

    torch.set_num_threads(1)
    model = SAC("MlpPolicy", env, learning_starts=10 * LOOP_STEPS, buffer_size=LOOP_STEPS, seed=0, device="cpu")

    def work() -> int:
        model.learn(LOOP_STEPS)
        return LOOP_STEPS

    return work


def _vector_contestants() -> dict[str, Work]:
    data = load_dataset(DataConfig()).train
    actions = np.random.default_rng(0).uniform(-1, 1, (ACCOUNT_STEPS, ACCOUNTS, 1)).astype(np.float32)
    targets = actions[:, :, 0].astype(np.float64)
    env = TradingVectorEnv(data, CONFIG, num_envs=ACCOUNTS)
    terms = CONFIG.terms(data.bars_per_year)

    def account_pass() -> int:
        accounts = Accounts(CONFIG.initial_equity, terms, ACCOUNTS)
        for row, target in enumerate(targets):
            accounts.advance(target, data.open[row + 1], data.close[row + 1])
        return ACCOUNTS * ACCOUNT_STEPS

    def environment_pass() -> int:
        env.reset(seed=0)
        for action in actions:
            env.step(action)
        return ACCOUNTS * ACCOUNT_STEPS

    return {ACCOUNTS_ALONE: account_pass, WHOLE_STEP: environment_pass}


def _report(method: str, rates: Rates, passes: Rates, missing: list[str], memory: tuple[int, int]) -> str:
    base = GYM_TRADING_ENV if GYM_TRADING_ENV in rates.by_name else OURS
    scalar = [f"| {name} | {rates.median(name):,.0f} | {rates.ratio(name, base):.2f} |" for name in rates.by_name]
    vector = [
        f"| {name} | {passes.median(name) / 1e6:.1f} | {passes.best(name) / 1e6:.1f} |" for name in passes.by_name
    ]
    absent = [f"Not installed, so not measured: {', '.join(missing)}.\n"] if missing else []
    return "\n".join(
        [
            "# Speed of the environment\n",
            method,
            f"| environment | steps/s | against {base} |\n| --- | --- | --- |",
            *scalar,
            "",
            *absent,
            _LOOP,
            _PASSES.format(accounts=ACCOUNTS),
            "| pass | million account-steps/s | best round |\n| --- | --- | --- |",
            *vector,
            "",
            _MEMORY.format(bars=env_memory.BARS, read=memory[0], stepped=memory[1]),
        ]
    )


if __name__ == "__main__":
    main()
