/** The inspector's tables of round trips and of trades: the first rows at once, the rest on request. */

import { byId, element, setText } from "../dom.js";
import { counted, figure, number, price, signed } from "../format.js";

const FIRST_ROWS = 200;

/** Each cell is made of the record, and of what the bar in each row of the episode is called. */
const TRADES = [
  { head: "Time (UTC)", cell: ({ row }, bars) => bars[row] },
  { head: "Side", cell: ({ side }) => element("span", { class: "trade-side", "data-side": side }, side) },
  { head: "Price", cell: ({ price: paid }) => price(paid) },
  { head: "Quantity", cell: ({ quantity }) => figure(quantity) },
  { head: "Notional", cell: ({ notional }) => number(notional) },
  {
    head: "Position",
    cell: ({ position_before: from, position_after: to }) => `${signed(from, 2)} → ${signed(to, 2)}`,
  },
  { head: "Costs", cell: ({ costs }) => number(costs, 2) },
  { head: "Equity", cell: ({ equity }) => number(equity) },
  { head: "Round trip", cell: ({ trips }) => trips.join(" → ") },
  { head: "Net P&L of it", cell: ({ earned }) => (earned === null ? "" : money(earned)) },
];

const ROUND_TRIPS = [
  { head: "No.", cell: ({ number: own }) => String(own) },
  { head: "Side", cell: ({ side }) => element("span", { class: "trip-side", "data-side": side }, side) },
  { head: "Opened (UTC)", cell: ({ opened_row: opened }, bars) => bars[opened] },
  { head: "Closed (UTC)", cell: ({ closed_row: closed }, bars) => (closed === null ? "still open" : bars[closed]) },
  { head: "Trades", cell: ({ trades }) => number(trades) },
  { head: "Entry", cell: ({ entry_price: entry }) => price(entry) },
  { head: "Exit", cell: ({ exit_price: exit }) => price(exit) },
  { head: "Gross P&L", cell: ({ gross }) => money(gross) },
  { head: "Costs", cell: ({ costs }) => number(costs, 2) },
  { head: "Net P&L", cell: ({ net }) => money(net) },
  { head: "Return", cell: ({ return_pct: percent }) => `${signed(percent)} %` },
];

const PLACES = ["", "beside-"]; // in front of the ids of each pane's parts

/**
 * @typedef {{ opened: import("../reducer.js").Opened, answer: { trades: any[], round_trips: any[] },
 *   columns: import("./columns.js").Columns }} Shown
 * @param {Shown[]} shown
 */
export function renderTables(shown) {
  PLACES.forEach((place, index) => {
    const isAlone = shown.length === 1;
    for (const name of ["trips", "trades"]) {
      byId(`${place}${name}-pane`).hidden = index >= shown.length;
      setText(byId(`${place}${name}-name`), index < shown.length && !isAlone ? `Episode ${shown[index].opened.number}:` : "");
    }
    if (index < shown.length) renderPane(place, shown[index].answer, shown[index].columns.label);
  });
}

function renderPane(place, { trades, round_trips: trips }, bars) {
  renderTable(`${place}trips`, "round trip", ROUND_TRIPS, trips, bars);
  setText(byId(`${place}trips-total`), tripsTotal(trips));
  renderTable(`${place}trades`, "trade", TRADES, tradesInTrips(trades, trips), bars);
}

/**
 * The trades with the round trips that each belongs to, and what the one earned that it ended.
 * @param {any[]} trades
 * @param {any[]} trips  in time order
 * @returns {any[]}
 */
export function tradesInTrips(trades, trips) {
  let first = 0;
  return trades.map((trade) => {
    while (first < trips.length && (trips[first].closed_row ?? Infinity) < trade.row) first += 1;
    const own = trips.slice(first, first + 2).filter(({ opened_row: opened }) => opened <= trade.row);
    const ended = own.find(({ closed_row: closed }) => closed === trade.row);
    return { ...trade, trips: own.map((trip) => trip.number), earned: ended?.net ?? null };
  });
}

/**
 * @param {any[]} trips
 * @returns {string}
 */
export function tripsTotal(trips) {
  if (trips.length === 0) return "";
  const sum = (/** @type {string} */ name) => trips.reduce((total, trip) => total + trip[name], 0);
  const won = trips.filter(({ net }) => net > 0).length;
  const costs = `after ${number(sum("costs"), 2)} of costs`;
  return `${money(sum("net"))} in all, ${costs}; ${number(won)} of ${counted(trips.length, "round trip")} earned something.`;
}

function renderTable(name, noun, columns, records, bars) {
  const createRow = (record) => element("tr", {}, ...columns.map(({ cell }) => element("td", {}, cell(record, bars))));
  byId(`${name}-head`).replaceChildren(...columns.map(({ head }) => element("th", { scope: "col" }, head)));
  byId(`${name}-body`).replaceChildren(...records.slice(0, FIRST_ROWS).map(createRow));
  byId(`${name}-count`).textContent = number(records.length);
  byId(`${name}-empty`).hidden = records.length > 0;
  byId(`${name}-scroll`).hidden = records.length === 0;
  const more = byId(`${name}-more`);
  more.hidden = records.length <= FIRST_ROWS;
  more.textContent = `Show all ${counted(records.length, noun)}`;
  more.onclick = () => {
    byId(`${name}-body`).append(...records.slice(FIRST_ROWS).map(createRow));
    more.hidden = true;
  };
}

function money(value) {
  return signed(value, 2);
}
