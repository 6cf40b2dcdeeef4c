/** What people did to the shown run, what waits for its next episode, and the buttons to step in. */

import { byId, element, setAttribute, setText } from "../dom.js";
import { clock, number } from "../format.js";
import { named, settingText } from "../parameters.js";
import { evaluateNow } from "./api.js";
import { createChangeDialog } from "./change_dialog.js";

const TAKES_STEPS = new Set(["running", "paused"]);

/**
 * @param {{ state: import("../reducer.js").State, dispatch: (action: any) => void, invalidate: () => void }} store
 * @returns {(state: import("../reducer.js").State) => void} the view
 */
export function createInterventions(store) {
  const openChanges = createChangeDialog(store);
  let isBusy = false;
  /** @type {unknown} */
  let shownList = null;
  let shownRun = "";

  byId("change-run").addEventListener("click", () => openChanges());
  byId("evaluate-now").addEventListener("click", evaluate);

  async function evaluate() {
    const runId = store.state.run?.run_id;
    if (isBusy || runId === undefined) return;
    isBusy = true;
    say("", "");
    store.invalidate();
    try {
      const { step } = await evaluateNow(runId);
      say(`The policy of step ${number(step)} is being evaluated on the validation bars.`, "");
    } catch (/** @type {any} */ error) {
      say("", error.message);
    }
    isBusy = false;
    store.invalidate();
  }

  return ({ run, actions, connection, catalog }) => {
    const mayAct = TAKES_STEPS.has(run?.status) && connection !== "disconnected";
    byId("change-run").disabled = !mayAct || catalog === null;
    byId("evaluate-now").disabled = !mayAct || isBusy || !run?.progress?.updates;
    setAttribute(byId("evaluate-now"), "aria-busy", isBusy ? "true" : null);
    if (shownRun !== run?.run_id) say("", "");
    shownRun = run?.run_id;
    setText(byId("pending-changes"), mayAct ? waitingText(run.pending_changes, catalog?.parameters ?? []) : "");
    if (actions.list === shownList) return;
    shownList = actions.list;
    byId("actions").replaceChildren(...actions.list.toReversed().map(createItem));
    byId("actions-empty").hidden = actions.list.length > 0;
  };
}

/**
 * The values that the next episode will begin with, in a sentence; empty where there are none.
 * @param {{ values: Record<string, unknown> }[]} pending
 * @param {import("../parameters.js").Parameter[]} parameters
 * @returns {string}
 */
export function waitingText(pending, parameters) {
  const values = Object.assign({}, ...pending.map((change) => change.values));
  const texts = Object.entries(values).map(([name, value]) => settingText(named(parameters, name), value));
  return texts.length > 0 ? `From the next episode on: ${texts.join(", ")}.` : "";
}

function createItem({ time, step, who, text }) {
  const stamp = element("time", { datetime: time }, clock(time));
  const place = element("span", { class: "muted" }, ` step ${number(step)}, from ${who}`);
  return element("li", { class: "notice" }, stamp, element("span", {}, text, place));
}

function say(note, error) {
  setText(byId("intervene-note"), note);
  setText(byId("intervene-error"), error);
  byId("intervene-error").hidden = error === "";
}
