"""The report's words for figures are the page's: both are tried on one table."""

import json
from pathlib import Path
from typing import Any

from web.report.words import duration, number, signed

CASES: dict[str, list[Any]] = json.loads((Path(__file__).parents[1] / "words.json").read_text(encoding="utf-8"))


def test_durations_and_signs_are_written_as_on_the_page() -> None:
    assert [duration(seconds) for seconds, _ in CASES["durations"]] == [text for _, text in CASES["durations"]]
    assert [signed(value, 0) for value, _ in CASES["signed"]] == [text for _, text in CASES["signed"]]


def test_what_rounds_to_zero_has_no_sign() -> None:
    assert [number(value) for value in (-0.0, 0.0, -0.001)] == ["0", "0", "0"]
    assert number(-0.001, 3) == "\N{MINUS SIGN}0.001"
