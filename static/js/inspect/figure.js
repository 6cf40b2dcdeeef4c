/** One episode as a figure: candles with trades, position, equity against buy & hold, drawdown, costs; one time axis. */

import { baseAxis, baseLayout, gatedRegion, numberAxis } from "../plot.js";
import { barAxis } from "./bar_axis.js";
import { stretches } from "./columns.js";
import { sharesBars } from "./comparison.js";
import { heldAway, logMarks } from "./equity.js";
import { priceTraces } from "./price.js";
import { rowsInSight } from "./range.js";

/** The figure's rows from top to bottom: what each shows, and its share of the height. */
const ROWS = [
  { name: "price", title: "price", share: 6 },
  { name: "differs", title: "where the two differ", share: 0.4, axis: { showticklabels: false, showgrid: false } },
  { name: "position", title: "position", share: 1.8, axis: { tickvals: [-1, 0, 1], ticktext: ["−1", "0", "+1"], hoverformat: "+.2f" } },
  { name: "equity", title: "equity", share: 3.2 },
  { name: "drawdown", title: "drawdown", share: 1.8, axis: { ticksuffix: " %", nticks: 3 } },
  { name: "costs_so_far", title: "costs so far", share: 1.8, axis: { nticks: 3 } },
];
const GAP = 0.045; // between rows, as a share of the height: a row's title stands in it

/**
 * @typedef {import("./columns.js").Range} Range
 * @typedef {object} Inspected
 * @property {import("./columns.js").Columns} columns
 * @property {import("./columns.js").Candles | null} candles
 * @property {any[]} trades
 * @property {string[]} texts  what the tooltip of each row says of them
 * @property {import("./comparison.js").Difference | null} difference  to the one beside it
 * @property {number} offset  where row 0 stands on the horizontal axis
 *
 * @typedef {object} Sight
 * @property {Range} range                   of bars
 * @property {Record<string, Range>} scales  vertical ones
 * @property {number} width                  of the figure, in pixels
 * @property {boolean} isLog                 whether equity is on a logarithmic scale
 */

/**
 * @param {Inspected} episode
 * @param {Sight} sight
 * @param {Record<string, any>} colours
 * @returns {{ data: any[], layout: any }}
 */
export function episodeFigure(episode, sight, colours) {
  const { columns, difference, offset } = episode;
  const line = (name, title, color, more = {}) => ({
    type: "scatter",
    mode: "lines",
    x0: offset,
    y: columns[name],
    yaxis: axisOf(name),
    name: title,
    line: { color, width: 1.5, ...more },
  });
  const data = [
    ...priceTraces(episode, sight, colours),
    { ...line("position", "position", colours.learning, { width: 1, shape: "hv" }), fill: "tozeroy" },
    { ...line("buy_and_hold", "buy & hold", colours.reference, { dash: "dot" }), yaxis: axisOf("equity") },
    line("equity", "equity", colours.learning),
    { ...line("drawdown", "drawdown", colours.sell, { width: 1 }), fill: "tozeroy" },
    line("costs_so_far", "costs so far", colours.sell),
    ...(sharesBars(difference) ? [strip(difference, colours)] : []),
  ];
  const rows = ROWS.filter(({ name }) => name !== "differs" || sharesBars(difference));
  return { data, layout: layoutOf(episode, rows, sight, colours) };
}

function axisOf(name) {
  const index = ROWS.findIndex((row) => row.name === name);
  return index === 0 ? "y" : `y${index + 1}`;
}

/** A step belongs to the bar that it ends in. */
function strip({ place: x, differs }, colours) {
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

function layoutOf({ columns, offset }, shown, { range, scales, width, isLog }, colours) {
  const [first, last] = rowsInSight(columns, offset, range);
  const held = columns.buy_and_hold.slice(first, last + 1);
  const rows = placed(shown.map((row) => (isLog && row.name === "equity" ? onLog(row, scales.equity, held) : row)));
  const axes = rows.map(({ name, domain, axis }) => [
    axisOf(name).replace("y", "yaxis"),
    { ...baseAxis(colours), nticks: 5, hoverformat: ",.2f", ...axis, domain, range: scales[name], fixedrange: true },
  ]);
  const spike = { spikecolor: colours.muted, spikethickness: 1 };
  const place = { anchor: axisOf(ROWS.at(-1)?.name), range, rangeslider: { visible: false } };
  return {
    ...baseLayout(colours),
    paper_bgcolor: colours.surface, // the line at the bar of the tooltip has an edge of this colour
    margin: { l: 56, r: 10, t: 4, b: 26 },
    hovermode: "x unified",
    hoversubplots: "axis",
    ...Object.fromEntries(axes),
    xaxis: { ...numberAxis(colours), ...barAxis(columns, offset, range, width), ...place, ...spike },
    shapes: stretches(columns.gated).map(([from, to], index) => ({
      ...gatedRegion(from + offset, to + offset, colours),
      ...{ name: "gated", showlegend: index === 0 }, // a saved image has a key
    })),
    annotations: [
      ...rows.map(({ title, domain }) => rowTitle(title, domain[1], colours)),
      ...(first <= last ? [] : [absence(colours)]),
    ],
  };
}

function onLog(row, range, held) {
  return { ...row, title: `${row.title}, log scale${heldAway(held, range)}`, axis: logMarks(range) };
}

/** Beside another, an episode may have no bar where one zoomed in. */
function absence(colours) {
  const place = { xref: "paper", x: 0.5, yref: "y domain", y: 0.5, showarrow: false };
  return { text: "no bar of this episode here", ...place, font: { size: 13, color: colours.muted } };
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
