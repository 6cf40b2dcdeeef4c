"""Candles of an episode or evaluation over REST, read from the dataset of its run: no episode keeps a copy of bars."""

import threading
from collections import OrderedDict
from functools import partial

import numpy as np
from flask import Blueprint

from market.candles import Candles, candles, rows_at
from market.data import DataError, MarketData
from market.episode import EpisodeSeries
from runs.controller import RunController
from training.config import ConfigError, RunConfig
from web.bar_routes import BarView, JsonObject, add_bar_routes
from web.json import plain
from web.openapi import answers
from web.query import FROM, TO, WholeNumber, read_range
from web.series import BAR_AXIS, rows_between

KEPT_DATASETS = 2
CANDLES = WholeNumber("candles", "The most there are; each stands for as many bars as that takes.", 400, 10, 2_000)


class Bars:
    """The bars of runs, the last ones kept in memory. Any thread may ask."""

    def __init__(self, controller: RunController) -> None:
        self._controller = controller
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, MarketData] = OrderedDict()

    def of_run(self, run_id: str) -> MarketData:
        """Every bar of the run's dataset.

        Raises:
            RunNotFoundError
            DataError, ConfigError: they cannot be read any more.
        """
        config = RunConfig.from_flat(dict(self._controller.run(run_id).config))
        key = config.data.model_dump_json()
        with self._lock:
            data = self._kept[key] if key in self._kept else self._controller.data.load(config).all_bars
            self._kept[key] = data
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT_DATASETS:
                self._kept.popitem(last=False)
        return data


def add_candle_routes(api: Blueprint, controller: RunController) -> None:
    bars = Bars(controller)
    view = BarView(
        "candles",
        "Open, high, low and close under {}, for drawing",
        (BAR_AXIS, FROM, TO, CANDLES),
        answers.EpisodeCandles,
        answers.EvaluationCandles,
        partial(_answer, bars),
    )
    add_bar_routes(api, controller, view)


def _answer(bars: Bars, run_id: str, series: EpisodeSeries) -> JsonObject:
    """The candles, or why there are none: the run outlives the file that it was trained on."""
    axis, (low, high), most = BAR_AXIS.read(), read_range(), CANDLES.read()
    part = rows_between(series.time_ms if axis == "time" else np.arange(len(series)), low, high)
    try:
        found = _candles(bars.of_run(run_id), series, part, most)
    except (DataError, ConfigError) as error:
        return {"candles": None, "reason": str(error)}
    return {"candles": plain(found), "reason": None}


def _candles(data: MarketData, series: EpisodeSeries, part: slice, most: int) -> Candles:
    return candles(data, rows_at(data, series.time_ms[part], series.price[part]), most)
