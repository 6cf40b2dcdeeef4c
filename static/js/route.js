/** The part of the address after "#": which run is shown, what of it is open, and how a person looks at the runs. */

import { DEFAULT_VIEW, ofAnotherRun, readStretch, readView, stretchText, withChange, writeView } from "./view.js";

/** @type {("episode" | "evaluation")[]} */
const KINDS = ["episode", "evaluation"];

/**
 * @typedef {object} Route
 * @property {string | null} runId
 * @property {import("./reducer.js").Opened | null} opened
 * @property {import("./view.js").View} view
 */

/**
 * @param {string} hash
 * @returns {Route}
 */
export function readRoute(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const kind = KINDS.find((candidate) => isNumber(fields.get(candidate)));
  const opened = kind ? { kind, number: Number(fields.get(kind)), ...readBeside(kind, fields), ...readBars(fields) } : null;
  return { runId: fields.get("run") || null, opened, view: readView(fields) };
}

/**
 * @param {{ runId: string | null, opened?: Route["opened"], view?: Route["view"] }} route
 * @returns {string}
 */
export function writeRoute({ runId, opened = null, view = DEFAULT_VIEW }) {
  const fields = new URLSearchParams();
  if (runId !== null) fields.set("run", runId);
  if (runId !== null && opened !== null) fields.set(opened.kind, String(opened.number));
  if (runId !== null && opened?.beside) fields.set("beside", String(opened.beside));
  if (runId !== null && opened?.bars) fields.set("bars", stretchText(opened.bars));
  writeView(fields, view);
  return `#${fields}`;
}

/**
 * The address of another run, or of another page, in the same view; with what is to be open there.
 * @param {import("./reducer.js").State} state
 * @param {{ runId?: string | null, opened?: Route["opened"], view?: Partial<Route["view"]> }} change
 * @returns {string}
 */
export function routeTo(state, { runId = state.shownRunId, opened = null, view = {} }) {
  const changed = withChange(state.view, view);
  return writeRoute({ runId, opened, view: runId === state.shownRunId ? changed : ofAnotherRun(changed) });
}

/** Another episode of the run, to be seen beside the one that is opened. */
function readBeside(kind, fields) {
  const beside = Number(fields.get("beside"));
  const isOther = kind === "episode" && isNumber(beside) && beside !== Number(fields.get(kind));
  return isOther ? { beside } : {};
}

/** The stretch of bars that is zoomed into, from the first bar of any. */
function readBars(fields) {
  const bars = readStretch(fields.get("bars") ?? "");
  return bars === null ? {} : { bars };
}

function isNumber(text) {
  return Number.isInteger(Number(text)) && Number(text) > 0;
}
