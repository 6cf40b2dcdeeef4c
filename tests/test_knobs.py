"""One declaration of a knob feeds validation, error text, form and documents; these tests read it from each side."""

from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from knobs import Entry, Knobs, Parameter, Registry, knob, parameters_of, suggestion

FLAVOURS: Registry[int] = Registry("flavour")
FLAVOURS.add("vanilla", 1, help="The plain one.")
FLAVOURS.add("cherry", 2, help="The red one.")


class IceCream(Knobs):
    scoops: int = knob(2, ge=1, le=5, unit="scoops", primary=True, label="Scoops", help="How many.")
    cream_share: float | None = knob(None, gt=0, lt=1, label="Cream", help="Share of cream; empty: the recipe's.")
    flavour: Annotated[str, FLAVOURS] = knob("vanilla", label="Flavour", help="What it tastes of.")


def test_parameters_repeat_the_whole_declaration_in_order() -> None:
    scoops, cream, flavour = parameters_of(IceCream, "dessert")

    assert scoops == Parameter(
        name="scoops",
        section="dessert",
        label="Scoops",
        help="How many.",
        type="integer",
        default=2,
        unit="scoops",
        primary=True,
        live=False,
        minimum=1,
        maximum=5,
        exclusive_minimum=None,
        exclusive_maximum=None,
        nullable=False,
        choices=[],
    )
    assert (cream.type, cream.nullable, cream.default) == ("number", True, None)
    assert (cream.exclusive_minimum, cream.exclusive_maximum, cream.unit, cream.primary) == (0, 1, "", False)
    assert flavour.type == "string"
    assert flavour.choices == [
        {"name": "vanilla", "help": "The plain one."},
        {"name": "cherry", "help": "The red one."},
    ]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"scoops": 0}, id="below the minimum"),
        pytest.param({"scoops": 6}, id="above the maximum"),
        pytest.param({"scoops": "2"}, id="text for a number"),
        pytest.param({"scoops": True}, id="truth for a number"),
        pytest.param({"scoops": None}, id="null where it is not allowed"),
        pytest.param({"cream_share": 0}, id="on the exclusive minimum"),
        pytest.param({"cream_share": float("nan")}, id="not a number"),
        pytest.param({"cream_share": float("inf")}, id="infinite"),
        pytest.param({"flavour": "mint"}, id="not registered"),
        pytest.param({"sprinkles": 1}, id="unknown name"),
    ],
)
def test_knobs_refuse(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        IceCream(**values)


def test_knobs_cannot_be_changed_after_they_are_built() -> None:
    chosen = IceCream()

    with pytest.raises(ValidationError, match="frozen"):
        chosen.scoops = 3

    assert chosen.scoops == 2


def test_registry_hands_out_items_by_name_in_the_order_they_were_added() -> None:
    assert FLAVOURS["cherry"] == 2
    assert FLAVOURS.names() == ["vanilla", "cherry"]
    assert list(FLAVOURS) == [Entry("vanilla", "The plain one.", 1), Entry("cherry", "The red one.", 2)]
    assert "cherry" in FLAVOURS
    assert "mint" not in FLAVOURS


def test_registry_returns_what_it_registers_and_refuses_a_taken_name() -> None:
    registry: Registry[list[int]] = Registry("list")
    item = [1]

    assert registry.add("a", item, help="An item.") is item
    with pytest.raises(ValueError, match="list 'a' is registered twice"):
        registry.add("a", [2], help="Another item.")
    assert registry["a"] is item


def test_unknown_choice_names_what_was_found_what_is_allowed_and_the_nearest() -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the whole text is compared below
        FLAVOURS.check("chery")

    assert str(caught.value) == "unknown flavour 'chery'; allowed: vanilla, cherry. Did you mean 'cherry'?"


def test_knob_of_a_registry_accepts_a_name_that_was_added_later() -> None:
    registry: Registry[int] = Registry("topping")
    registry.add("nuts", 1, help="Chopped.")

    class Topping(Knobs):
        topping: Annotated[str, registry] = knob("nuts", label="Topping", help="On top.")

    registry.add("sauce", 2, help="Poured.")

    assert Topping(topping="sauce").topping == "sauce"
    assert [choice["name"] for choice in parameters_of(Topping, "")[0].choices] == ["nuts", "sauce"]


def test_suggestion_is_the_nearest_name_or_nothing() -> None:
    assert suggestion("scops", ["scoops", "flavour"]) == " Did you mean 'scoops'?"
    assert suggestion("temperature", ["scoops", "flavour"]) == ""
