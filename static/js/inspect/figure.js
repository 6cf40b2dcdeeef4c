/** One episode as a figure: candles with trades, position, equity against buy & hold, drawdown, costs; one time axis. */

import { number } from "../format.js";
import { baseAxis, baseLayout, gatedRegion } from "../plot.js";
import { stretches } from "./columns.js";
import { sharesBars } from "./comparison.js";

/** The figure's rows from top to bottom: what each shows, and its share of the height. */
const ROWS = [
  { name: "price", title: "price", share: 6 },
  { name: "differs", title: "where the two differ", share: 0.4, axis: { showticklabels: false, showgrid: false } },
  { name: "position", title: "position", share: 1.8, axis: { tickvals: [-1, 0, 1], ticktext: ["−1", "0", "1"] } },
  { name: "equity", title: "equity", share: 3.2 },
  { name: "drawdown", title: "drawdown, %", share: 1.8 },
  { name: "costs_so_far", title: "costs so far", share: 1.8 },
];
const GAP = 0.045; // between rows, as a share of the height: a row's title stands in it
/** Markers get smaller the more of them are in sight: at most, size, opacity. */
const MARKER_SIZES = [
  [150, 10, 1],
  [600, 6, 0.9],
  [Infinity, 4, 0.5],
];
const SIDES = {
  buy: { symbol: "triangle-up", name: "buy", edge: "low", direction: -1 },
  sell: { symbol: "triangle-down", name: "sell", edge: "high", direction: 1 },
};
const MARKER_GAP = 0.03; // between a candle and its marker, as a share of the height in sight

/**
 * @typedef {import("./columns.js").Range} Range
 * @typedef {object} Inspected
 * @property {import("./columns.js").Columns} columns
 * @property {import("./columns.js").Candles | null} candles
 * @property {any[]} trades
 * @property {import("./comparison.js").Difference | null} difference  to the one beside it
 */

/**
 * @param {Inspected} episode
 * @param {{ range: Range, scales: Record<string, Range> }} sight  the time, and the vertical scales
 * @param {Record<string, any>} colours
 * @returns {{ data: any[], layout: any }}
 */
export function episodeFigure({ columns, candles, trades, difference }, sight, colours) {
  const line = (name, title, color, more = {}) => ({
    type: "scatter",
    mode: "lines",
    x: columns.time_ms,
    y: columns[name],
    yaxis: axisOf(name),
    name: title,
    line: { color, width: 1.5, ...more },
  });
  const data = [
    candles ? candleTrace(candles, colours) : line("price", "price", colours.ink, { width: 1.25 }),
    ...Object.keys(SIDES).map((side) => markers(side, { columns, candles, trades }, sight, colours)),
    { ...line("position", "position", colours.learning, { width: 1, shape: "hv" }), fill: "tozeroy" },
    { ...line("buy_and_hold", "buy & hold", colours.reference, { dash: "dot" }), yaxis: axisOf("equity") },
    line("equity", "equity", colours.learning),
    { ...line("drawdown", "drawdown, %", colours.sell, { width: 1 }), fill: "tozeroy" },
    line("costs_so_far", "costs so far", colours.sell),
    ...(sharesBars(difference) ? [strip(difference, colours)] : []),
  ];
  const rows = ROWS.filter(({ name }) => name !== "differs" || sharesBars(difference));
  return { data, layout: layoutOf(columns, rows, sight, colours) };
}

function axisOf(name) {
  const index = ROWS.findIndex((row) => row.name === name);
  return index === 0 ? "y" : `y${index + 1}`;
}

/** Hollow where the price rose and filled where it fell: colours are left to the trades. */
function candleTrace({ time_ms: x, open, high, low, close, bars }, colours) {
  const look = (fillcolor) => ({ fillcolor, line: { color: colours.muted, width: 1 } });
  const prices = (row) => [open, high, low, close].map((column) => number(column[row], 2)).join(" · ");
  const text = x.map((_, row) => `open · high · low · close<br>${prices(row)}${bars[row] > 1 ? `<br>${bars[row]} bars` : ""}`);
  const looks = { increasing: look(colours.surface), decreasing: look(colours.muted) };
  return { type: "candlestick", name: "price", x, open, high, low, close, text, hoverinfo: "text", ...looks };
}

