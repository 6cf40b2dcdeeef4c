"""What docs/environment.md says is what the environment does: its examples run, its tables are the registries."""

import doctest
import re

import trading_env
from market.features import FEATURES
from market.fills import FILL_MODES
from market.rewards import REWARDS
from tests.source_reader import ROOT
from trading_env import ACCOUNT_STATE

DOCUMENT = ROOT / "docs/environment.md"


def rows_under(heading: str) -> list[list[str]]:
    """Cells of the table in a section, without its head, code marks removed."""
    section = DOCUMENT.read_text(encoding="utf-8").split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip().strip("`") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def test_examples_do_what_they_show() -> None:
    result = doctest.testfile(str(DOCUMENT), module_relative=False)
    assert result.attempted > 20
    assert result.failed == 0


def test_observation_table_is_the_registry() -> None:
    features = [[entry.name, entry.help, str(entry.item.lookback)] for entry in FEATURES]
    rows = rows_under("Observation")
    assert rows[: len(features)] == features
    assert [row[0] for row in rows[len(features) :]] == list(ACCOUNT_STATE)


def test_every_reward_and_fill_mode_is_explained() -> None:
    assert [row[0] for row in rows_under("Reward")] == REWARDS.names()
    assert [row[0] for row in rows_under("When a trade is filled")] == FILL_MODES.names()


def test_the_class_docstring_is_a_specification_that_runs() -> None:
    result = doctest.testmod(trading_env)

    assert result.attempted > 5
    assert result.failed == 0
