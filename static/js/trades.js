/** The inspector's table of trades: the first ones at once, the rest on request. */

import { byId, element } from "./dom.js";
import { barTime, figure, number, signed } from "./format.js";

const FIRST_ROWS = 200;

const COLUMNS = [
  { head: "Time (UTC)", cell: ({ time_ms: time }) => barTime(time) },
  { head: "Side", cell: ({ side }) => element("span", { class: "trade-side", "data-side": side }, side) },
  { head: "Price", cell: ({ price }) => number(price, 2) },
  { head: "Quantity", cell: ({ quantity }) => figure(quantity) },
  { head: "Notional", cell: ({ notional }) => number(notional) },
  {
    head: "Position",
    cell: ({ position_before: from, position_after: to }) => `${signed(from, 2)} → ${signed(to, 2)}`,
  },
  { head: "Costs", cell: ({ costs }) => number(costs, 2) },
  { head: "Equity", cell: ({ equity }) => number(equity) },
];

/** @param {any[]} trades */
export function renderTrades(trades) {
  byId("trades-head").replaceChildren(...COLUMNS.map(({ head }) => element("th", { scope: "col" }, head)));
  byId("trades-body").replaceChildren(...trades.slice(0, FIRST_ROWS).map(createRow));
  byId("trades-count").textContent = number(trades.length);
  byId("trades-empty").hidden = trades.length > 0;
  byId("trades-scroll").hidden = trades.length === 0;
  const more = byId("trades-more");
  more.hidden = trades.length <= FIRST_ROWS;
  more.textContent = `Show all ${number(trades.length)} trades`;
  more.onclick = () => {
    byId("trades-body").append(...trades.slice(FIRST_ROWS).map(createRow));
    more.hidden = true;
  };
}

function createRow(trade) {
  return element("tr", {}, ...COLUMNS.map(({ cell }) => element("td", {}, cell(trade))));
}
