"""Train from the command line, without a server: `python -m training --data bars.csv --steps 20000 --seed 1`."""

import argparse
import importlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from market.data import DataError
from market.datasets import TEST, USER_FILE, VALIDATION, DatasetSplits, load_dataset
from market.features import TrainStatistics
from market.files.reader import read_content
from market.files.summary import describe, summarise
from market.files.uploads import file_id
from trading_env import episode_window
from training.config import ConfigError, RunConfig
from training.console import (
    InputError,
    Reporter,
    StopOnInterrupt,
    assignment,
    comparison_lines,
    evaluation_table,
    preset_values,
)
from training.events import PolicyReady, TrainingEvent
from training.finite import NonFiniteError
from training.loop import train
from training.presets import PRESETS
from warmup_gate import WARMUP_STRATEGIES

CHECKED, FAILED, USAGE_ERROR = 0, 1, 2


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
    work = _walk_forward if options.walk_forward else _train
    try:
        work(config, splits, options)
    except BrokenPipeError:  # whoever read the lines has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter's last flush fails too
        return FAILED
    except (NonFiniteError, DataError) as error:
        print(f"python -m training: failed: {error}", file=sys.stderr)
        return FAILED
    return 0


def _train(config: RunConfig, splits: DatasetSplits, options: argparse.Namespace) -> None:
    final: list[PolicyReady] = []
    with _bar(config, options) as bar:
        report = Reporter(bar, as_json=options.json)

        def publish(event: TrainingEvent) -> None:
            if isinstance(event, PolicyReady) and event.is_final:
                final.append(event)
            report(event)

        train(config, splits.train, publish, StopOnInterrupt())
    if options.evaluate and final:
        _print_evaluations(config, splits, final[0])
    elif options.evaluate:
        print("nothing to evaluate: the run was stopped, or ended before it learned", file=sys.stderr)


def _print_evaluations(config: RunConfig, splits: DatasetSplits, final: PolicyReady) -> None:
    evaluation = importlib.import_module("training.evaluation")  # loaded late: it brings arch, which takes seconds
    statistics = TrainStatistics.fit(splits.train)
    for window in (VALIDATION, TEST):
        data, seed = splits.windows[window], config.loop.seed
        judge = evaluation.Judge(data, config.environment, statistics, window=window, seed=seed)
        result = judge.evaluate(final.policy)
        shown = (result.policy, *result.variants, *result.baselines)
        title = f"{window}, fills at {result.fill_mode}"
        print(evaluation_table(title, [(one.label, one.metrics) for one in shown]), file=sys.stderr)
        print(comparison_lines(evaluation.figures(result)), file=sys.stderr)


def _walk_forward(config: RunConfig, splits: DatasetSplits, options: argparse.Namespace) -> None:
    walking = importlib.import_module("training.walk_forward")
    folds = walking.make_folds(splits, options.walk_forward, config.data.embargo_bars)
    bars = {fold.number: _bar(config, options, f"fold {fold.number}") for fold in folds}
    reporters = {number: Reporter(bar, as_json=options.json) for number, bar in bars.items()}
    result = walking.walk_forward(config, folds, lambda fold, event: reporters[fold](event), StopOnInterrupt())
    for bar in bars.values():
        bar.close()
    rows = [(one.window, one.policy.metrics) for one in result.evaluations]
    rows += [(f"stitched {name}", asdict(curve)) for name, curve in result.stitched.items()]
    print(evaluation_table("walk-forward, policy on bars it has not seen", rows), file=sys.stderr)


def _bar(config: RunConfig, options: argparse.Namespace, title: str | None = None) -> "tqdm[Any]":
    return tqdm(total=config.loop.total_steps, unit=" steps", desc=title, disable=options.json or None)


def _values(options: argparse.Namespace) -> dict[str, Any]:
    """The flat configuration: the preset first, then the file, --set, and the options with names of their own."""
    values = preset_values(options.preset)
    values |= _read_config(options.config) if options.config else {}
    values |= dict(map(assignment, options.set))
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--steps", type=int, metavar="N", help="environment steps of the whole run")
    parser.add_argument("--seed", type=int, metavar="S", help="seed of the whole run")
    parser.add_argument("--warmup-strategy", metavar="NAME", help=", ".join(WARMUP_STRATEGIES.names()))
    parser.add_argument("--data", type=Path, metavar="FILE", help="CSV or Parquet file of bars (docs/data.md)")
    parser.add_argument("--check", action="store_true", help="only check the data and print what is in them")
    parser.add_argument("--preset", metavar="NAME", help=f"begin with {', '.join(PRESETS.names())}")
    parser.add_argument("--config", type=Path, metavar="FILE", help="JSON object of parameter names and values")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="set any other parameter")
    parser.add_argument("--evaluate", action="store_true", help="judge the final policy on validation and test bars")
    parser.add_argument("--walk-forward", type=_fold_count, metavar="FOLDS", help="train and judge fold by fold")
    parser.add_argument("--json", action="store_true", help="print one JSON line per episode")
    return parser


def _fold_count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"takes a number of folds from 1 on, found {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
