"""Train from the command line, without a server: `python -m training --steps 20000 --seed 1 --json`."""

import argparse
import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from tqdm import tqdm

from market.data import DataError
from market.datasets import load_dataset
from training.config import ConfigError, RunConfig
from training.events import EpisodeFinished, GateOpened, Progress, TrainingEvent
from training.finite import NonFiniteError
from training.loop import train
from warmup_gate import WARMUP_STRATEGIES

USAGE_ERROR = 2


def main(arguments: list[str] | None = None) -> int:
    """Returns the process's exit code: 0 trained or stopped by Ctrl-C, 1 failed while training, 2 unusable input."""
    options = _parser().parse_args(arguments)
    try:
        config = RunConfig.from_flat(_values(options))
        data = load_dataset(config.data).train
    except (ConfigError, DataError, InputError) as error:
        print(f"python -m training: {error}", file=sys.stderr)
        return USAGE_ERROR
    for warning in config.warnings():
        print(f"warning: {warning}", file=sys.stderr)
    stop = StopOnInterrupt()
    with tqdm(total=config.loop.total_steps, unit=" steps", disable=options.json or None) as bar:
        try:
            train(config, data, Reporter(bar, as_json=options.json), stop)
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
    own = {"total_steps": options.steps, "seed": options.seed, "warmup_strategy": options.warmup_strategy}
    return values | {name: value for name, value in own.items() if value is not None}


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
    parser.add_argument("--config", type=Path, metavar="FILE", help="JSON object of parameter names and values")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="set any other parameter")
    parser.add_argument("--json", action="store_true", help="print one JSON line per episode")
    return parser


if __name__ == "__main__":
    sys.exit(main())
