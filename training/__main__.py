"""Train from the command line, without a server: `python -m training --data bars.csv --steps 20000 --seed 1`."""

import argparse
import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from tqdm import tqdm

from market.data import DataError
from market.datasets import USER_FILE, DatasetSplits, load_dataset
from market.files.reader import read_content
from market.files.summary import describe, summarise
from market.files.uploads import file_id
from trading_env import episode_window
from training.config import ConfigError, RunConfig
from training.events import EpisodeFinished, GateOpened, Progress, TrainingEvent
from training.finite import NonFiniteError
from training.loop import train
from warmup_gate import WARMUP_STRATEGIES

CHECKED, USAGE_ERROR = 0, 2


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code: 0 trained, checked or stopped by Ctrl-C, 1 failed while training, 2 unusable input."""
    options = _parser().parse_args(arguments)
    try:
        config = RunConfig.from_flat(_values(options))
        splits = _load(config, options.data)
    except (ConfigError, DataError, InputError) as error:
        print(f"python -m training: {error}", file=sys.stderr)
        return USAGE_ERROR
    if options.data or options.check:
        print(describe(summarise(splits)), file=sys.stderr)
    if options.check:
        return CHECKED
    for warning in config.warnings():
        print(f"warning: {warning}", file=sys.stderr)
    stop = StopOnInterrupt()
    with tqdm(total=config.loop.total_steps, unit=" steps", disable=options.json or None) as bar:
        try:
            train(config, splits.train, Reporter(bar, as_json=options.json), stop)
        except NonFiniteError as error:
            print(f"python -m training: failed: {error}", file=sys.stderr)
            return 1
    return 0


class InputError(ValueError):
    """A configuration file or a --set that cannot be read."""


class Reporter:
    """Writes events as they come: a progress bar and a line an episode, or one JSON line an episode."""

    def __init__(self, bar: "tqdm[Any]", *, as_json: bool) -> None:
        self._bar = bar
        self._as_json = as_json

    def __call__(self, event: TrainingEvent) -> None:
        match event:
            case Progress():
                self._bar.set_description(f"{event.phase}, episode {event.episode}", refresh=False)
                self._bar.update(event.step - self._bar.n)
            case GateOpened():
                self._bar.write(event.message, file=sys.stderr)
            case EpisodeFinished() if self._as_json:
                print(json.dumps(event.summary(), allow_nan=False), flush=True)
            case EpisodeFinished():
                self._bar.write(_episode_line(event), file=sys.stdout)


class StopOnInterrupt:
    """Asked before every step; the first Ctrl-C stops after the step in progress, a second one kills."""

    def __init__(self) -> None:
        self._is_asked = False
        signal.signal(signal.SIGINT, self._ask)

    def __call__(self) -> bool:
        return self._is_asked

    def _ask(self, signal_number: int, frame: FrameType | None) -> None:
        self._is_asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _episode_line(event: EpisodeFinished) -> str:
    shown = ("reward", "sharpe", "trades", "alpha", "action_std", "final_equity")
    figures = (event.metrics[name] for name in shown)
    texts = ("-" if value is None else f"{value:,.4g}" for value in figures)
    pairs = ", ".join(f"{name} {text}" for name, text in zip(shown, texts, strict=True))
    return f"episode {event.episode} ({event.phase}, {event.steps} steps): {pairs}"


def _values(options: argparse.Namespace) -> dict[str, Any]:
    """The flat configuration: the file first, then --set, then the options with names of their own."""
    values: dict[str, Any] = _read_config(options.config) if options.config else {}
    values |= dict(_assignment(text) for text in options.set)
    if options.data:
        values |= {"dataset": USER_FILE, "data_file": file_id(read_content(options.data), options.data.name)}
    own = {"total_steps": options.steps, "seed": options.seed, "warmup_strategy": options.warmup_strategy}
    return values | {name: value for name, value in own.items() if value is not None}


def _load(config: RunConfig, path: Path | None) -> DatasetSplits:
    """The bars, from the user's file at `path` if there is one, long enough for an episode."""
    splits = load_dataset(config.data, lambda file_id: path) if path else load_dataset(config.data)
    episode_window(splits.train, config.environment)
    return splits


def _read_config(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}") from error
    if not isinstance(values, dict):
        raise InputError(f"{path} must hold one JSON object of parameter names, found {type(values).__name__}")
    return values


def _assignment(text: str) -> tuple[str, Any]:
    name, separator, value = text.partition("=")
    if not separator:
        raise InputError(f"--set takes NAME=VALUE, found {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value  # a bare word is a string: --set dataset=nasdaq


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--steps", type=int, metavar="N", help="environment steps of the whole run")
    parser.add_argument("--seed", type=int, metavar="S", help="seed of the whole run")
    parser.add_argument("--warmup-strategy", metavar="NAME", help=", ".join(WARMUP_STRATEGIES.names()))
    parser.add_argument("--data", type=Path, metavar="FILE", help="CSV or Parquet file of bars (docs/data.md)")
    parser.add_argument("--check", action="store_true", help="only check the data and print what is in them")
    parser.add_argument("--config", type=Path, metavar="FILE", help="JSON object of parameter names and values")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="set any other parameter")
    parser.add_argument("--json", action="store_true", help="print one JSON line per episode")
    return parser


if __name__ == "__main__":
    sys.exit(main())
