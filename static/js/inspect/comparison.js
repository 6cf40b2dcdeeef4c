/** Where the actions of two episodes differ, on the bars that both have traded. */

import { number } from "../format.js";

/**
 * @typedef {object} Difference
 * @property {number[]} time_ms    of the bars that both traded
 * @property {boolean[]} differs   whether the actions that led there differ by more than the tolerance
 */

/**
 * @param {{ time_ms: number[], action: number[] }} one  row 0 is the account before the first step: it has no action
 * @param {{ time_ms: number[], action: number[] }} other
 * @param {number} tolerance
 * @returns {Difference}
 */
export function actionDifference(one, other, tolerance) {
  /** @type {Difference} */
  const found = { time_ms: [], differs: [] };
  let row = 1;
  for (let own = 1; own < one.time_ms.length; own += 1) {
    while (row < other.time_ms.length && other.time_ms[row] < one.time_ms[own]) row += 1;
    if (row === other.time_ms.length) break;
    if (other.time_ms[row] !== one.time_ms[own]) continue;
    found.time_ms.push(one.time_ms[own]);
    found.differs.push(Math.abs(one.action[own] - other.action[row]) > tolerance);
  }
  return found;
}

/**
 * Whether there is a bar on which the two can differ.
 * @param {Difference | null | undefined} difference
 * @returns {boolean}
 */
export function sharesBars(difference) {
  return Boolean(difference && difference.differs.length > 0);
}

/**
 * @param {Difference} difference
 * @param {number} tolerance
 * @returns {string}
 */
export function differenceText(difference, tolerance) {
  const { differs } = difference;
  if (!sharesBars(difference)) return "These two episodes have no bar in common.";
  const count = differs.filter(Boolean).length;
  const share = `${number((100 * count) / differs.length, 1)} %`;
  const what = `by more than ${tolerance}, the no-trade band`;
  return `Their actions differ in ${share} of the bars that both traded (${number(count)} of ${number(differs.length)}), ${what}.`;
}
