import assert from "node:assert/strict";
import { test } from "node:test";

import { actionCounts } from "../../static/js/inspect/actions.js";
import { columnsOf, cumulative, drawdowns, scales, stretches } from "../../static/js/inspect/columns.js";
import { refusalOf } from "../../static/js/inspect/beside.js";
import { actionDifference, differenceText } from "../../static/js/inspect/comparison.js";
import { episodeFigure } from "../../static/js/inspect/figure.js";
import { candlesNote, zoomedTo } from "../../static/js/inspect/panes.js";
import { tradesInTrips, tripsTotal } from "../../static/js/inspect/tables.js";

const SERIES = {
  time_ms: [0, 1, 2],
  price: [100, 110, 90],
  action: [0, 1, -1],
  position: [0, 1, -1],
  equity: [1000, 1100, 990],
  buy_and_hold: [1000, 1100, 900],
  costs: [0, 1, 2],
  gated: [false, false, true],
};
const CANDLES = { time_ms: [0, 1, 2], open: [99, 101, 111], high: [101, 112, 111], low: [98, 100, 80], close: [100, 110, 90], bars: [1, 1, 1] };
const TRADES = [
  { row: 1, side: "buy", time_ms: 1, price: 102 },
  { row: 2, side: "sell", time_ms: 2, price: 95 },
];

function anEpisode(more = {}) {
  return { columns: columnsOf(SERIES), candles: CANDLES, trades: TRADES, ...more };
}

function drawn(episode, range = null) {
  const sight = { range: range ?? [0, 2], scales: scales([episode], range) };
  return episodeFigure(episode, sight, { surface: "white", muted: "grey", series: [] });
}

test("gated rows become stretches that begin at the bar before", () => {
  assert.deepEqual(stretches([false, true, true, false, false]), [[0, 2]]);
  assert.deepEqual(stretches([false, false]), []);
});

test("costs are summed up, and drawdown is counted from the highest so far", () => {
  assert.deepEqual(cumulative([0, 1, 2, 0]), [0, 1, 3, 3]);
  assert.deepEqual(drawdowns([100, 80, 120, 90]), [0, -20, 0, -25].map((value) => (value === -20 ? 100 * (0.8 - 1) : value)));
});

test("an episode's figure has candles, and buys and sells in shape as well as colour", () => {
  const { data } = drawn(anEpisode());
  const trace = (name) => data.find((one) => one.name === name);
  assert.equal(trace("price").type, "candlestick");
  assert.equal(trace("buy").marker.symbol, "triangle-up");
  const [low, high] = scales([anEpisode()], null).price;
  assert.ok(trace("buy").y[0] < 100 && trace("buy").y[0] > low, "below its candle, in sight");
  assert.deepEqual(trace("buy").customdata, [102]);
  assert.equal(trace("sell").marker.symbol, "triangle-down");
  assert.ok(trace("sell").y[0] > 111 && trace("sell").y[0] < high, "above its candle, in sight");
  assert.deepEqual(trace("drawdown, %").y, drawdowns(SERIES.equity));
  assert.deepEqual(trace("costs so far").y, [0, 1, 3]);
});

test("a trade stands at the candle of its own bar, whichever of the bars that is", () => {
  const rows = Array.from({ length: 25 }, (_, row) => row);
  const times = rows.map((row) => 10 * row + (row > 4 ? 500 : 0)); // a weekend within the first candle
  const column = Object.fromEntries(Object.keys(SERIES).map((name) => [name, rows.map(() => 100)]));
  const columns = columnsOf({ ...column, time_ms: times, gated: rows.map(() => false) });
  const edges = (first, { bars, low }) => {
    const starts = bars.map((_, index) => first + bars.slice(0, index).reduce((sum, count) => sum + count, 0));
    const middles = starts.map((start, index) => times[start + Math.floor((bars[index] - 1) / 2)]);
    const candles = { time_ms: middles, open: low, high: low, low, close: low, bars };
    const trades = rows.map((row) => ({ row, side: "buy", time_ms: times[row], price: 7 }));
    const flat = { ...scales([{ columns, candles }], null), price: [0, 0] }; // no gap between candles and markers
    const { data } = episodeFigure({ columns, candles, trades, difference: null }, { range: [0, 1e4], scales: flat }, {});
    return data.find(({ name }) => name === "buy").y;
  };
  const count = (number, value) => Array.from({ length: number }, () => value);
  assert.deepEqual(edges(0, { bars: [8, 8, 8, 1], low: [1, 2, 3, 4] }), [...count(8, 1), ...count(8, 2), ...count(8, 3), 4]);
  assert.deepEqual(edges(0, { bars: [9, 9, 7], low: [1, 2, 3] }), [...count(9, 1), ...count(9, 2), ...count(7, 3)]);
  const zoomed = edges(3, { bars: [4, 4, 2], low: [1, 2, 3] });
  assert.deepEqual(zoomed.slice(0, 13), [...count(3, 7), ...count(4, 1), ...count(4, 2), ...count(2, 3)]);
  assert.equal(zoomed[24], 7, "without a candle it stands at its price");
});

test("without candles the price is a line, and the reason is told", () => {
  const episode = anEpisode({ candles: null, reason: "the file is gone" });
  const price = drawn(episode).data.find((one) => one.name === "price");
  assert.equal(price.mode, "lines");
  assert.deepEqual(price.y, SERIES.price);
  assert.equal(candlesNote([episode]), "The price is drawn as a line: the file is gone.");
});

test("the note says how many bars a candle stands for", () => {
  assert.equal(candlesNote([anEpisode()]), "Each candle is one bar.");
  assert.match(candlesNote([anEpisode({ candles: { ...CANDLES, bars: [8, 8, 3] } })]), /Each candle is 8 bars/);
});

