/** The table of all runs: sorted, filtered, with a mark on those to compare, and what can be done with each. */

import { arrange, byId, element, setAttribute, setText } from "../dom.js";
import { counted } from "../format.js";
import { areSame } from "../same.js";
import { isActive, obstacleTo } from "../standing.js";
import { setObstacle } from "../unavailable.js";
import { MOST_SELECTED, withSelected } from "../view.js";
import { COLUMNS } from "./columns.js";
import { unknownName } from "./find.js";
import { rowsOf, sorted, turned, wanted } from "./rows.js";
import { createSortTools } from "./sort_tools.js";

const MOST_MEANT = 3; // suggestions

/**
 * @typedef {object} Actions  what the buttons of a row do, called with the row
 * @property {(row: import("./rows.js").Row) => void} edit
 * @property {(row: import("./rows.js").Row) => void} duplicate
 * @property {(rows: import("./rows.js").Row[]) => void} remove
 */

/**
 * @param {{ state: import("../reducer.js").State, dispatch: (action: any) => void }} store
 * @param {Actions} actions
 * @returns {(state: import("../reducer.js").State) => void} the view
 */
export function createRunsTable(store, actions) {
  /** @type {Map<string, any>} */
  const lines = new Map();
  /** @type {import("./rows.js").Row[]} */
  let rows = [];
  /** @type {unknown[]} */
  let madeFrom = [];
  const heads = COLUMNS.map((column) => createHead(column, sortBy));
  const all = element("input", { type: "checkbox", "aria-label": "Select all listed runs" });
  byId("runs-head").replaceChildren(
    element("th", { scope: "col" }, all),
    ...heads.map(({ head }) => head),
    element("th", { scope: "col" }, element("span", { class: "head-text" }, "Actions")),
  );
  all.addEventListener("change", () => selectAll(all.checked));
  byId("runs-clear").addEventListener("click", () => {
    store.dispatch({ type: "view", change: { find: "", status: "" } });
    byId("runs-find").focus(); // the button is gone
  });
  const renderSort = createSortTools(store);

  function sortBy(/** @type {string} */ column) {
    store.dispatch({ type: "view", change: { sort: turned(store.state.view.sort, column) } });
  }

  /** The rows in their order; made anew only when something they are made from has changed. */
  function listed() {
    const { runs, labels, best, catalog, view } = store.state;
    const inputs = [runs, labels, best, catalog];
    if (!areSame(inputs, madeFrom)) rows = rowsOf(store.state);
    madeFrom = inputs;
    return sorted(wanted(rows, view, catalog?.parameters ?? []), view.sort);
  }

  function selectAll(/** @type {boolean} */ isSelected) {
    const view = listed().reduce((one, { run }) => withSelected(one, run.run_id, isSelected), store.state.view);
    store.dispatch({ type: "view", change: { selected: view.selected } });
  }

  function lineOf(row) {
    const { run_id: runId } = row.run;
    if (!lines.has(runId))
      lines.set(
        runId,
        createLine(runId, store, actions, () => rows),
      );
    return lines.get(runId);
  }

  return (state) => {
    if (state.view.page !== "runs") return;
    const shown = listed();
    for (const row of shown) lineOf(row).update(row, state);
    arrange(
      byId("runs-body"),
      shown.map((row) => lineOf(row).node),
    );
    for (const { update } of heads) update(state.view.sort);
    renderSort(state);
    const chosen = shown.filter(({ run }) => state.view.selected.includes(run.run_id)).length;
    all.checked = shown.length > 0 && chosen === shown.length;
    all.indeterminate = chosen > 0 && chosen < shown.length;
    renderEmpty(state, shown.length);
  };
}

function createHead({ name, head: text, title, isNumber }, onSort) {
  const button = element("button", { type: "button", class: "sort-button", title }, text);
  const head = element("th", { scope: "col", class: isNumber ? "numeric" : null }, button);
  button.addEventListener("click", () => onSort(name));
  const update = (/** @type {string} */ sort) => {
    const isOwn = sort.replace(/^-/, "") === name;
    setAttribute(head, "aria-sort", isOwn ? (sort.startsWith("-") ? "descending" : "ascending") : null);
  };
  return { head, update };
}

function createLine(runId, store, actions, rows) {
  const check = element("input", { type: "checkbox" });
  check.addEventListener("change", () =>
    store.dispatch({
      type: "view",
      change: { selected: withSelected(store.state.view, runId, check.checked).selected },
    }),
  );
  const cells = COLUMNS.map(({ head, isNumber }, index) =>
    element(index === 0 ? "th" : "td", {
      scope: index === 0 ? "row" : null,
      class: isNumber ? "numeric" : null,
      "data-head": head,
    }),
  );
  const own = () => rows().find(({ run }) => run.run_id === runId);
  const edit = createAction("Edit", () => actions.edit(own()));
  const duplicate = createAction("Duplicate", () => actions.duplicate(own()));
  const remove = createAction("Delete", () => actions.remove([own()]));
  const buttons = element("td", { class: "row-actions" }, edit, duplicate, remove);
  const node = element("tr", {}, element("td", {}, check), ...cells, buttons);
  /** @type {unknown[]} */
  let shown = [];

  function update(row, state) {
    const isSelected = state.view.selected.includes(runId);
    check.checked = isSelected;
    check.disabled = !isSelected && state.view.selected.length >= MOST_SELECTED;
    setAttribute(node, "data-selected", isSelected);
    const { run, best, name } = row;
    const inputs = [run, best, state.labels[runId], state.catalog, state.view, state.connection];
    if (!isActive(run) && areSame(inputs, shown)) return;
    shown = inputs;
    COLUMNS.forEach((column, index) => column.fill(cells[index], row, state));
    setAttribute(check, "aria-label", `Select ${name}`);
    for (const [button, verb] of /** @type {const} */ ([
      [edit, "Edit"],
      [duplicate, "Duplicate"],
      [remove, "Delete"],
    ]))
      setAttribute(button, "aria-label", `${verb} ${name}`);
    setObstacle(remove, obstacleTo("delete", state, run));
  }
  return { node, update };
}

function createAction(text, act) {
  const button = element("button", { type: "button", class: "quiet" }, text);
  button.addEventListener("click", act);
  return button;
}

function renderEmpty({ runs, view, catalog }, count) {
  byId("runs-scroll").hidden = count === 0;
  byId("runs-empty").hidden = count > 0;
  const reason = runs?.length === 0 ? "Runs are listed here." : reasonOfNone(view.find, catalog?.parameters ?? []);
  byId("runs-clear").hidden = count > 0 || !runs?.length;
  setText(byId("runs-empty"), runs === null ? "Loading…" : reason);
  setText(byId("runs-count"), runs === null ? "" : `${counted(count, "run")} of ${runs.length}`);
}

/** Why no run is left: nothing has a name that is compared, or no run all of what is looked for. */
function reasonOfNone(find, parameters) {
  const unknown = unknownName(find, parameters);
  if (unknown === null) return "No run has all of this.";
  const { name, similar } = unknown;
  const meant = similar.length > 0 ? ` Did you mean ${similar.slice(0, MOST_MEANT).join(" or ")}?` : "";
  return `No setting is called “${name}”.${meant}`;
}
