import assert from "node:assert/strict";
import { test } from "node:test";

import { actionCounts, actionsFigure, mostSteps } from "../../static/js/inspect/actions.js";
import { alignment } from "../../static/js/inspect/alignment.js";
import { barAxis, barLabels } from "../../static/js/inspect/bar_axis.js";
import { besideAfter, refusalOf } from "../../static/js/inspect/beside.js";
import { columnsOf, cumulative, drawdowns, scales, stretches } from "../../static/js/inspect/columns.js";
import { actionDifference, differenceText } from "../../static/js/inspect/comparison.js";
import { isLogarithmic, logMarks } from "../../static/js/inspect/equity.js";
import { episodeFigure } from "../../static/js/inspect/figure.js";
import { factsOf, KINDS, neighbours } from "../../static/js/inspect/kinds.js";
import { candlesNote, zoomedTo } from "../../static/js/inspect/panes.js";
import { tradeTexts } from "../../static/js/inspect/price.js";
import { changes, MOVES, touches, wholeRange } from "../../static/js/inspect/range.js";
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
  { row: 1, side: "buy", price: 102, quantity: 3 },
  { row: 2, side: "sell", price: 95, quantity: 1.5 },
];
const DAY_MS = 86_400_000;
const ALL = [0, 2];

function anEpisode(more = {}) {
  return { columns: columnsOf(SERIES), candles: CANDLES, trades: TRADES, texts: tradeTexts(3, TRADES), offset: 0, ...more };
}

function drawn(episode, range = ALL) {
  const sight = { range, scales: scales([episode], range), width: 900, isLog: isLogarithmic([episode]) };
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
  const [low, high] = scales([anEpisode()], ALL).price;
  assert.ok(trace("buy").y[0] < 100 && trace("buy").y[0] > low, "below its candle, in sight");
  assert.equal(trace("sell").marker.symbol, "triangle-down");
  assert.ok(trace("sell").y[0] > 111 && trace("sell").y[0] < high, "above its candle, in sight");
  assert.deepEqual(trace("drawdown").y, drawdowns(SERIES.equity));
  assert.deepEqual(trace("costs so far").y, [0, 1, 3]);
});

test("the tooltip of a bar tells of the trades at that bar, and markers have none", () => {
  const { data } = drawn(anEpisode());
  const told = data.find(({ hovertemplate }) => hovertemplate);
  assert.deepEqual(told.y, SERIES.price);
  assert.match(told.text[1], /^110\.000<br>open · high · low 101\.000 · 112\.000 · 100\.000<br>▲ bought 3 at 102\.000$/);
  assert.match(told.text[2], /▼ sold 1\.500 at 95\.0000$/);
  assert.doesNotMatch(told.text[0], /bought|sold/);
  for (const side of ["buy", "sell"]) assert.equal(data.find(({ name }) => name === side).hoverinfo, "skip");
  const pairs = drawn(anEpisode({ candles: { ...CANDLES, bars: [2, 1, 1] } })).data.find(({ hovertemplate }) => hovertemplate);
  assert.equal(pairs.text[0], "100.000", "a bar is not told the prices of a candle of several");
});

test("a trade is marked at the candle of its own bar, one mark for all of a side", () => {
  const rows = Array.from({ length: 25 }, (_, row) => row);
  const column = Object.fromEntries(Object.keys(SERIES).map((name) => [name, rows.map(() => 100)]));
  const columns = columnsOf({ ...column, time_ms: rows.map((row) => 10 * row), gated: rows.map(() => false) });
  const marks = (first, bars, traded, offset = 0) => {
    const low = bars.map((_, index) => index + 1);
    const starts = bars.map((_, index) => first + bars.slice(0, index).reduce((sum, count) => sum + count, 0));
    const middles = starts.map((start, index) => 10 * (start + Math.floor((bars[index] - 1) / 2)));
    const candles = { time_ms: middles, open: low, high: low, low, close: low, bars };
    const trades = traded.map((row) => ({ row, side: "buy", price: 7 }));
    const range = [offset, offset + 24];
    const episode = { columns, candles, trades, texts: [], difference: null, offset };
    const flat = { ...scales([episode], range), price: [0, 0] }; // no gap between candles and markers
    const { x, y } = episodeFigure(episode, { range, scales: flat, width: 900 }, {}).data.find(({ name }) => name === "buy");
    return x.map((place, index) => [place, y[index]]);
  };
  assert.deepEqual(marks(0, [8, 8, 8, 1], [0, 7, 8, 24]), [[3.5, 1], [11.5, 2], [27.5, 4]]);
  assert.deepEqual(marks(0, [9, 9, 7], [8, 9, 18, 24], 100), [[104, 1], [113, 2], [122, 3]]);
  assert.deepEqual(marks(3, [4, 4, 2], [2, 3, 12, 24]), [[2, 7], [4.5, 1], [12.5, 3], [24, 7]], "at its price without one");
});

