"""The learner's parameters, apart from the learner: whoever only asks for them need not load torch."""

from typing import Annotated

from pydantic import ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from knobs import INCONSISTENT, Knobs, Registry, knob
from learner.exploration import EXPLORATIONS

DEVICES: Registry[str] = Registry("device")
DEVICES.add("auto", "auto", help="The GPU where PyTorch finds one that speaks CUDA, else the processor.")
DEVICES.add("cpu", "cpu", help="The processor.")
DEVICES.add("cuda", "cuda", help="The GPU; a run without one fails at once.")

PRECISIONS: Registry[str] = Registry("precision")
PRECISIONS.add("float32", "float32", help="Everything in single precision.")
PRECISIONS.add(
    "bfloat16",
    "bfloat16",
    help="Matrix products rounded to 8 bits of mantissa; faster only where the hardware has them.",
)


class SACConfig(Knobs):
    """The learner's parameters."""

    learning_rate: float = knob(
        3e-4,
        gt=0,
        le=0.1,
        primary=True,
        live=True,
        label="Learning rate",
        help="Adam step size of actor, critics and log alpha.",
    )
    batch_size: int = knob(256, ge=2, le=65_536, unit="transitions", label="Batch size", help="Transitions per update.")
    discount: float = knob(
        0.99, ge=0, lt=1, label="Discount", help="Weight of the next step's value (gamma in the paper)."
    )
    target_smoothing: float = knob(
        0.005,
        gt=0,
        le=1,
        label="Target smoothing",
        help="Share of the critics that moves into their targets at each update (tau in the paper).",
    )
    hidden_units: int = knob(
        256, ge=1, le=4_096, unit="units", label="Hidden units", help="Width of each hidden layer."
    )
    hidden_layers: int = knob(
        2, ge=1, le=8, unit="layers", label="Hidden layers", help="Hidden layers of each network."
    )
    buffer_capacity: int = knob(
        200_000,
        ge=2,
        le=10_000_000,
        unit="transitions",
        label="Replay buffer",
        help="Newest transitions kept for replay; memory is taken as it fills.",
    )
    initial_alpha: float = knob(
        1.0,
        gt=0,
        le=100,
        primary=True,
        label="Initial alpha",
        help="Weight of the entropy bonus before the first update; tuned automatically afterwards.",
    )
    target_entropy: float | None = knob(
        None,
        ge=-100,
        le=100,
        unit="nats",
        live=True,
        label="Target entropy",
        help="Policy entropy that alpha is tuned towards; empty means minus one per action dimension.",
    )
    min_alpha: float | None = knob(
        None,
        gt=0,
        le=100,
        label="Minimum alpha",
        help="Alpha never falls below this; empty sets no bound, as in the paper.",
    )
    n_step: int = knob(
        1,
        ge=1,
        le=64,
        unit="steps",
        label="Steps of return",
        help="Rewards summed before the value of what follows; the paper's 1 learns slower from sparse rewards.",
    )
    layer_norm_critics: bool = knob(
        False,
        label="Layer norm in critics",
        help="Normalises the critics' hidden layers, a departure from the paper that bounds their extrapolation.",
    )
    exploration: Annotated[str, EXPLORATIONS] = knob(
        "independent", label="Exploration noise", help="How the noise of one step's action relates to the next one's."
    )
    device: Annotated[str, DEVICES] = knob("auto", label="Device", help="Where networks live and updates happen.")
    precision: Annotated[str, PRECISIONS] = knob(
        "float32", label="Precision", help="Of the matrix products; parameters, targets and Adam stay float32."
    )

    @field_validator("buffer_capacity")
    @classmethod
    def _holds_a_batch(cls, capacity: int, info: ValidationInfo) -> int:
        batch_size = info.data.get("batch_size", 0)
        if capacity < batch_size:
            raise PydanticCustomError(
                INCONSISTENT,
                "must hold at least one batch of {batch_size} transitions, found {capacity}",
                {"batch_size": batch_size, "capacity": capacity},
            )
        return capacity
