/** Deleting runs and taking it back: at once by the message that follows, later from the list of deleted runs. */

import { deleteRun, undeleteRun } from "../api.js";
import { byId, element, setText } from "../dom.js";
import { counted, moment } from "../format.js";

/**
 * @param {{ state: import("../reducer.js").State, dispatch: (action: any) => void }} store
 * @returns {{ remove: (rows: import("./rows.js").Row[]) => void, render: (state: import("../reducer.js").State) => void }}
 */
export function createDeletion(store) {
  /** @type {string[]} */
  let removed = [];
  /** @type {unknown} */
  let shownLabels = null;

  byId("undo").addEventListener("click", () => undelete(removed));
  byId("undo-close").addEventListener("click", () => tell(""));

  /** Deletes one after the other; an error ends it, and what was deleted until then can be undone. */
  async function remove(/** @type {import("./rows.js").Row[]} */ rows) {
    removed = [];
    await each(rows, async ({ run }) => {
      store.dispatch({ type: "label", label: await deleteRun(run.run_id) });
      removed.push(run.run_id);
    });
    if (removed.length === 0) return;
    const { selected } = store.state.view;
    store.dispatch({ type: "view", change: { selected: selected.filter((runId) => !removed.includes(runId)) } });
    tell(removed.length === 1 ? `Deleted “${rows[0].name}”.` : `Deleted ${counted(removed.length, "run")}.`);
    byId("undo").focus();
  }

  async function undelete(/** @type {string[]} */ runIds) {
    tell("");
    await each(runIds, async (runId) => store.dispatch({ type: "label", label: await undeleteRun(runId) }));
  }

  /** @template T @param {T[]} items @param {(item: T) => Promise<void>} act */
  async function each(items, act) {
    fail("");
    try {
      for (const item of items) await act(item);
    } catch (/** @type {any} */ error) {
      fail(error.message);
    }
  }

  function render({ labels }) {
    if (labels === shownLabels) return;
    shownLabels = labels;
    const deleted = Object.values(labels).filter((label) => label.deleted_at !== null);
    byId("deleted").hidden = deleted.length === 0;
    setText(byId("deleted-count"), counted(deleted.length, "deleted run"));
    byId("deleted-list").replaceChildren(...deleted.map((label) => createItem(label, () => undelete([label.run_id]))));
  }

  return { remove, render };
}

function createItem({ run_id: runId, name, deleted_at: deletedAt }, onUndelete) {
  const text = name ? `${name} (${runId})` : runId;
  const button = element("button", { type: "button", class: "quiet", "aria-label": `Undelete ${text}` }, "Undelete");
  button.addEventListener("click", onUndelete);
  return element("li", {}, `${text}, deleted ${moment(deletedAt)} `, button);
}

function tell(text) {
  setText(byId("undo-text"), text);
  byId("undo-bar").hidden = text === "";
}

function fail(message) {
  setText(byId("runs-error"), message);
  byId("runs-error").hidden = message === "";
}
