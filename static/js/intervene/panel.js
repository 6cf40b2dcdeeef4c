/** What people did to the shown run, what waits for its next episode, and the buttons to step in. */

import { arrange, byId, element, setMessage, setText } from "../dom.js";
import { moment, number } from "../format.js";
import { renderOrder } from "../order_buttons.js";
import { named, settingText } from "../parameters.js";
import { createRunMessage } from "../run_message.js";
import { isActive, obstacleTo } from "../standing.js";
import { evaluateNow } from "./api.js";
import { createChangeDialog } from "./change_dialog.js";

/**
 * @param {{ state: import("../reducer.js").State, dispatch: (action: any) => void, invalidate: () => void }} store
 * @returns {(state: import("../reducer.js").State) => void} the view
 */
export function createInterventions(store) {
  const openChanges = createChangeDialog(store);
  const problem = createRunMessage();
  /** @type {{ runId: string, step: number } | null} */
  let asked = null; // for an evaluation
  let isBusy = false;
  /** @type {unknown} */
  let shownList = null;
  /** @type {Map<string, Element>} */
  let items = new Map(); // one that stays is not read out again

  byId("change-run").addEventListener("click", () => openChanges());
  byId("evaluate-now").addEventListener("click", evaluate);

  async function evaluate() {
    const runId = store.state.run?.run_id;
    if (isBusy || runId === undefined) return;
    isBusy = true;
    asked = null;
    problem.tell(runId, "");
    store.invalidate();
    try {
      const { step } = await evaluateNow(runId);
      asked = { runId, step };
    } catch (/** @type {any} */ error) {
      problem.tell(runId, error.message);
    }
    isBusy = false;
    store.invalidate();
  }

  return (state) => {
    const { run, actions, catalog, shownRunId } = state;
    renderOrder("change", state);
    renderOrder("evaluate", state, { isBusy, isBlocked: isBusy });
    setText(byId("step-in-obstacle"), run ? obstacleTo("evaluate", state) : "");
    setText(byId("intervene-note"), run && asked?.runId === shownRunId ? askedText(asked.step, run, state.evaluations) : "");
    setMessage(byId("intervene-error"), problem.of(shownRunId));
    setText(byId("pending-changes"), obstacleTo("change", state) === "" ? waitingText(run, catalog?.parameters ?? []) : "");
    if (actions.list === shownList) return;
    shownList = actions.list;
    const acts = actions.list.toReversed().map((action) => /** @type {const} */ ([`${shownRunId} ${action.number}`, action]));
    items = new Map(acts.map(([name, action]) => [name, items.get(name) ?? createItem(action)]));
    arrange(byId("actions"), [...items.values()]);
    byId("actions-empty").hidden = actions.list.length > 0;
  };
}

/**
 * The values that the next episode will begin with, in a sentence; empty where there are none but those in force.
 * @param {{ pending_changes: { values: Record<string, unknown> }[], config_in_force: Record<string, unknown> }} run
 * @param {import("../parameters.js").Parameter[]} parameters
 * @returns {string}
 */
export function waitingText({ pending_changes: pending, config_in_force: inForce }, parameters) {
  const values = Object.assign({}, ...pending.map((change) => change.values));
  const others = Object.entries(values).filter(([name, value]) => value !== inForce[name]);
  const texts = others.map(([name, value]) => settingText(named(parameters, name), value));
  return texts.length > 0 ? `From the next episode on: ${texts.join(", ")}.` : "";
}

/**
 * What has become of an evaluation that was asked for; empty where the run has ended without it.
 * @param {number} step  of the policy
 * @param {Pick<import("../reducer.js").Run, "status">} run
 * @param {Pick<import("../reducer.js").Evaluation, "window" | "step">[]} evaluations
 * @returns {string}
 */
export function askedText(step, run, evaluations) {
  const isJudged = evaluations.some((one) => one.window === "validation" && one.step === step);
  if (!isJudged && !isActive(/** @type {any} */ (run))) return "";
  return `The policy of step ${number(step)} ${isJudged ? "was" : "is being"} evaluated on the validation bars.`;
}

function createItem({ time, step, who, text }) {
  const stamp = element("time", { datetime: time }, moment(time));
  const place = element("span", { class: "muted" }, ` step ${number(step)}, from ${who}`);
  return element("li", { class: "notice" }, stamp, element("span", { class: "notice-text" }, text, place));
}
