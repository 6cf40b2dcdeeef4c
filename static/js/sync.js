/**
 * Keeps the state complete: loads what is there, and catches up after a gap, a reconnect or a server restart.
 * Decides when to ask; what becomes of the answers is the reducer's business.
 */

import { fetchCatalog, fetchHealth, fetchLabels, fetchRun, fetchRuns } from "./api.js";
import { activeRun } from "./reducer.js";

const RETRY_MS = 2_000;

/**
 * @param {{ state: import("./reducer.js").State, dispatch: (action: any) => void,
 *           listen: (listener: (state: any) => void) => void }} store
 * @returns {{ refresh: () => Promise<void> }}
 */
export function createSync(store) {
  let isCatchingUp = false;
  let isListing = false;
  let retry = 0;

  /** Loads everything but the shown run, which catch-up brings. Called at the start and at each connection. */
  async function refresh() {
    clearTimeout(retry);
    try {
      const { boot_id: bootId } = await fetchHealth();
      store.dispatch({ type: "boot", bootId });
      if (store.state.catalog === null) store.dispatch({ type: "catalog", catalog: await fetchCatalog() });
      await list();
      if (store.state.shownRunId === null) store.dispatch({ type: "show", runId: defaultRun(store.state) });
      store.dispatch({ type: "behind" });
    } catch (error) {
      fail(error);
      clearTimeout(retry);
      retry = setTimeout(refresh, RETRY_MS);
    }
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

  async function listAgain() {
    isListing = true;
    while (store.state.isListBehind) await list().catch(waitToRetry);
    isListing = false;
  }

  async function catchUp() {
    isCatchingUp = true;
    while (isDue(store.state)) {
      const { shownRunId, episodes, evaluations } = store.state;
      const known = { episode: episodes.at(-1)?.episode ?? 0, evaluation: evaluations.at(-1)?.number ?? 0 };
      try {
        const answer = await fetchRun(String(shownRunId), known);
        store.dispatch({ type: "caught_up", ...answer });
      } catch (error) {
        if (store.state.shownRunId === shownRunId) fail(error);
        await waitToRetry();
      }
    }
    isCatchingUp = false;
  }

  /** @param {any} error */
  function fail(error) {
    store.dispatch({ type: "failure", failure: { message: error.message, isFinal: error.status === 404 } });
  }

  store.listen((state) => {
    if (!isCatchingUp && isDue(state)) catchUp();
    if (!isListing && state.isListBehind) listAgain();
  });
  return { refresh };
}

/** @param {import("./reducer.js").State} state */
function isDue(state) {
  return state.isBehind && state.shownRunId !== null && !state.failure?.isFinal;
}

/** @param {import("./reducer.js").State} state */
function defaultRun(state) {
  return (activeRun(state) ?? state.runs?.[0])?.run_id ?? null;
}

function waitToRetry() {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
}
