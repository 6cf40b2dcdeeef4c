/** How each episode metric reads. A metric that is not listed is shown with four significant digits. */

import { figure, number, signed } from "./format.js";

const READINGS = {
  reward: (value) => signed(value, 2),
  sharpe: (value) => signed(value, 2),
  trades: (value) => number(value),
  action_std: (value) => number(value, 3),
  final_equity: (value) => number(value),
  costs: (value) => number(value),
};

/**
 * @param {string} name
 * @param {number | null | undefined} value
 * @returns {string} "–" where the metric is undefined
 */
export function metricText(name, value) {
  return (READINGS[name] ?? figure)(value);
}

/**
 * The same, except that a percentage shows its sign and its unit.
 * @param {{ name: string, unit: string }} metric
 * @param {number | null | undefined} value
 * @returns {string}
 */
export function metricTextWithUnit({ name, unit }, value) {
  const text = unit === "%" ? signed(value, 2) : metricText(name, value);
  return unit === "%" && text !== "–" ? `${text} %` : text;
}
