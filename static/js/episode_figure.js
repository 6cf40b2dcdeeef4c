/** One episode as a figure: price with trades, position, equity against buy & hold, costs. One time axis for all. */

import { baseAxis, baseLayout, gatedRegion } from "./plot.js";

/** The figure's rows from top to bottom: what each shows and its share of the height. */
const ROWS = [
  { axis: "yaxis", title: "price", shape: { domain: [0.63, 0.98] } },
  { axis: "yaxis2", title: "position", shape: { domain: [0.45, 0.56], range: [-1.05, 1.05], tickvals: [-1, 0, 1] } },
  { axis: "yaxis3", title: "equity", shape: { domain: [0.18, 0.39] } },
  { axis: "yaxis4", title: "costs so far", shape: { domain: [0, 0.12] } },
];
const MANY_TRADES = 300;
const SIDES = {
  buy: { symbol: "triangle-up", name: "buy" },
  sell: { symbol: "triangle-down", name: "sell" },
};

/**
 * @param {any} series
 * @param {any[]} trades
 * @param {Record<string, string>} colours
 * @returns {{ data: any[], layout: any }}
 */
export function episodeFigure(series, trades, colours) {
  const x = series.time_ms;
  const line = (y, yaxis, name, color, more = {}) => ({
    type: "scatter",
    mode: "lines",
    x,
    y,
    yaxis,
    name,
    line: { color, width: 1.5 },
    ...more,
  });
  const stepped = { color: colours.learning, width: 1, shape: "hv" };
  const data = [
    line(series.price, "y", "price", colours.ink, { line: { color: colours.ink, width: 1.25 } }),
    ...Object.keys(SIDES).map((side) => markers(side, trades, colours)),
    line(series.position, "y2", "position", colours.learning, { line: stepped, fill: "tozeroy" }),
    line(series.buy_and_hold, "y3", "buy & hold", colours.reference, {
      line: { color: colours.reference, width: 1.5, dash: "dot" },
    }),
    line(series.equity, "y3", "equity", colours.learning, {}),
    line(cumulative(series.costs), "y4", "costs so far", colours.sell, {}),
  ];
  return { data, layout: layoutOf(series, colours) };
}

/**
 * Running totals.
 * @param {number[]} values
 * @returns {number[]}
 */
export function cumulative(values) {
  let total = 0;
  return values.map((value) => (total += value ?? 0));
}

/**
 * The stretches of rows that were gated, as [first, last] row; each step belongs to the row it ends in.
 * @param {boolean[]} gated
 * @returns {[number, number][]}
 */
export function gatedStretches(gated) {
  /** @type {[number, number][]} */
  const stretches = [];
  gated.forEach((isGated, row) => {
    if (!isGated) return;
    const last = stretches.at(-1);
    if (last && last[1] === row - 1) last[1] = row;
    else stretches.push([Math.max(0, row - 1), row]);
  });
  return stretches;
}

function markers(side, trades, colours) {
  const own = trades.filter((trade) => trade.side === side);
  const { symbol, name } = SIDES[side];
  return {
    type: "scatter",
    mode: "markers",
    name,
    x: own.map(({ time_ms: time }) => time),
    y: own.map(({ price }) => price),
    marker: { symbol, color: colours[side], size: trades.length > MANY_TRADES ? 5 : 9 },
  };
}

function layoutOf(series, colours) {
  const range = [series.time_ms[0], series.time_ms.at(-1)];
  const axes = ROWS.map(({ axis, shape }) => [axis, { ...baseAxis(colours), nticks: 5, ...shape }]);
  return {
    ...baseLayout(colours),
    margin: { l: 56, r: 10, t: 4, b: 26 },
    hovermode: "x unified",
    hoversubplots: "axis",
    ...Object.fromEntries(axes),
    xaxis: { ...baseAxis(colours), type: "date", anchor: "y4", range, hoverformat: "%Y-%m-%d %H:%M" },
    shapes: gatedStretches(series.gated).map(([from, to]) =>
      gatedRegion(series.time_ms[from], series.time_ms[to], colours),
    ),
    annotations: ROWS.map(({ title, shape }) => rowTitle(title, shape.domain[1], colours)),
  };
}

function rowTitle(text, top, colours) {
  const place = { xref: "paper", x: 0, xanchor: "left", yref: "paper", y: top, yanchor: "bottom" };
  return { text, ...place, showarrow: false, font: { size: 11, color: colours.muted } };
}
