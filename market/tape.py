"""The bars as an environment reads them: one row a bar, everything that does not depend on the account."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.data import Column, MarketData
from market.features import TrainStatistics, scaled_features
from market.fills import FILL_MODES


@dataclass(frozen=True, slots=True)
class Tape:
    """Aligned arrays over the bars of one window."""

    observations: NDArray[np.float32]  # (bars, features + account columns): standardised, clipped; the account's are 0
    close: Column
    fill_price: Column  # (bars - 1,): where what is decided at this row is traded
    market_log_return: Column  # of the close since the row before; 0 in row 0
    time_ms: NDArray[np.int64]

    @classmethod
    def of(cls, data: MarketData, statistics: TrainStatistics, fill_mode: str, account_columns: int) -> "Tape":
        return cls(
            observations=np.pad(scaled_features(data, statistics), ((0, 0), (0, account_columns))),
            close=data.close,
            fill_price=FILL_MODES[fill_mode](data),
            market_log_return=np.concatenate([[0.0], np.diff(np.log(data.close))]),
            time_ms=data.time.astype(np.int64),
        )
