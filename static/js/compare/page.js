/** The page that compares runs: their curves over each other, their settings, and parameters against results. */

import { fetchCurves } from "../api.js";
import { createDetail } from "../curves/detail.js";
import { createZoom } from "../curves/zoom.js";
import { byId, element, setAttribute, setMessage, setText } from "../dom.js";
import { counted } from "../format.js";
import { runName } from "../labels.js";
import { metricHelp } from "../metrics.js";
import { palette } from "../plot.js";
import { createDiffTable } from "../runs/diff_table.js";
import { settingsOf } from "../runs/settings.js";
import { createSaveMenu } from "../save_image.js";
import { absenceNote, comparedRuns, knownRun } from "../selection.js";
import { compareFigure } from "./figure.js";
import { lineGroups } from "./groups.js";
import { createLegend } from "./legend.js";
import { comparedMetric, metricGroups } from "./metrics.js";
import { parallelAxes } from "./parallel.js";
import { parallelFigure } from "./parallel_figure.js";
import { resultsOf } from "./results.js";

/** @typedef {import("./figure.js").Member} Member */

/**
 * @param {{ dispatch: (action: any) => void, invalidate: () => void, state: import("../reducer.js").State }} store
 * @param {import("../figures.js").Figures} figures
 * @param {(runId: string, episode: number) => void} onOpen  called with the point that was clicked
 * @returns {(state: import("../reducer.js").State) => void} the view
 */
export function createComparePage(store, figures, onOpen) {
  const detail = createDetail(fetchCurves, store.invalidate);
  const curves = figures.create(byId("compare-plot"), {
    ...createZoom(store),
    onClick: (point) => point?.runId && onOpen(point.runId, point.episode),
    onHover: stress,
  });
  const parallel = figures.create(byId("parallel-plot"), { onHover: stress });
  const title = () => String(byId("compare-plot").getAttribute("aria-label"));
  byId("compare-head").append(createSaveMenu(figures, byId("compare-plot"), title));
  byId("parallel-head").append(createSaveMenu(figures, byId("parallel-plot"), () => "Parameters against results"));
  const renderDiff = createDiffTable(byId("compare-diff"));
  const legend = createLegend(store, stress);
  /** @type {unknown} */
  let shownCatalog = null;

  /** These runs stand out wherever they are shown; null for all alike. */
  function stress(/** @type {string[] | null} */ runIds) {
    for (const shown of [curves, parallel, legend]) shown.stress(runIds);
  }

  return (state) => {
    if (state.view.page !== "compare" || state.catalog === null) return;
    if (state.catalog !== shownCatalog) fillMetrics(state);
    shownCatalog = state.catalog;
    const members = membersOf(state);
    const metric = comparedMetric(state.catalog, state.view.metric);
    setText(byId("compare-title"), metric.heading);
    setAttribute(byId("compare-title"), "title", metricHelp(metric));
    renderAbsence(state);
    byId("compare-empty").hidden = members.length > 0;
    byId("compare-body").hidden = members.length === 0;
    byId("compare-hint").hidden = state.view.selected.length > 1;
    legend.render(state, members, metric);
    renderDiff(state);
    showCurves({ figure: curves, detail }, state, members, metric);
    showParallel(parallel, state, members, metric);
  };
}

/**
 * The compared runs in the order chosen; the shown one where none is selected.
 * @param {import("../reducer.js").State} state
 * @returns {Member[]}
 */
function membersOf(state) {
  const { view, shownRunId, labels, tracked } = state;
  const shown = shownRunId === null ? null : knownRun(state, shownRunId);
  const runs = view.selected.length > 0 ? comparedRuns(state) : [shown].filter((run) => run !== null);
  return runs.map((run) => ({ run, tracked: tracked[run.run_id], name: runName(run, labels) }));
}

/** Says which runs of a link are not compared, and what to make of a page without any. */
function renderAbsence(state) {
  setMessage(byId("compare-absent"), absenceNote(state));
  const isNone = state.view.selected.length === 0 && state.runs?.length === 0;
  setText(byId("compare-empty"), isNone ? "There is no run yet." : "None of these runs can be shown.");
}

function fillMetrics({ catalog, view }) {
  const groups = metricGroups(catalog).map(({ label, metrics }) =>
    element(
      "optgroup",
      { label },
      ...metrics.map(({ key, choice, help }) => element("option", { value: key, title: help }, choice)),
    ),
  );
  byId("compare-metric").replaceChildren(...groups);
  byId("compare-metric").value = view.metric;
}

function showCurves({ figure, detail }, { view, labels, best }, members, metric) {
  const { axis, zoom, smoothing, isLog, isGrouped } = view;
  const known = members.map(({ tracked }) => [tracked.episodes, tracked.evaluations, tracked.history, tracked.run]);
  const look = [metric.key, axis, zoom, smoothing, isLog, isGrouped, detail.version];
  const inputs = [...known.flat(), labels, best, members.length, ...look];
  figure.show(inputs, () => {
    const { data, layout, note, hasPoints } = compareFigure(members, metric, view, palette(), detail.of);
    setText(byId("compare-note"), note);
    setAttribute(byId("compare-plot"), "aria-label", `${metric.heading}: ${counted(members.length, "run")}`);
    byId("compare-waiting").hidden = hasPoints;
    return { data, layout };
  });
}

function showParallel(figure, { catalog, best, labels, view: { isGrouped } }, members, metric) {
  byId("parallel").hidden = members.length < 2;
  if (members.length < 2) return;
  const known = members.map(({ run, tracked }) => [run, tracked.episodes, tracked.evaluations, tracked.history]);
  figure.show([...known.flat(), best, labels, members.length, metric.key, isGrouped], () => {
    const settings = members.map(({ run }) => settingsOf(run));
    const axes = parallelAxes(settings, catalog.parameters, resultsOf(members, metric, best));
    const groups = lineGroups(members, isGrouped);
    const places = members.map((member) => groups.findIndex((group) => group.includes(member)));
    const drawn = parallelFigure(axes, members, palette(), places);
    byId("parallel-plot").style.minWidth = `${drawn.leastWidth}px`; // its box scrolls
    return drawn;
  });
}
