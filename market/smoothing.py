"""Smoothed curves: an exponential moving average over all values, before any are left out for drawing."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from market.episode import Column

MAX_WEIGHT = 0.99


@dataclass(frozen=True, slots=True)
class Smoothed:
    """`values` are averages, NaN where the raw ones are; with `last` and `count` somebody else can go on."""

    values: Column
    last: float  # of the defined ones; NaN where there is none
    count: int  # of the defined ones


def smooth(values: Column, weight: float) -> Smoothed:
    """Each value averaged with those before it, which count `weight` times less with every step back.

    Undefined values (NaN) stay undefined and change nothing. 0 leaves all as they are; `weight` is below 1.

    Source: bias correction as in Adam (Kingma & Ba 2014, section 3).
    """
    is_defined = ~np.isnan(values)
    defined = values[is_defined]
    averages = pd.Series(defined).ewm(alpha=1.0 - weight, adjust=True).mean().to_numpy()
    smoothed = np.full_like(values, np.nan)
    smoothed[is_defined] = averages
    return Smoothed(smoothed, float(averages[-1]) if len(averages) else np.nan, len(averages))
