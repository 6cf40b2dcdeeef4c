/** What deleting can be taken back, and how long: one act after the other, the newest first. Knows no DOM, no network. */

import { counted, minute } from "../format.js";
import { isDeleted } from "../labels.js";

/**
 * @typedef {{ runId: string, name: string, place: number }} Deleted  `place` among the selected ones, -1 for none
 * @typedef {Deleted[][]} Acts  the oldest act first; each has deleted some runs at once
 */

const DAY_MS = 86_400_000;

/**
 * Without the runs that are back, by whichever way, or gone for good.
 * @param {Acts} acts
 * @param {Record<string, import("../labels.js").Label>} labels
 * @returns {Acts}
 */
export function stillDeleted(acts, labels) {
  return acts
    .map((deleted) => deleted.filter(({ runId }) => isDeleted(labels, runId) && !labels[runId].is_erased))
    .filter((deleted) => deleted.length > 0);
}

/**
 * What Undo would take back; empty where there is nothing.
 * @param {Acts} acts
 * @param {number | null} [keptDays]  how long deleted runs are kept; null for good
 * @returns {string}
 */
export function undoText(acts, keptDays = null) {
  const deleted = acts.at(-1) ?? [];
  if (deleted.length === 0) return "";
  const kept = keptDays === null ? "" : ` Kept ${keptDays ? `for ${counted(keptDays, "day")}` : "until the next start"}.`;
  return (deleted.length === 1 ? `Deleted “${deleted[0].name}”.` : `Deleted ${counted(deleted.length, "run")}.`) + kept;
}

/**
 * How long a deleted run can still be restored: the server's first start after that erases it.
 * @param {string} deletedAt
 * @param {number | null} keptDays
 * @returns {string}
 */
export function keptUntil(deletedAt, keptDays) {
  if (keptDays === null) return "kept until somebody erases it";
  if (keptDays === 0) return "kept until the server's next start";
  return `kept until ${minute(new Date(Date.parse(deletedAt) + keptDays * DAY_MS).toISOString())}`;
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
