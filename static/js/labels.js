/** What people wrote on runs, as part of the state; and what a run is called. Knows no DOM and no network. */

/**
 * @typedef {object} Label
 * @property {string} run_id
 * @property {string} name
 * @property {string[]} tags
 * @property {string} notes
 * @property {string | null} deleted_at
 */

/** @type {Omit<Label, "run_id">} */
export const NO_LABEL = Object.freeze({ name: "", tags: Object.freeze([]), notes: "", deleted_at: null });

/**
 * Whether the run is hidden from the list.
 * @param {Record<string, Label>} labels
 * @param {string | null} runId
 * @returns {boolean}
 */
export function isDeleted(labels, runId) {
  return runId !== null && Boolean(labels[runId]?.deleted_at);
}

/**
 * All labels as the server has them.
 * @param {any} state
 * @param {{ labels: Label[], best: Record<string, number> }} answer
 */
export function withLabels(state, { labels, best }) {
  return { ...state, labels: Object.fromEntries(labels.map((label) => [label.run_id, label])), best };
}

/**
 * One label as it was just written. A deleted run leaves the list; one that comes back must be asked for.
 * @param {any} state
 * @param {{ label: Label }} change
 */
export function withLabel(state, { label }) {
  const next = { ...state, labels: { ...state.labels, [label.run_id]: label } };
  if (state.runs === null) return next;
  if (label.deleted_at !== null) return { ...next, runs: state.runs.filter((run) => run.run_id !== label.run_id) };
  const isListed = state.runs.some((run) => run.run_id === label.run_id);
  return isListed ? next : { ...next, isListBehind: true };
}

/**
 * The best validation so far, where this evaluation is one.
 * @param {any} state
 * @param {string} name  of the event
 * @param {Record<string, any>} payload
 */
export function withBest(state, name, { run_id: runId, window, policy }) {
  const sharpe = policy?.metrics.sharpe;
  if (name !== "evaluation" || window !== "validation" || !Number.isFinite(sharpe)) return state;
  return sharpe > (state.best[runId] ?? -Infinity) ? { ...state, best: { ...state.best, [runId]: sharpe } } : state;
}

/**
 * Without the best validation of runs that went back, which may no longer have happened: it is asked for again.
 * @param {any} state
 * @param {string[]} rewound  run ids
 */
export function withoutBest(state, rewound) {
  if (rewound.length === 0) return state;
  const best = Object.fromEntries(Object.entries(state.best).filter(([runId]) => !rewound.includes(runId)));
  return { ...state, best, isListBehind: true };
}

/**
 * What people call the run; where nobody named it, what it trains on.
 * @param {import("./reducer.js").Run} run
 * @param {Record<string, Label>} labels
 * @returns {string}
 */
export function runName(run, labels) {
  return labels[run.run_id]?.name || `${run.config.dataset} · seed ${run.config.seed}`;
}
