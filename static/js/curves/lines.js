/** Lines in a figure: the values as they are, and smoothed above them with the raw line kept faint behind. */

import { smoothed } from "./smoothing.js";
import { keep } from "./thin.js";

export const MOST_POINTS = 2_000; // of one trace
const MOST_MARKERS = 300; // each marker is an element of its own; above this the line alone is drawn
const MANY_MARKERS = 60;
const FAINT = 0.28;

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {number[]} x
 * @property {(number | null)[]} y
 * @property {unknown[]} ids        of each point, for a click
 * @property {string} colour
 * @property {string | string[]} [markerColour]
 * @property {string} [dash]
 * @property {string} hover         a template of Plotly's
 */

/**
 * The traces of one line, with at most `MOST_POINTS` points each; the raw one comes first.
 * @param {Line} line
 * @param {number} weight  of smoothing; 0 for none
 * @returns {any[]}
 */
export function lineTraces(line, weight) {
  const raw = trace(line, line.y);
  if (weight === 0) return [raw];
  const faint = { ...raw, mode: "lines", opacity: FAINT, hoverinfo: "skip", hovertemplate: null, showlegend: false };
  return [faint, { ...trace(line, smoothed(line.y, weight)), mode: "lines" }];
}

/**
 * How many values a logarithmic axis cannot show.
 * @param {(number | null)[]} values
 * @returns {number}
 */
export function notAboveZero(values) {
  return values.filter((value) => value !== null && value <= 0).length;
}

function trace({ name, x, ids, colour, markerColour = colour, dash, hover }, values) {
  const kept = keep(values, MOST_POINTS);
  const of = (/** @type {any} */ column) => (Array.isArray(column) ? kept.map((index) => column[index]) : column);
  const hasMarkers = kept.length <= MOST_MARKERS;
  return {
    type: "scatter",
    mode: hasMarkers ? "lines+markers" : "lines",
    name,
    x: of(x),
    y: of(values),
    customdata: of(ids),
    connectgaps: false,
    cliponaxis: false,
    line: { color: colour, width: hasMarkers ? 1.75 : 1.25, dash },
    marker: { size: kept.length <= MANY_MARKERS ? 6 : 4, color: of(markerColour) },
    hovertemplate: hover,
  };
}
