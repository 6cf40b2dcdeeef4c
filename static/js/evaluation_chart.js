/** The chart of validation: the policy's Sharpe ratio by episode with its uncertainty, and what it must beat. */

import { episodeTicks, horizontal, inSight } from "./curves/axes.js";
import { curveOf } from "./curves/curve.js";
import { originOf } from "./curves/origin.js";
import { createZoom } from "./curves/zoom.js";
import { byId, element, setAttribute, setText } from "./dom.js";
import { benchmarkLines, ofWindow, sharpePoints, sharpeText } from "./evaluation_data.js";
import { counted, number } from "./format.js";
import { markParts, marksOf } from "./intervene/marks.js";
import { metricText } from "./metrics.js";
import { baseLayout, numberAxis, palette } from "./plot.js";
import { createSaveMenu, titleOf } from "./save_image.js";

const TRAINING = "reward"; // any metric of episodes: the ends of all are the same
const ROOM = 1.05; // to the right of the last point
const DASHES = { buy_and_hold: "dot", vol_target: "dash" };

/**
 * @param {{ state: import("./reducer.js").State, dispatch: (action: any) => void }} store
 * @param {import("./figures.js").Figures} figures
 * @param {(number: number) => void} onOpen  called with the evaluation whose point was clicked
 * @returns {(state: import("./reducer.js").State) => void} the view
 */
export function createEvaluationChart(store, figures, onOpen) {
  const figure = figures.create(byId("validation-plot"), { onClick: onOpen, ...createZoom(store) });
  const title = () => titleOf("Validation Sharpe, annualised", store.state);
  byId("validation-chart-head").append(createSaveMenu(figures, byId("validation-plot"), title));

  /** @type {import("./reducer.js").Evaluation[]} */
  let known = [];
  /** @type {import("./reducer.js").Evaluation[]} */
  let validations = [];

  /** Text and key; written only when there is another evaluation. */
  function renderText(/** @type {import("./reducer.js").Evaluation[]} */ evaluations) {
    if (evaluations === known) return;
    known = evaluations;
    validations = ofWindow(evaluations, "validation");
    byId("validation-chart").hidden = validations.length === 0;
    if (validations.length > 0) renderLegend(validations);
  }

  return (state) => {
    const { run, evaluations, episodes, history, actions, view } = state;
    renderText(evaluations);
    if (validations.length === 0 || view.page !== "run") return;
    const acted = [run?.changes.length, actions.list];
    figure.show([evaluations, episodes, history, originOf(state), view.axis, view.zoom, ...acted], () =>
      evaluationFigure(validations, state, palette()),
    );
  };
}

/**
 * @param {import("./reducer.js").Evaluation[]} evaluations  of one window, at least one
 * @param {import("./tracked.js").Tracked & Pick<import("./reducer.js").State, "view" | "actions" | "catalog">} state  of
 *   their run: the charts above go as far as its last episode
 * @param {Record<string, string>} colours
 * @returns {{ data: any[], layout: any }}
 */
export function evaluationFigure(evaluations, state, colours) {
  const { axis: axisName, zoom } = state.view;
  const origin = originOf(state);
  const trained = curveOf(state, TRAINING);
  const { axis, end, x, y, errors, numbers, episodes } = sharpePoints(evaluations, axisName, origin, trained);
  const policy = {
    type: "scatter",
    mode: "lines+markers",
    name: "policy",
    x,
    y,
    customdata: numbers,
    text: episodes.map((episode, index) => `episode ${number(episode)}<br>Sharpe ${hoverText(y[index], errors[index])}`),
    hovertemplate: `%{text}${axisName === "episode" ? "" : `<br>${axis.where}`}<extra></extra>`,
    cliponaxis: false,
    error_y: { type: "data", array: errors, color: colours.learning, thickness: 1, width: 3 },
    line: { color: colours.learning, width: 1.75 },
    marker: { color: colours.learning, size: 7 },
  };
  const range = inSight(axis, zoom);
  const acted = markParts(marksOf(state, trained.step, axis.places(trained, origin)), colours);
  const benchmarks = benchmarkLines(/** @type {any} */ (evaluations.at(-1)));
  const { meta, xaxis } = horizontal(axis, range ?? [0, ROOM * end]);
  const layout = {
    ...baseLayout(colours),
    hovermode: "closest",
    meta,
    xaxis: { ...numberAxis(colours), ...episodeTicks(axisName, range ?? [0, end]), ...xaxis },
    yaxis: { ...numberAxis(colours), fixedrange: true, nticks: 6, zeroline: true, zerolinecolor: colours.muted, zerolinewidth: 1 },
    ...acted.layout,
    shapes: [...benchmarks.map((line) => benchmarkMark(line, colours)), ...acted.shapes],
  };
  return { data: [policy, ...acted.traces], layout };
}

function benchmarkMark({ name, label, sharpe }, colours) {
  const line = { color: colours.reference, width: 1.5, dash: DASHES[name] };
  const place = { layer: "below", xref: "paper", x0: 0, x1: 1, y0: sharpe, y1: sharpe };
  return { type: "line", name: label, showlegend: true, ...place, line }; // a saved image has a key
}

function hoverText(sharpe, error) {
  return sharpeText({ sharpe, sharpe_standard_error: error });
}

/** The key to the figure tells the values too, for those who do not see it. */
function renderLegend(evaluations) {
  const newest = evaluations.at(-1);
  const points = evaluations.filter(({ policy }) => policy.metrics.sharpe !== null).length;
  setText(byId("validation-value"), sharpeText(newest.policy.metrics));
  const summary = `Validation Sharpe: ${counted(points, "point")}, ${sharpeText(newest.policy.metrics)} after episode ${newest.episode}.`;
  setAttribute(byId("validation-plot"), "aria-label", summary);
  const lines = benchmarkLines(newest).map(({ name, label, sharpe }) =>
    element("li", { "data-key": name }, `${label} ${metricText("sharpe", sharpe)}`),
  );
  byId("validation-legend").replaceChildren(
    element("li", { "data-key": "policy" }, "policy ± one standard error"),
    ...lines,
  );
}
