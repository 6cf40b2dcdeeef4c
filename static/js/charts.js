/** The dashboard's charts, one for each metric that the catalog marks, each with the gate in it. */

import { fetchCurves } from "./api.js";
import { points, summary } from "./chart_data.js";
import { episodePlace, episodeTicks, horizontal } from "./curves/axes.js";
import { missingHistory } from "./curves/curve.js";
import { lineTraces, logNote, valueAxis, valueTexts } from "./curves/lines.js";
import { createDetail } from "./curves/detail.js";
import { createZoom } from "./curves/zoom.js";
import { byId, element, setAttribute, setText } from "./dom.js";
import { markParts, marksKey } from "./intervene/marks.js";
import { metricHelp, metricTextWithUnit, nameWithUnit } from "./metrics.js";
import { baseLayout, gatedRegion, numberAxis, palette } from "./plot.js";
import { lastWhole } from "./records.js";
import { createSaveMenu, titleOf } from "./save_image.js";

const GATE_WORD_PX = 16; // above the plot
/** What must not be missed beside a metric's name. */
const NOTES = { sharpe: "on the training bars, which says nothing about others" };

/**
 * @typedef {{ metric: any, card: any, value: any, note: any, plot: any, empty: any, figure: import("./figures.js").Figure }} Chart
 */

/**
 * @param {{ state: import("./reducer.js").State, dispatch: (action: any) => void, invalidate: () => void }} store
 * @param {import("./figures.js").Figures} figures
 * @param {(episode: number) => void} onOpen  called with the episode whose point was clicked
 */
export function createCharts(store, figures, onOpen) {
  /** @type {Chart[]} */
  let charts = [];
  const detail = createDetail(fetchCurves, store.invalidate);
  const zoom = createZoom(store);

  function create(/** @type {any} */ metric) {
    const parts = createCard(metric);
    parts.head.append(createSaveMenu(figures, parts.plot, () => titleOf(nameWithUnit(metric), store.state)));
    const figure = figures.create(parts.plot, { onClick: onOpen, ...zoom });
    return /** @type {Chart} */ ({ metric, ...parts, figure });
  }

  return (/** @type {import("./reducer.js").State} */ state) => {
    if (charts.length === 0 && state.catalog) {
      charts = state.catalog.metrics.filter(({ chart }) => chart).map(create);
      byId("charts").replaceChildren(...charts.map(({ card }) => card));
    }
    if (state.view.page === "run") charts.forEach((chart) => render(chart, state, detail));
  };
}

function render(chart, state, detail) {
  const { metric, plot, empty, value, note, figure } = chart;
  const { episodes, history, run, view } = state;
  setText(value, metricTextWithUnit(metric, lastWhole(episodes)?.[metric.name]));
  const hasPoints = episodes.some((episode) => Number.isFinite(episode[metric.name])) || metric.name in history;
  empty.hidden = hasPoints;
  plot.hidden = !hasPoints;
  if (!hasPoints || lacksBeginning(metric.name, state)) return;
  const { axis, zoom, smoothing, isLog } = view;
  const acted = [run?.changes.length, state.actions.list];
  const seen = [axis, zoom, smoothing, isLog, detail.version, state.shownRunId];
  const inputs = [episodes, history, run?.gate.opened?.step, ...acted, ...seen];
  figure.show(inputs, () => {
    const own = points(state, metric.name, view, detail.of);
    setAttribute(plot, "aria-label", summary(metric, own));
    setText(note, notes(metric, own, isLog));
    setText(byId("charts-key"), marksKey(own.marks));
    return chartFigure(metric, own, view, palette());
  });
}

/** The newest records alone would look like the whole curve. */
function lacksBeginning(name, state) {
  return !(name in state.history) && missingHistory(state, [name]).keys.length > 0;
}

function notes(metric, { y, cut }, isLog) {
  const hollow = cut.map((text) => text && `hollow: ${text}`);
  return [NOTES[metric.name], ...hollow, isLog && logNote(y)].filter(Boolean).join("; ");
}

function createCard(metric) {
  const value = element("span", { class: "chart-value" }, "–");
  const title = element("h3", { class: "chart-title", title: metricHelp(metric) }, nameWithUnit(metric));
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
 * @param {{ smoothing: number, isLog: boolean }} look
 * @param {Record<string, any>} colours
 * @returns {{ data: any[], layout: any }}
 */
export function chartFigure(metric, points, { smoothing, isLog }, colours) {
  const { axis, range, x, y, average, cut, episodes, phases, gate, marks } = points;
  const ticks = episodeTicks(axis.name, range ?? [0, x.at(-1) ?? 0]);
  const line = {
    name: metric.label,
    x,
    y,
    average,
    cut,
    ids: episodes,
    colour: colours.learning,
    markerColour: phases.map((phase) => colours[phase]),
    text: valueTexts(metric, points, smoothing),
    hover: `${episodePlace(axis, "%{customdata:,}")}<br>${metric.label} %{text}<extra></extra>`,
  };
  const own = lineTraces(line, { smoothing, isLog });
  const data = own.map((one) => ({ ...one, showlegend: false })); // the title names it
  const acted = markParts(marks, colours);
  const rangemode = isLog || y.some((value) => value !== null && value < 0) ? "normal" : "nonnegative";
  const { meta, xaxis } = horizontal(axis, range);
  const base = baseLayout(colours);
  const layout = {
    ...base,
    margin: { ...base.margin, t: GATE_WORD_PX },
    hovermode: "closest",
    meta,
    xaxis: { ...numberAxis(colours), ...ticks, ...xaxis },
    yaxis: { ...numberAxis(colours), ...valueAxis(data, isLog, 5), rangemode },
    ...acted.layout,
    ...gateMark(gate, acted.shapes, colours),
  };
  return { data: [...data, ...acted.traces], layout };
}

/** The word stands above the plot, where no curve crosses it. */
function gateMark(gate, shapes, colours) {
  if (gate === null) return { shapes };
  const line = { color: colours.warmup, width: 1.5, dash: "dash" };
  const mark = { type: "line", x0: gate, x1: gate, yref: "paper", y0: 0, y1: 1, line, name: "gate" };
  const text = { text: "gate", x: gate, y: 1, yref: "paper", yanchor: "bottom", borderpad: 0, showarrow: false };
  return {
    shapes: [gatedRegion(0, gate, colours), mark, ...shapes],
    annotations: [{ ...text, font: { color: colours.warmup, size: 11 } }],
  };
}
