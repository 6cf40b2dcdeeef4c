"""Peak memory of reading ten years of minute bars and stepping on them: `python -m benchmarks.env_memory FILE`.

Every measurement is a process of its own, which prints what it held at most. Knows no other benchmark.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from market.datasets import synthetic_bars
from market.files.reader import read_bars
from trading_env import TradingConfig, TradingEnv

ROOT = Path(__file__).parents[1]
BARS = 1_000_000
STEPS = 1_000
_BARS_A_DAY = 390  # minutes between 09:30 and 16:00
_VOLATILITY = 0.18 / _BARS_A_DAY**0.5  # of a bar that counts as a day: that of a share over a day's minutes
_LINUX_STATUS = Path("/proc/self/status")


def main() -> None:
    data = read_bars(Path(sys.argv[1]))
    after_reading = _peak_mb()
    env = TradingEnv(data, TradingConfig(no_trading_warmup_steps=0))
    env.reset(seed=0)
    for _ in range(STEPS):
        env.step(np.array([0.5], np.float32))
    print(len(data), after_reading, _peak_mb())


def measure() -> tuple[int, int]:
    """Peaks in MB of a fresh process that reads `BARS` minute bars from a Parquet file, and that steps on them then."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "minutes.parquet"
        minute_bars(BARS).to_parquet(path)
        command = [sys.executable, "-m", "benchmarks.env_memory", str(path)]
        printed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    bars, after_reading, after_stepping = map(int, printed.split())
    assert bars == BARS, "every bar that was written is read"
    return after_reading, after_stepping


def minute_bars(bars: int) -> pd.DataFrame:
    """Minute bars of New York's trading hours from 2009 on, a random walk."""
    frame = synthetic_bars(0, bars, drift=0.0, volatility=_VOLATILITY)
    days = pd.bdate_range("2009-01-01", periods=bars // _BARS_A_DAY + 1).to_numpy()
    minutes = np.timedelta64(14 * 60 + 30, "m") + np.arange(_BARS_A_DAY) * np.timedelta64(1, "m")
    frame.index = pd.DatetimeIndex((days[:, None] + minutes).ravel()[:bars], name="time")
    return frame


def _peak_mb() -> int:
    """What this process held at most. `getrusage` may report the parent's peak, from before the program was loaded."""
    if _LINUX_STATUS.exists():
        fields = dict(line.split(":", 1) for line in _LINUX_STATUS.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) // 1024
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


if __name__ == "__main__":
    main()
