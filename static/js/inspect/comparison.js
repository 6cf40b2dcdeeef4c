/** Where the actions of two episodes differ, on the bars that stand at the same place. */

import { counted, number } from "../format.js";

/**
 * @typedef {object} Difference
 * @property {number[]} place      on the axis that both share
 * @property {boolean[]} differs   whether the actions that led there differ by more than the tolerance
 */

/**
 * @param {{ action: number[] }} one  row 0 is the account before the first step: it has no action
 * @param {{ action: number[] }} other
 * @param {import("./alignment.js").Alignment} alignment
 * @param {number} tolerance
 * @returns {Difference}
 */
export function actionDifference({ action: one }, { action: other }, { offsets: [own, others] }, tolerance) {
  /** @type {Difference} */
  const found = { place: [], differs: [] };
  const last = Math.min(own + one.length, others + other.length) - 1;
  for (let place = Math.max(own, others) + 1; place <= last; place += 1) {
    found.place.push(place);
    found.differs.push(Math.abs(one[place - own] - other[place - others]) > tolerance);
  }
  return found;
}

/**
 * Whether there is a place on which the two can differ.
 * @param {Difference | null | undefined} difference
 * @returns {boolean}
 */
export function sharesBars(difference) {
  return Boolean(difference && difference.differs.length > 0);
}

/**
 * @param {Difference} difference
 * @param {import("./alignment.js").Alignment} alignment
 * @param {number} tolerance
 * @returns {string}
 */
export function differenceText(difference, { isByDate, shared }, tolerance) {
  const { differs } = difference;
  const count = differs.filter(Boolean).length;
  const share = differs.length > 0 ? `${number((100 * count) / differs.length, 1)} %` : "none";
  const of = `(${number(count)} of ${number(differs.length)})`;
  const what = `by more than ${tolerance}, the no-trade band`;
  if (isByDate) return `Their actions differ in ${share} of the bars that both traded ${of}, ${what}.`;
  const dates = shared === 0 ? "They have no dates in common" : `They have only ${counted(shared, "bar")} in common`;
  return `${dates}, so each has its own dates, from its first bar on. Bar for bar, their actions differ in ${share} ${of}, ${what}.`;
}
