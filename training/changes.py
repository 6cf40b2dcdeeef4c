"""Parameters that change while a run goes on, between two of its episodes. Knows no run and nobody who asks.

A change is part of the loop's state, with its step, so that a run which is cut and continued changes where it did.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from training.config import ConfigError, Problem, RunConfig, parameters

NextChange = Callable[[int], Mapping[str, Any] | None]
"""Asked with the steps behind the run before each episode, until it has no more values for it."""

LIVE = tuple(parameter.name for parameter in parameters() if parameter.live)


def no_change(step: int) -> None:
    """The `NextChange` of a run that nobody changes."""


def changed_live(config: RunConfig, values: Mapping[str, Any]) -> RunConfig:
    """`config` with `values`, all of them of parameters that a running loop can take over.

    Raises:
        ConfigError: a value out of range, or a parameter that cannot change; the message names those that can.
    """
    wanted = config.changed(values)
    allowed = ", ".join(LIVE)
    fixed = [name for name in values if name not in LIVE]
    if fixed:
        raise ConfigError([Problem(name, f"cannot change while a run goes on; what can: {allowed}") for name in fixed])
    return wanted


def config_after(config: RunConfig, changes: Sequence[Mapping[str, Any]]) -> RunConfig:
    """The configuration in force after `changes` as a loop's state holds them."""
    for change in changes:
        config = config.changed(change["values"])
    return config
