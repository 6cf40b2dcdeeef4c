/** The dashboard's charts, one for each metric that the catalog marks, each with the gate in it. */

import { fetchCurves } from "./api.js";
import { points, summary } from "./chart_data.js";
import { episodePlace, episodeTicks } from "./curves/axes.js";
import { missingHistory } from "./curves/curve.js";
import { lineTraces, logNote, valueAxis, valueTexts } from "./curves/lines.js";
import { createZoom } from "./curves/zoom.js";
import { byId, element, setAttribute, setText } from "./dom.js";
import { markParts } from "./intervene/marks.js";
import { metricTextWithUnit } from "./metrics.js";
import { baseLayout, gatedRegion, numberAxis, palette } from "./plot.js";
import { createSaveMenu, titleOf } from "./save_image.js";

/** What must not be missed beside a metric's name. */
const NOTES = { sharpe: "on the training bars, which says nothing about others" };

/**
 * @typedef {{ metric: any, card: any, value: any, note: any, plot: any, empty: any, figure: import("./figures.js").Figure,
 *   zoom: import("./curves/zoom.js").Zoom }} Chart
 */

/**
 * @param {{ state: import("./reducer.js").State, invalidate: () => void }} store
 * @param {import("./figures.js").Figures} figures
 * @param {(episode: number) => void} onOpen  called with the episode whose point was clicked
 */
export function createCharts(store, figures, onOpen) {
  /** @type {Chart[]} */
  let charts = [];

  function create(/** @type {any} */ metric) {
    const parts = createCard(metric);
    const zoom = createZoom(fetchCurves, store.invalidate);
    parts.head.append(createSaveMenu(figures, parts.plot, () => titleOf(metric.label, store.state)));
    const figure = figures.create(parts.plot, { onClick: onOpen, onZoom: zoom.to });
    return /** @type {Chart} */ ({ metric, ...parts, figure, zoom });
  }

  return (/** @type {import("./reducer.js").State} */ state) => {
    if (charts.length === 0 && state.catalog) {
      charts = state.catalog.metrics.filter(({ chart }) => chart).map(create);
      byId("charts").replaceChildren(...charts.map(({ card }) => card));
    }
    if (state.view.page === "run") charts.forEach((chart) => render(chart, state));
  };
}

function render(chart, state) {
  const { metric, plot, empty, value, note, figure, zoom } = chart;
  const { episodes, history, run, view } = state;
  const key = `${state.shownRunId} ${view.axis} ${view.isLog}`;
  const range = zoom.rangeOf(key);
  setText(value, metricTextWithUnit(metric, episodes.at(-1)?.[metric.name]));
  const hasPoints = episodes.some((episode) => Number.isFinite(episode[metric.name])) || metric.name in history;
  empty.hidden = hasPoints;
  plot.hidden = !hasPoints;
  if (!hasPoints || lacksBeginning(metric.name, state)) return;
  const { axis, smoothing, isLog } = view;
  const acted = [run?.changes.length, state.actions.list];
  const seen = [axis, smoothing, isLog, zoom.version, state.shownRunId];
  const inputs = [episodes, history, run?.gate.opened?.step, ...acted, ...seen];
  figure.show(inputs, () => {
    const own = points(state, metric.name, view, range, zoom.detailed);
    setAttribute(plot, "aria-label", summary(metric, own));
    setText(note, notes(metric, own, isLog));
    return chartFigure(metric, own, { ...view, key, range }, palette());
  });
}

/** The newest records alone would look like the whole curve. */
function lacksBeginning(name, state) {
  return !(name in state.history) && missingHistory(state, [name]).keys.length > 0;
}

function notes(metric, { y }, isLog) {
  return [NOTES[metric.name], isLog && logNote(y)].filter(Boolean).join("; ");
}

function createCard(metric) {
  const value = element("output", { class: "chart-value" }, "–");
  const title = element("h3", { class: "chart-title", title: metric.help }, metric.label);
  const note = element("p", { class: "chart-note" }, NOTES[metric.name] ?? "");
  const plot = element("div", { class: "plot", role: "img", hidden: true });
  const empty = element("p", { class: "empty chart-empty" }, `${metric.help} One point for each finished episode.`);
  const head = element("header", { class: "chart-head" }, title, value);
  const card = element("article", { class: "panel chart", "data-metric": metric.name }, head, note, empty, plot);
  return { head, value, note, plot, empty, card };
}

/**
 * @param {{ name: string, label: string, unit: string }} metric
 * @param {import("./chart_data.js").Points} points
 * @param {{ smoothing: number, isLog: boolean, key: string, range: [number, number] | null }} view
 *   zoom lasts while `key` stays the same; `range` is what it has in sight
 * @param {Record<string, any>} colours
 * @returns {{ data: any[], layout: any }}
 */
export function chartFigure(metric, points, { smoothing, isLog, key, range }, colours) {
  const { axis, x, y, average, episodes, phases, gate, marks } = points;
  const ticks = episodeTicks(axis.name, range ?? [0, x.at(-1) ?? 0]);
  const line = {
    name: metric.label,
    x,
    y,
    average,
    ids: episodes,
    colour: colours.learning,
    markerColour: phases.map((phase) => colours[phase]),
    text: valueTexts(metric, points, smoothing),
    hover: `${episodePlace(axis, "%{customdata:,}")}<br>${metric.label} %{text}<extra></extra>`,
  };
  const data = lineTraces(line, { smoothing, isLog });
  const acted = markParts(marks, colours);
  const rangemode = isLog || y.some((value) => value !== null && value < 0) ? "normal" : "nonnegative";
  const layout = {
    ...baseLayout(colours),
    hovermode: "closest",
    uirevision: key,
    xaxis: { ...numberAxis(colours), ...ticks, rangemode: "tozero", title: { text: axis.title, standoff: 6 } },
    yaxis: { ...numberAxis(colours), ...valueAxis(data, isLog, 5), rangemode },
    ...acted.layout,
    ...gateMark(gate, acted.shapes, colours),
  };
  return { data: [...data, ...acted.traces], layout };
}

function gateMark(gate, shapes, colours) {
  if (gate === null) return { shapes };
  const line = { color: colours.warmup, width: 1.5, dash: "dash" };
  const mark = { type: "line", x0: gate, x1: gate, yref: "paper", y0: 0, y1: 1, line, name: "gate" };
  const text = { text: "gate", x: gate, y: 1, yref: "paper", xanchor: "left", yanchor: "top", showarrow: false };
  return {
    shapes: [gatedRegion(0, gate, colours), mark, ...shapes],
    annotations: [{ ...text, font: { color: colours.warmup, size: 11 } }],
  };
}
