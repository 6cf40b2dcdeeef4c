/** The figure of several runs on one metric: a line for each, or a median with its band for those of the same settings. */

import { axisFor, episodePlace, horizontal, inSight } from "../curves/axes.js";
import { curveOf, cutTexts, pick } from "../curves/curve.js";
import { aboveZero, lineTraces, logNote, loneDots, valueAxis, valueTexts } from "../curves/lines.js";
import { originOf } from "../curves/origin.js";
import { within } from "../curves/thin.js";
import { metricTextWithUnit } from "../metrics.js";
import { baseLayout, numberAxis } from "../plot.js";
import { bySettings, medianBand } from "./groups.js";

const DASHES = ["solid", "dash", "dot"];
const BAND_OPACITY = 0.18;

/**
 * @typedef {object} Member  a run to compare
 * @property {import("../reducer.js").Run} run
 * @property {string} name
 * @property {import("../tracked.js").Tracked} tracked
 *
 * @typedef {import("./metrics.js").ComparedMetric} ComparedMetric
 * @typedef {Pick<import("../view.js").View, "axis" | "zoom" | "smoothing" | "isLog" | "isGrouped">} Look
 */

/**
 * How the line at this place of the order looks: the colours in turn, then the same ones dashed.
 * @param {number} index
 * @param {string[]} colours
 */
export function lineLook(index, colours) {
  return { colour: colours[index % colours.length], dash: DASHES[Math.floor(index / colours.length) % DASHES.length] };
}

/**
 * @param {Member[]} members
 * @param {ComparedMetric} metric
 * @param {Look} look
 * @param {Record<string, any>} colours
 * @param {import("../curves/detail.js").Detail["of"]} detailed  makes what is in sight finer
 * @returns {{ data: any[], layout: any, hasPoints: boolean, note: string }} `note` says what a logarithmic axis does not show
 */
export function compareFigure(members, metric, look, colours, detailed = (tracked) => tracked) {
  const drawn = members.map(({ run, tracked }) => ({
    curve: curveOf(tracked, metric.key),
    startedAt: originOf(tracked, run),
  }));
  const axis = axisFor(look.axis, drawn);
  const range = inSight(axis, look.zoom);
  const lines = members.map(({ run, name, tracked }, index) => {
    const { startedAt } = drawn[index];
    const curve = curveOf(detailed(tracked, metric.key, axis, look.zoom), metric.key, look.smoothing);
    const places = axis.places(curve, startedAt);
    const indices = within(places, range);
    const { value, average, cut, episode } = pick({ ...curve, cut: cutTexts(curve) }, indices);
    return { run, name, x: indices.map((place) => places[place]), y: value, average, cut, episodes: episode };
  });
  const bands = look.isGrouped ? bySettings(lines).map(bandOf) : [];
  const shown = { metric, axis, look, colours };
  const data = look.isGrouped ? bands.flatMap(bandTraces(shown)) : runTraces(lines, shown);
  const values = look.isGrouped ? bands.flatMap(({ median }) => median) : lines.flatMap(({ y }) => y);
  const note = look.isLog ? logNote(values, look.isGrouped ? "median" : "value") : "";
  return { data, note, hasPoints: values.some((value) => value !== null), layout: layoutOf(shown, data) };
}

function bandOf(group) {
  const meta = group.map(({ run }) => run.run_id);
  return { meta, ...medianBand(group.map(({ x, average }) => ({ x, y: average }))) };
}

function runTraces(lines, { metric, axis, look, colours }) {
  return lines.flatMap(({ run, episodes, ...line }, index) => {
    const ids = episodes.map((/** @type {number} */ episode) => ({ runId: run.run_id, episode }));
    const place = episodePlace(axis, "%{customdata.episode:,}");
    const hover = `${plainText(line.name)}, ${place}<br>${metric.title} %{text}<extra></extra>`;
    const text = valueTexts(metric, line, look.smoothing);
    return lineTraces({ ...line, meta: [run.run_id], ids, text, hover, ...lineLook(index, colours.series) }, look);
  });
}

function bandTraces({ metric, axis, look, colours }) {
  const value = look.smoothing > 0 ? `${metric.title}, smoothed` : metric.title;
  return (band, /** @type {number} */ index) => {
    const visible = look.isLog ? aboveZero : (/** @type {number[]} */ values) => values;
    const { colour, dash } = lineLook(index, colours.series);
    const edge = {
      type: "scatter",
      mode: "lines",
      meta: band.meta,
      x: band.x,
      line: { width: 0 },
      hoverinfo: "skip",
      showlegend: false,
    };
    const median = {
      ...edge,
      name: "median",
      y: visible(band.median),
      customdata: band.counts,
      text: band.median.map((value) => metricTextWithUnit(metric, value)),
      hoverinfo: undefined,
      line: { color: colour, width: 2, dash },
      hovertemplate: `${axis.where}<br>median of %{customdata}: ${value} %{text}<extra></extra>`,
    };
    return [
      { ...edge, name: "low", y: visible(band.low) },
      { ...edge, name: "high", y: visible(band.high), fill: "tonexty", fillcolor: faint(colour) },
      median,
      ...loneDots(median),
    ];
  };
}

function layoutOf({ axis, look: { isLog, zoom }, colours }, data) {
  const { meta, xaxis } = horizontal(axis, inSight(axis, zoom));
  return {
    ...baseLayout(colours),
    hovermode: "closest",
    meta,
    xaxis: { ...numberAxis(colours), ...xaxis },
    yaxis: { ...numberAxis(colours), ...valueAxis(data, isLog, 8) },
  };
}

/** "rgb(1, 2, 3)" with an opacity. */
function faint(colour) {
  return colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${BAND_OPACITY})`);
}

/**
 * Figures take some markup in their texts; a name is never markup.
 * @param {string} name
 */
export function plainText(name) {
  return name.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("%{", "% {");
}
