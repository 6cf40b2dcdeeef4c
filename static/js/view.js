/**
 * How a person looks at the runs: which page, which runs side by side, in which order, on which axis.
 * All of it is in the address, so a link shows what its sender saw. Knows no DOM and no state.
 */

import { STATUSES } from "./standing.js";

/** @typedef {"run" | "runs" | "compare"} PageName */

/**
 * @typedef {object} View
 * @property {PageName} page
 * @property {string[]} selected  ids of the runs to compare, in the order chosen; a link may name any number
 * @property {string} metric      that the selected runs are compared by
 * @property {string} axis        "episode", "step" or "time"
 * @property {[number, number] | null} zoom  the stretch of that axis in sight, time in seconds; null for all of it
 * @property {number} smoothing   weight of the past in smoothed lines, 0 for none, below 1
 * @property {boolean} isLog      logarithmic vertical axes
 * @property {boolean} isGrouped  runs that differ only in their seed become one line with a band
 * @property {string} sort        the runs' order: a column's name, with "-" in front for the highest first
 * @property {string} find        words that a listed run must have
 * @property {string} status      the status that a listed run must have, or empty
 */

/** More lines than that cannot be told apart: no more are compared, and no more can be chosen. */
export const MOST_SELECTED = 24;
const MOST_SMOOTHING = 0.99;

/** @type {View} */
export const DEFAULT_VIEW = Object.freeze({
  page: "run",
  selected: Object.freeze([]),
  metric: "reward",
  axis: "episode",
  zoom: null,
  smoothing: 0,
  isLog: false,
  isGrouped: false,
  sort: "-started",
  find: "",
  status: "",
});

/** How each field stands in the address; what cannot be read takes its default. */
const FIELDS = {
  page: oneOf("page", ["run", "runs", "compare"]),
  selected: {
    key: "runs",
    read: (text) => [...new Set(text.split("."))].filter(Boolean),
    write: (selected) => selected.join("."),
  },
  metric: { key: "metric", read: (text) => (/^[a-z0-9_.]+$/.test(text) ? text : null), write: String },
  axis: oneOf("axis", ["episode", "step", "time"]),
  zoom: { key: "zoom", read: readStretch, write: stretchText },
  smoothing: { key: "smooth", read: readWeight, write: String },
  isLog: flag("log"),
  isGrouped: flag("group"),
  sort: { key: "sort", read: (text) => (/^-?[a-z_]+$/.test(text) ? text : null), write: String },
  find: { key: "find", read: String, write: String },
  status: oneOf("status", ["", ...Object.keys(STATUSES)]),
};

/**
 * @param {URLSearchParams} fields
 * @returns {View}
 */
export function readView(fields) {
  const view = /** @type {Record<string, any>} */ ({ ...DEFAULT_VIEW });
  for (const [name, { key, read }] of Object.entries(FIELDS)) {
    const text = fields.get(key);
    if (text !== null) view[name] = read(text) ?? view[name];
  }
  return /** @type {View} */ (view);
}

/**
 * Adds what differs from the default.
 * @param {URLSearchParams} fields
 * @param {View} view
 */
export function writeView(fields, view) {
  for (const [name, { key, write }] of Object.entries(FIELDS)) {
    const text = write(view[name]);
    if (text !== write(DEFAULT_VIEW[name])) fields.set(key, text);
  }
}

/**
 * The view with this changed. A stretch of one axis means nothing on another, nor one of a run on the page of several.
 * @param {View} view
 * @param {Partial<View>} change
 * @returns {View}
 */
export function withChange(view, change) {
  const isElsewhere = ["page", "axis"].some((name) => name in change && change[name] !== view[name]);
  return { ...view, ...(isElsewhere ? { zoom: null } : {}), ...change };
}

/**
 * The view with another run in it: a stretch of the one before means nothing, unless those that are compared stay.
 * @param {View} view
 * @returns {View}
 */
export function ofAnotherRun(view) {
  return view.page === "compare" && view.selected.length > 0 ? view : { ...view, zoom: null };
}

/**
 * The selected runs that are compared: the first ones, as many as can be told apart.
 * @param {Pick<View, "selected">} view
 * @returns {string[]}
 */
export function compared({ selected }) {
  return selected.slice(0, MOST_SELECTED);
}

/**
 * The view with this run selected, or no longer; where as many are as there can be, no further one is.
 * @param {View} view
 * @param {string} runId
 * @param {boolean} isSelected
 * @returns {View}
 */
export function withSelected(view, runId, isSelected) {
  const others = view.selected.filter((other) => other !== runId);
  if (!isSelected) return { ...view, selected: others };
  return others.length < MOST_SELECTED ? { ...view, selected: [...others, runId] } : view;
}

function oneOf(key, allowed) {
  return { key, read: (text) => (allowed.includes(text) ? text : null), write: String };
}

function flag(key) {
  return { key, read: (text) => text === "1", write: (value) => (value ? "1" : "0") };
}

/**
 * @param {string} text
 * @returns {[number, number] | null} null where it is none
 */
export function readStretch(text) {
  const ends = text.split("_").map((end) => (end === "" ? NaN : Number(end)));
  return ends.length === 2 && ends.every(Number.isFinite) && ends[0] < ends[1] ? /** @type {[number, number]} */ (ends) : null;
}

/**
 * @param {[number, number] | null} [stretch]
 * @returns {string} empty for none
 */
export function stretchText(stretch) {
  return stretch?.join("_") ?? "";
}

function readWeight(text) {
  const weight = Number(text);
  return weight >= 0 && weight <= MOST_SMOOTHING ? weight : null;
}
