"""What command lines show while they train: a progress bar, episode lines, tables of evaluations; and Ctrl-C.

Knows no option but `--set`, and no configuration file.
"""

import json
import signal
import sys
from collections.abc import Iterable, Mapping
from types import FrameType
from typing import Any

from tqdm import tqdm

from training.events import EpisodeFinished, GateOpened, Progress
from training.presets import PRESETS

SHOWN = {  # metrics of an episode's line, and their forms
    "reward": ",.2f",
    "sharpe": ".2f",
    "trades": ",d",
    "alpha": ".4g",
    "action_std": ".3f",
    "final_equity": ",.0f",
}
JUDGED = {  # metrics of an evaluation's row: head, width and form
    "return_pct": ("return %", 10, ",.2f"),
    "sharpe": ("Sharpe", 8, ",.2f"),
    "sharpe_standard_error": ("± s.e.", 8, ",.2f"),
    "sortino": ("Sortino", 9, ",.2f"),
    "max_drawdown_pct": ("drawdown %", 12, ",.1f"),
    "calmar": ("Calmar", 8, ",.2f"),
    "turnover": ("turnover", 10, ",.1f"),
    "exposure": ("exposure", 10, ",.2f"),
    "costs": ("costs", 11, ",.0f"),
    "probabilistic_sharpe": ("PSR", 6, ",.2f"),
}


class Reporter:
    """Writes events as they come: a progress bar and a line an episode, or one JSON line an episode."""

    def __init__(self, bar: "tqdm[Any]", *, as_json: bool) -> None:
        self._bar = bar
        self._as_json = as_json

    def __call__(self, event: object) -> None:
        """Events of other kinds are not for the command line."""
        match event:
            case Progress():
                self._bar.total = event.total_steps
                self._bar.set_description(f"{event.phase}, episode {event.episode}", refresh=False)
                self._bar.update(event.step - self._bar.n)
            case GateOpened():
                self._bar.write(event.message, file=sys.stderr)
            case EpisodeFinished() if self._as_json:
                print(json.dumps(event.summary(), allow_nan=False), flush=True)
            case EpisodeFinished():
                self._bar.write(episode_line(event), file=sys.stdout)


class StopOnInterrupt:
    """Asked before every step; the first Ctrl-C or SIGTERM stops after the step in progress, a second one kills."""

    def __init__(self) -> None:
        self._is_asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def __call__(self) -> bool:
        return self._is_asked

    def _ask(self, signal_number: int, frame: FrameType | None) -> None:
        self._is_asked = True
        signal.signal(signal_number, signal.SIG_DFL)


class InputError(ValueError):
    """Something on the command line that cannot be read."""


def assignment(text: str) -> tuple[str, Any]:
    """Name and value of `NAME=VALUE`; a value that is no JSON is a text: `dataset=nasdaq`.

    Raises:
        InputError: there is no "=" in it.
    """
    name, separator, value = text.partition("=")
    if not separator:
        raise InputError(f"--set takes NAME=VALUE, found {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def preset_values(name: str | None) -> dict[str, Any]:
    """The parameters of a preset; none without a name.

    Raises:
        InputError: there is no such preset.
    """
    try:
        return {} if name is None else dict(PRESETS[name])
    except ValueError as error:
        raise InputError(f"--preset: {error}") from error


def episode_line(event: EpisodeFinished) -> str:
    figures = {name: event.metrics[name] for name in SHOWN}
    texts = (f"{name} {'-' if value is None else format(value, SHOWN[name])}" for name, value in figures.items())
    return f"episode {event.episode} ({event.phase}, {event.steps} steps): {', '.join(texts)}"


def evaluation_table(title: str, rows: Iterable[tuple[str, Mapping[str, float | None]]]) -> str:
    """A line for each row under a line of heads; "-" where a metric is undefined."""
    heads = "".join(f"{head:>{width}}" for head, width, _ in JUDGED.values())
    lines = [
        f"  {label:24}{''.join(_cell(metrics.get(name), *JUDGED[name][1:]) for name in JUDGED)}"
        for label, metrics in rows
    ]
    return "\n".join([title, f"  {'':24}{heads}", *lines])


def comparison_lines(figures: Mapping[str, Any]) -> str:
    """Lines of the policy's Sharpe ratio against each benchmark, by block bootstrap, and of the SPA test."""
    lines = []
    for name, comparison in figures["comparisons"].items():
        sharpe = comparison and comparison["sharpe"]
        text = (
            f"{sharpe['estimate']:+.2f} [{sharpe['low']:+.2f}, {sharpe['high']:+.2f}], p = {sharpe['p_value']:.3f}"
            if sharpe
            else "undefined"
        )
        lines.append(f"  Sharpe against {name}: {text}")
    ability = figures["superior_ability"]
    shown = "undefined" if ability is None else f"p = {ability:.3f}"
    lines.append(f"  SPA, nothing here beats buy & hold but by luck: {shown}")
    return "\n".join(lines)


def _cell(value: float | None, width: int, form: str) -> str:
    return f"{'-':>{width}}" if value is None else f"{value:>{width}{form}}"
