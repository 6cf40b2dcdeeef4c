"""Environment steps a second, ours and the peers', on the same S&P 500 bars: `python -m benchmarks.env_speed`.

Writes docs/env_speed.md. Peers that are not installed (benchmarks/peers.txt) are left out and said to be.
"""

import argparse
import os
import platform
import resource
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.alternate import Rates, Work, alternate
from market.account import Accounts, Terms
from market.datasets import DataConfig, load_dataset, synthetic_bars
from trading_env import TradingConfig, TradingEnv
from trading_vector_env import TradingVectorEnv

ROOT = Path(__file__).parents[1]
STEPS = 2_800
ACCOUNTS = 8_192
ACCOUNT_STEPS = 40
MINUTE_BARS = 1_000_000
OURS = "Warmgate TradingEnv, all costs"
GYM_TRADING_ENV = "gym-trading-env"

_METHOD = """Written by `python -m benchmarks.env_speed`; do not edit. Everything ran in one process on one core of a
{cores}-core machine, in turn, {rounds} rounds; medians, and medians of the ratios within each round. Absolute figures
move with the machine; the ratios are the result.
"""

# fee, spread, slippage, borrow and financing, rebalanced at every step: nothing is left out to be faster
CONFIG = TradingConfig(no_trading_warmup_steps=0, no_trade_band=0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--memory-child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory_child:
        _build_a_million_bars()
        return
    sys.path.append(str(ROOT / ".peers"))
    warnings.simplefilter("ignore")  # the peers' own
    scalar, missing = _scalar_contestants()
    rates = alternate(scalar, options.rounds)
    passes = alternate(_vector_contestants(), options.rounds)
    text = _report(rates, passes, missing, options.rounds, _peak_memory_mb())
    (ROOT / "docs" / "env_speed.md").write_text(text, encoding="utf-8")
    print(text)


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
    missing = []
    for name, make in ((GYM_TRADING_ENV, _gym_trading_env), ("gym-anytrading (no borrow)", _gym_anytrading)):
        try:
            contestants[name] = make(frame, rng)
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


def _vector_contestants() -> dict[str, Work]:
    data = load_dataset(DataConfig()).train
    actions = np.random.default_rng(0).uniform(-1, 1, (ACCOUNT_STEPS, ACCOUNTS, 1)).astype(np.float32)
    targets = actions[:, :, 0].astype(np.float64)
    env = TradingVectorEnv(data, CONFIG, num_envs=ACCOUNTS)

    def account_pass() -> int:
        accounts = Accounts(1e5, Terms(5e-4, 1e-4, 2e-4), ACCOUNTS)
        for row, target in enumerate(targets):
            accounts.advance(target, data.open[row + 1], data.close[row + 1])
        return ACCOUNTS * ACCOUNT_STEPS

    def environment_pass() -> int:
        env.reset(seed=0)
        for action in actions:
            env.step(action)
        return ACCOUNTS * ACCOUNT_STEPS

    return {"accounts alone": account_pass, "TradingVectorEnv with observations": environment_pass}


def _build_a_million_bars() -> None:
    env = TradingEnv(synthetic_bars(0, MINUTE_BARS), CONFIG)
    env.reset(seed=0)
    for _ in range(1_000):
        env.step(np.array([0.5], np.float32))
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak_kb // (1024 * 1024 if platform.system() == "Darwin" else 1024))


def _peak_memory_mb() -> int:
    command = [sys.executable, "-m", "benchmarks.env_speed", "--memory-child"]
    return int(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def _report(rates: Rates, passes: Rates, missing: list[str], rounds: int, memory_mb: int) -> str:
    base = GYM_TRADING_ENV if GYM_TRADING_ENV in rates.by_name else OURS
    rows = [f"| {name} | {rates.median(name):,.0f} | {rates.ratio(name, base):.2f} |" for name in rates.by_name]
    vector = [f"| {name} | {passes.median(name) / 1e6:.1f} |" for name in passes.by_name]
    absent = [f"Not installed, so not measured: {', '.join(missing)}.\n"] if missing else []
    return "\n".join(
        [
            "# Speed of the environment\n",
            _METHOD.format(cores=os.cpu_count(), rounds=rounds),
            f"| environment | steps/s | against {base} |\n| --- | --- | --- |",
            *rows,
            "",
            *absent,
            f"{ACCOUNTS:,} parallel accounts in one numpy pass, all costs on:\n",
            "| pass | million account-steps/s |\n| --- | --- |",
            *vector,
            "",
            f"Peak memory of a process that loads {MINUTE_BARS:,} bars and steps on them: {memory_mb:,} MB.",
            "",
        ]
    )


if __name__ == "__main__":
    main()
