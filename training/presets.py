"""Named sets of parameters to start from. Knows no form and no command line; both offer what is registered here."""

from collections.abc import Mapping
from typing import Any

from knobs import Registry

_SMALL: dict[str, Any] = {"hidden_units": 64, "batch_size": 64}  # as good to look at, several times as fast

PRESETS: Registry[Mapping[str, Any]] = Registry("preset")
PRESETS.add("default", {}, help="Every parameter at its default.")
PRESETS.add(
    "quick_look",
    {
        **_SMALL,
        "total_steps": 6_000,
        "no_trading_warmup_steps": 1_500,
        "episode_bars": 250,
        "updates_per_step": 1,
        "learning_rate": 1e-3,
    },
    help="All there is to see within a minute on two slow cores: the gate opens, 24 episodes, small networks.",
)
PRESETS.add(
    "reproduce_warmup_bug",
    {
        **_SMALL,
        "total_steps": 23_000,
        "no_trading_warmup_steps": 20_000,
        "update_during_warmup": True,
        "episode_bars": 500,
    },
    help="Updates during 20,000 forced steps: alpha and entropy collapse before the agent has made one choice.",
)