test("there is a row for differences only where the two share a bar", () => {
  const titles = (difference) => drawn(anEpisode({ difference })).layout.annotations.map(({ text }) => text);
  assert.ok(titles({ time_ms: [1], differs: [true] }).includes("where the two differ"));
  assert.ok(!titles({ time_ms: [], differs: [] }).includes("where the two differ"));
});

test("gated stretches stand in the key of a saved image once", () => {
  const gated = columnsOf({ ...SERIES, gated: [true, false, true] });
  const { shapes } = drawn(anEpisode({ columns: gated })).layout;
  assert.deepEqual(shapes.map(({ name, showlegend }) => [name, showlegend]), [["gated", true], ["gated", false]]);
});

test("the figure's rows lie above each other without a gap too few", () => {
  const { layout } = drawn(anEpisode());
  const domains = ["yaxis", "yaxis3", "yaxis4", "yaxis5", "yaxis6"].map((axis) => layout[axis].domain);
  domains.forEach(([low, high], index) => {
    assert.ok(low < high && low >= 0 && high <= 1);
    if (index > 0) assert.ok(high < domains[index - 1][0]);
  });
});

test("scales hold every episode's wicks, and only what is in sight", () => {
  const whole = scales([anEpisode()], null).price;
  assert.ok(whole[0] < 80 && whole[1] > 112);
  const part = scales([anEpisode()], [0, 1]).price;
  assert.ok(part[0] > 90 && part[0] < 98 && part[1] > 112);
  const higher = anEpisode({ columns: columnsOf({ ...SERIES, equity: [1000, 2000, 2000] }) });
  assert.ok(scales([anEpisode(), higher], null).equity[1] > 2000);
});

test("a zoom is read from the layout's change, in UTC", () => {
  const change = { "xaxis.range[0]": "2001-02-03 04:05:06.5", "xaxis.range[1]": "2001-02-04" };
  assert.deepEqual(zoomedTo(change), [Date.UTC(2001, 1, 3, 4, 5, 6, 500), Date.UTC(2001, 1, 4)]);
  assert.equal(zoomedTo({ autosize: true }), null);
});

test("actions are counted by size, forced ones apart and the first row left out", () => {
  const { action, policy, forced } = actionCounts({ action: [0, 1, -1, 0.02, 0.5], gated: [false, false, false, true, false] });
  const at = (counts, value) => counts[action.indexOf(value)];
  assert.equal(action.length, 41);
  assert.deepEqual([at(policy, 1), at(policy, -1), at(policy, 0.5), at(policy, 0)], [1, 1, 1, 0]);
  assert.equal(at(forced, 0), 1);
});

test("a trade knows its round trips, and the one that it ended", () => {
  const trips = [
    { number: 1, opened_row: 1, closed_row: 4, net: 10 },
    { number: 2, opened_row: 4, closed_row: 6, net: -3 },
    { number: 3, opened_row: 9, closed_row: null, net: 1 },
  ];
  const trades = tradesInTrips([1, 2, 4, 6, 9, 12].map((row) => ({ row })), trips);
  assert.deepEqual(trades.map((trade) => trade.trips), [[1], [1], [1, 2], [2], [3], [3]]);
  assert.deepEqual(trades.map(({ earned }) => earned), [null, null, 10, -3, null, null]);
});

test("the round trips are summed up in a sentence", () => {
  const trips = [
    { net: 10, costs: 1 },
    { net: -30, costs: 2 },
  ];
  assert.equal(tripsTotal(trips), "−20.00 in all, after 3.00 of costs; 1 of 2 round trips earned something.");
  assert.equal(tripsTotal([]), "");
});

test("actions are compared on the bars that both traded, small differences left out", () => {
  const one = { time_ms: [10, 20, 30, 40], action: [0, 0.5, -1, 1] };
  const other = { time_ms: [10, 20, 25, 40, 50], action: [0, 0.54, 0, 0.9, 1] };
  const difference = actionDifference(one, other, 0.05);
  assert.deepEqual(difference, { time_ms: [20, 40], differs: [false, true] });
  assert.match(differenceText(difference, 0.05), /differ in 50\.0 % of the bars that both traded \(1 of 2\)/);
  assert.match(differenceText(actionDifference(one, { time_ms: [1, 2], action: [0, 1] }, 0), 0), /no bar in common/);
});

test("only an episode beside another has the strip of differences", () => {
  const difference = { time_ms: [1, 2], differs: [true, false] };
  const { data, layout } = drawn(anEpisode({ difference }));
  assert.deepEqual(data.find(({ name }) => name === "actions differ").y, [1, 0]);
  assert.equal(drawn(anEpisode()).data.length, data.length - 1);
  assert.equal(layout.annotations.length, drawn(anEpisode()).layout.annotations.length + 1);
});

test("an account that lost and paid nothing has scales that show so", () => {
  const still = columnsOf({ ...SERIES, equity: [1000, 1000, 1000], costs: [0, 0, 0] });
  const { drawdown, costs_so_far: costs } = scales([anEpisode({ columns: still })], null);
  assert.ok(drawdown[0] <= -1 && drawdown[1] < 0.1);
  assert.ok(costs[0] > -0.1 && costs[1] >= 1);
});

test("an episode that is not there cannot stand beside", () => {
  assert.deepEqual(["", "1", "21"].map((text) => refusalOf(text, 21)), ["", "", ""]);
  assert.equal(refusalOf("99999", 21), "There is no episode 99999: this run has 21 episodes.");
  for (const text of ["0", "-1", "1.5", "two"]) assert.match(refusalOf(text, 1), /this run has 1 episode\.$/);
});
