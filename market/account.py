"""The account: exact money. Every trade, cost and mark of the product goes through here.

Equity is cash plus quantity times price, in the account's currency. Knows no bars, no agent and no reward.
"""

from dataclasses import dataclass

BASIS_POINT = 1e-4
_DUST = 1e-12  # weight changes below it are rounding, not trades


@dataclass(frozen=True, slots=True)
class Fill:
    """One attempted rebalance: signed notional bought (> 0) or sold (< 0), and what it cost. Both 0 without a trade."""

    notional: float
    cost: float


NO_FILL = Fill(0.0, 0.0)


def notional_after_trade(equity: float, notional: float, target: float, cost_rate: float) -> float:
    """The signed notional N' that makes N'/E' equal `target` after paying for the trade out of equity.

    With E' = E - k|N' - N| a buy gives N' = w(E + kN)/(1 + kw) and a sale N' = w(E - kN)/(1 - kw), for target
    weight w and cost rate k per traded notional. Exact for every sign of w and N.
    """
    rate = cost_rate if target * equity > notional else -cost_rate
    return target * (equity + rate * notional) / (1.0 + rate * target)


class Account:
    """Cash and a quantity of one asset; starts flat.

    Between trades the quantity is held, so the weight drifts with the price; a rebalance trades back to its
    target only when the drifted weight is further from it than the no-trade band.
    """

    __slots__ = ("cash", "cost_rate", "quantity")

    def __init__(self, cash: float, cost_rate: float) -> None:
        """`cost_rate`: fee, half spread and slippage together, as a fraction of traded notional."""
        self.cash = cash
        self.quantity = 0.0
        self.cost_rate = cost_rate

    def equity(self, price: float) -> float:
        return self.cash + self.quantity * price

    def position(self, price: float) -> float:
        """Signed fraction of equity held in the asset; 0 for an account without equity."""
        equity = self.equity(price)
        return self.quantity * price / equity if equity > 0 else 0.0

    def rebalance(self, target: float, price: float, band: float) -> Fill:
        """Trade at `price` to hold the fraction `target` of the equity that remains after costs.

        Nothing happens within the band, or when no equity is left to trade with.
        """
        equity = self.equity(price)
        held = self.quantity * price
        if equity <= 0 or abs(target - held / equity) <= band + _DUST:
            return NO_FILL
        wanted = notional_after_trade(equity, held, target, self.cost_rate)
        traded = wanted - held
        cost = self.cost_rate * abs(traded)
        self.cash -= traded + cost
        self.quantity = wanted / price
        return Fill(traded, cost)

    def pay_borrow(self, price: float, rate_per_bar: float) -> float:
        """Charge one bar's interest on the notional held short; returns it."""
        interest = max(0.0, -self.quantity * price) * rate_per_bar
        self.cash -= interest
        return interest
