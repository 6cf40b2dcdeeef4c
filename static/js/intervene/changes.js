/** The configurations of a run that changed while it went on. Knows no DOM and no network. */

/**
 * The one with the changes too that wait for the next episode.
 * @param {{ config_in_force: Record<string, unknown>, pending_changes: { values: Record<string, unknown> }[] }} run
 * @returns {Record<string, unknown>}
 */
export function expectedConfig({ config_in_force: inForce, pending_changes: pending }) {
  return Object.assign({}, inForce, ...pending.map(({ values }) => values));
}

/**
 * The one that a checkpoint at this step goes on with: a change at the same step comes after it.
 * @param {{ config: Record<string, unknown>, changes: { step: number, after: Record<string, unknown> }[] }} run
 * @param {number} step
 * @returns {Record<string, unknown>}
 */
export function configAt({ config, changes }, step) {
  return Object.assign({}, config, ...changes.filter((change) => change.step < step).map(({ after }) => after));
}
