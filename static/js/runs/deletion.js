/** Deleting runs and taking it back: at once by the message that follows, later from the list of deleted runs. */

import { deleteRun, undeleteRun } from "../api.js";
import { byId, element, setMessage, setText } from "../dom.js";
import { counted, moment } from "../format.js";
import { isDeleted } from "../labels.js";
import { reselected, stillDeleted, undoText } from "./undo.js";

/**
 * @param {{ state: import("../reducer.js").State, dispatch: (action: any) => void, invalidate: () => void }} store
 * @returns {{ remove: (rows: import("./rows.js").Row[]) => void,
 *   render: (state: import("../reducer.js").State) => void }}
 */
export function createDeletion(store) {
  /** @type {import("./undo.js").Acts} */
  let acts = [];
  let isBusy = false;
  /** @type {unknown} */
  let shownLabels = null;

  byId("undo").addEventListener("click", undo);
  byId("undo-close").addEventListener("click", () => tell([]));
  byId("run-undelete").addEventListener("click", () => undelete([String(store.state.shownRunId)]));

  /** Deletes one after the other; an error ends it, and what was deleted until then can be undone. */
  async function remove(/** @type {import("./rows.js").Row[]} */ rows) {
    /** @type {import("./undo.js").Deleted[]} */
    const deleted = [];
    const { selected } = store.state.view;
    await each(rows, async ({ run: { run_id: runId }, name }) => {
      store.dispatch({ type: "label", label: await deleteRun(runId) });
      deleted.push({ runId, name, place: selected.indexOf(runId) });
    });
    if (deleted.length === 0) return;
    const gone = new Set(deleted.map(({ runId }) => runId));
    select(store.state.view.selected.filter((runId) => !gone.has(runId)));
    tell([...acts, deleted]);
    byId("undo").focus();
  }

  /** Brings back what was deleted last, selected as it was. */
  async function undo() {
    const deleted = acts.at(-1) ?? [];
    await undelete(deleted.map(({ runId }) => runId));
    const { labels, view } = store.state;
    const back = deleted.filter(({ runId }) => !isDeleted(labels, runId));
    select(reselected(view.selected, back));
  }

  function select(/** @type {string[]} */ selected) {
    store.dispatch({ type: "view", change: { selected } });
  }

  async function undelete(/** @type {string[]} */ runIds) {
    await each(runIds, async (runId) => store.dispatch({ type: "label", label: await undeleteRun(runId) }));
  }

  /**
   * Does one thing at a time: a second press of a button is none.
   * @template T @param {T[]} items @param {(item: T) => Promise<void>} act
   */
  async function each(items, act) {
    if (isBusy) return;
    isBusy = true;
    fail("");
    try {
      for (const item of items) await act(item);
    } catch (/** @type {any} */ error) {
      fail(error.message);
    } finally {
      isBusy = false;
    }
  }

  function tell(/** @type {import("./undo.js").Acts} */ next) {
    acts = next;
    setText(byId("undo-text"), undoText(acts));
    byId("undo-bar").hidden = acts.length === 0;
  }

  function render({ labels, shownRunId }) {
    renderShown(labels, shownRunId);
    if (labels === shownLabels) return;
    shownLabels = labels;
    tell(stillDeleted(acts, labels));
    const deleted = Object.values(labels).filter((label) => label.deleted_at !== null);
    byId("deleted").hidden = deleted.length === 0;
    setText(byId("deleted-count"), counted(deleted.length, "deleted run"));
    byId("deleted-list").replaceChildren(...deleted.map((label) => createItem(label, () => undelete([label.run_id]))));
  }

  return { remove, render };
}

/** A deleted run can still be looked at by its address. */
function renderShown(labels, runId) {
  byId("run-deleted").hidden = !isDeleted(labels, runId);
  if (isDeleted(labels, runId)) setText(byId("run-deleted-at"), moment(labels[runId].deleted_at));
}

function createItem({ run_id: runId, name, deleted_at: deletedAt }, onUndelete) {
  const text = name ? `${name} (${runId})` : runId;
  const button = element("button", { type: "button", class: "quiet", "aria-label": `Undelete ${text}` }, "Undelete");
  button.addEventListener("click", onUndelete);
  return element("li", {}, `${text}, deleted ${moment(deletedAt)} `, button);
}

function fail(message) {
  for (const id of ["runs-error", "run-deleted-error"]) setMessage(byId(id), message);
}
