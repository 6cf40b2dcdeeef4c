/** The page of all runs: table, what can be done with the selected ones, and their differing settings. */

import { byId, element, setAttribute, setText } from "../dom.js";
import { leavePart } from "../focus.js";
import { counted } from "../format.js";
import { runName } from "../labels.js";
import { routeTo } from "../route.js";
import { STATUSES, obstacleTo } from "../standing.js";
import { MOST_SELECTED } from "../view.js";
import { createDeletion } from "./deletion.js";
import { createDiffTable } from "./diff_table.js";
import { createLabelDialog } from "./label_dialog.js";
import { rowsOf, wanted } from "./rows.js";
import { createRunsTable } from "./table.js";

/**
 * @param {{ state: import("../reducer.js").State, dispatch: (action: any) => void }} store
 * @param {(config: Record<string, unknown>, name: string) => void} onDuplicate  called with the settings to start from
 * @returns {(state: import("../reducer.js").State) => void} the view
 */
export function createRunsPage(store, onDuplicate) {
  const edit = createLabelDialog(store);
  const deletion = createDeletion(store);
  const renderTable = createRunsTable(store, {
    edit: ({ run }) => edit(run.run_id),
    duplicate: ({ run, name }) => onDuplicate(run.config, name),
    remove: deletion.remove,
  });
  const renderDiff = createDiffTable(byId("runs-diff"));

  byId("runs-status").append(...Object.keys(STATUSES).map((status) => element("option", {}, status)));
  byId("selected-delete").addEventListener("click", () => deletion.remove(selectedRows(store.state)));
  byId("selected-clear").addEventListener("click", () => {
    leavePart(byId("selected-bar"));
    store.dispatch({ type: "view", change: { selected: [] } });
  });
  byId("run-edit").addEventListener("click", () => edit(String(store.state.shownRunId)));

  return (state) => {
    renderTable(state);
    deletion.render(state);
    renderDiff(state);
    renderSelection(state);
    byId("run-edit").hidden = state.run === null;
    if (state.run) setAttribute(byId("run-edit"), "aria-label", `Edit ${runName(state.run, state.labels)}`);
  };
}

function selectedRows(state) {
  const { selected } = state.view;
  return rowsOf({ ...state, runs: (state.runs ?? []).filter(({ run_id: runId }) => selected.includes(runId)) });
}

function renderSelection(state) {
  if (state.view.page !== "runs") return;
  const rows = selectedRows(state);
  byId("selected-bar").hidden = state.view.selected.length === 0;
  setText(byId("selected-count"), selectionText(rows, state.view, state.catalog?.parameters));
  setAttribute(byId("selected-compare"), "href", routeTo(state, { view: { page: "compare" } }));
  byId("selected-delete").disabled = rows.length === 0 || rows.some(({ run }) => obstacleTo("delete", state, run) !== "");
}

/**
 * How many runs are selected; what is done to them is done to those too that the filter leaves out.
 * @param {import("./rows.js").Row[]} rows  the selected ones
 * @param {import("../view.js").View} view
 * @param {import("../parameters.js").Parameter[]} [parameters]
 * @returns {string}
 */
export function selectionText(rows, view, parameters = []) {
  const hidden = rows.length - wanted(rows, view, parameters).length;
  const count = view.selected.length;
  return [
    `${counted(rows.length, "run")} selected`,
    hidden > 0 && `${hidden} of them not among the rows below`,
    count > MOST_SELECTED && `the first ${MOST_SELECTED} are compared`,
    count === MOST_SELECTED && "as many as fit",
  ]
    .filter(Boolean)
    .join(", ");
}
