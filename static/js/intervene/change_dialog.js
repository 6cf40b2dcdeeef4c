/** The dialog in which the parameters that may change while a run goes on are changed. */

import { byId, setMessage } from "../dom.js";
import { createField, isChanged } from "../field.js";
import { changeRun } from "./api.js";
import { expectedConfig } from "./changes.js";

/**
 * @param {{ state: import("../reducer.js").State, dispatch: (action: any) => void }} store
 * @returns {() => void} opens it for the shown run
 */
export function createChangeDialog(store) {
  const dialog = byId("change-dialog");
  /** @type {import("../field.js").Field[]} */
  let fields = [];
  let runId = "";

  byId("change-cancel").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.open || byId("change-fields").replaceChildren()); // it may be open again
  byId("change-form").addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    send();
  });

  /** The dialog may have been opened again, for whichever run, by the time the answer comes. */
  async function send() {
    const sent = fields;
    const values = Object.fromEntries(fields.filter(isChanged).map(({ parameter, read }) => [parameter.name, read()]));
    if (Object.keys(values).length === 0) return fail("Nothing is changed.");
    byId("change-send").disabled = true;
    fail("");
    try {
      store.dispatch({ type: "run_received", run: await changeRun(runId, values) });
      if (sent === fields) dialog.close();
    } catch (/** @type {any} */ error) {
      if (sent === fields) show(error);
    } finally {
      byId("change-send").disabled = false;
    }
  }

  function show(/** @type {any} */ { problems, message }) {
    for (const field of fields) {
      const own = problems.filter((problem) => problem.field === field.parameter.name);
      field.fail(own.map((problem) => problem.message).join(" "));
    }
    const failed = fields.find(({ input }) => input.getAttribute("aria-invalid"));
    if (failed) failed.input.focus();
    else fail(message);
  }

  return () => {
    const { run, catalog } = store.state;
    if (!run || !catalog) return;
    runId = run.run_id;
    const expected = expectedConfig(run);
    fields = catalog.parameters
      .filter(({ live }) => live)
      .map((parameter) => {
        const known = { ...parameter, default: expected[parameter.name] ?? null };
        return createField(known, { prefix: "change", before: "Now" });
      });
    byId("change-fields").replaceChildren(...fields.map(({ row }) => row));
    fail("");
    dialog.showModal();
  };
}

function fail(message) {
  setMessage(byId("change-error"), message);
}
