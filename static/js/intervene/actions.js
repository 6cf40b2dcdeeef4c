/** What people did to the shown run, as part of the state. Knows no DOM and no network. */

import { merge } from "../records.js";

/**
 * @typedef {{ number: number, time: string, kind: string, step: number, episode: number, who: string, text: string,
 *   details: Record<string, any> }} Action
 * @typedef {{ list: Action[], isKnown: boolean }} Actions  `isKnown` is false while older ones may be missing
 */

/** @type {Actions} */
export const UNKNOWN_ACTIONS = Object.freeze({ list: Object.freeze([]), isKnown: false });

/**
 * With the answer to a request for all of them; a list in which nothing is new stays the same one.
 * @template {{ shownRunId: string | null, actions: Actions }} S
 * @param {S} state
 * @param {{ runId: string, actions: Action[] }} answer
 * @returns {S}
 */
export function withActions(state, { runId, actions }) {
  if (runId !== state.shownRunId) return state;
  const { list: known } = state.actions;
  const list = merge(actions, known, "number");
  return { ...state, actions: { list: list.length > known.length ? list : known, isKnown: true } };
}

/**
 * After the live event of one action.
 * @template {{ shownRunId: string | null, actions: Actions }} S
 * @param {S} state
 * @param {{ run_id: string, action: Action }} event
 * @returns {S}
 */
export function withAction(state, { run_id: runId, action }) {
  if (runId !== state.shownRunId) return state;
  return { ...state, actions: { ...state.actions, list: merge(state.actions.list, [action], "number") } };
}

/**
 * The actions that belong to the curves: going back to an earlier step undid what had come after it.
 * @param {Action[]} actions
 * @returns {Action[]}
 */
export function standing(actions) {
  let earliest = Infinity;
  const kept = actions.toReversed().filter(({ step }) => {
    const stands = step <= earliest;
    earliest = Math.min(earliest, step);
    return stands;
  });
  return kept.reverse();
}
