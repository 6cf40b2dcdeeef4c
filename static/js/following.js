/**
 * Which runs the page follows, as part of the state: the shown one and the compared ones, each with what is known of
 * it under its id. Knows no events, no DOM and no network.
 */

import { tracking } from "./tracked.js";
import { compared } from "./view.js";

/**
 * @typedef {import("./reducer.js").State} State
 * @typedef {import("./tracked.js").Tracked} Tracked
 */

/** @type {Tracked} what stands in the state while no run is shown */
export const NOTHING = Object.freeze({ ...tracking(), isBehind: false });

/**
 * What must be true after every action: the shown run and the compared ones are followed, and no others; the shown one
 * has its records, or they are asked for; the state itself repeats what is known of it.
 * @param {State} state
 * @returns {State}
 */
export function settled(state) {
  const tracked = followed(state);
  const shown = state.shownRunId === null ? NOTHING : tracked[state.shownRunId];
  const isSame = Object.entries(shown).every(([name, value]) => state[name] === value);
  return isSame && tracked === state.tracked ? state : { ...state, ...shown, tracked };
}

/**
 * The state with one followed run changed; a run that is not followed changes nothing.
 * @param {State} state
 * @param {string} runId
 * @param {(tracked: Tracked) => Tracked} change
 * @returns {State}
 */
export function withTracked(state, runId, change) {
  const known = state.tracked[runId];
  return known ? { ...state, tracked: { ...state.tracked, [runId]: change(known) } } : state;
}

/**
 * Events of any run may have been missed: all are asked for what is newer.
 * @param {State} state
 * @returns {State}
 */
export function allBehind(state) {
  const asked = Object.entries(state.tracked).map(([runId, one]) => [runId, { ...one, isBehind: true }]);
  return { ...state, tracked: Object.fromEntries(asked) };
}

function followed({ shownRunId, view, tracked }) {
  const wanted = [...new Set([shownRunId, ...compared(view)])].filter((runId) => runId !== null);
  const next = wanted.map((runId) => [runId, complete(tracked[runId] ?? tracking(), runId === shownRunId)]);
  const isSame = next.length === Object.keys(tracked).length && next.every(([runId, one]) => one === tracked[runId]);
  return isSame ? tracked : Object.fromEntries(next);
}

/** A run that becomes the shown one needs more than one beside it. */
function complete(tracked, isShown) {
  return isShown && !tracked.hasRecords && !tracked.isBehind ? { ...tracked, isBehind: true } : tracked;
}