/** A buy stands below its candle and a sell above, so that neither hides the price. */
function markers(side, { columns, candles, trades }, { range: [from, to], scales }, colours) {
  const own = trades.filter((trade) => trade.side === side);
  const inSight = trades.filter(({ time_ms: time }) => time >= from && time <= to).length;
  const [, size, opacity] = /** @type {number[]} */ (MARKER_SIZES.find(([most]) => inSight <= most));
  const { symbol, name, edge, direction } = SIDES[side];
  const [low, high] = scales.price;
  const candleOf = candleOfRows(columns, candles);
  const gap = direction * MARKER_GAP * (high - low);
  return {
    type: "scatter",
    mode: "markers",
    name,
    x: own.map(({ time_ms: time }) => time),
    y: own.map((trade) => (candles?.[edge][candleOf(trade.row)] ?? trade.price) + gap),
    customdata: own.map(({ price }) => price),
    hovertemplate: "%{customdata:,.2f}",
    marker: { symbol, color: colours[side], size, opacity, line: { color: colours.surface, width: size > 4 ? 1 : 0 } },
  };
}

/**
 * Which candle stands for the bar in a row of the episode; not an index where none does. Candles follow on each other, all
 * but the last one are of as many bars, and the time of each is that of the bar in its middle.
 */
function candleOfRows({ time_ms: times }, candles) {
  if (!candles?.time_ms.length) return () => -1;
  const [each] = candles.bars;
  const middle = times.indexOf(candles.time_ms[0]);
  const first = middle - Math.floor((each - 1) / 2);
  return (/** @type {number} */ row) => (middle < 0 ? -1 : Math.floor((row - first) / each));
}

/** A step belongs to the bar that it ends in. */
function strip({ time_ms: x, differs }, colours) {
  return {
    type: "scatter",
    mode: "lines",
    name: "actions differ",
    x,
    y: differs.map(Number),
    yaxis: axisOf("differs"),
    line: { width: 0, shape: "vh" },
    fill: "tozeroy",
    fillcolor: colours.series[3],
    hoverinfo: "skip",
  };
}

function layoutOf(columns, shown, { range, scales }, colours) {
  const rows = placed(shown);
  const axes = rows.map(({ name, domain, axis }) => [
    axisOf(name).replace("y", "yaxis"),
    { ...baseAxis(colours), nticks: 5, ...axis, domain, range: scales[name], fixedrange: true, hoverformat: ",.2f" },
  ]);
  return {
    ...baseLayout(colours),
    margin: { l: 56, r: 10, t: 4, b: 26 },
    hovermode: "x unified",
    hoversubplots: "axis",
    ...Object.fromEntries(axes),
    xaxis: { ...baseAxis(colours), ...timeAxis(range) },
    shapes: stretches(columns.gated).map(([from, to], index) => ({
      ...gatedRegion(columns.time_ms[from], columns.time_ms[to], colours),
      ...{ name: "gated", showlegend: index === 0 }, // a saved image has a key
    })),
    annotations: rows.map(({ title, domain }) => rowTitle(title, domain[1], colours)),
  };
}

function timeAxis(range) {
  const anchor = axisOf(ROWS.at(-1)?.name);
  return { type: "date", anchor, range, hoverformat: "%Y-%m-%d %H:%M", rangeslider: { visible: false } };
}

/** The rows with their place in the figure, from 0 at the bottom to 1. */
function placed(rows) {
  const unit = (1 - GAP * rows.length) / rows.reduce((sum, { share }) => sum + share, 0);
  let top = 1;
  return rows.map((row) => {
    const domain = [Math.max(0, top - GAP - row.share * unit), top - GAP];
    top = domain[0];
    return { ...row, domain };
  });
}

function rowTitle(text, top, colours) {
  const place = { xref: "paper", x: 0, xanchor: "left", yref: "paper", y: top, yanchor: "bottom" };
  return { text, ...place, showarrow: false, font: { size: 11, color: colours.muted } };
}
