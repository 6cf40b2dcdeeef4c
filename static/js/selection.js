/** The runs that a person chose to see side by side: one answer for every page. Knows no DOM. */

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
 * The selected runs of which anything is known, in the order chosen; deleted ones among them.
 * @param {Pick<State, "tracked" | "runs" | "view">} state
 * @returns {import("./reducer.js").Run[]}
 */
export function selectedRuns(state) {
  return state.view.selected.map((runId) => knownRun(state, runId)).filter((run) => run !== null);
}

/**
 * What is to be said of selected runs that this server does not have; empty where it has them all.
 * @param {Pick<State, "tracked" | "view">} state
 * @returns {string}
 */
export function absenceNote({ tracked, view }) {
  const count = view.selected.filter((runId) => tracked[runId]?.problem?.isFinal).length;
  if (count === 0) return "";
  const runs = view.selected.length === 1 ? "The run" : `${count} of the ${view.selected.length} runs`;
  return `${runs} of this link ${count === 1 ? "is" : "are"} not on this server.`;
}
