/** Start, Pause, Resume and Stop: which may be pressed, which is on its way, and what went wrong. */

import { orderRun, startRun } from "./api.js";
import { forkRun } from "./checkpoints/api.js";
import { byId, setAttribute, setMessage, setText } from "./dom.js";
import { keepDraft, readDraft } from "./draft.js";
import { createForm } from "./form.js";
import { counted, number } from "./format.js";
import { configAt } from "./intervene/changes.js";
import { runName } from "./labels.js";
import { buttonsTo, renderOrder } from "./order_buttons.js";
import { inWords, labelsOf } from "./parameters.js";
import { routeTo } from "./route.js";
import { createRunMessage } from "./run_message.js";
import { activeRun, obstacleTo } from "./standing.js";

const TO_RUN = /** @type {const} */ (["pause", "resume", "stop"]);

/**
 * @param {{ state: import("./reducer.js").State, dispatch: (action: any) => void, invalidate: () => void,
 *   afterDrawing: (act: () => void) => void }} store
 * @param {ReturnType<typeof import("./data_panel.js").createDataPanel>} dataPanel
 * @param {(hash: string) => void} go
 */
export function createControls(store, dataPanel, go) {
  /** @type {string | null} */
  let busy = null;
  /** @type {unknown} */
  let shownCatalog = null;
  /** @type {{ runId: string, step: number, config: Record<string, unknown> } | null} */
  let origin = null; // the checkpoint that the next run goes on from
  const problem = createRunMessage();
  const nameField = byId("next-name");
  const form = createForm(byId("config-form"), { onSubmit: start, onDataChange: dataPanel.show });

  for (const order of TO_RUN) {
    const give = () => carryOut(order, () => orderRun(String(store.state.shownRunId), order));
    for (const button of buttonsTo(order)) button.addEventListener("click", give);
  }
  byId("copy-settings").addEventListener("click", () => {
    const { run, labels } = store.state;
    if (run) copy(run.config, runName(run, labels));
  });

  nameField.value = readDraft().name ?? "";
  nameField.addEventListener("input", () => keepDraft({ name: nameField.value }));
  byId("to-settings").addEventListener("click", () => byId("settings-title").focus());
  for (const id of ["cancel-fork", "reset-settings"])
    byId(id).addEventListener("click", () => {
      byId("settings-title").focus(); // neither can be pressed again
      prepare(null, "");
    });
  byId("preset").addEventListener("change", () => prepare(null, "")); // the settings are no longer a run's

  /** Fills the form with a run's settings and goes there, so that some of them can be changed. */
  function copy(/** @type {Record<string, unknown>} */ config, /** @type {string} */ name) {
    prepare(null, `Copied from “${name}”. Change what you like, then press Start run.`);
    show(config);
  }

  /** The same for a run that goes on from a checkpoint of the shown one. */
  function fork(/** @type {number} */ step) {
    const { run, labels } = store.state;
    if (!run) return;
    const name = `“${runName(run, labels)}” at step ${number(step)}`;
    const config = configAt(run, step);
    const wanted = withStepsLeft(config, step);
    const left = `${counted(Number(wanted.total_steps) - step, "step")} are left.`;
    const checkpoint = { runId: run.run_id, step, config };
    prepare(checkpoint, `A fork of ${name}: ${left} What is greyed out is fixed by the checkpoint. Change the rest, then press Start fork.`);
    show(wanted);
  }

  function prepare(/** @type {typeof origin} */ checkpoint, /** @type {string} */ note) {
    origin = checkpoint;
    keepDraft({ origin, note });
    form.restrict(origin !== null);
    byId("cancel-fork").hidden = origin === null;
    for (const button of buttonsTo("start")) setText(button, origin === null ? String(button.dataset.start) : "Start fork");
    setText(byId("copied-note"), note);
  }

  function show(/** @type {Record<string, unknown>} */ config) {
    form.fill(config);
    go(routeTo(store.state, { view: { page: "run" } }));
    store.afterDrawing(() => byId("settings-title").focus());
  }

  function start(/** @type {Record<string, unknown>} */ config) {
    const from = origin;
    const name = nameField.value;
    if (from !== null) carryOut("start", () => forkRun(from.runId, from.step, differences(from.config, config), name));
    else if (dataPanel.allows(config)) carryOut("start", () => startRun(config, name));
  }

  /** Runs one request at a time; the button stays busy until its answer has become part of the state. */
  async function carryOut(/** @type {import("./standing.js").Order} */ order, /** @type {() => Promise<any>} */ request) {
    if (busy !== null || obstacleTo(order, store.state) !== "") return;
    busy = order;
    const concerned = order === "start" ? null : store.state.shownRunId;
    problem.tell(concerned, "");
    form.showProblems([]);
    store.invalidate();
    try {
      const run = await request();
      store.dispatch({ type: "run_received", run });
      if (order === "start") goTo(run.run_id);
    } catch (error) {
      problem.tell(concerned, explain(error));
    } finally {
      busy = null;
      store.invalidate();
    }
  }

  /** To the run that has begun; what it took from the form is not that of the next one. */
  function goTo(/** @type {string} */ runId) {
    prepare(null, "");
    nameField.value = "";
    keepDraft({ name: "" });
    go(routeTo(store.state, { runId, view: { page: "run" } }));
  }

  /** What is to be said of the error, once the fields say what is theirs. */
  function explain(/** @type {any} */ error) {
    const problems = error.problems ?? [];
    const homeless = form.showProblems(problems);
    const message = inWords(error.message, labelsOf(store.state.catalog?.parameters ?? []));
    return homeless.join(" ") || (problems.length > 0 ? correctionNote(problems.length) : message);
  }

  function render(/** @type {import("./reducer.js").State} */ state) {
    if (state.catalog !== shownCatalog) {
      shownCatalog = state.catalog;
      form.build(state.catalog);
      if (state.catalog) prepare(readDraft().origin ?? null, readDraft().note ?? "");
    }
    for (const order of /** @type {const} */ (["start", ...TO_RUN]))
      renderOrder(order, state, { isBusy: busy === order, isBlocked: busy !== null && busy !== order });
    setMessage(byId("control-error"), problem.of(state.shownRunId));
    byId("copy-settings").hidden = state.run === null;
    renderOther(state);
  }

  return { render, copy, fork };
}

/** A checkpoint at the end of its run leaves no steps: then as many again. */
function withStepsLeft(config, step) {
  return config.total_steps > step ? config : { ...config, total_steps: step + config.total_steps };
}

/** Those of the settings that are not as they were. */
function differences(before, settings) {
  return Object.fromEntries(Object.entries(settings).filter(([name, value]) => value !== (before[name] ?? null)));
}

/** Points to the run that is being trained when another one is shown. */
function renderOther(state) {
  const active = activeRun(state);
  const link = byId("active-run-link");
  byId("active-run-note").hidden = active === null || active.run_id === state.shownRunId;
  if (active) setAttribute(link, "href", routeTo(state, { runId: active.run_id }));
  setText(link, active ? `${active.run_id} is ${active.status}` : "");
  setText(byId("settings-note"), active ? "A run is active: these settings are for the next one." : "");
}

function correctionNote(count) {
  return `${counted(count, "setting")} cannot be used: see the marked fields under “Next run”.`;
}
