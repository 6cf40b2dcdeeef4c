"""The bundled datasets by name, each with its chronological split."""
from typing import Annotated, Any

from knobs import Knobs, Registry, knob

DATASETS: Registry[Any] = Registry("dataset")
DATASETS.add("sp500", None, help="S&P 500 index, 5,031 daily bars 1999-2018, price only (no dividends).")
DATASETS.add("nasdaq", None, help="NASDAQ composite index, daily bars 1999-2018, price only (no dividends).")
DATASETS.add("synthetic", None, help="A seeded random market: geometric Brownian motion with daily bars.")


class DataConfig(Knobs):
    """Which bars a run trades."""

    dataset: Annotated[str, DATASETS] = knob(
        "sp500", primary=True, label="Dataset", help="The bars to train, validate and test on."
    )
    synthetic_seed: int = knob(
        0, ge=0, le=2**31 - 1, label="Synthetic seed", help="Seed of the synthetic market; others ignore it."
    )
    synthetic_bars: int = knob(
        5_000,
        ge=500,
        le=1_000_000,
        unit="bars",
        label="Synthetic bars",
        help="Length of the synthetic market; others ignore it.",
    )
