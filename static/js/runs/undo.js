/** What deleting can be taken back, one act after the other, the newest first. Knows no DOM and no network. */

import { counted } from "../format.js";
import { isDeleted } from "../labels.js";

/**
 * @typedef {{ runId: string, name: string, wasSelected: boolean }} Deleted
 * @typedef {Deleted[][]} Acts  the oldest act first; each has deleted some runs at once
 */

/**
 * Without the runs that are back, by whichever way.
 * @param {Acts} acts
 * @param {Record<string, import("../labels.js").Label>} labels
 * @returns {Acts}
 */
export function stillDeleted(acts, labels) {
  return acts
    .map((deleted) => deleted.filter(({ runId }) => isDeleted(labels, runId)))
    .filter((deleted) => deleted.length > 0);
}

/**
 * What Undo would take back; empty where there is nothing.
 * @param {Acts} acts
 * @returns {string}
 */
export function undoText(acts) {
  const deleted = acts.at(-1) ?? [];
  if (deleted.length === 0) return "";
  return deleted.length === 1 ? `Deleted “${deleted[0].name}”.` : `Deleted ${counted(deleted.length, "run")}.`;
}
