/** How each metric of an episode or an evaluation reads. A metric that is not listed is shown with four significant digits. */

import { figure, number, signed } from "./format.js";

const READINGS = {
  reward: (value) => signed(value, 2),
  sharpe: (value) => signed(value, 2),
  trades: (value) => number(value),
  action_std: (value) => number(value, 3),
  final_equity: (value) => number(value),
  costs: (value) => number(value),
  sharpe_standard_error: (value) => number(value, 2),
  sortino: (value) => signed(value, 2),
  calmar: (value) => signed(value, 2),
  turnover: (value) => number(value, 1),
  exposure: (value) => number(value, 2),
  probabilistic_sharpe: probability,
  deflated_sharpe: probability,
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

/**
 * What a metric is called where no value shows what it counts: "Sharpe, annualised".
 * @param {{ label: string, unit?: string }} metric
 */
export function nameWithUnit({ label, unit }) {
  return unit ? `${label}, ${unit}` : label;
}

/**
 * What a metric is, where the pointer rests on its name.
 * @param {{ label: string, unit?: string, help: string }} metric
 */
export function metricHelp(metric) {
  return metric.unit ? `${nameWithUnit(metric)}. ${metric.help}` : metric.help;
}

/** Two decimals, but nothing is certain: never 0.00 or 1.00. */
function probability(value) {
  if (value > 0.99) return "> 0.99";
  return value < 0.01 && value !== null ? "< 0.01" : number(value, 2);
}
