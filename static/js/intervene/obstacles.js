/** Why nobody can step in at the moment, in words. Knows no DOM. */

const TAKES_STEPS = new Set(["running", "paused"]);
const AFTER_TRAINING = {
  evaluating: "Training is over, and its last policy is being judged.",
  stopping: "The run is stopping.",
};

/**
 * Why the run takes no steps that somebody could change; empty where it does.
 * @param {any} run
 * @param {string} connection
 * @returns {string}
 */
export function obstacleToSteps(run, connection) {
  if (run === null) return "There is no run.";
  if (connection === "disconnected") return "The server cannot be reached.";
  if (TAKES_STEPS.has(run.status)) return "";
  return AFTER_TRAINING[run.status] ?? `The run is ${run.status}: it takes no steps that could be changed, saved or judged.`;
}

/**
 * Why its policy cannot be judged out of turn; empty where it can.
 * @param {any} run
 * @param {string} connection
 * @returns {string}
 */
export function obstacleToEvaluation(run, connection) {
  const obstacle = obstacleToSteps(run, connection);
  if (obstacle !== "" || run.progress?.updates) return obstacle;
  return "Evaluate now: once the policy has taken an update, which it does behind the gate.";
}
