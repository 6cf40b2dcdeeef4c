/** The figure of several runs on one metric: a line for each, or a median with its band for those of the same settings. */

import { axisFor } from "../curves/axes.js";
import { curveOf, pick } from "../curves/curve.js";
import { aboveZero, lineTraces, notAboveZero, valueAxis } from "../curves/lines.js";
import { originOf } from "../curves/origin.js";
import { within } from "../curves/thin.js";
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
 * @typedef {Pick<import("../view.js").View, "axis" | "smoothing" | "isLog" | "isGrouped">} Look
 */

/** @type {{ range: [number, number] | null, detailed: import("../curves/zoom.js").Zoom["detailed"] }} */
const ALL = { range: null, detailed: (tracked) => tracked };

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
 * @param {{ range: [number, number] | null, detailed: import("../curves/zoom.js").Zoom["detailed"] }} sight
 * @returns {{ data: any[], layout: any, hidden: number }} `hidden` points lie at or below 0 on a logarithmic axis
 */
export function compareFigure(members, metric, look, colours, { range, detailed } = ALL) {
  const drawn = members.map(({ run, tracked }) => ({
    curve: curveOf(tracked, metric.key),
    startedAt: originOf(tracked, run),
  }));
  const axis = axisFor(look.axis, drawn);
  const lines = members.map(({ run, name, tracked }, index) => {
    const { startedAt } = drawn[index];
    const curve = curveOf(detailed(tracked, metric.key, axis), metric.key, look.smoothing);
    const places = axis.places(curve, startedAt);
    const indices = within(places, range);
    const { value, average, episode } = pick(curve, indices);
    return { run, name, x: indices.map((place) => places[place]), y: value, average, episodes: episode };
  });
  const data = look.isGrouped ? groupTraces(lines, look, colours) : runTraces(lines, metric, look, colours);
  const hidden = look.isLog ? lines.reduce((sum, { y }) => sum + notAboveZero(y), 0) : 0;
  return { data, hidden, layout: layoutOf(axis.title, metric, look, data, colours) };
}

function runTraces(lines, metric, look, colours) {
  return lines.flatMap(({ run, episodes, ...line }, index) => {
    const ids = episodes.map((/** @type {number} */ episode) => ({ runId: run.run_id, episode }));
    const hover = `${plainText(line.name)}, episode %{customdata.episode}<br>${metric.title} %{y:,.4~g}<extra></extra>`;
    return lineTraces({ ...line, ids, hover, ...lineLook(index, colours.series) }, look);
  });
}

function groupTraces(lines, { isLog }, colours) {
  return bySettings(lines).flatMap((group, index) => {
    const band = medianBand(group.map(({ x, average }) => ({ x, y: average })));
    const visible = isLog ? aboveZero : (/** @type {number[]} */ values) => values;
    const { colour, dash } = lineLook(index, colours.series);
    const edge = {
      type: "scatter",
      mode: "lines",
      x: band.x,
      line: { width: 0 },
      hoverinfo: "skip",
      showlegend: false,
    };
    return [
      { ...edge, name: "low", y: visible(band.low) },
      { ...edge, name: "high", y: visible(band.high), fill: "tonexty", fillcolor: faint(colour) },
      {
        ...edge,
        name: "median",
        y: visible(band.median),
        customdata: band.counts,
        hoverinfo: undefined,
        line: { color: colour, width: 2, dash },
        hovertemplate: "median of %{customdata} %{y:,.4~g}<extra></extra>",
      },
    ];
  });
}

function layoutOf(title, metric, { axis, isLog }, data, colours) {
  return {
    ...baseLayout(colours),
    hovermode: "closest",
    uirevision: `${metric.key} ${axis} ${isLog}`,
    xaxis: { ...numberAxis(colours), rangemode: "tozero", title: { text: title, standoff: 6 } },
    yaxis: { ...numberAxis(colours), ...valueAxis(data, isLog, 8) },
  };
}

/** "rgb(1, 2, 3)" with an opacity. */
function faint(colour) {
  return colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${BAND_OPACITY})`);
}

/** Figures take some markup in their texts; a name is never markup. */
function plainText(name) {
  return name.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("%{", "% {");
}