test("bars stand one after another, and are called by their dates", () => {
  const friday = Date.UTC(2024, 4, 31);
  const weekdays = [0, 3, 4, 5].map((day) => friday + day * DAY_MS);
  assert.deepEqual(barLabels(weekdays), ["2024-05-31", "2024-06-03", "2024-06-04", "2024-06-05"]);
  assert.deepEqual(barLabels(weekdays.map((time) => time + 75_600_000))[0], "2024-05-31", "whatever the time of day");
  assert.deepEqual(barLabels([friday, friday + 3_600_000]), ["2024-05-31 00:00", "2024-05-31 01:00"]);
  assert.deepEqual(barLabels([friday, friday + 1000])[1], "2024-05-31 00:00:01");

  const columns = { time_ms: weekdays, label: barLabels(weekdays) };
  const { tickvals, ticktext, labelalias } = barAxis(columns, 10, [9.5, 13.5], 180);
  assert.deepEqual(ticktext, ["3 Jun 2024"], "the week that begins");
  assert.ok(tickvals[0] > 10 && tickvals[0] < 11, "before its first bar");
  assert.equal(labelalias[11], "2024-06-03");
});

test("ticks stand where years, months, days or hours begin, as many as there is room for", () => {
  const texts = (count, length, width) => {
    const times = Array.from({ length: count }, (_, row) => Date.UTC(2000, 11, 31) + row * length);
    return barAxis({ time_ms: times, label: barLabels(times) }, 0, [0, count - 1], width).ticktext;
  };
  assert.deepEqual(texts(800, DAY_MS, 400), ["2001", "2002", "2003"]);
  assert.deepEqual(texts(100, DAY_MS, 400), ["Jan 2001", "Feb 2001", "Mar 2001", "Apr 2001"]);
  assert.deepEqual(texts(4, DAY_MS, 400), ["1 Jan 2001", "2 Jan 2001", "3 Jan 2001"]);
  assert.deepEqual(texts(10, DAY_MS / 24, 300), ["31 Dec 04:00", "31 Dec 08:00"]);
  assert.deepEqual(texts(1, DAY_MS, 300), []);
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
  assert.ok(titles({ place: [1], differs: [true] }).includes("where the two differ"));
  assert.ok(!titles({ place: [], differs: [] }).includes("where the two differ"));
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
  const whole = scales([anEpisode()], ALL).price;
  assert.ok(whole[0] < 80 && whole[1] > 112);
  const part = scales([anEpisode()], [0, 1]).price;
  assert.ok(part[0] > 90 && part[0] < 98 && part[1] > 112);
  const higher = anEpisode({ columns: columnsOf({ ...SERIES, equity: [1000, 2000, 2000] }) });
  assert.ok(scales([anEpisode(), higher], ALL).equity[1] > 2000);
});

test("equity that spreads over more than a decade lies on a logarithmic scale, as high as what is in sight", () => {
  const grown = anEpisode({ columns: columnsOf({ ...SERIES, equity: [1000, 10_000, 100_000] }) });
  const { layout } = drawn(grown);
  assert.equal(layout.yaxis4.type, "log");
  const [low, high] = layout.yaxis4.range;
  assert.ok(low > 2.8 && low < 3 && high > 5 && high < 5.2, "powers of ten");
  assert.ok(layout.annotations.some(({ text }) => text === "equity, log scale"));
  const zoomed = drawn(grown, [0, 1]).layout.yaxis4;
  assert.equal(zoomed.type, "log", "whatever is in sight");
  assert.ok(zoomed.range[1] < 4.2);
  assert.equal(scales([grown, anEpisode()], ALL).equity[1], high, "one scale for both");

  assert.equal(drawn(anEpisode()).layout.yaxis4.type, undefined);
  const ruined = anEpisode({ columns: columnsOf({ ...SERIES, equity: [1000, 100_000, -5] }) });
  assert.equal(drawn(ruined).layout.yaxis4.type, undefined, "which cannot show what is below 0");
});

test("buy & hold has no say in the scale where equity in sight is far from it, and the title says where it is", () => {
  const grown = anEpisode({ columns: columnsOf({ ...SERIES, equity: [1000, 900_000, 1_000_000] }) });
  const titleOf = (range) => drawn(grown, range).layout.annotations.find(({ text }) => text.startsWith("equity")).text;
  assert.equal(titleOf(ALL), "equity, log scale");
  assert.equal(titleOf([1, 2]), "equity, log scale; buy & hold is far below");
  const [low, high] = drawn(grown, [1, 2]).layout.yaxis4.range;
  assert.ok(low > 5.9 && high < 6.1, "as high as equity alone");
  const lost = anEpisode({ columns: columnsOf({ ...SERIES, equity: [1000, 60, 50] }) });
  assert.match(drawn(lost, [1, 2]).layout.annotations.map(({ text }) => text).join(), /buy & hold is far above/);
});

