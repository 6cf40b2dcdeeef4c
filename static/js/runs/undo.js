/** What deleting can be taken back, one act after the other, the newest first. Knows no DOM and no network. */

import { counted } from "../format.js";
import { isDeleted } from "../labels.js";

/**
 * @typedef {{ runId: string, name: string, place: number }} Deleted  `place` among the selected ones, -1 for none
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

/**
 * The selection with those that are back, each at its place.
 * @param {string[]} selected
 * @param {Deleted[]} back
 * @returns {string[]}
 */
export function reselected(selected, back) {
  const missing = back.filter(({ runId, place }) => place >= 0 && !selected.includes(runId));
  const inOrder = missing.sort((a, b) => a.place - b.place);
  return inOrder.reduce((all, { runId, place }) => all.toSpliced(place, 0, runId), selected);
}
