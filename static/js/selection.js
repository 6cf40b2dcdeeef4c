/** The runs that a person chose to see side by side: one answer for every page. Knows no DOM. */

import { compared } from "./view.js";

/** @typedef {import("./reducer.js").State} State */

/**
 * A run as it is known best: followed, or else as the list has it.
 * @param {Pick<State, "tracked" | "runs">} state
 * @param {string} runId
 * @returns {import("./reducer.js").Run | null}
 */
export function knownRun({ tracked, runs }, runId) {
  return tracked[runId]?.run ?? runs?.find((run) => run.run_id === runId) ?? null;
}

/**
 * The compared runs of which anything is known, in the order chosen; deleted ones among them.
 * @param {Pick<State, "tracked" | "runs" | "view">} state
 * @returns {import("./reducer.js").Run[]}
 */
export function comparedRuns(state) {
  return compared(state.view).map((runId) => knownRun(state, runId)).filter((run) => run !== null);
}

/**
 * What is to be said of selected runs that are not compared: those beyond the most that can be told apart, and those
 * that this server does not have. Empty where all are compared.
 * @param {Pick<State, "tracked" | "view">} state
 * @returns {string}
 */
export function absenceNote({ tracked, view }) {
  const shown = compared(view);
  const isCut = shown.length < view.selected.length;
  const absent = shown.filter((runId) => tracked[runId]?.problem?.isFinal).length;
  return [isCut && cutNote(shown.length, view.selected.length), absent > 0 && absentNote(absent, shown.length, isCut)]
    .filter(Boolean)
    .join(" ");
}

function cutNote(shown, count) {
  const next = "take one out of the comparison to see the next";
  return `The first ${shown} of the ${count} runs of this link are compared, since more lines cannot be told apart: ${next}.`;
}

function absentNote(absent, shown, isCut) {
  const runs = shown === 1 ? "The run" : `${absent} of the ${shown} runs`;
  return `${isCut ? `${absent} of these` : `${runs} of this link`} ${absent === 1 ? "is" : "are"} not on this server.`;
}
