"""A second set of books: one account kept as a list of cash entries, from the written rules of the market alone.

The size of a trade is searched for by bisection, cash is never stored but summed, and prices paid and received carry
the costs. Knows nothing of `market.account` and shares no code with it.
"""

import math
from dataclasses import dataclass, field

_HALVINGS = 80
_TIE = 1e-11  # a wanted change of exactly the band is within the band


@dataclass(frozen=True, slots=True)
class Rules:
    """Rates are fractions: of the traded notional, or of the interest-bearing amount a bar."""

    cost_rate: float
    borrow_rate: float
    financing_rate: float
    band: float
    rebalances_drift: bool


@dataclass(slots=True)
class Ledger:
    """Deposits, purchases, fees and interest as signed cash amounts, in the order they were booked."""

    deposit: float
    rules: Rules
    units: float = 0.0
    last_target: float = 0.0
    purchases: list[float] = field(default_factory=list)
    fees: list[float] = field(default_factory=list)
    interest: list[float] = field(default_factory=list)

    def cash(self) -> float:
        return math.fsum([self.deposit, *(-paid for paid in (*self.purchases, *self.fees, *self.interest))])

    def equity(self, price: float) -> float:
        return self.cash() + self.units * price

    def weight(self, price: float) -> float:
        equity = self.equity(price)
        return self.units * price / equity if equity > 0.0 else 0.0

    def book_bar(self, target: float, fill_price: float, close: float) -> None:
        """Trade to the weight `target` at the fill price if the band allows, then pay interest at the close.

        Books that are empty at the fill are closed there, without a fee. Books that cannot pay the fee of any trade to
        that weight sell or cover all they hold there, and owe the rest of the fee.
        """
        if self.equity(fill_price) <= 0.0:
            self.deposit, self.units = self.equity(fill_price), 0.0
            self.purchases, self.interest = [], []
            self.fees = []
        bought_units = self._wanted_units(target, fill_price) if self._trades(target, fill_price) else 0.0
        self.units += bought_units
        self.purchases.append(bought_units * fill_price)
        self.fees.append(self.rules.cost_rate * abs(bought_units) * fill_price)
        owed_on_short = self.rules.borrow_rate * max(0.0, -self.units * close)
        self.interest.append(owed_on_short + self.rules.financing_rate * max(0.0, -self.cash()))

    def paid_in_bar(self) -> float:
        """Fees and interest of the newest bar."""
        return self.fees[-1] + self.interest[-1]

    def _trades(self, target: float, price: float) -> bool:
        if self.equity(price) <= 0.0:
            return False
        reference = self.weight(price) if self.rules.rebalances_drift else self.last_target
        if abs(target - reference) <= self.rules.band + _TIE:
            return False
        self.last_target = target
        return True

    def _wanted_units(self, target: float, price: float) -> float:
        """Units to buy (above 0) or sell so that, fees paid, the asset is worth `target` times the equity."""
        held, equity = self.units * price, self.equity(price)

        def excess(bought: float) -> float:  # rises with `bought` while costs are below the whole trade
            return held + bought - target * (equity - self.rules.cost_rate * abs(bought))

        fee = self.rules.cost_rate
        high = 10.0 * (abs(held) + equity)
        high = equity / fee if fee * high > equity else high  # more, and the fee would take all there is
        low = -high
        if excess(low) > 0.0 or excess(high) < 0.0:
            return -self.units
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            low, high = (low, middle) if excess(middle) > 0.0 else (middle, high)
        return (low + high) / 2.0 / price
