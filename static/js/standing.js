/**
 * Where a run stands: which orders its status allows, what else is in the way of one, and why, in words. All of the page
 * asks here; the server has its own say in `runs/standing.py`. Knows no DOM.
 */

import { isDeleted, runName } from "./labels.js";

const NEED_STEPS = ["change", "save", "evaluate"];
const NEED_END = ["roll_back", "fork", "delete"];

/**
 * Each status: whether a thread works on the run, which orders it allows, and what is said to the others.
 * @type {Record<string, { isActive: boolean, allows: string[], note: string }>}
 */
export const STATUSES = {
  running: { isActive: true, allows: ["pause", "stop", ...NEED_STEPS], note: "The run is running." },
  paused: { isActive: true, allows: ["resume", "stop", ...NEED_STEPS], note: "The run is paused." },
  evaluating: { isActive: true, allows: ["stop"], note: "Training is over, and its last policy is being judged." },
  stopping: { isActive: true, allows: [], note: "The run is stopping." },
  finished: { isActive: false, allows: NEED_END, note: "The run is finished and takes no more steps." },
  stopped: { isActive: false, allows: ["resume", ...NEED_END], note: "The run is stopped and takes no steps." },
  failed: { isActive: false, allows: ["resume", ...NEED_END], note: "The run has failed and takes no steps." },
  interrupted: { isActive: false, allows: ["resume", ...NEED_END], note: "The run was interrupted and takes no steps." },
};

/** What can be in the way of each order, beside a lost connection. */
const HURDLES = {
  start: [loading, activity],
  pause: [status],
  resume: [status, deletion, loading, activityOfAnother],
  stop: [status],
  change: [status, loading],
  save: [status],
  evaluate: [status, ignorance],
  roll_back: [status, deletion],
  fork: [status, deletion, loading, activity],
  pin: [deletion],
  delete: [status],
};

/**
 * @typedef {import("./reducer.js").Run} Run
 * @typedef {Pick<import("./reducer.js").State, "connection" | "catalog" | "runs" | "labels" | "run">} Situation
 * @typedef {keyof typeof HURDLES} Order
 */

/**
 * Why nobody can give this order at the moment, in a sentence; empty where it can be given.
 * @param {Order} order
 * @param {Situation} state
 * @param {Run | null} [run]  that is to obey, if not the shown one
 * @returns {string}
 */
export function obstacleTo(order, state, run = state.run) {
  if (state.connection === "disconnected") return "The server cannot be reached.";
  for (const hurdle of HURDLES[order]) {
    const obstacle = hurdle(state, run, order);
    if (obstacle !== "") return obstacle;
  }
  return "";
}

/**
 * @param {Run | null | undefined} run
 * @returns {boolean}
 */
export function isActive(run) {
  return STATUSES[run?.status]?.isActive ?? false;
}

/**
 * Whether it may do something else by now than what is known of it: nobody hears of it.
 * @param {Run | null | undefined} run
 * @param {Situation["connection"]} connection
 * @returns {boolean}
 */
export function isInDoubt(run, connection) {
  return connection === "disconnected" && isActive(run);
}

/**
 * The run that is being trained, if any.
 * @param {Pick<Situation, "runs">} state
 * @returns {Run | null}
 */
export function activeRun({ runs }) {
  return (runs ?? []).find(isActive) ?? null;
}

function status(_, run, order) {
  if (run === null) return "There is no run.";
  if (STATUSES[run.status].allows.includes(order)) return "";
  return NEED_END.includes(order) ? "Stop the run first, or wait for its end." : STATUSES[run.status].note;
}

function deletion({ labels }, run) {
  return isDeleted(labels, run?.run_id ?? null) ? "The run is deleted and kept as it is: undelete it first." : "";
}

function loading({ catalog, runs }) {
  return catalog === null || runs === null ? "The page is loading." : "";
}

function activity({ runs, labels }) {
  const active = activeRun({ runs });
  return active ? `“${runName(active, labels)}” is ${active.status}, and one run is trained at a time.` : "";
}

function activityOfAnother(state, run) {
  return isActive(run) ? "" : activity(state);
}

function ignorance(_, run) {
  return run.progress?.updates ? "" : "Evaluate now: once the policy has taken an update, which it does behind the gate.";
}