test("a logarithmic scale has a few marks, however far it goes", () => {
  const within = ([low, high]) => logMarks([low, high]).tickvals.filter((value) => value >= 10 ** low && value <= 10 ** high);
  assert.deepEqual(within([4.9, 6.4]), [100_000, 300_000, 1_000_000]);
  assert.deepEqual(within([4.9, 8.3]), [100_000, 1_000_000, 10_000_000, 100_000_000]);
  assert.ok(within([1, 13]).length <= 5);
  assert.deepEqual(logMarks([4.9, 6.1]).ticktext.slice(0, 4), ["10k", "30k", "100k", "300k"]);
  assert.equal(logMarks([5.1, 5.4]).tickvals, undefined);
});

test("an episode that is out of sight has no say in the scales, and its figure says so", () => {
  const near = anEpisode();
  const far = anEpisode({ columns: columnsOf({ ...SERIES, price: [9000, 9000, 9000] }), candles: null, offset: 7 });
  assert.deepEqual(scales([near, far], ALL), scales([near], ALL));
  assert.deepEqual(scales([near, { ...far, offset: -7 }], ALL), scales([near], ALL));
  const texts = (episode) => drawn(episode).layout.annotations.map(({ text }) => text);
  assert.ok(texts(far).includes("no bar of this episode here"));
  assert.ok(!texts(near).includes("no bar of this episode here"));
});

test("a zoom is read from the layout's change", () => {
  assert.deepEqual(zoomedTo({ "xaxis.range[0]": 2.5, "xaxis.range[1]": 7 }), [2.5, 7]);
  assert.equal(zoomedTo({ autosize: true }), null);
});

test("buttons zoom about the middle and move by half, and never leave the whole", () => {
  const whole = wholeRange([
    { columns: { time_ms: SERIES.time_ms }, offset: 0 },
    { columns: { time_ms: Array(101) }, offset: 0 },
  ]);
  assert.deepEqual(whole, [-1, 101]);
  assert.deepEqual(MOVES.in([0, 100], whole), [25, 75]);
  assert.deepEqual(MOVES.later([0, 60], whole), [30, 90]);
  assert.deepEqual(MOVES.later([30, 90], whole), [41, 101]);
  assert.deepEqual(MOVES.earlier([10, 50], whole), [-1, 39]);
  assert.deepEqual(MOVES.out([0, 30], whole), [-1, 59]);
  assert.equal(MOVES.out([20, 80], whole), null);
  assert.equal(MOVES.reset([20, 80], whole), null);
  const useful = (range) => Object.keys(MOVES).filter((name) => changes(name, range, whole));
  assert.deepEqual(useful(whole), ["in"]);
  assert.deepEqual(useful([41, 101]), ["earlier", "out", "in", "reset"]);
  assert.deepEqual(useful([50, 54]), ["earlier", "later", "out", "reset"], "few bars cannot be fewer");
});

