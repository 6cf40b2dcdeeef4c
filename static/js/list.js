/** The list of runs as part of the state: what an answer, a run and an event make of it. Knows no DOM and no network. */

import { isDeleted, withoutBest } from "./labels.js";
import { rewoundSince, withLastEpisodes, withList, withRun } from "./records.js";

/**
 * @typedef {import("./reducer.js").State} State
 * @typedef {import("./reducer.js").Run} Run
 */

/**
 * With the list as it was answered. The first one may be older than an event that was heard before it came: then it is
 * asked for again.
 * @param {State} state
 * @param {Run[]} answer
 * @returns {State}
 */
export function withAnsweredList(state, answer) {
  const started = (state.runs ?? []).filter((run) => run.boot_id === state.bootId && !isDeleted(state.labels, run.run_id));
  const isListBehind = state.runs === null && state.isListBehind;
  return withRuns({ ...state, isListBehind, failure: "" }, withList(state.runs, answer, started));
}

/**
 * With this run in the list as it is by then; a deleted one is in no list.
 * @param {State} state
 * @param {Run} run
 * @returns {State}
 */
export function withListed(state, run) {
  return isDeleted(state.labels, run.run_id) ? state : withRuns(state, withRun(state.runs, run));
}

/**
 * With the listed run's figures taken from these episodes.
 * @param {State} state
 * @param {string} runId
 * @param {import("./reducer.js").Episode[]} episodes  by number
 * @returns {State}
 */
export function withListedEpisodes(state, runId, episodes) {
  return { ...state, runs: withLastEpisodes(state.runs, runId, episodes) };
}

/**
 * After an event of any run, shown or not; that of a run which is not listed asks for the list.
 * @param {State} state
 * @param {string} name
 * @param {Record<string, any>} payload
 * @returns {State}
 */
export function withListedEvent(state, name, payload) {
  const { run_id: runId, sequence } = payload;
  if (state.runs === null) return name === "run_status" ? { ...state, isListBehind: true } : state;
  if (name === "run_status") return withListed(state, payload.run);
  if (sequence !== undefined && isUnlisted(state, runId)) return { ...state, isListBehind: true };
  return name === "episode" ? withListedEpisodes(state, runId, [/** @type {any} */ (payload)]) : state;
}

function withRuns(state, runs) {
  return withoutBest({ ...state, runs }, rewoundSince(state.runs, runs));
}

function isUnlisted({ runs, labels }, runId) {
  return !isDeleted(labels, runId) && !runs.some((run) => run.run_id === runId);
}
