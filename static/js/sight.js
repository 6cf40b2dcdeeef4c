/** Which of the followed runs are drawn by the page in sight. Knows no DOM and no network. */

/**
 * The shown run first; the selected ones beside it only on the page that compares.
 * @param {Pick<import("./reducer.js").State, "shownRunId" | "view" | "tracked">} state
 * @returns {string[]}
 */
export function runsInSight({ shownRunId, view, tracked }) {
  return Object.keys(tracked).filter((runId) => runId === shownRunId || view.page === "compare");
}

/**
 * Those whose events or records are missing, but for those that the server does not have.
 * @param {Pick<import("./reducer.js").State, "shownRunId" | "view" | "tracked">} state
 * @returns {string[]}
 */
export function runsBehind(state) {
  return runsInSight(state).filter((runId) => {
    const { isBehind, problem } = state.tracked[runId];
    return isBehind && !problem?.isFinal;
  });
}
