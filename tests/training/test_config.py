"""A configuration is refused before work starts, with every reason at once, or it is complete and exact."""

import json
import math
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knobs import Parameter
from market.datasets import DATASETS
from training.config import SECTIONS, ConfigError, Problem, RunConfig, parameters
from warmup_gate import UPDATE_DURING_WARMUP_WARNING

KNOBS = parameters()
NAMES = [parameter.name for parameter in KNOBS]


def problems_of(values: dict[str, Any]) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        RunConfig.from_flat(values)
    return caught.value.problems


def neighbour(parameter: Parameter, value: float, direction: float) -> float:
    """The next value that the parameter's type can hold, towards `direction`."""
    if parameter.type == "integer":
        return int(value) + (1 if direction > 0 else -1)
    return math.nextafter(value, direction)


def limits() -> list[Any]:
    """(name, the last value allowed, the first one refused) for every bound of every knob."""
    cases = []
    for knob in KNOBS:
        for bound, outwards in [(knob.minimum, -math.inf), (knob.maximum, math.inf)]:
            if bound is not None:
                bound = int(bound) if knob.type == "integer" else bound
                cases.append(
                    pytest.param(knob.name, bound, neighbour(knob, bound, outwards), id=f"{knob.name}-{bound}")
                )
        for bound, outwards in [(knob.exclusive_minimum, -math.inf), (knob.exclusive_maximum, math.inf)]:
            if bound is not None:
                cases.append(
                    pytest.param(knob.name, neighbour(knob, bound, -outwards), bound, id=f"{knob.name}-{bound}")
                )
    return cases


def test_no_two_sections_share_a_name() -> None:
    assert [name for name, count in Counter(NAMES).items() if count > 1] == []
    assert {parameter.section for parameter in KNOBS} == set(SECTIONS)


@pytest.mark.parametrize("knob", KNOBS, ids=NAMES)
def test_help_marks_each_name_of_a_parameter_or_choice_so_that_the_page_can_show_its_label(knob: Parameter) -> None:
    known = {*NAMES, *(choice["name"] for other in KNOBS for choice in other.choices)}
    for text in (knob.help, *(choice["help"] for choice in knob.choices)):
        assert set(re.findall(r"`(\w+)`", text)) <= known
        assert not re.search(r"[a-z]_[a-z]", re.sub(r"`\w+`", "", text)), text


@pytest.mark.parametrize("knob", KNOBS, ids=NAMES)
def test_every_default_is_accepted_when_it_is_spelled_out(knob: Parameter) -> None:
    assert RunConfig.from_flat({knob.name: knob.default}) == RunConfig()


@pytest.mark.parametrize(("name", "allowed", "refused"), limits())
def test_every_bound_is_exact(name: str, allowed: float, refused: float) -> None:
    smallest_batch = {"batch_size": 2}  # which every buffer holds
    assert RunConfig.from_flat(smallest_batch | {name: allowed}).flat()[name] == allowed

    [problem] = problems_of({name: refused})

    assert problem.field == name
    assert problem.message.endswith(f", found {refused:,}")


@pytest.mark.parametrize("knob", KNOBS, ids=NAMES)
def test_null_is_accepted_exactly_where_the_catalog_says_so(knob: Parameter) -> None:
    if knob.nullable:
        assert RunConfig.from_flat({knob.name: None}).flat()[knob.name] is None
    else:
        assert [problem.field for problem in problems_of({knob.name: None})] == [knob.name]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("fee_bps", -1, "must be a number between 0 and 1,000 bp, found -1"),
        ("learning_rate", 0, "must be a number above 0 and at most 0.1, found 0"),
        ("discount", 1.0, "must be a number at least 0 and below 1, found 1.0"),
        ("batch_size", 1.5, "must be a whole number between 2 and 65,536 transitions, found 1.5"),
        ("target_entropy", "low", "must be a number between -100 and 100 nats or automatic (null), found 'low'"),
        ("fee_bps", "0,5", "must be a number between 0 and 1,000 bp, found '0,5'; write decimals with a point"),
        ("ruin_equity_pct", math.nan, "must be a number above 0 and below 100 % of initial, found nan"),
        ("update_during_warmup", 1, "must be true or false, found 1"),
        ("discount", None, "must be a number at least 0 and below 1, found nothing"),
        ("seed", True, "must be a whole number between 0 and 2,147,483,647, found true"),
        ("dataset", 3, f"must be one of {', '.join(DATASETS.names())}, found 3"),
        (
            "dataset",
            "sp50",
            f"unknown dataset 'sp50'; allowed: {', '.join(DATASETS.names())}. Did you mean 'sp500'?",
        ),
        ("fe_bps", 2, "unknown parameter. Did you mean 'fee_bps'?"),
        ("colour", "red", "unknown parameter."),
    ],
)
def test_message_names_what_was_found_and_what_is_allowed(name: str, value: object, message: str) -> None:
    assert problems_of({name: value}) == [Problem(name, message)]


def test_overlong_value_is_shortened_in_the_message() -> None:
    [problem] = problems_of({"seed": "9" * 100_000})

    assert len(problem.message) < 150


def test_problems_of_all_sections_come_at_once() -> None:
    values = {"fe_bps": 2, "synthetic_bars": 1, "total_steps": 0, "fee_bps": -1, "slippage_bps": "x", "batch_size": 1}

    problems = problems_of(values)

    assert {problem.field for problem in problems} == set(values)
    assert len(problems) == len(values)


def test_error_text_and_dictionaries_name_every_problem() -> None:
    error = ConfigError([Problem("a", "is wrong"), Problem("b", "is worse")])

    assert str(error) == "a: is wrong; b: is worse"
    assert error.as_dicts() == [{"field": "a", "message": "is wrong"}, {"field": "b", "message": "is worse"}]


def test_flat_form_survives_json_and_back() -> None:
    config = RunConfig.from_flat(
        {"dataset": "nasdaq", "seed": 7, "fee_bps": 0.5, "target_entropy": -0.5, "warmup_strategy": "clear_buffer"}
    )

    flat = json.loads(json.dumps(config.flat(), allow_nan=False))

    assert list(flat) == NAMES
    assert flat["fee_bps"] == 0.5
    assert RunConfig.from_flat(flat) == config


def test_only_the_switch_that_reproduces_the_bug_draws_a_warning() -> None:
    assert RunConfig().warnings() == []
    [warning] = RunConfig.from_flat({"total_steps": 5_000}).warnings()
    assert warning == "The gate stays closed: the run ends after 5,000 steps of warm-up and learns nothing."
    assert RunConfig.from_flat({"total_steps": 5_001}).warnings() == []
    assert RunConfig.from_flat({"update_during_warmup": True}).warnings() == [UPDATE_DURING_WARMUP_WARNING]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(), json_values, max_size=5))
def test_any_json_object_is_either_a_configuration_or_a_list_of_its_own_problems(values: dict[str, Any]) -> None:
    try:
        flat = RunConfig.from_flat(values).flat()
    except ConfigError as error:
        fields = [problem.field for problem in error.problems]
        assert set(fields) <= set(values)
        assert len(fields) == len(set(fields))
    else:
        assert {name: flat[name] for name in values} == values


def test_buffer_must_hold_a_batch() -> None:
    with pytest.raises(ConfigError) as caught:
        RunConfig.from_flat({"batch_size": 512, "buffer_capacity": 500})

    (problem,) = caught.value.problems
    assert problem.field == "buffer_capacity"
    assert problem.message == "must hold at least one batch of 512 transitions, found 500"
