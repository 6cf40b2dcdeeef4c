"""The configuration of one training run: four groups of knobs inside Python, one flat JSON object outside.

Every knob has a name of its own across all groups, so files, forms, sweeps and diffs need no nesting.
Knows no file format and no web form; both are made from `parameters()`.
"""

import reprlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from knobs import INCONSISTENT, UNKNOWN_CHOICE, Knobs, Parameter, knob, parameters_of, suggestion
from market.datasets import DataConfig
from sac_config import SACConfig
from trading_env import TradingConfig
from warmup_gate import UPDATE_DURING_WARMUP_WARNING, WarmupGate

_LONGEST = 10**15  # a longer number is shortened
_NOUNS = {"integer": "a whole number", "number": "a number", "string": "a text", "boolean": "true or false"}


class LoopConfig(Knobs):
    """How long and how often the loop trains."""

    total_steps: int = knob(
        30_000,
        ge=1,
        le=100_000_000,
        unit="steps",
        primary=True,
        label="Total steps",
        help="Environment steps of the whole run, warm-up included.",
    )
    seed: int = knob(
        0,
        ge=0,
        le=2**31 - 1,
        primary=True,
        label="Seed",
        help="One seed for networks, exploration, replay sampling and environment: the same seed gives the same run.",
    )
    updates_per_step: int = knob(
        2,
        ge=1,
        le=64,
        unit="updates/step",
        primary=True,
        live=True,
        label="Updates per step",
        help="Gradient updates after each step once the gate is open. There is no burst to catch up.",
    )
    evaluate_every_episodes: int = knob(
        1,
        ge=1,
        le=1_000_000,
        unit="episodes",
        label="Evaluate every",
        help="Episodes from one evaluation on the validation bars to the next, or more where they are very short.",
    )
    checkpoint_every_episodes: int = knob(
        1,
        ge=1,
        le=1_000_000,
        unit="episodes",
        label="Save every",
        help="Episodes from one checkpoint on disk to the next, or more where they are very short.",
    )
    torch_threads: int | None = knob(
        None,
        ge=1,
        le=256,
        unit="threads",
        label="Threads",
        help="Threads of one update; empty takes one or two, whichever is faster. More than two share each product.",
    )


SECTIONS: dict[str, type[Knobs]] = {
    "data": DataConfig,
    "loop": LoopConfig,
    "environment": TradingConfig,
    "agent": SACConfig,
}


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one named parameter."""

    field: str
    message: str


class ConfigError(ValueError):
    """A configuration that cannot be used; `problems` lists everything wrong with it at once."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{problem.field}: {problem.message.rstrip('.')}" for problem in problems))

    def as_dicts(self) -> list[dict[str, str]]:
        return [asdict(problem) for problem in self.problems]


@dataclass(frozen=True)
class RunConfig:
    """Everything that, with the data, determines a run to the bit."""

    data: DataConfig = field(default_factory=DataConfig)
    loop: LoopConfig = field(default_factory=LoopConfig)
    environment: TradingConfig = field(default_factory=TradingConfig)
    agent: SACConfig = field(default_factory=SACConfig)

    @classmethod
    def from_flat(cls, values: Mapping[str, Any]) -> "RunConfig":
        """Build a configuration from `{parameter name: value}`; what is left out takes its default.

        Raises:
            ConfigError: unknown names (with the nearest known one) and values out of range, all of them.
        """
        known = {name for model in SECTIONS.values() for name in model.model_fields}
        problems = [
            Problem(str(name), f"unknown parameter.{suggestion(str(name), known)}")
            for name in values
            if name not in known
        ]
        sections: dict[str, Any] = {}
        for section, model in SECTIONS.items():
            own = {name: value for name, value in values.items() if name in model.model_fields}
            try:
                sections[section] = model.model_validate(own)
            except ValidationError as error:
                problems += [_problem(model, detail) for detail in error.errors()]
        if problems:
            raise ConfigError(problems)
        return cls(**sections)

    def flat(self) -> dict[str, Any]:
        """The inverse of `from_flat`, with every default written out."""
        return {
            name: value
            for section in SECTIONS
            for name, value in getattr(self, section).model_dump(mode="json").items()
        }

    def changed(self, values: Mapping[str, Any]) -> "RunConfig":
        """A configuration that differs in these parameters. Raises ConfigError."""
        return RunConfig.from_flat({**self.flat(), **values})

    def warnings(self) -> list[str]:
        """What must stay visible on a run with this configuration for as long as it exists."""
        steps = self.loop.total_steps
        warnings = {
            UPDATE_DURING_WARMUP_WARNING: self.environment.update_during_warmup,
            f"The gate stays closed: the run ends after {steps:,} steps of warm-up and learns nothing.": (
                WarmupGate(self.environment).decide(steps - 1).is_gated
            ),
        }
        return [text for text, applies in warnings.items() if applies]


def parameters() -> list[Parameter]:
    """Every knob of a run, in the order a form shows them."""
    return [parameter for section, model in SECTIONS.items() for parameter in parameters_of(model, section)]


def allowed(parameter: Parameter) -> str:
    """What a value of `parameter` may be, in words: "a number between 0 and 1,000 bp"."""
    if parameter.choices:
        return f"one of {', '.join(choice['name'] for choice in parameter.choices)}"
    words = [_NOUNS[parameter.type], _range(parameter), parameter.unit]
    return " ".join(filter(None, words)) + (" or automatic (null)" if parameter.nullable else "")


def _problem(model: type[Knobs], detail: ErrorDetails) -> Problem:
    name = str(detail["loc"][0])
    if detail["type"] in (UNKNOWN_CHOICE, INCONSISTENT):
        return Problem(name, detail["msg"])
    declared = next(parameter for parameter in parameters_of(model, "") if parameter.name == name)
    hint = "; write decimals with a point" if declared.type == "number" and "," in str(detail["input"]) else ""
    return Problem(name, f"must be {allowed(declared)}, found {_found(detail['input'])}{hint}")


def _found(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    is_small = isinstance(value, int | float) and abs(value) < _LONGEST
    return f"{value:,}" if is_small else reprlib.repr(value)


def _range(parameter: Parameter) -> str:
    if parameter.minimum is not None and parameter.maximum is not None:
        return f"between {parameter.minimum:,.15g} and {parameter.maximum:,.15g}"
    bounds = {
        "at least": parameter.minimum,
        "above": parameter.exclusive_minimum,
        "at most": parameter.maximum,
        "below": parameter.exclusive_maximum,
    }
    return " and ".join(f"{word} {bound:,.15g}" for word, bound in bounds.items() if bound is not None)
