/**
 * Keeps the state complete: loads what is there, and catches up after a gap, a reconnect or a server restart.
 * Decides when to ask; what becomes of the answers is the reducer's business.
 */

import { fetchCatalog, fetchCurves, fetchHealth, fetchLabels, fetchRun, fetchRuns } from "./api.js";
import { missingHistory } from "./curves/curve.js";
import { fetchActions } from "./intervene/api.js";
import { activeRun, trackedRun } from "./reducer.js";
import { KEPT_EPISODES } from "./tracked.js";

const RETRY_MS = 2_000;

/**
 * @typedef {import("./reducer.js").State} State
 * @param {{ state: State, dispatch: (action: any) => void, listen: (listener: (state: any) => void) => void }} store
 * @returns {{ refresh: (how?: { isAfterGap: boolean }) => Promise<void> }}
 */
export function createSync(store) {
  let retry = 0;

  /**
   * Loads everything but the followed runs, which catch-up brings: a run that is shown for the first time is behind by
   * itself, the others are after a gap, in which events were missed.
   */
  async function refresh({ isAfterGap = false } = {}) {
    clearTimeout(retry);
    try {
      await Promise.all([greet(), list()]);
      if (store.state.shownRunId === null) store.dispatch({ type: "show", runId: defaultRun(store.state) });
      if (isAfterGap) store.dispatch({ type: "behind" });
    } catch (error) {
      fail(error);
      clearTimeout(retry);
      retry = setTimeout(() => refresh({ isAfterGap: true }), RETRY_MS);
    }
  }

  async function greet() {
    const known = store.state.catalog;
    const [{ boot_id: bootId }, catalog] = await Promise.all([fetchHealth(), known ?? fetchCatalog()]);
    store.dispatch({ type: "boot", bootId });
    if (known === null) store.dispatch({ type: "catalog", catalog });
  }

  /** Loads labels and runs. What was asked before somebody wrote a label may be older than that: asked again. */
  async function list() {
    let known, answer, runs;
    do {
      known = store.state.labels;
      answer = await fetchLabels();
      runs = await fetchRuns();
    } while (store.state.labels !== known);
    store.dispatch({ type: "labels", labels: answer.labels, best: answer.best_validation_sharpes });
    store.dispatch({ type: "runs", runs });
  }

  /** One run after the other; the shown one needs its records, the others only what a curve is made of. */
  async function catchUp(/** @type {string} */ runId) {
    const isShown = runId === store.state.shownRunId;
    const tracked = trackedRun(store.state, runId);
    const most = isShown ? { episodes: KEPT_EPISODES, evaluations: Infinity } : { episodes: 0, evaluations: 0 };
    try {
      store.dispatch({ type: "caught_up", ...(await fetchRun(runId, tracked, most)) });
    } catch (/** @type {any} */ error) {
      if (runId === store.state.shownRunId) fail(error);
      else store.dispatch({ type: "problem", runId, message: error.message });
      await waitToRetry();
    }
  }

  async function loadHistory(/** @type {{ runId: string, keys: string[], upTo: number }} */ { runId, keys, upTo }) {
    const curves = await fetchCurves(runId, keys, { to: upTo });
    store.dispatch({ type: "history", runId, curves, upTo });
  }

  async function loadActions(/** @type {string} */ runId) {
    store.dispatch({ type: "actions", runId, actions: await fetchActions(runId) });
  }

  /** @param {any} error */
  function fail(error) {
    store.dispatch({ type: "failure", failure: { message: error.message, isFinal: error.status === 404 } });
  }

  store.listen(whileDue(store, runBehind, (runId) => catchUp(runId)));
  store.listen(whileDue(store, historyBehind, loadHistory));
  store.listen(whileDue(store, actionsBehind, loadActions));
  store.listen(whileDue(store, (state) => state.isListBehind || null, list));
  return { refresh };
}

/**
 * A listener that works as long as something is due, one piece at a time.
 * @template D
 * @param {{ state: State }} store
 * @param {(state: State) => D | null} due
 * @param {(due: D) => Promise<void>} work
 */
function whileDue(store, due, work) {
  let isWorking = false;
  return async () => {
    if (isWorking) return;
    isWorking = true;
    for (let next = due(store.state); next !== null; next = due(store.state)) await work(next).catch(waitToRetry);
    isWorking = false;
  };
}

/**
 * A followed run whose events are missing, the shown one first; those beside it only where they are looked at.
 * @param {State} state
 */
function runBehind({ shownRunId, isBehind, failure, others, view }) {
  if (shownRunId !== null && isBehind && !failure?.isFinal) return shownRunId;
  const beside = view.page === "compare" ? Object.keys(others) : [];
  return beside.find((runId) => others[runId].isBehind) ?? null;
}

/**
 * A followed run whose older points a chart in sight needs.
 * @param {State} state
 */
function historyBehind(state) {
  const { shownRunId, view, others, catalog } = state;
  if (catalog === null) return null;
  const charted = catalog.metrics.filter(({ chart }) => chart).map(({ name }) => name);
  const wanted = view.page === "compare" ? [view.metric] : charted;
  const runIds = [shownRunId, ...(view.page === "compare" ? Object.keys(others) : [])];
  for (const runId of runIds) {
    const tracked = runId === null ? null : trackedRun(state, runId);
    if (tracked === null || tracked.run === null || tracked.isBehind) continue;
    const missing = missingHistory(tracked, wanted);
    if (missing.keys.length > 0) return { runId, ...missing };
  }
  return null;
}

/** @param {State} state */
function actionsBehind({ shownRunId, actions, run, failure }) {
  return run !== null && !actions.isKnown && !failure?.isFinal ? shownRunId : null;
}

/** @param {State} state */
function defaultRun(state) {
  return (activeRun(state) ?? state.runs?.[0])?.run_id ?? null;
}

function waitToRetry() {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
}
