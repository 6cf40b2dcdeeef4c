/** The dialog in which a run is named, tagged and annotated. */

import { writeLabel } from "../api.js";
import { byId, setMessage, setText } from "../dom.js";
import { NO_LABEL } from "../labels.js";

/** @typedef {{ name: string, tags: string[], notes: string }} Fields */

/**
 * @param {{ state: import("../reducer.js").State, dispatch: (action: any) => void }} store
 * @returns {(runId: string) => void} opens it
 */
export function createLabelDialog(store) {
  const dialog = byId("label-dialog");
  let runId = "";
  let opened = typed(); // as it was when the dialog opened

  byId("label-cancel").addEventListener("click", () => dialog.close());
  byId("label-form").addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    save();
  });

  /** The dialog may have been opened again, for whichever run, by the time the answer comes. */
  async function save() {
    const saved = opened;
    const changes = changesOf(opened, typed());
    byId("label-save").disabled = true;
    try {
      if (Object.keys(changes).length > 0) store.dispatch({ type: "label", label: await writeLabel(runId, changes) });
      if (saved === opened) dialog.close();
    } catch (/** @type {any} */ error) {
      if (saved === opened) fail(error.message);
    } finally {
      byId("label-save").disabled = false;
    }
  }

  function fail(/** @type {string} */ message) {
    setMessage(byId("label-error"), message);
  }

  return (wanted) => {
    runId = wanted;
    const { name, tags, notes } = store.state.labels[runId] ?? NO_LABEL;
    setText(byId("label-run"), runId);
    byId("label-name").value = name;
    byId("label-tags").value = tags.join(", ");
    byId("label-notes").value = notes;
    opened = typed();
    fail("");
    dialog.showModal();
  };
}

/** @returns {Fields} */
function typed() {
  const text = (/** @type {string} */ field) => byId(`label-${field}`).value;
  return { name: text("name"), tags: tagsOf(text("tags")), notes: text("notes") };
}

/**
 * What somebody changed; the rest may have been written elsewhere meanwhile, and is left alone.
 * @param {Fields} opened
 * @param {Fields} now
 * @returns {Partial<Fields>}
 */
export function changesOf(opened, now) {
  return Object.fromEntries(Object.entries(now).filter(([field, value]) => String(value) !== String(opened[field])));
}

/**
 * @param {string} text  tags between commas
 * @returns {string[]}
 */
export function tagsOf(text) {
  return text
    .split(",")
    .map((tag) => tag.trim())
    .filter(Boolean);
}
