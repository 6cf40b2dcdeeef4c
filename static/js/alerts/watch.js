/**
 * Watches the shown run and the one that is being trained, or was last, for what calls for attention. A hidden page
 * draws no frames, and is the one that must be told: so this listens to the state. Knows no DOM and no clock.
 */

import { areSame } from "../same.js";
import { activeRun } from "../standing.js";
import { alertsOf, arrivals } from "./alerts.js";

/**
 * @typedef {import("../reducer.js").State} State
 * @typedef {import("../reducer.js").Run} Run
 * @param {(alert: import("./alerts.js").Alert) => void} tell  called once with each serious alert that is new
 * @returns {{ look: (state: State) => void, other: (state: State) => Run | null }} `look` listens to every change;
 *   `other` is the last active run, where another one is shown
 */
export function createWatch(tell) {
  /** @type {Map<string, Set<string>>} */
  const known = new Map();
  /** @type {string | null} */
  let lastActive = null; // a run that failed is no longer active
  /** @type {unknown[]} */
  let seen = [];

  function look(/** @type {State} */ state) {
    lastActive = activeRun(state)?.run_id ?? lastActive;
    const { run, episodes } = state;
    const beside = other(state);
    const inputs = [run?.notices, run?.status, beside?.notices, beside?.status];
    if (areSame(inputs, seen)) return;
    seen = inputs;
    lookAt(run, episodes);
    lookAt(beside, []);
  }

  function lookAt(/** @type {Run | null} */ run, /** @type {import("../reducer.js").Episode[]} */ episodes) {
    if (run !== null) arrivals(known, run.run_id, alertsOf(run, episodes)).forEach(tell);
  }

  function other({ runs, shownRunId }) {
    return (lastActive !== shownRunId && runs?.find(({ run_id: runId }) => runId === lastActive)) || null;
  }

  return { look, other };
}
