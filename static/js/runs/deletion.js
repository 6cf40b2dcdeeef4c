/**
 * Deleting runs and taking it back: at once by the message that follows, later from the list of deleted runs, where one
 * can be erased for good as well.
 */

import { deleteRun, eraseRun, undeleteRun } from "../api.js";
import { confirmed } from "../confirm.js";
import { arrange, byId, element, setMessage, setText } from "../dom.js";
import { leaveItem, leavePart } from "../focus.js";
import { counted, moment, number } from "../format.js";
import { isDeleted } from "../labels.js";
import { request } from "../network.js";
import { areSame } from "../same.js";
import { keptUntil, reselected, stillDeleted, undoText } from "./undo.js";

/**
 * @param {{ state: import("../reducer.js").State, dispatch: (action: any) => void, invalidate: () => void }} store
 * @returns {{ remove: (rows: import("./rows.js").Row[]) => void,
 *   render: (state: import("../reducer.js").State) => void }}
 */
export function createDeletion(store) {
  /** @type {import("./undo.js").Acts} */
  let acts = [];
  let isBusy = false;
  /** @type {unknown[]} */
  let shown = [];
  /** @type {Map<string, Element>} */
  let items = new Map(); // by what they say, so that those that stay the same keep their focus

  byId("undo").addEventListener("click", undo);
  byId("undo-close").addEventListener("click", () => tell([]));
  byId("deleted").addEventListener("toggle", showFreeDisk);
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

  async function erase({ run_id: runId, name }, /** @type {HTMLElement} */ button) {
    const title = `Delete ${name ? `“${name}”` : "the run"} for good?`;
    const lost = `All of run ${runId} is erased from the disk: episodes, evaluations, checkpoints, notes.`;
    if (!(await confirmed({ title, text: `${lost} This cannot be taken back.`, action: "Delete for good" }))) return;
    leaveItem(button, byId("runs-title"));
    await each([runId], async () => store.dispatch({ type: "label", label: await eraseRun(runId) }));
    showFreeDisk();
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
    setText(byId("undo-text"), undoText(acts, keptDays(store.state)));
    if (acts.length === 0) leavePart(byId("undo-bar"));
    byId("undo-bar").hidden = acts.length === 0;
  }

  function render(/** @type {import("../reducer.js").State} */ state) {
    const { labels, catalog } = state;
    renderShown(state);
    if (areSame([labels, catalog], shown)) return;
    shown = [labels, catalog];
    tell(stillDeleted(acts, labels));
    const deleted = Object.values(labels).filter((label) => label.deleted_at !== null && !label.is_erased);
    byId("deleted").hidden = deleted.length === 0;
    setText(byId("deleted-count"), counted(deleted.length, "deleted run"));
    const texts = deleted.map((label) => itemText(label, keptDays(state)));
    items = new Map(texts.map((text, index) => [text, items.get(text) ?? createItem(deleted[index], text)]));
    arrange(byId("deleted-list"), [...items.values()]);
  }

  function createItem(/** @type {import("../labels.js").Label} */ label, /** @type {string} */ text) {
    const { run_id: runId } = label;
    const button = (/** @type {string} */ word, /** @type {string} */ title, /** @type {(own: any) => void} */ act) => {
      const made = element("button", { type: "button", class: "quiet", "aria-label": title }, word);
      made.addEventListener("click", () => act(made));
      return made;
    };
    const called = nameWithId(label);
    const back = button("Undelete", `Undelete ${called}`, (own) => {
      leaveItem(own, byId("runs-title"));
      undelete([runId]);
    });
    const gone = button("Delete for good", `Delete ${called} for good`, (own) => erase(label, own));
    return element("li", {}, `${text} `, back, " ", gone);
  }

  return { remove, render };
}

function nameWithId({ run_id: runId, name }) {
  return name ? `${name} (${runId})` : runId;
}

function itemText(/** @type {import("../labels.js").Label} */ label, /** @type {number | null} */ days) {
  const deletedAt = String(label.deleted_at);
  return `${nameWithId(label)}, deleted ${moment(deletedAt)}, ${keptUntil(deletedAt, days)}`;
}

/** A deleted run can still be looked at by its address; of one that is erased, what the page has is shown. */
function renderShown(/** @type {import("../reducer.js").State} */ state) {
  const { labels, shownRunId: runId } = state;
  if (!isDeleted(labels, runId)) leavePart(byId("run-deleted"));
  byId("run-deleted").hidden = !isDeleted(labels, runId);
  if (runId === null || !isDeleted(labels, runId)) return;
  const { deleted_at: deletedAt, is_erased: isErased } = labels[runId];
  const kept = `It is in no list any more, and all of it is ${keptUntil(String(deletedAt), keptDays(state))}.`;
  const gone = "Erased for good: what is still shown here is nowhere else.";
  setText(byId("run-deleted-text"), isErased ? gone : `Deleted on ${moment(deletedAt)}. ${kept}`);
  byId("run-undelete").hidden = Boolean(isErased);
}

/** How many days the server keeps deleted runs; null for good, and as long as that is not known. */
function keptDays({ catalog }) {
  return catalog?.keep_deleted_days ?? null;
}

/** Whoever erases wants room. */
async function showFreeDisk() {
  const { free_disk_bytes: bytes } = await request("/api/machine").catch(() => ({ free_disk_bytes: null }));
  setText(byId("deleted-free"), bytes === null ? "" : `${number(bytes / 1e9, 1)} GB of disk are free.`);
}

function fail(message) {
  for (const id of ["runs-error", "run-deleted-error"]) setMessage(byId(id), message);
}
