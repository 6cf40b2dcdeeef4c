"""Who knows the future: the bound that every honest rule and every agent must stay below."""

import numpy as np

from market.data import Column, MarketData
from market.fills import FILL_MODES


def foresight(data: MarketData, fill_mode: str = "close") -> Column:
    """Target positions `(bars,)` of one who knows the next fill: long before a rise, short before a fall."""
    fill_price = FILL_MODES[fill_mode](data)
    next_fill = np.concatenate([fill_price[1:], data.close[-1:]])
    return np.concatenate([np.sign(next_fill - fill_price), [0.0]])
