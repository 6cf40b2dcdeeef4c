/** Lines in a figure: the values as they are, and smoothed above them with the raw line kept faint behind. */

import { counted, plain } from "../format.js";
import { metricTextWithUnit } from "../metrics.js";
import { keep } from "./thin.js";

export const MOST_POINTS = 2_000; // of one trace
const MOST_MARKERS = 100; // each is an element of its own, drawn anew at every episode; above this there is the line alone
const MANY_MARKERS = 60;
const FAINT = 0.28;
const LEAST_DECADES = 0.5; // below, Plotly's own marks are closer together
const FEW_DECADES = 3;
/** Another trace has the tooltip and the place in the key. */
const UNTOLD = { text: undefined, hoverinfo: "skip", hovertemplate: null, showlegend: false };

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {number[]} x
 * @property {(number | null)[]} y
 * @property {(number | null)[]} average  drawn above y where it is smoothed
 * @property {(string | null)[]} [cut]  what is to be said of a point whose episode was cut short: it is drawn hollow, and
 *   no line leads to it
 * @property {unknown[]} ids        of each point, for a click
 * @property {string[]} [meta]      ids of the runs that it belongs to
 * @property {string} colour
 * @property {string | string[]} [markerColour]
 * @property {string} [dash]
 * @property {(index: number) => string} text  the value in a tooltip
 * @property {string} hover         a template of Plotly's, with %{text} for it
 */

/**
 * The traces of one line, with at most `MOST_POINTS` points each; the raw one comes first.
 * @param {Line} line
 * @param {{ smoothing: number, isLog: boolean }} look  `smoothing` is the weight of the past, 0 for none
 * @returns {any[]}
 */
export function lineTraces(line, { smoothing, isLog }) {
  const visible = isLog ? aboveZero : (/** @type {(number | null)[]} */ values) => values;
  const own = visible(line.y);
  const hollow = hollowDots(line, own);
  const raw = trace(line, own.map((value, index) => (line.cut?.[index] ? null : value)));
  if (smoothing === 0) return [raw, ...loneDots(raw), ...hollow];
  const faint = { ...raw, ...UNTOLD, mode: "lines", opacity: FAINT };
  const smooth = { ...trace(line, visible(line.average)), mode: "lines" };
  return [faint, smooth, ...loneDots(faint), ...loneDots(smooth), ...hollow];
}

/** The points of episodes that were cut short; nothing where there are none. */
function hollowDots({ cut = [], ...line }, values) {
  const found = cut.map((text, index) => index).filter((index) => cut[index] && values[index] !== null);
  if (found.length === 0) return [];
  const of = (/** @type {any} */ column) => (Array.isArray(column) ? found.map((index) => column[index]) : column);
  const points = { ...line, x: of(line.x), ids: of(line.ids), markerColour: of(line.markerColour) };
  const text = (/** @type {number} */ place) => `${line.text(found[place])}<br>${cut[found[place]]}`;
  const dots = trace({ ...points, text }, of(values));
  return [{ ...dots, mode: "markers", marker: { ...dots.marker, size: 7, symbol: "circle-open" }, showlegend: false }];
}

/**
 * The value of a point in a tooltip: its own, and the smoothed one below it.
 * @param {{ name: string, unit: string }} metric
 * @param {Pick<Line, "y" | "average">} values
 * @param {number} smoothing
 * @returns {Line["text"]}
 */
export function valueTexts(metric, { y, average }, smoothing) {
  const text = (/** @type {number | null} */ value) => metricTextWithUnit(metric, value);
  if (smoothing === 0) return (index) => text(y[index]);
  return (index) => (average[index] === null ? text(y[index]) : `${text(y[index])}<br>smoothed ${text(average[index])}`);
}

/**
 * Dots for the points between two gaps, which a trace of lines alone does not show; nothing where there are none.
 * @param {any} trace
 * @returns {any[]}
 */
