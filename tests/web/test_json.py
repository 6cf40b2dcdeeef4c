"""The one serialiser: strict both ways."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

from warmup_gate import Phase
from web.json import dumps, loads, plain

NAN, INFINITY = float("nan"), float("inf")


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    label: str | None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (0.1 + 0.2, 0.1 + 0.2),
        ("text", "text"),
        (Phase.WARMUP, "warmup"),
        ((1, [2]), [1, [2]]),
        ({"a": (1,)}, {"a": [1]}),
        (Point(0.5, None), {"x": 0.5, "label": None}),
        (datetime(2026, 11, 23, 5, 12, 0, 123456, tzinfo=UTC), "2026-11-23T05:12:00.123Z"),
        (datetime(2026, 11, 23, 7, 12, tzinfo=timezone(timedelta(hours=2))), "2026-11-23T05:12:00.000Z"),
        (np.float32(0.5), 0.5),
        (np.int64(2**62), 2**62),
        (np.bool_(True), True),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array([0.5, 1.5]), [0.5, 1.5]),
        (np.array([True, False]), [True, False]),
    ],
    ids=str,
)
def test_values_have_one_plain_form(value: object, expected: Any) -> None:
    form = plain(value)

    assert form == expected
    assert type(form) is type(expected)


@pytest.mark.parametrize("bad", [NAN, INFINITY, -INFINITY, np.float32(NAN), np.array([1.0, NAN])], ids=str)
def test_a_number_that_is_not_finite_becomes_null_and_is_named(bad: object) -> None:
    answer = loads(dumps({"good": 1.0, "bad": bad, "inner": {"worse": [bad], "fine": 2.0}}))

    lost = [1.0, None] if isinstance(bad, np.ndarray) and bad.ndim else None
    assert answer == {
        "good": 1.0,
        "bad": lost,
        "inner": {"worse": [lost], "fine": 2.0, "non_finite": ["worse"]},
        "non_finite": ["bad"],
    }


def test_finite_values_carry_no_flag() -> None:
    assert "non_finite" not in plain({"values": np.linspace(0, 1, 5)})


def test_what_has_no_form_in_json_is_refused() -> None:
    with pytest.raises(TypeError, match="set has no form in JSON"):
        dumps({"a": {1}})


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "{", "", "[" * 100_000, "1" * 5_000])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        loads(text)
