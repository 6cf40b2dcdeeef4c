"""The account: exact money. Every trade, cost, interest payment and mark of the product is settled here.

Equity is cash plus quantity times price, in the account's currency. `Account` keeps one account in Python floats,
`Accounts` many of them in one numpy pass; both perform the same operations in the same order, so they agree to the
last bit. Knows no bars, no agent and no reward.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]

_MOST_COST = 0.95  # of what is traded
_DUST = 1e-12  # weight changes below it are rounding, not trades


@dataclass(frozen=True, slots=True)
class Terms:
    """What trading costs and when it happens; rates are fractions, not percent, and in `Accounts` may be `(count,)`."""

    cost_rate: Any = 0.0  # fee, half spread and slippage together, per traded notional
    borrow_per_bar: Any = 0.0  # interest on the notional held short
    financing_per_bar: Any = 0.0  # interest on borrowed cash
    band: float = 0.0  # a wanted change of weight up to this is not traded
    # True: compare the wanted weight with the drifted one, and so trade drift away. False: compare it with the
    # last traded target, and so hold the quantity until something else is wanted.
    rebalances_drift: bool = True

    def times(self, multipliers: Column, largest_weight: float) -> "Terms":
        """The same terms with every cost multiplied: for `Accounts`, one multiplier `(count,)` each.

        The trading cost stops where a trade to `largest_weight` would cost all that it trades with: beyond, no size
        of trade reaches its target.
        """
        return replace(
            self,
            cost_rate=np.minimum(self.cost_rate * multipliers, _MOST_COST / max(largest_weight, 1.0)),
            borrow_per_bar=self.borrow_per_bar * multipliers,
            financing_per_bar=self.financing_per_bar * multipliers,
        )


def notional_after_trade(equity: float, notional: float, target: float, cost_rate: float) -> float:
    """The signed notional N' that makes N'/E' equal `target` after paying for the trade out of equity.

    With E' = E - k|N' - N| a buy gives N' = w(E + kN)/(1 + kw) and a sale N' = w(E - kN)/(1 - kw), for target
    weight w and cost rate k per traded notional. Exact for every sign of w and N, as long as E' is above 0: equity that
    cannot pay for trading N away reaches no weight, and N' is 0.
    """
    rate = cost_rate if target * equity > notional else -cost_rate
    return target * max(equity + rate * notional, 0.0) / (1.0 + rate * target)


class Account:
    """Cash and a signed quantity of one asset; starts flat.

    After `advance`, the attributes describe the bar: `equity` and `position` (signed fraction of equity) at its
    close, `traded` (signed notional bought or sold) and `costs` (trading costs plus interest) during it.
    """

    __slots__ = ("cash", "costs", "equity", "position", "quantity", "target", "terms", "traded")

    def __init__(self, cash: float, terms: Terms) -> None:
        self.terms = terms
        self.cash = self.equity = cash
        self.quantity = self.target = self.position = self.traded = self.costs = 0.0

    def advance(self, target: float, fill_price: float, close: float) -> None:
        """Mark to the fill price, trade there to the weight `target`, mark to the close, pay interest.

        Nothing is traded within the band. An account without equity at the fill is closed out there, for good; so is
        one that cannot pay for its trade, and it owes the rest of the costs.
        """
        terms, cash, quantity = self.terms, self.cash, self.quantity
        held = quantity * fill_price
        equity = cash + held
        traded = costs = 0.0
        if equity > 0.0:
            weight = held / equity if terms.rebalances_drift else self.target
            if abs(target - weight) > terms.band + _DUST:
                wanted = notional_after_trade(equity, held, target, terms.cost_rate)
                traded = wanted - held
                costs = terms.cost_rate * abs(traded)
                cash -= traded + costs
                quantity = wanted / fill_price
                self.target = target
        else:  # closed out where it failed: no later price brings back what was lost
            cash, quantity = equity, 0.0
        held = quantity * close
        interest = -held * terms.borrow_per_bar if held < 0.0 else 0.0
        if cash < 0.0:
            interest -= cash * terms.financing_per_bar
        cash -= interest
        equity = cash + held
        self.cash = cash
        self.quantity = quantity
        self.equity = equity
        self.position = held / equity if equity > 0.0 else 0.0
        self.traded = traded
        self.costs = costs + interest


class Accounts:
    """`count` accounts advanced together; every attribute of `Account` as an array `(count,)`."""

    def __init__(self, cash: float, terms: Terms, count: int) -> None:
        self.terms = terms
        self.cash = np.full(count, cash)
        self.equity = np.full(count, cash)
        self.quantity, self.target, self.position, self.traded, self.costs = np.zeros((5, count))
        self._nothing = np.zeros(count)  # numpy compares two arrays faster than an array and a number

    def advance(self, target: Column, fill_price: float | Column, close: float | Column) -> None:
        """`Account.advance` for weights `(count,)`; prices are shared or one an account."""
        terms = self.terms
        held = self.quantity * fill_price
        equity = self.cash + held
        has_equity = equity > 0.0
        all_have_equity = has_equity.all()
        with np.errstate(divide="ignore", invalid="ignore"):  # an account without equity does not trade
            weight = held / equity if terms.rebalances_drift else self.target
            trades = np.abs(target - weight) > terms.band + _DUST
        if not all_have_equity:
            trades &= has_equity
        rate = np.copysign(terms.cost_rate, target * equity - held)
        wanted = target * np.maximum(equity + rate * held, self._nothing) / (1.0 + rate * target)
        traded = (wanted - held) * trades
        costs = terms.cost_rate * np.abs(traded)
        cash = self.cash - (traded + costs)
        np.copyto(self.quantity, wanted / fill_price, where=trades)
        if not all_have_equity:
            cash = np.where(has_equity, cash, equity)
            self.quantity[~has_equity] = 0.0
        np.copyto(self.target, target, where=trades)
        held = self.quantity * close
        short, debt = np.minimum(held, self._nothing), np.minimum(cash, self._nothing)
        interest = short * -terms.borrow_per_bar - debt * terms.financing_per_bar
        self.cash = cash - interest
        self.equity = self.cash + held
        with np.errstate(divide="ignore", invalid="ignore"):
            self.position = held / self.equity
        if not (is_solvent := self.equity > 0.0).all():
            self.position[~is_solvent] = 0.0
        self.traded, self.costs = traded, costs + interest

    def reset(self, which: NDArray[np.bool_], cash: float) -> None:
        """Make the selected accounts flat again with `cash`."""
        for name in ("quantity", "target", "position", "traded", "costs"):
            getattr(self, name)[which] = 0.0
        self.cash[which] = self.equity[which] = cash
