"""Parameters and their values as a person reads them."""

import pytest

from training.config import SECTIONS
from training.wording import SECTION_TITLES, change_text, setting_text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("fee_bps", 2.0, "Fee 2 bp"),
        ("no_trading_warmup_steps", 5_000, "Warm-up 5,000 steps"),
        ("total_steps", 30_000, "Total steps 30,000"),  # the label has the unit
        ("updates_per_step", 2, "Updates per step 2"),
        ("evaluate_every_episodes", 1, "Evaluate every 1 episode"),
        ("target_entropy", -1.5, "Target entropy \N{MINUS SIGN}1.5 nats"),
        ("target_entropy", None, "Target entropy automatic"),
        ("validation_from", "", "Validation from empty"),
        ("rebalances_drift", True, "Rebalance drift on"),
        ("warmup_strategy", "random_actions", "Warm-up strategy random actions"),
        ("learning_rate", 3e-4, "Learning rate 0.0003"),
        ("at_step", 5_000, "at step 5,000"),  # no parameter
    ],
)
def test_a_setting_has_the_label_and_the_unit_of_the_form(name: str, value: object, text: str) -> None:
    assert setting_text(name, value) == text


def test_a_change_has_its_unit_on_either_side() -> None:
    assert change_text("fee_bps", 2.0, 50.0) == "Fee 2 bp → 50 bp"
    assert change_text("target_entropy", None, -1.0) == "Target entropy automatic → \N{MINUS SIGN}1 nats"


def test_every_section_has_a_title() -> None:
    assert list(SECTION_TITLES) == list(SECTIONS)
