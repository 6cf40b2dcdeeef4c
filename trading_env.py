"""The market as a Gymnasium environment."""
from typing import Annotated, Any

from knobs import Registry, knob
from warmup_gate import WarmupConfig

FILL_MODES: Registry[Any] = Registry("fill mode")
FILL_MODES.add("next_open", None, help="Decide after the close, trade at the next bar's open.")
FILL_MODES.add("close", None, help="Decide and trade at the same close: optimistic, for comparison only.")
FILL_MODES.add("next_close", None, help="Decide after the close, trade at the next bar's close.")


class TradingConfig(WarmupConfig):
    """The environment's parameters, the warm-up gate's included."""

    initial_equity: float = knob(
        100_000.0, ge=1, le=1e12, unit="currency", label="Initial equity", help="Account value at each episode's start."
    )
    fill_mode: Annotated[str, FILL_MODES] = knob(
        "next_open", label="Fill mode", help="When a decided trade is executed."
    )
    fee_bps: float = knob(
        2.0, ge=0, le=1_000, unit="bp", primary=True, label="Fee", help="Commission per traded notional."
    )
    half_spread_bps: float = knob(
        1.0, ge=0, le=1_000, unit="bp", label="Half spread", help="Half the bid-ask spread, paid on every trade."
    )
    slippage_bps: float = knob(
        2.0, ge=0, le=1_000, unit="bp", label="Slippage", help="Adverse price move per traded notional."
    )
    borrow_rate_pct: float = knob(
        2.0, ge=0, le=100, unit="% a year", label="Borrow rate", help="Interest on the notional held short."
    )
    no_trade_band: float = knob(
        0.05,
        ge=0,
        le=1,
        unit="of equity",
        label="No-trade band",
        help="A wanted position change of at most this much is not executed.",
    )
    reward_scale: float = knob(
        100.0, gt=0, le=1e6, label="Reward scale", help="Multiplies the log return; 100 makes rewards percent."
    )
    ruin_equity_pct: float = knob(
        10.0, gt=0, lt=100, unit="% of initial", label="Ruin level", help="Equity at or below it ends the episode."
    )
    ruin_penalty: float = knob(
        100.0, ge=0, le=1e6, unit="reward", label="Ruin penalty", help="Subtracted from the reward of the ruin step."
    )
