/**
 * Keeps the state complete: loads what is there, and catches up after a gap, a reconnect or a server restart.
 * Decides when to ask; what becomes of the answers is the reducer's business.
 */

import { fetchCatalog, fetchCurves, fetchEpisodes, fetchHealth, fetchLabels, fetchRun, fetchRunAndRecords, fetchRuns } from "./api.js";
import { missingHistory } from "./curves/curve.js";
import { MOST_POINTS } from "./curves/lines.js";
import { fetchActions } from "./intervene/api.js";
import { createQueue, isRefusal } from "./queue.js";
import { runsBehind, runsInSight } from "./sight.js";
import { activeRun } from "./standing.js";
import { KEPT_EPISODES, tracking } from "./tracked.js";

const END_EPISODES = 20; // in some of which a metric may be undefined

/**
 * @typedef {import("./reducer.js").State} State
 * @typedef {{ runId: string, keys: string[], upTo: number, smoothing: number }} MissingCurves
 * @param {{ state: State, dispatch: (action: any) => void, listen: (listener: (state: any) => void) => void }} store
 * @returns {{ refresh: (how?: { isAfterGap: boolean }) => Promise<void>, poll: () => Promise<void> }}
 */
export function createSync(store) {
  let isRefreshing = false;
  let gaps = 0; // in which events were missed

  /**
   * Loads everything but the followed runs, which catch-up brings: a run that is followed for the first time is behind
   * by itself, the others are after a gap, in which events were missed.
   */
  async function refresh({ isAfterGap = false } = {}) {
    const isFirst = !isAfterGap;
    isRefreshing = true;
    try {
      await all([greet(), list()]);
      store.dispatch({ type: "reached", isReached: true, isFirst, at: Date.now() });
      if (store.state.shownRunId === null) store.dispatch({ type: "show", runId: defaultRun(store.state) });
      if (isAfterGap) {
        gaps += 1;
        store.dispatch({ type: "behind" });
      }
    } catch (/** @type {any} */ error) {
      store.dispatch({ type: "reached", isReached: false, isFirst });
      store.dispatch({ type: "failure", failure: error.message });
    }
    isRefreshing = false;
  }

  /**
   * To be called again and again: loads what could not be loaded, and all that events would tell if they came. A
   * connection that is opened and then stays silent takes long to fail: nobody waits for that.
   */
  async function poll() {
    const { failure, connection } = store.state;
    if (!isRefreshing && (failure !== "" || connection !== "live")) await refresh({ isAfterGap: true });
  }

  async function greet() {
    const [{ boot_id: bootId }, catalog] = await Promise.all([fetchHealth(), store.state.catalog ?? fetchCatalog()]);
    store.dispatch({ type: "boot", bootId });
    if (store.state.catalog === null) store.dispatch({ type: "catalog", catalog }); // another greeting may have had it
  }

  /** Loads labels and runs. What was asked before a label or a best changed may be older than that: asked again. */
  async function list() {
    let before, answer, runs;
    do {
      before = store.state;
      answer = await fetchLabels();
      runs = await fetchRuns();
    } while (store.state.labels !== before.labels || store.state.best !== before.best);
    store.dispatch({ type: "labels", labels: answer.labels, best: answer.best_validation_sharpes });
    store.dispatch({ type: "runs", runs });
  }

  /** The shown run needs its records, the others only what a curve is made of; the answer says which it has. */
  async function catchUp(/** @type {string} */ runId) {
    const known = store.state.tracked[runId];
    const hasRecords = runId === store.state.shownRunId || known.hasRecords;
    const gapsBefore = gaps;
    try {
      const answer = hasRecords
        ? await fetchRunAndRecords(runId, (run) => {
            store.dispatch({ type: "run_received", run }); // what is known of it need not wait for its records
            return newestKnown(store.state.tracked[runId] ?? tracking(), run);
          })
        : await fetchRunAndEnd(runId);
      store.dispatch({ type: "caught_up", ...answer, hasRecords });
      if (gaps > gapsBefore) store.dispatch({ type: "behind" }); // the answer may be older than the newest gap
    } catch (/** @type {any} */ error) {
      const message = error.status === 404 ? `There is no run “${runId.slice(0, 40)}”.` : error.message;
      store.dispatch({ type: "problem", runId, problem: { message, isFinal: isRefusal(error) } });
      if (!isRefusal(error)) throw error;
    }
  }

  async function loadHistory(/** @type {MissingCurves} */ { runId, keys, upTo, smoothing }) {
    const curves = await fetchCurves(runId, keys, { up_to: upTo, smoothing });
    store.dispatch({ type: "history", runId, curves, upTo, smoothing });
  }

  async function loadActions(/** @type {string} */ runId) {
    store.dispatch({ type: "actions", runId, actions: await fetchActions(runId) });
  }

  for (const queue of [
    { due: runsBehind, key: String, work: catchUp },
    { due: historyBehind, key: JSON.stringify, work: loadHistory },
    { due: actionsBehind, key: String, work: loadActions },
    { due: (/** @type {State} */ state) => (state.isListBehind ? ["list"] : []), key: String, work: list },
  ]) {
    store.listen(createQueue(store, /** @type {any} */ (queue)));
  }
  return { refresh, poll };
}

/** Waits for all of them also where one fails: what came later would hide that something is missing. */
async function all(/** @type {Promise<void>[]} */ pieces) {
  const outcomes = await Promise.allSettled(pieces);
  const failed = outcomes.find(({ status }) => status === "rejected");
  if (failed) throw /** @type {PromiseRejectedResult} */ (failed).reason;
}

/** The end of a long run too: its curve leaves out episodes there, and what came of a run is told from its last ones. */
async function fetchRunAndEnd(runId) {
  const run = await fetchRun(runId);
  const isLong = run.episodes > MOST_POINTS;
  const episodes = isLong ? await fetchEpisodes(runId, run.episodes - END_EPISODES) : [];
  return { run, episodes, evaluations: [], curves: {}, curvesUpTo: 0 };
}

/** What need not be asked for, given the run as it is by then; curves only where none is known. */
function newestKnown(known, run) {
  const { episodes, evaluations, history } = known.hasRecords ? known : tracking();
  const newest = run.episodes - KEPT_EPISODES;
  return {
    episode: Math.max(episodes.at(-1)?.episode ?? 0, newest),
    evaluation: evaluations.at(-1)?.number ?? 0,
    curvesUpTo: episodes.length === 0 && Object.keys(history).length === 0 ? Math.max(newest, 0) : 0,
  };
}

/**
 * Runs in sight whose older points a chart needs.
 * @param {State} state
 * @returns {MissingCurves[]}
 */
function historyBehind(state) {
  const { view, catalog, tracked } = state;
  if (catalog === null) return [];
  const charted = catalog.metrics.filter(({ chart }) => chart).map(({ name }) => name);
  const wanted = view.page === "compare" ? [view.metric] : charted;
  const { smoothing } = view;
  return runsInSight(state)
    .filter((runId) => tracked[runId].run !== null && !tracked[runId].isBehind)
    .map((runId) => ({ runId, smoothing, ...missingHistory(tracked[runId], wanted, smoothing) }))
    .filter(({ keys }) => keys.length > 0);
}

/** @param {State} state */
function actionsBehind({ shownRunId, actions, run }) {
  return run !== null && !actions.isKnown ? [shownRunId] : [];
}

/** @param {State} state */
function defaultRun(state) {
  return (activeRun(state) ?? state.runs?.[0])?.run_id ?? null;
}