export function loneDots(trace) {
  const { mode, x, y, line } = trace;
  const isGap = (/** @type {number} */ index) => (y[index] ?? null) === null;
  const isLone = (/** @type {number} */ index) => !isGap(index) && isGap(index - 1) && isGap(index + 1);
  const lone = mode === "lines" ? x.map((_, index) => index).filter(isLone) : [];
  if (lone.length === 0) return [];
  const kept = keep(lone.map((index) => y[index]), MOST_MARKERS).map((place) => lone[place]);
  const of = (/** @type {any} */ column) => kept.map((index) => column[index]);
  const marker = { size: 3 * line.width, color: line.color };
  return [{ ...trace, ...UNTOLD, mode: "markers", x: of(x), y: of(y), marker }];
}

/**
 * What a logarithmic axis can show; the rest is a gap, where Plotly would draw a line that falls out of the figure.
 * @param {(number | null)[]} values
 * @returns {(number | null)[]}
 */
export function aboveZero(values) {
  return values.map((value) => (value !== null && value > 0 ? value : null));
}

/**
 * The vertical axis of values: a logarithmic one over few decades is marked at 1, 2 and 5 of each, over many at powers of
 * ten. The marks are written out, since the library's own are single digits there.
 * @param {any[]} data  traces
 * @param {boolean} isLog
 * @param {number} ticks  at most, about
 */
export function valueAxis(data, isLog, ticks) {
  return { ...scale(data, isLog, ticks), fixedrange: true }; // as high as what is in sight
}

function scale(data, isLog, ticks) {
  if (!isLog) return { type: "linear", nticks: ticks };
  const logs = data.flatMap(({ y }) => y.filter((/** @type {any} */ value) => value > 0).map(Math.log10));
  const low = logs.reduce((a, b) => Math.min(a, b), Infinity);
  const high = logs.reduce((a, b) => Math.max(a, b), -Infinity);
  if (logs.length === 0) return { type: "log", range: [0, 1], showticklabels: false, showgrid: false };
  if (!(high - low > LEAST_DECADES)) return { type: "log", nticks: ticks };
  const tickvals = high - low < FEW_DECADES ? marks(low, high, 1, [1, 2, 5]) : marks(low, high, (high - low) / ticks, [1]);
  return { type: "log", tickvals, ticktext: tickvals.map(plain) };
}

/** These digits of every power of ten, or of every second one and so on. */
function marks(low, high, stride, digits) {
  const step = Math.ceil(stride);
  const count = Math.ceil((Math.ceil(high) - Math.floor(low)) / step) + 1;
  const powers = Array.from({ length: count }, (_, index) => Math.floor(low) + index * step);
  return powers.flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)));
}

/**
 * How many values a logarithmic axis cannot show.
 * @param {(number | null)[]} values
 * @returns {number}
 */
export function notAboveZero(values) {
  return values.filter((value) => value !== null && value <= 0).length;
}

/**
 * What a logarithmic axis does not show, in words; empty where it shows everything.
 * @param {(number | null)[]} values
 * @param {string} [noun]  what they are
 */
export function logNote(values, noun = "value") {
  const lost = notAboveZero(values);
  if (lost === 0) return "";
  if (lost === values.filter((value) => value !== null).length) return `No ${noun} is above 0: a log axis cannot show them`;
  return `${counted(lost, "point")} at or below 0: not on a log axis`;
}

function trace({ name, meta, x, ids, colour, markerColour = colour, dash, text, hover }, values) {
  const kept = keep(values, MOST_POINTS);
  const of = (/** @type {any} */ column) => (Array.isArray(column) ? kept.map((index) => column[index]) : column);
  const hasMarkers = kept.length <= MOST_MARKERS;
  return {
    type: "scatter",
    mode: hasMarkers ? "lines+markers" : "lines",
    name,
    meta,
    x: of(x),
    y: of(values),
    customdata: of(ids),
    text: kept.map(text),
    connectgaps: false,
    cliponaxis: false,
    line: { color: colour, width: hasMarkers ? 1.75 : 1.25, dash },
    marker: { size: kept.length <= MANY_MARKERS ? 6 : 4, color: of(markerColour) },
    hovertemplate: hover,
  };
}
