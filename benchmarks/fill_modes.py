"""Write docs/fill_modes.md, what each fill mode changes: `python -m benchmarks.fill_modes`.

The same baselines on the same bars and account, filled at another price. Knows no agent.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from benchmarks.baseline_table import (
    NAMES,
    YEAR,
    Results,
    default_settlement,
    first_date,
    label,
    number,
    settled,
    table,
)
from market.data import MarketData
from market.datasets import DataConfig, load_dataset
from market.features import first_row
from market.fills import FILL_MODES
from market.metrics import sharpe, total_return_pct
from trading_env import TradingConfig

DOCUMENT = Path(__file__).parents[1] / "docs" / "fill_modes.md"
MODES = FILL_MODES.names()
DEFAULT = TradingConfig().fill_mode

HEAD = f"""# What the fill mode changes

Written by `python -m benchmarks.fill_modes`; do not edit. Baselines on the bundled S&P 500, with the environment's
default costs, interest and no-trade band. Only the price at which a decided trade is filled differs; the default is
`{DEFAULT}`. Why is in [environment.md](environment.md#when-a-trade-is-filled).
"""
WINDOW = """## {title} bars, from {start}

Of the opens, {repeats} % repeat the close before them, where `next_open` and `close` are the same price. From the
close of a decision to the next open the price moves by {overnight} bp on average, to the next close by {whole} bp
(absolute values).
"""


def text() -> str:
    """The whole document."""
    splits = load_dataset(DataConfig())
    windows = {"Training": splits.train, "Validation": splits.validation, "Test": splits.test}
    return "\n".join([HEAD, *(part for title, data in windows.items() for part in section(title, data))])


def main() -> None:
    DOCUMENT.write_text(text(), encoding="utf-8", newline="\n")


def section(title: str, data: MarketData) -> Iterable[str]:
    results = {mode: settled(data, default_settlement(data, mode)) for mode in MODES}
    decided = data.close[first_row(data) : -1]
    opens, closes = data.open[first_row(data) + 1 :], data.close[first_row(data) + 1 :]
    yield WINDOW.format(
        title=title,
        start=first_date(results[DEFAULT]),
        repeats=number(100.0 * float((opens == decided).mean()), 1),
        overnight=number(1e4 * float(np.abs(np.log(opens / decided)).mean()), 1),
        whole=number(1e4 * float(np.abs(np.log(closes / decided)).mean()), 1),
    )
    heads = [f"{figure}, `{mode}`" for figure in ("return %", "Sharpe") for mode in MODES]
    yield table(["baseline", *heads], (row_of(name, results) for name in NAMES))


def row_of(name: str, results: Mapping[str, Results]) -> list[str]:
    curves = [results[mode][name].equity for mode in MODES]
    returns = [number(total_return_pct(curve), 2) for curve in curves]
    return [label(name), *returns, *(number(sharpe(curve, YEAR), 3) for curve in curves)]


if __name__ == "__main__":
    main()
