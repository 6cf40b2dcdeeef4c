/** Start, Pause, Resume and Stop: which may be pressed, which is on its way, and what went wrong. */

import { orderRun, startRun } from "./api.js";
import { byId, setAttribute, setText } from "./dom.js";
import { createForm } from "./form.js";
import { counted } from "./format.js";
import { activeRun, isActive } from "./reducer.js";
import { writeRoute } from "./route.js";

/** When each button may be pressed. */
const ALLOWED = {
  start: (state) => state.catalog !== null && state.runs !== null && activeRun(state) === null,
  pause: ({ run }) => run?.status === "running",
  resume: ({ run }) => run?.status === "paused",
  stop: ({ run }) => ["running", "paused", "evaluating"].includes(run?.status),
};

/**
 * @param {{ state: import("./reducer.js").State, dispatch: (action: any) => void, invalidate: () => void }} store
 * @param {ReturnType<typeof import("./data_panel.js").createDataPanel>} dataPanel
 * @returns {(state: import("./reducer.js").State) => void} the view
 */
export function createControls(store, dataPanel) {
  /** @type {string | null} */
  let busy = null;
  /** @type {unknown} */
  let shownCatalog = null;
  const form = createForm(byId("config-form"), { onSubmit: start, onDataChange: dataPanel.show });

  for (const order of /** @type {const} */ (["pause", "resume", "stop"])) {
    byId(order).addEventListener("click", () => carryOut(order, () => orderRun(String(store.state.shownRunId), order)));
  }
  byId("copy-settings").addEventListener("click", () => form.fill(store.state.run?.config ?? {}));

  function start(/** @type {Record<string, unknown>} */ config) {
    if (dataPanel.allows(config)) carryOut("start", () => startRun(config));
  }

  /** Runs one request at a time; the button stays busy until its answer has become part of the state. */
  async function carryOut(/** @type {string} */ name, /** @type {() => Promise<any>} */ request) {
    if (busy !== null || !ALLOWED[name](store.state)) return;
    busy = name;
    showError("");
    form.showProblems([]);
    store.invalidate();
    try {
      const run = await request();
      store.dispatch({ type: "run_received", run });
      if (name === "start") location.hash = writeRoute(run.run_id);
    } catch (error) {
      fail(error);
    } finally {
      busy = null;
      store.invalidate();
    }
  }

  function fail(/** @type {any} */ error) {
    const problems = error.problems ?? [];
    const homeless = form.showProblems(problems).map(({ field, message }) => `${field}: ${message}`);
    showError(homeless.join(" ") || (problems.length > 0 ? correctionNote(problems.length) : error.message));
  }

  return (state) => {
    if (state.catalog !== shownCatalog) {
      shownCatalog = state.catalog;
      form.build(state.catalog?.parameters ?? []);
    }
    for (const name of Object.keys(ALLOWED)) renderButton(name, state, busy);
    byId("copy-settings").hidden = state.run === null;
    renderOther(state);
  };
}

function renderButton(name, state, busy) {
  const button = byId(name);
  button.disabled = !ALLOWED[name](state) || (busy !== null && busy !== name) || state.connection === "disconnected";
  setAttribute(button, "aria-busy", busy === name ? "true" : null);
}

/** Points to the run that is being trained when another one is shown. */
function renderOther(state) {
  const active = activeRun(state);
  const link = byId("active-run-link");
  byId("active-run-note").hidden = active === null || active.run_id === state.shownRunId;
  if (active) setAttribute(link, "href", writeRoute(active.run_id));
  setText(link, active ? `${active.run_id} is ${active.status}` : "");
  setText(byId("settings-note"), isActive(active) ? "A run is active: these settings are for the next one." : "");
}

function correctionNote(count) {
  return `${counted(count, "setting")} cannot be used: see the marked fields under “Next run”.`;
}

function showError(message) {
  setText(byId("control-error"), message);
  byId("control-error").hidden = message === "";
}
