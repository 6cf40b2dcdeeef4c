"""Fill modes by name: the mid price at which what is decided at bar t's close is traded, for every t but the last."""

from collections.abc import Callable

from knobs import Registry
from market.data import Column, MarketData

FillPrices = Callable[[MarketData], Column]

FILL_MODES: Registry[FillPrices] = Registry("fill mode")
FILL_MODES.add(
    "next_open",
    lambda data: data.open[1:],
    help="Decide after the close, trade at the next bar's open: what an order placed overnight gets.",
)
FILL_MODES.add(
    "close",
    lambda data: data.close[:-1],
    help="Decide and trade at the same close: optimistic, for comparison only.",
)
FILL_MODES.add(
    "next_close",
    lambda data: data.close[1:],
    help="Decide after the close, trade at the next bar's close: one whole bar of delay.",
)
