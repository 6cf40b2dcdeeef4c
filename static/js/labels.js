/** What people wrote on runs, as part of the state; and what a run is called. Knows no DOM and no network. */

import { minute, moment } from "./format.js";

/**
 * @typedef {object} Label
 * @property {string} run_id
 * @property {string} name
 * @property {string[]} tags
 * @property {string} notes
 * @property {string | null} deleted_at
 * @property {boolean} [is_erased]  true once, when there is no such run any more
 * @property {string} [distinction]  from other listed runs that nobody named either and that would be called the same
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
 * With what tells those listed runs apart that would be called the same, where the list or what is written on it is
 * not as it was.
 * @param {any} state
 * @param {any} before
 */
export function withDistinctions(state, before) {
  const { runs, labels } = state;
  if (labels === before.labels && hasSameRuns(runs ?? [], before.runs ?? [])) return state;
  const wanted = distinctions(runs ?? [], labels);
  const concerned = new Set([...Object.keys(labels), ...wanted.keys()]);
  const others = [...concerned].filter((id) => (labels[id]?.distinction ?? "") !== (wanted.get(id) ?? ""));
  if (others.length === 0) return state;
  const told = others.map((id) => [id, { run_id: id, ...NO_LABEL, ...labels[id], distinction: wanted.get(id) ?? "" }]);
  return { ...state, labels: { ...labels, ...Object.fromEntries(told) } };
}

/**
 * What people call the run; where nobody named it, what it trains on, and what tells it from others.
 * @param {import("./reducer.js").Run} run
 * @param {Record<string, Label>} labels
 * @returns {string}
 */
export function runName(run, labels) {
  const label = labels[run.run_id];
  return label?.name || [usualName(run), label?.distinction].filter(Boolean).join(" · ");
}

function usualName({ config }) {
  return `${config.dataset} · seed ${config.seed}`;
}

function hasSameRuns(runs, others) {
  return runs.length === others.length && runs.every((run, index) => run.run_id === others[index].run_id);
}

/** By run id. */
function distinctions(runs, labels) {
  /** @type {Map<string, any[]>} */
  const alike = new Map();
  for (const run of runs) {
    if (labels[run.run_id]?.name) continue;
    alike.set(usualName(run), [...(alike.get(usualName(run)) ?? []), run]);
  }
  return new Map([...alike.values()].filter((group) => group.length > 1).flatMap(distinguished));
}

/** Each with the time of its start, as exactly as it takes; the day only where they are of several. */
function distinguished(group) {
  const ways = [minute, moment].map((write) => group.map((run) => write(run.created_at)));
  const times = ways.find((texts) => new Set(texts).size === group.length);
  const isOneDay = new Set(ways[0].map((text) => text.split(", ")[0])).size === 1;
  const tell = (index) => (isOneDay ? times?.[index].split(", ")[1] : times?.[index]);
  return group.map((run, index) => [run.run_id, tell(index) ?? run.run_id.split("-").at(-1)]);
}