test("a range of which there is nothing touches nothing", () => {
  assert.ok(touches([90, 120], [-1, 101]) && touches([-50, 500], [-1, 101]));
  assert.ok(!touches([101, 120], [-1, 101]) && !touches([-9, -3], [-1, 101]));
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

test("episodes that share half of their bars lie above each other by date", () => {
  const times = (first, count) => ({ time_ms: Array.from({ length: count }, (_, row) => first + row) });
  assert.deepEqual(alignment(times(0, 10), times(5, 10)), { offsets: [0, 5], isByDate: true, shared: 5 });
  assert.deepEqual(alignment(times(5, 10), times(0, 10)), { offsets: [5, 0], isByDate: true, shared: 5 });
  assert.deepEqual(alignment(times(0, 10), times(2, 3)), { offsets: [0, 2], isByDate: true, shared: 3 });
});

test("episodes that share fewer lie above each other from their first bars", () => {
  const times = (first) => ({ time_ms: [0, 1, 2, 3].map((row) => first + row) });
  assert.deepEqual(alignment(times(0), times(3)), { offsets: [0, 0], isByDate: false, shared: 1 });
  assert.deepEqual(alignment(times(9), times(0)), { offsets: [0, 0], isByDate: false, shared: 0 });
});

test("actions are compared at the same place, small differences left out", () => {
  const one = { action: [0, 0.5, -1, 1] };
  const other = { action: [0, -1, 0.96, 1] };
  const byDate = { offsets: [0, 1], isByDate: true, shared: 3 };
  const difference = actionDifference(one, other, byDate, 0.05);
  assert.deepEqual(difference, { place: [2, 3], differs: [false, false] });
  assert.match(differenceText(difference, byDate, 0.05), /differ in 0\.0 % of the bars that both traded \(0 of 2\)/);
  const byBar = { offsets: [0, 0], isByDate: false, shared: 1 };
  const barForBar = actionDifference(one, other, byBar, 0.05);
  assert.deepEqual(barForBar, { place: [1, 2, 3], differs: [true, true, false] });
  assert.match(differenceText(barForBar, byBar, 0.05), /only 1 bar in common.* Bar for bar, .* 66\.7 % \(2 of 3\)/);
  assert.match(differenceText(barForBar, { ...byBar, shared: 0 }, 0.05), /no dates in common/);
});

test("two episodes beside each other are drawn on one axis, each with its own dates", () => {
  const { data, layout } = drawn(anEpisode({ offset: 7 }), [6, 12]);
  assert.deepEqual(layout.xaxis.range, [6, 12]);
  assert.equal(layout.xaxis.labelalias[8], columnsOf(SERIES).label[1]);
  assert.equal(data.find(({ name }) => name === "equity").x0, 7);
  assert.deepEqual(data.find(({ name }) => name === "price").x, [7, 8, 9]);
  assert.deepEqual(layout.shapes.map(({ x0, x1 }) => [x0, x1]), [[8, 9]]);
});

test("histograms of two episodes have one scale", () => {
  const few = { action: [0, 1], gated: [false, false] };
  const many = { action: [0, 1, 1, 0], gated: [false, true, false, false] };
  assert.equal(mostSteps([few, many]), 2);
  assert.deepEqual(actionsFigure(few, 100, {}).layout.yaxis.range, [0, 105]);
});

test("only an episode beside another has the strip of differences", () => {
  const difference = { place: [1, 2], differs: [true, false] };
  const { data, layout } = drawn(anEpisode({ difference }));
  assert.deepEqual(data.find(({ name }) => name === "actions differ").y, [1, 0]);
  assert.equal(drawn(anEpisode()).data.length, data.length - 1);
  assert.equal(layout.annotations.length, drawn(anEpisode()).layout.annotations.length + 1);
});

test("an account that lost and paid nothing has scales that show so", () => {
  const still = columnsOf({ ...SERIES, equity: [1000, 1000, 1000], costs: [0, 0, 0] });
  const { drawdown, costs_so_far: costs } = scales([anEpisode({ columns: still })], ALL);
  assert.ok(drawdown[0] <= -1 && drawdown[1] < 0.1);
  assert.ok(costs[0] > -0.1 && costs[1] >= 1);
});

test("an episode that is not there cannot stand beside", () => {
  assert.deepEqual(["", "1", "21"].map((text) => refusalOf(text, 21)), ["", "", ""]);
  assert.equal(refusalOf("99999", 21), "There is no episode 99999: this run has 21 episodes.");
  for (const text of ["0", "-1", "1.5", "two"]) assert.match(refusalOf(text, 1), /this run has 1 episode\.$/);
});

test("steps beside the opened episode pass over it, and end where the run does", () => {
  const opened = { kind: "episode", number: 3 };
  assert.deepEqual([besideAfter(opened, -1, 4), besideAfter(opened, 1, 4)], [2, 4]);
  assert.deepEqual([besideAfter({ ...opened, beside: 2 }, 1, 4), besideAfter({ ...opened, beside: 4 }, -1, 4)], [4, 2]);
  assert.deepEqual([besideAfter({ ...opened, beside: 4 }, 1, 4), besideAfter({ ...opened, beside: 1 }, -1, 4)], [null, null]);
  assert.equal(besideAfter({ kind: "episode", number: 1 }, -1, 4), null);
  assert.equal(besideAfter({ ...opened, beside: 999 }, -1, 4), 4);
});

test("a walk from a pair passes over the other one", () => {
  const state = (number, beside) => ({ run: { episodes: 4 }, opened: { kind: "episode", number, beside } });
  assert.deepEqual(neighbours(state(2, 3)), { previous: 1, next: 4 });
  assert.deepEqual(neighbours(state(3, 4)), { previous: 2, next: null });
  assert.deepEqual(neighbours(state(9)), { previous: 4, next: null });
});

test("the figures that matter most come first, each once", () => {
  const metrics = ["alpha", "sharpe", "reward", "costs"].map((name) => ({ name, label: name, unit: "" }));
  const episode = { phase: "learning", steps: 5, alpha: 1, sharpe: 2, reward: 3, costs: 4 };
  const { first, rest } = factsOf(KINDS.episode, { episode }, { metrics });
  assert.deepEqual(first.map(({ label }) => label), ["Phase", "reward", "sharpe", "costs"]);
  assert.deepEqual(rest.map(({ label }) => label), ["Steps", "Ruined", "alpha"]);
});
