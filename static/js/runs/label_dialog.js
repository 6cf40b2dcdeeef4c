/** The dialog in which a run is named, tagged and annotated. */

import { writeLabel } from "../api.js";
import { byId, setText } from "../dom.js";
import { NO_LABEL } from "../labels.js";

/**
 * @param {{ state: import("../reducer.js").State, dispatch: (action: any) => void }} store
 * @returns {(runId: string) => void} opens it
 */
export function createLabelDialog(store) {
  const dialog = byId("label-dialog");
  let runId = "";

  byId("label-cancel").addEventListener("click", () => dialog.close());
  byId("label-form").addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    save();
  });

  async function save() {
    byId("label-save").disabled = true;
    try {
      const label = await writeLabel(runId, {
        name: byId("label-name").value,
        tags: tagsOf(byId("label-tags").value),
        notes: byId("label-notes").value,
      });
      store.dispatch({ type: "label", label });
      dialog.close();
    } catch (/** @type {any} */ error) {
      fail(error.message);
    } finally {
      byId("label-save").disabled = false;
    }
  }

  function fail(/** @type {string} */ message) {
    setText(byId("label-error"), message);
    byId("label-error").hidden = message === "";
  }

  return (wanted) => {
    runId = wanted;
    const { name, tags, notes } = store.state.labels[runId] ?? NO_LABEL;
    setText(byId("label-run"), runId);
    byId("label-name").value = name;
    byId("label-tags").value = tags.join(", ");
    byId("label-notes").value = notes;
    fail("");
    dialog.showModal();
  };
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
