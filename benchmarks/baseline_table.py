"""Write docs/baselines.md, what the baselines earn on the S&P 500: `python -m benchmarks.baseline_table`.

Knows no agent: these are the figures that an agent must beat.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from market.account import Terms
from market.baselines import BASELINES, Settlement, baseline_positions, settle
from market.data import Column, MarketData
from market.datasets import DataConfig, load_dataset
from market.episode import EpisodeSeries
from market.features import first_row
from market.fills import FILL_MODES
from market.metrics import (
    calmar,
    deflated_sharpe,
    max_drawdown_pct,
    mean_exposure,
    probabilistic_sharpe,
    sharpe,
    sharpe_standard_error,
    sortino,
    total_return_pct,
    turnover,
)
from market.statistics import Difference, compare, superior_ability
from trading_env import TradingConfig

DOCUMENT = Path(__file__).parents[1] / "docs" / "baselines.md"
YEAR = 252.0
NAMES = BASELINES.names()
TRIALS = len(NAMES) - 1  # flat is no attempt
SEED = 0
BENCHMARKS = ("buy_and_hold", "vol_target")
GOLDEN_TERMS = Terms(cost_rate=5e-4)
CONFIG = TradingConfig(no_trading_warmup_steps=0)

Results = Mapping[str, EpisodeSeries]

UNDEFINED = "\N{EN DASH}"

HEAD = f"""# Baselines

Written by `python -m benchmarks.baseline_table`; do not edit. How to read it is in [statistics.md](statistics.md). The
environment's own account settles everything. The S&P 500 is a price index without dividends here, which understates
every long position. DSR counts {TRIALS} trials: every baseline but flat. Random is one draw.
"""
GOLDEN = """## 2016 to 2018, decided and filled at the close

5 bp per traded notional, rebalanced at every bar, no band, no interest. Figures begin at the close of {start}. Every
account is in its position by then: it started flat one close earlier, and paid for its first trade before.
"""
STARTS = """### What the first close decides

The same account started flat at the first close of the window, as the environment starts agent and baselines alike.
"""
DEFAULTS = """## {name} bars, with the environment's defaults

Filled at `{fill_mode}`, all default costs and interest, the default no-trade band, flat at the close of {start}.
"""
DIFFERENCES = """### Difference to {label}

Stationary block bootstrap: 95 % interval, and the two-sided p-value of no difference.
"""
SUPERIOR = "SPA: the p-value of no baseline growing faster than {label} is {p_value}.\n"
FILLS = """## Fill modes

