/** The dashboard's charts, one for each metric that the catalog marks, each with the gate in it. */

import { AXES, gatePosition, points, summary, thin } from "./chart_data.js";
import { byId, element, setAttribute, setText } from "./dom.js";
import { metricTextWithUnit } from "./metrics.js";
import { baseAxis, baseLayout, draw, gatedRegion, limitRate, palette } from "./plot.js";

const LINE_WIDTH = 1.75;
const FEW_EPISODES = 12;
const MANY_EPISODES = 60;
const MOST_POINTS = 900;
const MOST_MARKERS = 300; // each marker is an element of its own; above this the line alone is drawn
/** What must not be missed beside a metric's name. */
const NOTES = { sharpe: "on the training bars, which says nothing about others" };

/**
 * @param {{ state: import("./reducer.js").State, invalidate: () => void }} store
 * @param {(episode: number) => void} onOpen  called with the episode whose point was clicked
 */
export function createCharts(store, onOpen) {
  /** @type {any} */
  let Plotly = null;
  /** @type {{ metric: any, card: any, value: any, plot: any, empty: any }[]} */
  let charts = [];
  /** @type {unknown[]} */
  let drawn = [];
  let themeVersion = 0;

  /** What the figures depend on; nothing is drawn while it stays the same. */
  function inputs({ episodes, run, view }) {
    return [Plotly, episodes, run?.gate.opened?.step, view.axis, themeVersion, charts];
  }

  function drawAll() {
    const { state } = store;
    drawn = inputs(state);
    const colours = palette();
    for (const chart of charts) drawOne(chart, state, colours);
  }

  function drawOne({ metric, plot, empty, value }, { episodes, run, view: { axis } }, colours) {
    const own = points(thin(episodes, metric.name, MOST_POINTS), metric.name, axis);
    const hasPoints = own.y.some((y) => y !== null);
    setText(value, metricTextWithUnit(metric, episodes.at(-1)?.[metric.name]));
    setAttribute(plot, "aria-label", summary(metric, episodes));
    empty.hidden = hasPoints;
    plot.hidden = !hasPoints;
    if (!hasPoints || Plotly === null) return;
    const isFirst = !plot.data;
    const gate = gatePosition(run?.gate.opened, episodes, axis);
    draw(Plotly, plot, figure(metric, own, gate, axis, colours));
    if (isFirst) plot.on("plotly_click", (event) => onOpen(event.points[0].customdata));
  }

  const drawRarely = limitRate(drawAll, store.invalidate);
  return {
    /** @param {import("./reducer.js").State} state */
    render(state) {
      if (charts.length === 0 && state.catalog) charts = createCards(state.catalog.metrics);
      if (inputs(state).some((input, index) => input !== drawn[index])) drawRarely();
    },
    /** @param {any} library */
    use(library) {
      Plotly = library;
      store.invalidate();
    },
    recolour() {
      themeVersion += 1;
      store.invalidate();
    },
  };
}

function createCards(metrics) {
  const charts = metrics.filter(({ chart }) => chart).map(createCard);
  byId("charts").replaceChildren(...charts.map(({ card }) => card));
  return charts;
}

function createCard(metric) {
  const value = element("output", { class: "chart-value" }, "–");
  const title = element("h3", { class: "chart-title", title: metric.help }, metric.label);
  const note = NOTES[metric.name] ? element("p", { class: "chart-note" }, NOTES[metric.name]) : null;
  const plot = element("div", { class: "plot", role: "img", hidden: true });
  const empty = element("p", { class: "empty chart-empty" }, `${metric.help} One point for each finished episode.`);
  const head = element("header", { class: "chart-head" }, title, value);
  return {
    metric,
    value,
    plot,
    empty,
    card: element("article", { class: "panel chart", "data-metric": metric.name }, head, note, empty, plot),
  };
}

function figure(metric, { x, y, episodes, phases }, gate, axis, colours) {
  const few = axis === "episode" && x.length <= FEW_EPISODES ? { dtick: 1 } : {};
  const trace = {
    type: "scatter",
    mode: x.length <= MOST_MARKERS ? "lines+markers" : "lines",
    x,
    y,
    customdata: episodes,
    connectgaps: false,
    cliponaxis: false,
    line: { color: colours.learning, width: x.length <= MOST_MARKERS ? LINE_WIDTH : 1 },
    marker: { size: x.length <= MANY_EPISODES ? 6 : 4, color: phases.map((phase) => colours[phase]) },
    hovertemplate: `episode %{customdata}<br>${metric.label} <b>%{y:,.4~g}</b><extra></extra>`,
  };
  const layout = {
    ...baseLayout(colours),
    hovermode: "closest",
    uirevision: axis,
    xaxis: { ...baseAxis(colours), ...few, rangemode: "tozero", title: { text: AXES[axis].title, standoff: 6 } },
    yaxis: { ...baseAxis(colours), nticks: 5, rangemode: y.some((value) => value < 0) ? "normal" : "nonnegative" },
    ...gateMark(gate, colours),
  };
  return { data: [trace], layout };
}

function gateMark(gate, colours) {
  if (gate === null) return {};
  const line = { color: colours.warmup, width: 1.5, dash: "dash" };
  const mark = { type: "line", x0: gate, x1: gate, yref: "paper", y0: 0, y1: 1, line, name: "gate" };
  const text = { text: "gate", x: gate, y: 1, yref: "paper", xanchor: "left", yanchor: "top", showarrow: false };
  return {
    shapes: [gatedRegion(0, gate, colours), mark],
    annotations: [{ ...text, font: { color: colours.warmup, size: 11 } }],
  };
}
