/** The panel on unseen bars: the newest validation and the test, each in sentences and as a table. */

import { byId, element, setText } from "./dom.js";
import { columns, evaluationTitle, ofWindow, rows } from "./evaluation_data.js";
import { describeEvaluation, describePending, describeWaiting } from "./evaluation_text.js";

const WINDOWS = /** @type {const} */ (["validation", "test"]);

/**
 * @param {(number: number) => void} onOpen
 * @returns {(state: import("./reducer.js").State) => void} the view
 */
export function createEvaluations(onOpen) {
  /** @type {Record<string, unknown>} */
  const shown = {};
  for (const window of WINDOWS) {
    byId(`${window}-inspect`).addEventListener("click", () => onOpen(Number(byId(`${window}-inspect`).value)));
  }

  return ({ evaluations, catalog, run }) => {
    byId("evaluations-empty").hidden = evaluations.length > 0;
    setText(byId("evaluations-empty"), describeWaiting(run));
    setText(byId("evaluations-pending"), describePending(run));
    byId("evaluations-note").hidden = evaluations.length === 0;
    for (const window of WINDOWS) {
      const newest = ofWindow(evaluations, window).at(-1) ?? null;
      byId(window).hidden = newest === null || catalog === null;
      if (newest === shown[window] || catalog === null) continue;
      shown[window] = newest;
      if (newest !== null) fill(window, newest, catalog.evaluation_metrics);
    }
  };
}

function fill(window, evaluation, metrics) {
  const title = evaluationTitle(evaluation);
  const inspect = byId(`${window}-inspect`);
  inspect.value = String(evaluation.number);
  inspect.setAttribute("aria-label", `Inspect ${title}`);
  setText(byId(`${window}-title`), title);
  byId(`${window}-text`).replaceChildren(...describeEvaluation(evaluation).map((text) => element("p", {}, text)));
  const shownColumns = columns(metrics);
  const heads = shownColumns.map(({ head, title: help }) => element("th", { scope: "col", title: help }, head));
  byId(`${window}-head`).replaceChildren(element("th", { scope: "col" }, "Strategy"), ...heads);
  byId(`${window}-body`).replaceChildren(...rows(evaluation).map((row) => createRow(row, shownColumns)));
}

function createRow({ kind, label, metrics }, shownColumns) {
  const cells = shownColumns.map(({ cell }) => element("td", {}, cell(metrics)));
  return element("tr", { "data-kind": kind }, element("th", { scope: "row" }, label), ...cells);
}