Sharpe ratio of the window, with the environment's defaults otherwise. Where opens repeat the close before, `next_open`
is the `close` fill.
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One column of a table."""

    head: str
    digits: int
    compute: Callable[[EpisodeSeries], float | None]


FIGURES = (
    Figure("return %", 2, lambda series: total_return_pct(series.equity)),
    Figure("Sharpe", 3, lambda series: sharpe(series.equity, YEAR)),
    Figure("± s.e.", 3, lambda series: sharpe_standard_error(series.equity, YEAR)),
    Figure("PSR", 3, lambda series: probabilistic_sharpe(series.equity, YEAR)),
    Figure("DSR", 3, lambda series: deflated_sharpe(series.equity, YEAR, TRIALS)),
    Figure("Sortino", 3, lambda series: sortino(series.equity, YEAR)),
    Figure("drawdown %", 1, lambda series: max_drawdown_pct(series.equity)),
    Figure("Calmar", 3, lambda series: calmar(series.equity, YEAR)),
    Figure("turnover", 1, turnover),
    Figure("exposure", 3, lambda series: mean_exposure(series.position)),
    Figure("costs % of start", 2, lambda series: float(100.0 * series.costs[1:].sum() / series.equity[0])),
)


def text() -> str:
    """The whole document."""
    splits = load_dataset(DataConfig())
    since_2016 = splits.test.row_at("2016-01-01")
    golden = settled(splits.test.window(since_2016 - 2, len(splits.test)), Settlement(GOLDEN_TERMS, "close"))
    golden = {name: after_first_bar(series) for name, series in golden.items()}
    sections = [HEAD, GOLDEN.format(start=first_date(golden)), figure_table(golden), *differences(golden)]
    sections += [STARTS, start_table(splits.test, (since_2016 - 1, since_2016))]
    for name, data in (("Validation", splits.validation), ("Test", splits.test)):
        results = settled(data, default_settlement(data))
        start = first_date(results)
        sections += [DEFAULTS.format(name=name, fill_mode=CONFIG.fill_mode, start=start), figure_table(results)]
    sections += [FILLS, fill_table({"train": splits.train, "test": splits.test})]
    return "\n".join(sections)


def main() -> None:
    DOCUMENT.write_text(text(), encoding="utf-8", newline="\n")


def settled(data: MarketData, settlement: Settlement) -> Results:
    return settle(data, settlement, baseline_positions(data, np.random.default_rng(SEED)))


def default_settlement(data: MarketData, fill_mode: str = CONFIG.fill_mode) -> Settlement:
    return Settlement(CONFIG.terms(data.bars_per_year), fill_mode, CONFIG.initial_equity, CONFIG.ruin_equity)


def after_first_bar(series: EpisodeSeries) -> EpisodeSeries:
    later: dict[str, Any] = {name: column[1:] for name, column in series.columns().items()}
    return EpisodeSeries(**later)


def first_date(results: Results) -> str:
    return str(next(iter(results.values())).time_ms[:1].astype("datetime64[ms]").astype("datetime64[D]")[0])


def figure_table(results: Results) -> str:
    rows = (
        [label(name), *(number(figure.compute(series), figure.digits) for figure in FIGURES)]
        for name, series in results.items()
    )
    return table(["baseline", *(figure.head for figure in FIGURES)], rows)


def differences(results: Results) -> Iterable[str]:
    for benchmark in BENCHMARKS:
        equity = results[benchmark].equity
        others = {name: series.equity for name, series in results.items() if name != benchmark}
        yield DIFFERENCES.format(label=label(benchmark))
        yield table(
            ["baseline", "Sharpe", "interval", "p", "log growth a year", "interval", "p", "block, bars"],
            (difference_row(name, other, equity) for name, other in others.items()),
        )
        p_value = superior_ability(others, equity, np.random.default_rng(SEED))
        yield SUPERIOR.format(label=label(benchmark), p_value=number(p_value, 3))


def difference_row(name: str, equity: Column, benchmark: Column) -> list[str]:
    comparison = compare(equity, benchmark, YEAR, np.random.default_rng(SEED))
    if comparison is None:
        return [label(name), *[UNDEFINED] * 7]
    cells = [*difference_cells(comparison.sharpe), *difference_cells(comparison.log_return)]
    return [label(name), *cells, str(comparison.block_bars)]


def difference_cells(difference: Difference | None) -> list[str]:
    if difference is None:
        return [UNDEFINED] * 3
    interval = f"{number(difference.low, 3)} to {number(difference.high, 3)}"
    return [number(difference.estimate, 3), interval, number(difference.p_value, 3)]


def start_table(data: MarketData, rows: Iterable[int]) -> str:
    def row_of(row: int) -> list[str]:
        window = data.window(row, len(data))
        results = settled(window, Settlement(GOLDEN_TERMS, "close"))
        free = settled(window, Settlement(Terms(), "close"))["buy_and_hold"].equity
        ratios = [number(sharpe(series.equity, YEAR), 3) for series in results.values()]
        return [first_date(results), number(total_return_pct(free), 2), *ratios]

    heads = [
        "flat at the close of",
        "buy & hold without costs, return %",
        *(f"{label(name)}, Sharpe" for name in NAMES),
    ]
    return table(heads, map(row_of, rows))


def fill_table(windows: Mapping[str, MarketData]) -> str:
    columns: dict[str, Results] = {}
    shares = []
    for title, data in windows.items():
        columns |= {f"{title}, {mode}": settled(data, default_settlement(data, mode)) for mode in FILL_MODES.names()}
        first = first_row(data)  # nothing is filled at its open
        repeats = data.open[first + 1 :] == data.close[first:-1]
        shares.append(f"{title} {number(100.0 * float(repeats.mean()), 1)} %")
    body = (
        [label(name), *(number(sharpe(results[name].equity, YEAR), 3) for results in columns.values())]
        for name in NAMES
    )
    return table(["baseline", *columns], body) + f"\nOpens that repeat the close before: {', '.join(shares)}.\n"


def label(name: str) -> str:
    return BASELINES[name].label


def number(value: float | None, digits: int) -> str:
    return UNDEFINED if value is None else f"{round(value, digits) + 0.0:.{digits}f}"


def table(heads: list[str], rows: Iterable[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


if __name__ == "__main__":
    main()
