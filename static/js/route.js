/** The part of the address after "#": which run is shown and which of its episodes or evaluations is open. */

/** @type {("episode" | "evaluation")[]} */
const KINDS = ["episode", "evaluation"];

/**
 * @param {string} hash
 * @returns {{ runId: string | null, opened: import("./reducer.js").Opened | null }}
 */
export function readRoute(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const kind = KINDS.find((candidate) => isNumber(fields.get(candidate)));
  return { runId: fields.get("run"), opened: kind ? { kind, number: Number(fields.get(kind)) } : null };
}

/**
 * @param {string | null} runId
 * @param {import("./reducer.js").Opened | null} [opened]
 * @returns {string}
 */
export function writeRoute(runId, opened = null) {
  if (runId === null) return "#";
  const fields = new URLSearchParams({ run: runId });
  if (opened !== null) fields.set(opened.kind, String(opened.number));
  return `#${fields}`;
}

function isNumber(text) {
  return Number.isInteger(Number(text)) && Number(text) > 0;
}
